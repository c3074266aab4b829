"""One number for many arrays, by which they are told from others."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np


def sha256_of(text: str, arrays: Iterable[tuple[str, np.ndarray]]) -> str:
    """The sha256 of a text and of named arrays of numbers, with their types and shapes."""
    digest = hashlib.sha256(text.encode())
    for name, array in arrays:
        digest.update(f"{name} {array.dtype} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).reshape(-1).view("uint8").data)
    return digest.hexdigest()
