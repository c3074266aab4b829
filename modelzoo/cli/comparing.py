"""The command `modelzoo compare`."""

from __future__ import annotations

import json
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelzoo.cli import Failure
from modelzoo.cli.problems import read_problem
from modelzoo.cli.settings import settings
from modelzoo.cli.startup import start_keras
from modelzoo.cli.training import covariate_options, say, training_output
from modelzoo.errors import FileError

if TYPE_CHECKING:
    from modelzoo.leaderboard import Comparison


def compare(arguments: Namespace) -> None:
    """Trains models and baselines on a file or dataset, and prints a leaderboard and a verdict."""
    from modelzoo import registry

    if arguments.plot is not None:
        _check_folder(arguments.plot)
    names = arguments.models
    if names is not None:  # a wrong name is told before anything slow happens
        names = [registry.describe(name.strip()).name for name in names.split(",")]
    given: dict[str, Any] = {"epochs": arguments.epochs, **settings(arguments.set)}
    problem = read_problem(arguments)
    if arguments.task == "forecasting":
        known = {"horizon": problem.horizon, "season_length": problem.season_length}
        given = {**known, **covariate_options(arguments), **given}
    given = {name: value for name, value in given.items() if value is not None}
    start_keras()
    from modelzoo import comparison

    with training_output():  # what it says while it trains is no result
        found = comparison.compare(
            arguments.task,
            problem.train,
            problem.test,
            names,
            seeds=arguments.seeds,
            budget_s=arguments.budget_s,
            n_jobs=arguments.jobs,
            random_state=arguments.seed or 0,
            verbose=0 if arguments.quiet else 1,
            checkpoint_dir=arguments.checkpoint_dir,
            **given,
        )
    if arguments.json:
        print(json.dumps(found.to_dict(), indent=2, ensure_ascii=False))
    else:
        print(found)
    if arguments.plot is not None:  # last, that no picture costs the result
        _draw(found, arguments.plot, quiet=arguments.quiet)
    check(found)


def check(found: Comparison) -> None:
    """Ends the command where trials did not end well, once their result is printed.

    Raises:
        KeyboardInterrupt: Ctrl-C ended them.
        Failure: Every network failed.
    """
    if found.interrupted:
        raise KeyboardInterrupt
    networks = [row for row in found.rows if not row.baseline]
    if networks and all(row.error is not None for row in networks):
        raise Failure(f"every network failed: {', '.join(row.name for row in networks)}")


def _check_folder(folder: str) -> None:
    """Makes the folder of the pictures, which is told to be none before anything is trained."""
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(
            f"cannot draw into {folder!r}: {error.strerror or error}; name a folder"
        ) from error


def _draw(found: Comparison, folder: str, *, quiet: bool) -> None:
    """Draws what there is to draw: baselines do not learn by epochs, and texts are no picture."""
    pictures = {
        "curves.png": any(row.scores and not row.baseline for row in found.rows),
        "answers.png": found.task != "generation" and any(row.scores for row in found.rows),
    }
    draw = {"curves.png": found.plot_curves, "answers.png": found.plot_answers}
    for name in [name for name, known in pictures.items() if known]:
        path = Path(folder) / name
        draw[name](path)
        if not quiet:
            say(f"drew {path}")
