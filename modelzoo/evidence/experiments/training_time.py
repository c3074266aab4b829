"""Seconds of a training update by the length of the sequences."""

from __future__ import annotations

from modelzoo.evidence.experiment import Condition, Experiment
from modelzoo.evidence.timing import UPDATE, Timed, milliseconds

ROWS = 4
UPDATES = 3


def timed(steps: Condition) -> Timed:
    """What is timed."""
    return Timed(UPDATE, int(steps), ROWS)


def measure(model: str, steps: Condition, seed: int, quick: bool) -> float:
    """The least time of an update, in milliseconds, the first left out."""
    return milliseconds(model, timed(steps), seed, UPDATES)


EXPERIMENT = Experiment(
    name="training_time",
    title="Time of a training update",
    claim=(
        "Recurrent networks take time in proportion to the length; attention is quicker on short "
        "sequences and grows faster."
    ),
    protocol=(
        f"Training updates on {ROWS} sequences (width 64, two blocks): the least of {UPDATES}, "
        "after one that is not counted. A seed is a repetition."
    ),
    figure="milliseconds an update",
    varied="steps",
    conditions=(128, 512, 2048),
    quick=64,
    measure=measure,
    trivial={},
    more_is_better=False,
    seeds=(0, 1, 2),
    source="measured on the machine that the records name",
    minutes=3,
    timed=timed,
)
