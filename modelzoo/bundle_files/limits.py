"""Whether the network that a bundle asks for is the size of the weights that it brings.

All of this is arithmetic: a file of eleven kilobytes that asks for two hundred million units must
be refused before anything of that size is built.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from modelzoo import registry
from modelzoo.bundle_files.adapters import LONGEST, classes_of
from modelzoo.bundle_files.contents import Contents
from modelzoo.errors import BundleError, InputError, ModelZooError, suggestion
from modelzoo.registry.cards import Card

_ALWAYS_FINE = 2**16  # for a single hyper-parameter where a card has no formula
_SHARING_LAYERS = 100  # layers that may share their weights
_TOLERATED = 2  # a plugin's formula may be a little off; what is built is held to the very weights


def check_network(contents: Contents) -> None:
    """Checks hyper-parameters against the weights, by the formulas of the architecture's card.

    Args:
        contents: What the bundle holds.

    Raises:
        BundleError: The architecture is not registered here, or its network would be another or
            a larger one than the weights are for.
    """
    card = installed_card(contents)
    path, hparams = contents.path, contents.header["hparams"]
    signature = card.signature_from_source()
    if signature is not None and not signature.open:
        for name in hparams:
            if name not in signature.defaults:
                raise BundleError(
                    f"{path}: {card.name!r} has no hyper-parameter {name[:60]!r} here: "
                    f"{suggestion(name, signature.defaults)}"
                )
    depth, layers = hparams.get("depth"), max(len(contents.tensors), _SHARING_LAYERS)
    if isinstance(depth, int | float) and depth > layers:
        raise BundleError(
            f"{path} asks for a depth of {_shown(depth)}, but holds only "
            f"{len(contents.tensors):,} tensors of weights"
        )
    if contents.header["task"] == "classification":
        classes = len(classes_of(contents.adapter))
        if classes > contents.n_weights:
            raise BundleError(
                f"{path} has {classes:,} classes, but holds only {contents.n_weights:,} weights"
            )
    predicted = predicted_parameters(card, contents)
    most = LONGEST if predicted is not None else max(contents.n_weights, _ALWAYS_FINE)
    for name, value in _numbers(hparams):
        if abs(value) > most:
            raise BundleError(
                f"{path}: hyper-parameter {name} is {_shown(value)}, beyond what its "
                f"{contents.n_weights:,} weights can be for"
            )
    if predicted is not None and predicted > _TOLERATED * contents.n_weights:
        raise BundleError(
            f"{path} asks for a network of {_shown(predicted)} weights, but holds only "
            f"{contents.n_weights:,}"
        )


def installed_card(contents: Contents) -> Card:
    """The card of the architecture; nothing of a plugin's code is imported.

    Raises:
        BundleError: It is not registered here; the message names the package that brings it.
    """
    name, origin = contents.header["architecture"], contents.header["origin"]
    if name in registry.list_models():
        return registry.describe(name)
    version = contents.header["origin_version"]
    package = repr(origin) + (f" {version}" if version else "")
    raise BundleError(
        f"{contents.path} holds a {name!r} model from {package}, which is not installed here: "
        "install or register it first"
    )


def predicted_parameters(card: Card, contents: Contents) -> int | None:
    """How many weights the backbone would have; None where the card does not tell.

    Raises:
        BundleError: The hyper-parameters are none that the formula can be computed for.
    """
    try:
        cost = card.cost_if_known(contents.header["hparams"])
    except (ModelZooError, TypeError, OverflowError) as error:
        told = error if isinstance(error, InputError) else f"not hyper-parameters: {error}"
        raise BundleError(f"{contents.path}: {str(told)[:300]}") from error
    return None if cost is None else cost.backbone_parameters


def _numbers(value: Any, name: str = "") -> Iterator[tuple[str, int | float]]:
    """All numbers in a JSON value with the names that lead to them."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _numbers(each, f"{name}.{key[:60]}" if name else key[:60])
    elif isinstance(value, list):
        for each in value:
            yield from _numbers(each, name)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield name, value


def _shown(number: int | float) -> str:
    return f"{number:,}" if abs(number) < 10**15 else "far too many"
