"""Saved models: one file that holds data only, and rebuilds the network through the registry.

A bundle is a zip archive of four members: ``bundle.json`` (what to build), ``adapter.json`` (what
the task learned from the data), ``weights.safetensors`` and ``MODEL_CARD.md``. Nothing in it is
ever executed: no pickle, no Keras configuration. `modelzoo.bundle_files` reads, checks and writes
the file; here estimators are taken apart and put together again.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import json
import math
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any

import keras
import numpy as np
import safetensors.numpy

import modelzoo
from modelzoo import registry
from modelzoo.bundle_files.archive import opened
from modelzoo.bundle_files.contents import Contents, read_adapter, read_contents, read_header
from modelzoo.bundle_files.layout import ADAPTER, CARD, FORMAT, HEADER, MAX_MEMORY, MEMBERS, WEIGHTS
from modelzoo.bundle_files.limits import check_network
from modelzoo.bundle_files.model_card import model_card
from modelzoo.bundle_files.writing import write_bundle
from modelzoo.errors import BundleError
from modelzoo.estimators import ESTIMATORS, Estimator
from modelzoo.estimators.precision import INT8

__all__ = [
    "ADAPTER",
    "CARD",
    "FORMAT",
    "HEADER",
    "MAX_MEMORY",
    "MEMBERS",
    "WEIGHTS",
    "load",
    "save",
]

_DTYPES = {"float32": "F32", "float64": "F64", "float16": "F16", "bfloat16": "BF16"}
_DTYPES |= {
    f"{kind}int{bits}": f"{letter}{bits}"
    for kind, letter in (("", "I"), ("u", "U"))
    for bits in (8, 16, 32, 64)
}


def save(estimator: Estimator, path: str | os.PathLike[str]) -> Path:
    """Writes a fitted estimator to a file, whole or not at all.

    Args:
        estimator: A fitted classifier, forecaster or generator.
        path: Where to write; an existing file is replaced.

    Returns:
        The path.

    Raises:
        BundleError: The architecture is not registered, a weight is not finite, or a parameter or
            a class label cannot be written as JSON (labels may be strings, numbers, booleans and
            tuples of them).
        FileError: The folder does not exist or cannot be written to.
        InputError: ``path`` is none.
    """
    architecture, precision = estimator._built_of  # the parameters may have been set since
    if callable(architecture):
        raise BundleError(
            "this estimator was made from a builder that is not registered, so loading could not "
            "rebuild it: register the builder with modelzoo.register and fit by name"
        )
    weights = {v.path: keras.ops.convert_to_numpy(v.value) for v in estimator.model_.weights}
    for name, value in weights.items():
        _check_finite(name, value, "this model")
    origin = registry.origin(architecture)
    header = {
        "format": FORMAT,
        "versions": {"modelzoo": modelzoo.__version__, "keras": keras.__version__},
        "task": estimator.task_.name,
        "architecture": architecture,
        "origin": origin,
        "origin_version": _version_of(origin),
        "hparams": estimator.hparams_,
        "parameters": _parameters(estimator) | {"model": architecture, "precision": precision},
        "history": {
            name: [value if math.isfinite(value) else None for value in map(float, values)]
            for name, values in estimator.history_.items()
        },
        "best_epoch": estimator.best_epoch_,
        "scores": getattr(estimator, "scores_", None),
        "feature_names": _feature_names(estimator),
    }
    if header["feature_names"] is None and hasattr(estimator, "n_features_in_"):
        header["feature_count"] = estimator.n_features_in_
    adapter = _to_json(estimator.task_.state(), "what the task learned")
    # What would not be read back is told now, not when the model is needed.
    learned = read_adapter(adapter, estimator.task_.name, estimator.n_params_, path)
    card = model_card(header, learned, estimator.n_params_, registry.describe(architecture))
    members = {
        ADAPTER: adapter,
        WEIGHTS: safetensors.numpy.save(weights),
        CARD: card.encode(),
    }
    header["sha256"] = {name: hashlib.sha256(data).hexdigest() for name, data in members.items()}
    top = _to_json(header, "the estimator's parameters")
    read_header(top, path)
    return write_bundle(path, {HEADER: top} | members)


def load(path: str | os.PathLike[str], *, max_memory: int = MAX_MEMORY) -> Estimator:
    """Reads a fitted estimator back from a file, which may come from anyone.

    Everything is checked before anything is built: that it is a whole bundle and no other file,
    that what it asks for is of the size of what it holds, and that this is within ``max_memory``.

    Args:
        path: A file that :meth:`Estimator.save` wrote.
        max_memory: Bytes that reading the file and holding the model may need, from 1; by default
            16 GB.

    Returns:
        The estimator, ready to predict.

    Raises:
        FileError: There is no such file, or it cannot be read.
        BundleError: The file is not a bundle, is damaged, is of another format, needs more memory,
            does not fit the architecture that is registered here, holds weights that are not
            finite, or its architecture is not registered (the message names the package that
            brings it).
        InputError: ``path`` is none, or ``max_memory`` is not a whole number from 1.
    """
    with opened(path) as file:
        contents = read_contents(file, path, max_memory)
        check_network(contents)
        described = _described_weights(contents)
        if described is not None:
            _check_weights(described, contents)
        estimator = _rebuilt(contents)
        # Again: a layer may not have been described, or its names count the layers made before it.
        _check_weights(_shapes(estimator.model_), contents)
        _fill(estimator.model_, contents, file)
    return estimator


def _rebuilt(contents: Contents) -> Estimator:
    """The estimator with a network whose weights are still random."""
    header = contents.header
    try:
        kind = ESTIMATORS[header["task"]]
        own = {name: _tuples(value) for name, value in header["parameters"].items()}
        built_of = (header["architecture"], own["precision"])
        if own["precision"] == INT8:  # a fit would be in floats again
            own["precision"] = "float32"
        estimator = kind(**own)
        estimator.model = header["architecture"]
        task = kind._task.from_state(contents.adapter)
        estimator._build(task, dict(header["hparams"]), built_of)
    except Exception as error:
        raise BundleError(
            f"{contents.path} cannot be rebuilt: {type(error).__name__}: {str(error)[:500]}"
        ) from error
    estimator.history_ = {
        name: [math.nan if value is None else value for value in values]
        for name, values in header["history"].items()
    }
    estimator.best_epoch_ = header["best_epoch"]
    if header["scores"] is not None:
        estimator.scores_ = header["scores"]
    if header["feature_names"] is not None:
        estimator.feature_names_in_ = np.array(header["feature_names"], dtype=object)
        estimator.n_features_in_ = len(header["feature_names"])
    elif header["feature_count"] is not None:
        estimator.n_features_in_ = header["feature_count"]
    return estimator


Shapes = dict[str, tuple[str, tuple[int, ...]]]  # type and shape of a network's weights by name


def _described_weights(contents: Contents) -> Shapes | None:
    """The weights of the network, without a number of them; None where a layer cannot do without.

    The network is built for this in Keras' stateless scope, in which a variable has a shape but no
    numbers: what a file asks for costs no memory before it is known to be what the file holds.
    Keras gives such variables their numbers when the thread's next scope ends; the thread is one of
    our own, and they end with it.
    """

    def described() -> Shapes:
        with keras.StatelessScope(initialize_variables=False):
            return _shapes(_rebuilt(contents).model_)

    with ThreadPoolExecutor(1) as alone:
        try:
            return alone.submit(described).result()
        except BundleError as error:
            if "stateless scope" in str(error):  # a plugin's layer, whose size a formula bounds
                return None
            raise


def _shapes(model: keras.Model) -> Shapes:
    return {
        each.path: (_DTYPES.get(str(each.dtype), str(each.dtype)), tuple(each.shape))
        for each in model.weights
    }


def _check_weights(wanted: Shapes, contents: Contents) -> None:
    """Raises unless names, shapes and types of the weights are those of the network."""
    path, made_with = contents.path, contents.header["versions"]["modelzoo"]
    odd = sorted(wanted.keys() ^ contents.tensors.keys())
    if odd:
        raise BundleError(
            f"the weights in {path} do not fit the architecture: {len(odd)} names differ, "
            f"first {odd[0][:80]!r}; it was made with modelzoo {made_with}, this is "
            f"{modelzoo.__version__}"
        )
    for name, (dtype, shape) in wanted.items():
        tensor = contents.tensors[name]
        if tensor.shape != shape:
            raise BundleError(
                f"weight {name!r} in {path} has shape {tensor.shape}, "
                f"the architecture needs {shape}"
            )
        if tensor.dtype != dtype:
            raise BundleError(
                f"weight {name!r} in {path} holds {tensor.dtype}, the architecture needs {dtype}"
            )


def _fill(model: keras.Model, contents: Contents, file: IO[bytes]) -> None:
    """Reads the weights one by one, so that none but the largest is ever in memory twice."""
    for variable in model.weights:
        tensor = contents.tensors[variable.path]
        file.seek(tensor.start)
        read = np.frombuffer(file.read(tensor.size), dtype=str(variable.dtype))
        _check_finite(variable.path, read, contents.path)
        variable.assign(read.reshape(tensor.shape))


def _check_finite(name: str, value: np.ndarray, where: object) -> None:
    """Raises if a weight holds what would make every answer NaN, which training never leaves."""
    odd = np.flatnonzero(~np.isfinite(value.ravel()))
    if odd.size:
        raise BundleError(
            f"weight {name!r} in {where} holds {odd.size:,} numbers that are not finite, first "
            f"{value.ravel()[odd[0]]}: nor would be what the model answers, fit again"
        )


def _tuples(value: Any) -> Any:
    """JSON's lists as the tuples that parameters, and names of columns in them, had been."""
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def _feature_names(estimator: Estimator) -> list[str] | None:
    names = getattr(estimator, "feature_names_in_", None)
    return None if names is None else [str(name) for name in names]


def _version_of(origin: str) -> str | None:
    """The version of the distribution that brought an architecture, where it is one."""
    with contextlib.suppress(importlib.metadata.PackageNotFoundError, ValueError):
        return importlib.metadata.version(origin)
    return modelzoo.__version__ if origin == "modelzoo" else None


def _parameters(estimator: Estimator) -> dict[str, Any]:
    parameters = estimator.get_params(deep=False)
    if not isinstance(parameters["random_state"], int | None):
        parameters["random_state"] = None  # a generator's state is not worth keeping
    return parameters


def _to_json(value: Any, what: str) -> bytes:
    def plain(item: Any) -> Any:
        if isinstance(item, np.generic | np.ndarray) or hasattr(item, "tolist"):
            return item.tolist()
        raise TypeError(f"{type(item).__name__} {item!r}")

    try:
        text = json.dumps(value, default=plain, ensure_ascii=False, indent=1, allow_nan=False)
        return text.encode()
    except (TypeError, ValueError) as error:
        raise BundleError(f"{what} cannot be written as JSON: {error}") from error
