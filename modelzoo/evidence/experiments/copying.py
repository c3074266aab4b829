"""Copying: what was read is to be told again, of lengths seen in training and beyond."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from modelzoo.evidence.experiment import Condition, Experiment

if TYPE_CHECKING:
    import keras

    from modelzoo.evidence.learning import Problem

UPDATES = 1_000
TRAINED = 20  # symbols at most
SYMBOLS = 8


def measure(model: str, symbols: Condition, seed: int, quick: bool) -> float:
    """The share of symbols that are told right."""
    from modelzoo.evidence.learning import accuracy

    trained, updates = (4, 150) if quick else (TRAINED, UPDATES)
    network = _trained(model, trained, updates, seed)
    problem = copying(int(symbols), int(symbols), 2 * max(trained, int(symbols)))
    return accuracy(network, problem, seed)


@lru_cache(maxsize=1)  # one network answers for all conditions
def _trained(model: str, trained: int, updates: int, seed: int) -> keras.Model:
    from modelzoo.evidence.learning import learn

    return learn(model, copying(1, trained, 2 * trained), updates=updates, seed=seed)


def copying(fewest: int, most: int, steps: int) -> Problem:
    """So many symbols, then marks, at each of which, until all are told, the next is to be told.

    All sequences have as many steps: who looks ahead would tell by their end how many there are.
    """
    import numpy as np

    from modelzoo.evidence.learning import Problem, Sample

    def sample(rng: np.random.Generator, rows: int) -> Sample:
        count = rng.integers(fewest, most + 1, (rows, 1))
        symbols = rng.integers(0, SYMBOLS, (rows, 2 * most))
        symbols = np.pad(symbols, ((0, 0), (0, steps - 2 * most)))
        place = np.arange(steps)
        told = (place >= count) & (place < 2 * count)  # (B, T)
        earlier = np.take_along_axis(symbols, np.maximum(place - count, 0), axis=1)
        inputs = np.where(place < count, symbols, SYMBOLS)
        return inputs.astype(np.int32), earlier.astype(np.int32), told.astype(np.float32)

    return Problem(sample, vocabulary=SYMBOLS + 1, classes=SYMBOLS)


EXPERIMENT = Experiment(
    name="copying",
    title="Copying",
    claim="Attention copies what it read; a recurrent state of fixed size loses it as it grows.",
    protocol=(
        f"A sequence has n of {SYMBOLS} symbols, then marks, at each of which, until all are told, "
        "the next symbol is to be told again. The network (width 64, two blocks) sees "
        f"{UPDATES:,} batches of 64 new sequences of {2 * TRAINED} steps with n up to {TRAINED}; "
        "then 512 sequences of one n are answered, which are longer only where they have to be."
    ),
    figure="accuracy",
    varied="symbols",
    conditions=(10, TRAINED, 40),
    quick=4,
    measure=measure,
    trivial=dict.fromkeys((4, 10, TRAINED, 40), 1 / SYMBOLS),
    more_is_better=True,
    source="Jelassi et al.: Repeat after me: Transformers are better than state space models at "
    "copying. ICML 2024",
    minutes=6,
)
