"""The forecaster: any architecture, on one series or many."""

from __future__ import annotations

import warnings
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from modelzoo.data.series import SeriesPanel, joined_index
from modelzoo.data.timeindex import continue_index
from modelzoo.data.windows import Windows
from modelzoo.errors import InputError
from modelzoo.estimators.answers import Answers
from modelzoo.estimators.base import Estimator
from modelzoo.estimators.checkpoints import CheckpointFolder
from modelzoo.quantile_forecasts import QuantileForecasts
from modelzoo.quantiles import mixed_quantiles
from modelzoo.tasks.forecast_windows import CovariateWindows, own_spread
from modelzoo.tasks.forecasting import Forecasting

MOST_ROLLED = 10_000  # stretches of a forecast that goes on from its own: a minute or so


class Forecaster(QuantileForecasts, Estimator):
    """Forecasts quantiles of time series with any registered architecture.

    Beside the architecture there is a linear path. From five windows a step of context on it is
    computed, at last with the held-out windows too, and mixed with repetitions of the last season
    and week, by how well each would have forecast the end of the context; with fewer windows, or
    with covariates, it is trained, from the mean of the last seasons on.

    Args:
        model: Name of an architecture, or a builder.
        horizon: H, steps to forecast.
        context: L, steps of history seen; None for several seasons and horizons, for hourly
            data two weeks, as the data allow.
        quantiles: Levels to forecast, ascending, in (0, 1).
        season_length: Steps in a season; None to read it off the time index (12 for months).
        past_covariates: Columns known up to now, numbers or categories. Like all covariates they
            stand in the table with the series, and their gaps count as the mean or no category.
        future_covariates: Columns known ahead, which :meth:`predict` needs as ``future``.
        static_covariates: Columns that are the same at every step of a series.
        calendar: Whether the model reads the calendar (hour, day of the week, ...): True for all
            whose cycle the longest series has seen twice, or a list out of ``minute``, ``hour``,
            ``day_of_week``, ``day_of_month``, ``day_of_year``, ``month`` and ``quarter``.
        conformal: Calibrate the quantiles on the held-out windows (Romano et al., 2019), which also
            choose the epoch: intervals can come out a little narrow.
        size: Name of one of the architecture's sizes; None for the builder's defaults.
        hparams: Hyper-parameters of the builder, over those of ``size``.
        epochs: Passes over the windows; None for as many as make about 1000 updates.
        batch_size: Windows in an update.
        learning_rate: Peak learning rate.
        patience: Epochs without improvement before stopping; None for a fifth of the epochs.
        validation_fraction: Share of each series, at its end, that chooses the best epoch. A
            linear path that is computed is computed again with it at last.
        precision: What the network computes in, weights being float32 throughout: ``"float32"``,
            or ``"mixed_bfloat16"`` or ``"mixed_float16"`` (with scaling of the loss), which are
            faster and smaller on hardware that has them.
        random_state: Seed that makes two fits equal on one machine; None for a fresh one.
        verbose: 0 silent, 1 progress bar, 2 a line an epoch, ``"auto"`` 1 in a terminal else 0.

    Attributes:
        task_, model_, history_, n_params_, hparams_: See :class:`Estimator`.
    """

    _task = Forecasting
    _made_anew = ("_answers",)
    _mixes = True  # simple forecasts with a computed linear one; the linear baseline does not

    def __init__(
        self,
        model: Any = "gru",
        *,
        horizon: int = 12,
        context: int | None = None,
        quantiles: Sequence[float] = (0.1, 0.5, 0.9),
        season_length: int | None = None,
        past_covariates: Sequence[Hashable] = (),
        future_covariates: Sequence[Hashable] = (),
        static_covariates: Sequence[Hashable] = (),
        calendar: bool | Sequence[str] = False,
        conformal: bool = False,
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
        self.past_covariates = past_covariates
        self.future_covariates = future_covariates
        self.static_covariates = static_covariates
        self.calendar = calendar
        self.conformal = conformal
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

    def fit(
        self,
        X: Any,
        y: Any = None,
        *,
        callbacks: Any = None,
        checkpoint_dir: str | Path | None = None,
        checkpoint_minutes: float = 10,
    ) -> Forecaster:
        """Trains on one series or many.

        Args:
            X: An array (T,) or (T, C); a pandas Series or DataFrame on a time index; a long frame
                ``unique_id, ds, y``; or a list of them, of any lengths. Tables and long frames
                hold the declared covariates as further columns. NaN marks missing values.
            y: Ignored; present by convention.
            callbacks: Keras callbacks to call while training.
            checkpoint_dir: A folder for checkpoints, after each epoch and every
                ``checkpoint_minutes`` within one; None for none. Where it holds some, the same fit
                goes on from the latest and ends with the same weights as one that was never cut
                off; one that had ended trains no more. Callbacks other than early stopping begin
                anew.
            checkpoint_minutes: Minutes between checkpoints within an epoch, from 0.

        Returns:
            The estimator itself.

        Raises:
            InputError: The data or a parameter cannot be used as given.
            UnknownNameError: The architecture, its size or a hyper-parameter is not known.
            FileError: ``checkpoint_dir`` is a file, cannot be written to, or another fit is at
                work in it.
            TrainingError: The loss became NaN or infinite before an epoch had ended.
        """
        self._check_common()
        checkpoints = CheckpointFolder.of(checkpoint_dir, checkpoint_minutes)
        if self.conformal and not self.validation_fraction:
            raise InputError(
                "conformal calibration needs held-out windows: set validation_fraction above 0"
            )
        roles = self.roles
        panel = SeriesPanel.read(X, roles)
        with self._fitting(checkpoints) as seed:
            task = Forecasting.learn(
                panel,
                horizon=self.horizon,
                context=self.context,
                quantiles=self.quantiles,
                season_length=self.season_length,
                roles=roles,
                calendar=self.calendar,
            )
            training, validation = task.split(
                panel,
                self.validation_fraction,
                batch_size=self.batch_size,
                seed=seed,
                mixes=self._mixes,
            )
            if self.conformal:
                task.check_calibration(validation)
            self._assemble(task)
            self._train(training, validation, callbacks, checkpoints)
            if self.conformal:
                assert validation is not None  # as checked above
                # before the end, which learns from the held-out windows too
                task.calibrate(self._answers.to_batches(validation), validation)
            task.finish(self.model_)
        return self

    def __sklearn_clone__(self) -> Forecaster:
        """A clone, which mixes where this does: a baseline's must stay the baseline."""
        copied = super().__sklearn_clone__()
        if "_mixes" in self.__dict__:
            copied._mixes = self._mixes
        return copied

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.one_d_array = tags.input_tags.allow_nan = True  # (T,); NaN is missing
        return tags

    def continued(self, panel: SeriesPanel, horizon: int) -> list[np.ndarray]:
        """The quantiles (horizon, C, Q) of the steps after each series of a panel.

        Beyond the horizon of training the model goes on from what it forecast, once from each of
        its quantiles; what it then says is mixed by how much probability each stands for.
        """
        task, rolled = self.task_, -(-horizon // self.task_.horizon)
        if rolled > MOST_ROLLED:
            raise InputError(
                f"{horizon} steps are more than {MOST_ROLLED:,} times the {task.horizon} that the "
                "model was trained for: ask for fewer, or fit with a longer horizon"
            )
        if rolled > 1:
            warnings.warn(
                f"{horizon} steps are more than the {task.horizon} that the model was trained for: "
                f"it goes on from its own forecasts, {rolled} times; fit with horizon={horizon} to "
                "forecast them at once"
                + ("; past covariates count as missing there" if self.roles.past else ""),
                stacklevel=4,
            )
        paths = [self._seen(panel, rolled)]
        stretches = [self._next(paths[0])]  # each (n, H, C, Q)
        for _ in range(rolled - 1):
            paths = [
                _with_values(path, stretches[-1][..., q]).tail(task.context)
                for q, path in enumerate(paths * (1 if len(paths) > 1 else len(task.quantiles)))
            ]
            together = replace(panel, series=[one for path in paths for one in path.series])
            each = np.stack(np.split(self._next(together), len(paths)), axis=-2)  # (n, H, C, Q, Q)
            stretches.append(mixed_quantiles(each, task.quantiles))
        return list(np.concatenate(stretches, axis=1)[:, :horizon])

    def _seen(self, panel: SeriesPanel, rolled: int) -> SeriesPanel:
        """What the model sees of each series; when it rolls on, the past stays behind the end."""
        task, past = self.task_, self.roles.past
        series = []
        for one in panel.series:
            if task.covariates.future_width:
                one = replace(one, spread=own_spread(one, task.context))
            if rolled > 1 and past and one.covariates is not None:
                beside = one.covariates.copy()
                for name in past:
                    beside[name] = beside[name].iloc[: len(one)].reindex(beside.index)
                one = replace(one, covariates=beside)
            series.append(one.tail(task.context))
        return replace(panel, series=series)

    def trained_on(self) -> tuple[SeriesPanel, int]:
        """The end of the training series, and the steps in a season; raises if not fitted."""
        check_is_fitted(self)
        return self.task_.history, self.task_.season_length

    def _next(self, panel: SeriesPanel) -> np.ndarray:
        """The quantiles (n, H, C, Q) of the steps that the model was trained to forecast."""
        task = self.task_
        shape = task.context, task.horizon
        contexts = Windows([one.values for one in panel.series], *shape).last()  # (n, L, C)
        beside = CovariateWindows(task.covariates, panel.series, *shape, ahead=task.horizon)
        count, length, channels = contexts.shape
        ends = [[i, len(one), c] for i, one in enumerate(panel.series) for c in range(channels)]
        flat = contexts.transpose(0, 2, 1).reshape(count * channels, length)
        inputs, centre, scale = task.encode(flat, beside.cut(np.array(ends)))
        decoded = task.decode(self._answers.to_arrays(inputs), centre, scale)  # (n C, H, Q)
        decoded[np.isnan(flat).all(axis=1)] = np.nan  # nothing known to go on from
        return decoded.reshape(count, channels, *decoded.shape[1:]).transpose(0, 2, 1, 3)

    def _build(
        self, task: Forecasting, hparams: dict[str, Any], built_of: tuple[Any, str] | None = None
    ) -> None:
        super()._build(task, hparams, built_of)
        self._answers = Answers(self.model_)


def _with_values(panel: SeriesPanel, values: np.ndarray) -> SeriesPanel:
    """A panel whose series (n of them) go on with values (n, H, C)."""
    return replace(
        panel,
        series=[
            replace(
                one,
                values=np.concatenate([one.values, added]),
                index=joined_index(one.index, continue_index(one.index, len(added))),
            )
            for one, added in zip(panel.series, values, strict=True)
        ],
    )
