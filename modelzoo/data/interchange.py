"""Tables and columns of other libraries (polars, PyArrow, ...) as those of pandas and numpy.

By protocols alone: no other library is imported, and none need be installed.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd

_OWN = (pd.DataFrame, pd.Series, pd.Index, np.ndarray, list, tuple, str, bytes, dict)


def as_pandas(data: Any) -> Any:
    """A table of any library as a DataFrame, a column as an array; everything else as it is.

    Args:
        data: Tables speak the dataframe interchange protocol (``__dataframe__``) or hand their
            columns to Arrow (``__arrow_c_stream__``); columns, of numbers, texts, times or lists,
            do the latter; other objects, tensors say, make an array (``__array__``).

    Returns:
        A DataFrame; an array (N,), for a column of lists a list of arrays; or ``data`` itself.

    >>> class Table:
    ...     def __dataframe__(self, **options):
    ...         return pd.DataFrame({"height": [1, 2]}).__dataframe__(**options)
    >>> as_pandas(Table())["height"].tolist()
    [1, 2]
    >>> as_pandas([1, 2])
    [1, 2]
    """
    if data is None or isinstance(data, _OWN):
        return data
    if isinstance(data, memoryview):
        return np.asarray(data)
    if hasattr(data, "__dataframe__"):
        with warnings.catch_warnings():  # pandas will drop the protocol, and the user cannot help
            warnings.simplefilter("ignore", DeprecationWarning)
            return pd.api.interchange.from_dataframe(data)
    arrow = hasattr(data, "__arrow_c_stream__") or hasattr(data, "__arrow_c_array__")
    names = getattr(data, "columns", None)
    if arrow and isinstance(names, list):
        return pd.DataFrame({name: as_pandas(data[name]) for name in names})
    sized = hasattr(data, "__len__")  # a tensor, say: what reads it makes an array of it
    if not hasattr(data, "__array__") or (sized and not arrow):
        return data
    column = np.asarray(data)
    is_nested = column.dtype == object and any(isinstance(row, np.ndarray) for row in column)
    return list(column) if is_nested else column
