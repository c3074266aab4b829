"""Classification: the label, or labels, of a text, a token sequence or a numeric series."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from modelzoo.data.label_sets import LabelSets
from modelzoo.data.labels import Labels
from modelzoo.data.sequences import Scaler, read_sequences
from modelzoo.data.text import UNKNOWN, Vocabulary, check_texts
from modelzoo.data.texts_and_ids import holds_text
from modelzoo.data.token_ids import read_ids_from_zero
from modelzoo.errors import InputError, RowsWarning, UnknownNameError, check_whole
from modelzoo.layers.backbone import Backbone
from modelzoo.layers.random_convolutions import LONGEST as LONGEST_SHAPE
from modelzoo.layers.stems import stride_for
from modelzoo.tasks.augmentation import varied
from modelzoo.tasks.batches import SequenceBatches, pad
from modelzoo.tasks.classification_network import classification_network
from modelzoo.tasks.ngrams import LONGEST, Ngrams
from modelzoo.tasks.shapes import fit_shapes

KINDS = ("text", "tokens", "series")
UPDATES = 600  # optimizer steps that training aims at when no epochs are given, at least
UPDATES_A_CLASS = 50
MOST_UPDATES = 10_000
FIRST_TOKEN = 1  # token ids are shifted by one to leave 0 for padding


class Classification:
    """What a classifier learned from its training data beside the weights.

    Args:
        kind: ``"text"``, ``"tokens"`` or ``"series"``.
        labels: The classes: of which a row has one, or any number (multi-label).
        vocabulary: For texts.
        n_tokens: For token ids, one more than the largest id.
        scaler: For series.
        stride: For series, how many steps the stem merges into one.
        longest: For series, the steps of the longest, 4096 at most; None of old bundles,
            which know no shapes.
        max_tokens: For texts and tokens, where longer ones are cut.
        ngrams: For texts and tokens, those that the network knows.
    """

    name = "classification"

    def __init__(
        self,
        kind: str,
        labels: Labels | LabelSets,
        *,
        vocabulary: Vocabulary | None = None,
        n_tokens: int | None = None,
        scaler: Scaler | None = None,
        stride: int = 1,
        longest: int | None = None,
        max_tokens: int | None = None,
        ngrams: Ngrams | None = None,
    ):
        self.kind = kind
        self.labels = labels
        self.vocabulary = vocabulary
        self.n_tokens = n_tokens
        self.scaler = scaler
        self.stride = stride
        self.longest = longest
        self.max_tokens = max_tokens
        self.ngrams = ngrams
        self.limit: int | None = None  # steps that the backbone's positions allow, once assembled

    @classmethod
    def learn(
        cls,
        X: Any,
        y: Any,
        *,
        kind: str = "auto",
        tokenizer: str = "auto",
        vocabulary_size: int | None = None,
        max_tokens: int = 256,
        multi_label: bool = False,
    ) -> Classification:
        """Learns vocabulary or scale, and the classes.

        Args:
            X: What :meth:`encode` takes.
            y: One label a row, or with ``multi_label`` what :class:`LabelSets` learns from.
            kind: One of ``KINDS``, or ``"auto"``: strings are text, numbers a series; token ids
                must be declared, since integers may also be measurements.
            tokenizer: Kind of vocabulary, as in :meth:`Vocabulary.learn`.
            vocabulary_size: Most tokens in the vocabulary.
            max_tokens: Tokens kept of a text or token sequence.
            multi_label: Whether a row has any number of labels.

        Raises:
            InputError: The data cannot be used as given.
            UnknownNameError: ``kind`` or ``tokenizer`` is not known.
        """
        check_whole("max_tokens", max_tokens)
        if kind == "auto":
            kind = "text" if holds_text(X) else "series"
        learned: dict[str, Any]
        if kind == "text":
            learned = {
                "vocabulary": Vocabulary.learn(
                    check_texts(X),
                    tokenizer,
                    size=vocabulary_size,
                    lowercase=True,
                    purpose="classification",
                ),
                "max_tokens": max_tokens,
            }
        elif kind == "tokens":
            n_tokens = 1 + max(int(row.max()) for row in read_ids_from_zero(X))
            learned = {"n_tokens": n_tokens, "max_tokens": max_tokens}
        elif kind == "series":
            rows = read_sequences(X)
            longest = max(map(len, rows))
            learned = {
                "scaler": Scaler.learn(rows),
                "stride": stride_for(longest),
                "longest": min(longest, LONGEST_SHAPE),
            }
        else:
            raise UnknownNameError("kind of input", kind, (*KINDS, "auto"))
        task = cls(kind, LabelSets.learn(y) if multi_label else Labels.learn(y), **learned)
        if kind != "series":
            longest = LONGEST[task.vocabulary.kind if task.vocabulary else "tokens"]
            sequences = [row[:max_tokens] for row in task.encode(X)]
            task.ngrams = Ngrams.learn(sequences, longest, len(task.labels))
        return task

    @property
    def updates(self) -> int:
        """Optimizer steps that training aims at when no epochs are given."""
        if self.multi_label:
            return UPDATES
        return min(max(UPDATES, UPDATES_A_CLASS * len(self.labels)), MOST_UPDATES)

    @property
    def n_ids(self) -> int:
        """One more than the largest id that :meth:`encode` gives for texts and token ids."""
        return len(self.vocabulary) if self.vocabulary else (self.n_tokens or 0) + FIRST_TOKEN

    @property
    def multi_label(self) -> bool:
        """Whether a row has any number of labels rather than one."""
        return isinstance(self.labels, LabelSets)

    def encode(self, X: Any) -> list[np.ndarray]:
        """Raw data to a list of arrays: ids (T,) int32, or scaled values (T, C) float32.

        They are whole: :meth:`batches` cuts them to ``max_tokens``.

        Raises:
            InputError: The data cannot be used as given.
        """
        if self.kind == "series":
            assert self.scaler is not None
            return self.scaler.transform(read_sequences(X))
        if self.kind == "text":
            assert self.vocabulary is not None
            ids = self.vocabulary.encode(check_texts(X))
            # A text without a single token still needs a step: the unknown token stands for it.
            ids = [row if len(row) else np.full(1, UNKNOWN, "int32") for row in ids]
        else:
            assert self.n_tokens is not None
            ids = [row + FIRST_TOKEN for row in read_ids_from_zero(X)]
            for number, row in enumerate(ids):
                if row.max() >= self.n_tokens + FIRST_TOKEN:
                    raise InputError(
                        f"row {number} of X holds token id {row.max() - FIRST_TOKEN}; the "
                        f"training data's ids went up to {self.n_tokens - 1}"
                    )
        return ids

    def warn_of_cuts(self, *parts: Sequence[np.ndarray]) -> None:
        """Warns, once for all parts together, of encoded sequences beyond ``max_tokens``."""
        lengths = [len(row) for part in parts for row in part]
        cut = sum(self.max_tokens is not None and length > self.max_tokens for length in lengths)
        if cut:
            says = (
                "{} of {} sequences ({:.1%}) are longer than "
                f"max_tokens={self.max_tokens} tokens and were cut there"
            )
            warnings.warn(RowsWarning(says, cut, len(lengths)), stacklevel=3)

    def warn_of_unknown(self, sequences: Sequence[np.ndarray]) -> None:
        """Warns, once for all, of encoded texts without a single token that is known."""
        if self.kind != "text":
            return
        unknown = sum(bool((row == UNKNOWN).all()) for row in sequences)
        if unknown:
            says = (
                "{} of {} texts are empty or have no token that occurs in the training texts: "
                "the answer is what the model says of nothing"
            )
            warnings.warn(RowsWarning(says, unknown, len(sequences)), stacklevel=3)

    def assemble(self, backbone: Backbone) -> keras.Model:
        """The network: a model from what :meth:`collate` makes to probabilities (B, K)."""
        if backbone.max_length is not None:
            self.limit = backbone.max_length * self.stride
        return classification_network(self, backbone)

    def fit_beside(
        self,
        model: keras.Model,
        sequences: Sequence[np.ndarray],
        targets: np.ndarray,
        sample_weight: np.ndarray | None = None,
    ) -> None:
        """Fits what an assembled model has beside its backbone: n-grams, or shapes of series.

        Args:
            model: From :meth:`assemble`.
            sequences: N rows of the training data, as :meth:`encode` returns them.
            targets: Classes (N,), or 0 and 1 for each (N, K).
            sample_weight: What each row counts (N,), or None for all alike.
        """
        if not len(sequences):
            return
        classes = len(self.labels)
        if self.longest is not None:
            known = fit_shapes(sequences, targets, sample_weight, classes, self.longest)
            model.get_layer("shapes").fill(*known)
        elif self.ngrams is not None:
            sequences = [row[: self.max_tokens] for row in sequences]
            scores = self.ngrams.fit(sequences, targets, sample_weight, classes)
            model.get_layer("ngrams").fill(self.ngrams.keys, self.ngrams.rarity, *scores)

    def scorer(self, model: keras.Model) -> keras.Model:
        """An assembled model up to the scores (B, K) before the softmax or sigmoid."""
        inputs = {tensor.name: tensor for tensor in model.inputs}
        return keras.Model(inputs, model.get_layer("probabilities").input, name="scorer")

    def probabilities(self, scores: np.ndarray) -> np.ndarray:
        """Probabilities of scores (N, K): summing to 1, or of each label by itself."""
        if self.multi_label:
            return np.exp(-np.logaddexp(0, -scores))
        return np.exp(scores - np.logaddexp.reduce(scores, axis=1, keepdims=True))

    def log_odds(self, scores: np.ndarray, column: int) -> np.ndarray:
        """The logarithm of p / (1 - p) for one class (N,) by scores (N, K), for p near 1 too."""
        own = scores[:, column]
        if self.multi_label:
            return own
        return own - np.logaddexp.reduce(np.delete(scores, column, axis=1), axis=1)

    def loss(self) -> keras.losses.Loss:
        """Cross-entropy in nats, of several labels a row their mean."""
        if self.multi_label:
            return keras.losses.BinaryCrossentropy()
        return keras.losses.SparseCategoricalCrossentropy()

    def metrics(self) -> list[keras.metrics.Metric]:
        """What is shown while training: accuracy, or the F1 score over all labels together."""
        if self.multi_label:
            return [keras.metrics.F1Score(average="micro", threshold=0.5, name="f1")]
        return [keras.metrics.SparseCategoricalAccuracy(name="accuracy")]

    def batches(
        self,
        sequences: Sequence[np.ndarray],
        targets: np.ndarray | None = None,
        sample_weight: np.ndarray | None = None,
        *,
        batch_size: int,
        seed: int | None = None,
    ) -> SequenceBatches:
        """Batches of what :meth:`encode` returned, to train on if there is a seed.

        Those come in a new order each epoch, and series are varied a little each time (see
        :func:`varied`). Texts and token sequences are cut to ``max_tokens``.

        Raises:
            InputError: A sequence is longer than the backbone's learned positions.
        """
        sequences = [row[: self.max_tokens] for row in sequences]
        longest = max(len(row) for row in sequences)
        if self.limit is not None and longest > self.limit:
            raise InputError(
                f"a sequence of {longest} steps is longer than the {self.limit} that this model "
                f"has positions for: shorten it (max_tokens cuts texts), raise the builder's "
                f"max_length, or choose positions='rotary', which have no limit"
            )
        return SequenceBatches(
            sequences,
            targets,
            sample_weight,
            collate=self.collate,
            batch_size=batch_size,
            seed=seed,
            multiple=self.stride,
            limit=self.limit,
            vary=varied if self.kind == "series" else None,
        )

    def collate(self, sequences: list[np.ndarray], length: int) -> dict[str, np.ndarray]:
        """The model's inputs for one batch, padded to ``length`` steps."""
        if self.kind != "series":
            return {"ids": pad(sequences, length)}
        lengths = np.array([len(row) for row in sequences])
        return {"values": pad(sequences, length), "mask": np.arange(length) < lengths[:, None]}

    def state(self) -> dict[str, Any]:
        """JSON-able form of everything learned but the weights."""
        return {
            "kind": self.kind,
            "multi_label": self.multi_label,
            "labels": self.labels.state(),
            "vocabulary": self.vocabulary and self.vocabulary.to_json(),
            "n_tokens": self.n_tokens,
            "scaler": self.scaler and self.scaler.state(),
            "stride": self.stride,
            "longest": self.longest,
            "max_tokens": self.max_tokens,
            "ngrams": self.ngrams and self.ngrams.state(),
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Classification:
        """The inverse of :meth:`state`."""
        labels = LabelSets if state["multi_label"] else Labels
        return cls(
            state["kind"],
            labels.from_state(state["labels"]),
            vocabulary=state["vocabulary"] and Vocabulary.from_json(state["vocabulary"]),
            n_tokens=state["n_tokens"],
            scaler=state["scaler"] and Scaler.from_state(state["scaler"]),
            stride=state["stride"],
            longest=state.get("longest"),
            max_tokens=state["max_tokens"],
            ngrams=state.get("ngrams") and Ngrams.from_state(state["ngrams"]),
        )
