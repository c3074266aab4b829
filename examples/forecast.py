"""Forecasts the temperature of the sea a year ahead, beside simple methods.

Run it with `python examples/forecast.py`; `--quick` takes a short cut.
"""

import sys

import modelzoo
from modelzoo.baselines import baselines_for
from modelzoo.evaluation import evaluate

quick = "--quick" in sys.argv

# A pandas Series on a time index; the test part continues the training part.
data = modelzoo.load_dataset("elnino")
series = data.train.X[-240:] if quick else data.train.X
shape = {"horizon": data.horizon, "season_length": data.season_length}

forecaster = modelzoo.create(
    "gru",  # modelzoo.list_models() names the others
    task="forecasting",
    width=8 if quick else 32,
    epochs=1 if quick else 8,
    random_state=0,
    **shape,
)

# Every step of the test part is forecast once, a year at a time, from all that is known by then.
# MASE below 1: better than repeating the last season was in the training part.
print(f"error over {len(data.test.X)} months that were not trained on")
for name, each in [("gru", forecaster), *baselines_for("forecasting", **shape)]:
    each.fit(series)
    scores = evaluate("forecasting", each, data.test.X, after=series, season_length=12)
    print(f"  {name:<24}MASE {scores['MASE']:.3f}   interval holds {scores['coverage']:.0%}")

# One row a month, one column a quantile: the middle, and an interval that should hold 80 %.
print(f"\nforecast in {data.units}")
print(forecaster.predict().round(1).head(4))
