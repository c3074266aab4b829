"""The linear forecaster: the linear path of the zoo's forecasting task, alone.

It alone among the baselines is trained by Keras, which is imported when it is fitted.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from modelzoo.data.series import SeriesPanel
from modelzoo.quantile_forecasts import QuantileForecasts

if TYPE_CHECKING:
    from modelzoo.layers import Backbone

# By validation loss and seconds on four series: a network's learning rate is too little where a
# quantile is a single number, and small batches learn short series in a quarter of the epochs.
_TRAINING: dict[str, Any] = {"learning_rate": 0.01, "batch_size": 8, "patience": 10, "verbose": 0}


class LinearForecaster(QuantileForecasts, BaseEstimator):
    """Each step ahead is a weighted sum of the steps before: NLinear.

    A window is shifted by its last value and divided by its spread; its forecast is linear in it,
    with one matrix for all channels and series, and the distance of each quantile from that is a
    number for each step ahead (Zeng, Chen, Zhang & Xu 2023, "Are Transformers Effective for Time
    Series Forecasting?", whose NLinear has no scale and no quantiles). Where there are windows
    enough the matrix is computed, as Toner & Darlow (2024, "An Analysis of Linear Time Series
    Forecasting Models") find best; else it is trained, from the mean of the last seasons on. It is
    `Forecaster` around a backbone that answers zeros, and without a mixture of forecasts: what both
    add to the linear path shows in the difference.

    Args:
        horizon: Steps to forecast, at least 1.
        context: Steps of history seen; None for several seasons and horizons, for hourly
            data two weeks, as the data allow.
        season_length: Steps in a season; None: from the frequency of the time index.
        quantiles: Levels between 0 and 1, ascending.
        past_covariates: Columns of a table that stand beside the series: they are not read, here
            as in the two lists below.
        future_covariates: See ``past_covariates``.
        static_covariates: See ``past_covariates``.
        random_state: Seed that makes two fits equal on one machine; None for a fresh one.

    Attributes:
        forecaster_: The fitted `Forecaster`, with ``model_``, ``history_`` and ``n_params_``.

    >>> LinearForecaster(horizon=24)
    LinearForecaster(horizon=24)
    """

    reads_covariates = False

    def __init__(
        self,
        horizon: int = 12,
        context: int | None = None,
        season_length: int | None = None,
        quantiles: Sequence[float] = (0.1, 0.5, 0.9),
        past_covariates: Sequence[Hashable] = (),
        future_covariates: Sequence[Hashable] = (),
        static_covariates: Sequence[Hashable] = (),
        random_state: Any = None,
    ) -> None:
        self.horizon = horizon
        self.context = context
        self.season_length = season_length
        self.quantiles = quantiles
        self.past_covariates = past_covariates
        self.future_covariates = future_covariates
        self.static_covariates = static_covariates
        self.random_state = random_state

    def fit(self, X: Any, y: None = None) -> LinearForecaster:
        """Trains on one series or many.

        Args:
            X: Series in any form that `Forecaster.fit` takes.
            y: Not used; there for scikit-learn.

        Returns:
            The estimator itself.

        Raises:
            InputError: The data or a parameter cannot be used as given.
        """
        from modelzoo.estimators import Forecaster

        own = ("horizon", "context", "season_length", "quantiles", "random_state")
        options = {name: getattr(self, name) for name in own}
        panel = SeriesPanel.read(X, self.roles)
        forecaster = Forecaster(silent, **options, **_TRAINING)
        forecaster._mixes = False  # else it would be more than linear
        self.forecaster_ = forecaster.fit(panel)
        return self

    def continued(self, panel: SeriesPanel, horizon: int) -> list[np.ndarray]:
        """The quantiles (horizon, C, Q) of the steps after each series of a panel."""
        return self.forecaster_.continued(panel, horizon)

    def trained_on(self) -> tuple[SeriesPanel, int]:
        """The end of the training series and the steps in a season; raises if not fitted."""
        check_is_fitted(self)
        return self.forecaster_.trained_on()


def silent(*, width: int = 1) -> Backbone:
    """Builds a backbone that answers zeros: an architecture that leaves all to the task.

    Args:
        width: Model width D.

    Returns:
        A causal, streaming backbone (B, T, D) to (B, T, D).
    """
    from modelzoo.layers import Backbone, Silence

    return Backbone([Silence(name="silence")], width=width, causal=True)
