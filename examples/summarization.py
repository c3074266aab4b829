"""Summarizes the abstract of a paper by the one sentence of it that tells most.

Run it with `python examples/summarization.py`; `--quick` takes a short cut.
"""

import argparse

import numpy as np
from rouge_score.rouge_scorer import RougeScorer

import modelzoo

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--model", default="gru", help="modelzoo.list_models() names the others")
parser.add_argument("--size", help="a named size of the model, such as small")
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--quick", action="store_true", help="few data, a tiny model")
options = parser.parse_args()

# Sentences of abstracts, and summaries, of which the most alike counts: too few to learn to write.
extras = modelzoo.load_dataset("scitldr_a").extras
sentences, summaries = extras["sentences"], extras["references"]
every = slice(None, None, 20 if options.quick else 1)
scorer = RougeScorer(["rouge1", "rouge2", "rougeL"], use_stemmer=True)


def placed(abstract):
    """Sentences that tell where they stand: papers say at usual places what they do."""
    return [f"sentence{i} of{len(abstract)} {text}" for i, text in enumerate(abstract, start=1)]


def labelled(part):
    """The sentences of a part, and whether each is the one of its abstract most like a summary."""
    X, y = [], []
    for abstract, known in zip(sentences[part][every], summaries[part][every], strict=True):
        alike = [scorer.score_multi(known, text)["rouge1"].fmeasure for text in abstract]
        X += placed(abstract)
        y += [each == max(alike) for each in alike]
    return X, y


classifier = modelzoo.create(
    options.model,
    task="classification",
    size="tiny" if options.quick else options.size,
    epochs=1 if options.quick else None,  # None: three, or as many as make about 600 updates
    random_state=options.seed,
)
classifier.fit(*labelled("train"), validation_data=labelled("validation"))
# Of each abstract the surest sentence: the second column is the probability of True.
unseen, references = sentences["test"][every], summaries["test"][every]
sureness = iter(classifier.predict_proba([t for each in unseen for t in placed(each)])[:, 1])
told = [max(each, key=lambda text: next(sureness)) for each in unseen]
f1 = {}
for name, texts in {options.model: told, "lead-1": [each[0] for each in unseen]}.items():
    found = [scorer.score_multi(*each) for each in zip(references, texts, strict=True)]
    for kind in scorer.rouge_types:
        f1[kind, name] = f"{100 * np.mean([each[kind].fmeasure for each in found]):.2f}"
        print(f"  {kind.replace('rouge', 'ROUGE-')} of {name} {f1[kind, name]}")
print(f"ROUGE-1 {f1['rouge1', options.model]} | {name} {f1['rouge1', name]} | see arXiv:2004.15011")
