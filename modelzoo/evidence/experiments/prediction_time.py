"""Time of a prediction for one sequence, by its length."""

from __future__ import annotations

from modelzoo.evidence.experiment import Condition, Experiment
from modelzoo.evidence.timing import PREDICTION, Timed, milliseconds

TIMES = 20


def timed(steps: Condition) -> Timed:
    """What is timed."""
    return Timed(PREDICTION, int(steps))


def measure(model: str, steps: Condition, seed: int, quick: bool) -> float:
    """The least time of a prediction, in milliseconds, the first left out."""
    return milliseconds(model, timed(steps), seed, 3 if quick else TIMES)


EXPERIMENT = Experiment(
    name="prediction_time",
    title="Time of a prediction",
    claim=(
        "Whoever reads a sequence step by step waits for each of them; attention reads a short one "
        "at once, and a long one no faster."
    ),
    protocol=(
        f"One run over one sequence (width 64, two blocks): the least of {TIMES}, after one that "
        "is not counted. A seed is a repetition."
    ),
    figure="milliseconds a prediction",
    varied="steps",
    conditions=(128, 1024),
    quick=64,
    measure=measure,
    trivial={},
    more_is_better=False,
    seeds=(0, 1, 2),
    source="measured on the machine that the records name",
    minutes=0.2,
    timed=timed,
)
