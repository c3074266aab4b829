"""Translates short English sentences to Spanish, beside looking up the most similar sentence.

Run it with `python examples/translation.py`; `--quick` takes a short cut.
"""

import argparse
from itertools import zip_longest

import sacrebleu
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.neighbors import NearestNeighbors

import modelzoo

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--words", type=int, default=6, help="words of the longest English sentence")
parser.add_argument("--rows", type=int, default=12_000, help="train on about so many of them")
parser.add_argument("--model", default="gpt", help="modelzoo.list_models() names the others")
parser.add_argument("--size", help="a named size of the model, such as base")
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--quick", action="store_true", help="few data, a tiny model")
options = parser.parse_args()

# Pairs of a sentence and its translation, a row each; of the test part, all right translations.
data = modelzoo.load_dataset("tatoeba_en_es")
rows = [row for row, text in enumerate(data.train.X) if len(text.split()) <= options.words]
unseen = [row for row, text in enumerate(data.test.X) if len(text.split()) <= options.words]
rows = rows[:: max(1, round(len(rows) / (200 if options.quick else options.rows)))]
unseen = unseen[:: max(1, len(unseen) // (20 if options.quick else 500))]
english, spanish = ([part[row] for row in rows] for part in data.train)
asked = [data.test.X[row] for row in unseen]
right = [*zip_longest(*(data.extras["references"]["test"][row] for row in unseen))]

generator = modelzoo.create(
    options.model,
    task="generation",
    size="tiny" if options.quick else options.size,
    epochs=1 if options.quick else None,  # None: three, or as many as make about 500 updates
    random_state=options.seed,
)
generator.fit(english, spanish)
written = generator.generate(asked, 10 if options.quick else 50, temperature=0)

tfidf = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True).fit(english)
nearest = NearestNeighbors(n_neighbors=1, metric="cosine").fit(tfidf.transform(english))
found = nearest.kneighbors(tfidf.transform(asked), return_distance=False)[:, 0]
looked_up = [spanish[row] for row in found]

bleu = {}
for name, texts in {options.model: written, "nearest training sentence": looked_up}.items():
    bleu[name] = sacrebleu.corpus_bleu(texts, right).score
    print(f"  chrF of {name} {sacrebleu.corpus_chrf(texts, right).score:.2f}")
for before, text in zip(asked[:5], written, strict=False):
    print(f"{before}  ->  {text}")
print(f"BLEU {bleu[options.model]:.2f} | {name} {bleu[name]:.2f} | none published on these parts")
