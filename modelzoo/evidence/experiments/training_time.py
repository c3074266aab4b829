"""Seconds of a training update by the length of the sequences."""

from __future__ import annotations

from modelzoo.evidence.experiment import Condition, Experiment

ROWS = 4
UPDATES = 3


def measure(model: str, steps: Condition, seed: int, quick: bool) -> float:
    """The least time of an update, in milliseconds, the first left out."""
    import numpy as np

    from modelzoo.estimators.training import quiet_retracing, seeded
    from modelzoo.evidence.learning import Problem, build, least_milliseconds

    rng = np.random.default_rng(seed)
    x = rng.standard_normal((ROWS, int(steps), 4)).astype(np.float32)
    y = x[..., :1]
    with seeded(seed), quiet_retracing():
        network = build(model, Problem(lambda rng, rows: (x, y, y)), x.shape[1:])
        network.compile("adam", loss="mse")
        return least_milliseconds(lambda: network.train_on_batch(x, y), UPDATES)


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
)
