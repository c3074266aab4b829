"""Training that comes to numbers which are no longer finite is stopped there."""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np

from modelzoo.tasks.epochs import EpochBatches


class DivergedError(Exception):
    """Ends Keras' training; the message says what was not finite, and where."""


class FiniteWatch(keras.callbacks.Callback):
    """Stops training at the first loss that is NaN or infinite.

    The first callback of all, so that no other takes such an epoch for one that counts. Keras
    hands the loss to callbacks anyway: TensorFlow in every batch, JAX without waiting for it, which
    is why training stops one batch later. A gradient that is not finite, of which clipping makes
    every weight NaN, shows in the loss of the batch after it.

    Args:
        training: The batches.
        keep: Whether to keep the weights of the last epoch, where nothing else does.

    Attributes:
        weights: Those of the last epoch, or from before the first; none without ``keep``. What
            resumes training within an epoch sets them, once it has begun.
    """

    async_safe = True  # JAX: does not wait for each batch to be computed

    def __init__(self, training: EpochBatches, *, keep: bool):
        super().__init__()
        self._training = training
        self._keep = keep
        self.weights: list[np.ndarray] = []
        self._found: str | None = None
        self._batch = math.inf

    def on_train_begin(self, logs: Any = None) -> None:
        """Keeps the weights that training begins with."""
        if self._keep:
            self.weights = self.model.get_weights()

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Takes note of where training is."""
        self._epoch = epoch + 1

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Stops where a batch before has been found out."""
        self._stop()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Takes note of a loss that is not finite; on JAX in a thread of its own."""
        loss = (logs or {}).get("loss", 0.0)  # the mean of the epoch so far: NaN from then on
        if batch < self._batch and not math.isfinite(loss):  # threads do not keep their order
            self._batch = batch
            number = self._training.first + batch + 1
            self._found = f"the loss became {loss} at batch {number} of epoch {self._epoch}"

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Looks at the epoch as a whole."""
        self._stop()
        held_out = (logs or {}).get("val_loss", 0.0)
        if not math.isfinite(held_out):
            self._found = f"the loss on held-out data became {held_out} in epoch {self._epoch}"
        elif self._keep:
            weights = self.model.get_weights()
            if all(np.isfinite(each).all() for each in weights):
                self.weights = weights
            else:
                self._found = f"weights became NaN or infinite at the end of epoch {self._epoch}"
        self._stop()

    def _stop(self) -> None:
        if self._found is not None:
            raise DivergedError(self._found)
