"""Assertions whose messages say what differed, and by how much."""

from __future__ import annotations

import numpy as np

TOLERANCE = 1e-4  # of float32 sums taken in another order, at unit scale


def expect(holds: bool, otherwise: str) -> None:
    """Raises with a message unless a condition holds; unlike ``assert``, also under ``-O``."""
    if not holds:
        raise AssertionError(otherwise)


def expect_equal(what: str, expected: np.ndarray, actual: np.ndarray) -> None:
    """Raises unless two arrays are equal up to rounding.

    Args:
        what: Names the arrays in the message.
        expected: What it should be.
        actual: What it is.
    """
    expect(
        expected.shape == actual.shape,
        f"{what}: expected shape {expected.shape}, got {actual.shape}",
    )
    if not expected.size:
        return
    difference = np.abs(expected.astype("float64") - actual)
    allowed = TOLERANCE * (1 + np.abs(expected))
    if not (difference <= allowed).all():  # also when one of them is NaN
        worst = np.unravel_index(int(np.nan_to_num(difference, nan=np.inf).argmax()), actual.shape)
        place = ", ".join(map(str, worst))
        raise AssertionError(
            f"{what}: differs by up to {difference[worst]:.3g} at [{place}]: "
            f"expected {expected[worst]:.6g}, got {actual[worst]:.6g}"
        )


def difference(first: np.ndarray, second: np.ndarray) -> float:
    """The largest absolute difference of two arrays of one shape; 0 for empty ones."""
    return float(np.abs(first - second).max()) if first.size else 0.0
