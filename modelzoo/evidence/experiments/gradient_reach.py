"""How much of a gradient is left after a hundred steps, before training and after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modelzoo.evidence.experiment import Condition, Experiment
from modelzoo.evidence.experiments.adding_problem import adding

if TYPE_CHECKING:
    import keras
    import numpy as np

UPDATES = 1_000
LAG = 100
BEFORE, AFTER = "before training", "after training"


def measure(model: str, when: Condition, seed: int, quick: bool) -> float:
    """The gradient at the lag over that at lag 1."""
    import numpy as np

    from modelzoo.estimators.training import seeded
    from modelzoo.evidence.learning import build, learn

    lag = 10 if quick else LAG
    problem = adding(lag + 1)
    inputs = problem.sample(np.random.default_rng((seed, 1)), 64)[0]
    if when == BEFORE:
        with seeded(seed):
            network = build(model, problem, inputs.shape[1:])
    else:
        network = learn(model, problem, updates=20 if quick else UPDATES, seed=seed)
    norms = np.linalg.norm(_gradient(network, inputs), axis=(0, 2))  # (T,)
    smallest = np.finfo(np.float32).tiny  # what is less is zero
    return float(norms[0] / max(norms[-2], smallest))


def _gradient(network: keras.Model, inputs: np.ndarray) -> np.ndarray:
    """The gradient of the answers at the last step with respect to the inputs, (B, T, C)."""
    import keras

    x = keras.ops.convert_to_tensor(inputs)

    def answers(x: Any) -> Any:
        return keras.ops.sum(network(x, training=False)[:, -1])

    if keras.backend.backend() == "jax":
        import jax

        return keras.ops.convert_to_numpy(jax.grad(answers)(x))
    import tensorflow as tf

    with tf.GradientTape() as tape:
        tape.watch(x)
        sum_of_answers = answers(x)
    return keras.ops.convert_to_numpy(tape.gradient(sum_of_answers, x))


EXPERIMENT = Experiment(
    name="gradient_reach",
    title="Reach of the gradient",
    claim="What a network can learn from far back is what its gradient still carries from there.",
    protocol=(
        f"The gradient of the answer at the last of {LAG + 1} steps with respect to the input "
        f"{LAG} steps before, over that with respect to the input one step before, of 64 sequences "
        "of the adding problem; of a network of width 64 with two blocks, as it is initialised and "
        f"after {UPDATES:,} updates on that problem."
    ),
    figure="gradient at the lag over that at lag 1",
    varied="when",
    conditions=(BEFORE, AFTER),
    quick=BEFORE,
    measure=measure,
    trivial={},
    more_is_better=None,
    source="Pascanu, Mikolov, Bengio: On the difficulty of training recurrent neural networks. "
    "ICML 2013",
    minutes=15,
)
