"""Sorts requests by intent, messages into spam or not, names by language; knows what it knows not.

Run it with `python examples/text_classification.py`; `--quick` takes a short cut.
"""

import argparse

import numpy as np
from sklearn.metrics import f1_score, roc_auc_score

import modelzoo
from modelzoo.baselines import baselines_for

DATASETS = ["clinc150", "sms_spam", "names_18_languages"]

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--dataset", default="clinc150", choices=DATASETS)
parser.add_argument("--model", default="gru", help="modelzoo.list_models() names the others")
parser.add_argument("--size", help="a named size of the model, such as small")
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--quick", action="store_true", help="few data, a tiny model")
options = parser.parse_args()

# Lists of texts and of labels; the validation part, where there is one, chooses the best epoch.
data = modelzoo.load_dataset(options.dataset)
(X, y), (X_test, y_test), validation = data.train, data.test, data.validation
if options.quick:
    X, y, X_test, y_test, validation = X[::40], y[::40], X_test[::10], y_test[::10], None

classifier = modelzoo.create(
    options.model,
    task="classification",
    size="tiny" if options.quick else options.size,
    epochs=1 if options.quick else None,  # None: three, or as many as make about 600 updates
    random_state=options.seed,
)
methods = {options.model: classifier.fit(X, y, validation_data=validation)}
methods |= {name: method.fit(X, y) for name, method in baselines_for("classification", X)}

accuracy = {}
for name, method in methods.items():
    predicted = method.predict(X_test)
    accuracy[name] = np.mean(predicted == np.asarray(y_test))
    print(f"  accuracy of {name} {accuracy[name]:.3f}")
    # The mean over the classes, each counting the same, also the rare ones.
    macro_f1 = f1_score(y_test, predicted, average="macro", zero_division=0)
    print(f"  macro F1 of {name} {macro_f1:.3f}")
    if "out_of_scope" in data.extras:
        # Requests of no known intent: is the method less sure of them? 0.5 is a guess, 1 perfect.
        others = data.extras["out_of_scope"]["test"].X
        sureness = method.predict_proba([*X_test, *others]).max(axis=1)
        known = np.arange(len(sureness)) < len(X_test)
        print(f"  ROC AUC of out-of-scope for {name} {roc_auc_score(known, sureness):.3f}")

# Published figures of the two smaller sets, where there are some, are of other parts.
published = data.reference if options.dataset == "clinc150" else "none published on these parts"
print(f"accuracy {accuracy[options.model]:.3f} | {name} {accuracy[name]:.3f} | {published}")
