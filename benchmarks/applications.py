"""Every application on its real data, beside a simple method and what others published.

`python benchmarks/applications.py --only m4 --models gru,lstm --seeds 0,1,2` runs the scripts that
`--only` names (all without it; `--list` lists them), each in a process of its own, and appends
their figures to benchmarks/results/<application>.json after every single run: what stops it loses
the run in progress alone. `--only` also takes single datasets and patterns
("time_series_classification/Gun*"). `--write` makes docs/results.md and README's table from these
files and nothing else; without `--only` it measures nothing. Runs with `--quick` show whether the
scripts run: their figures mean nothing and are never stored.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import records
import result_tables
from bookkeeping import ROOT, commit, machine, versions
from figure_line import FigureLine
from measurements import APPLICATIONS, Run, planned

import modelzoo


class RunFailed(Exception):
    """A script did not run to its end, or ended without a figure."""


def measure(run: Run) -> records.Record:
    """Runs a script and notes what it found, and where.

    Raises:
        RunFailed: It failed; the message is what it said last.
    """
    source = commit()  # before the run: what it is about to read
    begin = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:  # for the pictures that scripts draw
        done = subprocess.run(
            run.command,
            cwd=folder,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
    seconds = time.perf_counter() - begin
    if done.returncode < 0:
        raise RunFailed(f"ended by signal {-done.returncode}")
    if done.returncode:
        said = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        raise RunFailed(said[-1] if said else f"exit status {done.returncode}")
    try:
        line = FigureLine.parse(done.stdout)
    except ValueError as error:
        raise RunFailed(str(error)) from None
    further = dict(line.further)
    parameters = further.pop("parameters", None)
    return {
        "figure": line.figure,
        "measure": line.measure,
        "baseline": line.baseline,
        "baseline_figure": line.baseline_figure,
        "published": line.published,
        "further": further,
        "application": run.application.name,
        "dataset": run.dataset,
        "model": run.model,
        "size": run.size,
        "horizon": run.horizon,
        "seed": run.seed,
        "command": " ".join(["python", *run.arguments]),
        "parameters": None if parameters is None else int(parameters),
        "seconds": round(seconds, 1),
        "machine": machine(),
        "versions": versions(),
        "date": time.strftime("%Y-%m-%d"),
        "commit": source,
    }


def measure_all(runs: Sequence[Run]) -> list[tuple[Run, str]]:
    """Runs one after another, stores each record at once, and goes on where one fails.

    Ctrl-C ends it all.

    Returns:
        The runs that failed, and what each said last.
    """
    failed = []
    for number, run in enumerate(runs, start=1):
        print(f"[{number}/{len(runs)}] {run} ...", end=" ", flush=True)
        try:
            record = measure(run)
        except RunFailed as error:
            print("failed", flush=True)
            failed.append((run, str(error)))
            continue
        except KeyboardInterrupt:
            print("interrupted: what was measured before is stored", flush=True)
            failed.append((run, "interrupted"))
            break
        print(
            f"{record['measure']} {record['figure']:.3f} ({record['baseline']} "
            f"{record['baseline_figure']:.3f}), {record['seconds']:.0f} s",
            flush=True,
        )
        if not run.quick:
            records.add(record)
    return failed


def main(given: Sequence[str] | None = None) -> int:
    """Does what the command line says; the exit status."""
    parser, arguments = _read(given)
    if arguments.list:
        print(_listing())
        return 0
    failed: list[tuple[Run, str]] = []
    if arguments.only or not arguments.write:
        try:
            runs = planned(
                arguments.only,
                arguments.models,
                arguments.seeds,
                size=arguments.size,
                quick=arguments.quick,
            )
        except ValueError as error:
            parser.error(str(error))
        failed = measure_all(runs)
        if arguments.quick:
            print("quick runs: nothing was stored")
    if arguments.write:
        result_tables.write()
    for run, reason in failed:
        print(f"failed: {run}: {reason}", file=sys.stderr)
    return 1 if failed else 0


def _read(given: Sequence[str] | None) -> tuple[argparse.ArgumentParser, argparse.Namespace]:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="default: all")
    parser.add_argument(
        "--models",
        type=lambda text: text.split(","),
        default=modelzoo.list_models(),
        metavar="NAME,...",
        help="default: every registered model",
    )
    parser.add_argument("--size", help="a named size of the models; default: their defaults")
    parser.add_argument(
        "--seeds",
        type=lambda text: [int(seed) for seed in text.split(",")],
        default=[0, 1, 2],
        metavar="N,...",
        help="default: 0,1,2",
    )
    parser.add_argument("--quick", action="store_true", help="small runs; nothing is stored")
    parser.add_argument("--list", action="store_true", help="list what can be measured")
    parser.add_argument(
        "--write", action="store_true", help="write the tables from the records there are"
    )
    arguments = parser.parse_args(given)
    if unknown := set(arguments.models) - set(modelzoo.list_models()):
        parser.error(f"no such model: {', '.join(sorted(unknown))}")
    return parser, arguments


def _listing() -> str:
    """A line an application: its name, its datasets, its script, and what is recorded of it."""
    lines = []
    for each in APPLICATIONS:
        steps = f" at {', '.join(map(str, each.horizons))} steps" if each.horizons else ""
        count = len(records.latest(records.load(each.name)))
        lines.append(
            f"{each.name}: {', '.join(each.datasets)}{steps} ({each.script}; {count} runs recorded)"
        )
    return "\n".join(lines)


def _environment() -> dict[str, str]:
    """That of this process, with the modelzoo of this checkout before an installed one."""
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


if __name__ == "__main__":
    sys.exit(main())
