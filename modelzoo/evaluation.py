"""Scores a fitted estimator on unseen data, in the same way for networks and baselines."""

from __future__ import annotations

from typing import Any

import numpy as np

from modelzoo.data.series import Series, SeriesPanel
from modelzoo.errors import InputError
from modelzoo.metrics import coverage, mase, pinball_loss

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
    levels = [float(level) for level in forecaster.quantiles]
    middle = int(np.argmin(np.abs(np.array(levels) - 0.5)))
    starts = [len(one) for one in train.series]
    forecasts: list[list[np.ndarray]] = [[] for _ in starts]  # a series' pieces (h, C, Q)
    steps_ahead = max(len(one) for one in whole.series) - min(starts)
    for ahead in range(0, steps_ahead, forecaster.horizon):
        rows = [i for i, one in enumerate(whole.series) if starts[i] + ahead < len(one)]
        known = [_until(whole.series[i], starts[i] + ahead) for i in rows]
        predicted = _predict(
            forecaster, SeriesPanel(known, whole.channels, whole.form), len(levels)
        )
        for i, piece in zip(rows, predicted, strict=True):
            forecasts[i].append(piece[: len(whole.series[i]) - starts[i] - ahead])

    scores: dict[str, list[float]] = {"MASE": [], "pinball": [], "coverage": []}
    for one, start, pieces in zip(whole.series, starts, forecasts, strict=True):
        if not pieces:
            continue
        truth, quantiles = one.values[start:], np.concatenate(pieces)  # (H, C), (H, C, Q)
        past = one.values[:start]
        season = min(season_length or train.season_length, start - 1)
        scores["MASE"].append(mase(truth, quantiles[..., middle], past, season))
        scores["pinball"].append(pinball_loss(truth, quantiles, levels))
        scores["coverage"].append(coverage(truth, quantiles[..., 0], quantiles[..., -1]))
    return {name: float(np.mean(values)) for name, values in scores.items()}


def _until(one: Series, end: int) -> Series:
    return Series(one.id, one.values[:end], one.index[:end])


def _predict(forecaster: Any, known: SeriesPanel, levels: int) -> np.ndarray:
    """Quantiles (n, H, C, Q) of what follows each of n series."""
    frame = forecaster.predict(known)
    if known.form in ("series", "table"):
        values = frame.to_numpy(dtype=float).reshape(len(frame), len(known.channels), levels)
        return values[np.newaxis]
    columns = [column for column in frame.columns if isinstance(column, float)]
    shape = (len(known.series), len(known.channels), -1, levels)
    return frame[columns].to_numpy(dtype=float).reshape(shape).transpose(0, 2, 1, 3)
