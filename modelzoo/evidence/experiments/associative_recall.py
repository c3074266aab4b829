"""Recall by content: the values of keys that stood anywhere before are to be told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelzoo.evidence.experiment import Condition, Experiment

if TYPE_CHECKING:
    from modelzoo.evidence.learning import Problem

UPDATES = 1_000
KEYS, VALUES = 64, 8


def measure(model: str, pairs: Condition, seed: int, quick: bool) -> float:
    """The accuracy on new sequences."""
    from modelzoo.evidence.learning import accuracy, learn

    problem = recall(int(pairs))
    network = learn(model, problem, updates=150 if quick else UPDATES, seed=seed)
    return accuracy(network, problem, seed)


def recall(pairs: int) -> Problem:
    """Pairs of key and value, a pair a token, and then the keys alone in another order."""
    import numpy as np

    from modelzoo.evidence.learning import Problem, Sample

    def sample(rng: np.random.Generator, rows: int) -> Sample:
        keys = rng.permuted(np.tile(np.arange(KEYS), (rows, 1)), axis=1)[:, :pairs]  # (B, P)
        values = rng.integers(0, VALUES, (rows, pairs))
        order = rng.permuted(np.tile(np.arange(pairs), (rows, 1)), axis=1)
        told = keys * VALUES + values
        asked = KEYS * VALUES + np.take_along_axis(keys, order, axis=1)
        answers = np.take_along_axis(values, order, axis=1)
        nothing = np.zeros_like(answers)
        inputs = np.concatenate([told, asked], axis=1)  # (B, 2 P)
        targets = np.concatenate([nothing, answers], axis=1)
        weights = np.concatenate([nothing, nothing + 1], axis=1)
        return inputs.astype(np.int32), targets.astype(np.int32), weights.astype(np.float32)

    return Problem(sample, vocabulary=KEYS * VALUES + KEYS, classes=VALUES)


EXPERIMENT = Experiment(
    name="associative_recall",
    title="Associative recall",
    claim=(
        "Attention finds what it was told by its content; a recurrent state of fixed size does not "
        "learn to within the same training."
    ),
    protocol=(
        f"A sequence tells pairs of one of {KEYS} keys and one of {VALUES} values, a pair a token, "
        "then asks for the value of each key in another order. The network (width 64, two blocks) "
        f"sees {UPDATES:,} batches of 64 new sequences; then 512 further ones are answered."
    ),
    figure="accuracy",
    varied="pairs",
    conditions=(8, 32),
    quick=4,
    measure=measure,
    trivial=dict.fromkeys((4, 8, 32), 1 / VALUES),
    more_is_better=True,
    source="Ba, Hinton et al.: Using fast weights to attend to the recent past. NeurIPS 2016",
    minutes=20,
)
