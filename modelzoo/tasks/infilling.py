"""Masks inside texts, replaced by what fits between their surroundings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from modelzoo.data.text import MASK, START
from modelzoo.errors import InputError, check_whole
from modelzoo.tasks.generation import Generation
from modelzoo.tasks.sampling import Sampling
from modelzoo.tasks.unmasking import Unmasker


def infill(
    task: Generation,
    writer: Unmasker,
    texts: Sequence[Any],
    mask: Any,
    tokens_per_mask: int,
    sampling: Sampling,
) -> list[Any]:
    """Replaces the masks of texts and leaves all else exactly as it is.

    Args:
        task: What the model has learned.
        writer: What fills masks.
        texts: Texts, or lists of ids.
        mask: How a mask is spelled in them.
        tokens_per_mask: How many tokens stand for each mask.
        sampling: How to draw them.

    Returns:
        The texts without masks.

    Raises:
        InputError: If a text has no mask or is longer than the window, or an argument cannot be
            used as given.
    """
    check_whole("tokens_per_mask", tokens_per_mask)
    parts = [_parts(text, mask) for text in texts]
    rows = []
    for number, pieces in enumerate(parts):
        if len(pieces) < 2:
            raise InputError(f"row {number} has no mask {mask!r} to fill: {texts[number]!r:.60}")
        first, *others = task.encode(pieces, "text")
        row = [np.array([START]), first]
        for ids in others:
            row += [np.full(tokens_per_mask, MASK), ids]
        length = sum(map(len, row))
        if length > task.context:
            raise InputError(
                f"row {number} has {length - 1} tokens with those to fill in, but the model sees "
                f"{task.context - 1} at once: shorten it, or fit with a longer context"
            )
        rows.append(np.concatenate(row).astype("int32"))
    answers = []
    for pieces, before, after in zip(parts, rows, writer.fill(rows, sampling), strict=True):
        text = pieces[0]
        new = after[before == MASK].reshape(-1, tokens_per_mask)
        for ids, piece in zip(new, pieces[1:], strict=True):
            text = text + task.decode(ids) + piece
        answers.append(text)
    return answers


def masked_ids(text: Any) -> tuple[list[list[Any]], bool]:
    """Token ids with masks among them, as lists, and whether it is one sequence, not several.

    Raises:
        InputError: It is neither a sequence nor a list of sequences.

    >>> masked_ids([1, "[MASK]", 3]), masked_ids([np.array([1, -1])])
    (([[1, '[MASK]', 3]], True), ([[1, -1]], False))
    """
    rows = text.tolist() if isinstance(text, np.ndarray) else text
    if isinstance(rows, str) or not isinstance(rows, Sequence) or not len(rows):
        raise InputError(f"text must be a list of token ids and masks, got {text!r:.60}")
    single = not any(isinstance(each, list | tuple | np.ndarray) for each in rows)
    found = []
    for row in [rows] if single else rows:
        if not isinstance(row, list | tuple | np.ndarray):
            raise InputError(f"text must hold sequences of token ids only, got also {row!r:.60}")
        found.append([each.item() if isinstance(each, np.generic) else each for each in row])
    return found, single


def _parts(text: Any, mask: Any) -> list[Any]:
    """What stands before, between and behind the masks of a text or a list of ids."""
    if isinstance(text, str):  # check_texts has seen to the rest
        if not isinstance(mask, str) or not mask:
            raise InputError(f"mask must be a string that is not empty, got {mask!r}")
        return text.split(mask)
    parts: list[list[Any]] = [[]]
    for each in text:
        if isinstance(each, str) == isinstance(mask, str) and each == mask:
            parts.append([])
        else:
            parts[-1].append(each)
    return parts
