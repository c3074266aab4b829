"""The command that trains: `modelzoo fit`, and what other commands need of it."""

from __future__ import annotations

import contextlib
import json
import sys
import time
import warnings
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from modelzoo.cli.applicable import check_options
from modelzoo.cli.files import check_file
from modelzoo.cli.large_texts import in_memory, open_large_text
from modelzoo.cli.loading import is_bundle, load
from modelzoo.cli.problems import (
    Problem,
    bare_series,
    declared,
    named_dataset,
    read_problem,
    read_series,
)
from modelzoo.cli.settings import settings
from modelzoo.cli.startup import start_keras
from modelzoo.data.text_files import TextFiles
from modelzoo.errors import InputError


def fit(arguments: Namespace) -> None:
    """Trains a model, prints its score beside a baseline's, and saves it."""
    from modelzoo import registry

    if arguments.model is not None:  # a wrong name is told before anything slow happens
        registry.resolve(arguments.model, arguments.size)
    settings(arguments.set)
    check_file(arguments.out, "a model")
    problem = open_large_text(arguments) or read_problem(arguments)
    choose_model(arguments, bare_series(in_memory(problem.train).X, declared(arguments)))
    estimator = make_estimator(arguments, problem.horizon, problem.season_length)
    say(f"training {estimator.model} on {_amount(arguments.task, problem)}")
    start = time.perf_counter()
    with training_output() as interrupted:
        estimator.fit(*_given(problem.train), checkpoint_dir=arguments.checkpoint_dir)
    seconds = time.perf_counter() - start
    if problem.columns is not None:  # `predict` finds them again by name
        estimator.feature_names_in_ = np.array(problem.columns, dtype=object)
    estimator.save(arguments.out)
    if interrupted:
        say(f"saved what was learned so far in {arguments.out}")
        raise KeyboardInterrupt
    from modelzoo.cli.scoring import score

    scored = score(arguments.task, estimator, problem)
    estimator.scores_ = scored.to_dict()
    estimator.save(arguments.out)  # again, for its card tells the scores
    if arguments.json:
        result = {
            "model": estimator.model,
            "task": arguments.task,
            "parameters": estimator.n_params_,
            "seconds": seconds,
            **scored.to_dict(),
            "saved": arguments.out,
        }
        print(json.dumps(result, indent=2, ensure_ascii=False))
        return
    print(f"{estimator.model}: {estimator.n_params_:,} parameters, trained in {seconds:.1f} s")
    print(scored)
    print(f"saved in {arguments.out} ({Path(arguments.out).stat().st_size / 1e6:.1f} MB)")


def make_estimator(
    arguments: Namespace, horizon: int | None = None, season_length: int | None = None
) -> Any:
    """Makes the estimator that the options describe, not fitted yet.

    Args:
        arguments: `task`, `model`, `size`, `set`, `epochs`, `seed`, `quiet`.
        horizon: Steps to forecast.
        season_length: Steps in a season, where it is known.
    """
    start_keras()
    from modelzoo.estimators import create

    options = {
        "random_state": arguments.seed or 0,
        "verbose": 0 if arguments.quiet else "auto",
        "epochs": arguments.epochs,
    }
    if arguments.task == "forecasting":
        options.update(horizon=horizon, season_length=season_length)
        options.update(covariate_options(arguments))
    given = {key: value for key, value in options.items() if value is not None}
    given.update(settings(arguments.set))
    return create(arguments.model, task=arguments.task, size=arguments.size, **given)


class ForecastProblem(NamedTuple):
    """A forecaster and the series it is for.

    Attributes:
        forecaster: Loaded, or made and not fitted.
        train: The series to continue: a file's, or the parts of a dataset to learn from.
        whole: All of it, with the test part of a dataset.
        saved: Whether the forecaster was loaded.
    """

    forecaster: Any
    train: Any
    whole: Any
    saved: bool


def forecaster_for(arguments: Namespace) -> ForecastProblem:
    """Reads the series that `data` names, and loads or makes the forecaster for it."""
    import pandas as pd

    from modelzoo.data.roles import Roles

    dataset = named_dataset(arguments.data, "forecasting")
    saved = is_bundle(arguments.model)
    check_options(arguments, "forecasting", dataset=dataset is not None, saved=saved)
    loaded = load(arguments.model, "forecasting", arguments.max_memory) if saved else None
    roles = declared(arguments) if loaded is None else loaded.roles
    if dataset is None:
        series = whole = read_series(arguments.data, arguments, roles)
    else:
        series, roles = dataset.before_test.X, Roles()
        whole = pd.concat([series, dataset.test.X])
    if loaded is not None:
        return ForecastProblem(loaded, series, whole, saved=True)
    horizon = arguments.horizon or (dataset.horizon if dataset is not None else None)
    if horizon is None:
        raise InputError("how many steps are to be forecast? say --horizon H")
    arguments.task = "forecasting"
    choose_model(arguments, bare_series(series, roles))
    season = dataset.season_length if dataset is not None else None
    return ForecastProblem(make_estimator(arguments, horizon, season), series, whole, saved=False)


def covariate_options(arguments: Namespace) -> dict[str, Any]:
    """Parameters of a forecaster: the columns declared as covariates, and the calendar."""
    names = ("past_covariates", "future_covariates", "static_covariates", "calendar")
    return {name: getattr(arguments, name) for name in names if getattr(arguments, name)}


def choose_model(arguments: Namespace, X: Any) -> None:
    """Chooses the model and size recommended for the data where none was named, and says so."""
    if arguments.model is not None:
        return
    from modelzoo.advisor import recommend

    best = recommend(arguments.task, data=X).architectures[0]
    arguments.model = best.name
    if arguments.size is None and not arguments.set:
        arguments.size = best.size
    size = f", size {arguments.size}," if arguments.size else ""
    say(f"no --model named: {best.name}{size} is recommended (modelzoo recommend tells why)")


@contextlib.contextmanager
def training_output() -> Iterator[list[str]]:
    """Keeps the progress of training off standard output, which is for results.

    Yields:
        A list that is not empty, once training has ended, if Ctrl-C ended it.
    """
    interrupted: list[str] = []
    show = warnings.showwarning

    def notice(message: Warning | str, *rest: Any, **named: Any) -> None:
        if str(message).startswith("interrupted"):
            interrupted.append(str(message))
        show(message, *rest, **named)

    warnings.showwarning = notice
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield interrupted
    finally:
        warnings.showwarning = show


def say(message: str) -> None:
    """Tells the user what happens, on standard error."""
    print(message, file=sys.stderr, flush=True)


def _given(part: Any) -> tuple[Any, ...]:
    return (part.X,) if part.y is None else (part.X, part.y)


def _amount(task: str, problem: Problem) -> str:
    X, held_out = problem.train.X, f"{len(problem.test.X):,} held out"
    if isinstance(X, TextFiles):
        return f"{X.size / 1e6:,.0f} MB of text that stay on disk, {held_out}"
    counted = {"classification": "rows", "forecasting": "steps", "generation": "texts"}[task]
    return f"{len(X):,} {counted}, {held_out}"
