"""Names of series and columns in JSON types: strings, numbers, and tuples of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from modelzoo.errors import InputError


def label_state(label: Any) -> Any:
    """A name in JSON types; `label_from_state` is the way back."""
    if isinstance(label, np.generic):
        label = label.item()
    if label is None or isinstance(label, (str, int, float)):
        return label
    if isinstance(label, tuple):
        return {"tuple": [label_state(each) for each in label]}
    raise InputError(f"the name {label!r} ({type(label).__name__}) cannot be saved; use a string")


def label_from_state(state: Any) -> Any:
    """The name that `label_state` described."""
    if isinstance(state, dict):
        return tuple(label_from_state(each) for each in state["tuple"])
    return state
