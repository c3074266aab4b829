"""Training that ends when its time is over, so that it can go on later."""

from __future__ import annotations

import time
from typing import Any

import keras


class OutOfTimeError(Exception):
    """Ends Keras' training before a batch for which there is no time.

    Attributes:
        batch: The number of the batch in this call of Keras' ``fit``.
    """

    def __init__(self, batch: int):
        super().__init__(batch)
        self.batch = batch


class TimeLimit(keras.callbacks.Callback):
    """Ends training when its time is over; from a checkpoint it goes on at the same batch.

    At least one batch is trained, however little time there is.

    Args:
        until: When the time is over, by `time.monotonic`.

    Attributes:
        reached: Whether it ended training.
        began: When training began, by `time.monotonic`, the first batch left out, with which it
            is compiled, if there is a second one; None before.
        ended: When it ended.
    """

    def __init__(self, until: float):
        super().__init__()
        self.reached = False
        self.began: float | None = None
        self.ended: float | None = None
        self._until = until
        self._batches = 0

    def on_train_begin(self, logs: Any = None) -> None:
        """Takes note of the time."""
        self.began = time.monotonic()

    def on_train_end(self, logs: Any = None) -> None:
        """Takes note of the time."""
        self.ended = time.monotonic()

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Ends training where the time is over."""
        if self._batches == 1:
            self.began = time.monotonic()
        if self._batches and time.monotonic() > self._until:
            self.reached = True
            _ = self.model  # on JAX it gets its weights back only when it is asked for
            raise OutOfTimeError(batch)
        self._batches += 1
