"""Tells praise from criticism in film reviews, or opinions from facts, and shows what moved it.

Run it with `python examples/sentiment.py`; `--quick` takes a short cut.
"""

import argparse

import modelzoo
from modelzoo.baselines import baselines_for

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--dataset", default="sst2", choices=["sst2", "subjectivity"])
parser.add_argument("--model", default="gru", help="modelzoo.list_models() names the others")
parser.add_argument("--size", help="a named size of the model, such as small")
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--quick", action="store_true", help="few data, a tiny model")
options = parser.parse_args()

# Lists of texts and of labels; the validation part, where there is one, chooses the best epoch.
data = modelzoo.load_dataset(options.dataset)
(X, y), (X_test, y_test), validation = data.train, data.test, data.validation
if options.quick:
    X, y, X_test, y_test, validation = X[::20], y[::20], X_test[::5], y_test[::5], None

classifier = modelzoo.create(
    options.model,
    task="classification",
    size="tiny" if options.quick else options.size,
    epochs=1 if options.quick else None,  # None: as many as make about 600 updates
    random_state=options.seed,
)
classifier.fit(X, y, validation_data=validation)

# Which words speak for the answer, which against it: each is left out in turn.
print(f"{X_test[0]}\n{classifier.explain(X_test[:1])[0]}\n")

scores = {}
for name, baseline in baselines_for("classification", X):  # the simplest one first
    scores[name] = baseline.fit(X, y).score(X_test, y_test)
    print(f"  accuracy of {name} {scores[name]:.3f}")
accuracy = classifier.score(X_test, y_test)
print(f"accuracy {accuracy:.3f} | {name} {scores[name]:.3f} | {data.reference}")
