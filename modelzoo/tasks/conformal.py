"""Conformal calibration: moving quantile forecasts so that held-out data lie where they should."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from modelzoo.errors import InputError


def conformal_offsets(
    quantiles: np.ndarray, truth: np.ndarray, levels: Sequence[float]
) -> np.ndarray:
    """What to add to quantile forecasts, measured on data that did not train them.

    Split conformal quantile regression (Romano, Patterson & Candes 2019, "Conformalized Quantile
    Regression") for each level by itself: the offset is the quantile, of that level, of what the
    forecast misses the truth by, with the correction for finitely many windows. Misses are counted
    in units of how large they are at that many steps ahead, so that all steps together decide.
    Windows of one series are not exchangeable: coverage is near the nominal one, not guaranteed.

    Args:
        quantiles: Forecasts (N, H, Q), normalized.
        truth: What came (N, H), normalized alike, NaN where unknown.
        levels: The Q levels.

    Returns:
        The offsets (H, Q).

    Raises:
        InputError: There are too few held-out windows for the outermost levels.

    >>> forecasts, truth = np.zeros((9, 1, 1)), np.arange(9.0)[:, None]
    >>> conformal_offsets(forecasts, truth, [0.9]).tolist()
    [[8.0]]
    """
    known = np.isfinite(truth)  # (N, H)
    check_held_out(int(known.sum()), levels)
    missed = np.where(known[:, :, None], truth[:, :, None] - quantiles, 0)  # (N, H, Q)
    count = np.maximum(known.sum(axis=0), 1)
    size = np.abs(missed).min(axis=2).sum(axis=0) / count  # (H,) by the nearest quantile
    size = np.where(size > 0, size, size.max() or 1.0)
    relative = np.sort((missed / size[:, None])[known], axis=0)  # (M, Q)
    return size[:, None] * [
        _ranked(column, level) for column, level in zip(relative.T, levels, strict=True)
    ]


def check_held_out(steps: int, levels: Sequence[float]) -> None:
    """Checks that there are enough held-out steps to calibrate the outermost levels.

    Raises:
        InputError: There are not.
    """
    needed = math.ceil(max(1 / min(level, 1 - level) for level in levels) - 1 - 1e-9)
    if steps < needed:
        raise InputError(
            f"conformal calibration to the levels {tuple(levels)} needs {needed} held-out steps, "
            f"there are {steps}: raise validation_fraction, or give more data"
        )


def _ranked(ordered: np.ndarray, level: float) -> float:
    """The quantile of ascending numbers that as many further ones would not exceed."""
    if level == 0.5:
        return float(np.median(ordered))
    share = (len(ordered) + 1) * level
    rank = math.ceil(share - 1e-9) if level > 0.5 else math.floor(share + 1e-9)
    return float(ordered[min(max(rank, 1), len(ordered)) - 1])
