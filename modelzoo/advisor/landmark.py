"""A quick trial of whether the past of series says anything of their future.

How well something simple does tells much of which slower methods will do well, which is called a
landmark (Pfahringer, Bensusan, Giraud-Carrier: Meta-learning by landmarking various learning
algorithms, ICML 2000).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np

_CONTEXT, _LONGEST = 64, 800  # steps that are looked back on: at least, of long enough series; most
_WINDOWS = 20_000  # learned from at most, of all series
_ORIGINS = 20  # forecasts of each series
_RIDGE = 0.01  # of the mean variance of what goes in
_FEWEST = 8  # steps to learn from beside the horizons


class _Split(NamedTuple):
    """A series in units of its standard deviation, and where its last part begins."""

    values: np.ndarray  # (T,)
    cut: int


def linear_gain(series: Sequence[np.ndarray], horizon: int, season: int) -> float | None:
    """How much less a linear forecast errs than repetition, on the last part of the series.

    The linear forecast is a ridge regression, one for all series, from the last steps to each of
    the next, all relative to the last one; it learns from all but the last fifth of each series.
    Repetition is of the last value or of the last season, whichever errs less. Errors of a series
    are in units of the mean absolute difference over a season, before that part (as in MASE).

    Args:
        series: Each (T,); NaN is a missing value, and is interpolated.
        horizon: Steps H to forecast.
        season: Steps of a season; 1 for none.

    Returns:
        One minus the ratio of the errors: 0.1 is a tenth less than repetition has, -0.1 a tenth
        more. None where no series is long enough, or nothing changes.
    """
    import numpy as np

    splits = [split for each in series if (split := _split(each, horizon)) is not None]
    if not splits:
        return None
    wanted = min(max(_CONTEXT, 2 * season, horizon), _LONGEST)
    context = min(wanted, *((split.cut - horizon) // 2 for split in splits))
    weights = _fitted(splits, context, horizon)
    errors = []  # of linear, last value, last season; a row a forecast
    for values, cut in splits:
        period = season if season < cut else 1
        scale = max(float(np.abs(values[period:cut] - values[: cut - period]).mean()), 1e-9)
        for begin in np.unique(np.linspace(cut, len(values) - horizon, _ORIGINS).astype(int)):
            past, truth = values[begin - context : begin], values[begin : begin + horizon]
            repeated = values[begin - period + np.arange(horizon) % period]
            told = (past[-1] + (past - past[-1]) @ weights, past[-1], repeated)
            errors.append([np.abs(truth - each).mean() / scale for each in told])
    linear, last, repeated = np.mean(errors, axis=0)
    repetition = min(last, repeated)
    return float(1 - linear / repetition) if repetition > 1e-9 else None


def _split(series: np.ndarray, horizon: int) -> _Split | None:
    import numpy as np

    known = np.flatnonzero(np.isfinite(series))
    if len(known) < 4 * horizon + _FEWEST:
        return None
    whole = np.interp(np.arange(known[0], known[-1] + 1), known, series[known])
    cut = len(whole) - max(2 * horizon, len(whole) // 5)
    return _Split(whole / (whole[:cut].std() or 1.0), cut)


def _fitted(splits: Sequence[_Split], context: int, horizon: int) -> np.ndarray:
    """The regression from the last steps to the next (context, H), by the normal equations."""
    import numpy as np

    stride = sum(split.cut for split in splits) // _WINDOWS + 1
    products = np.zeros((context, context + horizon))
    for values, cut in splits:
        windows = np.lib.stride_tricks.sliding_window_view(values[:cut], context + horizon)
        windows = windows[::stride]
        windows = windows - windows[:, context - 1 : context]
        products += windows[:, :context].T @ windows
    squares = products[:, :context]
    ridge = _RIDGE * np.trace(squares) / context + 1e-9
    return np.linalg.solve(squares + ridge * np.eye(context), products[:, context:])
