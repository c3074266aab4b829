"""Exponential smoothing, its parts chosen for each series."""

from __future__ import annotations

import warnings
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from modelzoo.baselines.forecasting import (
    FEWEST_STEPS,
    BaselineForecaster,
    interpolated,
    last_value,
    normal_quantiles,
)


class _Smoothing(NamedTuple):
    """Which parts an exponential smoothing has."""

    logarithm: bool
    trend: bool
    seasonal: bool


class ExponentialSmoothing(BaselineForecaster):
    """Exponential smoothing (ETS) with additive parts, chosen by AICc for each series.

    Tried are: with or without a damped trend, with or without a season (two full seasons at
    least), and for positive series the same on logarithms, which makes trend and season
    multiplicative. Quantiles are the model's own (normal errors). Missing values are interpolated;
    series of less than ten steps are forecast by their last value (Hyndman, Koehler, Ord & Snyder
    2008, "Forecasting with Exponential Smoothing"; estimated by statsmodels).

    Args:
        horizon: Steps to forecast, at least 1.
        season_length: Steps in a season; None: from the frequency of the time index.
        quantiles: Levels between 0 and 1, ascending.
        past_covariates: Columns of a table that stand beside the series: they are not read, here
            as in the two lists below.
        future_covariates: See ``past_covariates``.
        static_covariates: See ``past_covariates``.

    >>> model = ExponentialSmoothing(horizon=3).fit([float(t) for t in range(40)])
    >>> model.predict()[0.5].round().tolist()
    [40.0, 41.0, 42.0]
    """

    def _learn(self, values: np.ndarray) -> _Smoothing | None:
        filled = interpolated(values)
        return None if len(filled) < FEWEST_STEPS else self._chosen(filled)

    def _forecast(
        self, values: np.ndarray, learned: _Smoothing | None, horizon: int, levels: np.ndarray
    ) -> np.ndarray:
        filled = interpolated(values)
        if len(filled) < FEWEST_STEPS:
            return last_value(filled, horizon, levels)
        choice = learned or self._chosen(filled)
        choice = choice._replace(
            logarithm=choice.logarithm and bool(filled.min() > 0),
            seasonal=choice.seasonal and self._has_seasons(filled),
        )
        result = self._fitted(filled, choice)
        ahead = result.get_prediction(start=len(filled), end=len(filled) + horizon - 1)
        mean, deviation = ahead.predicted_mean, np.sqrt(ahead.forecast_variance)
        quantiles = np.asarray(mean)[:, None] + np.asarray(deviation)[:, None] * normal_quantiles(
            levels
        )
        return np.exp(quantiles) if choice.logarithm else quantiles  # (H, Q)

    def _chosen(self, values: np.ndarray) -> _Smoothing:
        """The parts that describe values (T,) without gaps best, by AICc."""
        positive = [False, True] if values.min() > 0 else [False]
        season = [False, True] if self._has_seasons(values) else [False]
        scores = {}
        for choice in map(_Smoothing._make, product(positive, [False, True], season)):
            criterion = self._fitted(values, choice).aicc
            if choice.logarithm:  # the density of the values, not of their logarithms
                criterion += 2 * float(np.log(values).sum())
            scores[choice] = criterion if np.isfinite(criterion) else np.inf
        return min(scores, key=lambda choice: scores[choice])

    def _has_seasons(self, values: np.ndarray) -> bool:
        return self.season_length_ > 1 and len(values) >= 2 * self.season_length_ + 3

    def _fitted(self, values: np.ndarray, choice: _Smoothing) -> Any:
        import pandas as pd
        from statsmodels.tsa.exponential_smoothing.ets import ETSModel

        model = ETSModel(
            pd.Series(np.log(values) if choice.logarithm else values),
            trend="add" if choice.trend else None,
            damped_trend=choice.trend,
            seasonal="add" if choice.seasonal else None,
            seasonal_periods=self.season_length_ if choice.seasonal else None,
            initialization_method="heuristic",
        )
        with warnings.catch_warnings():  # a fit that stops early is still a fair baseline
            warnings.simplefilter("ignore")
            return model.fit(disp=False)
