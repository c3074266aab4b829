"""Measures every architecture and every baseline on many problems, for the advisor's table.

`python benchmarks/build_prior.py` runs what is missing, a record a run, into
benchmarks/results/prior/<family>.json: what stops it loses the run in progress alone, and it goes
on where it was. Two may run beside each other on different families (`--only`). Hours on two
cores. `--write` makes of the records the table that the package ships. `--quick` runs one small
problem a task with the smallest architecture and stores nothing.

The networks are those that a user gets who takes the size that the advisor suggests and changes
nothing.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import os
import statistics
import sys
import time
import warnings
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from bookkeeping import RESULTS, commit, machine, write_whole
from prior_problems import Parts, Problem, list_problems

import modelzoo
from modelzoo import registry
from modelzoo.advisor import experience
from modelzoo.advisor.need import Need, make_need
from modelzoo.baselines import NGramLanguageModel, baselines_for
from modelzoo.errors import ModelZooError
from modelzoo.evaluation import evaluate
from modelzoo.evidence.running import versions
from modelzoo.interrupts import never_lost
from modelzoo.registry.cards import TASKS
from modelzoo.trials import fit_to_the_end

FOLDER = RESULTS / "prior"
SEEDS = (0, 1)
BASELINES = "baselines"  # measured together: in moments, and they are the same for every seed
UNIGRAM = "letters by how often they occur"  # what a language model has to beat to have learned

Record = dict[str, Any]


def loss_of(task: str, estimator: Any, parts: Parts) -> float:
    """What a fitted estimator loses on the test part; less is better.

    1 - balanced accuracy, MASE, or bits per character (for a masked model an upper bound).
    """
    if task == "classification":
        from sklearn.metrics import balanced_accuracy_score

        return 1 - float(balanced_accuracy_score(parts.test.y, estimator.predict(parts.test.X)))
    options: dict[str, Any] = {}
    if task == "forecasting":
        season = parts.parameters["season_length"]
        options = {"after": parts.train.X, "season_length": season}
    return next(iter(evaluate(task, estimator, parts.test.X, **options).values()))


def need_of(problem: Problem, parts: Parts) -> Need:
    """The question that a user with such data asks."""
    return make_need(problem.task, None, parts.train, **parts.parameters)


def suggested_size(problem: Problem, parts: Parts, name: str) -> str | None:
    """The size of an architecture that a user with such data is told to take."""
    found = modelzoo.recommend(problem.task, data=parts.train, **parts.parameters)
    return next((each.size for each in found.architectures if each.name == name), None)


def candidates(problem: Problem, parts: Parts, name: str, seed: int, quick: bool) -> Iterator:
    """Names and unfitted estimators, each with the size it is built in, if it has sizes."""
    if name != BASELINES:
        size = suggested_size(problem, parts, name)
        settings = {**parts.parameters, "size": size, "random_state": seed, "verbose": 0}
        settings |= {"epochs": 1} if quick else {}
        yield name, modelzoo.create(name, problem.task, **settings), size
        return
    for shown, estimator in baselines_for(
        problem.task, parts.train.X, random_state=seed, **parts.parameters
    ):
        yield shown, estimator, None
    if problem.task == "generation":
        yield UNIGRAM, NGramLanguageModel(n=1), None


def measure(
    problem: Problem, parts: Parts, name: str, seed: int, *, quick: bool = False
) -> list[Record]:
    """Fits and scores an architecture, or all the baselines.

    What cannot be fitted to such data is noted with its error: that is an answer too.
    """
    found = []
    for shown, estimator, size in candidates(problem, parts, name, seed, quick):
        # Of computing, not on the clock: what else the machine does is none of a candidate's time.
        begin, loss, failure = time.process_time(), None, None
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of short series and the like: known by now
                with never_lost():
                    fit_to_the_end(estimator, *parts.train)
                seconds = time.process_time() - begin
                loss = loss_of(problem.task, estimator, parts)
        except ModelZooError as error:
            seconds, failure = time.process_time() - begin, str(error)
        found.append(
            {
                "problem": problem.name,
                "candidate": shown,
                "seed": seed,
                "loss": None if loss is None else round(loss, 6),
                "failure": failure,
                "run": name,
                "size": size,
                "parameters": getattr(estimator, "n_params_", None),
                "seconds": round(seconds, 2),
                "machine": machine(),
                "versions": versions(),
                "date": time.strftime("%Y-%m-%d"),
                "commit": commit(),
            }
        )
    return found


def load(family: str, folder: Path = FOLDER) -> list[Record]:
    path = _path(family, folder)
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else []


def add(family: str, records: Sequence[Record], folder: Path = FOLDER) -> None:
    lines = [json.dumps(each, ensure_ascii=False) for each in [*load(family, folder), *records]]
    write_whole(_path(family, folder), "[\n" + ",\n".join(lines) + "\n]\n")


def _path(family: str, folder: Path) -> Path:
    return folder / f"{family.replace(': ', '_').replace(' ', '_')}.json"


def run(problems: Sequence[Problem], models: Sequence[str], seeds: Sequence[int]) -> None:
    """Measures what is missing, the first seed of all problems first."""
    for seed in seeds:
        names = [BASELINES, *models] if seed == SEEDS[0] else models
        for problem in problems:
            kept = {(r["problem"], r["run"], r["seed"]) for r in load(problem.family)}
            missing = [name for name in names if (problem.name, name, seed) not in kept]
            if not missing:
                continue
            parts = problem.load()
            for name in missing:
                records = measure(problem, parts, name, seed)
                add(problem.family, records)
                said = ", ".join(f"{r['candidate']} {_shown(r['loss'])}" for r in records)
                seconds = sum(r["seconds"] for r in records)
                print(f"{problem.name}, seed {seed}: {said} ({seconds:.0f} s)", flush=True)


def _shown(loss: float | None) -> str:
    return "failed" if loss is None else f"{loss:.3f}"


def table(problems: Sequence[Problem], models: Iterable[str] | None = None) -> dict[str, Any]:
    """What the package ships: of each problem what the advisor can know of it, and what came out.

    A candidate that failed with any seed has failed on that problem. A problem on which one was not
    yet run is left out: else who was measured on easy ones alone would lead.

    Args:
        problems: The problems.
        models: The architectures that have to be measured; None for all there are.
    """
    wanted = {BASELINES, *(registry.list_models() if models is None else models)}
    rows = []
    for problem in problems:
        records = [each for each in load(problem.family) if each["problem"] == problem.name]
        if not wanted <= {each["run"] for each in records}:
            continue
        need = need_of(problem, problem.load())
        failed = {each["candidate"] for each in records if each["loss"] is None}
        losses: dict[str, dict[int, float]] = {}
        seconds: dict[str, list[float]] = {}
        for each in records:
            if each["candidate"] not in failed:
                losses.setdefault(each["candidate"], {})[each["seed"]] = each["loss"]
                seconds.setdefault(each["candidate"], []).append(each["seconds"])
        trivial = _trivial(problem.task, losses)
        losses.pop(UNIGRAM, None)
        if trivial is None:
            continue
        rows.append(
            {
                "problem": problem.name,
                "family": problem.family,
                "task": problem.task,
                "kind": experience.kind_of(need),
                "features": {k: round(v, 3) for k, v in experience.features_of(need).items()},
                "trivial": trivial,
                "losses": {k: [x for _, x in sorted(v.items())] for k, v in losses.items()},
                "seconds": {k: statistics.median(v) for k, v in seconds.items() if k in losses},
                "failed": sorted(failed),
            }
        )
    baselines = [name for task in TASKS for name, _ in baselines_for(task)]
    return {"baselines": baselines, "problems": rows}


def _trivial(task: str, losses: dict[str, dict[int, float]]) -> float | None:
    name = {"classification": "majority class", "forecasting": "seasonal naive"}.get(task, UNIGRAM)
    return losses[name][SEEDS[0]] if name in losses else None


def write(problems: Sequence[Problem]) -> None:
    found = table(problems)
    rows = ",\n".join(json.dumps(each, ensure_ascii=False) for each in found.pop("problems"))
    head = json.dumps(found, ensure_ascii=False)
    write_whole(experience.SHIPPED, f'{head[:-1]}, "problems": [\n{rows}\n]}}\n')


def main(given: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", metavar="PATTERN", help="of families; default: all")
    parser.add_argument(
        "--most", type=int, metavar="N", help="of each family its first N problems, the small ones"
    )
    parser.add_argument("--models", type=lambda text: text.split(","), metavar="NAME,...")
    parser.add_argument(
        "--seeds",
        type=lambda text: [int(seed) for seed in text.split(",")],
        default=SEEDS,
        metavar="N,...",
    )
    parser.add_argument("--quick", action="store_true", help="small runs; nothing is stored")
    parser.add_argument("--list", action="store_true", help="list the problems")
    parser.add_argument("--write", action="store_true", help="write the table; run nothing")
    arguments = parser.parse_args(given)
    problems = list_problems()
    if arguments.write:
        write(problems)
        return 0
    if arguments.only:
        problems = [
            each
            for each in problems
            if any(fnmatch.fnmatchcase(each.family, pattern) for pattern in arguments.only)
        ]
    if arguments.most is not None:
        problems = [each for each in problems if _place(each, problems) < arguments.most]
    if not problems:
        parser.error("no family is called so: see --list")
    models = arguments.models or registry.list_models()
    if arguments.list:
        for each in problems:
            print(f"{each.task}: {each.name} [{each.family}]")
    elif arguments.quick:
        for each in {each.task: each for each in reversed(problems)}.values():
            parts = each.load()
            for name in (BASELINES, _smallest(models)):
                for record in measure(each, parts, name, 0, quick=True):
                    print(f"{each.name}: {record['candidate']} {_shown(record['loss'])}")
    else:
        try:
            run(problems, models, arguments.seeds)
        except KeyboardInterrupt:
            print("interrupted: what was measured before is stored", file=sys.stderr)
            return 130
    return 0


def _place(problem: Problem, problems: Sequence[Problem]) -> int:
    """Which of its family a problem is, from 0."""
    return [each for each in problems if each.family == problem.family].index(problem)


def _smallest(models: Sequence[str]) -> str:
    """The architecture with the fewest weights, whatever it is called."""
    return min(models, key=lambda name: registry.describe(name).cost().parameters)


if __name__ == "__main__":
    sys.exit(main())
