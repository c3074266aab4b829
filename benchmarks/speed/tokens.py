"""Training on tokens: what is equal for all contestants."""

from __future__ import annotations

from typing import Any

import numpy as np

from speed.contest import Case, Ticks

LEARNING_RATE, WEIGHT_DECAY = 3e-3, 0.01
SPECIAL = 6  # ids of a vocabulary that stand for no token of a text
BATCHES = 16  # different ones, that peers go through again and again


def token_batches(case: Case) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Random batches: inputs (B, T), targets (B, T) and their weights (B, T).

    Of bidirectional architectures half of the targets have weight, as with masks.
    """
    shape, rng = case.shape, np.random.default_rng(0)
    size = (shape["batch"], shape["length"])
    batches = []
    for _ in range(BATCHES):
        tokens = rng.integers(SPECIAL, shape["vocabulary"], (size[0], size[1] + 1), dtype="int32")
        weights = np.ones(size, "float32")
        if case.model == "bert":
            weights = (rng.random(size) < 0.5).astype("float32")
        batches.append((tokens[:, :-1], tokens[:, 1:], weights))
    return batches


def each_batch(ticks: Ticks, steps: int | None = None) -> Any:
    """A Keras callback that counts updates.

    It looks before batches, not after them: so it does not decide whether Keras hands results to
    callbacks in another thread.

    Args:
        ticks: Are told.
        steps: Updates of an epoch; None for what Keras says.
    """
    import keras

    class EachBatch(keras.callbacks.Callback):
        def on_train_begin(self, logs: Any = None) -> None:
            ticks.parameters = self.model.count_params()
            self.done = 0

        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            self.before = epoch * (steps or self.params["steps"])

        def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
            units = self.before + batch - self.done
            self.done += units
            ticks(units)

    return EachBatch()
