"""What architectures and baselines did on problems like the one at hand.

The table is measured by ``benchmarks/build_prior.py``: real runs of every architecture and every
baseline on many problems. This module reads it with Python's own library alone.

What a candidate is expected to lose is the mean of what it lost on the problems of the table, the
near ones counting most; where nothing is near it is the mean over all of them, so that the advice
is then that which is best in general. Of series those count in either that a linear forecast tells
as much of: who is best where there is much to learn says little of where there is nothing. Losses
of different problems are made comparable first:
``(loss - best) / (trivial - best)``, at most 2, is 0 for the best candidate of a problem and 1 for
a method that learns nothing (as in the algorithm selection competitions: Lindauer, van Rijn,
Kotthoff: The algorithm selection competitions 2015 and 2017, Artificial Intelligence 272).

First is not who is expected to lose least, but who does when a little is charged for the time that
training takes (as in Brazdil, Soares, da Costa: Ranking learning algorithms, using IBL and
meta-learning on accuracy and time results, Machine Learning 50, 2003): so that between those that
hardly differ one is not told to wait for minutes.
"""

from __future__ import annotations

import json
import math
import statistics
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from modelzoo.advisor.need import Need

SHIPPED = Path(__file__).parent / "experience.json"
WORST = 2.0  # what a scaled loss counts at most
_LEAST_GAIN = 0.02  # of the trivial loss: less than that is no gain that could be a unit
_WIDTH = 0.7  # of the kernel: at this distance a problem counts e^-1/2 of one that is the same
_GENERAL = 2.0  # problems at no distance that all others count as, at most
_NEAR = 0.3  # weight from which a problem is called similar
GAIN_WIDTH = 0.05  # of the kernel, of what a linear forecast gains
_CLEAR_GAIN = 0.1  # from there on either way gains are alike
TIME_CHARGE = 0.05  # of what there is to gain, for training that takes ten times as long
_MOMENT = 1.0  # seconds; nobody minds to wait for less
# Natural units of the features: a step of one is a clear difference.
_UNITS = {"seasonal_strength": 0.3, "trend_strength": 0.3, "noise": 0.3}


def scaled_loss(loss: float, best: float, trivial: float) -> float:
    """A loss in units of what there is to gain over the trivial one, at most `WORST`.

    >>> scaled_loss(0.5, best=0.25, trivial=0.75), scaled_loss(9.0, best=0.25, trivial=0.75)
    (0.5, 2.0)
    """
    gain = max(trivial - best, _LEAST_GAIN * trivial, 1e-9)
    return min((loss - best) / gain, WORST)


def charged(gap: float, seconds: float) -> float:
    """A scaled loss and what is charged for the seconds that training takes.

    >>> charged(0.2, seconds=0.1), charged(0.2, seconds=10)
    (0.2, 0.25)
    """
    return gap + TIME_CHARGE * math.log10(max(seconds, _MOMENT))


@dataclass(frozen=True)
class Problem:
    """A row of the table.

    Attributes:
        name: What it is called.
        family: Its source.
        task: classification, forecasting or generation.
        kind: ``"texts"`` or ``"numbers"``; None where its need does not tell.
        features: As `features_of` finds them.
        trivial: The loss of a method that learns nothing.
        losses: What each candidate lost, one figure a seed.
        seconds: What fitting each took, mostly on one core that did nothing else: of newer records
            the seconds of computing.
        failed: Candidates that could not be fitted.
    """

    name: str
    family: str
    task: str
    kind: str | None
    features: Mapping[str, float]
    trivial: float
    losses: Mapping[str, Sequence[float]]
    seconds: Mapping[str, float]
    failed: frozenset[str] = frozenset()

    def scaled(self) -> dict[str, float]:
        """The loss of each candidate between that of the best (0) and the trivial one (1).

        One that failed has the most that counts: else who fails where it is hard would lead.
        """
        means = {name: statistics.fmean(each) for name, each in self.losses.items()}
        best = min(means.values())
        scaled = {name: scaled_loss(loss, best, self.trivial) for name, loss in means.items()}
        return scaled | dict.fromkeys(self.failed, WORST)


@dataclass(frozen=True)
class Expectation:
    """What a candidate is expected to do.

    Attributes:
        name: The architecture or baseline.
        gap: Its scaled loss: 0 is as good as the best, 1 no better than learning nothing.
        error: The standard error of that.
        loss: What it loses, the weighted median.
        low: The weighted 10th percentile of that.
        high: The weighted 90th percentile.
        seconds: What fitting took, the weighted median, on the machine of the records.
        problems: How many similar problems it was measured on.
        families: How many sources these have.
        tied: Whether it is within one standard error of the first, or better.
    """

    name: str
    gap: float
    error: float
    loss: float
    low: float
    high: float
    seconds: float
    problems: int
    families: int
    tied: bool = False

    @property
    def charged(self) -> float:
        """By what candidates are ranked."""
        return charged(self.gap, self.seconds)


@cache
def load_table() -> tuple[tuple[Problem, ...], frozenset[str]]:
    """The table, and which of its candidates are baselines."""
    found = json.loads(SHIPPED.read_text(encoding="utf-8"))
    rows = tuple(
        Problem(
            row["problem"],
            row["family"],
            row["task"],
            row["kind"],
            row["features"],
            row["trivial"],
            row["losses"],
            row["seconds"],
            frozenset(row["failed"]),
        )
        for row in found["problems"]
    )
    return rows, frozenset(found["baselines"])


def kind_of(need: Need) -> str | None:
    """Whether a need is about texts or numbers, or None where it does not tell."""
    if need.task == "generation":
        return "texts"
    if need.task == "forecasting":
        return "numbers"
    if need.vocabulary is not None or need.profile.vocabulary is not None:
        return "texts"
    looked_at = need.channels is not None or need.profile.lengths is not None
    return "numbers" if looked_at else None


def features_of(need: Need) -> dict[str, float]:
    """What tells problems apart: counts as powers of ten, shares as they are."""
    profile = need.profile
    counts = {
        "examples": need.examples,
        "sequences": need.n_samples,
        "length": need.context,
        "channels": need.channels,
        "vocabulary": need.vocabulary or profile.vocabulary,
        "classes": profile.classes,
        "horizon": need.horizon,
        "season": need.season_length or profile.season_length,
    }
    shares = {
        "seasonal_strength": profile.seasonal_strength,
        "trend_strength": profile.trend_strength,
        "noise": profile.noise,
    }
    known = {name: math.log10(value) for name, value in counts.items() if value}
    if profile.linear_gain is not None:
        shares["linear_gain"] = max(-_CLEAR_GAIN, min(profile.linear_gain, _CLEAR_GAIN))
    return known | {name: value for name, value in shares.items() if value is not None}


def expectations(
    task: str | None,
    kind: str | None,
    features: Mapping[str, float],
    table: Iterable[Problem],
    among: Collection[str] | None = None,
) -> list[Expectation]:
    """What to expect of the candidates of a table, best first.

    Those within one standard error of the first are tied with it. That says how little is known,
    not that they are equal: to take the quickest of them does worse (docs/advisor.md).

    Args:
        task: What is to be done; problems of other tasks are passed over.
        kind: From `kind_of`; problems of the other kind are passed over.
        features: From `features_of`.
        table: Problems.
        among: The candidates to tell of, by name; None for all. A scaled loss says how far one is
            from the best of all of them.

    Returns:
        One a candidate; none where the table has nothing of such a task.
    """
    rows = [
        each
        for each in table
        if each.task == task and each.losses and (kind is None or each.kind in (None, kind))
    ]
    alike = _alike_in_gain(features, rows)
    near = [a * b for a, b in zip(alike, _nearness(features, rows), strict=True)]
    general = [a * b for a, b in zip(alike, _every_source(rows), strict=True)]
    weights = [a + _GENERAL * b for a, b in zip(_shared(near, rows), general, strict=True)]
    gaps = [each.scaled() for each in rows]
    found = [
        _expected(name, rows, near, weights, gaps)
        for name in dict.fromkeys(name for each in rows for name in each.losses)
        if among is None or name in among
    ]
    if not found:
        return []
    found.sort(key=lambda each: (each.charged, each.seconds))
    first = found[0].name
    return [replace(each, tied=_tied(each.name, first, gaps, weights)) for each in found]


def _nearness(features: Mapping[str, float], rows: Sequence[Problem]) -> list[float]:
    """How near each problem is, 1 for the same."""
    return [math.exp(-0.5 * (_distance(features, each.features) / _WIDTH) ** 2) for each in rows]


def _shared(near: Sequence[float], rows: Sequence[Problem]) -> list[float]:
    """The weights of problems by how near they are; those of a family share that of the nearest.

    For three cuts of one dataset tell little more than the nearest of them.
    """
    total: dict[str, float] = {}
    largest: dict[str, float] = {}
    for each, weight in zip(rows, near, strict=True):
        total[each.family] = total.get(each.family, 0.0) + weight
        largest[each.family] = max(largest.get(each.family, 0.0), weight)
    return [
        weight * largest[each.family] / total[each.family] if weight > 0 else 0.0
        for each, weight in zip(rows, near, strict=True)
    ]


def _alike_in_gain(features: Mapping[str, float], rows: Sequence[Problem]) -> list[float]:
    """How alike problems are in what a linear forecast gains, 1 for the same or where unknown."""
    gain = features.get("linear_gain")
    others = (each.features.get("linear_gain") for each in rows)
    return [
        1.0
        if gain is None or other is None
        else math.exp(-0.5 * ((gain - other) / GAIN_WIDTH) ** 2)
        for other in others
    ]


def _every_source(rows: Sequence[Problem]) -> list[float]:
    """Weights of all problems, together 1, every source counting alike."""
    count = Counter(each.family for each in rows)
    return [1 / len(count) / count[each.family] for each in rows]


def _distance(a: Mapping[str, float], b: Mapping[str, float]) -> float:
    """The root mean square difference of the features that both have."""
    shared = (a.keys() & b.keys()) - {"linear_gain"}  # which is weighed by itself
    if not shared:
        return math.inf
    squares = (((a[name] - b[name]) / _UNITS.get(name, 1.0)) ** 2 for name in shared)
    return math.sqrt(math.fsum(squares) / len(shared))


def _expected(
    name: str,
    rows: Sequence[Problem],
    near: Sequence[float],
    weights: Sequence[float],
    gaps: Sequence[Mapping[str, float]],
) -> Expectation:
    where = [index for index, each in enumerate(gaps) if name in each]
    gap, error = _mean([gaps[index][name] for index in where], [weights[index] for index in where])
    where = [index for index in where if name in rows[index].losses]
    own = [weights[index] for index in where]
    losses = [statistics.fmean(rows[index].losses[name]) for index in where]
    low, middle, high = (_quantile(losses, own, level) for level in (0.1, 0.5, 0.9))
    similar = [index for index in where if near[index] >= _NEAR]
    return Expectation(
        name=name,
        gap=gap,
        error=error,
        loss=middle,
        low=low,
        high=high,
        seconds=_quantile([rows[index].seconds[name] for index in where], own, 0.5),
        problems=len(similar),
        families=len({rows[index].family for index in similar}),
    )


def _tied(
    name: str, first: str, gaps: Sequence[Mapping[str, float]], weights: Sequence[float]
) -> bool:
    """Whether it does not lose more, by one standard error of the difference problem by problem."""
    if name == first:
        return True
    both = [index for index, each in enumerate(gaps) if name in each and first in each]
    if len(both) < 2:
        return False
    more = [gaps[index][name] - gaps[index][first] for index in both]
    mean, error = _mean(more, [weights[index] for index in both])
    return mean <= error


def _mean(values: Sequence[float], weights: Sequence[float]) -> tuple[float, float]:
    """The weighted mean and its standard error."""
    total = math.fsum(weights)
    mean = math.fsum(v * w for v, w in zip(values, weights, strict=True)) / total
    squares = math.fsum((w * (v - mean)) ** 2 for v, w in zip(values, weights, strict=True))
    return mean, math.sqrt(squares) / total


def _quantile(values: Sequence[float], weights: Sequence[float], level: float) -> float:
    """The smallest value that has so much of the weight at or below it."""
    pairs = sorted(zip(values, weights, strict=True))
    wanted, reached = level * math.fsum(weights), 0.0
    for value, weight in pairs:
        reached += weight
        if reached >= wanted:
            return value
    return pairs[-1][0]
