"""Tables of many series in the forms in which they come, and dates that come as text."""

from __future__ import annotations

import warnings
from typing import Any

import pandas as pd

from modelzoo.data.roles import Roles
from modelzoo.errors import InputError


def as_long(table: Any, roles: Roles) -> Any:
    """A table of many series with ``unique_id`` and ``ds`` as columns; anything else as it is.

    Two forms keep them in the index: pairs (series, time), and ``unique_id`` alone. A single column
    of values on such pairs becomes ``y``, whatever its name.

    Args:
        table: Anything.
        roles: The declared covariates, which are no values.

    >>> pairs = pd.MultiIndex.from_product([["a", "b"], [0, 1]])
    >>> as_long(pd.Series([1.0, 2.0, 3.0, 4.0], pairs), Roles()).columns.tolist()
    ['unique_id', 'ds', 'y']
    """
    if not isinstance(table, (pd.Series, pd.DataFrame)):
        return table
    if isinstance(table.index, pd.MultiIndex) and table.index.nlevels == 2:
        frame = table.to_frame("y") if isinstance(table, pd.Series) else table
        if "unique_id" in frame.columns:
            return table
        values = [name for name in frame.columns if name not in roles.names]
        if len(values) == 1:
            frame = frame.rename(columns={values[0]: "y"})
        names = ["unique_id", "ds"]
        if frame.index.names[1] == "unique_id":
            names = names[::-1]
        return frame.rename_axis(names).reset_index()
    named = table.index.name == "unique_id" and isinstance(table, pd.DataFrame)
    if named and "ds" in table.columns and "unique_id" not in table.columns:
        return table.reset_index()
    return table


def with_dates(frame: pd.DataFrame) -> pd.DataFrame:
    """A long frame whose column ``ds`` holds dates where it held their text."""
    if not pd.api.types.is_string_dtype(frame["ds"].dtype):
        return frame
    try:
        return frame.assign(ds=pd.to_datetime(frame["ds"]))
    except (ValueError, TypeError) as error:
        raise InputError(f"the column ds has text that is no date: {error}") from error


def with_date_index(table: pd.DataFrame) -> pd.DataFrame:
    """A table whose index holds dates where it held their text; other text stays.

    >>> with_date_index(pd.DataFrame({"y": [1.0]}, index=["2024-02-29"])).index[0].year
    2024
    """
    if isinstance(table.index, pd.MultiIndex) or not len(table):
        return table
    if table.index.inferred_type != "string":
        return table
    try:
        with warnings.catch_warnings():  # that no format fits all is no news for text like "t0"
            warnings.simplefilter("ignore")
            return table.set_axis(pd.to_datetime(table.index))
    except (ValueError, TypeError):
        return table
