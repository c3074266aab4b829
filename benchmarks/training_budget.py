"""How long training takes by the defaults, beside what a recommendation predicts of it.

`python benchmarks/training_budget.py --models gru,gpt --size tiny` trains each on every task, on
made-up data, without stopping early; with `--epochs 1` what is left is mostly the start.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import modelzoo
from modelzoo.advisor.costing import times_of
from modelzoo.advisor.need import Need

ROWS, LENGTH = 800, 60


def problems() -> Iterator[tuple[Need, type, Callable[[Any], Any]]]:
    """A need, the estimator that serves it, and what fits the estimator."""
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(ROWS, LENGTH)).astype("float32")
    labels = rng.integers(0, 2, ROWS)
    need = Need("classification", n_samples=ROWS, length=LENGTH)
    yield need, modelzoo.Classifier, lambda estimator: estimator.fit(rows, labels)
    series = np.sin(np.arange(600) / 3) + 0.3 * rng.normal(size=600)
    need = Need("forecasting", length=len(series), horizon=12)
    yield need, modelzoo.Forecaster, lambda estimator: estimator.fit(series)
    texts = ["the quick brown fox jumps over the lazy dog again and again " * 3] * 30
    need = Need("generation", n_samples=len(texts), length=len(texts[0]), vocabulary=40)
    yield need, modelzoo.Generator, lambda estimator: estimator.fit(texts)


def predicted(model: str, size: str, need: Need) -> float | None:
    """Seconds, at most; None where nothing was timed of the model."""
    card = modelzoo.describe(model)
    cost = card.cost(size, vocabulary=need.vocabulary or 0, length=need.context or 1)
    times = times_of(card, need, {size: cost})
    return times[size].train_seconds if times else None


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", default=",".join(modelzoo.list_models()))
    parser.add_argument("--size", default="tiny")
    parser.add_argument("--epochs", type=int)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    for model in options.models.split(","):
        for need, estimator, fit in problems():
            begin = time.perf_counter()
            fitted = fit(
                estimator(
                    model,
                    size=options.size,
                    epochs=options.epochs,
                    patience=10**6,
                    random_state=0,
                    verbose=0,
                )
            )
            seconds = time.perf_counter() - begin
            told = predicted(model, options.size, need)
            print(
                f"{model:12} {need.task:15} {seconds:6.1f} s in {len(fitted.history_['loss'])} "
                f"epochs; predicted of all: {'nothing' if told is None else f'{told:.1f} s'}",
                flush=True,
            )
