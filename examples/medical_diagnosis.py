"""Finds infarctions in heartbeats, or malignant tumours, with a threshold that you can move.

Run it with `python examples/medical_diagnosis.py`; `--quick` takes a short cut. Not for clinical
use: a hundred records of a public archive show how it is done, and no more.
"""

import argparse

import numpy as np
from sklearn.metrics import roc_auc_score

import modelzoo
from modelzoo.baselines import baselines_for

# What is looked for. (The two classes of ECGFiveDays are the days of recording, nothing medical.)
POSITIVE = {"ECG200": -1, "ECGFiveDays": 2, "breast_cancer": "malignant"}

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--dataset", default="ECG200", choices=[*POSITIVE])
parser.add_argument(
    "--threshold",
    type=float,
    default=0.5,
    help="probability from which on a record counts as positive: a lower one misses fewer of the "
    "ill and alarms more of the healthy",
)
parser.add_argument("--model", default="gru", help="modelzoo.list_models() names the others")
parser.add_argument("--size", help="a named size of the model, such as small")
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--quick", action="store_true", help="a tiny model")
options = parser.parse_args()

data = modelzoo.load_dataset(options.dataset)
X, y = data.train
ill = np.asarray(data.test.y) == POSITIVE[options.dataset]

classifier = modelzoo.create(
    options.model,
    task="classification",
    size="tiny" if options.quick else options.size,
    epochs=2 if options.quick else None,  # None: as many as make about 600 updates
    random_state=options.seed,
)
classifier.fit(X, y)
column = list(classifier.classes_).index(POSITIVE[options.dataset])
chance = classifier.predict_proba(data.test.X)[:, column]
alarm = chance >= options.threshold

print(f"  ROC AUC {roc_auc_score(ill, chance):.3f}")  # of all thresholds together
print(f"  sensitivity {alarm[ill].mean():.3f}")  # the share of the ill that are found
print(f"  specificity {(~alarm[~ill]).mean():.3f}")  # the share of the healthy left in peace

scores = {}
for name, baseline in baselines_for("classification", X, random_state=options.seed):
    scores[name] = baseline.fit(X, y).score(*data.test)
    print(f"  accuracy of {name} {scores[name]:.3f}")
beside = f"nearest neighbour {scores['nearest neighbour']:.3f}"  # the archive's own yardstick
published = data.reference or "none published on these parts"
print(f"accuracy {np.mean(alarm == ill):.3f} | {beside} | {published}")
