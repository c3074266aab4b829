"""Time of an update, a prediction and a new step of larger networks and batches.

The other experiments of time vary the length alone: what is overhead, and what grows with the
operations, is told apart here.
"""

from __future__ import annotations

from modelzoo.evidence.experiment import Condition, Experiment
from modelzoo.evidence.timing import PREDICTION, STEP, UPDATE, Timed, milliseconds

LENGTH = 128
TIMES = {UPDATE: 4, PREDICTION: 20, STEP: 30}
SHAPES = {
    "update, 256 wide": Timed(UPDATE, LENGTH, rows=4, width=256),
    "update, 4 deep": Timed(UPDATE, LENGTH, rows=4, depth=4),
    "update, 32 rows": Timed(UPDATE, LENGTH, rows=32),
    "prediction, 256 wide": Timed(PREDICTION, LENGTH, width=256),
    "prediction, 4 deep": Timed(PREDICTION, LENGTH, depth=4),
    "step, 256 wide": Timed(STEP, LENGTH, width=256),
    "step, 4 deep": Timed(STEP, LENGTH, depth=4),
    # All at once, and between the others: by these a prediction from the others is judged.
    "update, 128 wide, 3 deep, 16 rows": Timed(UPDATE, LENGTH, rows=16, width=128, depth=3),
    "prediction, 128 wide, 3 deep": Timed(PREDICTION, LENGTH, width=128, depth=3),
    "step, 128 wide, 3 deep": Timed(STEP, LENGTH, width=128, depth=3),
}


def timed(shape: Condition) -> Timed:
    """What is timed."""
    return SHAPES[str(shape)]


def measure(model: str, shape: Condition, seed: int, quick: bool) -> float:
    """The least time, in milliseconds, the first left out."""
    return milliseconds(model, timed(shape), seed, 3 if quick else TIMES[timed(shape).what])


EXPERIMENT = Experiment(
    name="shape_time",
    title="Time of larger networks and batches",
    claim=(
        "Of small networks most of the time is overhead, which grows with the depth (and, where "
        "steps are taken one by one, with their number) but hardly with width and batch."
    ),
    protocol=(
        f"A training update on 4 sequences of {LENGTH} steps, a prediction for one such sequence, "
        f"or a new step after {LENGTH}, at width 64 with two blocks but for what the condition "
        f"says: the least of {TIMES[UPDATE]}, {TIMES[PREDICTION]} or {TIMES[STEP]}, after one that "
        "is not counted. A seed is a repetition."
    ),
    figure="milliseconds",
    varied="shape",
    conditions=tuple(SHAPES),
    quick="step, 4 deep",
    measure=measure,
    trivial={},
    more_is_better=False,
    seeds=(0, 1, 2),
    source="measured on the machine that the records name",
    minutes=2,
    timed=timed,
)
