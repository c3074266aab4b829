"""docs/performance.md, made from the records of `performance.py` alone."""

from __future__ import annotations


def amount(unit: str, seconds: float, made: int | None) -> str:
    """What the page shows of a duration.

    >>> amount("ms", 0.01234, None), amount("s", 1.5, None), amount("tokens/s", 0.5, 64)
    ('12.3 ms', '1.50 s', '128 tokens/s')
    """
    if unit == "ms":
        return f"{_three(1000 * seconds)} ms"
    if unit == "s":
        return f"{_three(seconds)} s"
    return f"{_three((made or 1) / seconds)} {unit}"


def _three(value: float) -> str:
    """A positive number with three digits that count."""
    digits = max(0, 2 - len(str(int(value))) + 1) if value >= 1 else 3
    return f"{value:,.{digits}f}"


def write(*_):
    raise NotImplementedError
