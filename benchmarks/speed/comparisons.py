"""From the seconds of contestants to ratios, their spread, and whether goals are met."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from speed.contest import FASTER, Case, Goal, Part

Record = Mapping[str, Any]
Told = Mapping[str, Any]


@dataclass(frozen=True)
class Comparison:
    """Ours beside a peer in the same rounds.

    Attributes:
        record: Of the case.
        ours: Of ours in it.
        peer: Of the peer.
        goal: For the two; without a bound where there is none.
    """

    record: Record
    ours: Told
    peer: Told
    goal: Goal

    @property
    def wanted(self) -> bool:
        """Whether there is a goal."""
        return self.goal != FASTER

    @property
    def figures(self) -> list[float]:
        """The figure of each round: both worked one after the other in it."""
        pairs = zip(self.ours["seconds"], self.peer["seconds"], strict=False)
        return [self.goal.figure(*pair) for pair in pairs]

    @property
    def figure(self) -> float:
        """Their median."""
        return statistics.median(self.figures)

    @property
    def met(self) -> bool:
        """Whether the goal is."""
        return self.goal.met(self.figure)

    @property
    def merit(self) -> float:
        """The higher the better."""
        return self.figure if self.goal.at_least is not None or not self.wanted else -self.figure


def spread(figures: Sequence[float]) -> tuple[float, float]:
    """The middle half of some figures, from its lower to its upper end; of few all of them.

    >>> spread([1.0, 2.0, 3.0, 4.0, 5.0]), spread([2.0, 1.0])
    ((2.0, 4.0), (1.0, 2.0))
    """
    if len(figures) < 4:
        return min(figures), max(figures)
    lower, _, upper = statistics.quantiles(figures, n=4, method="inclusive")
    return lower, upper


def comparisons(part: Part, case: Case, record: Record) -> Iterator[Comparison]:
    """Ours on each backend with each peer that it meets, of those that were measured.

    Args:
        part: Has the goals.
        case: Says who meets whom.
        record: What was measured of it.
    """
    told = {each["name"]: each for each in record["contestants"] if each["seconds"]}
    for ours in case.contestants:
        for peer in case.contestants:
            if ours.meets(peer) and ours.name in told and peer.name in told:
                goal = part.goals.get(peer.package, FASTER)
                yield Comparison(record, told[ours.name], told[peer.name], goal)


def unequal(case: Case, contestants: Sequence[Told]) -> list[str]:
    """The contestants whose networks are not those of ours, by the number of parameters.

    Args:
        case: Says by how many they may differ.
        contestants: What was measured of each.
    """
    ours = {each.name for each in case.contestants if each.ours}
    counts = {each["name"]: each.get("parameters") for each in contestants}
    own = {counts[name] for name in ours if counts.get(name) is not None}
    if case.unequal is None or not own:
        return []
    return [
        f"{name} ({count:,} parameters)"
        for name, count in counts.items()
        if count is not None and any(abs(count - one) > case.unequal for one in own)
    ]


def better_backend(found: Sequence[Comparison]) -> list[Comparison]:
    """Of each record and peer's package the comparison in which ours does best."""
    best: dict[tuple, Comparison] = {}
    for each in found:
        key = (id(each.record), each.peer["package"])
        if key not in best or each.merit > best[key].merit:
            best[key] = each
    return list(best.values())
