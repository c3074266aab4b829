"""How good an answer is: point forecasts, quantile forecasts and language models.

Steps whose true value is missing (NaN) are left out of every forecast measure.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from modelzoo.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike


def accuracy(y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
    """Share of right labels, of any hashable kind.

    Args:
        y_true: True labels, N of them.
        y_pred: Predicted labels, N of them.
        sample_weight: What each counts, or None for all alike.

    Raises:
        InputError: They differ in number.

    >>> accuracy([("a", 1), "x"], [("a", 1), "y"])
    0.5
    """
    import numpy as np

    true, predicted = list(y_true), list(y_pred)  # type: ignore[arg-type]
    if len(true) != len(predicted):
        raise InputError(f"there are {len(true)} true labels and {len(predicted)} predictions")
    right = np.array([bool(t == p) for t, p in zip(true, predicted, strict=True)], dtype=float)
    return float(
        np.average(right, weights=None if sample_weight is None else np.asarray(sample_weight))
    )


def finite_or_none(value: float) -> float | None:
    """A figure for JSON, which knows neither NaN nor infinity.

    >>> finite_or_none(0.5), finite_or_none(float("nan"))
    (0.5, None)
    """
    return value if math.isfinite(value) else None


def mae(y_true: ArrayLike, y_pred: ArrayLike) -> float:
    """Mean absolute error, in the unit of the series.

    Args:
        y_true: True values, any shape.
        y_pred: Forecasts, the same shape.

    >>> mae([1.0, 2.0, float("nan")], [2.0, 2.0, 2.0])
    0.5
    """
    from sklearn.metrics import mean_absolute_error

    true, predicted = _known(y_true, y_pred)
    return float(mean_absolute_error(true, predicted))


def rmse(y_true: ArrayLike, y_pred: ArrayLike) -> float:
    """Root mean squared error, in the unit of the series.

    Args:
        y_true: True values, any shape.
        y_pred: Forecasts, the same shape.

    >>> rmse([0.0, 0.0], [1.0, 7.0])
    5.0
    """
    from sklearn.metrics import root_mean_squared_error

    true, predicted = _known(y_true, y_pred)
    return float(root_mean_squared_error(true, predicted))


def smape(y_true: ArrayLike, y_pred: ArrayLike) -> float:
    """Symmetric mean absolute percentage error as in the M4 competition: 0 to 200 percent.

    The mean of ``200 |y - f| / (|y| + |f|)``; a step where both are zero counts as 0
    (Makridakis, Spiliotis & Assimakopoulos 2020, "The M4 Competition", Int. J. Forecasting 36).

    Args:
        y_true: True values, any shape.
        y_pred: Forecasts, the same shape.

    >>> smape([100.0, 0.0], [300.0, 0.0])
    50.0
    """
    import numpy as np

    true, predicted = _known(y_true, y_pred)
    size = np.abs(true) + np.abs(predicted)
    return float(np.mean(200 * np.abs(true - predicted) / np.where(size == 0, 1, size)))


def mase(y_true: ArrayLike, y_pred: ArrayLike, y_train: ArrayLike, season_length: int = 1) -> float:
    """Mean absolute scaled error: 1 is the error of a seasonal naive step in the training part.

    The mean absolute error divided by the in-sample mean absolute error of the seasonal naive
    forecast of the *training* part (Hyndman & Koehler 2006, "Another look at measures of forecast
    accuracy", Int. J. Forecasting 22). Several channels: the mean over channels, each scaled by its
    own training part.

    Args:
        y_true: True values, (H,) or (H, C).
        y_pred: Forecasts, the same shape.
        y_train: The training part, (T,) or (T, C), ``T`` greater than ``season_length``.
        season_length: Steps in a season, at least 1.

    Returns:
        The error; NaN where the training part repeats itself exactly, so that it has no scale.

    >>> mase([4.0, 6.0], [4.0, 4.0], y_train=[1.0, 2.0, 3.0])
    1.0
    """
    import numpy as np

    true, predicted, train = (_columns(each) for each in (y_true, y_pred, y_train))
    if true.shape[1] != train.shape[1]:
        raise InputError(f"y_true has {true.shape[1]} channels, y_train {train.shape[1]}")
    if not 1 <= season_length < len(train):
        raise InputError(
            f"season_length must be at least 1 and below the length of y_train ({len(train)}), "
            f"got {season_length}"
        )
    scaled = []
    for channel in range(true.shape[1]):
        steps = np.abs(train[season_length:, channel] - train[:-season_length, channel])
        if not np.isfinite(steps).any():
            raise InputError("y_train has no two known values one season apart")
        scale = float(np.nanmean(steps))
        error = mae(true[:, channel], predicted[:, channel])
        scaled.append(error / scale if scale > 0 else math.nan)
    return float(np.mean(scaled))


def pinball_loss(y_true: ArrayLike, q_pred: ArrayLike, quantiles: Sequence[float]) -> float:
    """Mean quantile loss over steps and quantiles; lower is better.

    ``q (y - f)`` where the truth lies above the forecast quantile, ``(1 - q) (f - y)`` below
    (Koenker & Bassett 1978, "Regression Quantiles", Econometrica 46).

    Args:
        y_true: True values, any shape.
        q_pred: Forecast quantiles, the shape of ``y_true`` and a last axis of ``Q``.
        quantiles: The ``Q`` levels, between 0 and 1.

    >>> pinball_loss([10.0], [[8.0, 10.0, 14.0]], (0.25, 0.5, 0.75))
    0.5
    """
    import numpy as np
    from sklearn.metrics import mean_pinball_loss

    forecasts = np.asarray(q_pred, dtype=float)
    if forecasts.ndim == 0 or forecasts.shape[-1] != len(quantiles):
        raise InputError(
            f"q_pred must have a last axis of {len(quantiles)}, one for each quantile; its shape "
            f"is {forecasts.shape}"
        )
    losses = []
    for position, level in enumerate(quantiles):
        true, predicted = _known(y_true, forecasts[..., position])
        losses.append(float(mean_pinball_loss(true, predicted, alpha=float(level))))
    return float(np.mean(losses))


def coverage(y_true: ArrayLike, lower: ArrayLike, upper: ArrayLike) -> float:
    """Share of true values inside the interval, bounds included; to compare with the nominal one.

    Args:
        y_true: True values, any shape.
        lower: Lower bounds, the same shape.
        upper: Upper bounds, the same shape.

    >>> coverage([1.0, 2.0, 3.0, 4.0], [0.0] * 4, [3.0] * 4)
    0.75
    """
    import numpy as np

    true, low = _known(y_true, lower)
    _, high = _known(y_true, upper)
    return float(np.mean((low <= true) & (true <= high)))


@dataclass(frozen=True)
class Perplexity:
    """How surprised a language model is by texts; lower is better.

    Attributes:
        nats_per_token: Mean negative log-likelihood of a predicted token, natural logarithm.
        nats_per_character: The same total, divided by the characters of the texts: comparable
            between vocabularies.
        bits_per_character: ``nats_per_character / ln 2``.
        perplexity: ``exp(nats_per_token)``: comparable for one vocabulary only.
        n_tokens: Predicted tokens.
        n_characters: Characters of the texts.
        bound: Whether the figures are upper bounds instead of exact, as for masked models.
    """

    nats_per_token: float
    nats_per_character: float
    bits_per_character: float
    perplexity: float
    n_tokens: int
    n_characters: int
    bound: bool = False

    @classmethod
    def from_nats(
        cls, nats: float, n_tokens: int, n_characters: int, bound: bool = False
    ) -> Perplexity:
        """Builds the record from the total negative log-likelihood of all tokens.

        Args:
            nats: Total negative log-likelihood, natural logarithm.
            n_tokens: Predicted tokens, at least 1.
            n_characters: Characters of the texts, at least 1.
            bound: Whether ``nats`` is an upper bound.

        >>> Perplexity.from_nats(math.log(2) * 8, n_tokens=4, n_characters=8).bits_per_character
        1.0
        """
        if n_tokens < 1 or n_characters < 1:
            raise InputError("perplexity needs at least one token to predict; the texts are empty")
        per_token, per_character = nats / n_tokens, nats / n_characters
        perplexity = math.exp(per_token) if per_token < 700 else math.inf
        bits = per_character / math.log(2)
        return cls(per_token, per_character, bits, perplexity, n_tokens, n_characters, bound)


def _known(y_true: ArrayLike, y_pred: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Both flat, without the steps whose true value is missing."""
    import numpy as np

    true, predicted = np.asarray(y_true, dtype=float), np.asarray(y_pred, dtype=float)
    if true.shape != predicted.shape:
        raise InputError(f"y_true has the shape {true.shape}, the forecast {predicted.shape}")
    known = ~np.isnan(true)
    if not known.any():
        raise InputError("y_true has no known value")
    if np.isnan(predicted[known]).any():
        raise InputError("the forecast has missing values (NaN)")
    return true[known], predicted[known]


def _columns(values: ArrayLike) -> np.ndarray:
    import numpy as np

    array = np.asarray(values, dtype=float)
    if array.ndim not in (1, 2):
        raise InputError(f"expected values (T,) or (T, C), got the shape {array.shape}")
    return array[:, None] if array.ndim == 1 else array
