"""Loads what `modelzoo fit` has saved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from modelzoo.errors import FileError, InputError

COMMANDS = {  # the command that uses a model for a task
    "classification": "predict",
    "forecasting": "forecast",
    "generation": "generate",
}


def load(path: str, task: str, max_memory: int) -> Any:
    """Loads a saved estimator and checks that it is for a task.

    Args:
        path: The bundle.
        task: What it is needed for.
        max_memory: Bytes that it may need.

    Raises:
        FileError: There is no such file.
        InputError: The model is for another task.
    """
    if Path(path).is_dir():
        raise FileError(f"{path!r} is a folder; a model is needed, a file that `modelzoo fit` made")
    if not Path(path).exists():
        raise FileError(f"there is no file {path!r}; `modelzoo fit` makes one")
    from modelzoo.cli.startup import start_keras

    start_keras()
    from modelzoo import bundle

    estimator = bundle.load(path, max_memory=max_memory)
    found = estimator.task_.name
    if found != task:
        raise InputError(
            f"{path!r} holds a model for {found}, not for {task}: use `modelzoo {COMMANDS[found]}`"
        )
    return estimator


def is_bundle(model: str | None) -> bool:
    """Whether the word given for a model is a file rather than a name."""
    return model is not None and (model.endswith(".mz") or Path(model).is_file())
