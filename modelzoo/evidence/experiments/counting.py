"""Counting: as many b as there were a, with more of them than ever in training."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from modelzoo.evidence.experiment import Condition, Experiment

if TYPE_CHECKING:
    import keras

    from modelzoo.evidence.learning import Problem

UPDATES = 1_000
TRAINED = 20  # a's at most


def measure(model: str, most: Condition, seed: int, quick: bool) -> float:
    """The accuracy at the last b that is too few, and at the first that is not."""
    from modelzoo.evidence.learning import accuracy

    trained, updates = (5, 150) if quick else (TRAINED, UPDATES)
    network = _trained(model, trained, updates, seed)
    fewest = trained + 1 if int(most) > trained else 1
    return accuracy(network, counting(fewest, int(most), at_the_end=True), seed)


@lru_cache(maxsize=1)  # one network answers for all conditions
def _trained(model: str, trained: int, updates: int, seed: int) -> keras.Model:
    from modelzoo.evidence.learning import learn

    return learn(model, counting(1, trained), updates=updates, seed=seed)


def counting(fewest: int, most: int, at_the_end: bool = False) -> Problem:
    """So many a, then b throughout; after each b it is asked whether there are as many b as a."""
    import numpy as np

    from modelzoo.evidence.learning import Problem, Sample

    def sample(rng: np.random.Generator, rows: int) -> Sample:
        count = rng.integers(fewest, most + 1, (rows, 1))
        number_of_b = np.arange(2 * most) - count + 1  # (B, T), from 1; less at each a
        inputs = (number_of_b > 0).astype(np.int32)
        targets = (number_of_b >= count).astype(np.int32)
        asked = (number_of_b == count) | (number_of_b == count - 1) if at_the_end else inputs
        return inputs, targets, (inputs * asked).astype(np.float32)

    return Problem(sample, vocabulary=2, classes=2)


EXPERIMENT = Experiment(
    name="counting",
    title="Counting",
    claim="An LSTM counts further than it was trained to; states that are squashed do so less.",
    protocol=(
        "A sequence has n times a, then b throughout; after each b it is asked whether there have "
        "been as many b as a. The network (width 64, two blocks) sees "
        f"{UPDATES:,} batches of 64 new sequences with n up to {TRAINED}; then 512 sequences are "
        f"answered, with n up to {TRAINED} or with n from {TRAINED + 1} on, at the last b that is "
        "too few and at the first that is not."
    ),
    figure="accuracy",
    varied="a at most",
    conditions=(TRAINED, 40),
    quick=5,
    measure=measure,
    trivial=dict.fromkeys((5, TRAINED, 40), 0.5),
    more_is_better=True,
    source="Weiss, Goldberg, Yahav: On the practical computational power of finite precision RNNs "
    "for language recognition. ACL 2018",
    minutes=8,
)
