"""Batches of data that come in one after the other and are never in memory together."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from modelzoo.errors import InputError, ModelZooError
from modelzoo.tasks.epochs import EpochBatches
from modelzoo.tasks.token_windows import TokenWindows

POOL_TOKENS = 1 << 18  # tokens in memory together, of which windows are drawn
POOL_ROWS = 2048  # rows in memory together, of which batches are drawn
POOL_STEPS = 1 << 20  # and the steps of all of them together


class StreamedBatches(EpochBatches):
    """Batches that come one after the other: to get to a later one is to go through all before it.

    An epoch goes on where the one before ended; what a pass over the data leaves over is put before
    the next pass.

    Args:
        batches: Batches in an epoch.
        seed: Draws what each pass is made into.

    Attributes:
        failure: What went wrong with the data; frameworks hide it in errors of their own.
    """

    def __init__(self, batches: int, seed: int):
        self.batches = max(1, batches)
        self.failure: ModelZooError | None = None
        self._opening: list[Any] = []
        self._coming: Iterator[Any] | None = None
        self._given = 0
        super().__init__(seed)

    @property
    def updates(self) -> int:
        """Number of batches in an epoch."""
        return self.batches

    def batch(self, number: int) -> Any:
        """A batch of this epoch; quick for the one after that which was asked for last."""
        try:
            return self._at(self.epoch * self.batches + number)
        except ModelZooError as error:
            self.failure = error
            raise

    def peek(self, index: int) -> Any:
        """One of the first two of all batches."""
        epoch, self.epoch = self.epoch, 0
        try:
            return self.batch(index % 2)
        finally:
            self.epoch = epoch

    def parts(self) -> Iterator[np.ndarray]:
        """Nothing: the data are in memory in parts only."""
        return iter(())

    def _at(self, position: int) -> Any:
        """The batch at a position of the stream, from 0."""
        if position < len(self._opening):  # kept, because Keras asks for them twice
            return self._opening[position]
        if self._coming is None or position < self._given - 1:
            self._coming, self._given = self._endless(), 0
        while self._given <= position:
            self._last = next(self._coming)
            self._given += 1
            if len(self._opening) < min(2, self._given):
                self._opening.append(self._last)
        return self._last

    @abstractmethod
    def _endless(self) -> Iterator[Any]:
        """All batches, pass after pass."""


class StreamedWindows(StreamedBatches):
    """Windows over documents: batches as those of :class:`TokenWindows`.

    Args:
        passes: Makes a pass over the encoded documents, some at a time, in an order that it draws.
        batches: Batches in an epoch.
        context: T.
        batch_size: B.
        causal: Predict the next token rather than masked ones.
        seed: Draws windows and masks.
    """

    def __init__(
        self,
        passes: Callable[[np.random.Generator], Iterator[list[np.ndarray]]],
        batches: int,
        *,
        context: int,
        batch_size: int,
        causal: bool,
        seed: int,
    ):
        super().__init__(batches, seed)
        self.passes = passes
        self.context = context
        self.batch_size = batch_size
        self.causal = causal

    def _endless(self) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        random = np.random.default_rng(self.seed)
        for pool in self._pools(random):
            windows = TokenWindows(
                pool,
                context=self.context,
                batch_size=self.batch_size,
                causal=self.causal,
                seed=int(random.integers(2**31)),
            )
            for index in range(len(windows.stream) // (self.context * self.batch_size)):
                yield windows[index]

    def _pools(self, random: np.random.Generator) -> Iterator[list[np.ndarray]]:
        pool: list[np.ndarray] = []
        least = max(POOL_TOKENS, self.context * self.batch_size)
        while True:
            tokens = 0
            for documents in self.passes(random):
                pool += documents
                tokens += sum(map(len, documents))
                if sum(map(len, pool)) >= least:
                    yield pool
                    pool = []
            if not tokens:
                raise InputError("the stream gave no text when it was read again")
            if sum(map(len, pool)) >= self.context * self.batch_size:
                yield pool
                pool = []


class EncodedRows(NamedTuple):
    """Sequences with their targets and what each counts; None for all alike."""

    sequences: list[np.ndarray]
    targets: np.ndarray
    weights: np.ndarray | None


class StreamedSequences(StreamedBatches):
    """Labelled sequences, mixed within so many as ``POOL_ROWS``.

    Keras takes from the first two batches which axes vary, so those two differ in length.

    Args:
        passes: Makes a pass over the encoded rows, some at a time.
        batches: Batches in an epoch; two at least.
        form: ``Classification.batches`` or the like: makes batches of some rows.
        batch_size: B.
        seed: Draws their order.
        even: Whether all sequences have the same length.
        factors: What the rows of each class count (K,); None for all alike.
    """

    def __init__(
        self,
        passes: Callable[[], Iterator[EncodedRows]],
        batches: int,
        form: Callable[..., Any],
        *,
        batch_size: int,
        seed: int,
        even: bool,
        factors: np.ndarray | None = None,
    ):
        super().__init__(max(2, batches), seed)  # with one alone Keras would see no axis vary
        self.passes = passes
        self.form = form
        self.batch_size = batch_size
        self.even = even
        self.factors = factors

    def parts(self) -> Iterator[np.ndarray]:
        """What each class counts: all that is known without reading the data."""
        if self.factors is not None:
            yield self.factors

    def _endless(self) -> Iterator[tuple]:
        number, first_length = 0, 0
        random = np.random.default_rng(self.seed)
        for pool in self._pools():
            formed = self.form(*pool, batch_size=self.batch_size, seed=int(random.integers(2**31)))
            for index in range(len(formed)):
                inputs, *rest = formed[index]
                if number == 0:
                    first_length = _length(inputs)
                elif number == 1 and not self.even and _length(inputs) == first_length:
                    inputs = _other_length(inputs, formed.multiple, formed.limit)
                number += 1
                yield (inputs, *rest)

    def _pools(self) -> Iterator[EncodedRows]:
        """Rows of whole batches."""
        pool: EncodedRows | None = None
        while True:
            empty = True
            for rows in self.passes():
                empty = empty and not rows.sequences
                pool = rows if pool is None else _joined(pool, rows)
                steps = sum(map(len, pool.sequences))
                whole = self._whole(pool)
                if whole and (len(pool.sequences) >= POOL_ROWS or steps >= POOL_STEPS):
                    yield _part(pool, slice(whole))
                    pool = _part(pool, slice(whole, None))
            if empty or pool is None:
                raise InputError("the stream gave no rows when it was read again")
            whole = self._whole(pool)
            if whole:
                yield _part(pool, slice(whole))
                pool = _part(pool, slice(whole, None))

    def _whole(self, pool: EncodedRows) -> int:
        """The rows that fill batches."""
        return len(pool.sequences) // self.batch_size * self.batch_size


def _joined(one: EncodedRows, other: EncodedRows) -> EncodedRows:
    weights = None
    if one.weights is not None and other.weights is not None:
        weights = np.concatenate([one.weights, other.weights])
    return EncodedRows(
        one.sequences + other.sequences, np.concatenate([one.targets, other.targets]), weights
    )


def _part(rows: EncodedRows, which: slice) -> EncodedRows:
    weights = None if rows.weights is None else rows.weights[which]
    return EncodedRows(rows.sequences[which], rows.targets[which], weights)


def _length(inputs: dict[str, np.ndarray]) -> int:
    return next(iter(inputs.values())).shape[1]


def _other_length(
    inputs: dict[str, np.ndarray], multiple: int, limit: int | None
) -> dict[str, np.ndarray]:
    """Inputs padded further or, at the limit, without their last steps."""
    length = _length(inputs)
    if limit is not None and length + multiple > limit:
        return {name: each[:, : length - multiple] for name, each in inputs.items()}
    return {
        name: np.pad(each, [(0, 0), (0, multiple), *[(0, 0)] * (each.ndim - 2)])
        for name, each in inputs.items()
    }
