"""Training series as they might have been measured another time."""

from __future__ import annotations

import numpy as np

LEAST = 0.85  # of a series' steps are kept when it is cut at its ends
SHORTEST = 16  # steps: of shorter series, and of tables, each step matters where it stands
SCALING = 0.1  # standard deviation of the factor of a channel
NOISE = 0.05  # of what is added to each step, in standard deviations of the training data


def varied(sequences: list[np.ndarray], random: np.random.Generator) -> list[np.ndarray]:
    """Changes series a little: small training parts are learned by heart otherwise.

    Each is cut at its ends and stretched to its length again (window slicing: Le Guennec et al.,
    2016), its channels are scaled, and noise is added to its steps (Um et al., 2017).

    Args:
        sequences: Standardized series (T, C), float32.
        random: Draws the changes.

    Returns:
        Series of the same shapes.
    """
    return [_noisy(_stretched(row, random), random).astype("float32") for row in sequences]


def _stretched(row: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """A part of a series (T, C), interpolated to T steps."""
    length = len(row)
    if length < SHORTEST:
        return row
    kept = (length - 1) * random.uniform(LEAST, 1)
    places = random.uniform(0, length - 1 - kept) + np.linspace(0, kept, length)
    before = np.minimum(places.astype(int), length - 2)
    share = (places - before)[:, None]
    return row[before] * (1 - share) + row[before + 1] * share


def _noisy(row: np.ndarray, random: np.random.Generator) -> np.ndarray:
    factors = random.normal(1, SCALING, (1, row.shape[1]))
    return row * factors + random.normal(0, NOISE, row.shape)
