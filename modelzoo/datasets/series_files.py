"""Tables to forecast: a series, or many, with what stands beside them."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
import pandas as pd

from modelzoo.data.files import PathLike, name_of
from modelzoo.data.magnitude import LARGEST, TOO_LARGE
from modelzoo.data.tables import (
    KEYWORD,
    check_column,
    check_separator,
    choose_column,
    place,
    read_table,
    usual_column,
)
from modelzoo.errors import InputError

TIME_NAMES = ("ds", "time", "date", "datetime", "timestamp", "month", "week", "day", "year")
TARGET_NAMES = ("y", "value", "target")
ID_NAMES = ("unique_id",)


def read_series(
    path: PathLike,
    *,
    time: str | None = None,
    target: str | None = None,
    id: str | None = None,
    covariates: Sequence[str] = (),
    drop: Sequence[str] = (),
    naming: str = KEYWORD,
) -> pd.Series | pd.DataFrame:
    """Reads one series, or many where a column tells them apart, with the covariates declared.

    Args:
        path: The table. Rows that are not in the order of time are sorted, with a warning.
        time: The column of the time; None for one of ``TIME_NAMES``, or the first of two.
        target: The column of the values; None for one of ``TARGET_NAMES``, or the second of two.
        id: The column that tells series apart; None for ``unique_id``, where there is one.
        covariates: Columns beside the series.
        drop: Columns to leave out.
        naming: How the caller names a column, for errors.

    Returns:
        A series with an index of time, a table of it and its covariates, or a long frame
        ``unique_id, ds, y`` with them.

    Raises:
        FileError: The file cannot be read, or is no table.
        InputError: A column is not found by its usual name, or a cell is no time or number.
        UnknownNameError: There is no column of a name given.
    """
    beside = [*covariates]
    table = read_table(path, [id], [ID_NAMES])
    for name in (*beside, *drop):
        check_column(name, table.columns, path)
    left_out = {*drop, *beside}
    columns = [str(column) for column in table.columns if column not in left_out]
    id = id or usual_column(ID_NAMES, [each for each in columns if each not in (time, target)])
    columns = [column for column in columns if column != id]
    if len(columns) == 1 and time is None and id is None:  # no time: the steps are counted
        check_separator(columns, path)
        values = _numbers(table, columns[0])
        return table[beside].assign(**{columns[0]: values}) if beside else values
    if len(columns) == 2:
        time, target = _both(columns, time, target)
    time = choose_column("time", time, TIME_NAMES, table, naming)
    target = choose_column("target", target, TARGET_NAMES, table, naming)
    if time == target:
        raise InputError(f"column {time!r} cannot be both the time and the target: name another")
    values, stamps = _numbers(table, target), _times(table, time)
    if id is not None:
        long = pd.DataFrame({"unique_id": table[id], "ds": stamps, "y": values})
        return long.join(table[beside])
    series = pd.Series(values.to_numpy(), index=pd.Index(stamps, name=time), name=target)
    found = pd.concat([series, table[beside].set_axis(series.index)], axis=1) if beside else series
    if found.index.is_monotonic_increasing or found.index.has_duplicates:  # maybe several series
        return found
    told = f"the rows of {name_of(path)} are not in the order of {time!r} and were sorted by it"
    warnings.warn(told, stacklevel=3)
    return found.sort_index(kind="stable")


def read_future(
    path: PathLike, names: Sequence[str], *, time: str | None = None, id: str | None = None
) -> pd.DataFrame:
    """Reads the future covariates of the steps to forecast, on their time stamps.

    Args:
        path: The table.
        names: Their columns.
        time: The column of the time; None for one of ``TIME_NAMES``, where there is one.
        id: The column that tells series apart; None for ``unique_id``, where there is one.
    """
    table = read_table(path, [id], [ID_NAMES])
    id = id or usual_column(ID_NAMES, table.columns)
    for name in names:
        check_column(name, table.columns, path)
    names = [*names]
    time = time or usual_column(TIME_NAMES, table.columns)
    if time is None:
        return table[names]
    check_column(time, table.columns, path)
    stamps = _times(table, time)
    if id is not None:
        return table[names].assign(unique_id=table[id], ds=stamps)
    return table[names].set_axis(pd.Index(stamps, name=time))


def _both(two: list[str], time: str | None, target: str | None) -> tuple[str, str]:
    """Which of two columns is the time: by what is given, by usual names, else the first."""
    if time is None:
        time = usual_column(TIME_NAMES, [each for each in two if each != target])
    if time is None:
        target = target or usual_column(TARGET_NAMES, two)
        time = next(each for each in two if each != target)
    return time, target or next(each for each in two if each != time)


def _numbers(table: pd.DataFrame, name: str) -> pd.Series:
    column = table[name]
    try:
        values = pd.to_numeric(column).astype("float64")
    except (ValueError, TypeError):
        bad = pd.to_numeric(column, errors="coerce").isna() & column.notna()
        row = int(bad.to_numpy().argmax())
        raise InputError(
            f"column {name!r} should hold numbers, found {column.iloc[row]!r} in "
            f"{place(table, row)}"
        ) from None
    large = (values.abs() > LARGEST).to_numpy()
    if large.any():
        row = int(large.argmax())
        value = values.iloc[row]
        raise InputError(
            f"column {name!r} holds an infinite value in {place(table, row)}: leave the cell empty "
            "where the value is not known"
            if np.isinf(value)
            else f"column {name!r} holds {value} in {place(table, row)}: {TOO_LARGE}"
        )
    if values.isna().all():
        raise InputError(f"column {name!r} of {name_of(table.attrs['file'])} holds no value at all")
    return values


def _times(table: pd.DataFrame, name: str) -> pd.Series:
    """Dates from text; whole numbers stay as they are: years, or steps."""
    column = table[name]
    if pd.api.types.is_integer_dtype(column):
        return column
    try:
        parsed = pd.to_datetime(column, format="ISO8601", errors="coerce")
        if parsed.isna().any():
            with warnings.catch_warnings():  # that each is read by itself; what fails is told below
                warnings.simplefilter("ignore")
                parsed = pd.to_datetime(column, errors="coerce")
    except ValueError as error:  # of several offsets from UTC, which no single index can hold
        raise InputError(
            f"column {name!r} holds times of several zones, or with and without one ({error}): "
            "write all of them in one, such as UTC"
        ) from None
    if parsed.isna().any():
        row = int(parsed.isna().to_numpy().argmax())
        raise InputError(
            f"column {name!r} should hold times such as 2024-03-31, "
            f"found {column.iloc[row]!r} in {place(table, row)}"
        )
    return parsed
