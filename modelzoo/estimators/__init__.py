"""Estimators with scikit-learn's conventions, one a task, for every architecture."""

from __future__ import annotations

from typing import Any

from modelzoo.errors import InputError, UnknownNameError
from modelzoo.estimators.base import Estimator, split_parameters
from modelzoo.estimators.classifier import Classifier
from modelzoo.estimators.forecaster import Forecaster
from modelzoo.estimators.generator import Generator
from modelzoo.registry import resolve

ESTIMATORS: dict[str, type[Estimator]] = {
    estimator._task.name: estimator for estimator in (Classifier, Forecaster, Generator)
}

__all__ = ["ESTIMATORS", "Classifier", "Estimator", "Forecaster", "Generator", "create"]


def create(name: str, task: str, size: str | None = None, **kwargs: Any) -> Estimator:
    """Makes an unfitted estimator for one architecture and one task.

    Args:
        name: Name of a registered architecture.
        task: ``"classification"``, ``"forecasting"`` or ``"generation"``.
        size: Name of one of the architecture's sizes; None for the builder's defaults.
        **kwargs: Parameters of the estimator (``horizon``, ``epochs``, ...) and hyper-parameters
            of the architecture (``width``, ``depth``, ...), told apart by name.

    Returns:
        A :class:`Classifier`, :class:`Forecaster` or :class:`Generator`.

    Raises:
        UnknownNameError: A name is not known; the message offers the nearest.
        InputError: ``hparams`` is given together with loose hyper-parameters.

    >>> create("gru", task="forecasting", horizon=24, width=64)
    Forecaster(horizon=24, hparams={'width': 64})
    """
    if not isinstance(task, str) or task not in ESTIMATORS:
        raise UnknownNameError("task", task, ESTIMATORS)
    estimator = ESTIMATORS[task]
    own, hparams = split_parameters(estimator, kwargs)
    if hparams and own.get("hparams"):
        raise InputError(f"give {', '.join(hparams)} inside hparams, or all of them loose")
    resolve(name, size, hparams or own.get("hparams"))  # a wrong name fails here, not in fit
    return estimator(name, size=size, **(own | ({"hparams": hparams} if hparams else {})))
