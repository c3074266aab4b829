"""Training that ends when its time is over, so that it can go on later."""

from __future__ import annotations

import time
from typing import Any

import keras


class OutOfTimeError(Exception):
    """Ends Keras' training before an epoch for which there is no time."""


class TimeLimit(keras.callbacks.Callback):
    """Ends training when its time is over, and lets it go on from its latest checkpoint.

    No epoch begins that would take longer than what is left, by how long the last one took. One
    that is not through in time is cut short and counts as an epoch, since without one there is
    nothing to judge a network by: so at least one batch is trained, however little time there is.

    Args:
        until: When the time is over, by `time.monotonic`.

    Attributes:
        reached: Whether it ended training.
        trained: Seconds from the begin of training to its end.
    """

    def __init__(self, until: float):
        super().__init__()
        self.reached = False
        self.trained = 0.0
        self._until = until
        self._took = 0.0  # the last epoch, in seconds

    def on_train_begin(self, logs: Any = None) -> None:
        """Takes note of the time."""
        self._started = time.monotonic()

    def on_train_end(self, logs: Any = None) -> None:
        """Takes note of how long it took."""
        self.trained = time.monotonic() - self._started

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Ends training where there is no time for another epoch."""
        self._began = time.monotonic()
        if self.reached or (epoch and self._began + self._took > self._until):
            self.reached = True
            raise OutOfTimeError

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Cuts the epoch short."""
        if time.monotonic() > self._until:
            self.reached = True
            self.model.stop_training = True

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Has training end only before the next epoch, so that a checkpoint does not say it had."""
        self._took = time.monotonic() - self._began
        if self.reached:
            self.model.stop_training = False
