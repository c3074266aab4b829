"""Walking a forecaster forward over series: each step is forecast once, from what came before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from modelzoo.data.series import SeriesPanel
from modelzoo.data.windows import last_season
from modelzoo.errors import InputError
from modelzoo.metrics import coverage, mae, mase, pinball_loss, rmse, smape
from modelzoo.quantiles import median


def walk_forward(
    forecaster: Any, whole: SeriesPanel, starts: Sequence[int]
) -> list[np.ndarray | None]:
    """Forecasts every ``horizon`` steps from all that is known by then.

    Args:
        forecaster: Fitted; has ``horizon`` and ``continued``.
        whole: The series.
        starts: For each series the first step to forecast, at least 1.

    Returns:
        For each series of T steps its quantiles (T - start, C, Q), or None where T is ``start`` or
        less.
    """
    horizon = forecaster.horizon
    places = [
        (i, origin)
        for i, (one, start) in enumerate(zip(whole.series, starts, strict=True))
        for origin in range(start, len(one), horizon)
    ]
    if not places:
        return [None] * len(starts)
    # Every origin is a series of its own, so that a network answers all of them at once.
    known = [whole.series[i].until(origin) for i, origin in places]
    pieces: list[list[np.ndarray]] = [[] for _ in starts]
    panel = SeriesPanel(known, whole.channels, "list")
    for (i, _), piece in zip(places, forecaster.continued(panel, horizon), strict=True):
        pieces[i].append(piece)  # (H, C, Q)
    return [
        np.concatenate(each)[: len(one) - start] if each else None
        for one, start, each in zip(whole.series, starts, pieces, strict=True)
    ]


def forecast_measures(
    truth: np.ndarray,
    quantiles: np.ndarray,
    levels: Sequence[float],
    past: np.ndarray,
    season_length: int,
) -> dict[str, float]:
    """How good the forecast of one series is, in every usual measure.

    Args:
        truth: What came (H, C), NaN where unknown.
        quantiles: The forecast (H, C, Q).
        levels: Its Q levels.
        past: What stands before (T, C), by which MASE is scaled.
        season_length: Steps in a season, for MASE.

    Returns:
        MASE, MAE, RMSE and sMAPE of the median, the pinball loss over all levels, and the coverage
        of the interval between the outermost ones: means over the channels of which something is
        known. MASE is NaN for a past without two values a season apart, or that repeats itself
        exactly. Empty where nothing is known.
    """
    season = max(1, min(season_length, len(past) - 1))
    middle = median(quantiles, levels)  # (H, C)
    scores = []
    for c in range(truth.shape[1]):
        known = np.isfinite(truth[:, c]) & np.isfinite(quantiles[:, c]).all(axis=-1)
        if not known.any():
            continue
        true, point, spread = truth[known, c], middle[known, c], quantiles[known, c]
        scores.append(
            {
                "MASE": _scaled(true, point, past[:, c], season),
                "MAE": mae(true, point),
                "RMSE": rmse(true, point),
                "sMAPE": smape(true, point),
                "pinball": pinball_loss(true, spread, levels),
                "coverage": coverage(true, spread[:, 0], spread[:, -1]),
            }
        )
    return mean_measures(scores) if scores else {}


def _scaled(truth: np.ndarray, point: np.ndarray, past: np.ndarray, season: int) -> float:
    """MASE; NaN where the past (T,) holds no two values a season apart."""
    if len(past) <= season or not np.isfinite(past[season:] - past[:-season]).any():
        return float("nan")
    return mase(truth, point, past, season)


def mean_measures(scores: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The mean of each measure over those that have it: a flat series has no MASE, for instance.

    >>> mean_measures([{"MASE": 1.0}, {"MASE": float("nan")}])
    {'MASE': 1.0}
    """
    known = {name: [s[name] for s in scores if np.isfinite(s[name])] for name in scores[0]}
    return {name: float(np.mean(v)) if v else float("nan") for name, v in known.items()}


def skill(forecaster: Any, history: SeriesPanel, whole: SeriesPanel, season_length: int) -> float:
    """1 - MAE / MAE of the seasonal naive forecast: 1 is perfect, 0 as good, below 0 worse.

    Forecast is every ``horizon`` steps, from all that stands before. Where the time stamps
    continue those of the training series, that includes the training series and every step of X is
    scored; elsewhere the first two seasons, or the first ``horizon`` steps if that is more, are
    given and not scored. Where the seasonal naive forecast makes no error, as of a constant series,
    there is none to count in: the score is 0 less the error as a share of the values.

    Args:
        forecaster: Fitted; has ``horizon``, ``quantiles`` and ``continued``.
        history: The training series, or their end.
        whole: One series or many.
        season_length: Steps in a season.

    Raises:
        InputError: No series is long enough, or no quantile stands for the median.
    """
    starts = [max(2 * season_length, forecaster.horizon)] * len(whole)
    if _continues(history, whole):
        starts = [len(one) for one in history.series]
        whole = history.append(whole)
    starts = [
        max(start, _first_known(one.values))
        for start, one in zip(starts, whole.series, strict=True)
    ]
    error = reference = size = 0.0
    scored = 0
    forecasts = walk_forward(forecaster, whole, starts)
    for one, start, quantiles in zip(whole.series, starts, forecasts, strict=True):
        if quantiles is None:
            continue
        truth = one.values[start:]  # (T, C)
        naive = np.concatenate(
            [
                seasonal_naive(one.values[:origin], season_length, forecaster.horizon)
                for origin in range(start, len(one), forecaster.horizon)
            ]
        )[: len(truth)]
        point = median(quantiles, forecaster.quantiles)
        usable = np.isfinite(truth) & np.isfinite(naive) & np.isfinite(point)
        scored += int(usable.sum())
        error += float(np.abs(truth - point)[usable].sum())
        reference += float(np.abs(truth - naive)[usable].sum())
        size += float(np.abs(truth)[usable].sum())
    if not scored:
        raise InputError(
            f"scoring needs more than {starts[0]} steps (two seasons of {season_length}, and a "
            f"horizon of {forecaster.horizon}), or a series that continues the training series"
        )
    if reference:
        return 1 - error / reference
    return 0 - error / (size or scored)


def _continues(history: SeriesPanel, later: SeriesPanel) -> bool:
    """Whether each series of ``later`` begins with the stamp that follows one of ``history``."""
    if len(history) != len(later) or len(history.channels) != len(later.channels):
        return False
    if history.form != later.form:
        return False
    tails = {one.id: one for one in later.series}
    if len(tails) != len(later) or set(tails) != {one.id for one in history.series}:
        return False
    try:
        follows = [history.future_index(i, 1)[0] for i in range(len(history))]
    except InputError:  # an index without a step has nothing that follows
        return False
    begins = [tails[one.id].index[0] for one in history.series]
    return all(
        type(begin) is type(follow) and begin == follow
        for begin, follow in zip(begins, follows, strict=True)
    )


def _first_known(values: np.ndarray) -> int:
    """How many steps (T, C) it takes until every channel has shown a value; T if one never does."""
    known = np.isfinite(values).cumsum(axis=0).all(axis=1)
    return int(known.argmax()) + 1 if known.any() else len(values)


def seasonal_naive(values: np.ndarray, season: int, horizon: int) -> np.ndarray:
    """The last season of (T, C) repeated: (horizon, C); the last value of less than a season."""
    season = season if len(values) >= season else 1
    repeated = np.arange(horizon) % season
    columns = [
        last_season(column, season)[repeated]
        if np.isfinite(column).any()
        else np.full(horizon, np.nan)
        for column in values.T
    ]
    return np.stack(columns, axis=1)
