"""Random changes to bytes and to JSON values, repeatable by the state of a random generator."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from typing import Any

_NUMBER = re.compile(rb"\d+")
_BYTES = (0, 1, 0x0A, 0x20, 0x22, 0x2C, 0x5B, 0x7B, 0x7F, 0x80, 0xFE, 0xFF)
_WORDS = (b"NaN", b"1e999", b"-1", b"2147483648", b"9" * 30, b"null", b"\xef\xbb\xbf", b"\r\n")
VALUES: tuple[Any, ...] = (
    *(None, True, False, -1, 0, 1, 2, 1000, 2**31, 2**53, 2**63, 10**30, 10**400),
    *(-0.0, 0.5, 1e-308, 1e308, "", "x" * 1000, "\ud800", "\0", "1", [], {}, [[]], {"": {}}),
    [0] * 1000,
)
_MOST = 200_000  # bytes: an input should not grow without bound


def changed_bytes(content: bytes, rng: random.Random, others: Sequence[bytes] = ()) -> bytes:
    """One to eight changes: bits, bytes, words, numbers, stretches, parts of other inputs."""
    changed = bytearray(content)
    for _ in range(rng.choice((1, 1, 1, 2, 4, 8))):
        place = rng.randrange(len(changed) + 1)
        stop = min(len(changed), place + rng.choice((1, 2, 8, 64, 1024)))
        match rng.randrange(9):
            case 0 if place < len(changed):
                changed[place] ^= 1 << rng.randrange(8)
            case 1 if place < len(changed):
                changed[place] = rng.choice(_BYTES)
            case 2:
                changed[place:place] = rng.choice(_WORDS)
            case 3:
                del changed[place:stop]
            case 4:
                changed[place:place] = changed[place:stop] * rng.choice((1, 2, 50))
            case 5:
                del changed[place:]
            case 6 if found := list(_NUMBER.finditer(changed)):
                number = rng.choice(found)
                changed[number.start() : number.end()] = str(
                    rng.choice((0, 1, 255, 65_535, 2**31, 2**63, 10**30))
                ).encode()
            case 7 if others:
                other = rng.choice(others)
                first = rng.randrange(len(other) + 1)
                changed[place:stop] = other[first : first + rng.choice((8, 64, 1024))]
            case _:
                changed[place:place] = bytes(rng.choices(range(256), k=rng.choice((1, 4, 16))))
    return bytes(changed[:_MOST])


def changed_json(value: Any, rng: random.Random) -> Any:
    """The same value, but for one to three places: another value, one less, or one twice."""
    for _ in range(rng.choice((1, 1, 2, 3))):
        value = _changed_once(value, rng)
    return value


def _changed_once(value: Any, rng: random.Random) -> Any:
    inside = isinstance(value, dict | list) and value and rng.random() < 0.85
    if not inside:
        return rng.choice(VALUES)
    if isinstance(value, dict):
        key = rng.choice(list(value))
        rest = {name: each for name, each in value.items() if name != key}
        match rng.randrange(12):
            case 0:
                return rest
            case 1:
                return rest | {rng.choice(("", "x", key + " ", "__class__")): value[key]}
            case 2:
                return value | {rng.choice(("more", "size", "__reduce__")): rng.choice(VALUES)}
        return value | {key: _changed_once(value[key], rng)}
    place = rng.randrange(len(value))
    match rng.randrange(8):
        case 0:
            return value[:place] + value[place + 1 :]
        case 1:
            return [*value, value[place]]
    return [*value[:place], _changed_once(value[place], rng), *value[place + 1 :]]
