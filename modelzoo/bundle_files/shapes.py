"""Small checks that together describe what a JSON file may hold, to the last key."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from modelzoo.errors import BundleError, suggestion

Check = Callable[[Any, str], None]  # of a value and where it stands; raises a BundleError
LARGEST = 2**63 - 1


def wrong(where: str, expected: str, value: Any) -> BundleError:
    """The error for a value that is not what was expected."""
    shown = f"{type(value).__name__} of {len(value)}" if isinstance(value, dict | list) else None
    return BundleError(f"{where}: expected {expected}, found {shown or repr(value)[:60]}")


def whole(least: int = -LARGEST, most: int = LARGEST) -> Check:
    """A whole number in a range."""

    def check(value: Any, where: str) -> None:
        if type(value) is not int or not least <= value <= most:
            raise wrong(where, f"a whole number from {least} to {most}", value)

    return check


def number(value: Any, where: str) -> None:
    """A number, and not one that is too large for a float."""
    if type(value) not in (int, float) or not -1e308 <= value <= 1e308:
        raise wrong(where, "a number", value)


def flag(value: Any, where: str) -> None:
    """True or false."""
    if type(value) is not bool:
        raise wrong(where, "true or false", value)


def text(value: Any, where: str) -> None:
    """A string."""
    if not isinstance(value, str):
        raise wrong(where, "text", value)


def short_text(value: Any, where: str) -> None:
    """A string of at most 200 characters."""
    if not isinstance(value, str) or len(value) > 200:
        raise wrong(where, "text of at most 200 characters", value)


def anything(value: Any, where: str) -> None:
    """Any JSON value."""


def choice(*choices: Any) -> Check:
    """One of some values."""

    def check(value: Any, where: str) -> None:
        if not any(type(value) is type(each) and value == each for each in choices):
            raise wrong(where, f"one of {', '.join(map(repr, choices))}", value)

    return check


def either(*checks: Check, expected: str) -> Check:
    """What passes one of some checks."""

    def check(value: Any, where: str) -> None:
        for each in checks:
            try:
                return each(value, where)
            except BundleError:
                continue
        raise wrong(where, expected, value)

    return check


def optional(check: Check) -> Check:
    """What passes a check, or nothing."""

    def checked(value: Any, where: str) -> None:
        if value is not None:
            check(value, where)

    return checked


def list_of(check: Check, least: int = 0, most: int | None = None) -> Check:
    """A list whose items all pass a check."""

    def checked(value: Any, where: str) -> None:
        if not isinstance(value, list) or len(value) < least:
            raise wrong(where, f"a list of at least {least}" if least else "a list", value)
        if most is not None and len(value) > most:
            raise wrong(where, f"a list of at most {most}", value)
        for place, item in enumerate(value):
            check(item, f"{where}[{place}]")

    return checked


def numbers(value: Any, where: str) -> None:
    """A list of numbers; quick, for there may be many."""
    if not isinstance(value, list):
        raise wrong(where, "a list of numbers", value)
    for item in value:
        if type(item) is not float:
            number(item, where)


def names_to(check: Check) -> Check:
    """An object of any keys, whose values all pass a check."""

    def checked(value: Any, where: str) -> None:
        if not isinstance(value, dict):
            raise wrong(where, "an object", value)
        for name, item in value.items():
            check(item, f"{where}.{name[:60]}")

    return checked


def record(checks: Mapping[str, Check], optional_keys: Iterable[str] = ()) -> Check:
    """An object of exactly these keys."""
    may_lack = set(optional_keys)

    def checked(value: Any, where: str) -> None:
        if not isinstance(value, dict):
            raise wrong(where, "an object", value)
        for name in value:
            if name not in checks:
                raise BundleError(f"{where}: unknown key {name[:60]!r}: {suggestion(name, checks)}")
        for name, check in checks.items():
            if name in value:
                check(value[name], f"{where}.{name}")
            elif name not in may_lack:
                raise BundleError(f"{where}: the key {name!r} is missing")

    return checked
