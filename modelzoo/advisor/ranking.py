"""Ranks architectures and baselines in one list, by what they did on problems like the one at hand.

What was not measured on such problems stands behind, in the order of the card's traits.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence, Set
from dataclasses import replace
from typing import NamedTuple

from modelzoo.advisor.answer import Expected, Recommendation
from modelzoo.advisor.experience import (
    Expectation,
    Problem,
    expectations,
    features_of,
    kind_of,
    load_table,
)
from modelzoo.advisor.filtering import unmet_by_baseline
from modelzoo.advisor.need import Need
from modelzoo.advisor.prior import Reason

_FEWEST = 100  # a tenth of less is not asked for


class Ranking(NamedTuple):
    """What came out.

    Attributes:
        ranked: All candidates that can meet the need, best first.
        excluded: The baselines that cannot, each with what failed.
        changes: What would bring another candidate to the first place, and what would not.
    """

    ranked: tuple[Recommendation, ...]
    excluded: dict[str, str]
    changes: tuple[str, ...]


def rank(
    need: Need,
    architectures: Sequence[Recommendation],
    comparable: Set[str],
    slowness: float = 1.0,
) -> Ranking:
    """Ranks the architectures of a need together with the baselines of its task.

    Args:
        need: What is asked for.
        architectures: Those that can meet it, without what is expected of them.
        comparable: Names of the architectures that the table knows by that name and that could
            serve if nothing had to be kept to: the others are ranked by their traits.
        slowness: Times which a machine takes as long as that of the records.

    Returns:
        The ranking.
    """
    rows, baselines = load_table()
    excluded = {
        each.name: failure
        for each in _expect(need, rows, baselines)
        if (failure := unmet_by_baseline(need, slowness * each.seconds)) is not None
    }
    known = {each.name: each for each in architectures if each.name in comparable}
    usable = known.keys() | (baselines - excluded.keys())
    found = _expect(need, rows, usable)
    tested = [
        replace(
            known.get(each.name) or _baseline(each.name, need, rows),
            expected=Expected.of(need.task or "", each, slowness),
        )
        for each in found
    ]
    names = {each.name for each in tested if not each.baseline}
    rest = sorted((each for each in architectures if each.name not in names), key=_by_traits)
    everyone = comparable | baselines
    changes = (*_by_data(need, rows, found), *_by_constraints(need, rows, usable, everyone))
    return Ranking((*tested, *rest), excluded, changes)


def _expect(need: Need, rows: Sequence[Problem], among: Collection[str]) -> list[Expectation]:
    return expectations(need.task, kind_of(need), features_of(need), rows, among)


def _by_traits(each: Recommendation) -> tuple[float, float, str]:
    """Best first; among equals the one with fewer weights."""
    points = 0.0 if each.points is None else each.points
    return (-points, each.cost.parameters if each.cost else float("inf"), each.name)


def _baseline(name: str, need: Need, rows: Sequence[Problem]) -> Recommendation:
    """A baseline; where the need does not tell texts from numbers, with what it was measured on."""
    kinds = {each.kind for each in rows if each.task == need.task and name in each.losses}
    if kind_of(need) is not None or len(kinds) != 1 or None in kinds:
        return Recommendation(name, baseline=True)
    (kind,) = kinds
    alone = Reason(f"It was measured on {kind} alone.", 0.0, f"kind of data: {kind}")
    return Recommendation(name, baseline=True, reservations=(alone,))


def _by_data(need: Need, rows: Sequence[Problem], now: Sequence[Expectation]) -> Iterator[str]:
    """What other amounts of data would change, where such problems were measured."""
    if len(now) < 2:  # there is nobody else
        return
    first, unchanged = now[0].name, []
    usable = {each.name for each in now}
    for said, other in _other_amounts(need):
        then = _expect(other, rows, usable)
        if then == now or not then[0].problems:  # it plays no part, or was not measured
            continue
        if any(each.tied and each.name == first for each in then):
            unchanged.append(said)
        else:
            yield f"With {said}, {_leader(need, then)}."
    if unchanged:
        yield f"{first} stays among the best with {' and with '.join(unchanged)}."


def _by_constraints(
    need: Need, rows: Sequence[Problem], usable: Set[str], everyone: Set[str]
) -> Iterator[str]:
    """Who would come first if nothing had to be kept to."""
    if usable >= everyone:
        return
    free = _expect(need, rows, everyone)
    if free and not any(each.tied and each.name in usable for each in free):
        yield f"Without the constraints, {_leader(need, free)}."


def _leader(need: Need, found: Sequence[Expectation]) -> str:
    expected = Expected.of(need.task or "", found[0])
    return f"{found[0].name} would come first: {expected.measure} {expected.figures}"


def _other_amounts(need: Need) -> Iterator[tuple[str, Need]]:
    """The same need with ten times the data, a tenth of it, and longer sequences, in words.

    Of more data nothing is said where training must not take longer: who could keep to that is not
    known. Nor of series that a linear forecast was tried on: what it would gain is not known.
    """
    if need.profile.linear_gain is not None:
        return
    unhurried = need.train_budget_s is None
    amount, unit = "n_samples", "samples"
    if need.task == "forecasting":
        amount, unit = "length", "steps of history"
    elif need.task == "generation":
        amount, unit = ("n_samples", "texts") if need.n_samples != 1 else ("length", "tokens")
    number = getattr(need, amount)
    if number is not None:
        more, less = 10 * number, number // 10
        if unhurried:
            yield f"ten times the {unit} ({more:,})", replace(need, **{amount: more})
        if number >= _FEWEST:
            yield f"a tenth of the {unit} ({less:,})", replace(need, **{amount: less})
    if amount != "length" and need.length is not None and unhurried:
        longer = 10 * need.length
        yield f"sequences of ten times the length ({longer:,})", replace(need, length=longer)
