"""The Theta method: half the trend, and simple exponential smoothing."""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import numpy as np

from modelzoo.baselines.forecasting import (
    FEWEST_STEPS,
    BaselineForecaster,
    interpolated,
    last_value,
    normal_quantiles,
)


class _Season(NamedTuple):
    """What each step of the season adds, or multiplies with; (season,), from the first step on."""

    factors: np.ndarray
    multiplies: bool

    def removed(self, values: np.ndarray) -> np.ndarray:
        factors = self.at(np.arange(len(values)))
        return values / factors if self.multiplies else values - factors

    def at(self, steps: np.ndarray) -> np.ndarray:
        return self.factors[steps % len(self.factors)]


class Theta(BaselineForecaster):
    """The Theta method, winner of the M3 competition.

    Simple exponential smoothing with half the slope of the linear trend, on the seasonally adjusted
    series (Assimakopoulos & Nikolopoulos 2000, "The theta model: a decomposition approach to
    forecasting"; Hyndman & Billah 2003, "Unmasking the Theta method"; estimated by statsmodels).
    The season is taken out where the autocorrelation at its length is significant and two seasons
    are known: as factors of a positive series, as summands otherwise. Quantiles take normal errors
    of the size of the smoothing's own. Missing values are interpolated; series of less than ten
    steps are forecast by their last value.

    Args:
        horizon: Steps to forecast, at least 1.
        season_length: Steps in a season; None: from the frequency of the time index.
        quantiles: Levels between 0 and 1, ascending.
        past_covariates: Columns of a table that stand beside the series: they are not read, here
            as in the two lists below.
        future_covariates: See ``past_covariates``.
        static_covariates: See ``past_covariates``.

    >>> model = Theta(horizon=3).fit([float(t) for t in range(40)])
    >>> model.predict()[0.5].round(1).tolist()
    [39.5, 40.0, 40.5]
    """

    def _learn(self, values: np.ndarray) -> None:
        """Nothing: the method is quick enough to be estimated from each history."""

    def _forecast(
        self, values: np.ndarray, learned: None, horizon: int, levels: np.ndarray
    ) -> np.ndarray:
        filled = interpolated(values)
        if len(filled) < FEWEST_STEPS:
            return last_value(filled, horizon, levels)
        season = _find_season(filled, self.season_length_)
        adjusted = filled if season is None else season.removed(filled)
        point, deviation = _smoothed_with_trend(adjusted, horizon)
        quantiles = point[:, None] + deviation[:, None] * normal_quantiles(levels)  # (H, Q)
        if season is None:
            return quantiles
        ahead = season.at(len(filled) + np.arange(horizon))[:, None]
        return quantiles * ahead if season.multiplies else quantiles + ahead


def _find_season(values: np.ndarray, length: int) -> _Season | None:
    """The season of a series (T,), where there is one; the test is that of the M3 competition."""
    from statsmodels.tsa.seasonal import seasonal_decompose

    centred = values - values.mean()
    total = float(centred @ centred)
    if length < 2 or len(values) < 2 * length + 1 or _is_flat(values):
        return None
    lags = range(1, length + 1)
    correlations = np.array([centred[lag:] @ centred[:-lag] / total for lag in lags])
    noise = np.sqrt((1 + 2 * (correlations[:-1] ** 2).sum()) / len(values))
    if abs(correlations[-1]) <= 1.645 * noise:  # a tenth of all series without one would pass
        return None
    for multiplies in [True, False] if values.min() > 0 else [False]:
        kind = "multiplicative" if multiplies else "additive"
        factors = seasonal_decompose(values, kind, period=length).seasonal[:length]
        if not multiplies or factors.min() > 0:
            return _Season(factors, multiplies)
    return None


def _smoothed_with_trend(values: np.ndarray, horizon: int) -> tuple[np.ndarray, np.ndarray]:
    """Forecasts (H,) without a season, and their standard deviations (H,)."""
    if _is_flat(values):  # the estimate of the slope needs something that changes
        return np.full(horizon, values[-1]), np.zeros(horizon)
    result = _estimated(values)
    weight = float(result.params["alpha"])
    level, errors = values[0], []
    for value in values[1:]:
        errors.append(value - level)
        level += weight * errors[-1]
    growth = 1 + np.arange(horizon) * weight**2  # of the variance, as for the smoothing alone
    return np.asarray(result.forecast(horizon)), np.std(errors) * np.sqrt(growth)


def _estimated(values: np.ndarray) -> Any:
    from statsmodels.tsa.forecasting.theta import ThetaModel

    with warnings.catch_warnings():  # a fit that stops early is still a fair baseline
        warnings.simplefilter("ignore")
        return ThetaModel(values, deseasonalize=False).fit()


def _is_flat(values: np.ndarray) -> bool:
    return bool(np.ptp(values) <= 1e-9 * np.abs(values).max())
