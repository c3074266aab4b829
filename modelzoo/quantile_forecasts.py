"""What everything that forecasts quantiles of series can be asked, networks and baselines alike."""

from __future__ import annotations

import warnings
from collections.abc import Hashable, Sequence
from numbers import Integral
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from modelzoo.backtesting import Backtest, backtest, skill
from modelzoo.data.future import attach_future
from modelzoo.data.reading import Roles
from modelzoo.data.series import SeriesPanel
from modelzoo.errors import InputError, check_levels, check_share, check_whole

if TYPE_CHECKING:
    from pathlib import Path


class QuantileForecasts:
    """Forecasts in all the forms people ask for, from a method that continues series.

    A subclass sets ``horizon`` and ``quantiles``, has :meth:`continued`, and says of which series
    it was trained on.
    """

    horizon: int
    quantiles: Sequence[float]
    past_covariates: Sequence[Hashable] = ()
    future_covariates: Sequence[Hashable] = ()
    static_covariates: Sequence[Hashable] = ()
    reads_covariates = True

    def continued(self, panel: SeriesPanel, horizon: int) -> list[np.ndarray]:
        """The quantiles (horizon, C, Q) of the steps after each series of a panel."""
        raise NotImplementedError

    @property
    def roles(self) -> Roles:
        """Which columns are covariates."""
        return Roles.declare(self.past_covariates, self.future_covariates, self.static_covariates)

    def trained_on(self) -> tuple[SeriesPanel, int]:
        """The training series, or their end, and the steps in a season; raises if not fitted."""
        raise NotImplementedError

    def predict(self, series: Any = None, horizon: int | None = None, future: Any = None) -> Any:
        """Forecasts what follows each series.

        Args:
            series: Histories to continue, in any form that ``fit`` takes, also of series that it
                never saw; None for the training series. A whole number alone is a horizon.
            horizon: Steps to forecast; None for those trained for. A network asked for more goes
                on from its own forecasts, and warns.
            future: The future covariates of the steps to forecast, for models that read some: a
                table with a column for each on the time stamps that follow (a long frame for long
                frames, a list of tables for lists). Other columns are not read.

        Returns:
            A DataFrame whose index continues the series', one column a quantile; for several
            channels columns (channel, quantile); for many series columns ``unique_id``, ``ds`` and
            one a quantile.

        Raises:
            InputError: The data cannot be used as given, or future covariates are missing.
        """
        panel, arrays = self._forecasts(series, horizon, future)
        return panel.forecast_frame(arrays, self._levels)

    def predict_quantiles(
        self,
        quantiles: Sequence[float],
        series: Any = None,
        horizon: int | None = None,
        future: Any = None,
    ) -> pd.DataFrame:
        """Forecasts at other quantile levels than those the model was fitted with.

        Levels between the fitted ones are read off a normal distribution drawn through both
        neighbours; beyond them the outermost is drawn on, with a warning.

        Args:
            quantiles: Levels, ascending, in (0, 1).
            series: As in :meth:`predict`.
            horizon: As in :meth:`predict`.
            future: As in :meth:`predict`.

        Returns:
            What :meth:`predict` returns, with these levels.

        Raises:
            InputError: The levels are not such, or there are too few fitted ones.
        """
        levels = check_levels(quantiles)
        panel, arrays = self._forecasts(series, horizon, future)
        moved = [at_levels(each, self._levels, levels) for each in arrays]
        return panel.forecast_frame(moved, levels)

    def predict_interval(
        self,
        coverage: float = 0.8,
        series: Any = None,
        horizon: int | None = None,
        future: Any = None,
    ) -> pd.DataFrame:
        """Forecasts the central interval that should hold a share of what comes.

        Args:
            coverage: That share, in (0, 1).
            series: As in :meth:`predict`.
            horizon: As in :meth:`predict`.
            future: As in :meth:`predict`.

        Returns:
            What :meth:`predict` returns, with the columns ``lower`` and ``upper`` in place of the
            quantiles.

        Raises:
            InputError: ``coverage`` is outside its range, or there are too few fitted levels.
        """
        check_share("coverage", coverage)
        if not coverage:
            raise InputError("coverage must be above 0 and below 1, got 0")
        levels = (0.5 - coverage / 2, 0.5 + coverage / 2)
        frame = self.predict_quantiles(levels, series, horizon, future)
        frame = frame.rename(columns=dict(zip(levels, ("lower", "upper"), strict=True)))
        names = {"quantile": "bound"}
        frame.columns.names = [names.get(name, name) for name in frame.columns.names]
        return frame

    def score(self, X: Any, y: Any = None) -> float:
        """Skill over the seasonal naive forecast; higher is better.

        1 - MAE / MAE of the seasonal naive forecast, forecasting every ``horizon`` steps from all
        that stands before: 1 is perfect, 0 as good as repeating the last season, below 0 worse.
        Where the time stamps of X continue the training series', as in scikit-learn's
        ``TimeSeriesSplit``, every step of X is scored; elsewhere the first two seasons, or the
        first ``horizon`` steps if that is more, are given and not scored.

        Args:
            X: One series or many, in any form that ``fit`` takes.
            y: Ignored; present by convention.

        Raises:
            InputError: No series is long enough to score, or no quantile stands for the median.
        """
        history, season = self.trained_on()
        return skill(self, history, SeriesPanel.read(X, self.roles), season)

    def backtest(
        self,
        y: Any,
        folds: int = 3,
        horizon: int | None = None,
        step: int | None = None,
        refit: bool = False,
    ) -> Backtest:
        """Measures forecasts of the end of series, from nothing but what stands before.

        A copy of the estimator is trained: on what precedes the first fold, or with ``refit`` anew
        before each one. The estimator itself stays as it is, and nothing that is forecast was ever
        trained on.

        Args:
            y: One series or many, in any form that ``fit`` takes.
            folds: How many origins to forecast from; the last one lies ``horizon`` steps before
                the end.
            horizon: Steps to forecast from each; None for the estimator's.
            step: Steps between two origins; None for the horizon, so that none is forecast twice.
            refit: Train anew before each fold.

        Returns:
            The forecasts and their measures by fold, beside the seasonal naive forecast's.

        Raises:
            InputError: A series is too short, or an argument is out of range.
        """
        panel = SeriesPanel.read(y, self.roles)
        return backtest(self, panel, folds=folds, horizon=horizon, step=step, refit=refit)

    def plot(
        self,
        series: Any = None,
        horizon: int | None = None,
        future: Any = None,
        *,
        actual: Any = None,
        path: str | Path | None = None,
        title: str = "",
        units: str = "",
    ) -> Any:
        """Draws histories, forecasts and their intervals, a panel a series and channel.

        Args:
            series: As in :meth:`predict`; None draws the end of the training series.
            horizon: As in :meth:`predict`.
            future: As in :meth:`predict`.
            actual: What really came, in the form of ``series``, to draw beside.
            path: The picture's file; the suffix chooses the format. None: only the figure.
            title: The heading.
            units: The label of the vertical axes.

        Returns:
            The matplotlib ``Figure``.
        """
        from modelzoo.report import plot_panels

        panel, arrays = self._forecasts(series, horizon, future)
        whole = None if actual is None else panel.append(SeriesPanel.read(actual, self.roles))
        panels = []
        for i, (one, array) in enumerate(zip(panel.series, arrays, strict=True)):
            index = panel.future_index(i, len(array))
            for c, channel in enumerate(panel.channels):
                name = "" if len(arrays) == 1 else str(one.id)
                if len(panel.channels) > 1:
                    name = f"{name} {channel}".strip()
                truth = None
                if whole is not None:
                    later = whole.series[i]
                    truth = pd.Series(later.values[len(one) :, c], later.index[len(one) :])
                panels.append(
                    (
                        name,
                        pd.Series(one.values[:, c], one.index),
                        pd.DataFrame(array[:, c], index=index, columns=self._levels),
                        truth,
                    )
                )
        return plot_panels(panels, path, title=title, units=units)

    @property
    def _levels(self) -> list[float]:
        return [float(level) for level in self.quantiles]

    def _forecasts(
        self, series: Any, horizon: int | None, future: Any
    ) -> tuple[SeriesPanel, list[np.ndarray]]:
        if isinstance(series, Integral) and horizon is None:
            series, horizon = None, int(series)
        history, _ = self.trained_on()
        panel = history if series is None else SeriesPanel.read(series, self.roles)
        if horizon is None:
            horizon = self.horizon
        check_whole("horizon", horizon)
        if self.reads_covariates:
            panel = attach_future(panel, future, self.roles, horizon)
        return panel, self.continued(panel, horizon)


def at_levels(quantiles: np.ndarray, known: Sequence[float], levels: Sequence[float]) -> np.ndarray:
    """Quantiles at other levels, on the normal distributions drawn through the known ones.

    Args:
        quantiles: (..., Q) at the known levels.
        known: The Q levels, ascending.
        levels: The levels wanted.

    Returns:
        (..., number of levels).

    Raises:
        InputError: A single level is known and another one is wanted.

    >>> at_levels(np.array([-1.0, 0.0, 2.0]), (0.1, 0.5, 0.9), (0.5, 0.9)).tolist()
    [0.0, 2.0]
    """
    if all(any(abs(level - own) < 1e-9 for own in known) for level in levels):
        places = [int(np.abs(np.asarray(known) - level).argmin()) for level in levels]
        return quantiles[..., places]
    if len(known) == 1:
        raise InputError(
            f"the model forecasts the quantile {known[0]} alone, which says nothing of "
            f"{tuple(levels)}: fit with quantiles={tuple(levels)}"
        )
    if min(levels) < known[0] - 1e-9 or max(levels) > known[-1] + 1e-9:
        warnings.warn(
            f"quantiles beyond the fitted ones ({known[0]} to {known[-1]}) are drawn on as of a "
            f"normal distribution; fit with them to learn them: quantiles={tuple(levels)}",
            stacklevel=4,
        )
    normal = NormalDist()
    own = np.array([normal.inv_cdf(level) for level in known])
    columns = []
    for level in levels:
        place = normal.inv_cdf(level)
        after = int(np.clip(np.searchsorted(own, place), 1, len(own) - 1))
        share = (place - own[after - 1]) / (own[after] - own[after - 1])
        columns.append(quantiles[..., after - 1] * (1 - share) + quantiles[..., after] * share)
    return np.stack(columns, axis=-1)


def mixed_quantiles(quantiles: np.ndarray, levels: Sequence[float]) -> np.ndarray:
    """The quantiles of a mixture of forecasts, each made from a quantile of what comes before.

    Args:
        quantiles: (..., Q, Q) for each quantile of the past the quantiles of what follows.
        levels: The Q levels, of both.

    Returns:
        (..., Q).

    >>> mixed_quantiles(np.array([[0.0, 1, 2], [1, 2, 3], [2, 3, 4]]), (0.1, 0.5, 0.9)).round(1)
    array([0.5, 2. , 3.5])
    """
    known = np.asarray(levels, dtype=float)
    borders = np.concatenate([[0.0], (known[1:] + known[:-1]) / 2, [1.0]])
    mass = np.diff(borders)  # of the probability that each level stands for
    if len(known) == 1:
        return quantiles[..., 0]
    points = quantiles.reshape(*quantiles.shape[:-2], -1)  # (..., Q Q)
    order = np.argsort(points, axis=-1)
    points = np.take_along_axis(points, order, axis=-1)
    weight = np.outer(mass, mass).ravel()[order]
    middle = np.cumsum(weight, axis=-1) - weight / 2  # ascending, in (0, 1)
    columns = []
    for level in known:
        after = np.clip((middle < level).sum(axis=-1, keepdims=True), 1, points.shape[-1] - 1)
        below, above = (np.take_along_axis(middle, after - back, axis=-1) for back in (1, 0))
        low, high = (np.take_along_axis(points, after - back, axis=-1) for back in (1, 0))
        share = np.clip((level - below) / (above - below), 0, 1)
        columns.append((low + share * (high - low))[..., 0])
    return np.stack(columns, axis=-1)
