"""How many rows there are in data of any form."""

from __future__ import annotations

from typing import Any

from modelzoo.errors import InputError


def count_rows(data: Any, name: str) -> int:
    """Counts the rows of a list, an array or a table.

    Args:
        data: Data of any form.
        name: What the argument is called, for the error message.

    Raises:
        InputError: It has no rows that could be counted.

    >>> count_rows([[1, 2], [3, 4]], "X")
    2
    >>> count_rows(None, "X")
    Traceback (most recent call last):
    modelzoo.errors.InputError: X must have a row for each example, got NoneType
    """
    shape = getattr(data, "shape", None)
    if shape:
        return int(shape[0])  # SciPy's sparse matrices have no length
    try:
        if not isinstance(data, bytes | bytearray):
            return len(data)
    except TypeError:
        pass
    raise InputError(f"{name} must have a row for each example, got {type(data).__name__}")
