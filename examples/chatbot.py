"""Learns from dialogues what to reply, beside the reply of the most similar dialogue.

Run it with `python examples/chatbot.py`; `--quick` takes a short cut. To talk to it, save it with
`--save chat.mz` and run `modelzoo chat chat.mz`.
"""

import argparse
import itertools

import sacrebleu
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.neighbors import NearestNeighbors

import modelzoo

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--dataset", default="sgd_turns", choices=["sgd_turns", "chatterbot_english"])
parser.add_argument("--rows", type=int, default=3000, help="train on about so many replies")
parser.add_argument("--save", metavar="FILE.mz", help="where to save what was learned")
parser.add_argument("--model", default="gpt", help="modelzoo.list_models() names the others")
parser.add_argument("--size", help="a named size of the model, such as base")
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--quick", action="store_true", help="few data, a tiny model")
options = parser.parse_args()

# Pairs: all that was said so far, a turn a line, and the reply. Shares are spread over all of them.
data = modelzoo.load_dataset(options.dataset)
rows = 150 if options.quick else options.rows
said, replies = (part[:: -(-len(part) // rows)] for part in data.train)
asked, wanted = (part[:: -(-len(part) // max(1, rows // 5))] for part in data.test)

generator = modelzoo.create(
    options.model,
    task="generation",
    context=96,  # tokens: the last few turns and the reply; what was said before is cut off
    size="tiny" if options.quick else options.size,
    epochs=1 if options.quick else None,  # None: three, or as many as make about 500 updates
    random_state=options.seed,
)
generator.fit(said, replies)
if options.save:
    generator.save(options.save)
print(f"  perplexity {generator.perplexity(asked, wanted).perplexity:.3f}")  # a token of a reply

# Some dialogues are answered for real; temperature 0 takes the likeliest reply.
asked, wanted = (part[:: max(1, len(part) // 100)] for part in (asked, wanted))
written = generator.generate(asked, 10 if options.quick else 50, temperature=0)
tfidf = TfidfVectorizer(sublinear_tf=True).fit(said)  # what the network learned from
nearest = NearestNeighbors(n_neighbors=1, metric="cosine").fit(tfidf.transform(said))
found = nearest.kneighbors(tfidf.transform(asked), return_distance=False)[:, 0]

chrf = {}
answers = {options.model: written, "retrieval by TF-IDF": [replies[row] for row in found]}
for name, texts in answers.items():
    chrf[name] = sacrebleu.corpus_chrf(texts, [wanted]).score
    pairs = [pair for text in texts for pair in itertools.pairwise(text.split())]
    print(f"  distinct-2 of {name} {len(set(pairs)) / max(1, len(pairs)):.3f}")  # 1: none twice
for before, reply in [*zip(asked, written, strict=True)][::40]:
    print(f"{before.splitlines()[-1]}\n    -> {reply}")
print(f"chrF {chrf[options.model]:.2f} | {name} {chrf[name]:.2f} | none published on these parts")
