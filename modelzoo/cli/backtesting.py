"""The command `modelzoo backtest`."""

from __future__ import annotations

import json
import sys
from argparse import Namespace

from modelzoo.cli.files import check_writable, write_table
from modelzoo.cli.training import forecaster_for, say, training_output
from modelzoo.errors import InputError


def backtest(arguments: Namespace) -> None:
    """Prints how well the end of a series is forecast, fold by fold."""
    if arguments.out is not None:
        check_writable(arguments.out)
    if arguments.out == "-" and arguments.json:
        raise InputError("--json prints measures where -o - prints forecasts: give -o a file")
    problem = forecaster_for(arguments)
    trainings = -(-arguments.folds // (arguments.refit or arguments.folds))
    times = "once" if trainings == 1 else f"{trainings} times"
    say(f"training {problem.forecaster.model} and the baselines {times}")
    with training_output() as interrupted:
        found = problem.forecaster.backtest(
            problem.whole,
            folds=arguments.folds,
            horizon=arguments.horizon,
            step=arguments.step,
            refit=arguments.refit or False,
            baselines=arguments.baselines,
        )
    if interrupted:
        raise KeyboardInterrupt
    measures = json.dumps(found.to_dict(), indent=2) if arguments.json else str(found)
    print(measures, file=sys.stderr if arguments.out == "-" else sys.stdout)
    if arguments.out is not None:
        table = found.predictions.rename(columns=str)
        write_table(table, arguments.out, as_json=arguments.out.endswith(".json"))
        if arguments.out != "-":
            say(f"the forecasts are in {arguments.out}")
