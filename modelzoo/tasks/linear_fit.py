"""The linear part of a forecast, in closed form."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from modelzoo.tasks.forecast_windows import WindowBatches

SEASONS_AVERAGED = 4  # by the forecast that is shrunk towards
MOST_WINDOWS = 20_000  # that a map is fitted to
CHUNK = 2_000  # windows held at once
RIDGES = (1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)  # in mean eigenvalues
RIDGE = 0.1  # where no windows are held out to choose by
FEWEST = 50.0  # windows that the start counts as besides: a few must not talk it down


def seasonal_mean(context: int, horizon: int, season_length: int) -> np.ndarray:
    """The matrix (L, H) that forecasts by the mean of the last few seasons.

    All zeros without a season: for windows centred on their last value that is the naive forecast.
    """
    matrix = np.zeros((context, horizon), "float32")
    step, season = np.arange(horizon), season_length
    seasons = min(SEASONS_AVERAGED, context // season) if season > 1 else 0
    for back in range(1, seasons + 1):
        matrix[context - back * season + step % season, step] = 1 / seasons
    return matrix


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
) -> LinearMaps:
    """The linear forecast with the least squared error.

    Ridge regression of windows on windows (Toner and Darlow, 2024, find it ahead of the linear
    networks that are trained by gradients), shrunk towards ``start`` as far as serves the held-out
    windows, all the way if need be. Windows count in the unit of their series rather than in their
    own, or those in which little happens would decide.

    Args:
        start: The forecast (L, H) to fall back on.
        training: Windows to fit to; of very many, a sample.
        validation: Windows that choose how hard to shrink.
        whole: Both.
        seed: Draws the sample.
    """
    fit = _Regression.of(start, training, seed)
    if validation is None:
        return LinearMaps(fit.solved(RIDGE), fit.solved(RIDGE))
    maps = [start, *map(fit.solved, RIDGES)]
    missed = np.zeros(len(maps))
    for first in range(0, len(validation.rows), CHUNK):
        chosen = np.arange(first, min(first + CHUNK, len(validation.rows)))
        contexts, targets, weight = validation.straight(chosen)
        missed += [(np.abs(contexts @ each - targets) * weight).sum() for each in maps]
    best = int(np.argmin(missed))
    if best == 0:
        return LinearMaps(start, start)
    refitted = _Regression.of(start, whole, seed).solved(RIDGES[best - 1])
    return LinearMaps(maps[best], refitted)


class _Regression(NamedTuple):
    """The normal equations of windows on windows, with the contexts' products diagonalized."""

    start: np.ndarray  # (L, H)
    values: np.ndarray  # (L,)
    vectors: np.ndarray  # (L, L)
    turned: np.ndarray  # (L, H)
    windows: int

    @classmethod
    def of(cls, start: np.ndarray, batches: WindowBatches, seed: int) -> _Regression:
        length, horizon = start.shape
        chosen = np.random.default_rng(seed).permutation(len(batches.rows))[:MOST_WINDOWS]
        gram, cross = np.zeros((length, length)), np.zeros((length, horizon))
        known, windows = np.zeros(horizon), 0
        for first in range(0, len(chosen), CHUNK):
            contexts, targets, weight = batches.straight(chosen[first : first + CHUNK])
            something = weight.any(axis=1)
            contexts, targets, weight = (each[something] for each in (contexts, targets, weight))
            gram += contexts.T @ contexts
            cross += contexts.T @ ((targets - contexts @ start) * weight)
            known += weight.sum(axis=0)
            windows += len(contexts)
        cross *= windows / np.maximum(known, 1)  # what is missing is as what is known
        values, vectors = np.linalg.eigh(gram)
        return cls(start, np.maximum(values, 0), vectors, vectors.T @ cross, windows)

    def solved(self, ridge: float) -> np.ndarray:
        shrink = max(self.values.mean(), 1e-12) * (ridge + FEWEST / max(self.windows, 1))
        return self.start + self.vectors @ (self.turned / (self.values + shrink)[:, None])
