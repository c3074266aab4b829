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
_PRODUCTS = 3e9  # multiplications in learning, about: of long windows fewer are taken
_ORIGINS = 20  # forecasts of each series
_RIDGE = 0.01  # of the mean variance of what goes in
_FEWEST = 8  # steps to learn from beside the horizons
_VARIES = 1e-9  # deviation of a series from its mean, of its largest value, that is no rounding


class _Split(NamedTuple):
    """A series in units of its standard deviation, and where its last part begins."""

    values: np.ndarray  # (T,) a missing value is that of the step before
    known: np.ndarray  # (T,) whether it is not
    cut: int


def linear_gain(series: Sequence[np.ndarray], horizon: int, season: int) -> float | None:
    """How much less a linear forecast errs than repetition, on the last part of the series.

    The linear forecast is a ridge regression, one for all series, from the last steps to each of
    the next, all relative to the last one. It learns from all but the last fifth of each series, or
    the last two horizons if they are longer. Repetition is of the last value or of the last season,
    whichever errs less on a series.

    Args:
        series: Each (T,); NaN is a missing value.
        horizon: Steps H to forecast.
        season: Steps of a season; 1 for none.

    Returns:
        One minus the ratio of the mean absolute errors, the median over the series: 0.1 is a tenth
        less than repetition has, -0.1 a tenth more. None where no series is long enough, or none
        changes. Series that are too short for the context of most of them are left out.
    """
    import numpy as np

    splits = [split for each in series if (split := _split(each, horizon)) is not None]
    if not splits:
        return None
    wanted = min(max(_CONTEXT, 2 * season, horizon), _LONGEST)
    context = min(wanted, int(np.median([_longest_context(each, horizon) for each in splits])))
    splits = [each for each in splits if _longest_context(each, horizon) >= context]
    weights = _fitted(splits, context, horizon)
    gains = [_gain(each, weights, horizon, season) for each in splits]
    known = [each for each in gains if each is not None]
    return float(np.median(known)) if known else None


def _split(series: np.ndarray, horizon: int) -> _Split | None:
    import numpy as np

    finite = np.isfinite(series)
    if finite.sum() < 4 * horizon + _FEWEST:
        return None
    begin, end = np.flatnonzero(finite)[[0, -1]]
    known, values = finite[begin : end + 1], series[begin : end + 1]
    values = values[np.maximum.accumulate(np.where(known, np.arange(len(values)), 0))]
    cut = len(values) - max(2 * horizon, len(values) // 5)
    values = values / (np.abs(values[:cut]).max() or 1.0)  # first: squares of large ones overflow
    spread = values[:cut].std()
    return _Split(values / spread, known, cut) if spread > _VARIES else None


def _longest_context(split: _Split, horizon: int) -> int:
    return (split.cut - horizon) // 2


def _gain(split: _Split, weights: np.ndarray, horizon: int, season: int) -> float | None:
    import numpy as np

    values, known, cut = split
    context, period = len(weights), season if season < cut else 1
    errors = []  # of linear, last value, last season; a row a step
    for begin in np.unique(np.linspace(cut, len(values) - horizon, _ORIGINS).astype(int)):
        past, ahead = values[begin - context : begin], slice(begin, begin + horizon)
        linear = past[-1] + (past - past[-1]) @ weights
        repeated = values[begin - period + np.arange(horizon) % period]
        told = np.stack([linear, np.full(horizon, past[-1]), repeated], axis=1)  # (H, 3)
        errors.append(np.abs(told - values[ahead, None])[known[ahead]])
    linear, last, repeated = np.concatenate(errors).mean(axis=0)
    repetition = min(last, repeated)
    return 1 - linear / repetition if repetition > _VARIES else None


def _fitted(splits: Sequence[_Split], context: int, horizon: int) -> np.ndarray:
    """The regression from the last steps to the next (context, H), by the normal equations."""
    import numpy as np

    wide = context + horizon
    most = min(_WINDOWS, _PRODUCTS / (context * wide))
    stride = int(sum(split.cut for split in splits) // most) + 1
    products = np.zeros((context, wide))
    for values, _, cut in splits:
        windows = np.lib.stride_tricks.sliding_window_view(values[:cut], wide)[::stride]
        windows = windows - windows[:, context - 1 : context]
        products += windows[:, :context].T @ windows
    squares = products[:, :context]
    ridge = _RIDGE * np.trace(squares) / context + _VARIES
    return np.linalg.solve(squares + ridge * np.eye(context), products[:, context:])
