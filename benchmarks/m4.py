"""The hourly series of the M4 competition, scored as the competition scored them.

Run it with `python benchmarks/m4.py --model gru`. One model for all 414 series, 48 hours ahead;
MASE (scaled by the seasonal naive error of each series' training part, a season being 24 hours) and
sMAPE are means over the series, of the median forecast.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import pandas as pd
from figure_line import FigureLine

from modelzoo import Forecaster, list_models, load_dataset
from modelzoo.baselines import SeasonalNaive
from modelzoo.metrics import mase, smape

# The competition's "Evaluation and Ranks.xlsx", hourly series, MASE.
PUBLISHED = "ES-RNN (the winner) 0.893, MLP 2.607, RNN 3.048 (M4, Evaluation and Ranks.xlsx)"
QUICK: dict[str, Any] = {"size": "tiny", "epochs": 1}
QUICK_SERIES = 2


def scores(
    train: pd.DataFrame, test: pd.DataFrame, forecast: pd.DataFrame, season: int
) -> tuple[float, float]:
    """MASE and sMAPE, each the mean over the series.

    Args:
        train: A long frame ``unique_id, ds, y``.
        test: The steps behind each of its series.
        forecast: A long frame of quantiles for the same steps.
        season: Steps in a season.
    """
    past, future = (dict(tuple(part.groupby("unique_id")["y"])) for part in (train, test))
    median = dict(tuple(forecast.groupby("unique_id")[0.5]))
    return (
        statistics.fmean(
            mase(actual, median[name], past[name], season) for name, actual in future.items()
        ),
        statistics.fmean(smape(actual, median[name]) for name, actual in future.items()),
    )


def first_series(frame: pd.DataFrame, count: int) -> pd.DataFrame:
    """The rows of the first series of a long frame."""
    return frame[frame["unique_id"].isin(frame["unique_id"].unique()[:count])]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="gru", choices=list_models())
    parser.add_argument("--size", help="a named size; default: the builder's own defaults")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--quick", action="store_true", help="few series, a tiny model")
    arguments = parser.parse_args()
    data = load_dataset("m4_hourly")
    train, test = data.train.X, data.test.X
    if arguments.quick:
        train, test = (first_series(part, QUICK_SERIES) for part in (train, test))
    season = int(data.season_length or 1)
    shape: dict[str, Any] = {"horizon": data.horizon, "season_length": season}
    forecaster = Forecaster(
        arguments.model,
        random_state=arguments.seed,
        verbose=0,
        **shape,
        **(QUICK if arguments.quick else {"size": arguments.size}),
    )
    begin = time.perf_counter()
    forecaster.fit(train)
    seconds = time.perf_counter() - begin
    found = scores(train, test, forecaster.predict(), season)
    naive = scores(train, test, SeasonalNaive(**shape).fit(train).predict(), season)
    FigureLine(
        "MASE",
        found[0],
        "seasonal naive",
        naive[0],
        PUBLISHED,
        {
            "sMAPE": found[1],
            "seasonal naive sMAPE": naive[1],
            "seconds of training": seconds,
            "parameters": forecaster.n_params_,
        },
    ).show()


if __name__ == "__main__":
    main()
