"""Which architectures can meet a need at all, and which of their sizes suits it."""

from __future__ import annotations

from collections.abc import Mapping

from modelzoo.advisor.need import Need
from modelzoo.errors import ModelZooError, RegistryError
from modelzoo.registry.cards import Card, Cost

# Weights that one example can teach, a rule of thumb for the choice among a card's sizes.
_WEIGHTS_PER_EXAMPLE = {"classification": 500, "forecasting": 100, "generation": 5}


def broken(card: Card) -> str | None:
    """Says why a card's model cannot be built, as far as its source tells, or None."""
    try:
        card.signature_from_source()
    except RegistryError as error:
        return f"cannot be built: {error}"
    return None


def costs_of(card: Card, need: Need) -> dict[str | None, Cost]:
    """Computes what each size costs that can be suggested.

    Published systems are left out where a card has other sizes: nobody trains them from scratch
    because of a recommendation.
    """
    own = [name for name, size in card.sizes.items() if size.published is None]
    costs: dict[str | None, Cost] = {}
    names: list[str | None] = [*(own or card.sizes)]
    for name in names or [None]:
        try:
            costs[name] = card.cost(
                name, vocabulary=need.vocabulary or 0, length=need.context or 128
            )
        except ModelZooError:  # no formulas, or a plugin's card that does not fit its builder
            continue
    return costs


def unmet(card: Card, need: Need, costs: Mapping[str | None, Cost]) -> str | None:
    """Says which hard constraint a card fails, with the number that failed, or None."""
    if card.deprecated is not None:
        return f"deprecated since {card.deprecated}"
    if need.task is not None and need.task not in card.tasks:
        return f"does not support {need.task}"
    if need.streaming and not card.traits.streaming:
        return "cannot stream: each new step changes the output at earlier ones"
    if need.causal and not card.traits.causal:
        return "is not causal: it looks ahead"
    if need.max_parameters is not None:
        if not costs:
            return "its number of parameters is not known"
        fewest = min(cost.parameters for cost in costs.values())
        if fewest > need.max_parameters:
            return (
                f"its smallest size has {fewest:,} parameters, {need.max_parameters:,} are allowed"
            )
    return None


def suggested_size(costs: Mapping[str | None, Cost], need: Need) -> str | None:
    """Picks the largest size that the data can teach and the limit allows."""
    allowed = [
        (cost.parameters, name)
        for name, cost in costs.items()
        if need.max_parameters is None or cost.parameters <= need.max_parameters
    ]
    if not allowed:
        return None
    allowed.sort(key=lambda pair: pair[0])
    if need.task is None or need.examples is None:
        return allowed[(len(allowed) - 1) // 2][1]
    affordable = need.examples * _WEIGHTS_PER_EXAMPLE[need.task]
    # Embeddings grow with the vocabulary whatever the size: judge by the backbone.
    fitting = [name for _, name in allowed if costs[name].backbone_parameters <= affordable]
    return fitting[-1] if fitting else allowed[0][1]
