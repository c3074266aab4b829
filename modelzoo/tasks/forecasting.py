"""Forecasting: quantiles of the next H steps from a context of L steps, all at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from modelzoo.data.series import SeriesPanel
from modelzoo.data.windows import Windows
from modelzoo.errors import InputError, check_whole
from modelzoo.layers.backbone import Backbone
from modelzoo.layers.linear_skip import LinearSkip
from modelzoo.layers.pinball import PinballLoss
from modelzoo.layers.pooling import MaskedPooling

MOST_PATCHES = 32  # the backbone sees the context as about so many steps
LONGEST_CONTEXT = 512  # chosen by default; a longer one can be asked for
BATCHES_AN_EPOCH = 100  # longer data are sampled anew every epoch
VALIDATION_WINDOWS = 2000
PULL = 50.0  # of the linear path towards its start, in windows' worth of squared weight


class Forecasting:
    """What a forecaster learned from its training data beside the weights.

    Every channel of every series is a series of its own to the network (channel independence, Nie
    et al., 2023). Each window is shifted by its last value and divided by its spread, so series of
    any level and unit share one model (Kim et al., 2022; Zeng et al., 2023).

    Args:
        context: L, steps seen.
        horizon: H, steps forecast.
        quantiles: Q levels, ascending, in (0, 1).
        season_length: Steps in a season, 1 for none.
        history: The last L steps of the training series, from which forecasts start by default.
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
    ):
        self.pull = 0.0  # known once the training windows are counted; of no use after training
        self.context = context
        self.horizon = horizon
        self.quantiles = quantiles
        self.season_length = season_length
        self.history = history
        self.patch = -(-context // MOST_PATCHES)  # steps merged into one for the backbone
        self.steps = -(-context // self.patch) * self.patch  # the context, filled up to patches

    @classmethod
    def learn(
        cls,
        panel: SeriesPanel,
        *,
        horizon: int,
        context: int | None = None,
        quantiles: Sequence[float] = (0.1, 0.5, 0.9),
        season_length: int | None = None,
    ) -> Forecasting:
        """Fixes season and context from the training series.

        Args:
            panel: The training series.
            horizon: H, steps to forecast.
            context: L, steps seen; None for several seasons and horizons, as the data allow.
            quantiles: Levels to forecast.
            season_length: Steps in a season; None to read it off the time index.

        Raises:
            InputError: A parameter is outside its range, or every series is too short.
        """
        try:
            levels = tuple(float(level) for level in quantiles)
        except (TypeError, ValueError):
            levels = ()
        if not levels or list(levels) != sorted(set(levels)) or not 0 < levels[0] <= levels[-1] < 1:
            raise InputError(f"quantiles must be ascending levels in (0, 1), got {quantiles!r}")
        check_whole("horizon", horizon)
        season = panel.season_length if season_length is None else season_length
        check_whole("season_length", season)
        longest = max(len(one) for one in panel.series)
        if context is None:
            wanted = min(max(4 * season, 3 * horizon, 32), max(LONGEST_CONTEXT, 2 * season))
            context = max(1, min(wanted, (longest - horizon) // 2))
        check_whole("context", context)
        if longest < horizon + 2:
            raise InputError(
                f"the longest series has {longest} steps; a horizon of {horizon} needs at least "
                f"{horizon + 2}: shorten the horizon or give more data"
            )
        return cls(context, horizon, levels, season, panel.tail(context))

    def split(self, panel: SeriesPanel, validation_fraction: float) -> tuple[Any, Any, Any]:
        """The windows of a panel, and which of them train and validate, by time.

        Returns:
            The windows, training positions (N, 2) and validation positions (M, 2).

        Raises:
            InputError: No window has enough observed steps to learn from.
        """
        windows = Windows([one.values for one in panel.series], self.context, self.horizon)
        # A window needs some context to be worth learning from; short series give what they have.
        shortest = max(1, min(self.context, int(max(windows.lengths) - self.horizon) // 2))
        if validation_fraction > 0:
            training, validation = windows.split(validation_fraction, min_context=shortest)
        else:
            training, validation = windows.positions(shortest), np.zeros((0, 2), int)
        if len(validation) > VALIDATION_WINDOWS:
            chosen = np.linspace(0, len(validation) - 1, VALIDATION_WINDOWS).astype(int)
            validation = validation[chosen]
        if not len(training):
            raise InputError(
                f"no series has the {shortest + self.horizon} steps that one training window needs"
            )
        self.pull = PULL / (len(training) * windows.channels)
        return windows, training, validation

    def encode(self, contexts: np.ndarray) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
        """Normalizes contexts.

        Args:
            contexts: (N, L) floats, NaN where missing.

        Returns:
            The model's inputs, and the centre (N, 1) and scale (N, 1) that undo it.
        """
        observed = ~np.isnan(contexts)
        filled = _fill(contexts, observed)
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
        }
        return inputs, centre, scale

    def decode(self, outputs: np.ndarray, centre: np.ndarray, scale: np.ndarray) -> np.ndarray:
        """Quantiles (N, H, Q) in the unit of the series."""
        return outputs.astype("float64") * scale[:, :, None] + centre[:, :, None]

    def assemble(self, backbone: Backbone) -> keras.Model:
        """A linear path from context to horizon, and the backbone modelling what is left.

        The linear path starts as the mean of the last few seasons (or the last value, without a
        season), the backbone's head at zero: training begins near the baseline.

        Returns:
            A model from normalized values and an observed flag, (B, L) each, to (B, H, Q).
        """
        patches = self.steps // self.patch
        backbone.check_length(patches)
        values = keras.Input((self.steps,), name="values")  # (B, L)
        observed = keras.Input((self.steps,), name="observed")  # (B, L)
        shape = (-1, patches, self.patch)
        pair = [ops.reshape(values, shape), ops.reshape(observed, shape)]
        x = ops.concatenate(pair, axis=-1)  # (B, P, 2 patch)
        mask = ops.max(pair[1], axis=-1) > 0  # (B, P): a patch with nothing observed is padding
        x = keras.layers.Dense(backbone.width, name="stem")(x)  # (B, P, D)
        x = backbone(x, mask=mask)
        x = MaskedPooling(backbone.causal, peaks=False, name="pooling")(x, mask=mask)  # (B, D)
        x = keras.layers.Dropout(0.1, name="head_dropout")(x)
        head = keras.layers.Dense(
            self.horizon * len(self.quantiles),
            kernel_initializer="zeros",
            dtype="float32",
            name="head",
        )
        skip = LinearSkip(self.horizon, self.season_length, self.pull, dtype="float32", name="skip")
        spread = ops.reshape(head(x), (-1, self.horizon, len(self.quantiles)))  # (B, H, Q)
        outputs = ops.sort(skip(values)[:, :, None] + spread, axis=-1)  # quantiles never cross
        return keras.Model({"values": values, "observed": observed}, outputs, name=self.name)

    def loss(self) -> keras.losses.Loss:
        """Mean pinball loss over the quantiles (Koenker and Bassett, 1978)."""
        return PinballLoss(self.quantiles)

    def metrics(self) -> list[keras.metrics.Metric]:
        """None beside the loss."""
        return []

    def batches(
        self,
        windows: Windows,
        positions: np.ndarray,
        *,
        batch_size: int,
        seed: int | None = None,
    ) -> WindowBatches:
        """Batches of windows, drawn anew every epoch given a seed."""
        return WindowBatches(self, windows, positions, batch_size=batch_size, seed=seed)

    def state(self) -> dict[str, Any]:
        """JSON-able form of everything learned but the weights."""
        return {
            "context": self.context,
            "horizon": self.horizon,
            "quantiles": list(self.quantiles),
            "season_length": self.season_length,
            "history": self.history.state(),
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
        )


class WindowBatches(keras.utils.PyDataset):
    """Batches of normalized windows; a channel of a window counts as a window.

    Args:
        task: Normalizes the windows.
        windows: The series.
        positions: (N, 2) series and origin of each window.
        batch_size: Windows in a batch.
        seed: Draws a new order, or for long data a new sample, every epoch; None keeps order.
    """

    def __init__(
        self,
        task: Forecasting,
        windows: Windows,
        positions: np.ndarray,
        *,
        batch_size: int,
        seed: int | None,
    ):
        super().__init__()
        self.task = task
        self.windows = windows
        channels = np.arange(windows.channels)
        self.rows = np.column_stack(
            [np.repeat(positions, len(channels), axis=0), np.tile(channels, len(positions))]
        )  # series, origin, channel
        self.batch_size = batch_size
        self.random = None if seed is None else np.random.default_rng(seed)
        self.on_epoch_end()

    def __len__(self) -> int:
        return -(-len(self.order) // self.batch_size)

    def __getitem__(self, index: int) -> tuple:
        start = index * self.batch_size
        rows = self.rows[self.order[start : start + self.batch_size]]
        contexts, targets = self.windows.cut(rows[:, :2])  # (B, L, C), (B, H, C)
        pick = np.arange(len(rows)), slice(None), rows[:, 2]
        inputs, centre, scale = self.task.encode(contexts[pick])
        targets = (targets[pick] - centre) / scale  # (B, H)
        known = np.isfinite(targets)
        weight = (known & (inputs["observed"].max(axis=1, keepdims=True) > 0)).astype("float32")
        return inputs, np.where(known, targets, 0).astype("float32"), weight

    def on_epoch_end(self) -> None:
        """Draws the next epoch's order."""
        if self.random is None:
            self.order = np.arange(len(self.rows))
        else:
            order = self.random.permutation(len(self.rows))
            self.order = order[: BATCHES_AN_EPOCH * self.batch_size]


def _fill(values: np.ndarray, observed: np.ndarray) -> np.ndarray:
    """Fills gaps with the last value before, or at the front the first after; zeros if none."""
    length = values.shape[1]
    before = np.maximum.accumulate(np.where(observed, np.arange(length), -1), axis=1)
    first = np.where(observed.any(axis=1), observed.argmax(axis=1), 0)[:, None]
    filled = np.take_along_axis(values, np.where(before < 0, first, before), axis=1)
    return np.where(np.isnan(filled), 0.0, filled)
