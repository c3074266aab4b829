"""What rows count."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np

from modelzoo.data.label_sets import LabelSets
from modelzoo.data.labels import Labels
from modelzoo.errors import InputError, suggestion


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


def row_weights(
    labels: Labels | LabelSets, targets: np.ndarray, sample_weight: Any, class_weight: Any
) -> np.ndarray | None:
    """What each row of labelled data counts.

    Args:
        labels: The classes.
        targets: The class of each row (N,), or with several labels a row (N, K).
        sample_weight: What each row counts (N,), from 0; None for all alike.
        class_weight: What the rows of each label count, those that are not named 1; ``"balanced"``
            for all classes alike; None for no difference. Multiplies ``sample_weight``.

    Returns:
        The weights (N,), float32; None where there are none.

    Raises:
        InputError: A weight cannot be used as given, rows have several labels that
            ``class_weight`` is to weigh, or nothing is left.
    """
    weights = None
    if sample_weight is not None:
        weights = check_weights("sample_weight", sample_weight, len(targets))
    if class_weight is not None:
        if not isinstance(labels, Labels):
            raise InputError(
                "class_weight weighs rows by their one label, and with multi_label=True they "
                "have several: use sample_weight"
            )
        factors = _class_factors(class_weight, labels, targets)[targets]
        weights = factors if weights is None else weights * factors
    if weights is not None and not weights.any():
        raise InputError("every weight is zero: there is nothing to learn from")
    return weights


def _class_factors(by_class: Any, labels: Labels, targets: np.ndarray) -> np.ndarray:
    """What the rows of each class count: (K,)."""
    if isinstance(by_class, str) and by_class == "balanced":
        counts = np.bincount(targets, minlength=len(labels))
        return (len(targets) / (len(labels) * counts)).astype("float32")
    if not isinstance(by_class, Mapping):
        raise InputError(
            f"class_weight must map labels to numbers or be 'balanced', got {by_class!r}"
        )
    named = set(labels.classes.tolist())
    for label in by_class:
        if label not in named:
            raise InputError(
                f"class_weight names {label!r}, which is none of the {len(labels)} classes of the "
                f"training data: {suggestion(label, labels.classes.tolist())}"
            )
    factors = np.ones(len(labels), "float32")
    codes = labels.encode(list(by_class))
    factors[codes] = check_weights(
        "class_weight", list(by_class.values()), len(codes), places=list(by_class)
    )
    return factors
