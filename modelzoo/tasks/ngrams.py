"""The n-grams of token ids that training data have, and what they say of the classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix

from modelzoo.data.passing_rows import some_of
from modelzoo.layers.ngrams import hashed
from modelzoo.tasks.logistic_regression import logistic_regression

LONGEST = {"word": 2, "bpe": 3, "character": 5, "tokens": 2}  # n-gram, by kind of token
MOST_NGRAMS = 30_000
MOST_SCORES = 5_000_000  # of all n-grams for all classes
MOST_READ = 1 << 22  # n-grams, one after the other, that they are learned from
MANY_ROWS = 1000  # from so many on, n-grams of a single row are left out
PENALTY = 0.05  # what a squared score costs, in nats: LogisticRegression(C=10)


class Ngrams(NamedTuple):
    """The n-grams that a network knows, each by a number.

    Attributes:
        longest: Most tokens in an n-gram.
        keys: (S,) int32, rising, the :func:`hashed` number of each.
        rarity: (S,) float32 the inverse document frequency of each, as in TF-IDF.
    """

    longest: int
    keys: np.ndarray
    rarity: np.ndarray

    @classmethod
    def learn(cls, sequences: Sequence[np.ndarray], longest: int, classes: int = 1) -> Ngrams:
        """Finds those that most rows have.

        Args:
            sequences: Rows of ids (T,), which count from 1.
            longest: Most tokens in an n-gram.
            classes: K, the more of which the fewer n-grams.
        """
        sequences = [sequences[row] for row in some_of(len(sequences), _every(sequences, longest))]
        keys, rows = _occurrences(sequences, longest)
        once_a_row = np.unique((keys << 32) | rows)
        keys, frequency = np.unique(once_a_row >> 32, return_counts=True)
        if len(sequences) >= MANY_ROWS and (frequency > 1).any():
            keys, frequency = keys[frequency > 1], frequency[frequency > 1]
        size = min(MOST_NGRAMS, max(1, MOST_SCORES // classes))
        most = np.sort(np.argsort(-frequency, kind="stable")[:size])
        rarity = 1 + np.log((1 + len(sequences)) / (1 + frequency[most]))
        return cls(longest, keys[most].astype("int32"), rarity.astype("float32"))

    def weights(self, sequences: Sequence[np.ndarray]) -> csr_matrix:
        """The TF-IDF weights (N, S) of rows of ids, as the network computes them."""
        keys, rows = _occurrences(sequences, self.longest)
        places = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        known = self.keys[places] == keys
        places, rows = places[known], rows[known]
        rarity = self.rarity[places]
        length = np.sqrt(np.bincount(rows, rarity**2, minlength=len(sequences)))
        values = (rarity / length[rows]).astype("float32")
        return csr_matrix((values, (rows, places)), (len(sequences), len(self.keys)))

    def fit(
        self,
        sequences: Sequence[np.ndarray],
        targets: np.ndarray,
        row_weights: np.ndarray | None,
        classes: int,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Logistic regression on the TF-IDF weights.

        Args:
            sequences: N rows of ids (T,).
            targets: Classes (N,), or 0 and 1 for each (N, K).
            row_weights: What each row counts (N,), or None for all alike.
            classes: K.

        Returns:
            Scores of the n-grams (S, K), and of a row without any (K,).
        """
        some = some_of(len(sequences), _every(sequences, self.longest))
        return logistic_regression(
            self.weights([sequences[row] for row in some]),
            targets[some],
            None if row_weights is None else row_weights[some],
            classes,
            PENALTY,
        )

    def state(self) -> dict[str, int]:
        """How many there are: which, is among the network's weights."""
        return {"longest": self.longest, "size": len(self.keys)}

    @classmethod
    def from_state(cls, state: dict[str, int]) -> Ngrams:
        """As many n-grams, for the network's weights to say which."""
        size = state["size"]
        return cls(state["longest"], np.zeros(size, "int32"), np.zeros(size, "float32"))


def _every(sequences: Sequence[np.ndarray], longest: int) -> int:
    """Of how many rows one is read, so that it stays within bounds."""
    return max(1, -(-sum(map(len, sequences)) * longest // MOST_READ))


def _occurrences(sequences: Sequence[np.ndarray], longest: int) -> tuple[np.ndarray, np.ndarray]:
    """All n-grams, one after the other: their hashed numbers (M,), and of which row each is."""
    lengths = np.array([len(row) for row in sequences])
    ids = np.zeros(lengths.sum() + 2 * len(lengths) + longest, dtype=np.int64)  # with the ends
    row_of = np.repeat(np.arange(len(lengths)), lengths + 2)
    inside = np.flatnonzero(_inside(lengths))
    ids[inside] = np.concatenate(sequences)
    real = (ids != 0).astype(np.int64)
    found = []
    for n in range(1, longest + 1):
        keys, whole = hashed(ids, real, n)
        places = np.flatnonzero(whole)
        found.append((keys[places], row_of[places]))
    keys, rows = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return keys, rows


def _inside(lengths: np.ndarray) -> np.ndarray:
    """False for the two ends of each row, which stand before and behind it."""
    starts = np.concatenate([[0], np.cumsum(lengths + 2)[:-1]])
    inside = np.ones(int((lengths + 2).sum()), dtype=bool)
    inside[starts] = False
    inside[starts + lengths + 1] = False
    return inside
