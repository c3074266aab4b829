"""Learns to write plays like Shakespeare's, or first names, beside counting which letters follow.

Run it with `python examples/content_creation.py`; `--quick` takes a short cut.
"""

import argparse

import modelzoo
from modelzoo.baselines import baselines_for

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--dataset", default="tinyshakespeare", choices=["tinyshakespeare", "names"])
parser.add_argument("--model", default="gpt", help="modelzoo.list_models() names the others")
parser.add_argument("--size", help="a named size of the model, such as base")
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--quick", action="store_true", help="few data, a tiny model")
options = parser.parse_args()

# A list of texts, one a document: all plays in one, or a name each. The test part of the plays is
# the usual one, their last tenth.
data = modelzoo.load_dataset(options.dataset)
texts, unseen = data.train.X, data.test.X
if options.dataset == "names":
    # The published figure counts the end of a name as a character: a line break stands for it.
    texts, unseen = ([f"{name}\n" for name in part] for part in (texts, unseen))
if options.quick:
    texts, unseen = [text[:20_000] for text in texts[:500]], [text[:1_000] for text in unseen[:50]]

generator = modelzoo.create(
    options.model,
    task="generation",
    size="tiny" if options.quick else options.size,
    epochs=1 if options.quick else None,  # None: as many as make about 500 updates
    random_state=options.seed,
)
generator.fit(texts)

# An empty prompt starts a new document. A lower temperature writes safer texts.
prompts = [""] * 10 if options.dataset == "names" else ["ROMEO:\n"]
length = 40 if options.quick else 400
print(*generator.generate(prompts, length, temperature=0.8, seed=options.seed), sep="\n")

# Whatever the tokens are, letters or pieces of words: what each character costs can be compared.
found = generator.perplexity(unseen)
((name, baseline),) = baselines_for("generation")
counted = baseline.fit(texts).perplexity(unseen)
print(f"  bits per character {found.bits_per_character:.3f}")
# A model that reads both ways, such as bert, fills in blanks: its figure is an upper bound.
measure = "nats per character" + " (upper bound)" * found.bound
score, beside = found.nats_per_character, counted.nats_per_character
print(f"{measure} {score:.3f} | {name} {beside:.3f} | {data.reference}")
