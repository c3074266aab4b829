"""Memory of training, by the length of the sequences and the width of the network."""

from __future__ import annotations

import sys

from modelzoo.evidence.experiment import Condition, Experiment
from modelzoo.evidence.timing import UPDATE, Timed

ROWS = 8
SHAPES = {
    "128 steps": Timed(UPDATE, 128, ROWS),
    "512 steps": Timed(UPDATE, 512, ROWS),
    "2,048 steps": Timed(UPDATE, 2048, ROWS),
    "512 steps, 256 wide": Timed(UPDATE, 512, ROWS, width=256),
}


def measure(model: str, shape: Condition, seed: int, quick: bool) -> float:
    """What training adds to the peak of memory, in megabytes."""
    from modelzoo.evidence.memory import megabytes

    return megabytes(model, SHAPES[str(shape)], seed)


def applies(model: str) -> bool:
    """Not on Windows, which does not tell the peak of a process in the way of other systems."""
    return sys.platform != "win32"


EXPERIMENT = Experiment(
    name="training_memory",
    title="Memory of training",
    claim=(
        "Sequences four times as long take less than four times the memory to train a recurrent "
        "network on, and far more than four times to train attention."
    ),
    protocol=(
        f"How far the peak of memory of a process rises when it trains on {ROWS} sequences (width "
        "64 but for what the condition says, two blocks), after it has trained on sequences of 16 "
        "steps: weights, optimizer and what is kept for the gradient, and some tens of megabytes "
        "that building a network takes. A seed is a repetition."
    ),
    figure="megabytes",
    varied="shape",
    conditions=tuple(SHAPES),
    quick="128 steps",
    measure=measure,
    trivial={},
    more_is_better=False,
    seeds=(0, 1, 2),
    source="measured on the machine that the records name",
    minutes=3,
    applies=applies,
)
