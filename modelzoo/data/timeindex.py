"""Time indexes that know their step: reading, checking, continuing, saving them, guessing seasons.

Three kinds are used everywhere: ``DatetimeIndex`` with its ``freq`` set, ``PeriodIndex``, and
``RangeIndex`` for plain step numbers.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd

from modelzoo.errors import InputError, StampsError

_MINUTES = {"h": 60, "min": 1}
_MINUTES_A_DAY = 1440
_LONGEST_DAY = 288  # steps of five minutes; finer than that a day is too long a season to model
_SEASONS = {"D": 7, "B": 5, "C": 5, "W": 52} | {
    name: season
    for season, names in {
        12: "M ME MS BME BMS CBME CBMS",
        4: "Q QE QS BQE BQS",
    }.items()
    for name in names.split()
}


def regular_index(index: pd.Index, where: str = "y") -> pd.Index:
    """Checks that time stamps are ordered, unique and evenly spaced, and makes the step explicit.

    Args:
        index: Time stamps, periods or whole numbers.
        where: What the index belongs to, for error messages.

    Returns:
        The same stamps as a ``DatetimeIndex`` with ``freq`` set (``None`` for fewer than three
        stamps without one), a ``PeriodIndex`` or a ``RangeIndex``.

    Raises:
        StampsError: If the stamps are unordered, duplicated, uneven or have gaps.
        InputError: If they are missing or of another type.

    >>> regular_index(pd.DatetimeIndex(["2024-01-31", "2024-02-29", "2024-03-31"])).freqstr
    'ME'
    """
    if isinstance(index, pd.MultiIndex):
        raise InputError(
            f"{where}: the index has {index.nlevels} levels; give one time index, or a long frame "
            "with the columns unique_id, ds and y"
        )
    if getattr(index, "inferred_type", "") in ("date", "datetime"):  # an index of Python objects
        try:
            index = pd.DatetimeIndex(index)
        except ValueError as error:
            raise InputError(
                f"{where}: {error} in the index; bring all to one zone, e.g. "
                "pd.to_datetime(y.index, utc=True)"
            ) from error
    if index.hasnans:
        raise InputError(f"{where}: the index has missing time stamps; drop those rows first")
    if not isinstance(index, pd.DatetimeIndex | pd.PeriodIndex):
        index = _whole_numbers(index, where)
    _check_order(index, where)
    if isinstance(index, pd.DatetimeIndex):
        return _regular_datetimes(index, where)
    if isinstance(index, pd.PeriodIndex):
        return _regular_periods(index, where)
    return _regular_numbers(index, where)


def continue_index(index: pd.Index, horizon: int, where: str = "y") -> pd.Index:
    """The next ``horizon`` stamps after the last one, of the same kind, step, zone and name.

    Args:
        index: What `regular_index` returned.
        horizon: How many stamps, at least 1.
        where: What the index belongs to, for error messages.

    Raises:
        InputError: If too few stamps are there to know the step, or dates end before.

    >>> continue_index(pd.RangeIndex(0, 10, 2), 3)
    RangeIndex(start=10, stop=16, step=2)
    """
    if horizon < 1:
        raise InputError(f"horizon must be at least 1, got {horizon}")
    if isinstance(index, pd.RangeIndex):
        return pd.RangeIndex(
            index[-1] + index.step, index[-1] + index.step * (horizon + 1), index.step
        ).rename(index.name)
    if isinstance(index, pd.PeriodIndex):
        return pd.period_range(index[-1] + 1, periods=horizon, freq=index.freq).rename(index.name)
    if index.freq is None:
        raise InputError(
            f"{where}: {len(index)} time stamp(s) do not tell the frequency; give at least three, "
            "or set it, e.g. y.asfreq('D')"
        )
    try:
        stamps = pd.date_range(index[-1], periods=horizon + 1, freq=index.freq, unit=index.unit)
    except (pd.errors.OutOfBoundsDatetime, OverflowError) as error:
        raise InputError(
            f"{where}: {horizon} steps after {index[-1]} there are no dates in {index.unit!r} any "
            "more: use y.index.as_unit('s'), or forecast fewer steps"
        ) from error
    return stamps[1:].rename(index.name)


def guess_season_length(index: Any) -> int:
    """Steps in the most usual season of a frequency; 1 where there is none.

    Half-hourly 48, hourly 24 (steps of five minutes and more: a day), daily 7, business-daily 5,
    weekly 52, monthly 12, quarterly 4, anything else 1.

    Args:
        index: A pandas index, an offset, a frequency string such as ``"MS"``, or ``None``.

    >>> [guess_season_length(each) for each in ("h", "30min", "D", "B", "W", "ME", "QS", "YE")]
    [24, 48, 7, 5, 52, 12, 4, 1]
    """
    frequency = getattr(index, "freq", None) if isinstance(index, pd.Index) else index
    if frequency is None:
        return 1
    if isinstance(frequency, str):
        frequency = _parse_frequency(frequency)
    name, steps = frequency.rule_code.split("-")[0], int(frequency.n)
    if name in _MINUTES:
        season, rest = divmod(_MINUTES_A_DAY, steps * _MINUTES[name])
        return season if rest == 0 and season <= _LONGEST_DAY else 1
    season = _SEASONS.get(name, 1)
    return season // steps if season % steps == 0 else 1


def index_state(index: pd.Index) -> dict[str, Any]:
    """Describes an index in JSON types; `index_from_state` is the way back."""
    name = index.name if isinstance(index.name, str) else None
    if isinstance(index, pd.RangeIndex):
        return {"kind": "range", "name": name, "start": index.start, "step": index.step}
    if isinstance(index, pd.PeriodIndex):
        first = int(index.asi8[0])
        return {"kind": "period", "name": name, "start": first, "freq": index.freqstr}
    zone = None if index.tz is None else str(index.tz)
    if zone is not None:
        try:
            pd.Timestamp(0, tz=zone)
        except (KeyError, ValueError, OSError) as error:
            raise InputError(f"time zone {zone!r} has no name; use tz_convert('UTC')") from error
    return {
        "kind": "datetime",
        "name": name,
        "stamps": index.asi8.tolist(),
        "unit": index.unit,
        "zone": zone,
        "freq": index.freqstr,
    }


def index_from_state(state: dict[str, Any], length: int) -> pd.Index:
    """Rebuilds the index that `index_state` described.

    Args:
        state: What `index_state` returned.
        length: Number of stamps.
    """
    if state["kind"] == "range":
        start, step = state["start"], state["step"]
        return pd.RangeIndex(start, start + step * length, step, name=state["name"])
    if state["kind"] == "period":
        frequency = pd.tseries.frequencies.to_offset(state["freq"], is_period=True)
        ordinals = state["start"] + np.arange(length) * frequency.n
        return pd.PeriodIndex.from_ordinals(ordinals, freq=state["freq"], name=state["name"])
    stamps = pd.DatetimeIndex(np.array(state["stamps"], dtype=f"M8[{state['unit']}]"))
    if state["zone"] is not None:
        stamps = stamps.tz_localize("UTC").tz_convert(state["zone"])
    return pd.DatetimeIndex(stamps, freq=state["freq"], name=state["name"])


def _parse_frequency(frequency: str) -> Any:
    for period in (False, True):
        try:
            return pd.tseries.frequencies.to_offset(frequency, is_period=period)
        except ValueError as error:
            problem = error
    raise InputError(f"{frequency!r} is no frequency pandas knows: {problem}")


def _check_order(index: pd.Index, where: str) -> None:
    twice = index[index.duplicated()].unique()
    if len(twice):
        raise StampsError(
            "twice",
            where,
            f"{len(twice)} time stamp(s) occur more than once: {_some(twice)}",
            "keep one value for each, e.g. y.groupby(level=0).mean(), or give several series as a "
            "long frame with the columns unique_id, ds and y",
        )
    if not index.is_monotonic_increasing:
        raise StampsError("order", where, "the time stamps are not in order", "use y.sort_index()")


def _regular_datetimes(index: pd.DatetimeIndex, where: str) -> pd.DatetimeIndex:
    if index.freq is not None:
        return index
    if len(index) < 3:
        return index
    frequency = _infer(index)
    if frequency is None:
        raise _irregularity(index, where)
    return pd.DatetimeIndex(index, freq=frequency)


def _infer(index: pd.DatetimeIndex) -> str | None:
    with warnings.catch_warnings():  # pandas announces that this will be an offset
        warnings.simplefilter("ignore")
        frequency = pd.infer_freq(index)
    return getattr(frequency, "freqstr", frequency)


def _irregularity(index: pd.DatetimeIndex, where: str) -> StampsError:
    """The error that says which stamps are missing, or how an uneven index could be made even."""
    for length in (len(index) // 2, 12, 6, 4, 3):
        for start in range(0, len(index) - length + 1, max(1, length // 2)):
            if length < 3 or start > 20 * length:
                break
            frequency = _infer(index[start : start + length])
            if frequency is None:
                continue
            step = pd.tseries.frequencies.to_offset(frequency)
            if isinstance(step, pd.offsets.Tick) and index[-1] - index[0] > 2 * len(index) * step:
                continue  # most would be missing, and all of them may be too many to list
            full = pd.date_range(index[0], index[-1], freq=frequency)
            missing = full.difference(index)
            if len(full) - len(missing) == len(index) and len(missing) < len(index):
                return StampsError(
                    "gaps",
                    where,
                    f"gaps in the time stamps: at frequency {frequency!r} {len(missing)} are "
                    f"missing: {_some(missing)}",
                    f"insert them with y.asfreq({frequency!r}) (missing values are allowed)",
                )
    for period in ("D", "W", "M", "Q", "Y"):
        ordinals = index.tz_localize(None).to_period(period).asi8
        if (np.diff(ordinals) == 1).all():
            return StampsError(
                "periods",
                where,
                f"the time stamps are uneven, but there is one for each period {period!r}",
                f"use y.index = y.index.to_period({period!r})",
            )
    return StampsError(
        "uneven",
        where,
        f"no frequency fits the time stamps ({_some(index)})",
        "make them even first, e.g. y.resample('D').mean()",
    )


def _regular_periods(index: pd.PeriodIndex, where: str) -> pd.PeriodIndex:
    step = int(index.freq.n)
    if (np.diff(index.asi8) != step).any():
        count, first = _missing(index, index.asi8, step, where)
        some = pd.PeriodIndex.from_ordinals(first, freq=index.freq)
        raise StampsError(
            "gaps",
            where,
            f"gaps in the periods: {count} are missing: {_some(some)}",
            "insert them with y.reindex(pd.period_range(y.index[0], y.index[-1])) (missing values "
            "are allowed)",
        )
    return index


def _whole_numbers(index: pd.Index, where: str) -> pd.Index:
    """Numbers as whole ones; raises if they are none, whatever their order."""
    numbers = index
    whole = pd.api.types.is_float_dtype(index.dtype) and (index == np.floor(index)).all()
    if whole and (np.abs(index) <= 2**53).all():  # beyond that not every whole number is a float
        numbers = index.astype("int64")
    if not pd.api.types.is_integer_dtype(numbers.dtype):
        raise InputError(
            f"{where}: an index of {index.dtype} ({_some(index)}) is no time index; use dates "
            "(pd.to_datetime), periods or whole numbers"
        )
    return numbers


def _regular_numbers(numbers: pd.Index, where: str) -> pd.RangeIndex:
    if isinstance(numbers, pd.RangeIndex):
        return numbers
    first = int(numbers[0])
    if len(numbers) == 1:
        return pd.RangeIndex(first, first + 1, name=numbers.name)
    differences = np.diff(numbers.to_numpy(dtype="int64"))
    step = int(differences.min())
    if (differences != step).any():
        count, missing = _missing(numbers, numbers.to_numpy(dtype="int64"), step, where)
        raise StampsError(
            "gaps",
            where,
            f"gaps in the index: the step is {step}, but {count} stamps are missing: "
            f"{_some(missing)}",
            "insert them with y.reindex(...) (missing values are allowed)",
        )
    return pd.RangeIndex(first, first + step * len(numbers), step, name=numbers.name)


def _missing(index: pd.Index, numbers: np.ndarray, step: int, where: str) -> tuple[int, list[int]]:
    """How many of an index's ascending whole numbers (T,) are missing, and the first few.

    They are counted, not listed: between two wrong stamps there may be billions.

    Raises:
        StampsError: Some are between the steps.
    """
    differences = np.diff(numbers)
    if (differences % step).any():
        raise StampsError(
            "uneven", where, f"the index is uneven: {_some(index, 6)}", "number the steps"
        )
    between = differences // step - 1
    first: list[int] = []
    for place in np.flatnonzero(between)[:4]:
        begin = int(numbers[place]) + step
        first += range(begin, begin + step * min(4, int(between[place])), step)
    return int(between.sum()), first[:4]


def _some(stamps: Any, count: int = 3) -> str:
    shown = ", ".join(str(each) for each in stamps[:count])
    return shown + (", ..." if len(stamps) > count else "")
