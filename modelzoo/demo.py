"""The main job from end to end on real data: recommend, train, compare with baselines, draw."""

from __future__ import annotations

import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

from modelzoo import report
from modelzoo.advisor import Recommendations, recommend
from modelzoo.datasets import load_dataset

TASK = "forecasting"
DATASET = "co2"
TIE = 0.02  # share of the error below which one test part tells no two methods apart
NETWORKS = 2  # how many of the recommended architectures are trained


class Entry(NamedTuple):
    """One line of the leaderboard: what it is, its scores, what it cost."""

    name: str
    estimator: Any
    scores: dict[str, float]
    seconds: float
    is_network: bool

    @property
    def parameters(self) -> int | None:
        """The number of weights; None for a baseline, which has no network."""
        return int(self.estimator.n_params_) if self.is_network else None


def run(dataset: str | None = None, out: str | Path = "modelzoo-demo.png") -> list[Entry]:
    """Recommends, trains and compares on a real series, and tells the user all of it.

    Args:
        dataset: Name of a dataset for forecasting; None for the usual one.
        out: Where to draw the best network's forecast.

    Returns:
        The entries of the leaderboard, best first.
    """
    console = Console(highlight=False)
    data = load_dataset(dataset or DATASET)
    if data.task != TASK:
        from modelzoo.errors import InputError

        raise InputError(f"the demonstration forecasts; {data.name!r} is for {data.task}")
    _introduce(console, data)
    entries = _compare(console, data, _recommend(console, data))
    console.print(f"\n[bold]{len(data.test.X)} steps that no model has seen[/bold], best first")
    console.print(_leaderboard(entries))
    console.print(_verdict(data, entries))
    path = _draw(data, entries, out)
    console.print(f"\nForecast drawn in {path.resolve()}", soft_wrap=True)
    return entries


def _introduce(console: Console, data: Any) -> None:
    series = data.train.X
    console.print(f"[bold]{data.title}[/bold]: {data.description}")
    console.print(
        f"{len(series):,} steps to learn from ({series.index[0]:%Y-%m} to "
        f"{series.index[-1]:%Y-%m}), the "
        f"{len(data.test.X)} that follow to score with, {data.horizon} forecast at a time; "
        f"a season has {data.season_length} steps.\nSource: {data.source}\n"
    )


def _recommend(console: Console, data: Any) -> Recommendations:
    """Asks the registry, and prints its answer with the reasons."""
    found = recommend(
        TASK,
        data=data.train.X,
        horizon=data.horizon,
        season_length=data.season_length,
        top=NETWORKS,
    )
    console.print(f"{found}\n", markup=False, soft_wrap=True)
    return found


def _compare(console: Console, data: Any, chosen: Recommendations) -> list[Entry]:
    """Trains networks and baselines and scores them; the best first."""
    with console.status("starting Keras"):
        from modelzoo.baselines import baselines_for
        from modelzoo.estimators import create
        from modelzoo.evaluation import MEASURES, evaluate

    shape = {"horizon": data.horizon, "season_length": data.season_length}
    networks = [
        (each.name, create(each.name, TASK, each.size, random_state=0, verbose=0, **shape))
        for each in chosen
    ]
    entries = []
    for name, estimator in [*networks, *baselines_for(TASK, **shape)]:
        start = time.perf_counter()
        with console.status(f"training {name}"):
            estimator.fit(data.train.X)
            seconds = time.perf_counter() - start
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                scores = evaluate(
                    TASK,
                    estimator,
                    data.test.X,
                    after=data.train.X,
                    season_length=data.season_length,
                )
        console.print(f"trained {name} in {seconds:.1f} s")
        is_network = any(estimator is network for _, network in networks)
        entries.append(Entry(name, estimator, scores, seconds, is_network))
    measure, more_is_better = MEASURES[TASK]
    return sorted(entries, key=lambda entry: entry.scores[measure], reverse=more_is_better)


def _leaderboard(entries: Sequence[Entry]) -> Table:
    rows = [
        {
            "model": entry.name,
            "": "network" if entry.is_network else "baseline",
            "MASE": entry.scores["MASE"],
            "pinball": entry.scores["pinball"],
            "coverage": f"{entry.scores['coverage']:.0%}",
            "seconds": f"{entry.seconds:.1f}",
            "parameters": entry.parameters,
        }
        for entry in entries
    ]
    return report.leaderboard(rows, best="MASE")


def _verdict(data: Any, entries: Sequence[Entry]) -> str:
    """In words: whether the best network is worth its cost, and whether its interval holds."""
    network = next(entry for entry in entries if entry.is_network)
    compared, enough = [], None  # enough: the best baseline that does as well
    for other in entries:
        if other.is_network:
            continue
        change = network.scores["MASE"] / other.scores["MASE"] - 1
        if abs(change) < TIE:
            compared.append(f"ties with {other.name} (errors within {TIE:.0%})")
        elif change < 0:
            compared.append(f"beats {other.name} (its error is {-change:.0%} smaller)")
        else:
            compared.append(f"loses to {other.name} (its error is {change:.0%} larger)")
        if change > -TIE:
            enough = enough or other.name
    levels = network.estimator.quantiles
    advice = f"here, use {enough}, which is cheaper" if enough else "it earns its place"
    return (
        f"The best network, {network.name}, {' and '.join(compared)}: {advice}. "
        f"Its interval should hold {levels[-1] - levels[0]:.0%} of the {len(data.test.X)} values "
        f"to come and held {network.scores['coverage']:.0%}."
    )


def _draw(data: Any, entries: Sequence[Entry], out: str | Path) -> Path:
    network = next(entry for entry in entries if entry.is_network)
    forecast = network.estimator.predict(data.train.X)
    return report.plot_forecast(
        data.train.X,
        forecast,
        out,
        actual=data.test.X.iloc[: len(forecast)],
        title=f"{data.title}, forecast by {network.name}",
        units=data.units or "",
    )
