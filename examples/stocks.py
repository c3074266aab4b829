"""Forecasts currencies, an index or stocks, and says plainly whether that beats the last price.

Run it with `python examples/stocks.py`; `--quick` takes a short cut.
"""

import argparse

import pandas as pd

import modelzoo

DATASETS = ["exchange_rate", "sp500_monthly", "stocknet_prices"]

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--dataset", default="exchange_rate", choices=DATASETS)
parser.add_argument("--horizon", type=int, help="steps to forecast; by default the set's own")
parser.add_argument("--model", default="gru", help="modelzoo.list_models() names the others")
parser.add_argument("--size", help="a named size of the model, such as small")
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--quick", action="store_true", help="few data, a tiny model")
options = parser.parse_args()

# A table of currencies, a long frame of stocks (unique_id, ds, y), or the column of the index.
data = modelzoo.load_dataset(options.dataset)
parts = [part.get("SP500", part) for part in (data.before_test.X, data.test.X)]
long = "ds" in parts[1]
prices = pd.concat(parts, ignore_index=long)
horizon = options.horizon or data.horizon
folds = (parts[1]["ds"].nunique() if long else len(parts[1])) // horizon
if options.quick:
    prices, folds = prices if long else prices[-600:], 2

forecaster = modelzoo.create(
    options.model,
    task="forecasting",
    horizon=horizon,
    season_length=1,  # prices have no season: the naive forecast is the last price, a random walk
    size="tiny" if options.quick else options.size,
    epochs=1 if options.quick else None,  # None: as many as make about 1000 updates
    random_state=options.seed,
)
# The test part is forecast fold by fold, from nothing but what stood before each fold; training
# ends before the first one.
tested = forecaster.backtest(prices, folds=folds, baselines="naive")
walk, own = tested.baselines["seasonal naive"].loc["all", "MASE"], tested.metrics.loc["all", "MASE"]
print(f"  MASE of random walk {walk:.3f}\n  MASE of {options.model} {own:.3f}")
better = own < 0.98 * walk  # it knows no drift, so where prices rise a little is to be gained
print("Better: look for a leak." if better else "The random walk is as good, or wins: use that.")
# Did it go up or down from the last price known? Prices that stayed the same do not count.
rows = tested.predictions.dropna(subset="y").query("y != naive")
up = rows["y"] > rows["naive"]
print(f"  direction accuracy {((rows[0.5] > rows['naive']) == up).mean():.3f}")
print(f"  share of moves up {up.mean():.3f}")
rows = tested.predictions.drop_duplicates("ds").rename(columns={"y": "price", 0.5: "forecast"})
axis = rows.plot("ds", ["price", "forecast"], ylabel=data.units, figsize=(10, 4))  # first series
axis.fill_between(rows["ds"], rows[0.1], rows[0.9], alpha=0.3)
axis.figure.savefig(f"{options.dataset}.png")
print(f"drawn in {options.dataset}.png")
published = data.reference or "none published on these parts"
print(f"MASE {own:.3f} | random walk {walk:.3f} | {published}")
