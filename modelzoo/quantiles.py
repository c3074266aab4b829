"""Arithmetic of quantile forecasts: other levels, the median, mixtures."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np

from modelzoo.errors import InputError


def median(quantiles: np.ndarray, levels: Sequence[float]) -> np.ndarray:
    """The forecast at level 0.5, as `at_levels` reads it off the levels around it.

    Args:
        quantiles: Quantile forecasts (..., Q).
        levels: The Q levels, ascending.

    Returns:
        The point forecast (...).

    Raises:
        InputError: All levels lie on one side of 0.5.

    >>> median(np.array([[1.0, 5.0]]), (0.1, 0.9)).tolist()
    [3.0]
    """
    if not levels[0] <= 0.5 <= levels[-1]:
        raise InputError(
            f"scoring needs the quantile 0.5 or one on either side of it, got {tuple(levels)}"
        )
    return at_levels(quantiles, levels, (0.5,))[..., 0]


def at_levels(quantiles: np.ndarray, known: Sequence[float], levels: Sequence[float]) -> np.ndarray:
    """Quantiles at other levels, on the normal distributions drawn through the known ones.

    Args:
        quantiles: (..., Q) at the known levels.
        known: The Q levels, ascending.
        levels: The levels wanted.

    Returns:
        (..., number of levels).

    Raises:
        InputError: A single level is known and another one is wanted.

    >>> at_levels(np.array([-1.0, 0.0, 2.0]), (0.1, 0.5, 0.9), (0.5, 0.9)).tolist()
    [0.0, 2.0]
    """
    if all(any(abs(level - own) < 1e-9 for own in known) for level in levels):
        places = [int(np.abs(np.asarray(known) - level).argmin()) for level in levels]
        return quantiles[..., places]
    if len(known) == 1:
        raise InputError(
            f"the model forecasts the quantile {known[0]} alone, which says nothing of "
            f"{tuple(levels)}: fit with quantiles={tuple(levels)}"
        )
    normal = NormalDist()
    own = np.array([normal.inv_cdf(level) for level in known])
    columns = []
    for level in levels:
        place = normal.inv_cdf(level)
        after = int(np.clip(np.searchsorted(own, place), 1, len(own) - 1))
        share = (place - own[after - 1]) / (own[after] - own[after - 1])
        columns.append(quantiles[..., after - 1] * (1 - share) + quantiles[..., after] * share)
    return np.stack(columns, axis=-1)


def warn_beyond(known: Sequence[float], levels: Sequence[float], stacklevel: int) -> None:
    """Warns where levels lie beyond the known ones, and are drawn on."""
    if len(known) > 1 and (min(levels) < known[0] - 1e-9 or max(levels) > known[-1] + 1e-9):
        wanted = tuple(round(float(level), 10) for level in levels)
        warnings.warn(
            f"quantiles beyond the fitted ones ({known[0]} to {known[-1]}) are drawn on as of a "
            f"normal distribution; fit with them to learn them: quantiles={wanted}",
            stacklevel=stacklevel + 1,
        )


def mixed_quantiles(quantiles: np.ndarray, levels: Sequence[float]) -> np.ndarray:
    """The quantiles of a mixture of forecasts, each made from a quantile of what comes before.

    Args:
        quantiles: (..., Q, Q) for each quantile of the past the quantiles of what follows.
        levels: The Q levels, of both.

    Returns:
        (..., Q).

    >>> mixed_quantiles(np.array([[0.0, 1, 2], [1, 2, 3], [2, 3, 4]]), (0.1, 0.5, 0.9)).round(1)
    array([0.5, 2. , 3.5])
    """
    known = np.asarray(levels, dtype=float)
    borders = np.concatenate([[0.0], (known[1:] + known[:-1]) / 2, [1.0]])
    mass = np.diff(borders)  # of the probability that each level stands for
    if len(known) == 1:
        return quantiles[..., 0]
    points = quantiles.reshape(*quantiles.shape[:-2], -1)  # (..., Q Q)
    order = np.argsort(points, axis=-1)
    points = np.take_along_axis(points, order, axis=-1)
    weight = np.outer(mass, mass).ravel()[order]
    middle = np.cumsum(weight, axis=-1) - weight / 2  # ascending, in (0, 1)
    columns = []
    for level in known:
        after = np.clip((middle < level).sum(axis=-1, keepdims=True), 1, points.shape[-1] - 1)
        below, above = (np.take_along_axis(middle, after - back, axis=-1) for back in (1, 0))
        low, high = (np.take_along_axis(points, after - back, axis=-1) for back in (1, 0))
        share = np.clip((level - below) / (above - below), 0, 1)
        columns.append((low + share * (high - low))[..., 0])
    return np.stack(columns, axis=-1)
