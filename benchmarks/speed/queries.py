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
    """Runs Python from its start to its end."""

    def run() -> None:
        subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env={**os.environ, **variables},
            stdout=subprocess.DEVNULL,
            check=True,
        )

    for_ever(ticks, run)


PART = Part(
    title="Queries",
    about="Whole processes, from compiled bytecode, against Python's own start-up.",
    unit="ms",
    cases=cases,
    goals={"python": Goal(at_most=3.0)},
    warm_up=1,
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
    warm_up=1,
    rounds=3,
    seconds=0.0,
)
