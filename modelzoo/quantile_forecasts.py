"""What everything that forecasts quantiles of series can be asked, networks and baselines alike."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from modelzoo.data.future import attach_future, match_actual
from modelzoo.data.roles import Roles
from modelzoo.data.series import SeriesPanel
from modelzoo.errors import InputError, check_levels, check_share, check_whole
from modelzoo.quantiles import at_levels, warn_beyond
from modelzoo.walking import skill

if TYPE_CHECKING:
    from pathlib import Path

    from modelzoo.backtesting import Backtest

MOST_PANELS = 16  # of a figure


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

    def predict(
        self, series: Any = None, *, horizon: int | None = None, future: Any = None
    ) -> pd.DataFrame:
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
        *,
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
        return self._at(check_levels(quantiles), series, horizon, future)

    def predict_interval(
        self,
        coverage: float = 0.8,
        series: Any = None,
        *,
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
        frame = self._at(levels, series, horizon, future)
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
        first ``horizon`` steps if that is more, are given and not scored. Where repeating the last
        season makes no error, as of a constant series, the score is 0 less the error as a share of
        the values.

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
        refit: bool | int = False,
        baselines: str = "all",
    ) -> Backtest:
        """Measures forecasts of the end of series, from nothing but what stands before.

        A copy of the estimator is trained: on what precedes the first fold, or with ``refit`` anew
        before each one. The estimator itself stays as it is, and nothing that is forecast was ever
        trained on. The baselines of forecasting are trained and measured beside it, but for the one
        that it may be itself. Future covariates are the actual ones, as ``y`` holds them: where
        they have to be forecast themselves, as the weather has, real forecasts come out worse.

        Args:
            y: One series or many, in any form that ``fit`` takes.
            folds: How many origins to forecast from; the last one lies ``horizon`` steps before
                the end.
            horizon: Steps to forecast from each; None for the estimator's.
            step: Steps between two origins; None for the horizon, so that none is forecast twice.
            refit: True trains anew before each fold, a whole number n before every n-th one, False
                before the first alone.
            baselines: ``"all"``, or ``"naive"`` for the seasonal naive forecast alone, which takes
                no time: the linear one is trained like a small network, and exponential smoothing
                takes about a second a series.

        Returns:
            The forecasts, their measures by fold beside those of the baselines, and a verdict.

        Raises:
            InputError: A series is too short, or an argument is out of range.
            UnknownNameError: ``baselines`` is neither of its two values.
        """
        from modelzoo.backtesting import backtest  # stands above the baselines, which are such

        panel = SeriesPanel.read(y, self.roles)
        return backtest(
            self,
            panel,
            folds=folds,
            horizon=horizon,
            step=step,
            refit=refit,
            baselines=baselines,
        )

    def plot(
        self,
        series: Any = None,
        *,
        horizon: int | None = None,
        future: Any = None,
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
            actual: What really came, in the form of ``series``, to draw beside. Covariates are not
                read, and of many series some may be left out.
            path: The picture's file; the suffix chooses the format. None: only the figure.
            title: The heading.
            units: The label of the vertical axes.

        Returns:
            The matplotlib ``Figure``.
        """
        from modelzoo.report import plot_panels

        panel, arrays = self._forecasts(series, horizon, future)
        if len(panel) * len(panel.channels) > MOST_PANELS:
            raise InputError(
                f"{len(panel)} series of {len(panel.channels)} channels are more than the "
                f"{MOST_PANELS} panels that a figure holds: plot some of them"
            )
        truths = match_actual(panel, actual, self.roles)
        panels = []
        for i, (one, array) in enumerate(zip(panel.series, arrays, strict=True)):
            index = panel.future_index(i, len(array))
            for c, channel in enumerate(panel.channels):
                name = "" if len(arrays) == 1 else str(one.id)
                if len(panel.channels) > 1:
                    name = f"{name} {channel}".strip()
                truth = truths[i]
                panels.append(
                    (
                        name,
                        pd.Series(one.values[:, c], one.index),
                        pd.DataFrame(array[:, c], index=index, columns=self._levels),
                        None if truth is None else truth.iloc[:, c],
                    )
                )
        return plot_panels(panels, path, title=title, units=units)

    @property
    def _levels(self) -> list[float]:
        return [float(level) for level in self.quantiles]

    def _at(
        self, levels: tuple[float, ...], series: Any, horizon: int | None, future: Any
    ) -> pd.DataFrame:
        """Forecasts at any levels; what is drawn on is told where the public method was called."""
        panel, arrays = self._forecasts(series, horizon, future)
        moved = [at_levels(each, self._levels, levels) for each in arrays]
        warn_beyond(self._levels, levels, stacklevel=3)
        return panel.forecast_frame(moved, levels)

    def _forecasts(
        self, series: Any, horizon: int | None, future: Any
    ) -> tuple[SeriesPanel, list[np.ndarray]]:
        if isinstance(series, Integral) and not isinstance(series, bool) and horizon is None:
            series, horizon = None, int(series)
        history, _ = self.trained_on()
        panel = history if series is None else SeriesPanel.read(series, self.roles)
        if horizon is None:
            horizon = self.horizon
        check_whole("horizon", horizon)
        if self.reads_covariates:
            panel = attach_future(panel, future, self.roles, horizon)
        arrays = self.continued(panel, horizon)
        for one, array in zip(panel.series, arrays, strict=True):
            if np.isfinite(array).all():
                continue
            if np.isfinite(one.values[-1]).all():  # so it does not end in missing values
                why = "its values are on too large a scale for the precision that is computed in"
                if self.reads_covariates and self.roles.names:
                    why = "its covariates lie too far from those of the training data"
                raise InputError(
                    f"the forecast of series {one.id!r} is no finite number: {why}, check the units"
                )
            raise InputError(
                f"series {one.id!r} ends in so many missing values that nothing is left to go "
                "on from: cut them off, and forecast a longer horizon"
            )
        return panel, arrays
