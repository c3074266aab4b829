"""Tells kinds of curves apart: gestures, leaves, lightning, days, motions of a watch.

Run it with `python examples/time_series_classification.py`; `--quick` takes a short cut.
"""

import argparse

import modelzoo
from modelzoo.baselines import baselines_for

DATASETS = ["GunPoint", "ItalyPowerDemand", "SyntheticControl", "CBF", "SwedishLeaf"]
DATASETS += ["Lightning7", "BasicMotions"]

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--dataset", default="GunPoint", choices=DATASETS)
parser.add_argument("--model", default="gru", help="modelzoo.list_models() names the others")
parser.add_argument("--size", help="a named size of the model, such as small")
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--quick", action="store_true", help="few data, a tiny model")
options = parser.parse_args()

# Curves (N, T), or (N, T, C) of several channels, and a label each.
data = modelzoo.load_dataset(options.dataset)
(X, y), (X_test, y_test) = data.train, data.test
if options.quick:
    X_test, y_test = X_test[::5], y_test[::5]

classifier = modelzoo.create(
    options.model,
    task="classification",
    size="tiny" if options.quick else options.size,
    epochs=2 if options.quick else None,  # None: as many as make about 600 updates
    random_state=options.seed,
)
classifier.fit(X, y)

scores = {}
for name, baseline in baselines_for("classification", X, random_state=options.seed):
    scores[name] = baseline.fit(X, y).score(X_test, y_test)
    print(f"  accuracy of {name} {scores[name]:.3f}")

accuracy = classifier.score(X_test, y_test)
beside = "nearest neighbour"  # by Euclidean distance, the archive's own yardstick
published = data.reference or "none published with a known source"
print(f"accuracy {accuracy:.3f} | {beside} {scores[beside]:.3f} | {published}")
