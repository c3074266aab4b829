"""Checks a card against the builder it names, from the builder's source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modelzoo.errors import ModelZooError, RegistryError, suggestion
from modelzoo.registry.cards import Card
from modelzoo.registry.formula import names


def check_card(card: Card, *, importing: bool = True) -> None:
    """Checks that a card's builder, sizes and formulas fit one another.

    Args:
        card: The card.
        importing: Whether to import a builder whose source does not say what it takes, rather than
            leave its card unchecked.

    Raises:
        RegistryError: The builder cannot be found, a size names a hyper-parameter that it does
            not have or gives it another kind of value, or a formula cannot be computed.
    """
    where = card.place
    signature = card.signature_from_source()
    if signature is None:  # only an import tells
        signature = card.signature() if importing else None
    if signature is None:
        return
    for size_name, size in card.sizes.items():
        for key, value in size.hyperparameters.items():
            here = f"{where}.sizes.{size_name}.{key}"
            if key in signature.defaults:
                _check_kind(here, value, signature.defaults[key])
            elif not signature.open:
                raise RegistryError(
                    f"{here}: unknown hyper-parameter: {suggestion(key, signature.defaults)}"
                )
    if card.formulas is not None:
        _check_formulas(f"{where}.cost", card, signature.defaults)


def _check_kind(here: str, value: Any, default: Any) -> None:
    """Refuses a value of another kind than the default; None as default allows anything."""
    if value is None or default is None or type(value) is type(default):
        return
    if isinstance(default, float) and type(value) is int:
        return
    kind = type(default).__name__
    raise RegistryError(f"{here}: expected {kind} as in the builder, found {value!r}")


def _check_formulas(where: str, card: Card, defaults: Mapping[str, Any]) -> None:
    assert card.formulas is not None
    known = {"length", "width", *defaults}
    formulas = card.formulas
    parts = [(f"{where}.where.{name}", formula, name) for name, formula in formulas.where.items()]
    for key in ("parameters", "flops_per_token", "activations_per_token", "state"):
        parts.append((f"{where}.{key}", getattr(formulas, key), ""))
    for here, formula, defines in parts:
        for name in sorted(names(formula)):
            if name not in known:
                hint = suggestion(name, sorted(known))
                raise RegistryError(f"{here}: unknown name {name!r} in {formula!r}: {hint}")
        known.add(defines)
    for size in (None, *card.sizes):
        try:
            card.cost(size)
        except ModelZooError as error:
            raise RegistryError(f"{where}: at size {size!r}: {error}") from error
