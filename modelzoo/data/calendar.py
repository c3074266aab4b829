"""Where in the hour, day, week and year a step stands, as numbers."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from modelzoo.data.timeindex import continue_index
from modelzoo.errors import InputError, UnknownNameError

_DAY = 86400.0  # seconds


class Feature(NamedTuple):
    """A cycle: a step's place in it as a share, its length, and the longest step that tells.

    Cycles of few ``places`` become a number each, so that a weekend needs no round shape.
    """

    place: Callable[[Any], Any]
    cycle: float  # seconds
    longest: float  # seconds
    places: int | None = None

    @property
    def width(self) -> int:
        """How many numbers a step gets."""
        return 2 if self.places is None else self.places

    def numbers(self, stamps: pd.DatetimeIndex) -> np.ndarray:
        """(T, width): one for its place, or sine and cosine of it."""
        place = np.asarray(self.place(stamps), dtype=float)
        if self.places is None:
            return np.stack([np.sin(2 * np.pi * place), np.cos(2 * np.pi * place)], axis=1)
        return np.eye(self.places)[np.round(place * self.places).astype(int)]


FEATURES = {
    "minute": Feature(lambda at: at.minute / 60, _DAY / 24, _DAY / 24 / 2),
    "hour": Feature(lambda at: at.hour / 24, _DAY, _DAY / 2),
    "day_of_week": Feature(lambda at: at.day_of_week / 7, 7 * _DAY, 3 * _DAY, 7),
    "day_of_month": Feature(lambda at: (at.day - 1) / at.days_in_month, 31 * _DAY, 6 * _DAY),
    "day_of_year": Feature(lambda at: (at.day_of_year - 1) / 366, 366 * _DAY, 14 * _DAY),
    "month": Feature(lambda at: (at.month - 1) / 12, 366 * _DAY, 180 * _DAY, 12),
    "quarter": Feature(lambda at: (at.quarter - 1) / 4, 366 * _DAY, 190 * _DAY, 4),
}


def choose_features(calendar: bool | Sequence[str], index: pd.Index) -> tuple[str, ...]:
    """The names of the calendar features to use.

    Args:
        calendar: True for all whose cycle the series has seen twice, that its frequency can tell
            and that no finer one says already; False for none, or names out of ``FEATURES``.
        index: The time stamps of a series.

    Raises:
        InputError: The index holds no dates, or its frequency is not known.
        UnknownNameError: There is no such feature.

    >>> choose_features(True, pd.date_range("2024-01-01", periods=24 * 30, freq="h"))
    ('hour', 'day_of_week')
    >>> choose_features(True, pd.period_range("2020-01", periods=36, freq="M"))
    ('month',)
    """
    if isinstance(calendar, np.bool_):
        calendar = bool(calendar)
    if calendar is False or calendar is None:
        return ()
    names: list[Any] = []
    if calendar is not True:
        names = [None] if isinstance(calendar, str) or not np.iterable(calendar) else [*calendar]
        if not all(isinstance(name, str) for name in names):
            raise InputError(f"calendar must be True, False or a list of names, got {calendar!r}")
        for name in names:
            if name not in FEATURES:
                raise UnknownNameError("calendar feature", name, FEATURES)
        if not names:
            return ()
    if isinstance(index, pd.RangeIndex):
        raise InputError(
            "calendar features need dates, but the series has numbered steps: give it a "
            "DatetimeIndex or PeriodIndex"
        )
    if calendar is not True:
        return tuple(names)
    stamps = _stamps(index.append(continue_index(index, 1)))
    step = (stamps[-1] - stamps[-2]).total_seconds()
    seen = (stamps[-1] - stamps[0]).total_seconds()
    able = [
        name
        for name, feature in FEATURES.items()
        if step <= feature.longest and seen >= 2 * feature.cycle
    ]
    # The finest feature of the year says what the month and the quarter say; the month is seen in
    # steps of days only, where it is no multiple of the week.
    for finer, coarser in (
        ("day_of_year", "month"),
        ("month", "quarter"),
        ("day_of_year", "quarter"),
        ("hour", "day_of_month"),
    ):
        if finer in able and coarser in able:
            able.remove(coarser)
    if not able:
        warnings.warn(
            "calendar=True reads nothing: no cycle of the calendar was seen twice in the series; "
            "name features to read them all the same",
            stacklevel=4,
        )
    return tuple(able)


def calendar_features(index: pd.Index, ahead: int, names: Sequence[str]) -> np.ndarray:
    """Each step's place in each cycle, as numbers.

    Args:
        index: The time stamps of a series of T steps.
        ahead: Further steps after its end.
        names: Features out of ``FEATURES``.

    Returns:
        (T + ahead, width), the features' widths together.

    >>> calendar_features(pd.date_range("2024-01-01", periods=2, freq="12h"), 0, ["hour"]).round(1)
    array([[ 0.,  1.],
           [ 0., -1.]])
    """
    if not names:
        return np.zeros((len(index) + ahead, 0))
    if isinstance(index, pd.RangeIndex):
        raise InputError("the model reads the calendar, but the series has numbered steps")
    stamps = _stamps(index)
    if ahead:
        stamps = stamps.append(_stamps(continue_index(index, ahead)))
    return np.concatenate([FEATURES[name].numbers(stamps) for name in names], axis=1)


def _stamps(index: pd.Index) -> pd.DatetimeIndex:
    return index.to_timestamp() if isinstance(index, pd.PeriodIndex) else index
