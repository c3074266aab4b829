"""Classifies handwritten digits, read row by row as sequences, beside simple methods.

Run it with `python examples/classify.py`; `--quick` takes a short cut.
"""

import sys

import modelzoo
from modelzoo.baselines import baselines_for

quick = "--quick" in sys.argv

# Series (N, T, C) with one label each; lists of texts work the same way.
data = modelzoo.load_dataset("digits")
X, y = data.train
if quick:
    X, y = X[:200], y[:200]

classifier = modelzoo.create(
    "gru",  # modelzoo.list_models() names the others
    task="classification",
    width=16 if quick else 64,  # hyper-parameters of the architecture ...
    epochs=2 if quick else 15,  # ... and parameters of the estimator
    random_state=0,
)
classifier.fit(X, y)

print(f"accuracy on {len(data.test.X)} digits that were not trained on")
print(f"  {classifier.model:<22}{classifier.score(*data.test):.3f}")
for name, baseline in baselines_for("classification", X):
    print(f"  {name:<22}{baseline.fit(X, y).score(*data.test):.3f}")

# One label a row, and how sure the network is of it.
labels = classifier.predict(data.test.X[:5])
sureness = classifier.predict_proba(data.test.X[:5]).max(axis=1)
for label, sure, truth in zip(labels, sureness, data.test.y[:5], strict=True):
    print(f"a {truth} is taken for a {label}, {sure:.0%} sure")
