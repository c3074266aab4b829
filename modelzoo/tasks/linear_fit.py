"""The linear part of a forecast, in closed form."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from modelzoo.tasks.forecast_windows import WindowBatches

WINDOWS_A_STEP = 5  # of context, and more: with fewer, training from the mean season does better
MOST_WINDOWS = 100_000  # that a map is fitted to
MOST_VALIDATING = 20_000  # windows that choose how strong the ridge is
CHUNK = 2_000  # windows held at once
RIDGES = (1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)  # in mean eigenvalues
RIDGE = 0.1  # where no windows are held out to choose by


class LinearMaps(NamedTuple):
    """The linear forecast, as matrices (L, H) for contexts centred on their last value.

    Attributes:
        training: Fitted to the windows that train, for a network to learn beside.
        whole: Fitted as hard to all windows, the held-out ones too, which are the latest.
    """

    training: np.ndarray
    whole: np.ndarray


def linear_maps(
    start: np.ndarray,
    training: WindowBatches,
    validation: WindowBatches | None,
    whole: WindowBatches,
    seed: int,
) -> LinearMaps | None:
    """The linear forecast with the least squared error, where there are the windows to tell it.

    Ridge regression of windows on windows (Toner and Darlow, 2024, find it ahead of the linear
    networks that are trained by gradients), as strong as serves the held-out windows. Errors count
    in the unit of their series (`error_units`), or windows in which little happens would decide.

    Args:
        start: The forecast (L, H) that it has to beat on the held-out windows.
        training: Windows to fit to; of very many, a sample.
        validation: Windows that choose the strength.
        whole: Both.
        seed: Draws the sample.

    Returns:
        None where there are too few windows, or ``start`` is no worse.
    """
    if len(training.rows) < WINDOWS_A_STEP * len(start):
        return None
    fit = _Regression.of(training, seed)
    if validation is None:
        matrix = fit.solved(RIDGE)
        return LinearMaps(matrix, matrix)
    candidates = [start, *(fit.solved(ridge) for ridge in RIDGES)]
    best = int(np.argmin(_errors(candidates, validation, seed)))
    if not best:
        return None
    ridge = RIDGES[best - 1]
    return LinearMaps(candidates[best], _Regression.of(whole, seed).solved(ridge))


def _errors(matrices: list[np.ndarray], batches: WindowBatches, seed: int) -> np.ndarray:
    """The squared error of each matrix, summed over windows."""
    errors = np.zeros(len(matrices))
    for contexts, targets, weight in _chunks(batches, MOST_VALIDATING, seed):
        for place, matrix in enumerate(matrices):
            errors[place] += (np.square(contexts @ matrix - targets) * weight).sum()
    return errors


def _chunks(batches: WindowBatches, most: int, seed: int) -> Iterator[tuple]:
    """What the linear path sees of some windows, of those that have a known target."""
    chosen = np.random.default_rng(seed).permutation(len(batches.rows))[:most]
    for first in range(0, len(chosen), CHUNK):
        contexts, targets, weight = batches.linear(chosen[first : first + CHUNK])
        known = weight.any(axis=1)
        yield contexts[known], targets[known], weight[known]


class _Regression(NamedTuple):
    """The normal equations of windows on windows, with the contexts' products diagonalized."""

    values: np.ndarray  # (L,)
    vectors: np.ndarray  # (L, L)
    turned: np.ndarray  # (L, H)

    @classmethod
    def of(cls, batches: WindowBatches, seed: int) -> _Regression:
        length, horizon = batches.task.steps, batches.task.horizon
        gram, cross = np.zeros((length, length)), np.zeros((length, horizon))
        known, count = np.zeros(horizon), 0
        for contexts, targets, weight in _chunks(batches, MOST_WINDOWS, seed):
            gram += contexts.T @ contexts
            cross += contexts.T @ (targets * weight)
            known += weight.sum(axis=0)
            count += len(contexts)
        cross *= count / np.maximum(known, 1)  # what is missing is as what is known
        values, vectors = np.linalg.eigh(gram)
        return cls(np.maximum(values, 0), vectors, vectors.T @ cross)

    def solved(self, ridge: float) -> np.ndarray:
        shrink = ridge * max(self.values.mean(), 1e-12)
        return self.vectors @ (self.turned / (self.values + shrink)[:, None])
