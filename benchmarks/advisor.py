"""How good the advice is that the results table gives, on sources that it has not seen.

`python benchmarks/advisor.py` leaves out one source after the other, asks for advice on its
problems with the rest of the table, and prints what that costs; `--write` puts it into
docs/advisor.md. Nothing is trained: all figures are those of the table (benchmarks/build_prior.py).

The scaled loss of a choice is ``(loss - best) / (trivial - best)``, at most 2. Which candidate is
best is found on one half of the seeds and scored on the other, both ways round, so that nobody is
called best for being lucky. The remaining gap is what the advice costs over what the single best
candidate costs, the one that is best on average over all other sources: 1 is no better than always
to take that one, 0 is always to know the best.
"""

from __future__ import annotations

import argparse
import math
import statistics
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from types import ModuleType
from typing import Any

import bookkeeping
import build_trials
import numpy as np

from modelzoo.advisor import experience, trying
from modelzoo.advisor.experience import (
    WORST,
    Expectation,
    Problem,
    expectations,
    load_table,
    scaled_loss,
)
from modelzoo.baselines import baselines_for

HARM = 0.05  # more than that share above the simplest baseline's loss is harm
SHUFFLES = 20
DRAWS = 10_000  # of the bootstrap
SIMPLEST = {
    "classification": ("TF-IDF + logistic regression", "logistic regression"),
    "forecasting": ("seasonal naive",),
    "generation": ("n-gram",),
}
BEGIN, END = "<!-- advisor: written by benchmarks/advisor.py -->", "<!-- end of advisor -->"

Policy = Callable[[Problem, Sequence[Problem]], list[str]]


def advised(problem: Problem, others: Sequence[Problem]) -> list[str]:
    """The candidates as the advisor ranks them."""
    return [each.name for each in _expected(problem, others)]


def single_best(problem: Problem, others: Sequence[Problem]) -> list[str]:
    """Those that do best on average over all problems of the task and kind."""
    found = expectations(problem.task, problem.kind, {}, others)
    return [each.name for each in sorted(found, key=lambda each: each.gap)]


def quickest(problem: Problem, others: Sequence[Problem]) -> list[str]:
    """Of those within one standard error of the first the quickest, and then the others."""
    found = _expected(problem, others)
    found.sort(key=lambda each: (not each.tied, each.seconds if each.tied else each.gap))
    return [each.name for each in found]


def shuffled(rng: np.random.Generator, problem: Problem, others: Sequence[Problem]) -> list[str]:
    """The advisor, told the features of another problem: whether they matter at all."""
    strange = [each for each in others if (each.task, each.kind) == (problem.task, problem.kind)]
    drawn = strange[rng.integers(len(strange))]
    return advised(replace(problem, features=drawn.features), others)


def by_chance(rng: np.random.Generator, problem: Problem, others: Sequence[Problem]) -> list[str]:
    """Any order."""
    return list(rng.permutation([*problem.losses, *sorted(problem.failed)]))


def _expected(problem: Problem, others: Sequence[Problem]) -> list[Expectation]:
    return expectations(problem.task, problem.kind, problem.features, others)


def cost(problem: Problem, choice: str) -> float:
    """The scaled loss of a choice, the mean over both halves of the seeds.

    What failed on this problem costs the most that counts.
    """
    if choice not in problem.losses:
        return WORST
    found = []
    halves = _halves(problem)
    for own, other in (halves, reversed(halves)):
        best = min(own, key=lambda name: own[name])
        found.append(scaled_loss(other[choice], other[best], problem.trivial))
    return statistics.fmean(found)


def _halves(problem: Problem) -> list[dict[str, float]]:
    """The losses by every second seed, and by the others; of one seed twice the same."""
    return [
        {name: statistics.fmean(each[half::2] or each) for name, each in problem.losses.items()}
        for half in (0, 1)
    ]


def costs(rows: Sequence[Problem], problems: Sequence[Problem], policy: Policy) -> list[float]:
    """What a policy's first choice costs on each row, with the other sources of the problems."""
    return [cost(each, _first(each, policy(each, _without(each, problems)))) for each in rows]


def _first(problem: Problem, ranked: Sequence[str]) -> str:
    """The first that can be used: texts have no MiniRocket."""
    usable = problem.losses.keys() | problem.failed
    return next((name for name in ranked if name in usable), "")


def _without(problem: Problem, problems: Sequence[Problem]) -> list[Problem]:
    return [each for each in problems if each.family != problem.family]


def gap(
    problems: Sequence[Problem], own: Sequence[float], single: Sequence[float]
) -> tuple[float, float, float]:
    """The remaining gap, and its 95 % interval by a bootstrap over the sources.

    NaN where the single best costs nothing: then there is nothing to gain.
    """
    families = sorted({each.family for each in problems})
    sums = np.array(
        [
            [
                sum(c for c, p in zip(figures, problems, strict=True) if p.family == family)
                for family in families
            ]
            for figures in (own, single)
        ]
    )
    if sums[1].sum() <= 0:
        return math.nan, math.nan, math.nan
    drawn = np.random.default_rng(0).integers(len(families), size=(DRAWS, len(families)))
    above, below = sums[0][drawn].sum(axis=1), sums[1][drawn].sum(axis=1)
    known = below > 0  # else only such sources were drawn as leave nothing to gain
    low, high = np.percentile(above[known] / below[known], (2.5, 97.5))
    return float(sums[0].sum() / sums[1].sum()), float(low), float(high)


def harmed(problem: Problem, choice: str) -> bool | None:
    """Whether a choice loses more than 5 % more than the simplest baseline does."""
    means = {name: statistics.fmean(each) for name, each in problem.losses.items()}
    baseline = next((name for name in SIMPLEST[problem.task] if name in means), None)
    if baseline is None:
        return None
    return choice not in means or means[choice] > (1 + HARM) * means[baseline]


def report(problems: Sequence[Problem]) -> str:
    """The tables, as Markdown."""
    tasks: list[str | None] = [None, *dict.fromkeys(each.task for each in problems)]
    lines = [
        "| problems | sources | remaining gap (95 %) | features of another problem "
        "| quickest of those tied | by chance | harm | best among first two "
        "| figures in 80 % intervals |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for task in tasks:
        rows = [each for each in problems if task in (None, each.task)]
        lines.append(_line(task or "all", rows, problems))
    return "\n".join(lines)


def sensitivity(problems: Sequence[Problem]) -> str:
    """What other constants than those that were chosen would do.

    Of the charge for time the gap and harm of all, of the landmark the gap of forecasting.
    """
    single = costs(problems, problems, single_best)
    lines = ["| charge for ten times the time | remaining gap of all | harm |", "|---|---|---|"]
    for which in _tried(experience, "TIME_CHARGE", (0.0, 0.4, 1.0, 1.6, 2.4)):
        found = _gap_in_words(gap(problems, costs(problems, problems, advised), single))
        lines.append(f"| {which} | {found} | {_share(_harm(problems, problems, advised))} |")
    rows = [each for each in problems if each.task == "forecasting"]
    if not rows:
        return "\n".join(lines)
    new = [each for each in rows if each.family.startswith("carried")]
    single = costs(rows, problems, single_best)
    lines += ["", "| width of the kernel | remaining gap of forecasting |", "|---|---|"]
    for which in _tried(experience, "GAIN_WIDTH", (0.4, 0.6, 1.0, 1.6, 2.4)):
        found = _gap_in_words(gap(rows, costs(rows, problems, advised), single))
        lines.append(f"| {which} | {found} |")
    if new:
        own, alone = costs(new, problems, advised), costs(new, problems, single_best)
        said = f"On the {len(new)} problems measured after it was chosen"
        lines += ["", f"{said}: {_gap_in_words(gap(new, own, alone))}."]
    return "\n".join(lines)


def _tried(module: ModuleType, constant: str, factors: Iterable[float]) -> Iterator[str]:
    """A constant of the advisor in words, set to multiples of what was chosen, one at a time."""
    chosen = getattr(module, constant)
    try:
        for factor in factors:
            setattr(module, constant, factor * chosen)
            yield f"{factor * chosen:.2f}" + " (chosen)" * (factor == 1)
    finally:
        setattr(module, constant, chosen)


def _gap_in_words(found: tuple[float, float, float]) -> str:
    middle, low, high = map(_shown, found)
    return f"{middle} ({low} to {high})"


def report_of_trials(
    problems: Sequence[Problem], records: Sequence[Mapping[str, Any]]
) -> str | None:
    """What trials choose, by themselves and with the advice; None where there were none.

    Args:
        problems: The table.
        records: Those of benchmarks/build_trials.py.
    """
    scores = {each["problem"]: each["scores"] for each in records}
    rows = [each for each in problems if each.name in scores]
    if not rows:
        return None

    def alone(problem: Problem, others: Sequence[Problem]) -> list[str]:
        return [*scores[problem.name]]

    def both(problem: Problem, others: Sequence[Problem]) -> list[str]:
        expected = {each.name: each.charged for each in _expected(problem, others)}
        simplest = baselines_for(problem.task)[0][0]
        return trying.by_both(problem.task, expected, scores[problem.name], simplest)

    lines = [
        "| choice by | problems | sources | remaining gap (95 %) | harm | seconds, of those that "
        "fitting all took |",
        "|---|---|---|---|---|---|",
    ]
    tasks: list[str | None] = [None, *dict.fromkeys(each.task for each in rows)]
    for task in tasks:
        some = [each for each in rows if task in (None, each.task)]
        names = {each.name for each in some}
        spent = sum(each["seconds"] for each in records if each["problem"] in names)
        share = spent / sum(sum(each.seconds.values()) for each in some)
        single = costs(some, problems, single_best)
        families = len({each.family for each in some})
        for said, policy, part in (
            ("advice", advised, 0.0),
            ("trials", alone, share),
            ("advice and trials", both, share),
        ):
            found = _gap_in_words(gap(some, costs(some, problems, policy), single))
            harm = _share(_harm(some, problems, policy))
            lines.append(
                f"| {said}, {task or 'all'} | {len(some)} | {families} | {found} | {harm} "
                f"| {part:.0%} |"
            )
    lines += [
        "",
        "| unit at least, of the simplest baseline's loss | advice and trials |",
        "|---|---|",
    ]
    single = costs(rows, problems, single_best)
    for which in _tried(trying, "LEAST_GAIN", (0.2, 0.5, 1.0, 2.0, 4.0)):
        lines.append(
            f"| {which} | {_gap_in_words(gap(rows, costs(rows, problems, both), single))} |"
        )
    made = sorted({f"{each['date']} (commit {each['commit']})" for each in records})
    lines += ["", f"Trials of {', '.join(made)}, of the first of what the table of then advised."]
    return "\n".join(lines)


def _harm(rows: Sequence[Problem], problems: Sequence[Problem], policy: Policy) -> list[bool]:
    """Of the problems that have a simplest baseline, whether a policy's choice does harm."""
    found = (harmed(each, _first(each, policy(each, _without(each, problems)))) for each in rows)
    return [each for each in found if each is not None]


def _line(name: str, rows: Sequence[Problem], problems: Sequence[Problem]) -> str:
    known = partial(costs, rows, problems)
    rng = np.random.default_rng(0)
    single = known(single_best)
    own = gap(rows, known(advised), single)
    strange = statistics.fmean(
        gap(rows, known(partial(shuffled, rng)), single)[0] for _ in range(SHUFFLES)
    )
    chance = statistics.fmean(
        gap(rows, known(partial(by_chance, rng)), single)[0] for _ in range(SHUFFLES)
    )
    cheap = gap(rows, known(quickest), single)[0]
    ranked = [advised(each, _without(each, problems)) for each in rows]
    told = _harm(rows, problems, advised)
    hits = [_hit(each, names) for each, names in zip(rows, ranked, strict=True)]
    inside = [hit for each in rows for hit in _inside(each, _without(each, problems))]
    families = len({each.family for each in rows})
    return (
        f"| {name}, {len(rows)} | {families} | {_gap_in_words(own)} "
        f"| {_shown(strange)} | {_shown(cheap)} | {_shown(chance)} | {_share(told)} "
        f"| {_share(hits)} | {_share(inside)} |"
    )


def _shown(figure: float) -> str:
    return "-" if math.isnan(figure) else f"{figure:.2f}"


def _share(found: Iterable[bool]) -> str:
    found = list(found)
    return f"{statistics.fmean(found):.0%}" if found else "-"


def _hit(problem: Problem, ranked: Sequence[str]) -> bool:
    """Whether the best candidate is among the first two that can be used."""
    means: Mapping[str, float] = {k: statistics.fmean(v) for k, v in problem.losses.items()}
    usable = [name for name in ranked if name in means or name in problem.failed]
    return min(means, key=lambda name: means[name]) in usable[:2]


def _inside(problem: Problem, others: Sequence[Problem]) -> Iterator[bool]:
    for each in _expected(problem, others):
        if each.name in problem.losses:
            yield each.low <= statistics.fmean(problem.losses[each.name]) <= each.high


def main(given: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--write", action="store_true", help="put it into docs/advisor.md")
    arguments = parser.parse_args(given)
    problems, baselines = load_table()
    text = f"{report(problems)}\n\n{sensitivity(problems)}"
    networks = [
        len(losses)
        for each in problems
        for name, losses in each.losses.items()
        if name not in baselines
    ]
    if networks and min(networks) == 1:
        text += (
            "\n\nOf some networks there is one seed so far: the best of such a problem is found "
            "and scored by the same run."
        )
    trials = report_of_trials(problems, build_trials.load())
    if trials is not None:
        text += f"\n\n{trials}"
    if arguments.write:
        bookkeeping.put_between(bookkeeping.ROOT / "docs" / "advisor.md", BEGIN, END, text)
    else:
        print(text)


if __name__ == "__main__":
    main()
