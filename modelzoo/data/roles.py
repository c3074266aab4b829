"""Columns that stand beside a series: which they are, and reading them."""

from __future__ import annotations

import numbers
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from modelzoo.data.magnitude import LARGEST, TOO_LARGE
from modelzoo.errors import InputError, UnknownNameError

LONG_COLUMNS = ("unique_id", "ds", "y")


@dataclass(frozen=True)
class Roles:
    """Which columns of a table stand beside the series.

    Attributes:
        past: Known up to now, such as a measured temperature.
        future: Known ahead, such as a holiday or a planned price.
        static: The same at every step of a series, such as the kind of a shop.
    """

    past: tuple[Hashable, ...] = ()
    future: tuple[Hashable, ...] = ()
    static: tuple[Hashable, ...] = ()

    @classmethod
    def declare(cls, past: Any, future: Any, static: Any) -> Roles:
        """Checks what a user declared.

        Raises:
            InputError: Not lists of names, or a column is declared twice.
        """
        found = []
        for role, names in (("past", past), ("future", future), ("static", static)):
            if isinstance(names, str) or not hasattr(names, "__iter__"):
                raise InputError(f"{role}_covariates must be a list of columns, got {names!r}")
            found.append(tuple(names))
        names = [name for each in found for name in each]
        for name in names:
            if names.count(name) > 1:
                raise InputError(f"column {name!r} is declared as a covariate twice")
            if name in LONG_COLUMNS:
                raise InputError(f"column {name!r} of a long frame cannot be a covariate")
        return cls(*found)

    @property
    def names(self) -> tuple[Hashable, ...]:
        """All columns."""
        return self.past + self.future + self.static

    def check(self, columns: pd.Index, where: str) -> None:
        """Raises if a table lacks a column that was declared."""
        for name in self.names:
            if name not in columns:
                raise UnknownNameError(f"covariate in {where}", str(name), map(str, columns))


NONE = Roles()


def read_covariates(frame: pd.DataFrame, where: str, roles: Roles) -> pd.DataFrame:
    """The columns of a series that were declared, checked."""
    beside = frame[list(roles.names)].reset_index(drop=True)
    for name in roles.names:
        beside[name] = read_covariate(beside[name], f"{where}, covariate {name!r}")
    for name in roles.static:
        values = beside[name].dropna().unique()
        if len(values) > 1:
            raise InputError(
                f"{where}: the static covariate {name!r} changes from {values[0]!r} to "
                f"{values[1]!r}; declare it as past or future"
            )
        if len(values):  # what one row knows holds for all
            kind = beside[name].dtype
            beside[name] = pd.Series(values[0], index=beside.index, dtype=kind)
    return beside


def read_covariate(column: pd.Series, where: str) -> pd.Series:
    """A column of finite numbers as it is, any other as strings; either may have gaps."""
    if column.dtype.kind in "mMc":
        raise InputError(f"{where}: {column.dtype} is neither a number nor a category")
    if not is_numeric(column):
        return as_categories(column)
    values = column.to_numpy(dtype=float, na_value=np.nan)
    infinite = np.isinf(values)
    if infinite.any():
        raise InputError(f"{where}: {int(infinite.sum())} infinite value(s)")
    large = np.abs(values) > LARGEST
    if large.any():
        raise InputError(f"{where}: {values[large.argmax()]}; {TOO_LARGE}")
    return column


def as_categories(column: pd.Series) -> pd.Series:
    """Each value as a string; whole numbers alike, whatever their type; gaps stay."""

    def word(value: Any) -> str:
        whole = isinstance(value, (float, np.floating)) and float(value).is_integer()
        return str(int(value)) if whole else str(value)

    return column.astype(object).map(word, na_action="ignore")


def is_numeric(column: pd.Series) -> bool:
    """Whether a column holds numbers or truth values rather than categories."""
    return bool(pd.api.types.is_numeric_dtype(column.dtype)) or bool(
        column.dtype == object
        and all(isinstance(v, (numbers.Real, np.bool_)) for v in column.dropna())
    )
