"""What may be said about drawing tokens: the same ranges for networks and the n-gram baseline."""

from __future__ import annotations

from numbers import Real
from typing import Any

from modelzoo.errors import InputError, check_whole


def check_sampling(
    temperature: Any, top_k: Any, top_p: Any, seed: Any, repetition_penalty: Any = 1.0
) -> None:
    """Checks the settings of sampling.

    Args:
        temperature: 0 or more, finite.
        top_k: A whole number from 0.
        top_p: Above 0 and at most 1.
        seed: A whole number from 0, or None.
        repetition_penalty: Above 0, finite.

    Raises:
        InputError: A value is out of its range; the message names it and what was received.

    >>> check_sampling(temperature=-1, top_k=0, top_p=1.0, seed=None)
    Traceback (most recent call last):
    modelzoo.errors.InputError: temperature must be 0 or more, got -1
    """
    if not _is_real(temperature) or not 0 <= temperature < float("inf"):
        raise InputError(f"temperature must be 0 or more, got {temperature!r}")
    check_whole("top_k", top_k, least=0)
    if not _is_real(top_p) or not 0 < top_p <= 1:
        raise InputError(f"top_p must be above 0 and at most 1, got {top_p!r}")
    if seed is not None:
        check_whole("seed", seed, least=0)
    if not _is_real(repetition_penalty) or not 0 < repetition_penalty < float("inf"):
        raise InputError(f"repetition_penalty must be above 0, got {repetition_penalty!r}")


def check_streamed(single: bool, n: int, beams: int) -> None:
    """Checks that one text is asked for, which can be given as it is drawn.

    Args:
        single: Whether there is but one prompt, outside of a list.
        n: How many texts to draw for it.
        beams: How many continuations to follow.

    Raises:
        InputError: More than one text is asked for.
    """
    if not single or n > 1 or beams > 1:
        raise InputError(
            "stream=True gives one text as it is drawn: it takes one prompt, n=1 and beams=1"
        )


def _is_real(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)
