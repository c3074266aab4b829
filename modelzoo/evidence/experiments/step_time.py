"""Time of one new step, by how many came before it."""

from __future__ import annotations

from modelzoo.evidence.experiment import Condition, Experiment
from modelzoo.evidence.timing import STEP, Timed, milliseconds

STEPS = 50


def timed(before: Condition) -> Timed:
    """What is timed."""
    return Timed(STEP, int(before))


def measure(model: str, before: Condition, seed: int, quick: bool) -> float:
    """The least time of a step, in milliseconds, the first left out."""
    return milliseconds(model, timed(before), seed, 5 if quick else STEPS)


EXPERIMENT = Experiment(
    name="step_time",
    title="Time of one new step",
    claim=(
        "A recurrent network takes the same time for every new step, however many came before; "
        "attention over a cache takes longer the more there are."
    ),
    protocol=(
        f"One new step of one sequence (width 64, two blocks): the least of {STEPS}, after one "
        "that is not counted. Attention sees all the steps before; an architecture that cannot "
        "stream computes the whole sequence again. A seed is a repetition."
    ),
    figure="milliseconds a step",
    varied="steps before",
    conditions=(128, 1024, 8192),
    quick=64,
    measure=measure,
    trivial={},
    more_is_better=False,
    source="measured on the machine that the records name",
    minutes=3,
    timed=timed,
)
