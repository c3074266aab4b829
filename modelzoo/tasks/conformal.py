"""Conformal calibration: moving quantile forecasts so that held-out data lie where they should."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from modelzoo.errors import InputError

FEWEST_A_STEP = 100  # held-out windows from which each step ahead is calibrated by itself


def conformal_offsets(
    quantiles: np.ndarray, truth: np.ndarray, levels: Sequence[float]
) -> np.ndarray:
    """What to add to quantile forecasts, measured on data that did not train them.

    Split conformal quantile regression (Romano, Patterson & Candes 2019, "Conformalized Quantile
    Regression") for each level by itself: the offset is the quantile, of that level, of what the
    forecast misses the truth by, with the correction for finitely many windows. Where there are
    few windows all steps ahead share one offset. Windows of one series are not exchangeable, so
    coverage is near the nominal one rather than guaranteed.

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
    horizon = truth.shape[1]
    missed = truth[:, :, None] - quantiles  # (N, H, Q)
    counts = np.isfinite(truth).sum(axis=0)
    needed = math.ceil(max(1 / min(level, 1 - level) for level in levels) - 1 - 1e-9)
    if counts.sum() < needed:
        raise InputError(
            f"conformal calibration to the levels {tuple(levels)} needs {needed} held-out steps, "
            f"there are {counts.sum()}: raise validation_fraction, or give more data"
        )
    if counts.min() < max(FEWEST_A_STEP, needed):
        pooled = missed.reshape(-1, len(levels))
        return np.tile(_offsets(pooled, levels), (horizon, 1))
    return np.stack([_offsets(missed[:, step], levels) for step in range(horizon)])


def _offsets(missed: np.ndarray, levels: Sequence[float]) -> np.ndarray:
    ordered = np.sort(missed[np.isfinite(missed[:, 0])], axis=0)  # (n, Q)
    count = len(ordered)
    offsets = []
    for column, level in zip(ordered.T, levels, strict=True):
        if level == 0.5:
            offsets.append(float(np.median(column)))
            continue
        share = (count + 1) * level
        rank = math.ceil(share - 1e-9) if level > 0.5 else math.floor(share + 1e-9)
        offsets.append(float(column[min(max(rank, 1), count) - 1]))
    return np.array(offsets)
