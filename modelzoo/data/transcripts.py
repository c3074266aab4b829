"""What a model writes, as it comes: whole characters only, and nothing from a stop on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

import numpy as np

from modelzoo.errors import InputError


class Transcript(Protocol):
    """The continuation of one prompt.

    Attributes:
        finished: Whether a stop was reached: all that is added later leaves no trace.
    """

    finished: bool

    def add(self, tokens: Iterable[int]) -> Any:
        """What some more tokens of the model make sure to follow: a string, or a list of ids."""

    def end(self) -> Any:
        """What was held back, once no more tokens come."""


class PieceDecoder(Protocol):
    """Gives tokens their text as they come, such as a `TextDecoder`."""

    def add(self, ids: Iterable[int]) -> str:
        """The text that some more tokens complete."""

    def end(self) -> str:
        """The text of what is left."""


class TextTranscript:
    """Text that ends before the first of some strings.

    Args:
        decoder: Gives tokens their text.
        stops: The strings; the one that is complete first counts, then the longest.
    """

    def __init__(self, decoder: PieceDecoder, stops: Sequence[str]):
        self.finished = False
        self._decoder = decoder
        self._stops = stops
        self._held = ""  # what could be the beginning of a stop

    def add(self, tokens: Iterable[int]) -> str:
        """The text that is sure by now."""
        return self._release(self._decoder.add(tokens))

    def end(self) -> str:
        """What was held back: the beginning of a stop or of a character that did not come."""
        released = self._release(self._decoder.end())
        return released if self.finished else released + self._held

    def _release(self, more: str) -> str:
        if self.finished:
            return ""
        text = self._held + more
        found = [(at + len(stop), at) for stop in self._stops if (at := text.find(stop)) >= 0]
        if found:
            self.finished = True
            return text[: min(found)[1]]
        held = max((_overlap(text, stop) for stop in self._stops), default=0)
        self._held = text[len(text) - held :]
        return text[: len(text) - held]


class IdTranscript:
    """Token ids that end before the first of some ids.

    Args:
        decode: Turns the model's ids into the user's.
        stops: The user's ids that end a sequence.
    """

    def __init__(self, decode: Callable[[Iterable[int]], list[int]], stops: Sequence[int]):
        self.finished = False
        self._decode = decode
        self._stops = set(stops)

    def add(self, tokens: Iterable[int]) -> list[int]:
        """The ids of some more tokens."""
        ids: list[int] = []
        for each in self._decode(tokens):
            self.finished = self.finished or each in self._stops
            if not self.finished:
                ids.append(each)
        return ids

    def end(self) -> list[int]:
        """Nothing: ids are never held back."""
        return []


def check_stops(stop: Any, kind: type) -> list[Any]:
    """Reads the argument ``stop``.

    Args:
        stop: None, one stop or a list of them.
        kind: What each is: ``str`` for texts, ``int`` for token ids.

    Returns:
        The stops.

    Raises:
        InputError: If one is empty or something else.

    >>> check_stops(". ", str), check_stops([1, 2], int), check_stops(None, str)
    (['. '], [1, 2], [])
    """
    if stop is None:
        return []
    several = isinstance(stop, list | tuple | set | np.ndarray)
    stops = [
        each.item() if isinstance(each, np.generic) else each
        for each in (stop if several else [stop])
    ]
    for each in stops:
        if not isinstance(each, kind) or isinstance(each, bool) or each == "":
            wanted = "a string that is not empty" if kind is str else "a token id"
            raise InputError(f"stop must be {wanted}, or a list of them, got {each!r}")
    return stops


def _overlap(text: str, stop: str) -> int:
    """The length of the longest end of a text that a stop begins with, but is not whole."""
    longest = min(len(text), len(stop) - 1)
    return next((size for size in range(longest, 0, -1) if text.endswith(stop[:size])), 0)
