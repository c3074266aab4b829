"""The command `modelzoo backtest`."""

from __future__ import annotations

import json
from argparse import Namespace

from modelzoo.cli.files import check_writable, write_table
from modelzoo.cli.inference import is_bundle, load_forecaster
from modelzoo.cli.problems import bare_series, named_dataset, read_series
from modelzoo.cli.training import choose_model, make_estimator, say, training_output
from modelzoo.errors import InputError


def backtest(arguments: Namespace) -> None:
    """Prints how well the end of a series is forecast, fold by fold."""
    import pandas as pd

    if arguments.out is not None:
        check_writable(arguments.out)
    dataset = named_dataset(arguments.data, "forecasting")
    saved = is_bundle(arguments.model)
    if saved:
        forecaster = load_forecaster(arguments)
    if dataset is None:
        series = read_series(arguments.data, arguments)
    else:
        series = pd.concat([dataset.train.X, dataset.test.X])
    if not saved:
        horizon = arguments.horizon or (dataset.horizon if dataset is not None else None)
        if horizon is None:
            raise InputError("how many steps are to be forecast? say --horizon H")
        arguments.task = "forecasting"
        choose_model(arguments, bare_series(series, arguments))
        season = dataset.season_length if dataset is not None else None
        forecaster = make_estimator(arguments, horizon, season)
    times = f"{arguments.folds} times" if arguments.refit else "once"
    say(f"training {forecaster.model} {times}")
    with training_output() as interrupted:
        found = forecaster.backtest(
            series,
            folds=arguments.folds,
            horizon=arguments.horizon,
            step=arguments.step,
            refit=arguments.refit,
        )
    if interrupted:
        raise KeyboardInterrupt
    print(json.dumps(found.as_dict(), indent=2) if arguments.json else found)
    if arguments.out is not None:
        table = found.predictions.rename(columns=str)
        write_table(table, arguments.out, as_json=arguments.out.endswith(".json"))
        say(f"the forecasts are in {arguments.out}")
