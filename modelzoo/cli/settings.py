"""What `--set` says."""

from __future__ import annotations

import ast
from typing import Any

from modelzoo.errors import InputError

OPTIONS = ("model", "size", "task")  # of the command line, which choose what is set


def settings(pairs: list[str]) -> dict[str, Any]:
    """Reads `name=value` pairs; values are Python literals, other words are strings.

    >>> settings(["width=64", "dropout=0.1", "bidirectional=true", "positions=learned"])
    {'width': 64, 'dropout': 0.1, 'bidirectional': True, 'positions': 'learned'}
    """
    words = {"true": True, "false": False, "none": None}
    read: dict[str, Any] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip().isidentifier():
            raise InputError(f"--set takes NAME=VALUE, such as width=64; got {pair!r}")
        if name.strip() in OPTIONS:
            raise InputError(
                f"{name.strip()} is no setting: where it can be chosen, an option of the command "
                "does so (see its --help)"
            )
        if value.lower() in words:
            read[name.strip()] = words[value.lower()]
            continue
        try:
            read[name.strip()] = ast.literal_eval(value)
        except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):  # no literal
            read[name.strip()] = value
    return read
