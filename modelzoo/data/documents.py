"""Texts and token ids as callers hand them in: whether data are such, and how they are read."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd


def holds_text(X: Any) -> bool:
    """Whether data are texts rather than numbers: what ``kind="auto"`` means to a classifier.

    The first row that is not missing decides; rows that are all missing are texts that are missing.

    Args:
        X: A list, an array, a pandas Series or a table. Texts stand in one column: a table of
            several is one of numbers.

    >>> holds_text(["a text"]), holds_text(np.array([["a text"]], dtype=object)), holds_text([[1]])
    (True, True, False)
    """
    if isinstance(X, str):
        return True
    if len(getattr(X, "columns", ())) > 1:
        return False  # texts stand in one column; what is no number in a table is told later
    if hasattr(X, "to_numpy"):
        X = X.to_numpy()
    if not hasattr(X, "__len__") or (isinstance(X, np.ndarray) and X.ndim == 0):
        return False
    for row in X:
        first = next(row.flat, 0) if isinstance(row, np.ndarray) else row  # of a table
        if not (pd.api.types.is_scalar(first) and pd.isna(first)):
            return isinstance(first, str)
    return True  # nothing but missing values: told as texts that are missing
