"""Saved models: one file that holds data only, and rebuilds the network through the registry.

A bundle is a zip archive of four members: ``bundle.json`` (what to build), ``adapter.json`` (what
the task learned from the data), ``weights.safetensors`` and ``MODEL_CARD.md``. Nothing in it is
ever executed: no pickle, no Keras configuration.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
import safetensors
import safetensors.numpy

import modelzoo
from modelzoo import registry
from modelzoo.atomic_files import replacing
from modelzoo.errors import BundleError, FileError, ModelZooError
from modelzoo.estimators import ESTIMATORS, Estimator

FORMAT = 2
HEADER, ADAPTER, WEIGHTS, CARD = (
    "bundle.json",
    "adapter.json",
    "weights.safetensors",
    "MODEL_CARD.md",
)
MEMBERS = (HEADER, ADAPTER, WEIGHTS, CARD)
LARGEST_TEXT = 64 * 2**20  # bytes of a JSON or Markdown member; vocabularies stay far below


def save(estimator: Estimator, path: str | Path) -> Path:
    """Writes a fitted estimator to a file, whole or not at all.

    Args:
        estimator: A fitted classifier, forecaster or generator.
        path: Where to write; an existing file is replaced.

    Returns:
        The path.

    Raises:
        BundleError: The architecture is not registered, or a parameter or a class label cannot be
            written as JSON (labels may be strings, numbers, booleans and tuples of them).
        FileError: The folder does not exist or cannot be written to.
    """
    if callable(estimator.model):
        raise BundleError(
            "this estimator was made from a builder that is not registered, so loading could not "
            "rebuild it: register the builder with modelzoo.register and fit by name"
        )
    weights = {v.path: keras.ops.convert_to_numpy(v.value) for v in estimator.model_.weights}
    members = {
        ADAPTER: _to_json(estimator.task_.state(), "what the task learned"),
        WEIGHTS: safetensors.numpy.save(weights),
        CARD: _model_card(estimator).encode(),
    }
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in members.items()}
    header = {
        "format": FORMAT,
        "versions": {"modelzoo": modelzoo.__version__, "keras": keras.__version__},
        "task": estimator.task_.name,
        "architecture": estimator.model,
        "origin": registry.origin(estimator.model),
        "hparams": estimator.hparams_,
        "parameters": _parameters(estimator),
        "history": estimator.history_,
        "best_epoch": estimator.best_epoch_,
        "feature_names": _feature_names(estimator),
        "sha256": digests,
    }
    return _write(Path(path), {HEADER: _to_json(header, "the estimator's parameters")} | members)


def load(path: str | Path) -> Estimator:
    """Reads a fitted estimator back from a file.

    Args:
        path: A file that :meth:`Estimator.save` wrote.

    Returns:
        The estimator, ready to predict.

    Raises:
        FileError: There is no such file, or it cannot be read.
        BundleError: The file is not a bundle, is damaged, is of another format, does not
            fit the architecture that is registered here, or its architecture is not registered
            (the message names what brought it).
    """
    header, adapter, weights = _read(Path(path))
    try:
        kind = ESTIMATORS[header["task"]]
        parameters = dict(header["parameters"])
        name = header["architecture"]
        if name not in registry.list_models():
            raise BundleError(
                f"{path} holds a {name!r} model from {header['origin']!r}, which is not installed "
                f"here: install or register it first"
            )
        estimator = kind(**{name: _tuples(value) for name, value in parameters.items()})
        estimator._build(kind._task.from_state(adapter), dict(header["hparams"]))
        estimator.history_ = header["history"]
        estimator.best_epoch_ = header["best_epoch"]
        if header["feature_names"] is not None:
            estimator.feature_names_in_ = np.array(header["feature_names"], dtype=object)
            estimator.n_features_in_ = len(header["feature_names"])
    except (KeyError, TypeError, AttributeError) as error:
        if isinstance(error, ModelZooError):
            raise
        raise BundleError(f"{path} does not follow the bundle format: {error!r}") from error
    _fill(estimator.model_, weights, path)
    return estimator


def _fill(model: keras.Model, weights: dict[str, np.ndarray], path: str | Path) -> None:
    expected = {variable.path: variable for variable in model.weights}
    if expected.keys() != weights.keys():
        odd = sorted(expected.keys() ^ weights.keys())
        raise BundleError(
            f"the weights in {path} do not fit the architecture: {len(odd)} names differ, "
            f"first {odd[0]!r}"
        )
    for name, variable in expected.items():
        value = weights[name]
        if value.shape != tuple(variable.shape):
            raise BundleError(
                f"weight {name!r} in {path} has shape {value.shape}, "
                f"the architecture needs {tuple(variable.shape)}"
            )
        variable.assign(value)


def _tuples(value: Any) -> Any:
    """JSON's lists as the tuples that parameters, and names of columns in them, had been."""
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def _feature_names(estimator: Estimator) -> list[str] | None:
    names = getattr(estimator, "feature_names_in_", None)
    return None if names is None else [str(name) for name in names]


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
        return json.dumps(value, default=plain, ensure_ascii=False, indent=1).encode()
    except (TypeError, ValueError) as error:
        raise BundleError(f"{what} cannot be written as JSON: {error}") from error


def _write(path: Path, members: dict[str, bytes]) -> Path:
    with replacing(path) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
        for name, data in members.items():
            # A fixed date: the same model gives the same bytes.
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data)
    return path


def _read(path: Path) -> tuple[dict[str, Any], dict[str, Any], dict[str, np.ndarray]]:
    try:
        with zipfile.ZipFile(path) as archive:
            found = [info.filename for info in archive.infolist()]
            if sorted(found) != sorted(MEMBERS):
                raise BundleError(
                    f"{path} is not a modelzoo bundle: it holds {', '.join(found[:5]) or 'nothing'}"
                )
            for info in archive.infolist():
                if info.compress_type != zipfile.ZIP_STORED or info.file_size != info.compress_size:
                    raise BundleError(f"{path}: member {info.filename} is compressed")
                if info.filename != WEIGHTS and info.file_size > LARGEST_TEXT:
                    raise BundleError(f"{path}: member {info.filename} is too large")
            members = {name: archive.read(name) for name in MEMBERS}
    except zipfile.BadZipFile as error:
        raise BundleError(f"{path} is not a modelzoo bundle, or is damaged: {error}") from error
    except OSError as error:
        raise FileError(f"cannot read {path}: {error.strerror or error}") from error
    header = _json_object(members[HEADER], path, HEADER)
    version = header.get("format")
    if isinstance(version, int) and version < FORMAT:
        raise BundleError(
            f"{path} is in format {version}, written by an earlier modelzoo; this modelzoo "
            f"{modelzoo.__version__} reads format {FORMAT}: fit again"
        )
    if version != FORMAT:
        raise BundleError(
            f"{path} is in format {version!r}; this modelzoo {modelzoo.__version__} reads format "
            f"{FORMAT}: upgrade it"
        )
    digests = header.get("sha256")
    for name in (ADAPTER, WEIGHTS, CARD):
        digest = hashlib.sha256(members[name]).hexdigest()
        if not isinstance(digests, dict) or digests.get(name) != digest:
            raise BundleError(f"{path} is damaged: {name} does not match its checksum")
    try:
        weights = safetensors.numpy.load(members[WEIGHTS])
    except (safetensors.SafetensorError, ValueError, KeyError) as error:
        raise BundleError(f"{path}: the weights cannot be read: {error}") from error
    return header, _json_object(members[ADAPTER], path, ADAPTER), weights


def _json_object(data: bytes, path: Path, name: str) -> dict[str, Any]:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BundleError(f"{path}: {name} is not valid JSON: {error}") from error
    if not isinstance(value, dict):
        raise BundleError(f"{path}: {name} holds a {type(value).__name__}, not an object")
    return value


def _model_card(estimator: Estimator) -> str:
    """What someone who is handed the file should know, in Markdown."""
    card = registry.describe(estimator.model)
    history = estimator.history_
    rows = [
        ("task", estimator.task_.name),
        ("architecture", f"{card.title} (`{card.name}`, from {card.origin})"),
        ("hyper-parameters", ", ".join(f"{k}={v!r}" for k, v in estimator.hparams_.items())),
        ("weights", f"{estimator.n_params_:,}"),
        ("epochs", str(len(history.get("loss", [])))),
        *(
            (f"best {name.removeprefix('val_')}, held out", f"{min(values):.4g}")
            for name, values in history.items()
            if name == "val_loss" and values
        ),
        ("seed", repr(estimator.random_state)),
        ("made with", f"modelzoo {modelzoo.__version__}, keras {keras.__version__}"),
    ]
    lines = [f"# {card.title} for {estimator.task_.name}", "", "| | |", "|---|---|"]
    lines += [f"| {name} | {value} |" for name, value in rows]
    lines += ["", "Known weaknesses of the architecture:", ""]
    lines += [f"- {weakness.text}" for weakness in card.weaknesses]
    return "\n".join(lines) + "\n"
