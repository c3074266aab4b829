"""The columns of a table of numbers: their names, and whether another table has the same."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd

from modelzoo.errors import InputError, suggestion


def feature_names(X: Any) -> np.ndarray | None:
    """The names of a DataFrame's columns, by scikit-learn's conventions.

    Args:
        X: Data of any kind.

    Returns:
        (C,) objects where all names are strings; None where none is, or X is no DataFrame.

    Raises:
        InputError: Some names are strings and others are not, or two are the same.

    >>> feature_names(pd.DataFrame({"width": [1], "height": [2]})).tolist()
    ['width', 'height']
    """
    if not isinstance(X, pd.DataFrame):
        return None
    names = X.columns.tolist()
    strings = sum(isinstance(name, str) for name in names)
    if not strings:
        return None
    if strings < len(names):
        other = next(name for name in names if not isinstance(name, str))
        raise InputError(
            f"some columns of X are named by strings and others, such as {other!r}, are not: "
            f"X.columns = X.columns.astype(str) makes strings of all"
        )
    if not X.columns.is_unique:
        raise InputError(f"X has two columns named {names[X.columns.duplicated().argmax()]!r}")
    return np.array(names, dtype=object)


def column_count(X: Any) -> int | None:
    """How many columns data have as a table, which need not be one of pandas.

    Rows in a list that are arrays of their own are series, which may have any length: that those
    at hand are equally long says nothing. Rows of plain numbers are a table's.

    Args:
        X: Data of any kind.

    Returns:
        C of what is (N, C); None for series, and for rows of several lengths or channels.

    >>> column_count([[1, 2, 3]]), column_count([[1, 2], [3]]), column_count([[[1], [2]]])
    (3, None, None)
    >>> column_count([np.zeros(3), np.zeros(3)])
    """
    if not isinstance(X, list | tuple):
        shape = np.shape(X)
        return shape[1] if len(shape) == 2 else None
    if any(hasattr(row, "shape") for row in X):
        return None
    try:
        shapes = {np.shape(row) for row in X}
    except ValueError:  # a row is no array
        return None
    shape = shapes.pop() if len(shapes) == 1 else ()
    return shape[0] if len(shape) == 1 else None


def check_same_columns(X: Any, fitted: np.ndarray | None, count: int | None) -> None:
    """Checks that data have the columns of the table that an estimator was fitted on.

    Series of any length are read where rows are arrays of several lengths, or (N, T, C).

    Args:
        X: Data of any kind.
        fitted: The names of those columns, or None where they had none.
        count: Their number, or None where it was no table.

    Raises:
        InputError: A column is missing, new or in another place, or their number is another.
    """
    names = feature_names(X)
    if names is not None and fitted is not None:
        _check_same_names(names.tolist(), list(fitted))
    elif names is not None:
        _warn("X has feature names, but the classifier was fitted without feature names")
    elif fitted is not None:
        _warn("X does not have valid feature names, but the classifier was fitted with them")
    found = column_count(X)
    if count is not None and found not in (count, None):
        raise InputError(
            f"X has {found} features, but Classifier is expecting {count} features as input: a "
            "table has the same columns; series of any length are a list of arrays (T, 1) or an "
            "array (N, T, 1)"
        )


def check_numeric(table: pd.DataFrame) -> None:
    """Checks that each column of a table holds numbers.

    Raises:
        InputError: Some do not; they are named.
    """
    words = [
        name
        for place, name in enumerate(table.columns)
        if not pd.api.types.is_numeric_dtype(column := table.iloc[:, place])
        and not (column.dtype == object and column.map(np.isreal).all())
    ]
    if words:
        named = ", ".join(map(repr, words[:8])) + (", ..." if len(words) > 8 else "")
        raise InputError(
            f"columns of X that hold no numbers: {named}; leave them out, turn them into numbers, "
            f"or choose the one column of texts"
        )


def _check_same_names(names: list[str], fitted: list[str]) -> None:
    missing = [name for name in fitted if name not in names]
    new = [name for name in names if name not in fitted]
    if missing:
        raise InputError(
            f"X lacks the column {missing[0]!r} of the training data: {suggestion(missing[0], new)}"
            + (f" ({len(missing) - 1} more are missing)" if len(missing) > 1 else "")
        )
    if new:
        raise InputError(
            f"X has the column {new[0]!r}, which the training data had not: "
            f"X[model.feature_names_in_] leaves out what is new"
        )
    if names != fitted:
        raise InputError(
            "the columns of X are not in the order of the training data: "
            "X[model.feature_names_in_] puts them in order"
        )


def _warn(message: str) -> None:
    warnings.warn(message, stacklevel=4)
