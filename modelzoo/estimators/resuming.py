"""Training that goes on where it was cut off, as if it had not been."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import keras
import numpy as np

from modelzoo.errors import CheckpointWarning, FileError
from modelzoo.estimators.checkpoints import Checkpoint, CheckpointFolder
from modelzoo.estimators.divergence import FiniteWatch
from modelzoo.tasks.epochs import EpochBatches

COUNTED = ("wait", "best", "best_epoch", "stopped_epoch")  # by early stopping


class Resuming(keras.callbacks.Callback):
    """Writes checkpoints while training, and restores the latest before.

    The last callback of all, so that the others have seen the epoch that a checkpoint ends. Of the
    others those that stop training early go on as well; any other begins anew.

    Args:
        folder: Where they are.
        configuration: All that decides what is learned, which goes with each checkpoint.
        seed: Likewise: the seed that was drawn where none was given.

    Raises:
        InputError: The latest checkpoint is of another fit.
    """

    def __init__(
        self, folder: CheckpointFolder, configuration: Mapping[str, Any], seed: int | None
    ):
        super().__init__()
        folder.check(configuration)
        self._folder = folder
        self._constant = {"configuration": dict(configuration), "seed": seed}
        self._restored, folder.latest = folder.latest, None  # it is as large as four networks
        self._running: list[np.ndarray] = []
        self._failed = False

    def restore(
        self,
        model: keras.Model,
        training: EpochBatches,
        history: keras.callbacks.History,
        stopping: Sequence[keras.callbacks.EarlyStopping],
        watch: FiniteWatch,
    ) -> tuple[int, int, bool]:
        """Sets a compiled network as the latest checkpoint has it, and takes note of the rest.

        Args:
            model: The network.
            training: Its batches.
            history: Set when training begins.
            stopping: What may stop training, and chooses the best epoch: likewise.
            watch: What may keep the weights of the last epoch: likewise.

        Returns:
            The epoch and the batch to go on with, and whether training had ended.
        """
        self._training, self._history, self._stopping = training, history, stopping
        self._watch = watch
        if self._restored is None:
            return 0, 0, False
        epoch, batch, state, arrays = self._restored
        _assign(model.variables, _group(arrays, "model"))
        _assign(model.optimizer.variables, _group(arrays, "optimizer"))
        if batch:
            model.test_on_batch(*training.peek(0))  # makes the variables of the running means
            self._running = _group(arrays, "means")
        return epoch, batch, state["ended"]

    def on_train_begin(self, logs: Any = None) -> None:
        """Restores what the other callbacks know, which they have just forgotten."""
        self._written = time.monotonic()
        if self._restored is None:
            return
        state = self._restored.state
        self._history.epoch = list(range(state["epochs"]))
        self._history.history = state["history"]
        for number, (each, counted) in enumerate(
            zip(self._stopping, state["stopping"], strict=True)
        ):
            for name in COUNTED:
                setattr(each, name, counted[name])
            each.best_weights = _group(self._restored.arrays, f"best{number}") or None
        # What it has just taken for those of the last epoch may be from the middle of one.
        self._watch.weights = _group(self._restored.arrays, "kept") or self._watch.weights
        self._restored = None

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Restores the running means of an epoch that was cut off."""
        self._epoch = epoch
        if self._running:
            _assign(self.model.metrics_variables, self._running)
            self._running = []

    def write(self, batch: int) -> None:
        """Writes a checkpoint before a batch of the epoch in progress, unless it is the first."""
        if batch:  # else the end of the epoch before has written it
            self._write(self._epoch, self._training.first + batch)

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Writes a checkpoint where the last one is long ago."""
        if time.monotonic() - self._written >= 60 * self._folder.minutes:
            self.write(batch)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Writes a checkpoint."""
        self._write(epoch + 1, 0)

    def _write(self, epoch: int, batch: int) -> None:
        model = self.model
        groups: dict[str, Iterable[Any]] = {
            "model": model.variables,
            "optimizer": model.optimizer.variables,
            "means": model.metrics_variables if batch else (),
            "kept": self._watch.weights if batch else (),  # between epochs the model's own
        }
        for number, each in enumerate(self._stopping):
            groups[f"best{number}"] = each.best_weights or ()
        state = {
            **self._constant,
            "ended": bool(model.stop_training) and not batch,
            "epochs": len(self._history.epoch),
            "history": self._history.history,
            "stopping": [
                {name: getattr(each, name) for name in COUNTED} for each in self._stopping
            ],
        }
        arrays = {
            f"{group}/{number:06d}": keras.ops.convert_to_numpy(getattr(each, "value", each))
            for group, values in groups.items()
            for number, each in enumerate(values)
        }
        if not all(np.isfinite(each).all() for each in _group(arrays, "model")):
            return  # training is about to be stopped for it
        self._written = time.monotonic()
        try:
            self._folder.write(Checkpoint(epoch, batch, state, arrays))
        except FileError as error:
            if not self._failed:
                warnings.warn(
                    f"training goes on without checkpoints while they fail: {error}",
                    CheckpointWarning,
                    stacklevel=2,
                )
            self._failed = True


def _group(arrays: Mapping[str, np.ndarray], name: str) -> list[np.ndarray]:
    return [arrays[each] for each in sorted(arrays) if each.startswith(f"{name}/")]


def _assign(variables: Iterable[Any], values: Iterable[np.ndarray]) -> None:
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)
