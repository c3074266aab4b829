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
FOLDS = 5


class LinearMaps(NamedTuple):
    """The linear forecast, as matrices (L, H) for contexts centred on their last value.

    Attributes:
        training: Fitted to the windows that train, for a network to learn beside.
        whole: Fitted as hard to all windows, the held-out ones too, which are the latest.
        without: (FOLDS, L, H) fitted as hard to the windows that train without those of a fold.
    """

    training: np.ndarray
    whole: np.ndarray
    without: np.ndarray


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
    in units of the whole series, or windows in which little happens would decide.

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
    folds = _Sums.by_fold(training, seed)
    fit = _Regression.of(folds)
    ridge = RIDGE
    if validation is not None:
        candidates = [start, *(fit.solved(ridge) for ridge in RIDGES)]
        best = int(np.argmin(_errors(candidates, validation, seed)))
        if not best:
            return None
        ridge = RIDGES[best - 1]
    others = (folds[:fold] + folds[fold + 1 :] for fold in range(FOLDS))
    return LinearMaps(
        training=fit.solved(ridge),
        whole=_Regression.of(_Sums.by_fold(whole, seed)).solved(ridge),
        without=np.stack([_Regression.of(each).solved(ridge) for each in others]),
    )


def folds_of(chosen: np.ndarray, count: int) -> np.ndarray:
    """The folds of some of so many windows, by number: neighbours are alike, and stay together."""
    return chosen * FOLDS // count


def _errors(matrices: list[np.ndarray], batches: WindowBatches, seed: int) -> np.ndarray:
    """The squared error of each matrix, summed over windows."""
    errors = np.zeros(len(matrices))
    for contexts, targets, weight, _ in _chunks(batches, MOST_VALIDATING, seed):
        for place, matrix in enumerate(matrices):
            errors[place] += (np.square(contexts @ matrix - targets) * weight).sum()
    return errors


def _chunks(batches: WindowBatches, most: int, seed: int) -> Iterator[tuple]:
    """What the linear path sees of some windows, of those that have a known target, and folds."""
    chosen = np.random.default_rng(seed).permutation(len(batches.rows))[:most]
    for first in range(0, len(chosen), CHUNK):
        some = chosen[first : first + CHUNK]
        contexts, targets, weight = batches.linear(some)
        known = weight.any(axis=1)
        fold = folds_of(some[known], len(batches.rows))
        yield contexts[known], targets[known], weight[known], fold


class _Sums(NamedTuple):
    """What the normal equations of windows on windows are made of."""

    gram: np.ndarray  # (L, L)
    cross: np.ndarray  # (L, H)
    known: np.ndarray  # (H,)
    rows: int

    @classmethod
    def by_fold(cls, batches: WindowBatches, seed: int) -> list[_Sums]:
        length, horizon = batches.task.steps, batches.task.horizon
        nothing = cls(np.zeros((length, length)), np.zeros((length, horizon)), np.zeros(horizon), 0)
        sums = [nothing] * FOLDS
        for contexts, targets, weight, folds in _chunks(batches, MOST_WINDOWS, seed):
            targets = targets * weight
            for fold in np.unique(folds):
                of = folds == fold
                added = cls(
                    contexts[of].T @ contexts[of],
                    contexts[of].T @ targets[of],
                    weight[of].sum(axis=0),
                    int(of.sum()),
                )
                sums[fold] = cls(*(a + b for a, b in zip(sums[fold], added, strict=True)))
        return sums


class _Regression(NamedTuple):
    """The normal equations of windows on windows, with the contexts' products diagonalized."""

    values: np.ndarray  # (L,)
    vectors: np.ndarray  # (L, L)
    turned: np.ndarray  # (L, H)

    @classmethod
    def of(cls, folds: list[_Sums]) -> _Regression:
        gram, cross, known, rows = (sum(each) for each in zip(*folds, strict=True))
        cross = cross * (rows / np.maximum(known, 1))  # what is missing is as what is known
        values, vectors = np.linalg.eigh(gram)
        return cls(np.maximum(values, 0), vectors, vectors.T @ cross)

    def solved(self, ridge: float) -> np.ndarray:
        shrink = ridge * max(self.values.mean(), 1e-12)
        return self.vectors @ (self.turned / (self.values + shrink)[:, None])
