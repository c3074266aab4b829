"""Answers questions about short stories, or finds the sentence of a paragraph with the answer.

Run it with `python examples/question_answering.py`; `--quick` takes a short cut.
"""

import argparse

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer

import modelzoo
from modelzoo.baselines import TfidfClassifier

DATASETS = ["babi_qa1", "babi_qa2", "babi_qa6", "babi_qa15", "xquad_en_sentences"]

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--dataset", default="babi_qa1", choices=DATASETS)
parser.add_argument("--rows", type=int, default=1000, help="bAbI questions to train on, to 10000")
parser.add_argument("--model", default="gru", help="modelzoo.list_models() names the others")
parser.add_argument("--size", help="a named size of the model, such as small")
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--quick", action="store_true", help="few data, a tiny model")
options = parser.parse_args()

# Texts and labels: a story with a question, and the answer; or a question with a sentence, and
# whether the answer is in it.
data = modelzoo.load_dataset(options.dataset)
(X, y), (X_test, y_test) = data.train, data.test
if stories := options.dataset.startswith("babi"):
    # The published figures are of the first thousand. Lines backwards: first the question, then
    # what happened last, since of a story that is too long the end is not read.
    X, y = X[: options.rows], y[: options.rows]
    X, X_test = (["\n".join(text.split("\n")[::-1]) for text in part] for part in (X, X_test))
if options.quick:
    X, y, X_test, y_test = X[:200], y[:200], X_test[:100], y_test[:100]

classifier = modelzoo.create(
    options.model,
    task="classification",
    size="tiny" if options.quick else options.size,
    epochs=1 if options.quick else None,  # None: as many as make about 600 updates
    random_state=options.seed,
)
classifier.fit(X, y)
if stories:
    name, baseline = "TF-IDF + logistic regression", TfidfClassifier().fit(X, y)
    accuracy, beside = (method.score(X_test, y_test) for method in (classifier, baseline))
else:  # of all sentences of a question's paragraph, the surest one is the answer
    name, tfidf = "TF-IDF overlap", TfidfVectorizer(sublinear_tf=True).fit(X)
    asked, said = map(tfidf.transform, zip(*(text.split("\n", 1) for text in X_test), strict=True))
    table = pd.DataFrame({"question": data.extras["groups"]["test"][: len(X_test)]})
    table["network"] = classifier.predict_proba(X_test)[:, list(classifier.classes_ == "answer")]
    table["overlap"] = np.asarray(asked.multiply(said).sum(axis=1))
    table["right"] = np.asarray(y_test) == "answer"
    surest = table.groupby("question")[["network", "overlap"]].idxmax()
    accuracy, beside = (table["right"][surest[each]].mean() for each in ("network", "overlap"))
published = data.reference or "none published on these parts"
print(f"accuracy {accuracy:.3f} | {name} {beside:.3f} | {published}")
