"""Forecasters without anything to estimate but a spread: the seasonal naive forecast and drift."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from statistics import NormalDist
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from modelzoo.data.series import Series, SeriesPanel
from modelzoo.data.windows import last_season
from modelzoo.errors import InputError, check_levels
from modelzoo.quantile_forecasts import QuantileForecasts

FEWEST_STEPS = 10  # below it there are no start values of a smoothing to estimate


class BaselineForecaster(QuantileForecasts, BaseEstimator):
    """Reads, continues and scores series; a method says how one channel goes on.

    A subclass has ``_learn``, from the training values (T,) of one channel, NaN where missing, to
    what it wants to remember of them, and ``_forecast``, from values (T,), what was learned (or
    None, of a channel not seen in training), the horizon H and the levels (Q,) to quantiles (H, Q).
    Covariates are read by none.
    """

    reads_covariates = False

    def __init__(
        self,
        horizon: int = 12,
        season_length: int | None = None,
        quantiles: Sequence[float] = (0.1, 0.5, 0.9),
        past_covariates: Sequence[Hashable] = (),
        future_covariates: Sequence[Hashable] = (),
        static_covariates: Sequence[Hashable] = (),
    ) -> None:
        self.horizon = horizon
        self.season_length = season_length
        self.quantiles = quantiles
        self.past_covariates = past_covariates
        self.future_covariates = future_covariates
        self.static_covariates = static_covariates

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
        panel = SeriesPanel.read(X, self.roles)
        season = panel.season_length if self.season_length is None else int(self.season_length)
        if season < 1:
            raise InputError(f"season_length must be at least 1, got {season}")
        self.panel_, self.season_length_ = panel, season
        self.learned_ = {
            (one.id, channel): self._learn(one.values[:, channel])
            for one in panel.series
            for channel in range(len(panel.channels))
            if np.isfinite(one.values[:, channel]).any()
        }
        return self

    def continued(self, panel: SeriesPanel, horizon: int) -> list[np.ndarray]:
        """The quantiles (horizon, C, Q) of the steps after each series of a panel."""
        levels = np.array([float(each) for each in self.quantiles])
        return [self._continue(one, horizon, levels) for one in panel.series]

    def trained_on(self) -> tuple[SeriesPanel, int]:
        """The training series and the steps in a season; raises if not fitted."""
        check_is_fitted(self, "panel_")
        return self.panel_, self.season_length_

    def _continue(self, one: Series, horizon: int, levels: np.ndarray) -> np.ndarray:
        channels = [
            self._forecast(column, self._known(one.id, c), horizon, levels)
            if np.isfinite(column).any()
            else np.full((horizon, len(levels)), np.nan)  # as a network's: nothing to go on from
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

    def _forecast(
        self, values: np.ndarray, learned: Any, horizon: int, levels: np.ndarray
    ) -> np.ndarray:
        raise NotImplementedError


class SeasonalNaive(BaselineForecaster):
    """Repeats the last season; a season of one step repeats the last value.

    A missing step takes the latest known value of the same season step. The quantiles are those of
    the in-sample seasonal differences, taken as symmetric, and grow with the square root of the
    number of seasons ahead, as for a seasonal random walk (Hyndman & Athanasopoulos 2021,
    "Forecasting: Principles and Practice", section 5.5).

    Args:
        horizon: Steps to forecast, at least 1.
        season_length: Steps in a season; None: from the frequency of the time index.
        quantiles: Levels between 0 and 1, ascending.
        past_covariates: Columns of a table that stand beside the series: they are not read, here
            as in the two lists below.
        future_covariates: See ``past_covariates``.
        static_covariates: See ``past_covariates``.

    >>> model = SeasonalNaive(horizon=2, season_length=2).fit([1.0, 5.0, 2.0, 6.0])
    >>> model.predict()[0.5].tolist()
    [2.0, 6.0]
    """

    def _learn(self, values: np.ndarray) -> np.ndarray | None:
        return _differences(values, self._season(values))

    def _forecast(
        self, values: np.ndarray, learned: np.ndarray | None, horizon: int, levels: np.ndarray
    ) -> np.ndarray:
        learned = self._learn(values) if learned is None else learned
        return _naive(values, self._season(values), learned, horizon, levels)

    def _season(self, values: np.ndarray) -> int:
        return self.season_length_ if len(values) > self.season_length_ else 1


class Drift(BaselineForecaster):
    """Goes on along the line from the first value to the last.

    A random walk with the mean step as its drift; quantiles take normal steps and count the error
    of the drift (Hyndman & Athanasopoulos 2021, "Forecasting: Principles and Practice", sections
    5.2 and 5.5). Over missing values the walk has taken as many steps as time has.

    Args:
        horizon: Steps to forecast, at least 1.
        season_length: Steps in a season, for ``score`` alone; None: from the frequency of the time
            index.
        quantiles: Levels between 0 and 1, ascending.
        past_covariates: Columns of a table that stand beside the series: they are not read, here
            as in the two lists below.
        future_covariates: See ``past_covariates``.
        static_covariates: See ``past_covariates``.

    >>> Drift(horizon=2).fit([1.0, 2.0, float("nan"), 7.0]).predict()[0.5].tolist()
    [9.0, 11.0]
    """

    def _learn(self, values: np.ndarray) -> None:
        """Nothing: every history has a drift of its own."""

    def _forecast(
        self, values: np.ndarray, learned: None, horizon: int, levels: np.ndarray
    ) -> np.ndarray:
        known = np.flatnonzero(~np.isnan(values))
        gaps, moves = np.diff(known), np.diff(values[known])
        elapsed = int(gaps.sum())
        drift = moves.sum() / elapsed if elapsed else 0.0
        # A move over g steps has g times the variance of one step.
        residuals = (moves - gaps * drift) / np.sqrt(gaps)
        deviation = np.sqrt((residuals**2).sum() / max(1, len(moves) - 1))
        steps = len(values) - 1 - known[-1] + np.arange(1, horizon + 1)  # from the last known
        spread = deviation * np.sqrt(steps * (1 + steps / max(1, elapsed)))
        point = values[known[-1]] + steps * drift
        return point[:, None] + spread[:, None] * normal_quantiles(levels)  # (H, Q)


def last_value(values: np.ndarray, horizon: int, levels: np.ndarray) -> np.ndarray:
    """Quantiles (H, Q) of a random walk: what a method says of values (T,) too few for it."""
    return _naive(values, 1, _differences(values, 1), horizon, levels)


def _differences(values: np.ndarray, season: int) -> np.ndarray | None:
    """The known seasonal differences of values (T,) and their negatives; None without any."""
    errors = np.abs(values[season:] - values[:-season])
    errors = errors[~np.isnan(errors)]
    return np.concatenate([-errors, errors]) if len(errors) else None


def _naive(
    values: np.ndarray,
    season: int,
    differences: np.ndarray | None,
    horizon: int,
    levels: np.ndarray,
) -> np.ndarray:
    """Quantiles (H, Q) of a seasonal random walk that goes on after values (T,)."""
    spread = np.zeros(len(levels)) if differences is None else np.quantile(differences, levels)
    steps = np.arange(horizon)
    point = last_season(values, season)[steps % season]
    growth = np.sqrt(steps // season + 1)
    return point[:, None] + growth[:, None] * spread  # (H, Q)


def normal_quantiles(levels: np.ndarray) -> np.ndarray:
    """The standard normal distribution's quantiles (Q,) at some levels (Q,)."""
    return np.array([NormalDist().inv_cdf(float(level)) for level in levels])


def interpolated(values: np.ndarray) -> np.ndarray:
    """A channel (T,) with straight lines over its gaps, and level ends."""
    known = np.flatnonzero(~np.isnan(values))
    return np.interp(np.arange(len(values)), known, values[known])
