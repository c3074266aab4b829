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

shape = {"horizon": options.horizon, "season_length": data.season_length}
forecaster = modelzoo.create(
    options.model,
    task="forecasting",
    size="tiny" if options.quick else options.size,
    epochs=1 if options.quick else None,  # None: as many as make about 1000 updates
    random_state=options.seed,
    **shape,
)

# Every week of the test part is forecast once, from all that is known by then. MASE below 1 is
# better than repeating the last year was in training; the coverage should be 0.8.
scores = {}
for name, each in [*baselines_for("forecasting", **shape), (options.model, forecaster)]:
    scores[name] = evaluate(
        "forecasting", each.fit(known), unseen, after=known, season_length=data.season_length
    )
    for measure in ("MASE", "pinball", "coverage"):
        print(f"  {measure} of {name} {scores[name][measure]:.3f}")

forecaster.plot(actual=unseen.iloc[: options.horizon], path="illness.png", units="% of visits")
print("drawn in illness.png")
own = scores.pop(options.model)["MASE"]
best = min(scores, key=lambda name: scores[name]["MASE"])
# Published errors are of all seven columns, standardized.
print(f"MASE {own:.3f} | {best} {scores[best]['MASE']:.3f} | none published as MASE")
