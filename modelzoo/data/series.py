"""Whatever a forecaster may be handed, in one internal form: a list of series with a time index."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from modelzoo.data.naming import label_from_state, label_state
from modelzoo.data.reading import Series, read_series
from modelzoo.data.roles import NONE, Roles
from modelzoo.data.timeindex import (
    continue_index,
    guess_season_length,
    index_from_state,
    index_state,
)
from modelzoo.errors import InputError

__all__ = ["Series", "SeriesPanel", "guess_season_length"]


@dataclass(frozen=True)
class SeriesPanel:
    """One or many series of the same channels.

    Attributes:
        series: The series, in the order given (long frames: by first appearance).
        channels: Name of each of the ``C`` columns of values.
        form: What was read: ``"series"`` (one channel), ``"table"`` (columns are channels),
            ``"list"`` (many sequences) or ``"long"`` (a frame of many series).
    """

    series: list[Series]
    channels: list[Hashable]
    form: str

    def __len__(self) -> int:
        return len(self.series)

    @property
    def season_length(self) -> int:
        """The season that the index suggests, in steps; 1 for none."""
        return guess_season_length(self.series[0].index)

    @classmethod
    def read(cls, y: Any, roles: Roles | None = None) -> SeriesPanel:
        """Reads a series, a table of channels, or many series.

        Args:
            y: A 1-D array or list of numbers; a 2-D array (T, C), columns are channels; a pandas
                Series or DataFrame on a ``DatetimeIndex``, ``PeriodIndex``, whole numbers or dates
                as text; a long frame with the columns ``unique_id``, ``ds`` and ``y`` in any row
                order, the first or first two of which may stand in the index; a list of 1-D arrays,
                lists or pandas objects of any lengths, or a dict of them by name: many series.
                NaN: missing.
            roles: Columns that are covariates; None for none.

        Returns:
            The panel; every index knows its step.

        Raises:
            InputError: If values are not numeric, infinite or all missing, or if time stamps are
                unordered, duplicated or have gaps.
            UnknownNameError: A covariate is missing.

        >>> SeriesPanel.read([1.0, 2.0, 4.0]).series[0].values.shape
        (3, 1)
        """
        return y if isinstance(y, SeriesPanel) else cls(*read_series(y, roles or NONE))

    def future_index(self, i: int, horizon: int) -> pd.Index:
        """The ``horizon`` time stamps that follow series ``i``.

        >>> months = pd.period_range("2024-11", periods=2, freq="M")
        >>> panel = SeriesPanel.read(pd.Series([1.0, 2.0], index=months))
        >>> [str(each) for each in panel.future_index(0, 2)]
        ['2025-01', '2025-02']
        """
        return continue_index(self.series[i].index, horizon, self._where(i))

    def forecast_frame(
        self, predictions: Sequence[np.ndarray], quantiles: Sequence[float]
    ) -> pd.DataFrame:
        """Puts quantile forecasts beside the time stamps they are for.

        Args:
            predictions: For each series an array (H, C, Q).
            quantiles: The ``Q`` levels, between 0 and 1.

        Returns:
            One series of one channel: a row a stamp, a column a quantile. One series of several
            channels: columns are pairs (channel, quantile). Many series: columns ``unique_id``,
            ``ds``, one a quantile (and ``channel`` before ``ds`` where there are several).
        """
        levels = [float(each) for each in quantiles]
        arrays = [np.asarray(each, dtype=float) for each in predictions]
        if len(arrays) != len(self.series):
            raise InputError(f"{len(arrays)} forecasts for {len(self.series)} series")
        for array in arrays:
            if array.ndim != 3 or array.shape[1:] != (len(self.channels), len(levels)):
                raise InputError(
                    f"a forecast must have the shape (horizon, {len(self.channels)}, "
                    f"{len(levels)}), got {array.shape}"
                )
        if self.form in ("long", "list"):
            return self._long_frame(arrays, levels)
        index = self.future_index(0, len(arrays[0]))
        if len(self.channels) == 1:
            columns = pd.Index(levels, name="quantile")
            return pd.DataFrame(arrays[0][:, 0], index=index, columns=columns)
        pairs = [(channel, level) for channel in self.channels for level in levels]
        columns = pd.MultiIndex.from_tuples(pairs, names=["channel", "quantile"])
        return pd.DataFrame(arrays[0].reshape(len(index), -1), index=index, columns=columns)

    def tail(self, keep: int) -> SeriesPanel:
        """The last ``keep`` steps of each series (all of a shorter one; at least one)."""
        return replace(self, series=[one.tail(keep) for one in self.series])

    def append(self, later: Any) -> SeriesPanel:
        """This panel with what came later put behind it.

        Args:
            later: Anything `read` takes, with the same series and channels (a panel, where there
                are covariates). Dates and periods must begin with the stamp that follows; whole
                numbers are counted on.

        Raises:
            InputError: If series, channels or time stamps do not fit.

        >>> len(SeriesPanel.read([1.0, 2.0]).append([3.0]).series[0])
        3
        """
        other = SeriesPanel.read(later)
        if len(other) != len(self) or len(other.channels) != len(self.channels):
            raise InputError(
                f"{len(other)} series of {len(other.channels)} channels cannot continue "
                f"{len(self)} of {len(self.channels)}"
            )
        places = self._channel_places(other)
        found = {one.id: one for one in other.series}
        by_id = self.form == "long" or set(found) == {one.id for one in self.series}
        if self.form == "long" and set(found) != {one.id for one in self.series}:
            raise InputError(f"unique_id must be the same: {list(found)[:3]} continue others")
        joined = []
        for i, one in enumerate(self.series):
            tail = found[one.id] if by_id else other.series[i]
            future = self.future_index(i, len(tail))
            if not isinstance(future, pd.RangeIndex) and not future.equals(tail.index):
                raise InputError(
                    f"{self._where(i)} ends at {one.index[-1]}, so what continues it must begin at "
                    f"{future[0]}; it begins at {tail.index[0]}"
                )
            values = np.concatenate([one.values, tail.values[:, places]])
            beside = one.covariates
            if beside is not None and tail.covariates is not None:
                beside = pd.concat([beside[: len(one)], tail.covariates], ignore_index=True)
            index = joined_index(one.index, future)
            joined.append(Series(one.id, values, index, beside, one.spread))
        return SeriesPanel(joined, self.channels, self.form)

    def _channel_places(self, other: SeriesPanel) -> list[int]:
        """Where another panel holds this one's channels: by name, or by order without names."""
        count = len(self.channels)
        if count == 1 or other.channels == list(range(count)):
            return list(range(count))
        if set(other.channels) != set(self.channels):
            raise InputError(
                f"the channels {other.channels} cannot continue the channels {self.channels}"
            )
        return [other.channels.index(channel) for channel in self.channels]

    def state(self) -> dict[str, Any]:
        """Everything in JSON types, exactly; `from_state` is the way back."""
        return {
            "form": self.form,
            "channels": [label_state(each) for each in self.channels],
            "series": [
                {
                    "id": label_state(one.id),
                    "index": index_state(one.index),
                    "values": [
                        [float(v) if math.isfinite(v) else None for v in row] for row in one.values
                    ],
                    "spread": None if one.spread is None else one.spread.tolist(),
                    "covariates": one.covariates is not None
                    and [
                        [label_state(name), [_cell_state(v) for v in one.covariates[name]]]
                        for name in one.covariates
                    ],
                }
                for one in self.series
            ],
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> SeriesPanel:
        """Rebuilds the panel that `state` described.

        >>> panel = SeriesPanel.read([1.0, float("nan"), 4.0])
        >>> SeriesPanel.from_state(panel.state()).future_index(0, 1)
        RangeIndex(start=3, stop=4, step=1)
        """
        series = []
        for each in state["series"]:
            values = np.array(
                [[np.nan if v is None else v for v in row] for row in each["values"]], dtype=float
            )
            index = index_from_state(each["index"], len(values))
            beside = None
            if each.get("covariates"):
                columns = {label_from_state(name): cells for name, cells in each["covariates"]}
                beside = pd.DataFrame(columns)
            spread = None if each["spread"] is None else np.array(each["spread"], dtype=float)
            series.append(Series(label_from_state(each["id"]), values, index, beside, spread))
        return cls(series, [label_from_state(each) for each in state["channels"]], state["form"])

    def _where(self, i: int) -> str:
        return "y" if self.form in ("series", "table") else f"series {self.series[i].id!r}"

    def _long_frame(self, arrays: list[np.ndarray], levels: list[float]) -> pd.DataFrame:
        parts = []
        for i, (one, array) in enumerate(zip(self.series, arrays, strict=True)):
            stamps = self.future_index(i, len(array))
            for c, channel in enumerate(self.channels):
                part = pd.DataFrame(array[:, c], columns=levels)
                part.insert(0, "unique_id", [one.id] * len(array))
                part.insert(1, "ds", stamps)
                if len(self.channels) > 1:
                    part.insert(1, "channel", [channel] * len(array))
                parts.append(part)
        return pd.concat(parts, ignore_index=True)


def joined_index(index: pd.Index, future: pd.Index) -> pd.Index:
    """An index with the stamps that follow put behind it; it keeps its step."""
    if isinstance(index, pd.RangeIndex):
        return pd.RangeIndex(index.start, future.stop, index.step, name=index.name)
    joined = index.append(future)
    return pd.DatetimeIndex(joined, freq=index.freq) if hasattr(index, "tz") else joined


def _cell_state(cell: Any) -> Any:
    return None if pd.isna(cell) else label_state(cell)
