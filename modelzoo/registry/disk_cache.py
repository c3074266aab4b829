"""Remembers small results between processes, in the user's cache folder.

A cache only saves time: whatever is wrong with its folder or a file, the answer is "not there".
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any

_MOST_CHARACTERS = 16_000_000  # several times what the longest registry file becomes


def recall(name: str) -> Any:
    """Reads what was remembered under a name.

    Args:
        name: The name of the file, without its ending.

    Returns:
        The value as JSON gives it, or None where there is none or it cannot be read.
    """
    import json

    try:
        with open(_file(name), encoding="utf-8") as file:
            text = file.read(_MOST_CHARACTERS + 1)
        return None if len(text) > _MOST_CHARACTERS else json.loads(text)
    except (OSError, ValueError, RecursionError):
        return None


def remember(name: str, value: Any) -> None:
    """Writes a value beside its place and moves it there, so that no reader sees a part of it.

    Args:
        name: The name of the file, without its ending.
        value: Anything that JSON can hold; where it cannot be written, nothing happens.
    """
    import json

    target = _file(name)
    draft = f"{target}.{os.getpid()}"
    try:
        text = json.dumps(value)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(draft, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(draft, target)
    except (OSError, ValueError, TypeError):
        with suppress(OSError):
            os.unlink(draft)


def _file(name: str) -> str:
    folder = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(folder):  # the specification says to ignore a relative one
        local = os.environ.get("LOCALAPPDATA") if os.name == "nt" else None
        folder = local or os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(folder, "modelzoo", f"{name}.json")
