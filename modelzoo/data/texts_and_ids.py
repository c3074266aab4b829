"""Texts and token ids as callers hand them in: whether data are such, and how they are read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from modelzoo.data.interchange import as_pandas
from modelzoo.data.text import check_texts
from modelzoo.data.token_ids import read_ids
from modelzoo.errors import InputError


def holds_text(X: Any) -> bool:
    """Whether data are texts rather than numbers: what ``kind="auto"`` means to a classifier.

    The first row that is not missing decides; where all are, arrays of numbers hold numbers, and
    anything else texts that are missing.

    Args:
        X: A list, an array, a pandas Series or a table. Texts stand in one column: a table of
            several is one of numbers.

    >>> holds_text(["a text"]), holds_text(np.array([["a text"]], dtype=object)), holds_text([[1]])
    (True, True, False)
    """
    if isinstance(X, str):
        return True
    X = as_pandas(X)
    if len(getattr(X, "columns", ())) > 1:
        return False  # texts stand in one column; what is no number in a table is told later
    if hasattr(X, "to_numpy"):
        X = X.to_numpy()
    if not hasattr(X, "__len__") or (isinstance(X, np.ndarray) and X.ndim == 0):
        return False
    if isinstance(X, np.ndarray) and X.dtype.kind in "biufc":
        return False  # numbers, also where all are missing
    for row in X:
        first = next(row.flat, 0) if isinstance(row, np.ndarray) else row  # of a table
        if not (pd.api.types.is_scalar(first) and pd.isna(first)):
            return isinstance(first, str | bytes)  # of bytes it is told later to decode them
    # Nothing but missing values: series that all begin with a gap, or texts that are all missing.
    return not any(isinstance(row, np.ndarray) for row in X)


def read_rows(X: Any, kind: str, name: str) -> list[Any]:
    """Reads texts, a single string being one, or with ``kind="tokens"`` sequences of ids.

    Raises:
        InputError: It is something else, or nothing.
    """
    if kind == "tokens":
        return read_ids(X, name)
    return [X] if isinstance(X, str) else check_texts(X, name)


def read_prompts(prompt: Any, kind: str, name: str) -> tuple[list[Any], bool]:
    """Reads a prompt, or a list of prompts.

    Args:
        prompt: A text or a list of them, none being fine; with ``kind="tokens"`` a sequence of ids
            or a list of sequences. ``""`` and an empty sequence start something new.
        kind: ``"text"`` or ``"tokens"``.
        name: What the argument is called, for the error message.

    Returns:
        The prompts, and whether there is but one, outside of a list.

    Raises:
        InputError: It is something else.

    >>> read_prompts("a", "text", "prompt"), read_prompts([[1], [2, 3]], "tokens", "prompt")
    ((['a'], True), ([[1], [2, 3]], False))
    """
    if kind == "tokens":
        ids = [] if isinstance(prompt, str) and not prompt else prompt
        single = hasattr(ids, "__len__") and all(np.ndim(each) == 0 for each in ids)
        return read_ids([ids] if single else ids, name), single
    if isinstance(prompt, str):
        return check_texts([prompt], name), True
    if isinstance(prompt, Sequence) and not len(prompt):
        return [], False
    return check_texts(prompt, name), False


def check_scored(pairs: bool, y: Any) -> None:
    """Checks that what is to be scored is what a model learned.

    Args:
        pairs: Whether it learned prompts with their completions.
        y: The completions to score, or None.

    Raises:
        InputError: Completions are missing, or were never learned.
    """
    if pairs != (y is not None):
        raise InputError(
            "the model was fitted on pairs: give the completions as y"
            if pairs
            else "the model was fitted on texts, not on pairs: leave y out"
        )
