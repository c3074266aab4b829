"""How well a card's traits fit a need, each judgement with its reason.

The thresholds and weights are judgements of ours, stated here in one place; the reasons quote the
claims of the card and with them the papers behind these.
"""

from __future__ import annotations

from dataclasses import dataclass

from modelzoo.advisor.need import Need
from modelzoo.evidence.verdicts import CONTRADICTED, IN_PART, MEASURED, verdict_on
from modelzoo.registry.cards import Card

# Up to the first number of examples data is scarce, from the second on there is plenty.
DATA_BOUNDS = {
    "classification": (5_000, 100_000),  # labelled samples
    "forecasting": (20_000, 1_000_000),  # time steps of all series
    "generation": (2_000_000, 100_000_000),  # tokens of all texts
}
_RATING = {"poor": -3.0, "fair": 0.0, "good": 1.0, "strong": 2.0}
_AMOUNT = {"little": "little data", "some": "some data", "plenty": "plenty of data"}
_APPETITE = {  # (appetite, amount): points
    ("low", "little"): 1.0,
    ("low", "plenty"): -0.5,
    ("medium", "little"): -0.5,
    ("high", "little"): -1.5,
    ("high", "some"): -0.5,
    ("high", "plenty"): 1.0,
}
_REACH = {"short": 30, "medium": 300, "long": 100_000}  # steps that are bridged with ease
_LONG = 512  # steps from which quadratic cost is felt


@dataclass(frozen=True)
class Reason:
    """A judgement in words.

    Attributes:
        text: The reason.
        points: What it adds to the architecture's points; below zero it speaks against.
        source: What it comes from: a trait or rating of the card, or the user's constraint.
        evidence: Where a claim is quoted, what backs it: the experiment that `modelzoo evidence
            show` tells of, where its measurement holds, and ids of the card's references.
        effect: What that experiment measured, in words.
    """

    text: str
    points: float
    source: str
    evidence: tuple[str, ...] = ()
    effect: str = ""


def trait_prior(card: Card, need: Need) -> tuple[float, list[Reason]]:
    """Scores a card by its traits alone.

    Args:
        card: The card.
        need: What is asked for.

    Returns:
        The sum of the points and the reasons, in the order in which they were weighed.
    """
    judges = (_task, _application, _data, _reach, _cost, _streaming, _parallel)
    reasons = [reason for judge in judges if (reason := judge(card, need)) is not None]
    return sum(reason.points for reason in reasons), reasons


def data_amount(need: Need) -> str | None:
    """Says whether there is little, some or plenty of data, or None where it is not known."""
    if need.task is None or need.examples is None:
        return None
    little, plenty = DATA_BOUNDS[need.task]
    if need.examples <= little:
        return "little"
    return "plenty" if need.examples >= plenty else "some"


def _because(card: Card, about: str, points: float, fallback: str, source: str) -> Reason:
    """Quotes the card's own claim about a trait or task, or says it in our words."""
    for claim in card.strengths if points > 0 else card.weaknesses:
        if claim.about != about:
            continue
        verdict = verdict_on(claim, card)
        if verdict.label == CONTRADICTED and claim.measured is not None:
            told = f"Its card claims otherwise than we measured: {claim.text}"
            return Reason(told, 0.0, source, (claim.measured.experiment,), verdict.effect)
        if verdict.label in (MEASURED, IN_PART) and claim.measured is not None:
            backing = (claim.measured.experiment, *claim.evidence)
            return Reason(claim.text, points, source, backing, verdict.effect)
        if claim.evidence:
            return Reason(claim.text, points, source, claim.evidence)
    return Reason(fallback, points, source)


def _task(card: Card, need: Need) -> Reason | None:
    if need.task is None:
        return None
    rating = card.tasks[need.task]
    points = _RATING[rating]
    text = f"Its suitability for {need.task} is {rating}."
    return _because(card, need.task, points, text, f"tasks.{need.task}: {rating}")


def _application(card: Card, need: Need) -> Reason | None:
    for claim in card.applications:
        if claim.application == need.application:
            return Reason(claim.text, 1.0, f"applications: {need.application}", claim.evidence)
    return None


def _data(card: Card, need: Need) -> Reason | None:
    amount = data_amount(need)
    appetite = card.traits.data_appetite
    points = _APPETITE.get((appetite, amount or ""))
    if amount is None or points is None:
        return None
    text = f"Its data appetite is {appetite}, and there is {_AMOUNT[amount]}."
    return _because(card, "data_appetite", points, text, f"traits.data_appetite: {appetite}")


def _reach(card: Card, need: Need) -> Reason | None:
    if need.context is None:
        return None
    memory = card.traits.memory
    source = f"traits.memory: {memory}"
    if need.context > _REACH[memory]:
        text = f"Its {memory} memory hardly bridges {need.context:,} steps."
        return _because(card, "memory", -1.0, text, source)
    if need.context > _REACH["medium"]:
        text = f"Its {memory} memory relates {need.context:,} steps."
        return _because(card, "memory", 1.0, text, source)
    return None


def _cost(card: Card, need: Need) -> Reason | None:
    if need.context is None or need.context <= _LONG:
        return None
    cost = card.traits.cost
    source = f"traits.cost: {cost}"
    if cost == "linear":
        text = f"Its cost grows only linearly with the {need.context:,} steps."
        return Reason(text, 0.5, source)
    points = -0.5 if need.context <= 4 * _LONG else -2.5
    return _because(card, "cost", points, f"Its cost is {cost} in the length.", source)


def _streaming(card: Card, need: Need) -> Reason | None:
    if not need.streaming or card.traits.cost != "linear":
        return None
    text = "Takes one step at a time with a state that never grows."
    return _because(card, "streaming", 0.5, text, "traits.streaming: true")


def _parallel(card: Card, need: Need) -> Reason | None:
    if data_amount(need) != "plenty":
        return None
    parallel = card.traits.parallel
    text = "Trains on all steps of a sequence at once." if parallel else "Trains step by step."
    points = 0.5 if parallel else -0.5
    return _because(card, "parallel", points, text, f"traits.parallel: {str(parallel).lower()}")
