"""Whole processes: queries, and the time to a first forecast."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import startup
from bookkeeping import ROOT

from speed.contest import Case, Contestant, Goal, Part, Ticks, for_ever

ROWS = 144  # a dozen years of months
BACKENDS = ("tensorflow", "jax")
NOTHING = "python -c pass"
# Runs Python in between, for the peak of memory of what it runs: where a process begins as a copy
# of another one, the system counts what that one held, and this one holds next to nothing.
SMALL_PARENT = """
import os, resource, sys
answer = os.dup(1)
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
if status := os.spawnv(os.P_WAIT, sys.executable, [sys.executable, *sys.argv[1:]]):
    sys.exit(f"exit status {status}")
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
os.write(answer, b"%d" % (peak * (1 if sys.platform == "darwin" else 1024)))
"""


def cases(quick: bool) -> list[Case]:
    """Commands that load no framework, each against Python's own start-up."""
    nothing = Contestant(NOTHING, partial(command, startup.COMMANDS[NOTHING]), "python")
    return [
        Case(
            label,
            "whole process",
            (
                Contestant(label, partial(command, startup.COMMANDS[label]), "modelzoo", ours=True),
                nothing,
            ),
        )
        for label in ("import modelzoo", "modelzoo list")
    ]


def forecast_cases(quick: bool) -> list[Case]:
    """One forecast, against what loading the framework takes."""
    options = ["--epochs", "1", "--model", "gru", "--size", "tiny"] if quick else []
    who = [
        contestant
        for on in BACKENDS
        for contestant in (
            Contestant(
                f"modelzoo forecast, {on}", partial(forecast, options), "modelzoo", on, ours=True
            ),
            Contestant(
                f"import keras, {on}", partial(process, ["-c", "import keras"]), "keras", on
            ),
        )
    ]
    return [Case("modelzoo forecast", f"a CSV file of {ROWS} rows", tuple(who))]


def command(arguments: Sequence[str], case: Case, ticks: Ticks) -> None:
    """Runs Python from compiled bytecode, as of an installed package."""
    with tempfile.TemporaryDirectory() as folder:
        process(arguments, case, ticks, PYTHONPYCACHEPREFIX=folder)


def forecast(options: Sequence[str], case: Case, ticks: Ticks) -> None:
    """Recommends an architecture, trains it, and forecasts."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sales.csv"
        lines = ["month,sold"]
        for row in range(ROWS):
            sold = 50 + row / 4 + 20 * math.sin(math.tau * row / 12)
            lines.append(f"{2010 + row // 12}-{row % 12 + 1:02}-01,{sold:.3f}")
        path.write_text("\n".join(lines) + "\n")
        process(
            ["-m", "modelzoo", "forecast", str(path), "--horizon", "12", "--quiet", *options],
            case,
            ticks,
        )


def process(arguments: Sequence[str], case: Case, ticks: Ticks, **variables: str) -> None:
    """Runs Python from its start to its end: to warm up, for its memory, then for its time."""

    def run(*before: str, stdout: int = subprocess.DEVNULL) -> bytes:
        return subprocess.run(
            [sys.executable, *before, *arguments],
            cwd=ROOT,
            env={**os.environ, **variables},
            stdout=stdout,
            check=True,
        ).stdout

    run()
    ticks.memory = int(run("-S", "-c", SMALL_PARENT, stdout=subprocess.PIPE))
    for_ever(ticks, run)


PART = Part(
    title="Queries",
    about="Whole processes, from compiled bytecode, against Python's own start-up.",
    unit="ms",
    cases=cases,
    goals={"python": Goal(at_most=3.0)},
    warm_up=0,  # `process` does that
    rounds=20,
    seconds=0.0,
)
FORECAST = Part(
    title="The first forecast",
    about=(
        f"`modelzoo forecast` on a CSV file of {ROWS} months, the whole process: it chooses an "
        "architecture, trains it and prints the forecast. Beside it what importing the framework "
        "takes alone."
    ),
    unit="s",
    cases=forecast_cases,
    goals={"keras": Goal(more=10.0)},
    warm_up=0,  # `process` does that
    rounds=3,
    seconds=0.0,
)
