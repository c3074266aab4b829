"""Whether a claim of a card holds, by what was measured."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass

from modelzoo.errors import UnknownNameError
from modelzoo.evidence.experiment import Condition, find_experiment
from modelzoo.evidence.records import in_words, shipped_figures, short_number
from modelzoo.registry.cards import Card, Claim

MEASURED, IN_PART, CONTRADICTED, NOT_MEASURED, LITERATURE = (
    "measured",
    "measured in part",
    "contradicted",
    "not measured yet",
    "literature",
)
BUILT_IN = "modelzoo"  # the origin of the cards whose architectures the shipped results are of
Figures = dict[tuple[str, Condition], tuple[float, ...]]


@dataclass(frozen=True)
class Verdict:
    """What backs a claim.

    Attributes:
        label: ``"measured"`` where a measurement is what the claim says, ``"contradicted"`` where
            it is not, ``"measured in part"`` where seeds are missing, ``"not measured yet"``, or
            ``"literature"`` where papers alone back it.
        effect: What was measured, in words; empty where nothing was.
    """

    label: str
    effect: str = ""


def verdict_on(claim: Claim, card: Card, figures: Figures | None = None) -> Verdict:
    """Compares a claim with the measurement that it names.

    Args:
        claim: One of the card's.
        card: Whose architecture was measured.
        figures: Those of the experiment; None for the shipped ones, which are of built-in
            architectures.

    Returns:
        The verdict. The median over the seeds decides, once there are all of them.
    """
    measured = claim.measured
    if measured is None:
        return Verdict(LITERATURE)
    try:
        experiment = find_experiment(measured.experiment)
    except UnknownNameError:  # of a plugin's card, made for another version
        return Verdict(NOT_MEASURED, f"this version has no experiment {measured.experiment!r}")
    other_at = measured.at if measured.relative_to_at is None else measured.relative_to_at
    for at in (measured.at, other_at):
        if at not in experiment.conditions:
            known = ", ".join(map(str, experiment.conditions))
            return Verdict(NOT_MEASURED, f"{experiment.name} is measured at {known}, not at {at}")
    if figures is None:
        figures = shipped_figures(measured.experiment) if card.origin == BUILT_IN else {}
    model = measured.relative_to or card.name
    own, others = figures.get((card.name, measured.at)), figures.get((model, other_at))
    if own is None or others is None:
        return Verdict(NOT_MEASURED)
    effect = f"{experiment.figure}, {experiment.named(measured.at)}: {in_words(own)}"
    value = statistics.median(own)
    if measured.is_relative:
        other = statistics.median(others)
        value = value / other if other else math.inf
        whose = "that" if model == card.name else f"{model}'s"
        where = f" of {experiment.named(other_at)}" if other_at != measured.at else ""
        effect += f"; {short_number(value)} times {whose}{where}"
    if min(len(own), len(others)) < len(experiment.seeds):
        return Verdict(IN_PART, effect + " (not what is claimed)" * (not measured.holds(value)))
    return Verdict(MEASURED if measured.holds(value) else CONTRADICTED, effect)


def told(claim: Claim, card: Card) -> str:
    """What an experiment says of a claim, with its name; empty where papers alone back it."""
    if claim.measured is None:
        return ""
    verdict = verdict_on(claim, card)
    label = verdict.label.upper() if verdict.label == CONTRADICTED else verdict.label
    return f"{label}, {claim.measured.experiment}" + f": {verdict.effect}" * bool(verdict.effect)
