"""Data appetite: what a network loses beside the best baseline, with few examples and with many."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from modelzoo.evidence.experiment import Condition, Experiment

if TYPE_CHECKING:
    from modelzoo.trials import Trial

CHARACTERS = 20_000  # of a test text that are scored
LEAST = 1e-3  # a smaller loss counts as this: beside none at all every other would be endless


class Part(NamedTuple):
    """So much of a dataset that comes with the package's own requirements."""

    dataset: str
    amount: int
    unit: str

    def __str__(self) -> str:
        return f"{self.dataset}, {self.amount:,} {self.unit}"


PARTS = {
    str(part): part
    for part in (
        Part("docstrings", 100, "texts"),
        Part("docstrings", 1_600, "texts"),
        Part("pydoc_topics", 10_000, "characters"),
        Part("pydoc_topics", 80_000, "characters"),
        Part("digits", 60, "rows"),
        Part("digits", 960, "rows"),
        Part("sunspots", 60, "steps"),
        Part("sunspots", 240, "steps"),
    )
}


def measure(model: str, at: Condition, seed: int, quick: bool) -> float:
    """The loss on the test part over the least of the baselines'."""
    from modelzoo import registry
    from modelzoo.estimators import create

    trial, settings = _read(str(at))
    settings |= {"size": next(iter(registry.describe(model).sizes), None)}  # the smallest
    settings |= {"epochs": 1} if quick else {}
    network = create(model, trial.task, random_state=seed, verbose=0, **settings)
    return _loss(trial, model, network) / _least_of_baselines(str(at))


@lru_cache  # one for all networks and seeds
def _least_of_baselines(at: str) -> float:
    from modelzoo.baselines import baselines_for

    trial, settings = _read(at)
    found = baselines_for(trial.task, trial.train[0], random_state=0, **settings)
    return min(_loss(trial, name, estimator) for name, estimator in found)


def _loss(trial: Trial, name: str, estimator: Any) -> float:
    """The share of wrong answers, MASE, or bits per character."""
    from modelzoo.evaluation import MEASURES
    from modelzoo.trials import Candidate

    row = trial.of(Candidate(name, estimator))
    if row.error is not None:
        raise row.error
    more_is_better = MEASURES[trial.task][1]
    return max(1 - row.score if more_is_better else row.score, LEAST)


def _read(at: str) -> tuple[Trial, dict[str, Any]]:
    """What is fitted on and scored on, and what an estimator has to be told."""
    import numpy as np

    from modelzoo.datasets import load_dataset
    from modelzoo.trials import Trial

    part = PARTS[at]
    data = load_dataset(part.dataset)
    X, y = data.train
    if data.task == "forecasting":
        train, season = X.iloc[-part.amount :], data.season_length
        return (
            Trial(data.task, (train, None), data.test, {"after": train, "season_length": season}),
            {"horizon": data.horizon, "season_length": season},
        )
    if data.task == "generation":
        train, test = (
            _beginning(each.X, count)
            for each, count in ((data.train, part.amount), (data.test, CHARACTERS))
        )
        return Trial(data.task, (train, None), (test, None), {}), {}
    some = np.random.default_rng(0).permutation(len(y))[: part.amount]
    train = ([X[each] for each in some], [y[each] for each in some])
    return Trial(data.task, train, data.test, {}), {}


def _beginning(texts: list[str], characters: int) -> list[str]:
    """So many characters in all."""
    kept: list[str] = []
    for text in texts:
        kept.append(text[: characters - sum(map(len, kept))])
    return [text for text in kept if text]


EXPERIMENT = Experiment(
    name="data_appetite",
    title="Data appetite",
    claim="The fewer the examples, the more a network loses to a simple method; some need fewer.",
    protocol=(
        "So many examples of a dataset are learned: texts are classified (docstrings) or written "
        "(pydoc_topics), series classified (digits) or continued (sunspots). The share of wrong "
        "answers, the bits per character or the MASE on its test part, over the least of the "
        "baselines', which learn the same. Networks of the smallest size of their card, with what "
        "an estimator does by default."
    ),
    figure="loss over that of the best baseline",
    varied="examples",
    conditions=tuple(PARTS),
    quick=next(each for each in PARTS if each.startswith("sunspots")),  # the quickest
    measure=measure,
    trivial={},
    more_is_better=False,
    source="every figure beside simple methods, after Makridakis, Spiliotis, Assimakopoulos: "
    "Statistical and machine learning forecasting methods. PLOS ONE 13(3), 2018",
    minutes=25,
)
