"""Which candidates can meet a need at all, and which of an architecture's sizes suits it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from modelzoo.advisor.costing import Time
from modelzoo.advisor.need import Need
from modelzoo.errors import ModelZooError, RegistryError
from modelzoo.evidence.records import short_number
from modelzoo.registry.cards import Card
from modelzoo.registry.costs import Cost

# Weights that one example can teach, a rule of thumb for the choice among a card's sizes.
_WEIGHTS_PER_EXAMPLE = {"classification": 500, "forecasting": 100, "generation": 50}
_NOT_OF_BASELINES = {  # what is asked: what would have to be known
    "streaming": "streaming",
    "causal": "looking ahead",
    "max_parameters": "parameters",
    "max_memory_mb": "memory",
    "max_latency_ms": "latency",
}


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


class _Limit(NamedTuple):
    """A limit of a need, and what a size has to be compared with it.

    Attributes:
        most: What is allowed.
        figure: What a size costs; None where it is not known.
        told: Says that a figure is too large.
        unknown: Says that it is not known, and what to do.
    """

    most: float
    figure: Callable[[Cost | None, Time | None], float | None]
    told: str
    unknown: str

    def fails(self, cost: Cost | None, time: Time | None) -> str | None:
        """Says in which way a size is beyond it, with the number that failed, or None."""
        figure = self.figure(cost, time)
        if figure is None:
            return self.unknown
        if figure <= self.most:
            return None
        return self.told.format(figure=_number(figure), most=_number(self.most))


def _limits(card: Card, need: Need) -> Iterator[_Limit]:
    if need.max_parameters is not None:
        yield _Limit(
            need.max_parameters,
            lambda cost, _: None if cost is None else cost.parameters,
            "its smallest size has {figure} parameters, {most} are allowed",
            "its number of parameters is not known",
        )
    if need.max_memory_mb is not None:
        yield _Limit(
            need.max_memory_mb,
            lambda cost, _: None if cost is None else cost.train_bytes / 1e6,
            "its smallest size takes {figure} MB to train, {most} are allowed",
            "the memory that it takes is not known",
        )
    if need.max_latency_ms is not None:
        what = "a new step" if need.stepwise else "a prediction"
        yield _Limit(
            need.max_latency_ms,
            lambda _, time: None if time is None else time.latency_ms(need),
            f"{what} of its smallest size takes about {{figure}} ms, {{most}} are allowed",
            _not_timed(card, "step_time" if need.stepwise else "prediction_time"),
        )
    if need.train_budget_s is not None:
        yield _Limit(
            need.train_budget_s,
            lambda _, time: None if time is None else time.train_seconds,
            "its smallest size trains for about {figure} s, {most} are allowed",
            _not_timed(card, "training_time"),
        )


def _not_timed(card: Card, experiment: str) -> str:
    return (
        "how long it takes is not known: "
        f"`modelzoo evidence run {experiment} --models {card.name}` measures it"
    )


def _number(figure: float) -> str:
    """Whole numbers in full, others with three digits."""
    if figure == int(figure):
        return f"{int(figure):,}"
    return short_number(figure)


def unmet(
    card: Card,
    need: Need,
    costs: Mapping[str | None, Cost],
    times: Mapping[str | None, Time],
) -> str | None:
    """Says which hard constraint a card fails, with the number that failed, or None.

    A limit on what it costs fails where no size is within all of them; told of is the smallest.
    """
    if card.deprecated is not None:
        return f"deprecated since {card.deprecated}"
    if need.task is not None and need.task not in card.tasks:
        return f"does not support {need.task}"
    if need.streaming and not card.traits.streaming:
        return "cannot stream: each new step changes the output at earlier ones"
    if need.causal and not card.traits.causal:
        return "is not causal: it looks ahead"
    limits = list(_limits(card, need))
    if not limits or _allowed(limits, costs, times):
        return None
    smallest = min(costs, key=lambda name: costs[name].parameters, default=None)
    cost, time = costs.get(smallest), times.get(smallest)
    return next(why for limit in limits if (why := limit.fails(cost, time)) is not None)


def unmet_by_baseline(need: Need, seconds: float) -> str | None:
    """Says which hard constraint a baseline fails, with the number that failed, or None.

    Of baselines it was measured how long they train and nothing else. Whatever else has to be kept
    to they fail, as do architectures of which it is not known.

    Args:
        need: What is asked for.
        seconds: What training took on problems like the one at hand.
    """
    unknown = [what for name, what in _NOT_OF_BASELINES.items() if getattr(need, name)]
    if unknown:
        return f"baselines were not measured for {' and '.join(unknown)}"
    if need.train_budget_s is not None and seconds > need.train_budget_s:
        return f"trains for about {_number(seconds)} s, {_number(need.train_budget_s)} are allowed"
    return None


def _allowed(
    limits: Sequence[_Limit],
    costs: Mapping[str | None, Cost],
    times: Mapping[str | None, Time],
) -> list[str | None]:
    """The sizes within all limits, the smallest first."""
    ordered = sorted(costs, key=lambda name: costs[name].parameters)
    return [
        name
        for name in ordered
        if all(limit.fails(costs[name], times.get(name)) is None for limit in limits)
    ]


def suggested_size(
    card: Card,
    need: Need,
    costs: Mapping[str | None, Cost],
    times: Mapping[str | None, Time],
) -> str | None:
    """Picks the largest size that the data can teach and the limits allow."""
    allowed = _allowed(list(_limits(card, need)), costs, times)
    if not allowed:
        return None
    if need.task is None or need.examples is None:
        return allowed[(len(allowed) - 1) // 2]
    affordable = need.examples * _WEIGHTS_PER_EXAMPLE[need.task]
    # Embeddings grow with the vocabulary whatever the size: judge by the backbone.
    fitting = [name for name in allowed if costs[name].backbone_parameters <= affordable]
    return fitting[-1] if fitting else allowed[0]
