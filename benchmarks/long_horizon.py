"""ETTh1, all seven channels, by the protocol of the literature on long horizons.

Run it with `python benchmarks/long_horizon.py --model gru --horizon 96`. Values are standardized by
the training part (rows 1 to 8,640), 336 steps are seen, the validation part (to row 11,520) chooses
the epoch, and every window whose target lies in the test part (to row 14,400) counts, with contexts
that reach back before it: none is dropped to fill batches, as many published evaluations do. Errors
are of the median, over all windows, steps and channels.

A fit ends by computing the linear path once more with what was held out. The literature does not
learn from the validation part: the figure is of the linear path as computed without it, and that
of the fitted model as it is stands beside. (How much a channel weighs in training is measured on
both parts.)
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pandas as pd
from figure_line import FigureLine

from modelzoo import Forecaster, list_models, load_dataset
from modelzoo.data.windows import Windows

CONTEXT = 336
SEASON = 24
# MSE by horizon as Nie et al. (2023, "A Time Series is Worth 64 Words", ICLR) print them: PatchTST
# with 64 patches, DLinear of Zeng et al. (2023).
PUBLISHED = {
    96: {"PatchTST": 0.370, "DLinear": 0.375},
    192: {"PatchTST": 0.413, "DLinear": 0.405},
    336: {"PatchTST": 0.422, "DLinear": 0.439},
    720: {"PatchTST": 0.447, "DLinear": 0.472},
}
QUICK: dict[str, Any] = {"size": "tiny", "epochs": 1}
CHUNK = 2048  # windows that are forecast together

Forecast = Callable[[np.ndarray], np.ndarray]  # contexts (N, L) to forecasts (N, H)


def standardized() -> tuple[pd.DataFrame, pd.DataFrame]:
    """What may be known before the test part, and the test part, in units of the training part."""
    data = load_dataset("ETTh1")
    mean, deviation = data.train.X.mean(), data.train.X.std(ddof=0)
    return (data.before_test.X - mean) / deviation, (data.test.X - mean) / deviation


def test_windows(
    before: pd.DataFrame, test: pd.DataFrame, horizon: int
) -> tuple[np.ndarray, np.ndarray]:
    """Contexts (N, L) and targets (N, H) of all windows of the test part, a channel each."""
    values = np.concatenate([before.to_numpy()[-CONTEXT:], test.to_numpy()])  # (L + T, C)
    windows = Windows([values], CONTEXT, horizon)
    contexts, targets = windows.cut(windows.positions(min_context=CONTEXT))  # (W, L, C), (W, H, C)
    return (
        contexts.transpose(0, 2, 1).reshape(-1, CONTEXT),
        targets.transpose(0, 2, 1).reshape(-1, horizon),
    )


def errors(forecast: Forecast, contexts: np.ndarray, targets: np.ndarray) -> tuple[float, float]:
    """Mean squared and mean absolute error over all windows and steps."""
    squared = absolute = 0.0
    for begin in range(0, len(contexts), CHUNK):
        chunk = slice(begin, begin + CHUNK)
        missed = forecast(contexts[chunk]) - targets[chunk]
        squared += float((missed**2).sum())
        absolute += float(np.abs(missed).sum())
    return squared / targets.size, absolute / targets.size


def median_of(forecaster: Forecaster) -> Forecast:
    """The median that a fitted forecaster gives for each context."""
    task, middle = forecaster.task_, forecaster.quantiles.index(0.5)

    def forecast(contexts: np.ndarray) -> np.ndarray:
        inputs, centre, scale = task.encode(contexts)
        outputs = forecaster.model_.predict(inputs, batch_size=512, verbose=0)
        return task.decode(outputs, centre, scale)[..., middle]

    return forecast


def repeat(season: int, horizon: int) -> Forecast:
    """Repeats the last so many steps."""
    return lambda contexts: contexts[:, -season:][:, np.arange(horizon) % season]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="gru", choices=list_models())
    parser.add_argument("--size", help="a named size; default: the builder's own defaults")
    parser.add_argument("--horizon", type=int, default=96, choices=sorted(PUBLISHED))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--quick", action="store_true", help="little data, a tiny model")
    arguments = parser.parse_args()
    horizon = arguments.horizon
    before, test = standardized()
    if arguments.quick:
        before, test = before[-3 * (CONTEXT + horizon) :], test[: horizon + SEASON]
        before, test = (part[["OT"]] for part in (before, test))
    forecaster = Forecaster(
        arguments.model,
        horizon=horizon,
        context=CONTEXT,
        validation_fraction=0.25,  # the validation part: 2,880 of 11,520 rows
        random_state=arguments.seed,
        verbose=0,
        **(QUICK if arguments.quick else {"size": arguments.size}),
    )
    begin = time.perf_counter()
    forecaster.fit(before)
    seconds = time.perf_counter() - begin
    windows = test_windows(before, test, horizon)
    whole = errors(median_of(forecaster), *windows)
    if forecaster.task_.linear is not None:
        forecaster.model_.get_layer("skip").skip.assign(forecaster.task_.linear.training)
    squared, absolute = errors(median_of(forecaster), *windows)
    seasonal = errors(repeat(SEASON, horizon), *windows)
    last = errors(repeat(1, horizon), *windows)
    FigureLine(
        "MSE",
        squared,
        "seasonal naive",
        seasonal[0],
        ", ".join(f"{name} {value:.3f}" for name, value in PUBLISHED[horizon].items())
        + " (Nie et al. 2023)",
        {
            "MAE": absolute,
            "MSE with the validation part learned from": whole[0],
            "MAE with the validation part learned from": whole[1],
            "seasonal naive MAE": seasonal[1],
            "last value MSE": last[0],
            "last value MAE": last[1],
            "windows": len(windows[0]),
            "seconds of training": seconds,
            "parameters": forecaster.n_params_,
        },
    ).show()


if __name__ == "__main__":
    main()
