"""Scores a fitted estimator on unseen data, in the same way for networks and baselines."""

from __future__ import annotations

from typing import Any

import numpy as np

from modelzoo.backtesting import forecast_measures, walk_forward
from modelzoo.data.series import SeriesPanel
from modelzoo.errors import InputError

# The measure that ranks, for each task, and whether more of it is better.
MEASURES = {
    "classification": ("accuracy", True),
    "forecasting": ("MASE", False),
    "generation": ("bits per character", False),
}


def evaluate(
    task: str,
    estimator: Any,
    X: Any,
    y: Any = None,
    *,
    after: Any = None,
    season_length: int | None = None,
) -> dict[str, float]:
    """Scores a fitted estimator.

    Args:
        task: ``"classification"``, ``"forecasting"`` or ``"generation"``.
        estimator: A fitted network or baseline for that task.
        X: What it has not seen; for forecasting the continuation of ``after``.
        y: The labels, of any hashable type; only classification has them.
        after: The training series, for forecasting.
        season_length: Steps in a season, for MASE; by default what the time index suggests.

    Returns:
        The measures by name; the first is the task's entry in ``MEASURES``.

    Raises:
        InputError: Forecasts are to be scored and ``after`` is missing, or classes and there is not
            one label for each example.
    """
    if task == "classification":
        if y is None:
            raise InputError("classes are scored against the true labels: give them as `y`")
        if len(X) != len(y):
            raise InputError(f"X has {len(X)} examples, y {len(y)} labels: give one for each")
        # The estimator compares label by label: an array would turn mixed labels into text.
        return {"accuracy": float(estimator.score(X, y))}
    if task == "generation":
        return {"bits per character": float(estimator.perplexity(X).bits_per_character)}
    if after is None:
        raise InputError("forecasts are scored on what follows a series: give it as `after`")
    train, test = (SeriesPanel.read(each, estimator.roles) for each in (after, X))
    return _evaluate_forecasts(estimator, train, test, season_length)


def beats(task: str, score: float, baseline: float) -> bool:
    """Whether a score of a task's ranking measure is better than a baseline's.

    >>> beats("forecasting", 0.8, 1.0), beats("classification", 0.8, 1.0)
    (True, False)
    """
    return score > baseline if MEASURES[task][1] else score < baseline


def _evaluate_forecasts(
    forecaster: Any, train: SeriesPanel, test: SeriesPanel, season_length: int | None
) -> dict[str, float]:
    """Forecasts every `horizon` steps from all that is known by then: each step is scored once."""
    whole = train.append(test)
    starts = [len(one) for one in train.series]
    forecasts = walk_forward(forecaster, whole, starts)
    levels = [float(level) for level in forecaster.quantiles]
    scores = []
    for one, start, quantiles in zip(whole.series, starts, forecasts, strict=True):
        if quantiles is not None:
            season = season_length or train.season_length
            truth, past = one.values[start:], one.values[:start]  # (H, C), (T, C)
            scores.append(forecast_measures(truth, quantiles, levels, past, season))
    return {name: float(np.mean([score[name] for score in scores])) for name in scores[0]}
