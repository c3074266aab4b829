"""Understands spoken digits, also of a voice it never heard, or tells nine speakers apart.

Run it with `python examples/speech_recognition.py`; `--quick` takes a short cut.
"""

import argparse

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import modelzoo

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--dataset", default="fsdd_4spk", choices=["fsdd_4spk", "JapaneseVowels"])
parser.add_argument("--speakers", action="store_true", help="leave one speaker out at a time")
parser.add_argument("--model", default="gru", help="modelzoo.list_models() names the others")
parser.add_argument("--size", help="a named size of the model, such as small")
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--quick", action="store_true", help="few data, a tiny model")
options = parser.parse_args()

# Recordings as log-mel spectrograms: a list of arrays (T, C), each as long as it is. Recordings of
# your own: modelzoo.datasets.read("folder", "classification").
data = modelzoo.load_dataset(options.dataset)
X = [*data.train.X, *data.test.X]
y = np.concatenate([data.train.y, data.test.y])
tested = [np.arange(len(X)) >= len(data.train.X)]
if options.speakers:  # train on all other speakers, test on the one left out
    if "groups" not in data.extras:
        parser.error(f"{options.dataset} does not tell speakers from labels")
    speaker = np.concatenate([data.extras["groups"][part] for part in ("train", "test")])
    tested = [speaker == each for each in np.unique(speaker)]

scores = []
for test in tested:
    train, test = np.flatnonzero(~test), np.flatnonzero(test)
    if options.quick:
        train, test = train[::3], test[::3]
    parts = [([X[row] for row in rows], y[rows]) for rows in (train, test)]
    classifier = modelzoo.create(
        options.model,
        task="classification",
        size="tiny" if options.quick else options.size,
        epochs=1 if options.quick else None,  # None: as many as make about 600 updates
        random_state=options.seed,
    )
    linear = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    means = [np.array([[*x.mean(axis=0), *x.std(axis=0)] for x in part]) for part, _ in parts]
    linear.fit(means[0], parts[0][1])
    accuracy = classifier.fit(*parts[0]).score(*parts[1]), linear.score(means[1], parts[1][1])
    scores.append(accuracy)
    if options.speakers:
        print(f"  accuracy without {speaker[test[0]]} {accuracy[0]:.3f}")

accuracy, beside = np.mean(scores, axis=0)
published = data.reference or "none published on this split"
name = "logistic regression on means and deviations"
print(f"accuracy {accuracy:.3f} | {name} {beside:.3f} | {published}")
