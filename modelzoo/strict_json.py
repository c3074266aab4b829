"""Reads JSON of any origin: size and depth are capped, and nothing is read in two ways.

Python's reader lets a later duplicate key win, takes ``NaN`` and ``Infinity``, which are no JSON,
turns ``1e999`` into infinity, and follows nesting until the interpreter's own limit.
"""

from __future__ import annotations

import json
import math
from functools import cache
from typing import Any

from modelzoo.errors import FileError, ModelZooError

MAX_BYTES = 64 * 2**20
MAX_DEPTH = 32
BYTES_A_VALUE = 100  # of memory, at most: an empty dict or a short string, and its place in a list


def read_json(
    content: bytes | str,
    label: str,
    *,
    max_bytes: int = MAX_BYTES,
    max_values: int | None = None,
    nan: bool = False,
    error: type[ModelZooError] = FileError,
) -> Any:
    """Reads one JSON value.

    Args:
        content: The text, or its bytes in UTF-8.
        label: What it is called in messages.
        max_bytes: How long it may be.
        max_values: How many values and keys it may hold; None for as many as there is room for.
        nan: Whether a bare ``NaN``, which pandas and Python write for a missing number, is read.
            Infinity never is, nor a number that is too large for a float.
        error: What to raise.

    Returns:
        The value.

    Raises:
        ModelZooError: Of the type ``error``: it is no JSON, has a duplicate key, is too long,
            has too many values or is nested more than 32 levels deep.

    >>> read_json('{"a": 1, "a": 2}', "settings")
    Traceback (most recent call last):
    modelzoo.errors.FileError: settings: duplicate key 'a'
    """
    if len(content) > max_bytes:
        raise error(f"{label}: {len(content):,} bytes; at most {max_bytes:,} are read")
    if max_values is not None and (values := _values_in(content)) > max_values:
        raise error(f"{label}: up to {values:,} values; at most {max_values:,} are read")

    try:
        text = content.decode("utf-8") if isinstance(content, bytes) else content
        value = _decoder(nan).decode(text)
    except json.JSONDecodeError as problem:
        where = f"{problem.msg} at character {problem.pos + 1}"
        raise error(f"{label}: not JSON ({where})") from None
    except RecursionError:
        raise error(f"{label}: nested more than {MAX_DEPTH} levels deep") from None
    except UnicodeDecodeError as problem:
        raise error(f"{label}: not UTF-8 text (byte {problem.start + 1})") from None
    except ValueError as problem:  # of the hooks below, or a number of thousands of digits
        raise error(f"{label}: {problem}") from None
    if _deeper_than(value, MAX_DEPTH):
        raise error(f"{label}: nested more than {MAX_DEPTH} levels deep")
    return value


@cache
def _decoder(nan: bool) -> json.JSONDecoder:
    """What decodes: made once, for there are files of millions of lines."""

    def constant(word: str) -> float:
        if nan and word == "NaN":
            return math.nan
        raise ValueError(f"{word} is no JSON number")

    return json.JSONDecoder(object_pairs_hook=_unique, parse_constant=constant, parse_float=_finite)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise ValueError(f"duplicate key {key[:60]!r}")
            seen.add(key)
    return read


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError(f"the number {digits[:20]} is beyond any float")
    return number


def memory_of(content: bytes) -> int:
    """Bytes of memory that reading some JSON takes at most, without reading it.

    >>> memory_of(b'{"a": [1, 2]}') < 1000
    True
    """
    return 2 * len(content) + BYTES_A_VALUE * _values_in(content)


def _values_in(content: bytes | str) -> int:
    """How many values and keys some JSON holds at most, without reading it."""
    if isinstance(content, str):
        return sum(map(content.count, ",[{:"))
    return sum(map(content.count, (b",", b"[", b"{", b":")))


def _deeper_than(value: Any, levels: int) -> bool:
    """Whether containers are nested deeper; level by level, for recursion has its limit."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(levels):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True
