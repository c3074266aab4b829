"""The main job from end to end on real data: recommend, train, compare with baselines, draw."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from modelzoo.advisor import Recommendations, recommend
from modelzoo.datasets import load_dataset

if TYPE_CHECKING:
    from modelzoo.leaderboard import Comparison, Row

TASK = "forecasting"
DATASET = "co2"
NETWORKS = 2  # how many of the recommended architectures are trained
SERIES_DRAWN = 4  # of a dataset of many


def run(
    dataset: str | None = None, out: str | Path = "modelzoo-demo.png", *, aside: bool = False
) -> Comparison:
    """Recommends, trains and compares on a real series, and tells the user all of it.

    Args:
        dataset: Name of a dataset for forecasting; None for the usual one.
        out: Where to draw the best network's forecast.
        aside: Tell it on standard error, to leave standard output to programs.

    Returns:
        The comparison.
    """
    console = Console(highlight=False, stderr=aside)
    data = load_dataset(dataset or DATASET)
    if data.task != TASK:
        from modelzoo.errors import InputError

        raise InputError(f"the demonstration forecasts; {data.name!r} is for {data.task}")
    _introduce(console, data)
    found = _compare(console, data, _recommend(console, data), verbose=0 if aside else 1)
    console.print(f"\n[bold]{len(data.test.X)} steps that no model has seen[/bold], best first")
    console.print(found)
    if found.network is not None:
        console.print(_interval(data, found.network))
        path = _draw(data, found.network, out)
        console.print(f"\nForecast drawn in {path.resolve()}", soft_wrap=True)
    return found


def _introduce(console: Console, data: Any) -> None:
    series = data.before_test.X
    dated = hasattr(series.index, "strftime")  # some series have no dates: their steps are numbered
    span = f" ({series.index[0]:%Y-%m} to {series.index[-1]:%Y-%m})" if dated else ""
    console.print(f"[bold]{data.title}[/bold]: {data.description}")
    console.print(
        f"{len(series):,} steps to learn from{span}, the "
        f"{len(data.test.X)} that follow to score with, {data.horizon} forecast at a time; "
        f"a season has {data.season_length} steps.\nSource: {data.source}\n"
    )


def _recommend(console: Console, data: Any) -> Recommendations:
    """Asks the registry, and prints its answer with the reasons."""
    found = recommend(
        TASK,
        data=data.before_test.X,
        horizon=data.horizon,
        season_length=data.season_length,
    )
    console.print(f"{found}\n", markup=False, soft_wrap=True)
    return found


def _compare(console: Console, data: Any, chosen: Recommendations, verbose: int) -> Comparison:
    """Trains networks and baselines and scores them."""
    with console.status("starting Keras"):
        from modelzoo.comparison import compare
        from modelzoo.estimators import create

    shape = {"horizon": data.horizon, "season_length": data.season_length}
    networks = {
        each.name: create(each.name, TASK, each.size, random_state=0, verbose=0, **shape)
        for each in chosen.architectures[:NETWORKS]
    }
    with console.status("training"):
        return compare(TASK, data.before_test, data.test, networks, verbose=verbose, **shape)


def _interval(data: Any, network: Row) -> str:
    """Whether the best network's interval holds what it says."""
    levels = network.estimator.quantiles
    return (
        f"The best network's interval should hold {levels[-1] - levels[0]:.0%} of the "
        f"{len(data.test.X)} values to come and held {network.scores['coverage']:.0%}."
    )


def _draw(data: Any, network: Row, out: str | Path) -> Path:
    history, actual = data.before_test.X, data.test.X
    if "unique_id" in getattr(history, "columns", ()):  # of many series the first few
        drawn = history["unique_id"].unique()[:SERIES_DRAWN]
        history, actual = (each[each["unique_id"].isin(drawn)] for each in (history, actual))
        actual = actual.groupby("unique_id").head(data.horizon)
    else:
        actual = actual.iloc[: data.horizon]
    network.estimator.plot(
        history,
        actual=actual,
        path=out,
        title=f"{data.title}, forecast by {network.name}",
        units=data.units or "",
    )
    return Path(out)
