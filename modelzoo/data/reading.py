"""From anything a user may hand over to series with checked values and an even time index."""

from __future__ import annotations

import numbers
from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from modelzoo.data.interchange import as_pandas
from modelzoo.data.long_frames import as_long, with_date_index, with_dates
from modelzoo.data.magnitude import LARGEST, TOO_LARGE
from modelzoo.data.roles import (
    LONG_COLUMNS,
    NONE,
    Roles,
    as_categories,
    is_numeric,
    read_covariate,
    read_covariates,
)
from modelzoo.data.timeindex import regular_index
from modelzoo.errors import InputError, InputTypeError, StampsError


@dataclass(frozen=True)
class Series:
    """One series: ``values`` (T, C) float64, NaN where missing, on an evenly spaced ``index``.

    ``covariates`` has a column for each that was declared and a row a step, or more: rows that go
    on after the end hold what is known ahead. ``spread`` (C,) is how much the series changes within
    a context, where that was measured on more than is kept.
    """

    id: Hashable
    values: np.ndarray
    index: pd.Index
    covariates: pd.DataFrame | None = None
    spread: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.index)

    def until(self, end: int) -> Series:
        """The first ``end`` steps; what stands beside later ones stays, as known ahead."""
        return replace(self, values=self.values[:end], index=self.index[:end])

    def tail(self, keep: int) -> Series:
        """The last ``keep`` steps, at least one; what is known ahead stays."""
        begin = max(0, len(self) - max(1, keep))
        beside = self.covariates
        return replace(
            self,
            values=self.values[begin:],
            index=self.index[begin:],
            covariates=None if beside is None else beside.iloc[begin:].reset_index(drop=True),
        )


Read: TypeAlias = tuple[list[Series], list[Hashable], str]  # series, channels, form


def read_series(y: Any, roles: Roles = NONE) -> Read:
    """Reads what `SeriesPanel.read` describes.

    Returns:
        The series, the names of their channels, and the form: ``"series"``, ``"table"``,
        ``"list"`` or ``"long"``.

    Raises:
        InputError: If values or time stamps cannot be used; the message says what to do.
        UnknownNameError: A declared covariate is missing.
    """
    if hasattr(y, "toarray"):
        raise InputError("y is sparse, and a series has a value at each step: use y.toarray()")
    y = as_long(as_pandas(y), roles)
    if isinstance(y, pd.DataFrame):
        return _read_long(y, roles) if "unique_id" in y.columns else _read_table(y, roles)
    if isinstance(y, Mapping):
        return _read_named(y, roles)
    if isinstance(y, (list, tuple)) and len(y) and not _is_number(y[0]):
        return _read_many(y, roles)
    if isinstance(y, np.ma.MaskedArray):
        y = np.ma.filled(y.astype(float), np.nan)  # what is masked is missing
    try:
        array = y if isinstance(y, pd.Series) else np.asarray(y)
    except ValueError as error:
        raise InputError(f"y is neither one series nor a list of series: {error}") from error
    if roles.names and array.ndim == 1:
        raise InputError(
            f"the covariates {list(roles.names)} are columns of a table, but the data is one "
            "series: put series and covariates into one DataFrame"
        )
    if isinstance(y, pd.Series):
        name: Hashable = "y" if y.name is None else y.name
        return [_read_frame(y.to_frame(name=name), 0, "y")], [name], "series"
    return _read_array(array, roles)


def _is_number(value: Any) -> bool:
    return value is None or isinstance(value, numbers.Number) or np.ndim(value) == 0


def _read_array(array: np.ndarray, roles: Roles) -> Read:
    if array.ndim not in (1, 2):
        raise InputError(
            "y must be one series (T,), channels (T, C), a pandas object or a list of series; got "
            + (f"an array of shape {array.shape}" if array.ndim else type(array.item()).__name__)
        )
    frame = pd.DataFrame(array)
    if array.ndim == 1:
        return [_read_frame(frame, 0, "y")], ["y"], "series"
    return _read_channels(frame, roles)


def _read_table(y: pd.DataFrame, roles: Roles) -> Read:
    missing = [column for column in LONG_COLUMNS if column not in y.columns]
    if missing == ["unique_id"] and isinstance(y.index, pd.RangeIndex):
        raise InputError(
            "y has the columns ds and y but no unique_id; add it, e.g. y.assign(unique_id='y'), "
            "or use y.set_index('ds')['y']"
        )
    if not y.columns.is_unique:
        twice = y.columns[y.columns.duplicated()].unique()
        raise InputError(f"y: columns occur more than once: {list(twice)}")
    return _read_channels(y, roles)


def _read_channels(y: pd.DataFrame, roles: Roles) -> Read:
    roles.check(y.columns, "y")
    channels = [column for column in y.columns if column not in roles.names]
    if y.shape[1] and not channels:
        raise InputError("every column of y is declared as a covariate: none is left to forecast")
    return [_read_frame(y, 0, "y", roles)], channels, "table"


def _read_long(y: pd.DataFrame, roles: Roles) -> Read:
    missing = [column for column in LONG_COLUMNS if column not in y.columns]
    extra = [column for column in y.columns if column not in (*LONG_COLUMNS, *roles.names)]
    if missing or extra:
        problem = f"lacks {missing}"
        if not missing:
            problem = (
                f"has further columns {extra}; drop them, or declare them: past_covariates, "
                "future_covariates, static_covariates"
            )
        raise InputError(f"a long frame has the columns unique_id, ds and y; this one {problem}")
    roles.check(y.columns, "the long frame")
    y = y.copy(deep=False)
    for name in roles.names:  # of all series together, so that each column is of one kind
        y[name] = read_covariate(y[name], f"covariate {name!r}")
    if y["unique_id"].isna().any():
        raise InputError("the column unique_id has missing values")
    if not len(y):
        raise InputError("y is empty: it has no rows")
    series = []
    for name, rows in with_dates(y).groupby("unique_id", sort=False, observed=True):
        frame = rows.sort_values("ds", kind="stable").set_index("ds")[["y", *roles.names]]
        series.append(_read_frame(frame, name, f"series {name!r}", roles))
    return series, ["y"], "long"


def _read_many(y: Sequence[Any], roles: Roles, called: Sequence[str] = ()) -> Read:
    called = called or [f"element {i} of the list" for i in range(len(y))]
    found = []
    for name, each in zip(called, y, strict=True):
        if isinstance(each, str) or np.ndim(each) == 0:
            raise InputError(f"{name} is {each!r}, not a series of numbers")
        with _naming(name):
            found.append(read_series(each, roles))
    channels = found[0][1]
    for name, (_, own, form) in zip(called, found, strict=True):
        if form not in ("series", "table"):
            raise InputError(f"{name} is itself many series")
        if len(own) != len(channels):
            raise InputError(
                f"{name} has {len(own)} channels, {called[0]} has {len(channels)}; all series must "
                "have the same"
            )
        if len(own) > 1 and set(own) != set(channels):
            raise InputError(
                f"{name} has the channels {own}, {called[0]} has {channels}; all series must have "
                "the same"
            )
    names = [each.name if isinstance(each, pd.Series) else None for each in y]
    if None in names or len(set(names)) < len(names):
        names = list(range(len(found)))
    series = [
        replace(one, id=name, values=one.values[:, [own.index(each) for each in channels]])
        if len(channels) > 1
        else replace(one, id=name)
        for name, ([one], own, _) in zip(names, found, strict=True)
    ]
    series = with_common_kinds(series, roles)
    return series, ["y"] if len(channels) == 1 else channels, "list"


def _read_named(y: Mapping[Hashable, Any], roles: Roles) -> Read:
    """Many series by name."""
    if not y:
        raise InputError("y is empty: it names no series")
    called = [f"series {name!r}" for name in y]
    series, channels, form = _read_many(list(y.values()), roles, called)
    return [replace(one, id=name) for name, one in zip(y, series, strict=True)], channels, form


def with_common_kinds(series: list[Series], roles: Roles) -> list[Series]:
    """A covariate that holds categories in one series holds categories in all."""
    tables = [one.covariates.copy() for one in series if one.covariates is not None]
    for name in roles.names:
        if not all(is_numeric(table[name]) for table in tables):
            for table in tables:
                table[name] = as_categories(table[name])
    if not tables:
        return series
    return [replace(one, covariates=t) for one, t in zip(series, tables, strict=True)]


@contextmanager
def _naming(series: str) -> Iterator[None]:
    """Says in errors which of many series they are about."""
    try:
        yield
    except StampsError as error:
        raise StampsError(error.kind, series, error.problem, error.advice) from error
    except InputError as error:
        raise type(error)(f"{series}: {str(error).removeprefix('y: ')}") from error


def _read_frame(frame: pd.DataFrame, name: Hashable, where: str, roles: Roles = NONE) -> Series:
    if frame.shape[0] == 0 or frame.shape[1] == 0:
        none = "0 feature(s)" if frame.shape[0] else "0 sample(s)"  # as scikit-learn says it
        raise InputError(
            f"{where} is empty: {none} (shape={frame.shape}) while a minimum of 1 is required"
        )
    frame = with_date_index(frame)
    beside = read_covariates(frame, where, roles) if roles.names else None
    frame = frame.drop(columns=list(roles.names))
    values = np.empty(frame.shape, dtype=float)
    for position, channel in enumerate(frame.columns):
        what = where if frame.shape[1] == 1 else f"{where}, column {channel!r}"
        values[:, position] = _read_column(frame.iloc[:, position], what)
    return Series(name, values, regular_index(frame.index, where), beside)


def _read_column(column: pd.Series, where: str) -> np.ndarray:
    """One channel as floats, missing values as NaN."""
    if column.dtype == object or pd.api.types.is_string_dtype(column.dtype):
        missing = column.isna()
        for label, value in column[~missing].items():
            if not isinstance(value, numbers.Real) and type(value).__name__ != "Decimal":
                found = f"{value!r:.60} ({type(value).__name__}) at {label}"
                if isinstance(value, str | bytes):
                    raise InputError(
                        f"{where} is not numeric: {found}; use pd.to_numeric, or leave that "
                        "column out"
                    )
                raise InputTypeError(
                    f"{where} is not numeric: {found}; a number's argument must be a string or a "
                    "number: leave that column out"
                )
        try:
            values = column.where(~missing, np.nan).astype(float).to_numpy()
        except OverflowError as error:
            raise InputError(f"{where}: {error}; {TOO_LARGE}") from error
    elif pd.api.types.is_numeric_dtype(column.dtype) and column.dtype.kind != "c":
        values = column.to_numpy(dtype=float, na_value=np.nan)
    elif column.dtype.kind == "c":
        raise InputError(
            f"Complex data not supported: {where} holds {column.dtype}; make real and imaginary "
            "parts two channels"
        )
    else:
        raise InputError(
            f"{where} is not numeric: its values are {column.dtype} ({column.iloc[0]!r}); "
            "leave that column out, or make it the index if it is the time"
        )
    infinite = np.isinf(values)
    if infinite.any():
        first = column.index[int(infinite.argmax())]
        raise InputError(
            f"{where}: {int(infinite.sum())} infinite value(s), the first at {first}; "
            "replace them, e.g. y.replace([np.inf, -np.inf], np.nan)"
        )
    large = np.abs(values) > LARGEST
    if large.any():
        first = int(large.argmax())
        raise InputError(f"{where}: {values[first]} at {column.index[first]}; {TOO_LARGE}")
    if np.isnan(values).all():
        raise InputError(f"{where}: every value is missing")
    return values
