"""Calls a builder, which may be a plugin's, and checks that what it returns is a backbone."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

import keras

from modelzoo import registry
from modelzoo.errors import InputError, ModelZooError, RegistryError

PARTS = ("width", "causal", "streaming", "max_length")  # what the tasks ask of a backbone


def check_room(model: str, hparams: Mapping[str, Any]) -> None:
    """Checks that the machine could hold a network while it is trained, before it is built.

    By a batch of one step, which is the least that it takes: weights, their gradients and the two
    moments of Adam. What else is wrong with hyper-parameters the builder tells.

    Raises:
        InputError: It could not.
    """
    try:
        cost = registry.describe(model).cost_if_known(hparams)
    except (ModelZooError, TypeError, OverflowError):
        return
    room = _physical_memory()
    if cost is not None and room is not None and cost.train_bytes > room:
        raise InputError(
            f"to train {model!r} of that size takes more memory than the {room / 2**30:.0f} GB "
            "that this machine has: choose a smaller size or smaller hyper-parameters"
        )


def _physical_memory() -> int | None:
    """Bytes of memory of the machine; None where the system does not tell."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None


def build_backbone(model: str | Callable[..., Any], hparams: Mapping[str, Any]) -> Any:
    """Builds a backbone, with errors that name the architecture and the package that declares it.

    Args:
        model: The name of an architecture, or a builder.
        hparams: Arguments of the builder.

    Returns:
        The backbone.

    Raises:
        RegistryError: The builder cannot be imported, returns something else, or ends the process.
        Exception: Whatever the builder raises, with a note of whose it is.
    """
    builder = model if callable(model) else registry.get_builder(model)
    whose = f"builder {getattr(model, '__qualname__', repr(model))}"
    if not callable(model):
        whose = f"the builder of model {model!r}, declared by {registry.origin(model)},"
    try:
        backbone = builder(**hparams)
    except SystemExit as error:
        raise RegistryError(f"{whose} wants to end the process: SystemExit({error})") from error
    except Exception as error:
        error.add_note(f"raised in {whose.removesuffix(',')}")
        raise
    missing = [name for name in PARTS if not hasattr(backbone, name)]
    if not isinstance(backbone, keras.layers.Layer) or missing:
        why = f"which has no {', '.join(missing)}" if missing else "which is no Keras layer"
        raise RegistryError(
            f"{whose} must return a backbone, (B, T, D) to (B, T, D); it returned "
            f"{backbone!r:.60}, {why}: modelzoo.layers.Backbone makes one of Keras layers"
        )
    return backbone
