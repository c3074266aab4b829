"""Labelled rows that a classifier learns from without having them in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from modelzoo.data.label_sets import read_collections
from modelzoo.data.labels import check_discrete, label_list
from modelzoo.data.loaders import Loader, RawBatch, flat_column
from modelzoo.data.passing_rows import HeldOut, Thinned
from modelzoo.data.sequences import Moments, read_sequences
from modelzoo.data.text import check_texts
from modelzoo.data.texts_and_ids import holds_text
from modelzoo.data.token_ids import read_ids_from_zero
from modelzoo.data.weights import check_weights, row_weights
from modelzoo.errors import InputError, UnknownNameError
from modelzoo.estimators.labelled_rows import FEWEST_HELD_OUT, LabelledRows, check_rows
from modelzoo.tasks.classification import KINDS, Classification
from modelzoo.tasks.streamed_batches import EncodedRows, StreamedSequences

MOST_HELD_OUT = 2000  # rows that choose the best epoch
SAMPLE = 1 << 22  # characters, ids or values of the rows that are kept to learn from


class StreamedRows:
    """What one pass over a loader of labelled rows found, and further passes.

    Args:
        source: The loader: see `modelzoo.data.loaders.is_loader`.
        kind: What it holds: ``"text"``, ``"tokens"``, ``"series"`` or ``"auto"``.
        multi_label: Whether a row has any number of labels.
        fraction: Share of the rows to hold out.
        seed: Draws which.
        class_weight: What the rows of each label count, from 0; ``"balanced"`` or None.

    Attributes:
        kind: The same, never ``"auto"``.
        count: Number of rows to train on.
        held_out: The rows to validate on, as a batch; None where there are too few.

    Raises:
        InputError: The loader gives no rows, or some that cannot be used; the batch is named. Or
            every weight is zero.
    """

    def __init__(
        self,
        source: Any,
        *,
        kind: str,
        multi_label: bool,
        fraction: float,
        seed: int,
        class_weight: Any = None,
    ):
        self.loader = Loader(source)
        self.kind = kind
        self.multi_label = multi_label
        self.labels: Counter[Any] = Counter()
        self.indicator: Any = None
        self.sample: Thinned[Any] = Thinned(SAMPLE)
        self.answers: Thinned[Any] = Thinned(SAMPLE)  # label and weight of each of the sample
        self.moments: Moments | None = None
        self.extremes: dict[str, np.ndarray] = {}
        self.lengths: set[int] = set()
        self.weighted: bool | None = None
        self.by_class = class_weight
        self._chosen = HeldOut(MOST_HELD_OUT, seed)
        for number, batch in enumerate(self.loader.labelled()):
            with _naming(number):
                self._take(self._checked(batch))
        if self.weighted is None:
            raise InputError("the loader gives no rows: there is nothing to learn from")
        if not self._chosen.seen:
            raise InputError("every weight is zero: there is nothing to learn from")
        kept = self._chosen.choose(fraction, FEWEST_HELD_OUT)
        self.count: int = self._chosen.seen - len(kept)
        self.held_out: RawBatch | None = _batch_of(kept) if kept else None

    def learn(self, **options: Any) -> Classification:
        """Learns the task: vocabulary and n-grams from an even sample, all else from all rows.

        Args:
            **options: Those of :meth:`Classification.learn`.
        """
        X: Any = [*self.sample.items, *self.extremes.values()]
        y = self.indicator
        if y is None:
            y = [list(self.labels)] if self.multi_label else list(self.labels)
        task = Classification.learn(X, y, kind=self.kind, multi_label=self.multi_label, **options)
        if self.moments is not None:
            task.scaler = self.moments.scaler()
        return task

    def some(self, task: Classification) -> list[np.ndarray]:
        """A thousand rows, spread evenly and encoded."""
        some = self.sample.items[:: max(1, len(self.sample.items) // 1000)]
        return task.encode(some) if some else []

    def encoded_sample(self, task: Classification) -> LabelledRows:
        """The rows of the sample that are trained on, encoded."""
        items = zip(self.sample.items, self.answers.items, strict=True)
        every = [(row, *answer) for row, answer in items]
        rows = [each for each in every if each[0] not in self._chosen] or every
        return LabelledRows.encode(task, *_batch_of(rows), self.factors())

    def factors(self) -> Any:
        """The class weights; ``"balanced"`` as numbers, by all rows."""
        by_class = self.by_class
        if not isinstance(by_class, str) or by_class != "balanced" or self.multi_label:
            return by_class
        total = sum(self.labels.values())
        return {each: total / (len(self.labels) * n) for each, n in self.labels.items()}

    def batches(self, task: Classification, *, batch_size: int, seed: int) -> StreamedSequences:
        """Batches that are encoded as they are needed."""
        by_class = self.factors()

        def passes() -> Iterator[EncodedRows]:
            for number, batch in enumerate(self.loader.labelled()):
                with _naming(number):
                    batch = self._checked(batch)
                    counting = self._counting(batch)
                rows = [row for row in counting if batch.X[row] not in self._chosen]
                if not rows:
                    continue
                weights = None if batch.weights is None else np.asarray(batch.weights)[rows]
                X, y = [batch.X[row] for row in rows], _rows(batch.y, rows)
                encoded = LabelledRows.encode(task, X, y, weights, by_class)
                yield EncodedRows(*encoded)

        return StreamedSequences(
            passes,
            -(-self.count // batch_size),
            task.batches,
            batch_size=batch_size,
            seed=seed,
            even=len(self.lengths) == 1 and self.kind != "text",
            factors=row_weights(task.labels, np.arange(len(task.labels)), None, by_class),
        )

    def _checked(self, batch: RawBatch) -> RawBatch:
        """A batch of rows that can be used: texts, or arrays of their own."""
        check_rows(batch.X, batch.y, "X")
        X = flat_column(batch.X)
        if self.kind == "auto":
            self.kind = "text" if holds_text(X) else "series"
        if self.kind == "text":
            X = check_texts(X)
        elif self.kind == "tokens":
            X = read_ids_from_zero(X)
        elif self.kind == "series":
            X = read_sequences(X)
        else:
            raise UnknownNameError("kind of input", self.kind, (*KINDS, "auto"))
        return RawBatch(X, batch.y if self.multi_label else flat_column(batch.y), batch.weights)

    def _take(self, batch: RawBatch) -> None:
        """Takes note of a batch."""
        if self.weighted not in (None, batch.weights is not None):
            raise InputError("some batches have sample weights and some have none")
        self.weighted = batch.weights is not None
        self._take_labels(batch.y)
        for row in self._counting(batch):
            weight = None if batch.weights is None else batch.weights[row]
            self._chosen.add(batch.X[row], (batch.X[row], batch.y[row], weight))
        if self.kind == "series":
            self.moments = self.moments or Moments(batch.X[0].shape[1])
            self.moments.add(batch.X)
        for number, row in enumerate(batch.X):
            weight = None if batch.weights is None else batch.weights[number]
            size = row.size if self.kind == "series" else len(row)
            self.sample.add(row, size)
            self.answers.add((batch.y[number], weight), size)
            if self.kind == "text":
                continue
            self.lengths.add(len(row))
            if len(row) >= max(self.lengths):
                self.extremes["longest"] = row
            if self.kind == "tokens" and row.max() >= self.extremes.get("largest", row).max():
                self.extremes["largest"] = row

    def _counting(self, batch: RawBatch) -> list[int]:
        """The rows of a batch that have a weight above 0, by number."""
        counts = np.ones(len(batch.X), dtype=bool)
        if batch.weights is not None:
            counts = check_weights("sample_weight", batch.weights, len(batch.X)) > 0
        if isinstance(self.by_class, Mapping) and not self.multi_label:
            counts &= [self.by_class.get(label, 1) != 0 for label in label_list(batch.y)]
        return np.flatnonzero(counts).tolist()

    def _take_labels(self, y: Any) -> None:
        if self.multi_label and getattr(y, "ndim", 1) == 2:
            self.indicator = y
        elif self.multi_label:
            self.labels.update(label for labels in read_collections(y) for label in labels)
        else:
            labels = label_list(y)
            check_discrete(labels)
            self.labels.update(labels)


@contextmanager
def _naming(number: int) -> Iterator[None]:
    """Says in errors which batch they are about."""
    try:
        yield
    except InputError as error:
        raise InputError(f"batch {number} of the loader: {error}") from error


def _rows(part: Any, rows: list[int]) -> Any:
    return part[rows] if isinstance(part, np.ndarray) else [part[row] for row in rows]


def _batch_of(kept: list[tuple]) -> RawBatch:
    X, y, weights = (list(part) for part in zip(*kept, strict=True))
    whole = np.stack(y) if isinstance(y[0], np.ndarray) else y
    return RawBatch(X, whole, None if weights[0] is None else np.array(weights, "float32"))
