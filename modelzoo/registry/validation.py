"""Checks single values of a registry file, with errors that say where they stand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from modelzoo.errors import RegistryError, suggestion

Path = tuple[str | int, ...]


@dataclass
class Document:
    """What a registry file holds, and the line on which each value stands.

    Attributes:
        label: The file's name for messages.
        value: The content: dictionaries, lists and scalars.
        lines: The line (from 1) of each value, by its path of keys and positions.
    """

    label: str
    value: Any = None
    lines: dict[Path, int] = field(default_factory=dict)


_KINDS: Mapping[type, str] = {
    dict: "a mapping",
    list: "a list",
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    type(None): "nothing",
}


@dataclass(frozen=True)
class Place:
    """Where a value stands: what an error message names.

    Attributes:
        document: The file.
        path: The keys and positions that lead to the value.
        shown_from: How many parts of the path to an entry a message leaves out.
    """

    document: Document
    path: Path = ()
    shown_from: int = 1

    def at(self, key: str | int) -> Place:
        """Returns the place of a part of this value."""
        return Place(self.document, (*self.path, key), self.shown_from)

    def error(self, message: str) -> RegistryError:
        """Returns the error to raise, which names the file, the line, the entry and the key."""
        line = self.document.lines.get(self.path) or self.document.lines.get(self.path[:-1])
        inside = len(self.path) > 1 and self.path[0] == "models"
        shown = ".".join(map(str, self.path[self.shown_from :] if inside else self.path))
        parts = [self.document.label, f", line {line}" if line else "", f": {shown}" * bool(shown)]
        return RegistryError("".join(parts) + f": {message}")


def mapping_of(
    value: object,
    place: Place,
    required: Iterable[str] = (),
    optional: Iterable[str] | None = (),
) -> dict[str, Any]:
    """Checks that a value is a mapping; with `required` given, that its keys are the known ones."""
    if not isinstance(value, Mapping):
        raise place.error(f"expected a mapping, found {found(value)}")
    known = [*required, *(optional or ())]
    for key in value:
        if not isinstance(key, str):
            raise place.error(f"a key must be text, found {found(key)}: put it in quotes")
        if known and key not in known:
            raise place.at(key).error(f"unknown key {key!r}: {suggestion(key, known)}")
    for key in required:
        if key not in value:
            raise place.error(f"the key {key!r} is missing")
    return dict(value)


def list_of(value: object, place: Place) -> list[Any]:
    """Checks that a value is a list."""
    if not isinstance(value, list | tuple):
        raise place.error(f"expected a list, found {found(value)}")
    return list(value)


def text_of(
    value: object, place: Place, pattern: re.Pattern[str] | None = None, expected: str = "text"
) -> str:
    """Checks that a value is text, of a pattern where one is given, and joins its lines."""
    if not isinstance(value, str):
        quote = ": put it in quotes" if isinstance(value, bool | int | float) else ""
        raise place.error(f"expected {expected}, found {found(value)}{quote}")
    text = " ".join(value.split())
    if not text or (pattern is not None and not pattern.fullmatch(text)):
        raise place.error(f"expected {expected}, found {value!r}")
    return text


def count_of(value: object, place: Place, lowest: int = 1, highest: int | None = None) -> int:
    """Checks that a value is a whole number in a range."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise place.error(f"expected a whole number, found {found(value)}")
    if value < lowest or (highest is not None and value > highest):
        upper = f" and at most {highest}" if highest is not None else ""
        raise place.error(f"expected at least {lowest}{upper}, found {value}")
    return value


def choice_of(value: object, choices: Iterable[object], place: Place, what: str) -> Any:
    """Checks that a value is one of some choices, `what` being their name."""
    known = list(choices)
    # `1 == True` in Python: compare the types as well.
    for each in known:
        if type(each) is type(value) and each == value:
            return each
    if known and all(isinstance(each, bool) for each in known):
        raise place.error(f"expected true or false, found {found(value)}")
    raise place.error(f"unknown {what} {value!r}: {suggestion(value, map(str, known))}")


def found(value: object) -> str:
    """Says what a value is, for a message."""
    kind = _KINDS.get(type(value), f"a {type(value).__name__}")
    shown = repr(value)
    return kind if isinstance(value, Mapping | list) else f"{shown[:80]} ({kind})"
