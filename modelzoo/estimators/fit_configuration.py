"""All that decides what a fit learns, by which a checkpoint is told from one of another fit."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from typing import Any

import keras
import numpy as np

import modelzoo
from modelzoo.estimators.digests import sha256_of
from modelzoo.tasks.epochs import EpochBatches

ELSEWHERE = ("model", "size", "hparams", "verbose", "random_state")  # or without effect


def configuration_of(
    estimator: Any,
    training: EpochBatches,
    validation: EpochBatches | None,
    stopping: Iterable[keras.callbacks.EarlyStopping],
) -> dict[str, Any]:
    """What a fit that is about to train depends on, in types that JSON gives back as they are.

    Args:
        estimator: With its network built.
        training: Its batches, with the seed of the fit.
        validation: The same, held out.
        stopping: The caller's callbacks that may stop training early.

    Returns:
        Values by name; of data and weights a digest.
    """
    backend = keras.backend.backend()
    parameters = estimator.get_params(deep=False)
    found = {
        "model": _name(estimator.model),
        **{name: value for name, value in parameters.items() if name not in ELSEWHERE},
        **{f"hyper-parameter {name}": value for name, value in estimator.hparams_.items()},
        "random_state": training.seed,
        "batches in an epoch": training.updates,
        "early stopping": [[each.monitor, each.patience, each.min_delta] for each in stopping],
        "training data": _digest(training.parts(), estimator.task_.state()),
        "validation data": _digest(() if validation is None else validation.parts()),
        "initial weights": _digest(estimator.model_.get_weights()),
        "backend": f"{backend} {getattr(sys.modules.get(backend), '__version__', '')}",
        "version of keras": keras.__version__,
        "version of modelzoo": modelzoo.__version__,
    }
    return json.loads(_json(found))


def _digest(arrays: Iterable[np.ndarray], state: Any = None) -> dict[str, str]:
    def plain() -> Iterator[tuple[str, np.ndarray]]:
        for array in map(np.asarray, arrays):
            if array.dtype == object:  # its bytes are addresses
                array = np.frombuffer(_json(array.tolist()).encode(), "uint8")
            yield "", array

    return {"sha256": sha256_of(_json(state), plain())}


def _json(value: Any) -> str:
    def plain(item: Any) -> Any:
        return item.tolist() if hasattr(item, "tolist") else _name(item)

    return json.dumps(value, default=plain)


def _name(value: Any) -> str:
    """A value in words that are the same in another process."""
    if isinstance(value, str):
        return value
    if callable(value):
        return f"{value.__module__}:{getattr(value, '__qualname__', type(value).__qualname__)}"
    return repr(value)
