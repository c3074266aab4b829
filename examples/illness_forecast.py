"""Forecasts the flu half a year ahead: the share of visits to doctors for influenza-like illness.

Run it with `python examples/illness_forecast.py`; `--quick` takes a short cut.
"""

import argparse

import modelzoo
from modelzoo.baselines import baselines_for
from modelzoo.evaluation import evaluate

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--horizon", type=int, default=24, help="weeks to forecast")
parser.add_argument("--model", default="gru", help="modelzoo.list_models() names the others")
parser.add_argument("--size", help="a named size of the model, such as small")
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--quick", action="store_true", help="few data, a tiny model")
options = parser.parse_args()

# A pandas Series, a value a week; the test part goes on from it and ends in the spring of 2020.
data = modelzoo.load_dataset("national_illness")
known, unseen = (part.X["% WEIGHTED ILI"] for part in (data.before_test, data.test))
if options.quick:
    known, unseen = known.iloc[-300:], unseen.iloc[: options.horizon]

season = data.season_length
shape = {"horizon": options.horizon, "season_length": season, "random_state": options.seed}
forecaster = modelzoo.create(
    options.model,
    task="forecasting",
    size="tiny" if options.quick else options.size,
    epochs=1 if options.quick else None,  # None: as many as make about 1000 updates
    **shape,
)

# Every week of the test part is forecast once, from all that is known by then. MASE below 1 is
# better than repeating the last year was in training; the coverage should be 0.8.
baselines = baselines_for("forecasting", **shape)[: 2 if options.quick else None]
scores = {}
for name, each in [*baselines, (options.model, forecaster)]:
    found = evaluate("forecasting", each.fit(known), unseen, after=known, season_length=season)
    scores[name] = found["MASE"]
    for measure in ("MASE", "pinball", "coverage"):
        print(f"  {measure} of {name} {found[measure]:.3f}")

forecaster.plot(actual=unseen.iloc[: options.horizon], path="illness.png", units="% of visits")
print("drawn in illness.png")
own, best = scores.pop(options.model), min(scores, key=scores.get)
# Published errors are of all seven columns, standardized.
print(f"MASE {own:.3f} | {best} {scores[best]:.3f} | none published as MASE")
