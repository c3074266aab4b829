"""What rows count."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np

from modelzoo.errors import InputError


def check_weights(
    name: str, weights: Any, count: int, places: Sequence[Hashable] | None = None
) -> np.ndarray:
    """Checks that an argument holds a finite number from 0 for each row.

    Args:
        name: What the argument is called, for the error message.
        weights: The numbers (N,).
        count: N.
        places: What stands in the message for the number of a row; None for the number.

    Returns:
        The weights (N,), float32.

    Raises:
        InputError: They are something else; the message says which one.

    >>> check_weights("sample_weight", [1, -2], 2)
    Traceback (most recent call last):
    modelzoo.errors.InputError: sample_weight[1] must be a finite number from 0, got -2.0
    """
    try:
        numbers = np.asarray(weights, dtype="float32")
    except (TypeError, ValueError):
        raise InputError(f"{name} must be numbers, got {weights!r:.60}") from None
    if numbers.shape != (count,):
        raise InputError(f"{name} must be {count} numbers, one a row, got shape {numbers.shape}")
    wrong = np.flatnonzero(~(np.isfinite(numbers) & (numbers >= 0)))
    if len(wrong):
        place = int(wrong[0])
        raise InputError(
            f"{name}[{place if places is None else places[place]!r}] must be a finite number "
            f"from 0, got {numbers[place]}"
        )
    return numbers
