"""Speed beside what people would use instead: what docs/performance.md shows.

`make bench` installs the peers into an environment of their own and runs all parts in it, one after
another; `python benchmarks/performance.py --only training` runs one (`--list` lists them), in an
environment with the extra `bench`, and `--case lstm` its cases of that name or shape. The
contestants of a case are processes that take turns, so that whatever else the machine does falls on
all alike. Records are kept in benchmarks/results/performance.json as soon as a case is done;
`--write` makes the page from them alone, `--quick` tries everything at tiny shapes and keeps
nothing.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from typing import Any

import bookkeeping
import records
from speed import page
from speed.comparisons import unequal
from speed.contest import Case, Part
from speed.devices import A_GPU, GPU, gpu_in_words
from speed.parts import PARTS
from speed.referee import available_threads, compete, starter

APPLICATION = "performance"
PEERS = (
    "aeon",
    "jax",
    "keras-hub",
    "neuralforecast",
    "tokenizers",
    "torch",
    "transformers",
)
INSTALL = "pip install -e '.[bench]', or make bench, which does so in .venv-bench"


def main() -> int:
    """Measures what the command line names; the exit status is 1 if a contestant failed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", choices=PARTS, metavar="PART", help="default: all")
    parser.add_argument(
        "--case", default="", metavar="WORDS", help="cases with these in their name"
    )
    parser.add_argument("--list", action="store_true", help="list the parts")
    parser.add_argument("--write", action="store_true", help="make the page from the records")
    parser.add_argument("--quick", action="store_true", help="tiny shapes, no records")
    parser.add_argument(
        "--new", action="store_true", help="leave out what this commit has measured"
    )
    parser.add_argument("--rounds", type=int, help="turns of each contestant")
    parser.add_argument("--turn", type=float, metavar="SECONDS", help="the length of a turn")
    parser.add_argument("--threads", type=int, help="default: all that there are")
    arguments = parser.parse_args()
    if arguments.list:
        for name, part in PARTS.items():
            print(f"{name}: {part.title}, {len(part.cases(False))} cases")
        return 0
    failed = 0
    for name in arguments.only or ([] if arguments.write else PARTS):
        for number, case in enumerate(PARTS[name].cases(arguments.quick)):
            if arguments.case in f"{case.model} {case.size}":
                failed += measure(name, number, case, arguments)
    if arguments.write:
        page.write(PARTS, records.latest(records.load(APPLICATION)))
    return 1 if failed else 0


def measure(name: str, number: int, case: Case, options: argparse.Namespace) -> int:
    """Measures a case, keeps the record, and tells; the number of contestants that failed.

    Nothing is kept where nobody took part, and where networks are not equal: those unlike ours
    count as failed.
    """
    part, source = PARTS[name], bookkeeping.commit()
    if options.new and any(
        (each["commit"], each["dataset"], each["model"], each["size"])
        == (source, name, case.model, case.size)
        for each in records.load(APPLICATION)
    ):
        return 0
    load, begin = _load(), time.perf_counter()
    rounds, turn = (1, 0.0) if options.quick else (options.rounds, options.turn)
    threads = options.threads or available_threads()
    start = starter(name, options.quick, number, threads)
    told = compete(part, case, start, rounds=rounds, seconds=turn)
    print(f"{name}, {case.model}, {case.size}:", flush=True)
    if all("missing" in each for each in told):
        missing = {name: None for each in told for name in each["missing"]}
        why = outcome(part, case, {"missing": [*missing]})
        print(f"  nobody could take part, nothing is kept: {why}", flush=True)
        return 0
    for each in told:
        print(f"  {each['name']}: {outcome(part, case, each)}", flush=True)
    failed = sum("failed" in each for each in told)
    if wrong := unequal(case, told):
        print(f"  nothing is kept of networks that are not equal: {', '.join(wrong)}", flush=True)
        return failed + len(wrong)
    if not options.quick:
        record = {
            "application": APPLICATION,
            "dataset": name,
            "model": case.model,
            "size": case.size,
            "horizon": None,
            "seed": None,
            "amount": case.amount,
            "contestants": told,
            "command": command(name, options),
            "seconds": round(time.perf_counter() - begin, 1),
            "threads": threads,
            "load": load,
            "machine": machine(case, threads),
            "versions": bookkeeping.versions() | bookkeeping.installed(PEERS),
            "date": time.strftime("%Y-%m-%d"),
            "commit": source,
        }
        records.add(record)
    return failed


def command(name: str, options: argparse.Namespace) -> str:
    """What measures a part as these options do."""
    given = ((each, getattr(options, each)) for each in ("threads", "rounds", "turn"))
    words = [f"--{each} {value}" for each, value in given if value is not None]
    return " ".join([f"python benchmarks/performance.py --only {name}", *words])


def outcome(part: Part, case: Case, told: dict[str, Any]) -> str:
    """What became of a contestant, in a line."""
    if "missing" in told:
        modules = [each for each in told["missing"] if each != A_GPU]
        how = f": {INSTALL}" if modules else ""
        return f"not measured, without {' and '.join(told['missing'])}{how}"
    if "failed" in told:
        return f"failed: {told['failed']}"
    shown = page.amount(case.unit or part.unit, statistics.median(told["seconds"]), case.amount)
    return f"{shown}, {told['memory'] / 2**20:,.0f} MiB"


def machine(case: Case, threads: int) -> str:
    """What a case is measured on, in words."""
    words = f"{bookkeeping.machine()}, threads: {threads}"
    on_gpu = any(each.device == GPU for each in case.contestants)
    return f"{words}, {gpu_in_words()}" if on_gpu else words


def _load() -> float | None:
    """How many processes wanted to compute in the minute before, where the system says."""
    return round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None


if __name__ == "__main__":
    sys.exit(main())
