"""How much training a need takes by the estimators' defaults: updates, and what is in each.

The numbers are those of the estimators and their tasks, which would load Keras; a test holds both
together.
"""

from __future__ import annotations

from typing import NamedTuple

from modelzoo.advisor.need import Need

UPDATES = {"classification": 600, "forecasting": 1000, "generation": 500}  # aimed at
ROWS = {"classification": 16, "forecasting": 32, "generation": 16}  # in an update
UPDATES_A_CLASS, MOST_UPDATES = 50, 10_000  # of classification
FEWEST_EPOCHS, MOST_EPOCHS = 3, 200
HELD_OUT = 0.1
MAX_TOKENS = 256  # of a text that is classified; longer ones are cut
STEPS_KEPT, MOST_STRIDE = 128, 64  # of a series that is classified; longer ones are merged
MOST_PATCHES, MOST_WINDOWS = 32, 100  # steps of a forecast's context; batches in its epoch
WINDOW, FEWEST_BATCHES = 64, 32  # tokens of a text that is learned; batches in an epoch
UNKNOWN_LENGTH = 128
# What the estimators do beside the backbone, rounded, on the machine of the records: seconds until
# the first update, most of them to trace it, and milliseconds of each. From
# `python benchmarks/training_budget.py`, with and without `--epochs 1`.
START_SECONDS = {"classification": 10.0, "forecasting": 6.0, "generation": 5.0}
BESIDE_MS = {"classification": 25.0, "forecasting": 10.0, "generation": 12.0}


class Plan(NamedTuple):
    """What training is made of.

    Attributes:
        task: Of the need.
        updates: At most so many: where the held-out data get no better, it ends before.
        rows: Sequences in an update.
        length: Steps that the backbone sees of each.
    """

    task: str
    updates: int
    rows: int
    length: int

    def seconds(self, update_ms: float) -> float:
        """Seconds of all of it, where the backbone takes so many milliseconds an update."""
        each = (update_ms + BESIDE_MS[self.task]) / 1e3
        return START_SECONDS[self.task] + self.updates * each


def plan_training(need: Need) -> Plan | None:
    """Plans training as an estimator would; None without a task.

    Where it is not known how much data there is, it is as many updates as the task aims at.
    """
    if need.task is None:
        return None
    rows, wanted = ROWS[need.task], UPDATES[need.task]
    if need.task == "classification" and need.profile.classes is not None:
        wanted = min(max(wanted, UPDATES_A_CLASS * need.profile.classes), MOST_UPDATES)
    length = _length(need)
    batches = _batches(need, rows, length)
    if batches is None:
        return Plan(need.task, wanted, rows, length)
    epochs = min(MOST_EPOCHS, max(FEWEST_EPOCHS, -(-wanted // batches)))
    return Plan(need.task, epochs * batches, rows, length)


def _batches(need: Need, rows: int, length: int) -> int | None:
    """Updates in an epoch."""
    if need.examples is None:
        return None
    kept = max(1, int((1 - HELD_OUT) * need.examples))
    if need.task == "generation":
        return max(FEWEST_BATCHES, -(-kept // (length * rows)))
    if need.task == "forecasting":  # about a window a step, and each channel for itself
        return min(MOST_WINDOWS, -(-kept * (need.channels or 1) // rows))
    return -(-kept // rows)


def _length(need: Need) -> int:
    steps = need.context or UNKNOWN_LENGTH
    if need.task == "generation":
        return min(steps, WINDOW)
    if need.task == "forecasting":
        return -(-steps // -(-steps // MOST_PATCHES))
    if need.vocabulary or need.profile.vocabulary:  # texts
        return min(steps, MAX_TOKENS)
    stride = 1
    while steps > STEPS_KEPT * stride and stride < MOST_STRIDE:
        stride *= 2
    return -(-steps // stride)
