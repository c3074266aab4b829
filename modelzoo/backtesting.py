"""Walking a forecaster forward over series: each step is forecast once, from what came before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from modelzoo.data.series import Series, SeriesPanel
from modelzoo.data.windows import last_season
from modelzoo.errors import InputError
from modelzoo.metrics import median


def walk_forward(
    forecaster: Any, whole: SeriesPanel, starts: Sequence[int]
) -> list[np.ndarray | None]:
    """Forecasts every ``horizon`` steps from all that is known by then.

    Args:
        forecaster: Fitted; has ``horizon``, ``quantiles`` and ``predict``.
        whole: The series.
        starts: For each series the first step to forecast, at least 1.

    Returns:
        For each series of T steps its quantiles (T - start, C, Q), or None where T is ``start`` or
        less.
    """
    horizon, levels = forecaster.horizon, len(forecaster.quantiles)
    places = [
        (i, origin)
        for i, (one, start) in enumerate(zip(whole.series, starts, strict=True))
        for origin in range(start, len(one), horizon)
    ]
    if not places:
        return [None] * len(starts)
    # Every origin is a series of its own, so that a network answers all of them at once.
    known = [_until(whole.series[i], origin) for i, origin in places]
    frame = forecaster.predict(SeriesPanel(known, whole.channels, "long"))
    columns = [column for column in frame.columns if isinstance(column, float)]
    shape = (len(known), len(whole.channels), horizon, levels)
    pieces: list[list[np.ndarray]] = [[] for _ in starts]
    quantiles = frame[columns].to_numpy(dtype=float).reshape(shape).transpose(0, 2, 1, 3)
    for (i, _), piece in zip(places, quantiles, strict=True):  # piece (H, C, Q)
        pieces[i].append(piece)
    return [
        np.concatenate(each)[: len(one) - start] if each else None
        for one, start, each in zip(whole.series, starts, pieces, strict=True)
    ]


def skill(forecaster: Any, history: SeriesPanel, X: Any, season_length: int) -> float:
    """1 - MAE / MAE of the seasonal naive forecast: 1 is perfect, 0 as good, below 0 worse.

    Forecast is every ``horizon`` steps, from all that stands before. Where the time stamps of X
    continue those of the training series, that includes the training series and every step of X is
    scored; elsewhere the first two seasons, or the first ``horizon`` steps if that is more, are
    given and not scored.

    Args:
        forecaster: Fitted; has ``horizon``, ``quantiles`` and ``predict``.
        history: The training series, or their end.
        X: One series or many, in any form that `SeriesPanel.read` takes.
        season_length: Steps in a season.

    Raises:
        InputError: No series is long enough, or no quantile stands for the median.
    """
    whole = SeriesPanel.read(X)
    starts = [max(2 * season_length, forecaster.horizon)] * len(whole)
    if _continues(history, whole):
        starts = [len(one) for one in history.series]
        whole = history.append(whole)
    starts = [
        max(start, _first_known(one.values))
        for start, one in zip(starts, whole.series, strict=True)
    ]
    error = reference = 0.0
    scored = 0
    forecasts = walk_forward(forecaster, whole, starts)
    for one, start, quantiles in zip(whole.series, starts, forecasts, strict=True):
        if quantiles is None:
            continue
        truth = one.values[start:]  # (T, C)
        naive = np.concatenate(
            [
                _seasonal_naive(one.values[:origin], season_length, forecaster.horizon)
                for origin in range(start, len(one), forecaster.horizon)
            ]
        )[: len(truth)]
        usable = np.isfinite(truth) & np.isfinite(naive)
        scored += int(usable.sum())
        error += float(np.abs(truth - median(quantiles, forecaster.quantiles))[usable].sum())
        reference += float(np.abs(truth - naive)[usable].sum())
    if not scored:
        raise InputError(
            f"scoring needs more than {starts[0]} steps (two seasons of {season_length}, and a "
            f"horizon of {forecaster.horizon}), or a series that continues the training series"
        )
    return 1 - error / reference if reference else float(error == 0)


def _until(one: Series, end: int) -> Series:
    return Series(one.id, one.values[:end], one.index[:end])


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


def _seasonal_naive(values: np.ndarray, season: int, horizon: int) -> np.ndarray:
    """The last season (T, C) repeated: (horizon, C)."""
    repeated = np.arange(horizon) % season
    return np.stack([last_season(column, season)[repeated] for column in values.T], axis=1)
