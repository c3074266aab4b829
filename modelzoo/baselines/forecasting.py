"""Baseline forecasters: the seasonal naive forecast and exponential smoothing."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Hashable, Sequence
from itertools import product
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from modelzoo.data.series import Series, SeriesPanel
from modelzoo.data.windows import last_season
from modelzoo.errors import InputError, check_levels
from modelzoo.quantile_forecasts import QuantileForecasts

_FEWEST_STEPS = 10  # below it exponential smoothing has no start values to estimate


class _Forecaster(QuantileForecasts, BaseEstimator):
    """Reads, continues and scores series; a method says how one channel goes on."""

    def __init__(
        self,
        horizon: int = 12,
        season_length: int | None = None,
        quantiles: Sequence[float] = (0.1, 0.5, 0.9),
    ) -> None:
        self.horizon = horizon
        self.season_length = season_length
        self.quantiles = quantiles

    def fit(self, X: Any, y: None = None) -> Any:
        """Learns from series.

        Args:
            X: Anything `SeriesPanel.read` takes: an array, a pandas Series or DataFrame with a
                time index, a long frame ``unique_id, ds, y`` or a list of series.
            y: Not used; there for scikit-learn.
        """
        check_levels(self.quantiles)
        if self.horizon < 1:
            raise InputError(f"horizon must be at least 1, got {self.horizon}")
        panel = SeriesPanel.read(X)
        season = panel.season_length if self.season_length is None else int(self.season_length)
        if season < 1:
            raise InputError(f"season_length must be at least 1, got {season}")
        self.panel_, self.season_length_ = panel, season
        self.learned_ = {
            (one.id, channel): self._learn(one.values[:, channel])
            for one in panel.series
            for channel in range(len(panel.channels))
        }
        return self

    def continued(self, panel: SeriesPanel, horizon: int) -> list[np.ndarray]:
        """The quantiles (horizon, C, Q) of the steps after each series of a panel."""
        levels = [float(each) for each in self.quantiles]
        other = copy.copy(self)
        other.horizon = horizon
        return [other._continue(one, levels) for one in panel.series]

    def trained_on(self) -> tuple[SeriesPanel, int]:
        """The training series and the steps in a season; raises if not fitted."""
        check_is_fitted(self, "panel_")
        return self.panel_, self.season_length_

    def _continue(self, one: Series, levels: Sequence[float]) -> np.ndarray:
        channels = [
            self._forecast(column, self._known(one.id, c), np.asarray(levels))
            for c, column in enumerate(one.values.T)
        ]
        return np.stack(channels, axis=1)  # (H, C, Q)

    def _known(self, name: Hashable, channel: int) -> Any:
        """What was learned of this series; of the only one for a new history; else None."""
        if len(self.panel_) == 1:
            name = self.panel_.series[0].id
        return self.learned_.get((name, channel))

    def _learn(self, values: np.ndarray) -> Any:
        raise NotImplementedError

    def _forecast(self, values: np.ndarray, learned: Any, levels: np.ndarray) -> np.ndarray:
        raise NotImplementedError


class SeasonalNaive(_Forecaster):
    """Repeats the last season; a season of one step repeats the last value.

    A missing step takes the latest known value of the same season step. The quantiles are those of
    the in-sample seasonal differences, taken as symmetric, and grow with the square root of the
    number of seasons ahead, as for a seasonal random walk (Hyndman & Athanasopoulos 2021,
    "Forecasting: Principles and Practice", section 5.5).

    Args:
        horizon: Steps to forecast, at least 1.
        season_length: Steps in a season; None: from the frequency of the time index.
        quantiles: Levels between 0 and 1, ascending.

    >>> model = SeasonalNaive(horizon=2, season_length=2).fit([1.0, 5.0, 2.0, 6.0])
    >>> model.predict()[0.5].tolist()
    [2.0, 6.0]
    """

    def _learn(self, values: np.ndarray) -> np.ndarray | None:
        season = self._season(values)
        errors = np.abs(values[season:] - values[:-season])
        errors = errors[~np.isnan(errors)]
        return np.concatenate([-errors, errors]) if len(errors) else None

    def _forecast(
        self, values: np.ndarray, learned: np.ndarray | None, levels: np.ndarray
    ) -> np.ndarray:
        season = self._season(values)
        learned = self._learn(values) if learned is None else learned
        spread = np.zeros(len(levels)) if learned is None else np.quantile(learned, levels)
        steps = np.arange(self.horizon)
        point = last_season(values, season)[steps % season]
        growth = np.sqrt(steps // season + 1)
        return point[:, None] + growth[:, None] * spread  # (H, Q)

    def _season(self, values: np.ndarray) -> int:
        return self.season_length_ if len(values) > self.season_length_ else 1


class _Smoothing(NamedTuple):
    """Which parts an exponential smoothing has."""

    logarithm: bool
    trend: bool
    seasonal: bool


class ExponentialSmoothing(_Forecaster):
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

    >>> model = ExponentialSmoothing(horizon=3).fit([float(t) for t in range(40)])
    >>> model.predict()[0.5].round().tolist()
    [40.0, 41.0, 42.0]
    """

    def _learn(self, values: np.ndarray) -> _Smoothing | None:
        filled = _interpolated(values)
        if len(filled) < _FEWEST_STEPS:
            return None
        positive = [False, True] if filled.min() > 0 else [False]
        season = [False, True] if self._has_seasons(filled) else [False]
        scores = {}
        for choice in map(_Smoothing._make, product(positive, [False, True], season)):
            criterion = self._fitted(filled, choice).aicc
            if choice.logarithm:  # the density of the values, not of their logarithms
                criterion += 2 * float(np.log(filled).sum())
            scores[choice] = criterion if np.isfinite(criterion) else np.inf
        return min(scores, key=lambda choice: scores[choice])

    def _forecast(
        self, values: np.ndarray, learned: _Smoothing | None, levels: np.ndarray
    ) -> np.ndarray:
        filled = _interpolated(values)
        if len(filled) < _FEWEST_STEPS:
            naive = SeasonalNaive(self.horizon, 1, tuple(levels))
            return naive.fit(filled).predict().to_numpy()
        choice = learned or self._learn(values)
        assert choice is not None
        choice = choice._replace(
            logarithm=choice.logarithm and bool(filled.min() > 0),
            seasonal=choice.seasonal and self._has_seasons(filled),
        )
        result = self._fitted(filled, choice)
        ahead = result.get_prediction(start=len(filled), end=len(filled) + self.horizon - 1)
        normal = np.array([NormalDist().inv_cdf(float(level)) for level in levels])
        mean, deviation = ahead.predicted_mean, np.sqrt(ahead.forecast_variance)
        quantiles = np.asarray(mean)[:, None] + np.asarray(deviation)[:, None] * normal
        return np.exp(quantiles) if choice.logarithm else quantiles  # (H, Q)

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


def _interpolated(values: np.ndarray) -> np.ndarray:
    known = np.flatnonzero(~np.isnan(values))
    return np.interp(np.arange(len(values)), known, values[known])
