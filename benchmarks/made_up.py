"""Problems that are made by a rule, so that it is known what makes them hard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

_TRAIN, _TEST = 300, 500  # sequences
_WORDS = [f"{first}{second}" for first in "bdfgklmnprst" for second in ("a", "o", "in", "er")]


class Made(NamedTuple):
    """A training part, a test part (each ``(X,)`` or ``(X, y)``) and what is to be told of them."""

    train: tuple
    test: tuple
    parameters: dict[str, Any]


@dataclass(frozen=True)
class Rule:
    """How a problem is made.

    Attributes:
        name: Unlike all others.
        family: What shares a rule.
        task: What is to be done.
        make: Draws it.
    """

    name: str
    family: str
    task: str
    make: Callable[[np.random.Generator], Made]


def _halves(X: Any, y: list[str]) -> Made:
    return Made((X[:_TRAIN], y[:_TRAIN]), (X[_TRAIN:], y[_TRAIN:]), {})


def _bumps(steps: int) -> Callable[[np.random.Generator], Made]:
    """Two bumps in noise: was the higher one first? Both matter, far apart."""

    def make(rng: np.random.Generator) -> Made:
        X = 0.3 * rng.standard_normal((_TRAIN + _TEST, steps, 1))
        labels = []
        for row in X:
            first, second = rng.integers(0, steps // 4), rng.integers(3 * steps // 4, steps)
            higher = rng.random() < 0.5
            row[first] += 3 if higher else 2
            row[second] += 2 if higher else 3
            labels.append("first" if higher else "second")
        return _halves(X, labels)

    return make


def _tones(noise: float) -> Callable[[np.random.Generator], Made]:
    """Which of four frequencies a noisy sine has, whatever its phase."""

    def make(rng: np.random.Generator) -> Made:
        count = _TRAIN + _TEST
        labels = rng.integers(0, 4, count)
        time, phase = np.arange(100), rng.uniform(0, 2 * np.pi, (count, 1))
        X = np.sin(2 * np.pi * (labels[:, None] + 3) * time / 100 + phase)
        X = X + noise * rng.standard_normal(X.shape)
        return _halves(X[..., None], [str(each) for each in labels])

    return make


def _word_present(rng: np.random.Generator) -> Made:
    """Which of two words a text has: a bag of words says it."""
    labels = rng.integers(0, 2, _TRAIN + _TEST)
    return _halves([_sentence(rng, [("yes", "no")[each]]) for each in labels], _named(labels))


def _word_order(rng: np.random.Generator) -> Made:
    """Which of two words comes first: a bag of words cannot say it."""
    labels = rng.integers(0, 2, _TRAIN + _TEST)
    orders = [("alpha", "omega"), ("omega", "alpha")]
    return _halves([_sentence(rng, orders[each]) for each in labels], _named(labels))


def _sentence(rng: np.random.Generator, placed: Any) -> str:
    """Fifteen words by chance, some of them replaced by those given, in their order."""
    words = list(rng.choice(_WORDS, 15))
    for place, word in zip(sorted(rng.choice(15, len(placed), replace=False)), placed, strict=True):
        words[place] = word
    return " ".join(words)


def _named(labels: np.ndarray) -> list[str]:
    return [str(each) for each in labels]


def _forecast(
    draw: Callable[[np.random.Generator, int], np.ndarray], horizon: int, season: int
) -> Callable[[np.random.Generator], Made]:
    def make(rng: np.random.Generator) -> Made:
        steps = 1_000 + 10 * horizon
        values = draw(rng, steps)
        parameters = {"horizon": horizon, "season_length": season}
        return Made((values[:1_000],), (values[1_000:],), parameters)

    return make


def _walk(rng: np.random.Generator, steps: int) -> np.ndarray:
    """Nothing forecasts it better than its last value."""
    return rng.standard_normal(steps).cumsum()


def _autoregressive(rng: np.random.Generator, steps: int) -> np.ndarray:
    """It forgets slowly and has no season."""
    values = np.zeros(steps)
    for step in range(2, steps):
        values[step] = 1.5 * values[step - 1] - 0.7 * values[step - 2] + rng.standard_normal()
    return values


def _seasonal(rng: np.random.Generator, steps: int) -> np.ndarray:
    """Trend, a season of 24 steps, and a little noise."""
    time = np.arange(steps)
    season = np.tile(rng.standard_normal(24), steps // 24 + 1)[:steps]
    return 0.01 * time + 3 * season + 0.5 * rng.standard_normal(steps)


def _two_seasons(rng: np.random.Generator, steps: int) -> np.ndarray:
    """Seasons of 24 and of 168 steps, the one scaled by the other."""
    time = np.arange(steps)
    week = 1 + 0.5 * np.sin(2 * np.pi * time / 168)
    return week * np.sin(2 * np.pi * time / 24) + 0.2 * rng.standard_normal(steps)


def _chaotic(rng: np.random.Generator, steps: int) -> np.ndarray:
    """The Mackey-Glass equation (delay 17): no line continues it, but it has a rule."""
    values = list(1.2 + 0.1 * rng.standard_normal(18))
    while len(values) < 10 * steps + 1_000:
        delayed = values[-18]
        values.append(values[-1] + 0.1 * (2 * delayed / (1 + delayed**10) - values[-1]))
    return np.array(values[-10 * steps :: 10])


def _chain(rng: np.random.Generator) -> Made:
    """Text of a Markov chain over three letters back: an n-gram model of four knows it all."""
    letters = np.array(list("abcdefgh "))
    likely = {}

    def text(length: int) -> str:
        said = [0, 1, 2]
        for _ in range(length):
            context = tuple(said[-3:])
            if context not in likely:
                likely[context] = rng.dirichlet(np.full(len(letters), 0.2))
            said.append(int(rng.choice(len(letters), p=likely[context])))
        return "".join(letters[said])

    return Made(([text(50_000)],), ([text(10_000)],), {})


def _repeated(rng: np.random.Generator) -> Made:
    """Every line says a word of eight letters twice: who looks back knows the second half."""
    letters = list("abcdefghijklmnop")

    def lines(count: int) -> list[str]:
        return [
            f"{word}-{word}" for word in ("".join(rng.choice(letters, 8)) for _ in range(count))
        ]

    return Made((lines(3_000),), (lines(300),), {})


PROBLEMS = (
    Rule("two bumps in 60 steps", "two bumps", "classification", _bumps(60)),
    Rule("two bumps in 300 steps", "two bumps", "classification", _bumps(300)),
    Rule("four tones", "four tones", "classification", _tones(0.5)),
    Rule("four tones in noise", "four tones", "classification", _tones(2.0)),
    Rule("a word that is there", "a word", "classification", _word_present),
    Rule("the order of two words", "order of words", "classification", _word_order),
    Rule("a random walk", "a random walk", "forecasting", _forecast(_walk, 10, 1)),
    Rule("autoregressive", "autoregressive", "forecasting", _forecast(_autoregressive, 10, 1)),
    Rule("trend and season", "trend and season", "forecasting", _forecast(_seasonal, 24, 24)),
    Rule("two seasons", "two seasons", "forecasting", _forecast(_two_seasons, 48, 24)),
    Rule("Mackey-Glass", "Mackey-Glass", "forecasting", _forecast(_chaotic, 20, 1)),
    Rule("a chain of letters", "a chain of letters", "generation", _chain),
    Rule("words said twice", "words said twice", "generation", _repeated),
)
