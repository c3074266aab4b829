"""Where in the hour, day, week and year a step stands, as numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from modelzoo.data.timeindex import continue_index
from modelzoo.errors import InputError, UnknownNameError

_DAY = 86400.0  # seconds

# Name -> the step's place in its cycle as a share of it, and the longest step (in seconds) that
# still tells places apart.
FEATURES: dict[str, tuple[Callable[[Any], Any], float]] = {
    "minute": (lambda at: at.minute / 60, _DAY / 24 / 2),
    "hour": (lambda at: at.hour / 24, _DAY / 2),
    "day_of_week": (lambda at: at.dayofweek / 7, 3 * _DAY),
    "day_of_month": (lambda at: (at.day - 1) / at.days_in_month, 6 * _DAY),
    "day_of_year": (lambda at: (at.dayofyear - 1) / 366, 14 * _DAY),
    "month": (lambda at: (at.month - 1) / 12, 180 * _DAY),
    "quarter": (lambda at: (at.quarter - 1) / 4, 190 * _DAY),
}


def choose_features(calendar: bool | Sequence[str], index: pd.Index) -> tuple[str, ...]:
    """The names of the calendar features to use.

    Args:
        calendar: True for all that the frequency of the time stamps can tell and that no finer
            one says already, False for none, or names out of ``FEATURES``.
        index: The time stamps of a series.

    Raises:
        InputError: The index holds no dates, or its frequency is not known.
        UnknownNameError: There is no such feature.

    >>> choose_features(True, pd.date_range("2024-01-01", periods=3, freq="h"))
    ('hour', 'day_of_week', 'day_of_year')
    >>> choose_features(True, pd.period_range("2024-01", periods=3, freq="M"))
    ('month',)
    """
    if calendar is False or calendar is None:
        return ()
    if calendar is not True:
        if isinstance(calendar, str) or not all(isinstance(name, str) for name in calendar):
            raise InputError(f"calendar must be True, False or a list of names, got {calendar!r}")
        for name in calendar:
            if name not in FEATURES:
                raise UnknownNameError("calendar feature", name, FEATURES)
        if not calendar:
            return ()
    if isinstance(index, pd.RangeIndex):
        raise InputError(
            "calendar features need dates, but the series has numbered steps: give it a "
            "DatetimeIndex or PeriodIndex"
        )
    if calendar is not True:
        return tuple(calendar)
    stamps = _stamps(index.append(continue_index(index[-1:] if len(index) < 2 else index, 1)))
    step = (stamps[-1] - stamps[-2]).total_seconds()
    able = [name for name, (_, longest) in FEATURES.items() if step <= longest]
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
    return tuple(able)


def calendar_features(index: pd.Index, ahead: int, names: Sequence[str]) -> np.ndarray:
    """The sine and cosine of each step's place in each cycle.

    Args:
        index: The time stamps of a series of T steps.
        ahead: Further steps after its end.
        names: Features out of ``FEATURES``.

    Returns:
        (T + ahead, 2 * number of names).

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
    angles = [2 * np.pi * np.asarray(FEATURES[name][0](stamps), dtype=float) for name in names]
    return np.stack([wave for angle in angles for wave in (np.sin(angle), np.cos(angle))], axis=1)


def _stamps(index: pd.Index) -> pd.DatetimeIndex:
    return index.to_timestamp() if isinstance(index, pd.PeriodIndex) else index
