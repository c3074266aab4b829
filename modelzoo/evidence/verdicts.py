"""Whether a claim of a card holds, by what was measured."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from modelzoo.errors import UnknownNameError
from modelzoo.evidence.experiment import Condition, find_experiment
from modelzoo.evidence.records import in_words, shipped_figures, short_number
from modelzoo.registry.cards import Card, Claim

MEASURED, CONTRADICTED, NOT_MEASURED, LITERATURE = (
    "measured",
    "contradicted",
    "not measured yet",
    "literature",
)
Figures = dict[tuple[str, Condition], tuple[float, ...]]


@dataclass(frozen=True)
class Verdict:
    """What backs a claim.

    Attributes:
        label: ``"measured"`` where a measurement is what the claim says, ``"contradicted"`` where
            it is not, ``"not measured yet"``, or ``"literature"`` where papers alone back it.
        effect: What was measured, in words; empty where nothing was.
    """

    label: str
    effect: str = ""


def verdict_on(claim: Claim, card: Card, figures: Figures | None = None) -> Verdict:
    """Compares a claim with the measurement that it names.

    Args:
        claim: One of the card's.
        card: Whose architecture was measured.
        figures: Those of the experiment; by default the shipped ones.

    Returns:
        The verdict. The median over the seeds decides.
    """
    measured = claim.measured
    if measured is None:
        return Verdict(LITERATURE)
    try:
        experiment = find_experiment(measured.experiment)
    except UnknownNameError:  # of a plugin's card, made for another version
        return Verdict(NOT_MEASURED, f"this version has no experiment {measured.experiment!r}")
    if figures is None:
        figures = shipped_figures(measured.experiment)
    own = figures.get((card.name, measured.at))
    if own is None:
        return Verdict(NOT_MEASURED)
    effect = f"{experiment.figure}, {experiment.named(measured.at)}: {in_words(own)}"
    value = statistics.median(own)
    if measured.is_relative:
        model = measured.relative_to or card.name
        at = measured.at if measured.relative_to_at is None else measured.relative_to_at
        others = figures.get((model, at))
        if others is None:
            return Verdict(NOT_MEASURED)
        other = statistics.median(others)
        value = value / other if other else float("inf")
        whose = "that" if model == card.name else f"{model}'s"
        where = f" of {experiment.named(at)}" if at != measured.at else ""
        effect += f"; {short_number(value)} times {whose}{where}"
    return Verdict(MEASURED if measured.holds(value) else CONTRADICTED, effect)
