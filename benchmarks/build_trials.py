"""What trials find on the problems of the advisor's table, within a quarter of the time.

`python benchmarks/build_trials.py` runs trials on every problem whose candidates are all measured
(benchmarks/build_prior.py), in a quarter of the seconds that fitting them all took, of the first of
what the advisor recommends with the other sources. A record a problem goes into
benchmarks/results/trials/trials.json; what is there is not run again. `benchmarks/advisor.py` tells
what following them costs, and the seconds they really took: setting networks up, and the baselines,
come on top of the time, which matters where it is short.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import math
import os
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import bookkeeping
from build_prior import need_of, suggested_size
from prior_problems import Problem, list_problems

from modelzoo import registry
from modelzoo.advisor import experience
from modelzoo.advisor.answer import Recommendation
from modelzoo.advisor.trying import try_out
from modelzoo.evidence.running import versions

PATH = bookkeeping.RESULTS / "trials" / "trials.json"
SHARE = 0.25  # of what fitting all candidates takes
FIRST = 3  # architectures, and baselines, of the advice that are tried


def measured(problems: Sequence[Problem]) -> dict[str, experience.Problem]:
    """The rows of the shipped table that know all architectures, by the problem's name."""
    rows, _ = experience.load_table()
    names = {each.name for each in problems}
    models = set(registry.list_models())
    return {
        each.name: each
        for each in rows
        if each.name in names and models <= each.losses.keys() | each.failed
    }


def tried(row: experience.Problem) -> list[str]:
    """Who takes part: the first of the advice that other sources give."""
    rows, baselines = experience.load_table()
    others = [each for each in rows if each.family != row.family]
    found = experience.expectations(row.task, row.kind, row.features, others)
    names = [each.name for each in found if each.name in row.losses.keys() | row.failed]
    groups = ([n for n in names if (n in baselines) is simple] for simple in (False, True))
    return [name for group in groups for name in group[:FIRST]]


def run(problem: Problem, row: experience.Problem) -> dict[str, Any]:
    """Runs the trials, and tells what they found and what that took."""
    parts = problem.load()
    names = tried(row)
    models = registry.list_models()
    sizes: Mapping[str, str | None] = {
        name: suggested_size(problem, parts, name) for name in names if name in models
    }
    budget = SHARE * sum(row.seconds.values())
    begin = time.monotonic()
    ranked = [
        Recommendation(name, baseline=name not in sizes, size=sizes.get(name)) for name in names
    ]
    found, _ = try_out(need_of(problem, parts), parts.train, ranked, len(ranked), budget)
    if found.interrupted:
        raise KeyboardInterrupt
    return {
        "problem": problem.name,
        "scores": {each.name: each.score for each in found.rows if math.isfinite(each.score)},
        "cut": [each.name for each in found.rows if each.cut],
        "failed": [each.name for each in found.rows if not math.isfinite(each.score)],
        "budget": round(budget, 1),
        "seconds": round(time.monotonic() - begin, 1),
        "machine": bookkeeping.machine(),
        "versions": versions(),
        "date": time.strftime("%Y-%m-%d"),
        "commit": bookkeeping.commit(),
    }


def load() -> list[dict[str, Any]]:
    """All records so far, in each the scores in the order of the leaderboard."""
    return json.loads(PATH.read_text(encoding="utf-8")) if PATH.exists() else []


def add(record: dict[str, Any]) -> None:
    """Adds a record."""
    lines = [json.dumps(each, ensure_ascii=False) for each in [*load(), record]]
    bookkeeping.write_whole(PATH, "[\n" + ",\n".join(lines) + "\n]\n")


def main(given: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", metavar="PATTERN", help="of families; default: all")
    arguments = parser.parse_args(given)
    problems = [
        each
        for each in list_problems()
        if not arguments.only
        or any(fnmatch.fnmatchcase(each.family, pattern) for pattern in arguments.only)
    ]
    rows = measured(problems)
    if not rows:
        parser.error("no problem of such a family has all architectures measured")
    known = {each["problem"] for each in load()}
    try:
        for problem in problems:
            if problem.name in rows and problem.name not in known:
                record = run(problem, rows[problem.name])
                add(record)
                print(
                    f"{problem.name}: {next(iter(record['scores']))} "
                    f"({record['seconds']:.0f} of {record['budget']:.0f} s)",
                    flush=True,
                )
    except KeyboardInterrupt:
        print("interrupted: what was found before is stored", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
