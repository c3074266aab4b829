"""What is known beside a series, as the numbers that a network reads."""

from __future__ import annotations

import warnings
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from modelzoo.data.calendar import FEATURES, calendar_features
from modelzoo.data.magnitude import LARGEST
from modelzoo.data.naming import label_from_state, label_state
from modelzoo.data.reading import Series
from modelzoo.data.roles import Roles, as_categories, is_numeric
from modelzoo.errors import InputError

MOST_CATEGORIES = 100  # of a column that changes over time: each takes a number a step


@dataclass(frozen=True)
class Column:
    """How a column becomes numbers: standardized, or one number a category.

    Attributes:
        name: The column.
        mean: Of the training data, for numbers.
        scale: Standard deviation of the training data, for numbers.
        categories: Those of the training data, for categories; None for numbers.
    """

    name: Hashable
    mean: float = 0.0
    scale: float = 1.0
    categories: tuple[Any, ...] | None = None

    @classmethod
    def learn(cls, name: Hashable, values: pd.Series) -> Column:
        """Measures a column of the training data."""
        if not is_numeric(values):
            return cls(name, categories=tuple(sorted(values.dropna().unique())))
        numbers = values.to_numpy(dtype=float, na_value=np.nan)
        known = numbers[~np.isnan(numbers)]
        if not len(known):
            return cls(name)
        scale = float(known.std())
        flat = scale <= 1e-12 * max(float(np.abs(known).max()), 1e-300)
        return cls(name, float(known.mean()), 1.0 if flat else scale)

    @property
    def width(self) -> int:
        """How many numbers it becomes."""
        return 1 if self.categories is None else len(self.categories)

    def transform(self, values: pd.Series) -> np.ndarray:
        """Numbers (T, width); a missing value becomes the mean, or none of the categories."""
        if self.categories is None:
            if not is_numeric(values) and values.notna().any():
                raise InputError(
                    f"covariate {self.name!r} holds numbers in the training data, but here "
                    f"{values.dropna().iloc[0]!r}"
                )
            given = values.to_numpy(dtype=float, na_value=np.nan)
            numbers = (given - self.mean) / self.scale
            far = np.abs(numbers) > LARGEST
            if far.any():
                raise InputError(
                    f"covariate {self.name!r} holds {given[far.argmax()]:.3g}, too far from the "
                    f"training data (mean {self.mean:.3g}, spread {self.scale:.3g}): check its unit"
                )
            return np.nan_to_num(numbers)[:, None]
        values = as_categories(values)
        new = sorted(set(values.dropna()) - set(self.categories), key=str)
        if new:
            some = ", ".join(map(str, new[:3])) + (", ..." if len(new) > 3 else "")
            warnings.warn(
                f"covariate {self.name!r} has categories that the training data did not have: "
                f"{some}; they count as none",
                stacklevel=2,
            )
        same = values.to_numpy(dtype=object)[:, None] == np.array(self.categories, dtype=object)
        return same.astype(float)


class CovariateEncoder:
    """Covariates as numbers: standardized, one a category, the calendar by places.

    Attributes:
        roles: Which columns are past, future and static.
        columns: How each becomes numbers, by name.
        calendar: Names of the calendar features, see `calendar_features`.
        width: K, numbers a step that are known up to now.
        future_width: F, those of them, the first ones, that are known ahead.
        static_width: S, numbers a series.
    """

    def __init__(self, roles: Roles, columns: Iterable[Column], calendar: Sequence[str] = ()):
        self.roles = roles
        self.columns = {column.name: column for column in columns}
        self.calendar = tuple(calendar)

        def width(names: Iterable[Hashable]) -> int:
            return sum(self.columns[name].width for name in names)

        self.future_width = width(roles.future) + sum(
            FEATURES[name].width for name in self.calendar
        )
        self.width = self.future_width + width(roles.past)
        self.static_width = width(roles.static)

    @classmethod
    def learn(
        cls, series: Sequence[Series], roles: Roles, calendar: Sequence[str]
    ) -> CovariateEncoder:
        """Measures the covariates of the training series.

        Raises:
            InputError: A column that changes over time has too many categories.
        """
        columns = []
        for name in roles.names:
            parts = [
                one.covariates[name].iloc[: len(one)]  # not what is known ahead
                for one in series
                if one.covariates is not None
            ]
            column = Column.learn(name, pd.concat(parts, ignore_index=True))
            if name not in roles.static and column.width > MOST_CATEGORIES:
                raise InputError(
                    f"covariate {name!r} has {column.width} categories, {MOST_CATEGORIES} at most "
                    "can be read: put rare ones together, or hand over numbers"
                )
            columns.append(column)
        return cls(roles, columns, calendar)

    def __bool__(self) -> bool:
        return bool(self.width or self.static_width)

    def known(self, one: Series, ahead: int) -> np.ndarray:
        """Numbers (T + ahead, K) of a series; zeros for what is not known ahead.

        Args:
            one: The series; its covariates reach ``ahead`` steps beyond its end where some are
                known ahead.
            ahead: Steps beyond the end.
        """
        steps = len(one) + ahead
        parts = [calendar_features(one.index, ahead, self.calendar)]
        for name in (*self.roles.future, *self.roles.past):
            assert one.covariates is not None
            values = one.covariates[name].iloc[:steps]
            parts.append(self.columns[name].transform(values))
        full = [np.pad(part, ((0, steps - len(part)), (0, 0))) for part in parts]
        matrix = np.concatenate(full, axis=1)
        matrix[len(one) :, self.future_width :] = 0  # the past goes no further than now
        return matrix.astype("float32")

    def static(self, one: Series) -> np.ndarray:
        """Numbers (S,) of a series."""
        parts = [np.zeros(0)]
        for name in self.roles.static:
            assert one.covariates is not None
            parts.append(self.columns[name].transform(one.covariates[name].iloc[:1])[0])
        return np.concatenate(parts).astype("float32")

    def state(self) -> dict[str, Any]:
        """JSON-able form."""
        return {
            "past": [label_state(name) for name in self.roles.past],
            "future": [label_state(name) for name in self.roles.future],
            "static": [label_state(name) for name in self.roles.static],
            "calendar": list(self.calendar),
            "columns": [
                [
                    label_state(one.name),
                    one.mean,
                    one.scale,
                    one.categories and list(one.categories),
                ]
                for one in self.columns.values()
            ],
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> CovariateEncoder:
        """The inverse of :meth:`state`."""
        parts = ("past", "future", "static")
        roles = Roles(*(tuple(map(label_from_state, state[part])) for part in parts))
        columns = [
            Column(
                label_from_state(name),
                mean,
                scale,
                None if categories is None else tuple(categories),
            )
            for name, mean, scale, categories in state["columns"]
        ]
        return cls(roles, columns, state["calendar"])
