"""Forecasts temperatures, carbon dioxide or electricity, beside simple methods, and draws it.

Run it with `python examples/weather_and_energy.py`; `--quick` takes a short cut.
"""

import argparse

import modelzoo
from modelzoo.baselines import baselines_for
from modelzoo.evaluation import evaluate

# Of tables, the column that people ask for.
COLUMNS = {"seattle_weather": "temp_max", "vic_electricity": "Demand"}
COLUMNS |= {"opsd_germany_daily": "Consumption", "ETTh1": "OT"}
DATASETS = ["melbourne_min_temp", "co2_mauna_loa", "m4_hourly", *COLUMNS]
parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--dataset", default="melbourne_min_temp", choices=DATASETS)
parser.add_argument("--horizon", type=int, help="steps to forecast; by default the set's own")
parser.add_argument("--calendar", action="store_true", help="read hour, weekday, month ... too")
parser.add_argument("--model", default="gru", help="modelzoo.list_models() names the others")
parser.add_argument("--size", help="a named size of the model, such as small")
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--quick", action="store_true", help="few data, a tiny model")
options = parser.parse_args()

# A pandas Series on a time index; of M4 a long frame: unique_id, ds, y. One series is drawn.
data = modelzoo.load_dataset(options.dataset)
column = COLUMNS.get(options.dataset, slice(None))
known, unseen = data.before_test.X[column], data.test.X[column]
one = [part.query("unique_id == 'H1'") if "ds" in part else part for part in (known, unseen)]
horizon, season = options.horizon or data.horizon, data.season_length
if options.quick:
    known, unseen = one[0].iloc[-800:], one[1].iloc[: 2 * horizon]

shape = {"horizon": horizon, "season_length": season, "random_state": options.seed}
forecaster = modelzoo.create(
    options.model,
    task="forecasting",
    calendar=options.calendar,
    size="tiny" if options.quick else options.size,
    epochs=1 if options.quick else None,  # None: as many as make about 1000 updates
    **shape,
)

# Every step of the test part is forecast once, from all that is known by then. MASE below 1 is
# better than repeating the last season was in training; the coverage should be 0.8.
baselines = baselines_for("forecasting", **shape)[: 2 if options.quick else None]
scores = {}
for name, each in [*baselines, (options.model, forecaster)]:
    if name != "Theta":  # it takes seconds for each forecast from a long history
        found = evaluate("forecasting", each.fit(known), unseen, after=known, season_length=season)
        scores[name] = found["MASE"]
        for measure in ("MASE", "pinball", "coverage"):
            print(f"  {measure} of {name} {found[measure]:.3f}")
picture = f"{options.dataset}.png"
forecaster.plot(one[0], actual=one[1].iloc[:horizon], path=picture, units=data.units)
print(f"drawn in {picture}")
own, best = scores.pop(options.model), min(scores, key=scores.get)
published = data.reference if "MASE" in (data.reference or "") else "none published as MASE"
print(f"MASE {own:.3f} | {best} {scores[best]:.3f} | {published}")
