"""Batches by epoch and number alone, so that training can begin anywhere."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np


class EpochBatches(keras.utils.PyDataset):
    """Batches that follow from the seed, the epoch and their number, and from nothing drawn before.

    So training that was cut off goes on at any batch of any epoch as if nothing had happened. Keras
    asks for the first batches before it starts, to learn which axes vary, and says that an epoch
    has ended before there was one: neither counts here.

    Args:
        seed: Draws other batches each epoch; None keeps them.

    Attributes:
        epoch: From 0.
        first: Number of the batch that this epoch begins with; those before are trained on already.
    """

    def __init__(self, seed: int | None):
        super().__init__()
        self.seed = seed
        self.begin()

    def begin(self, epoch: int = 0, first: int = 0) -> None:
        """Moves to a batch of an epoch, from which Keras is to train next."""
        self.epoch, self.first = epoch, first
        self._started = False
        self.draw()

    def on_epoch_end(self) -> None:
        """Moves on to the next epoch; batches without a seed stay the same."""
        if self._started and self.seed is not None:
            self.epoch, self.first = self.epoch + 1, 0
            self.draw()
        self._started = True

    def __len__(self) -> int:
        return self.updates - self.first

    def __getitem__(self, index: int) -> Any:
        if self._started or len(self) == 1:  # of one alone Keras sees no axis vary
            return self.batch(self.first + index)
        return self.peek(index)

    def random(self, number: int = -1) -> np.random.Generator:
        """Draws for an epoch, or for a batch of it."""
        key = (0, 0) if self.seed is None else (self.seed, self.epoch)
        return np.random.default_rng([*key, number + 1])

    def draw(self) -> None:
        """Draws what all batches of an epoch have in common, such as their order."""

    def peek(self, index: int) -> Any:
        """One of the first batches, which show which axes vary."""
        return self.batch(index)

    @property
    @abstractmethod
    def updates(self) -> int:
        """Number of batches in a whole epoch."""

    @abstractmethod
    def batch(self, number: int) -> Any:
        """A batch of this epoch."""

    @abstractmethod
    def parts(self) -> Iterator[np.ndarray]:
        """All data that the batches are made of, by which to tell them from others."""


class InOneGo(keras.utils.PyDataset):
    """Batches of several epochs, for Keras to ask for in order without an end in between.

    Where Keras knows how many batches there are, it has TensorFlow begin anew twice an epoch, which
    takes longer than a few small batches do.

    Args:
        batches: At the batch to begin with. While Keras trains they may be an epoch ahead, because
            it asks in advance. Past the last batch it gets that one again, and never trains on it.
        epochs: How many are to come, the one that they are in included.
    """

    def __init__(self, batches: EpochBatches, epochs: int):
        super().__init__()
        self._batches = batches
        self._steps = len(batches)
        self._epochs = epochs
        self._started = False
        self._last: Any = None

    @property
    def num_batches(self) -> None:
        """Keras counts by ``steps_per_epoch``."""

    def on_epoch_end(self) -> None:
        """Begins: Keras says so before the first epoch. Others end when their batches do."""
        if not self._started:
            self._batches.on_epoch_end()
        self._started = True

    def __getitem__(self, index: int) -> Any:
        epoch, number = divmod(index, self._steps)
        if not self._started:
            return self._batches[min(index, self._steps - 1)]
        if epoch < self._epochs:
            if epoch and not number:
                self._batches.on_epoch_end()
            self._last = self._batches[number]
        return self._last
