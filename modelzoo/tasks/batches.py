"""Mini-batches of ragged sequences: like lengths together, padded to few different lengths."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import keras
import numpy as np

from modelzoo.tasks.epochs import EpochBatches

POOL = 16  # batches drawn together before they are sorted by length


def bucket(length: int, multiple: int = 1, parts: int = 4) -> int:
    """The padded length for sequences up to ``length``: few distinct values, little padding.

    Each power of two is split in `parts`: with four at most a quarter is padding, and a compiled
    function sees a handful of shapes.

    Args:
        length: Number of steps, at least 1.
        multiple: The result divides by this.
        parts: Fewer are fewer shapes and more padding.

    Returns:
        The bucket's length, at least ``length``.

    >>> [bucket(n) for n in (3, 8, 9, 33, 100)]
    [8, 8, 10, 40, 112]
    >>> [bucket(n, parts=1) for n in (3, 8, 9, 33, 100)]
    [8, 8, 16, 64, 128]
    """
    length = max(length, 8)
    unit = max(1, 2 ** (math.ceil(math.log2(length)) - 1) // parts)
    padded = math.ceil(length / unit) * unit
    return math.ceil(padded / multiple) * multiple


def pad(sequences: Sequence[np.ndarray], length: int) -> np.ndarray:
    """Stacks sequences with zeros behind the shorter ones.

    Args:
        sequences: Arrays (T,) or (T, C) with T at most ``length``.
        length: Common number of steps.

    Returns:
        Array (B, length) or (B, length, C).
    """
    first = sequences[0]
    stacked = np.zeros((len(sequences), length, *first.shape[1:]), dtype=first.dtype)
    for row, sequence in zip(stacked, sequences, strict=True):
        row[: len(sequence)] = sequence
    return stacked


class SequenceBatches(EpochBatches):
    """Batches of sequences of different lengths, alike in length within a batch.

    Keras takes from the first two batches which axes vary, so the longest and the shortest batch
    come first: else one of another length later would be an error.

    Args:
        sequences: Arrays (T,) or (T, C).
        targets: One entry a sequence, or None to predict.
        sample_weight: One entry a sequence, or None.
        collate: Makes the model's inputs from a list of sequences and their padded length.
        batch_size: Number of sequences in a batch.
        seed: Draws a new order every epoch; None sorts by length, see ``order``.
        multiple: Padded lengths divide by this.
        limit: Padded lengths do not exceed this, or None.
        vary: Changes sequences before they train; not used without a seed.

    Attributes:
        order: (N,) the sequence that each row of the batches, one after the other, stands for.
    """

    def __init__(
        self,
        sequences: Sequence[np.ndarray],
        targets: np.ndarray | None = None,
        sample_weight: np.ndarray | None = None,
        *,
        collate: Callable[[list[np.ndarray], int], Any],
        batch_size: int,
        seed: int | None = None,
        multiple: int = 1,
        limit: int | None = None,
        vary: Callable[[list[np.ndarray], np.random.Generator], list[np.ndarray]] | None = None,
    ):
        self.sequences = sequences
        self.targets = targets
        self.sample_weight = sample_weight
        self.collate = collate
        self.batch_size = batch_size
        self.multiple = multiple
        self.limit = limit
        self.vary = vary
        self.lengths = np.array([len(sequence) for sequence in sequences])
        super().__init__(seed)

    @property
    def updates(self) -> int:
        """Number of batches in a whole epoch."""
        return len(self.batches)

    def batch(self, number: int) -> tuple:
        """Inputs, and with targets these and their weights."""
        rows = self.batches[number]
        length = self._padded(rows)
        sequences = [self.sequences[row] for row in rows]
        if self.vary is not None and self.seed is not None:
            sequences = self.vary(sequences, self.random(number))
        inputs = self.collate(sequences, length)
        if self.targets is None:
            return (inputs,)
        if self.sample_weight is None:
            return inputs, self.targets[rows]
        return inputs, self.targets[rows], self.sample_weight[rows]

    def parts(self) -> Iterator[np.ndarray]:
        """The sequences, their targets and weights."""
        yield from self.sequences
        yield from (each for each in (self.targets, self.sample_weight) if each is not None)

    def draw(self) -> None:
        """Draws which sequences make a batch, and the order of the batches."""
        rows, random = np.arange(len(self.sequences)), self.random()
        pools = [rows]
        if self.seed is not None:
            pools = _split(random.permutation(rows), self.batch_size * POOL)
        batches = []
        for pool in pools:
            batches += _split(pool[np.argsort(self.lengths[pool], kind="stable")], self.batch_size)
        if self.seed is not None:
            batches = [batches[i] for i in random.permutation(len(batches))]
        for extreme in (np.argmin, np.argmax):
            batches.insert(0, batches.pop(int(extreme([self._padded(rows) for rows in batches]))))
        self.batches = batches
        self.order = np.concatenate(batches)

    def _padded(self, rows: np.ndarray) -> int:
        # For each length JAX compiles anew, which takes it as long as a few epochs of some
        # thousand texts; TensorFlow does not.
        parts = 1 if keras.config.backend() == "jax" else 4
        length = bucket(int(self.lengths[rows].max()), self.multiple, parts)
        longest = bucket(int(self.lengths.max()), self.multiple)
        return min(length, longest, length if self.limit is None else self.limit)


def _split(rows: np.ndarray, size: int) -> list[np.ndarray]:
    return [rows[start : start + size] for start in range(0, len(rows), size)]
