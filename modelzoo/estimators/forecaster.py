"""The forecaster: any architecture, on one series or many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from modelzoo.backtesting import skill
from modelzoo.data.series import SeriesPanel
from modelzoo.data.windows import Windows
from modelzoo.estimators.base import Estimator
from modelzoo.estimators.training import seeded
from modelzoo.tasks.forecasting import Forecasting


class Forecaster(Estimator):
    """Forecasts quantiles of time series with any registered architecture.

    Args:
        model: Name of an architecture, or a builder.
        horizon: H, steps to forecast.
        context: L, steps of history seen; None for several seasons and horizons.
        quantiles: Levels to forecast, ascending, in (0, 1).
        season_length: Steps in a season; None to read it off the time index (12 for months).
        size: Name of one of the architecture's sizes; None for the builder's defaults.
        hparams: Hyper-parameters of the builder, over those of ``size``.
        epochs: Passes over the windows; None for as many as make about 1000 updates.
        batch_size: Windows in an update.
        learning_rate: Peak learning rate.
        patience: Epochs without improvement before stopping; None for a fifth of the epochs.
        validation_fraction: Share of each series, at its end, that chooses the best epoch.
        precision: What the network computes in, weights being float32 throughout: ``"float32"``,
            or ``"mixed_bfloat16"`` or ``"mixed_float16"`` (with scaling of the loss), which are
            faster and smaller on hardware that has them.
        random_state: Seed that makes two fits equal on one machine; None for a fresh one.
        verbose: 0 silent, 1 progress bar, 2 a line an epoch, ``"auto"`` 1 in a terminal else 0.

    Attributes:
        task_, model_, history_, n_params_, hparams_: See :class:`Estimator`.
    """

    _task = Forecasting

    def __init__(
        self,
        model: Any = "gru",
        *,
        horizon: int = 12,
        context: int | None = None,
        quantiles: Sequence[float] = (0.1, 0.5, 0.9),
        season_length: int | None = None,
        size: str | None = None,
        hparams: Mapping[str, Any] | None = None,
        epochs: int | None = None,
        batch_size: int = 32,
        learning_rate: float = 1e-3,
        patience: int | None = None,
        validation_fraction: float = 0.1,
        precision: str = "float32",
        random_state: Any = None,
        verbose: int | str = "auto",
    ):
        self.model = model
        self.horizon = horizon
        self.context = context
        self.quantiles = quantiles
        self.season_length = season_length
        self.size = size
        self.hparams = hparams
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.patience = patience
        self.validation_fraction = validation_fraction
        self.precision = precision
        self.random_state = random_state
        self.verbose = verbose

    def fit(self, X: Any, y: Any = None, *, callbacks: Any = None) -> Forecaster:
        """Trains on one series or many.

        Args:
            X: An array (T,) or (T, C); a pandas Series or DataFrame on a time index; a long frame
                ``unique_id, ds, y``; or a list of arrays. NaN marks missing values.
            y: Ignored; present by convention.
            callbacks: Keras callbacks to call while training.

        Returns:
            The estimator itself.

        Raises:
            InputError: The data or a parameter cannot be used as given.
            UnknownNameError: The architecture, its size or a hyper-parameter is not known.
        """
        self._check_common()
        with seeded(self.random_state) as seed:
            panel = SeriesPanel.read(X)
            task = Forecasting.learn(
                panel,
                horizon=self.horizon,
                context=self.context,
                quantiles=self.quantiles,
                season_length=self.season_length,
            )
            windows, training, held_out = task.split(panel, self.validation_fraction)
            self._assemble(task)
            validation = None
            if len(held_out):
                validation = task.batches(windows, held_out, batch_size=256)
            self._train(
                task.batches(windows, training, batch_size=self.batch_size, seed=seed),
                validation,
                callbacks,
            )
        return self

    def predict(self, X: Any = None) -> pd.DataFrame:
        """Forecasts the ``horizon`` steps after each series.

        Args:
            X: Histories to continue, in any form that ``fit`` takes; None for the training series.
                Of each the last ``context`` steps count; shorter ones are padded and masked.

        Returns:
            A frame whose index continues the series', one column a quantile; for several channels
            columns (channel, quantile); for many series columns ``unique_id``, ``ds`` and one a
            quantile.

        Raises:
            InputError: The data cannot be used as given.
        """
        check_is_fitted(self)
        panel = self.task_.history if X is None else SeriesPanel.read(X)
        # The end alone counts; histories may share their beginnings, and be many.
        seen = panel.tail(self.task_.context)
        forecasts = self._quantiles(Windows([one.values for one in seen.series], *self._shape))
        return panel.forecast_frame(list(forecasts), self.task_.quantiles)

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
        check_is_fitted(self)
        return skill(self, self.task_.history, X, self.task_.season_length)

    @property
    def _shape(self) -> tuple[int, int]:
        return self.task_.context, self.task_.horizon

    def _quantiles(self, windows: Windows) -> np.ndarray:
        return self._predict_contexts(windows.last())  # (n, H, C, Q)

    def _predict_contexts(self, contexts: np.ndarray) -> np.ndarray:
        """Contexts (N, L, C) to quantiles (N, H, C, Q)."""
        count, length, channels = contexts.shape
        flat = contexts.transpose(0, 2, 1).reshape(count * channels, length)
        inputs, centre, scale = self.task_.encode(flat)
        outputs = self._outputs(inputs, batch_size=256)  # (N C, H, Q)
        decoded = self.task_.decode(outputs, centre, scale)
        return decoded.reshape(count, channels, *decoded.shape[1:]).transpose(0, 2, 1, 3)
