"""Windows over series: which exist, which train and which validate, and cutting them out fast."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from modelzoo.errors import InputError


class Windows:
    """All (context, target) pairs of many series, held once and cut on demand.

    A window is named by a pair (series, origin): ``origin`` is its first target step, so the
    context is the ``context`` steps before it and the target the ``horizon`` steps from it on.
    Where a series begins inside the context, the missing front is NaN.

    Args:
        values: The series, each (T, C), of any lengths.
        context: Steps seen, at least 1.
        horizon: Steps to forecast, at least 1.

    >>> windows = Windows([np.arange(6.0)[:, None]], context=2, horizon=2)
    >>> windows.positions().tolist()
    [[0, 1], [0, 2], [0, 3], [0, 4]]
    >>> contexts, targets = windows.cut(np.array([[0, 1], [0, 4]]))
    >>> contexts[..., 0].tolist(), targets[..., 0].tolist()
    ([[nan, 0.0], [2.0, 3.0]], [[1.0, 2.0], [4.0, 5.0]])
    """

    def __init__(self, values: Sequence[np.ndarray], context: int, horizon: int) -> None:
        if context < 1 or horizon < 1:
            raise InputError(f"context and horizon must be at least 1: {context}, {horizon}")
        self.context, self.horizon = context, horizon
        self.lengths = np.array([len(each) for each in values])
        self.channels = values[0].shape[1]
        front = np.full((context, self.channels), np.nan)
        back = np.full((horizon, self.channels), np.nan)
        parts = [part for each in values for part in (front, each)]
        self._flat = np.concatenate([*parts, back])
        self._offsets = np.concatenate([[0], np.cumsum(self.lengths + context)[:-1]])
        self._view = sliding_window_view(self._flat, context + horizon, axis=0)  # (S, C, L+H)

    @property
    def values(self) -> np.ndarray:
        """All series one behind the other (S, C), NaN between them."""
        return self._flat

    def positions(self, min_context: int = 1) -> np.ndarray:
        """Every window whose whole target lies in its series, as rows (series, origin).

        Args:
            min_context: Steps of real context that a window must have, 0 to ``context``.
        """
        return self._rows(np.full_like(self.lengths, min_context), self.lengths - self.horizon + 1)

    def split(
        self, validation_fraction: float = 0.1, min_context: int = 1
    ) -> tuple[np.ndarray, np.ndarray]:
        """Divides the windows by time: the last part of each series validates.

        No training target reaches into the steps that validation targets use. A series too short
        to spare ``horizon`` steps at its end trains only.

        Args:
            validation_fraction: Share of each series' steps at its end, at least ``horizon`` steps.
            min_context: As in `positions`.

        Returns:
            Positions of the training windows and of the validation windows.

        >>> windows = Windows([np.zeros((20, 1))], context=4, horizon=3)
        >>> train, validation = windows.split(0.25, min_context=4)
        >>> int(train[:, 1].max()) + 3, validation[:, 1].tolist()
        (15, [15, 16, 17])
        """
        held = np.maximum(np.ceil(self.lengths * validation_fraction).astype(int), self.horizon)
        border = self.lengths - held
        border = np.where(border - self.horizon < min_context, self.lengths, border)
        first = np.full_like(border, min_context)
        return (
            self._rows(first, border - self.horizon + 1),
            self._rows(border, self.lengths - self.horizon + 1),
        )

    def cut(self, positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The windows at ``positions`` (N, 2): contexts (N, L, C) and targets (N, H, C)."""
        rows = self._offsets[positions[:, 0]] + positions[:, 1]
        both = self._view[rows].transpose(0, 2, 1)  # (N, L+H, C)
        return both[:, : self.context], both[:, self.context :]

    def cut_channels(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Single channels of windows, named by series, origin and channel (N, 3).

        Returns:
            Contexts (N, L) and targets (N, H); of the other channels nothing is copied.
        """
        both = self._view[self._offsets[rows[:, 0]] + rows[:, 1], rows[:, 2]]  # (N, L+H)
        return both[:, : self.context], both[:, self.context :]

    def last(self) -> np.ndarray:
        """The context that ends each series, from which its continuation is forecast: (n, L, C)."""
        ends = np.stack([np.arange(len(self.lengths)), self.lengths], axis=1)
        return self.cut(ends)[0]

    @staticmethod
    def _rows(first: np.ndarray, stop: np.ndarray) -> np.ndarray:
        counts = np.maximum(stop - first, 0)
        series = np.repeat(np.arange(len(counts)), counts)
        starts = np.cumsum(counts) - counts
        origins = np.arange(counts.sum()) - np.repeat(starts - first, counts)
        return np.stack([series, origins], axis=1)


def window_spread(values: np.ndarray, context: int) -> np.ndarray:
    """How much a series changes within a context: the root of the mean variance of all windows.

    Unlike the variance of the whole series it does not grow with a trend.

    Args:
        values: (T, C), NaN where missing.
        context: L, steps in a window; all of a shorter series is one.

    Returns:
        (C,); 0 for a channel without a known value.

    >>> window_spread(np.arange(100.0)[:, None], 2).tolist()
    [0.5]
    """
    length = min(context, len(values))
    known = np.isfinite(values)
    mean = np.where(known, values, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    centred = np.where(known, values - mean, 0)

    def sums(each: np.ndarray) -> np.ndarray:  # over every window (W, C)
        total = np.concatenate([np.zeros((1, each.shape[1])), np.cumsum(each, axis=0)])
        return total[length:] - total[:-length]

    count = sums(known.astype(float))
    size = np.maximum(count, 1)
    variance = np.maximum(sums(centred**2) / size - (sums(centred) / size) ** 2, 0)
    return np.sqrt(variance.sum(axis=0) / np.maximum((count > 0).sum(axis=0), 1))


def error_units(values: Sequence[np.ndarray], season: int) -> np.ndarray:
    """What errors of each series are counted in: its seasonal naive error, as by MASE.

    In units of the standard deviation a series that repeats itself closely would count for
    nothing beside one that does not. The units are brought to the size of standard deviations: of
    a single channel it is that.

    Args:
        values: The series, each (T, C), NaN where missing.
        season: Steps in a season.

    Returns:
        (n, C); 0 for a channel that does not change. One that repeats itself exactly, or is
        shorter than a season and a step, has its standard deviation.

    >>> line = np.arange(8.0)[:, None]
    >>> waves = np.tile([[-1.0], [1.0]], (4, 1)) + 0.01 * line
    >>> error_units([line, waves], 2).round(3).tolist()
    [[51.408], [0.514]]
    """
    deviation = np.stack([_deviation(each) for each in values])
    error = np.stack([_seasonal_error(each, season) for each in values])
    known = (deviation > 0) & (error > 1e-9 * deviation)
    if not known.any():
        return deviation
    return np.where(known, error * np.median(deviation[known] / error[known]), deviation)


def _seasonal_error(values: np.ndarray, season: int) -> np.ndarray:
    """The mean absolute error (C,) of repeating the last season; 0 where there is none known."""
    missed = np.abs(values[season:] - values[:-season])
    known = np.isfinite(missed)
    return np.where(known, missed, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)


def _deviation(values: np.ndarray) -> np.ndarray:
    """The standard deviation (C,) of the known values; 0 for a channel that does not change."""
    known = np.isfinite(values)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, values, 0).sum(axis=0) / count
    deviation = np.sqrt((np.where(known, values - mean, 0) ** 2).sum(axis=0) / count)
    return np.where(deviation <= 1e-9 * np.abs(mean), 0, deviation)  # what rounding leaves


def last_season(values: np.ndarray, season: int) -> np.ndarray:
    """The latest known value of each step of the season that ends the series.

    Args:
        values: (T,), NaN where missing; at least one is known.
        season: Steps in a season.

    Returns:
        (season,); a step that was never seen takes the latest value of all.

    >>> last_season(np.array([1.0, 2.0, 3.0, np.nan]), 2).tolist()
    [3.0, 2.0]
    """
    padded = np.concatenate([np.full(-len(values) % season, np.nan), values]).reshape(-1, season)
    latest = np.full(season, np.nan)
    for row in padded:
        latest = np.where(np.isnan(row), latest, row)
    return np.where(np.isnan(latest), values[~np.isnan(values)][-1], latest)
