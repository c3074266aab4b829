"""Forecasting: quantiles of the next H steps from a context of L steps, all at once."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from modelzoo.data.calendar import choose_features
from modelzoo.data.covariates import CovariateEncoder
from modelzoo.data.roles import NONE, Roles
from modelzoo.data.series import SeriesPanel
from modelzoo.data.timeindex import guess_season_length
from modelzoo.data.windows import Windows, error_units
from modelzoo.errors import InputError, check_levels, check_whole
from modelzoo.layers.backbone import Backbone
from modelzoo.layers.forecast_mixture import WEEK, lags_of
from modelzoo.layers.linear_skip import seasonal_mean
from modelzoo.layers.pinball import PinballLoss
from modelzoo.tasks.conformal import check_held_out, conformal_offsets
from modelzoo.tasks.forecast_network import forecast_network
from modelzoo.tasks.forecast_windows import CovariateWindows, WindowBatches, own_spread
from modelzoo.tasks.linear_fit import LinearMaps, linear_maps

LONGEST_SEASON = 2**31 - 1  # steps, with which frameworks still count
MOST_PATCHES = 32  # the backbone sees the context as about so many steps
LONGEST_CONTEXT = 512  # chosen by default; a longer one can be asked for
DAYS = (24, 48)  # seasons of hourly and half-hourly data: two weeks are seen
STEPS_A_STEP = 10  # of series for each of context: then the linear path can be computed
VALIDATION_WINDOWS = 2000
MOST_NUMBERS = 4_000_000  # that the effects of covariates are measured on
LARGEST_GAIN = 1000.0  # of a covariate's effect in a window in which next to nothing happened
PULL = 50.0  # of the linear path to its start, in windows as wide as the unit of their series


class Forecasting:
    """What a forecaster learned from its training data beside the weights.

    Every channel of every series is a series of its own to the network (channel independence, Nie
    et al., 2023). Each window is shifted by its last value and divided by its spread, so series of
    any level and unit share one model (Kim et al., 2022; Zeng et al., 2023). Where there are enough
    windows and no covariates, what is linear in them is computed, mixed with repetitions of the
    last season and week, and the network learns the rest; see `linear_maps`, `ForecastMixture`.

    Covariates go into the backbone beside the values, static ones at every step. What is known
    ahead also has a linear effect on the forecast, and a decoder reads it step by step beside what
    the backbone made of the context, as in TiDE (Das et al., 2023).

    Args:
        context: L, steps seen.
        horizon: H, steps forecast.
        quantiles: Q levels, ascending, in (0, 1).
        season_length: Steps in a season, 1 for none.
        history: The end of the training series, from which forecasts start by default: L steps
            and a season at least.
        covariates: Makes numbers of the covariates; None where there are none.
        offsets: (H, Q) what calibration adds to the quantiles, normalized; None for none.
        mixture: Whether the linear forecast is mixed with repetitions of what was.
    """

    name = "forecasting"
    updates = 1000  # optimizer steps that training aims at when no epochs are given

    def __init__(
        self,
        context: int,
        horizon: int,
        quantiles: tuple[float, ...],
        season_length: int,
        history: SeriesPanel,
        covariates: CovariateEncoder | None = None,
        offsets: np.ndarray | None = None,
        mixture: bool = False,
    ):
        self.context = context
        self.horizon = horizon
        self.quantiles = quantiles
        self.season_length = season_length
        self.history = history
        self.covariates = CovariateEncoder(NONE, ()) if covariates is None else covariates
        self.offsets = offsets
        self.patch = -(-context // MOST_PATCHES)  # steps merged into one for the backbone
        self.steps = -(-context // self.patch) * self.patch  # the context, filled up to patches
        self.lags = lags_of(self.steps, season_length, padding=self.steps - context)
        self.mixture = mixture and bool(self.lags)
        # Where training starts from; of no use afterwards.
        self.pull = 0.0
        self.effects = np.zeros(self.covariates.future_width)
        self.linear: LinearMaps | None = None  # the linear path, where it is computed

    @classmethod
    def learn(
        cls,
        panel: SeriesPanel,
        *,
        horizon: int,
        context: int | None = None,
        quantiles: Sequence[float] = (0.1, 0.5, 0.9),
        season_length: int | None = None,
        roles: Roles = NONE,
        calendar: bool | Sequence[str] = False,
    ) -> Forecasting:
        """Fixes season and context from the training series, and measures the covariates.

        Args:
            panel: The training series.
            horizon: H, steps to forecast.
            context: L, steps seen; None for several seasons and horizons, for hourly data two
                weeks, as the data allow.
            quantiles: Levels to forecast.
            season_length: Steps in a season; None to read it off the time index.
            roles: Which columns are covariates.
            calendar: True, False, or names of calendar features; see `choose_features`.

        Raises:
            InputError: A parameter is outside its range, or every series is too short.
        """
        levels = check_levels(quantiles)
        check_whole("horizon", horizon)
        season = panel.season_length if season_length is None else season_length
        if season_length is None:
            _warn_of_seasons(panel)
        check_whole("season_length", season, most=LONGEST_SEASON)
        longest = max(len(one) for one in panel.series)
        if context is None:
            known = sum(len(one) for one in panel.series) * len(panel.channels)
            weeks = season in DAYS and known >= STEPS_A_STEP * 2 * WEEK * season
            seasons = 2 * WEEK if weeks else 4
            wanted = min(max(seasons * season, 3 * horizon, 32), max(LONGEST_CONTEXT, 2 * season))
            context = max(1, min(wanted, (longest - horizon) // 2))
        check_whole("context", context)
        if context > max(10 * longest, LONGEST_CONTEXT):
            raise InputError(
                f"context={context} is more than ten times the {longest} steps of the longest "
                "series: all else would be padding, choose a shorter one"
            )
        if longest < horizon + 2:
            raise InputError(
                f"the longest series has {longest} steps; a horizon of {horizon} needs at least "
                f"{horizon + 2}: shorten the horizon or give more data"
            )
        features = choose_features(calendar, max((one.index for one in panel.series), key=len))
        covariates = CovariateEncoder.learn(panel.series, roles, features)
        series = [replace(one, spread=own_spread(one, context)) for one in panel.series]
        history = replace(panel, series=series).tail(max(context, season))
        return cls(context, horizon, levels, season, history, covariates)

    def split(
        self,
        panel: SeriesPanel,
        validation_fraction: float,
        *,
        batch_size: int,
        seed: int,
        mixes: bool = True,
    ) -> tuple[WindowBatches, WindowBatches | None]:
        """The windows of a panel in batches that train and, from the end of each series, validate.

        Args:
            panel: The training series.
            validation_fraction: Share of each series, at its end, that validates.
            batch_size: Windows in a batch that trains.
            seed: Draws the order of training.
            mixes: Whether to mix a computed linear forecast with repetitions of what was.

        Returns:
            Batches to train on, and to validate on, or None where nothing is held out.

        Raises:
            InputError: No window has enough observed steps to learn from.
        """
        values = [one.values for one in panel.series]
        windows = Windows(values, self.context, self.horizon)
        units = error_units(values, self.season_length)
        # A window needs some context to be worth learning from; short series give what they have.
        shortest = max(1, min(self.context, int(max(windows.lengths) - self.horizon) // 2))
        if validation_fraction > 0:
            training, validation = windows.split(validation_fraction, min_context=shortest)
        else:
            training, validation = windows.positions(shortest), np.zeros((0, 2), int)
        both = np.concatenate([training, validation])
        if len(validation) > VALIDATION_WINDOWS:
            chosen = np.linspace(0, len(validation) - 1, VALIDATION_WINDOWS).astype(int)
            validation = validation[chosen]
        if not len(training):
            raise InputError(
                f"no series has the {shortest + self.horizon} steps that one training window needs"
            )
        self.pull = PULL / (len(training) * windows.channels)
        beside = CovariateWindows(self.covariates, panel.series, self.context, self.horizon)

        def batches(positions: np.ndarray, size: int, seed: int | None) -> WindowBatches:
            return WindowBatches(
                self, windows, beside, positions, units, batch_size=size, seed=seed
            )

        train = batches(training, batch_size, seed)
        held_out = batches(validation, 256, None) if len(validation) else None
        start = seasonal_mean(self.steps, self.horizon, self.season_length)
        whole = batches(both, batch_size, seed)
        with threadpool_limits(1):  # more threads sum in another order: seeds would not decide
            self.effects = self._measured_effects(train, seed)
            if not self.covariates.width + self.covariates.static_width:
                # Fitted without covariates it would say what they should, and wrongly.
                self.linear = linear_maps(start, train, held_out, whole, seed)
                self.mixture = mixes and self.linear is not None and bool(self.lags)
        return train, held_out

    def _measured_effects(self, batches: WindowBatches, seed: int) -> np.ndarray:
        """The linear effects (F,) of what is known ahead, from which training starts.

        A ridge regression of how far the seasonal mean misses, on how far the covariates are from
        their own seasonal mean: a regression whose errors have seasons.
        """
        width = self.covariates.future_width
        if not width:
            return np.zeros(0)
        count = min(
            len(batches.rows), VALIDATION_WINDOWS, 1 + MOST_NUMBERS // (self.horizon * width)
        )
        chosen = np.random.default_rng(seed).permutation(len(batches.rows))[:count]
        inputs, targets, weight = batches.normalized(chosen)
        mean = seasonal_mean(self.steps, self.horizon, self.season_length)
        carried = inputs["carried"]
        last = carried[:, -1:]
        expected = np.einsum("nlf,lh->nhf", carried - last, mean) + last
        counted = weight.astype(bool) & (inputs["gain"] > 0)  # (N, H)
        moved = (inputs["future"] - expected)[counted].astype("float64")  # (M, F)
        # In units of the whole series: windows in which little happened must not decide.
        missed = (targets - inputs["values"] @ mean) / np.maximum(inputs["gain"], 1e-9)
        ridge = 1e-2 * len(moved) * np.eye(width)
        return np.linalg.solve(moved.T @ moved + ridge, moved.T @ missed[counted])

    def encode(
        self, contexts: np.ndarray, beside: dict[str, np.ndarray] | None = None
    ) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
        """Normalizes contexts.

        Args:
            contexts: (N, L) floats, NaN where missing.
            beside: What `CovariateWindows.cut` gives for them.

        Returns:
            The model's inputs, and the centre (N, 1) and scale (N, 1) that undo it.
        """
        observed = ~np.isnan(contexts)
        source = _sources(observed)
        filled = np.nan_to_num(np.take_along_axis(contexts, source, axis=1))
        centre = filled[:, -1:]
        count = np.maximum(observed.sum(axis=1, keepdims=True), 1)
        mean = np.where(observed, filled, 0).sum(axis=1, keepdims=True) / count
        spread = np.where(observed, filled - mean, 0)
        scale = np.sqrt((spread**2).sum(axis=1, keepdims=True) / count)
        flat = scale <= 1e-9 * np.abs(centre)  # a constant window: take its level as its unit
        scale = np.where(flat, np.where(centre == 0, 1.0, np.abs(centre)), scale)
        front = ((0, 0), (self.steps - self.context, 0))
        inputs = {
            "values": np.pad((filled - centre) / scale, front, mode="edge").astype("float32"),
            "observed": np.pad(observed, front).astype("float32"),
        } | (beside or {})
        if "future" in inputs:  # a value carries the effects of its own step into the gap it fills
            carried = inputs["known"][:, :, : self.covariates.future_width]
            carried = np.take_along_axis(carried, source[:, :, None], axis=1)
            inputs["carried"] = np.pad(carried, (*front, (0, 0)), mode="edge")
        if "known" in inputs:
            inputs["known"] = np.pad(inputs["known"], (*front, (0, 0)), mode="edge")
        if "spread" in inputs:  # what moves the series by its spread moves a window by its gain
            gain = np.clip(inputs.pop("spread") / scale, 0, LARGEST_GAIN)
            inputs["gain"] = gain.astype("float32")
        return inputs, centre, scale

    def check_calibration(self, batches: WindowBatches | None) -> None:
        """Checks before training that enough is held out to calibrate the quantiles on.

        Raises:
            InputError: There is not.
        """
        held_out = 0 if batches is None else int(np.isfinite(_truth(batches)).sum())
        check_held_out(held_out, self.quantiles)

    def calibrate(self, outputs: np.ndarray, batches: WindowBatches) -> None:
        """Calibrates the quantiles on held-out windows; see `conformal_offsets`.

        Args:
            outputs: What the trained model answers to the batches (N, H, Q).
            batches: The held-out windows, in order.
        """
        self.offsets = conformal_offsets(outputs, _truth(batches), self.quantiles)

    def decode(self, outputs: np.ndarray, centre: np.ndarray, scale: np.ndarray) -> np.ndarray:
        """Quantiles (N, H, Q) in the unit of the series."""
        if self.offsets is not None:
            outputs = np.sort(outputs + self.offsets, axis=-1)
        return outputs.astype("float64") * scale[:, :, None] + centre[:, :, None]

    def assemble(self, backbone: Backbone) -> keras.Model:
        """Puts the parts around a backbone; see `forecast_network`."""
        return forecast_network(self, backbone)

    def finish(self, model: keras.Model) -> None:
        """Has a trained model forecast from what the held-out windows say, too.

        Its weights are those that forecast them best unseen; a linear path that was computed is
        computed again.
        """
        if self.linear is not None:
            model.get_layer("skip").skip.assign(self.linear.whole)

    def loss(self) -> keras.losses.Loss:
        """Mean pinball loss over the quantiles (Koenker and Bassett, 1978)."""
        return PinballLoss(self.quantiles)

    def metrics(self) -> list[keras.metrics.Metric]:
        """None beside the loss."""
        return []

    def state(self) -> dict[str, Any]:
        """JSON-able form of everything learned but the weights."""
        return {
            "context": self.context,
            "horizon": self.horizon,
            "quantiles": list(self.quantiles),
            "season_length": self.season_length,
            "history": self.history.state(),
            "covariates": self.covariates.state(),
            "mixture": self.mixture,
            "offsets": None if self.offsets is None else self.offsets.tolist(),
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Forecasting:
        """The inverse of :meth:`state`."""
        return cls(
            state["context"],
            state["horizon"],
            tuple(state["quantiles"]),
            state["season_length"],
            SeriesPanel.from_state(state["history"]),
            CovariateEncoder.from_state(state["covariates"]),
            None if state["offsets"] is None else np.array(state["offsets"]),
            state.get("mixture", False),
        )


def _warn_of_seasons(panel: SeriesPanel) -> None:
    """Warns where the indexes of series suggest different seasons, of which a model has one."""
    found: dict[int, Any] = {}
    for one in panel.series:
        if isinstance(one.index, pd.RangeIndex) or one.index.freq is not None:
            found.setdefault(guess_season_length(one.index), one.id)
    if len(found) > 1:
        told = ", ".join(f"{name!r} {season}" for season, name in found.items())
        warnings.warn(
            f"the time stamps of the series suggest seasons of different lengths ({told}), and a "
            f"model has one, {panel.season_length} steps: fit one for each frequency, or set "
            "season_length",
            stacklevel=4,
        )


def _sources(observed: np.ndarray) -> np.ndarray:
    """Whose value stands at each step (N, L): the last before a gap, or at the front the first."""
    length = observed.shape[1]
    before = np.maximum.accumulate(np.where(observed, np.arange(length), -1), axis=1)
    return np.where(before < 0, observed.argmax(axis=1)[:, None], before)


def _truth(batches: WindowBatches) -> np.ndarray:
    """The normalized targets (N, H) of all batches in order, NaN where unknown."""
    parts = [batches[index][1:] for index in range(len(batches))]
    targets, weight = (np.concatenate(each) for each in zip(*parts, strict=True))
    return np.where(weight > 0, targets, np.nan)
