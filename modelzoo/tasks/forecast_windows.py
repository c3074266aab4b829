"""Batches of forecasting windows, with what is known beside the series."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from modelzoo.data.covariates import CovariateEncoder
from modelzoo.data.reading import Series
from modelzoo.data.windows import Windows, window_spread
from modelzoo.tasks.epochs import EpochBatches

if TYPE_CHECKING:
    from modelzoo.tasks.forecasting import Forecasting

LARGEST = 10.0  # of a window's spread in the unit of its series, or of that in its own
BATCHES_AN_EPOCH = 100  # longer data are sampled anew every epoch


def own_spread(one: Series, context: int) -> np.ndarray:
    """How much a series changes within a context (C,), measured on all that was read of it."""
    return window_spread(one.values, context) if one.spread is None else one.spread


class CovariateWindows:
    """What stands beside the windows of many series, cut out on demand.

    Args:
        encoder: Makes numbers of the covariates.
        series: The series.
        context: L.
        horizon: H.
        ahead: Steps beyond the end of each series at which future covariates are needed: none to
            train, H to forecast.
    """

    def __init__(
        self,
        encoder: CovariateEncoder,
        series: Sequence[Series],
        context: int,
        horizon: int,
        ahead: int = 0,
    ):
        self._future_width = encoder.future_width
        ahead = ahead if encoder.future_width else 0
        self._known = None
        if encoder.width:
            known = [encoder.known(one, ahead) for one in series]
            self._known = Windows(known, context, horizon)
        self._static = None
        if encoder.static_width:
            self._static = np.stack([encoder.static(one) for one in series])
        self._spread = np.stack([own_spread(one, context) for one in series])  # (n, C)

    def parts(self) -> Iterator[np.ndarray]:
        """All numbers."""
        if self._known is not None:
            yield self._known.values
        if self._static is not None:
            yield self._static

    def cut(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """What stands beside windows, named by series, origin and channel (N, 3).

        Returns:
            ``"known"`` (N, L, K), ``"future"`` (N, H, F) and ``"static"`` (N, S), those there are,
            and with a future ``"spread"`` (N, 1), how much the series changes within a context.
        """
        inputs = {}
        if self._known is not None:
            contexts, ahead = self._known.cut(rows[:, :2])
            inputs["known"] = np.nan_to_num(contexts).astype("float32")
            if self._future_width:
                future = ahead[:, :, : self._future_width]
                inputs["future"] = np.nan_to_num(future).astype("float32")
                inputs["spread"] = self._spread[rows[:, 0], rows[:, 2]][:, None]
        if self._static is not None:
            inputs["static"] = self._static[rows[:, 0]]
        return inputs


class WindowBatches(EpochBatches):
    """Batches of normalized windows; a channel of a window counts as a window.

    Args:
        task: Normalizes the windows.
        windows: The series.
        beside: Their covariates.
        positions: (N, 2) series and origin of each window.
        units: (n, C) what errors of each series are counted in; see `error_units`.
        batch_size: Windows in a batch.
        seed: Draws a new order, or for long data a new sample, every epoch; None keeps order.
    """

    def __init__(
        self,
        task: Forecasting,
        windows: Windows,
        beside: CovariateWindows,
        positions: np.ndarray,
        units: np.ndarray,
        *,
        batch_size: int,
        seed: int | None,
    ):
        self.task = task
        self.units = units
        self.windows = windows
        self.beside = beside
        channels = np.arange(windows.channels)
        self.rows = np.column_stack(
            [np.repeat(positions, len(channels), axis=0), np.tile(channels, len(positions))]
        )  # series, origin, channel
        self.batch_size = batch_size
        super().__init__(seed)

    @property
    def updates(self) -> int:
        """Number of batches in a whole epoch."""
        return -(-len(self.order) // self.batch_size)

    def batch(self, number: int) -> tuple:
        """Inputs, targets and weights."""
        start = number * self.batch_size
        return self.normalized(self.order[start : start + self.batch_size])

    def normalized(self, chosen: np.ndarray) -> tuple:
        """The model's inputs, the targets (B, H) and their weights (B, H) for some of the rows.

        Errors weigh as much as they do in the unit of their series: forecasts are judged in that,
        not in the unit of a window, in which little may have happened.
        """
        inputs, targets, observed, unit = self._encoded(chosen)
        return inputs, targets, (observed * unit).astype("float32")

    def linear(self, chosen: np.ndarray) -> tuple:
        """What the linear path sees of some rows, and is to answer, in units of their series.

        Returns:
            Contexts (B, L) centred on their last value, targets (B, H) and which of these count
            (B, H), float64; none for a window in which nothing is observed.
        """
        inputs, targets, observed, unit = self._encoded(chosen)
        return inputs["values"] * unit, targets * unit, observed

    def _encoded(self, chosen: np.ndarray) -> tuple:
        """Inputs, targets (B, H), whether each counts, and the unit (B, 1) of each window.

        The unit is the spread of the window over what errors of its series are counted in.
        """
        rows = self.rows[chosen]
        contexts, targets = self.windows.cut_channels(rows)  # (B, L), (B, H)
        inputs, centre, scale = self.task.encode(contexts, self.beside.cut(rows))
        targets = (targets - centre) / scale  # (B, H)
        known = np.isfinite(targets)
        observed = known & (inputs["observed"].max(axis=1, keepdims=True) > 0)
        series = self.units[rows[:, 0], rows[:, 2]][:, None]
        unit = np.where(series > 0, scale / np.maximum(series, 1e-300), 1.0)
        unit = np.clip(unit, 1 / LARGEST, LARGEST)
        return inputs, np.where(known, targets, 0).astype("float32"), observed, unit

    def parts(self) -> Iterator[np.ndarray]:
        """The series, what stands beside them, and where the windows are."""
        yield self.windows.values
        yield from self.beside.parts()
        yield self.rows

    def draw(self) -> None:
        """Draws the order, of long data which windows there are too."""
        if self.seed is None:
            self.order = np.arange(len(self.rows))
        else:
            order = self.random().permutation(len(self.rows))
            self.order = order[: BATCHES_AN_EPOCH * self.batch_size]
