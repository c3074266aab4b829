"""Classifying series without a network, against a library of classifiers of series."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from speed.contest import Case, Contestant, Part, Ticks, for_ever

STEPS = 150


def cases(quick: bool) -> list[Case]:
    """One set of series."""
    rows = 20 if quick else 300
    who = (
        Contestant("modelzoo", ours, "modelzoo", ours=True),
        Contestant("aeon", library, "aeon"),
    )
    return [Case("MiniRocket", f"{rows} series of {STEPS} steps", who, {"rows": rows})]


def ours(case: Case, ticks: Ticks) -> None:
    """`modelzoo.baselines.MiniRocketClassifier`."""
    from modelzoo.baselines import MiniRocketClassifier

    fit_and_predict(MiniRocketClassifier(random_state=0), case, ticks)


def library(case: Case, ticks: Ticks) -> None:
    """aeon's, on as many threads as the process may use."""
    from aeon.classification.convolution_based import MiniRocketClassifier

    threads = int(os.environ["OMP_NUM_THREADS"])
    fit_and_predict(MiniRocketClassifier(n_jobs=threads, random_state=0), case, ticks)


def fit_and_predict(model: Any, case: Case, ticks: Ticks) -> None:
    """Fits on random series of two classes, and labels them."""
    rows = case.shape["rows"]
    series = np.random.default_rng(0).standard_normal((rows, STEPS)).astype("float32")
    labels = np.arange(rows) % 2
    for_ever(ticks, lambda: model.fit(series, labels).predict(series))


PART = Part(
    title="Series without a network",
    about=(
        "Fit and prediction by MiniRocket, which comparisons of classifiers of series show beside "
        "networks: about 10,000 features, ridge regression. There is no goal."
    ),
    unit="s",
    cases=cases,
    warm_up=1,
    rounds=5,
    seconds=0.0,
)
