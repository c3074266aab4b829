"""Long dependencies: two marked numbers, far apart, are to be added."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelzoo.evidence.experiment import Condition, Experiment

if TYPE_CHECKING:
    from modelzoo.evidence.learning import Problem

UPDATES = 1_000


def measure(model: str, steps: Condition, seed: int, quick: bool) -> float:
    """The mean squared error on new sequences."""
    from modelzoo.evidence.learning import learn, squared_error

    problem = adding(int(steps))
    network = learn(model, problem, updates=150 if quick else UPDATES, seed=seed)
    return squared_error(network, problem, seed)


def adding(steps: int) -> Problem:
    """Numbers between 0 and 1, one marked in each half; the last step asks for their sum."""
    import numpy as np

    from modelzoo.evidence.learning import Problem, Sample

    def sample(rng: np.random.Generator, rows: int) -> Sample:
        numbers = rng.random((rows, steps), np.float32)
        marks = np.zeros((rows, steps), np.float32)
        every = np.arange(rows)
        marks[every, rng.integers(0, steps // 2, rows)] = 1
        marks[every, rng.integers(steps // 2, steps, rows)] = 1
        targets, weights = np.zeros((2, rows, steps), np.float32)
        targets[:, -1], weights[:, -1] = (numbers * marks).sum(1), 1
        return np.stack([numbers, marks], axis=-1), targets, weights

    return Problem(sample)


EXPERIMENT = Experiment(
    name="adding_problem",
    title="Adding problem",
    claim=(
        "Gated recurrent units and attention carry what they read over a hundred steps and more; "
        "plain recurrent units do not."
    ),
    protocol=(
        "Each sequence has numbers between 0 and 1, of which two are marked, one in each half; the "
        "answer at the last step is their sum. The network (width 64, two blocks) sees "
        f"{UPDATES:,} batches of 64 new sequences; then 512 further ones are answered."
    ),
    figure="mean squared error",
    varied="steps",
    conditions=(50, 150, 400),
    quick=10,
    measure=measure,
    trivial=dict.fromkeys((10, 50, 150, 400), 1 / 6),
    more_is_better=False,
    source="Hochreiter, Schmidhuber: Long short-term memory. Neural Computation 9(8), 1997",
    minutes=60,
)
