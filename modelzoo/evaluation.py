"""Scores a fitted estimator on unseen data, in the same way for networks and baselines."""

from __future__ import annotations

from typing import Any

import numpy as np

from modelzoo.backtesting import walk_forward
from modelzoo.data.series import SeriesPanel
from modelzoo.errors import InputError
from modelzoo.metrics import coverage, mase, median, pinball_loss

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
        y: The labels, of any hashable type, or the completions of prompts X for generation.
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
        measured = estimator.perplexity(X) if y is None else estimator.perplexity(X, y)
        return {"bits per character": float(measured.bits_per_character)}
    if after is None:
        raise InputError("forecasts are scored on what follows a series: give it as `after`")
    return _evaluate_forecasts(estimator, SeriesPanel.read(after), X, season_length)


def beats(task: str, score: float, baseline: float) -> bool:
    """Whether a score of a task's ranking measure is better than a baseline's.

    >>> beats("forecasting", 0.8, 1.0), beats("classification", 0.8, 1.0)
    (True, False)
    """
    return score > baseline if MEASURES[task][1] else score < baseline


def _evaluate_forecasts(
    forecaster: Any, train: SeriesPanel, test: Any, season_length: int | None
) -> dict[str, float]:
    """Forecasts every `horizon` steps from all that is known by then: each step is scored once."""
    whole = train.append(test)
    starts = [len(one) for one in train.series]
    forecasts = walk_forward(forecaster, whole, starts)
    levels = [float(level) for level in forecaster.quantiles]
    scores: dict[str, list[float]] = {"MASE": [], "pinball": [], "coverage": []}
    for one, start, quantiles in zip(whole.series, starts, forecasts, strict=True):
        if quantiles is None:
            continue
        truth, past = one.values[start:], one.values[:start]  # (H, C), (T, C)
        season = min(season_length or train.season_length, start - 1)
        scores["MASE"].append(mase(truth, median(quantiles, levels), past, season))
        scores["pinball"].append(pinball_loss(truth, quantiles, levels))
        scores["coverage"].append(coverage(truth, quantiles[..., 0], quantiles[..., -1]))
    return {name: float(np.mean(values)) for name, values in scores.items()}
