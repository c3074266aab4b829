"""What every network has to beat: simple methods behind the same estimator interface.

They speak as much of the networks' interface as a comparison needs. What they have not: ``save``,
as they are fitted anew in moments (scikit-learn's ways of keeping an estimator work for them too);
``validation_data`` and callbacks, as nothing watches an epoch; beam search; covariates, which
forecasters take and do not read; weights, where a method cannot weigh (the nearest neighbour takes
and ignores them).

The classes are resolved on first use, so that importing this package costs nothing; listing them
loads scikit-learn, and fitting one of them Keras.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from modelzoo.errors import UnknownNameError

if TYPE_CHECKING:
    from modelzoo.baselines.classification import (
        LinearClassifier,
        MajorityClassifier,
        NearestNeighbourClassifier,
        TfidfClassifier,
    )
    from modelzoo.baselines.exponential_smoothing import ExponentialSmoothing
    from modelzoo.baselines.forecasting import Drift, SeasonalNaive
    from modelzoo.baselines.language import NGramLanguageModel
    from modelzoo.baselines.linear import LinearForecaster
    from modelzoo.baselines.random_convolutions import MiniRocketClassifier
    from modelzoo.baselines.theta import Theta

__all__ = [
    "Drift",
    "ExponentialSmoothing",
    "LinearClassifier",
    "LinearForecaster",
    "MajorityClassifier",
    "MiniRocketClassifier",
    "NGramLanguageModel",
    "NearestNeighbourClassifier",
    "SeasonalNaive",
    "TfidfClassifier",
    "Theta",
    "baselines_for",
    "is_baseline",
]

_HOME = {
    "Drift": "forecasting",
    "ExponentialSmoothing": "exponential_smoothing",
    "LinearClassifier": "classification",
    "LinearForecaster": "linear",
    "MajorityClassifier": "classification",
    "MiniRocketClassifier": "random_convolutions",
    "NGramLanguageModel": "language",
    "NearestNeighbourClassifier": "classification",
    "SeasonalNaive": "forecasting",
    "TfidfClassifier": "classification",
    "Theta": "theta",
}

# task -> (shown name, class, whether it reads texts, whether it reads numbers)
_BASELINES = {
    "classification": [
        ("majority class", "MajorityClassifier", True, True),
        ("TF-IDF + logistic regression", "TfidfClassifier", True, False),
        ("logistic regression", "LinearClassifier", False, True),
        ("nearest neighbour", "NearestNeighbourClassifier", False, True),
        ("MiniRocket + ridge regression", "MiniRocketClassifier", False, True),
    ],
    "forecasting": [
        ("seasonal naive", "SeasonalNaive", False, True),
        ("drift", "Drift", False, True),
        ("Theta", "Theta", False, True),
        ("exponential smoothing", "ExponentialSmoothing", False, True),
        ("linear (NLinear)", "LinearForecaster", False, True),
    ],
    "generation": [("n-gram", "NGramLanguageModel", True, False)],
}


def is_baseline(name: object) -> bool:
    """Whether a baseline is shown by this name, or its class is called so.

    >>> is_baseline("seasonal naive"), is_baseline("SeasonalNaive"), is_baseline("gru")
    (True, True, False)
    """
    return any(name in row[:2] for rows in _BASELINES.values() for row in rows)


def baselines_for(task: str, X: Any = None, **parameters: Any) -> list[tuple[str, Any]]:
    """The baselines that fit a task and its data, simplest first, not yet fitted.

    Args:
        task: ``"classification"``, ``"forecasting"`` or ``"generation"``.
        X: The training data; for classification it decides between methods for texts and for
            numbers. Without it all methods of the task are listed.
        parameters: Constructor arguments, such as ``horizon``; each goes to the baselines that
            have it.

    Returns:
        Pairs (name to show, estimator).

    Raises:
        UnknownNameError: If the task is unknown.

    >>> [name for name, _ in baselines_for("forecasting", horizon=12)][:2]
    ['seasonal naive', 'drift']
    """
    if task not in _BASELINES:
        raise UnknownNameError("task", task, _BASELINES)
    kind = _kind(X) if task == "classification" and X is not None else None
    pairs = []
    for name, class_name, for_texts, for_numbers in _BASELINES[task]:
        fits = {"texts": for_texts, "numbers": for_numbers}.get(kind or "", True)
        if fits:
            estimator = _load(class_name)()
            own = estimator.get_params()
            estimator.set_params(**{k: v for k, v in parameters.items() if k in own})
            pairs.append((name, estimator))
    return pairs


def _kind(X: Any) -> str | None:
    """``"texts"`` or ``"numbers"``, as a classifier reads them.

    None for sequences of token ids, which may be read as both.
    """
    import numpy as np

    from modelzoo.data.texts_and_ids import holds_text

    if holds_text(X):
        return "texts"
    first = np.asarray(X.iloc[0] if hasattr(X, "iloc") else X[0])
    return None if first.ndim == 1 and first.dtype.kind in "iu" else "numbers"


def _load(class_name: str) -> Any:
    return getattr(importlib.import_module(f"{__name__}.{_HOME[class_name]}"), class_name)


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return _load(name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
