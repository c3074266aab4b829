"""Counts of n-grams over whole numbers, and the chances that follow from them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

BEGIN, END, UNKNOWN = 0, 1, 2
FIRST_TOKEN = 3  # tokens of documents follow


class NGrams:
    """Interpolated n-grams with Witten-Bell smoothing, down to a uniform distribution.

    See `NGramLanguageModel` for the method.

    Args:
        rows: Documents of numbers below ``size``, each from ``BEGIN`` to ``END``.
        size: How many numbers there are.
        n: Longest n-gram, at least 1.

    Attributes:
        total: How many different n-grams were seen, of all lengths.
    """

    def __init__(self, rows: Sequence[Sequence[int]], size: int, n: int):
        self.size = size
        self.n = n
        tokens, depth = side_by_side(rows)
        # For each order: the n-grams seen, as sorted numbers (context id * size + token); their
        # counts; and of each context how often and by how many tokens it was followed.
        self._grams: list[np.ndarray] = []
        self._contexts: list[
            np.ndarray
        ] = []  # as contexts: with those that begin or end a document
        self._counts: list[np.ndarray] = []
        self._followed: list[np.ndarray] = []
        self._followers: list[np.ndarray] = []
        context, contexts = np.zeros(len(tokens), dtype=np.int64), 1
        for order in range(1, n + 1):
            real = (depth >= order) & (tokens != BEGIN)
            if not real.any():  # no document is as long as this
                break
            keys = context * size + tokens
            grams, counts = np.unique(keys[real], return_counts=True)
            self._grams.append(grams)
            self._counts.append(counts)
            owner = grams // size
            followed = np.bincount(owner, weights=counts, minlength=contexts).astype(np.int64)
            self._followed.append(followed)
            self._followers.append(np.bincount(owner, minlength=contexts))
            # a context of the next order: the n-gram of this order that ends one place before
            seen, ids = np.unique(keys[depth >= order], return_inverse=True)
            ended = np.full(len(tokens), -1, dtype=np.int64)
            ended[depth >= order] = ids
            self._contexts.append(seen)
            context, contexts = np.roll(ended, 1), len(seen)
        self.total = int(sum(len(each) for each in self._grams))

    def likelihoods(self, tokens: np.ndarray, depth: np.ndarray) -> np.ndarray:
        """The chance (T,) of each token after those before it in its document.

        Args:
            tokens: Documents side by side (T,), as `side_by_side` puts them.
            depth: How many tokens of its document each ends (T,).
        """
        likelihood = np.full(len(tokens), 1.0 / (self.size - 1))
        context = np.zeros(len(tokens), dtype=np.int64)  # -1: never seen, or before the beginning
        for order in range(1, len(self._grams) + 1):
            known = (context >= 0) & (depth >= order)
            keys = np.where(known, context * self.size + tokens, -1)
            counts = _look_up(self._grams[order - 1], keys, self._counts[order - 1])
            followed = np.where(known, self._followed[order - 1][context], 0)
            followers = np.where(known, self._followers[order - 1][context], 0)
            total = followed + followers
            mixed = (counts + followers * likelihood) / np.maximum(total, 1)
            likelihood = np.where(total > 0, mixed, likelihood)
            seen = self._contexts[order - 1]
            context = np.roll(_look_up(seen, keys, np.arange(len(seen)), -1), 1)
        return likelihood

    def chances(self, history: Sequence[int]) -> np.ndarray:
        """The distribution (size,) of the token after a document's beginning so far."""
        history = history[max(0, len(history) - self.n + 1) :]
        chances = np.full(self.size, 1.0 / (self.size - 1))
        chances[BEGIN] = 0
        for order in range(1, min(len(self._grams), len(history) + 1) + 1):
            context = 0
            for place, token in enumerate(history[len(history) - order + 1 :]):
                key = np.array([context * self.size + token])
                seen = self._contexts[place]
                context = int(_look_up(seen, key, np.arange(len(seen)), -1)[0])
                if context < 0:
                    return chances
            grams, counts = self._grams[order - 1], self._counts[order - 1]
            first, stop = np.searchsorted(grams, [context * self.size, (context + 1) * self.size])
            followers = self._followers[order - 1][context]
            if followers:
                chances = chances * followers
                chances[grams[first:stop] - context * self.size] += counts[first:stop]
                chances /= self._followed[order - 1][context] + followers
        return chances


def side_by_side(rows: Sequence[Sequence[int]]) -> tuple[np.ndarray, np.ndarray]:
    """All documents as one row of tokens (T,), and how many tokens of its document each ends."""
    if not rows:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    tokens = np.concatenate([np.asarray(row, dtype=np.int64) for row in rows])
    return tokens, np.concatenate([np.arange(1, len(row) + 1) for row in rows])


def draw(
    chances: np.ndarray,
    random: np.random.Generator,
    *,
    temperature: float,
    top_k: int,
    top_p: float,
) -> int:
    """Draws a token as the generator does: temperature first, then top-k, then the nucleus."""
    order = np.argsort(-chances, kind="stable")  # likeliest first
    if temperature == 0:
        return int(order[0])
    weights = (chances[order] / chances[order[0]]) ** (1 / max(temperature, 1e-6))
    weights[top_k or len(weights) :] = 0
    weights /= weights.sum()
    before = np.cumsum(weights) - weights  # probability of all likelier tokens
    weights[before >= top_p] = 0
    return int(random.choice(order, p=weights / weights.sum()))


def _look_up(
    ordered: np.ndarray, keys: np.ndarray, values: np.ndarray, default: int = 0
) -> np.ndarray:
    """The value beside each key in a sorted table; ``default`` where the key is not in it."""
    if not len(ordered):
        return np.full(len(keys), default)
    places = np.minimum(np.searchsorted(ordered, keys), len(ordered) - 1)
    return np.where(ordered[places] == keys, values[places], default)
