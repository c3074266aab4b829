"""The command `modelzoo compare`."""

from __future__ import annotations

import json
from argparse import Namespace
from typing import Any

from modelzoo.cli import Failure
from modelzoo.cli.problems import read_problem
from modelzoo.cli.settings import settings
from modelzoo.cli.startup import start_keras
from modelzoo.cli.training import covariate_options, training_output


def compare(arguments: Namespace) -> None:
    """Trains models and baselines on a file or dataset, and prints a leaderboard and a verdict."""
    from modelzoo import registry

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
            random_state=arguments.seed or 0,
            verbose=0 if arguments.quiet else 1,
            checkpoint_dir=arguments.checkpoint_dir,
            **given,
        )
    if arguments.json:
        print(json.dumps(found.to_dict(), indent=2, ensure_ascii=False))
    else:
        print(found)
    if found.interrupted:
        raise KeyboardInterrupt
    networks = [row for row in found.rows if not row.baseline]
    if networks and all(row.error is not None for row in networks):
        raise Failure(f"every network failed: {', '.join(row.name for row in networks)}")
