"""What a generator learns from: texts or pairs, encoded and parted to train and to validate."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from modelzoo.data.text import UNKNOWN
from modelzoo.data.texts_and_ids import read_rows
from modelzoo.data.weights import check_weights
from modelzoo.errors import InputError
from modelzoo.estimators.base import SMALLEST_HOLD_OUT
from modelzoo.tasks.generation import Generation


class Examples(NamedTuple):
    """Encoded documents or pairs.

    Attributes:
        training: To learn from.
        validation: To choose the best epoch; none where there are too few.
        weights: What each pair of the training part counts; None for texts.
        tokens: The token ids of all that was given to learn from.
    """

    training: list[Any]
    validation: list[Any]
    weights: np.ndarray | None
    tokens: list[np.ndarray]


def text_examples(
    task: Generation, X: Sequence[Any], *, validation_data: Any, fraction: float
) -> Examples:
    """Encodes texts; without ``validation_data`` their end is held out."""
    encoded = task.encode(X)
    if validation_data is None:
        training, validation = task.split(encoded, fraction)
    else:
        rows = read_rows(validation_data, task.kind, "validation_data")
        training, validation = encoded, task.encode(rows)
    return Examples(training, validation, None, encoded)


def pair_examples(
    task: Generation,
    X: Sequence[Any],
    y: Sequence[Any],
    sample_weight: Any,
    *,
    validation_data: Any,
    fraction: float,
    seed: int,
) -> Examples:
    """Encodes pairs; without ``validation_data`` a random part of them is held out."""
    pairs = task.encode_pairs(X, y)
    if sample_weight is None:
        weights = np.ones(len(pairs), "float32")
    else:
        weights = check_weights("sample_weight", sample_weight, len(pairs))
    if not weights.any():
        raise InputError("every pair has weight 0: there is nothing to learn from")
    rows = np.flatnonzero(weights)  # pairs that do not count must choose no epoch
    held_out = 0 if validation_data is not None else round(len(rows) * fraction)
    if held_out >= SMALLEST_HOLD_OUT:
        rows = np.random.default_rng(seed).permutation(rows)
    else:
        held_out = 0
    validation = [pairs[row] for row in rows[:held_out]]
    if validation_data is not None:
        validation = _validation_pairs(task, validation_data)
    rows = rows[held_out:]
    tokens = [part for pair in pairs for part in pair]
    return Examples([pairs[row] for row in rows], validation, weights[rows], tokens)


def warn_of_unknown(tokens: Sequence[np.ndarray]) -> None:
    """Warns with the share of new texts that a vocabulary learned before does not have."""
    whole = np.concatenate(tokens)
    unknown = int((whole == UNKNOWN).sum())
    if unknown:
        warnings.warn(
            f"{unknown / len(whole):.1%} of the new texts' tokens are not in the vocabulary, "
            "which stays as it was: they count as unknown and are never written",
            stacklevel=3,
        )


def _validation_pairs(task: Generation, data: Any) -> list[Any]:
    if not isinstance(data, tuple | list) or len(data) != 2:
        raise InputError("validation_data must be (prompts, completions) when y is given")
    names = ("validation_data[0]", "validation_data[1]")
    prompts, completions = (
        read_rows(part, task.kind, name) for part, name in zip(data, names, strict=True)
    )
    return task.encode_pairs(prompts, completions, names)
