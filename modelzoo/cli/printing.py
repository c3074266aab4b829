"""How answers are printed: as JSON, or in lines that the terminal holds."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any


def print_json(what: Any) -> None:
    """Prints JSON."""
    import json

    print(json.dumps(what, indent=2, ensure_ascii=False, default=_plain))


def _plain(value: Any) -> Any:
    """What JSON has no word for: mappings and sequences of other types, and the rest as text."""
    if hasattr(value, "items"):
        return dict(value.items())
    return list(value) if isinstance(value, Iterable) else str(value)


def fill(text: str, indent: str = "     ") -> str:
    """Breaks a text into lines; those after the first stand a little to the right."""
    import textwrap

    return textwrap.fill(text, width(), subsequent_indent=indent)


def width() -> int:
    """Columns of the terminal; a hundred where the output is none."""
    import os

    try:
        return max(40, os.get_terminal_size(sys.stdout.fileno()).columns)
    except (OSError, ValueError, AttributeError):
        return 100
