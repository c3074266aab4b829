"""Writing: how right what is written is, token after token or by filling in what is masked."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from modelzoo.evidence.experiment import Condition, Experiment

CHAIN, WORDS = "a chain of letters", "words of a manual"
LETTERS, FOLLOWERS = "abcdefghijkl", 3
LEARNED = 30_000  # letters of the chain
WRITTEN, TEXTS = 200, 16


def measure(model: str, what: Condition, seed: int, quick: bool) -> float:
    """The share of what a network wrote that is right."""
    from modelzoo import registry
    from modelzoo.estimators import create

    text, share = chain(seed) if what == CHAIN else manual()
    writer = create(
        model,
        "generation",
        size=next(iter(registry.describe(model).sizes), None),  # the smallest
        tokenizer="character",
        random_state=seed,
        verbose=0,
        **({"epochs": 1} if quick else {}),
    )
    texts = writer.fit([text]).generate("", WRITTEN, n=2 if quick else TEXTS, seed=seed)
    return share(texts)


def chain(seed: int) -> tuple[str, Any]:
    """A text in which three letters, and no others, may follow each; and the share that may."""
    import numpy as np

    rng = np.random.default_rng(seed)
    count = len(LETTERS)
    allowed = np.array([rng.permutation(count)[:FOLLOWERS] for _ in LETTERS])  # (letters, 3)
    said = [0]
    for drawn in rng.integers(0, FOLLOWERS, LEARNED - 1):
        said.append(int(allowed[said[-1], drawn]))

    def share(texts: list[str]) -> float:
        pairs = [(LETTERS.index(a), LETTERS.index(b)) for text in texts for a, b in pairwise(text)]
        return sum(b in allowed[a] for a, b in pairs) / max(len(pairs), 1)

    return "".join(LETTERS[each] for each in said), share


def manual() -> tuple[str, Any]:
    """Python's reference, and the share of words that stand anywhere in it."""
    import re

    from modelzoo.datasets import load_dataset

    data = load_dataset("pydoc_topics")
    known = {word for text in (*data.train.X, *data.test.X) for word in re.findall(r"\w+", text)}

    def share(texts: list[str]) -> float:
        # The last word may be cut off where the text ends.
        words = [word for text in texts for word in re.findall(r"\w+", text)[:-1]]
        return sum(word in known for word in words) / max(len(words), 1)

    return "\n".join(data.train.X)[:100_000], share


EXPERIMENT = Experiment(
    name="written_right",
    title="What is written is right",
    claim=(
        "Who predicts the next token writes text that hangs together from letter to letter; who "
        "fills in masked tokens, in any order, does so less."
    ),
    protocol=(
        f"{TEXTS} texts of {WRITTEN} characters are drawn at temperature 1 from a network that has "
        f"learned {LEARNED:,} letters of a chain, in which {FOLLOWERS} of {len(LETTERS)} letters "
        "may follow each one, or 100,000 characters of Python's reference: the share of letters "
        "that may follow the one before, and of words that stand in the reference. Causal "
        "architectures predict the next token, others fill in masked ones. Networks of the "
        "smallest size of their card, with what an estimator does by default."
    ),
    figure="share that is right",
    varied="text",
    conditions=(CHAIN, WORDS),
    quick=CHAIN,
    measure=measure,
    trivial={},
    more_is_better=True,
    source="Sahoo et al.: Simple and effective masked diffusion language models. NeurIPS 2024",
    minutes=8,
)
