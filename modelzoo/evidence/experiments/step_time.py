"""Time of one new step, by how many came before it."""

from __future__ import annotations

from modelzoo.evidence.experiment import Condition, Experiment

STEPS = 50


def measure(model: str, before: Condition, seed: int, quick: bool) -> float:
    """The least time of a step, in milliseconds, the first left out."""
    import numpy as np
    from keras import ops

    from modelzoo.estimators.training import seeded
    from modelzoo.evidence.learning import WIDTH, backbone, least_milliseconds
    from modelzoo.layers.compiled import Compiled

    before = int(before)
    rng = np.random.default_rng(seed)
    with seeded(seed):
        network = backbone(model, WIDTH)
        network.build((None, before, WIDTH))
    if network.streaming:
        x = ops.convert_to_tensor(rng.standard_normal((1, WIDTH)).astype(np.float32))
        state = network.initial_state(1, before + 1)
        position = ops.convert_to_tensor(before, dtype="int32")
        step = Compiled(lambda x, state, position: network.step(x, state, position)[0], network)
        return least_milliseconds(
            lambda: ops.convert_to_numpy(step(x, state, position)), 5 if quick else STEPS
        )
    whole = ops.convert_to_tensor(rng.standard_normal((1, before, WIDTH)).astype(np.float32))
    call = Compiled(lambda x: network(x, training=False), network)
    return least_milliseconds(lambda: ops.convert_to_numpy(call(whole)), 5 if quick else STEPS)


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
)
