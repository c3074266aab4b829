"""One toy problem a task: learned in seconds, and not without mixing steps over time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from modelzoo.estimators import Classifier, Estimator, Forecaster, Generator

PATTERN = "aabac"  # the next letter needs two letters of memory, sometimes three


@dataclass(frozen=True)
class Toy:
    """A problem, how long to train on it, and what counts as learned.

    Attributes:
        estimator: The task's estimator.
        options: Its parameters: a short training.
        train: Arguments of ``fit``.
        test: Arguments of ``score``.
        baseline: The score of what has learned nothing that takes a backbone.
        learned: The score that a working model exceeds with room to spare.
        answers: The fitted estimator's answers about the test part, as an array.
    """

    estimator: type[Estimator]
    options: dict[str, Any]
    train: tuple
    test: tuple
    baseline: float
    learned: float
    answers: Callable[[Any], np.ndarray]


def second_of_many(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Token ids (N, 10), 0 or 1; the label is the second.

    Not the first: which pairs of tokens there are, and thus the n-grams, tell that one.

    No numbers: the stem of series looks at neighbouring steps by itself.
    """
    random = np.random.default_rng(seed)
    ids = random.integers(0, 2, (rows, 10))
    ids[:, 1] = np.arange(rows) % 2  # as many of each class
    return ids, ids[:, 1]


def logistic_map(steps: int) -> np.ndarray:
    """A chaotic series (T,): each value is a parabola of the last one, and correlates with none."""
    series = np.empty(steps)
    series[0] = 0.3
    for step in range(1, steps):
        series[step] = 1 - 1.99999 * series[step - 1] ** 2
    return series


def toy_language(texts: int, length: int = 48) -> list[str]:
    """Texts that repeat the pattern, from each of its letters in turn."""
    repeated = PATTERN * (length // len(PATTERN) + 2)
    starts = [index % len(PATTERN) for index in range(texts)]
    return [repeated[start : start + length] for start in starts]


_COMMON = {"validation_fraction": 0, "learning_rate": 5e-3}
_WRITING = {"epochs": 8, "patience": 99, "context": 16, "learning_rate": 8e-3}
_SERIES = logistic_map(520)
_TEST_ROWS, _TEST_LABELS = second_of_many(128, seed=1)
_TEST_TEXTS = toy_language(5)

TOYS = {
    "classification": Toy(
        Classifier,
        {"epochs": 15, "kind": "tokens", **_COMMON},
        train=second_of_many(384, seed=0),
        test=(_TEST_ROWS, _TEST_LABELS),
        baseline=0.6,  # of the n-grams alone
        learned=0.85,
        answers=lambda fitted: fitted.predict_proba(_TEST_ROWS),
    ),
    "forecasting": Toy(
        Forecaster,
        {"epochs": 45, "horizon": 1, "context": 16, "season_length": 1, **_COMMON},
        train=(_SERIES[:400],),
        test=(_SERIES[400:],),
        baseline=0.25,  # of the linear path alone; 0 is repeating the last value
        learned=0.5,
        answers=lambda fitted: fitted.predict(_SERIES[400:]).to_numpy(),
    ),
    "generation": Toy(
        Generator,
        _WRITING,
        train=(toy_language(32),),
        test=(_TEST_TEXTS,),
        baseline=-0.95,  # nats of a letter, from how frequent it is; 0.66 given the letter before
        learned=-0.45,
        answers=lambda fitted: np.array([fitted.score(_TEST_TEXTS)]),
    ),
}
