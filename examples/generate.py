"""Learns to write like Python's documentation, beside counting which letters follow which.

Run it with `python examples/generate.py`; `--quick` takes a short cut.
"""

import sys

import modelzoo
from modelzoo.baselines import baselines_for

quick = "--quick" in sys.argv

# A list of texts, one a document.
data = modelzoo.load_dataset("pydoc_topics")
texts, unseen = data.train.X, data.test.X[:10]
if quick:
    texts, unseen = texts[:3], unseen[:1]

generator = modelzoo.create(
    "gru",  # modelzoo.list_models() names the others
    task="generation",
    size="tiny" if quick else None,
    epochs=1 if quick else None,  # None: as many as make about 500 updates
    random_state=0,
)
generator.fit(texts)

print("bits per character of texts that were not trained on (less is better)")
print(f"  {generator.model:<8}{generator.perplexity(unseen).bits_per_character:.3f}")
for name, baseline in baselines_for("generation"):
    print(f"  {name:<8}{baseline.fit(texts).perplexity(unseen).bits_per_character:.3f}")

# The same seed writes the same text; a lower temperature writes safer ones.
print(generator.generate("The statement ", max_new_tokens=120, temperature=0.7, seed=1))
