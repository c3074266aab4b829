"""State tracking: the running parity of bits, on sequences longer than any trained on."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from modelzoo.evidence.experiment import Condition, Experiment

if TYPE_CHECKING:
    import keras

    from modelzoo.evidence.learning import Problem

UPDATES = 1_000
TRAINED = 20  # steps


def measure(model: str, steps: Condition, seed: int, quick: bool) -> float:
    """The accuracy at the steps beyond the trained ones, or at the trained ones."""
    from modelzoo.evidence.learning import accuracy

    trained = 5 if quick else TRAINED
    updates = 150 if quick else UPDATES
    network = _trained(model, trained, updates, seed)
    skipped = trained if int(steps) > trained else 0
    return accuracy(network, parity(int(steps), skipped), seed)


@lru_cache(maxsize=1)  # one network answers for all conditions
def _trained(model: str, trained: int, updates: int, seed: int) -> keras.Model:
    from modelzoo.evidence.learning import learn

    return learn(model, parity(trained), updates=updates, seed=seed)


def parity(steps: int, skipped: int = 0) -> Problem:
    """Bits; after each it is asked whether an odd number of ones has come so far."""
    import numpy as np

    from modelzoo.evidence.learning import Problem, Sample

    def sample(rng: np.random.Generator, rows: int) -> Sample:
        bits = rng.integers(0, 2, (rows, steps), np.int32)
        weights = np.ones((rows, steps), np.float32)
        weights[:, :skipped] = 0
        return bits, (bits.cumsum(axis=1) % 2).astype(np.int32), weights

    return Problem(sample, vocabulary=2, classes=2)


EXPERIMENT = Experiment(
    name="state_tracking",
    title="State tracking (parity)",
    claim=(
        "A recurrent state follows what happens for longer than it was trained to; attention is "
        "lost beyond the lengths it has seen."
    ),
    protocol=(
        "After each bit of a sequence it is asked whether an odd number of ones has come so far. "
        f"The network (width 64, two blocks) sees {UPDATES:,} batches of 64 new sequences of "
        f"{TRAINED} bits; then 512 sequences are answered: of {TRAINED} bits, or the steps beyond "
        f"{TRAINED} of longer ones."
    ),
    figure="accuracy",
    varied="steps",
    conditions=(TRAINED, 80),
    quick=5,
    measure=measure,
    trivial=dict.fromkeys((5, TRAINED, 80), 0.5),
    more_is_better=True,
    source="Bhattamishra, Ahuja, Goyal: On the ability and limitations of Transformers to "
    "recognize formal languages. EMNLP 2020",
    minutes=5,
)
