"""Tiny Shakespeare by characters, trained as long as nanoGPT's run for a CPU.

Run it with `python benchmarks/characters.py --model gpt`. 2,000 updates of 12 windows of 64
characters, without dropout; `gpt` at 4 layers, 128 wide, as there, other architectures at their own
defaults. `--updates 2500` gives a faster architecture about the time that `gpt` takes: the seconds
of training stand beside.

The figure is over the whole last 10 % of the text, each character predicted once from at least 32
before it; nanoGPT's 1.88 is over windows of 64 drawn at random, whose first characters have less
before them.
"""

from __future__ import annotations

import argparse
import os
import time
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from figure_line import FigureLine

from modelzoo import Generator, list_models, load_dataset, registry
from modelzoo.baselines import NGramLanguageModel

CONTEXT, WINDOWS, UPDATES = 64, 12, 2000
EPOCHS = 2  # of at most 1,307 updates each, which is all of the text
NGRAM = 6
SHAPES = {"gpt": {"width": 128, "depth": 4, "heads": 4}}  # nanoGPT's
PUBLISHED = "nanoGPT 1.88 (4 layers, 128 wide, 2000 updates on a CPU; its README)"
QUICK_CHARACTERS = 20_000


def held_out(characters: int, updates: int) -> float:
    """The share of a text to hold out so that an epoch of the rest has so many updates.

    An epoch has as many updates as the text has batches, so the length of what is trained on
    decides how many updates there are. What is held out chooses the epoch.

    >>> round(1_003_854 * (1 - held_out(1_003_854, 1000)))
    767616
    """
    batch = CONTEXT * WINDOWS
    return 1 - (updates - 0.5) * batch / characters  # half a batch off either end


def hyperparameters(model: str, size: str | None) -> dict[str, Any]:
    """No dropout, where there is such a thing, and nanoGPT's shape for the architecture it is."""
    known = registry.hyperparameters(model)
    dropout = {"dropout": 0.0} if "dropout" in known else {}
    return dropout | (SHAPES.get(model, {}) if size is None else {})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="gpt", choices=list_models())
    parser.add_argument("--size", help="a named size; default: see above")
    parser.add_argument("--updates", type=int, default=UPDATES, help="even, at most 2600")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--quick", action="store_true", help="little text, a tiny model")
    arguments = parser.parse_args()
    if arguments.updates % EPOCHS or not 0 < arguments.updates <= 2600:
        parser.error(f"--updates must be even, from 2 to 2600: {arguments.updates}")
    data = load_dataset("tinyshakespeare")
    (text,), (unseen,) = data.train.X, data.test.X
    fraction = held_out(len(text), arguments.updates // EPOCHS)
    size, epochs = arguments.size, EPOCHS
    if arguments.quick:
        text, unseen = text[:QUICK_CHARACTERS], unseen[: QUICK_CHARACTERS // 10]
        size, fraction, epochs = "tiny", 0.1, 1
    generator = Generator(
        arguments.model,
        size=size,
        hparams=hyperparameters(arguments.model, size),
        tokenizer="character",
        context=CONTEXT,
        batch_size=WINDOWS,
        epochs=epochs,
        validation_fraction=fraction,
        random_state=arguments.seed,
        verbose=0,
    )
    begin = time.perf_counter()
    generator.fit([text])
    seconds = time.perf_counter() - begin
    updates = int(generator.model_.optimizer.iterations)
    if not arguments.quick and updates != arguments.updates:
        raise RuntimeError(f"{updates} updates were made rather than {arguments.updates}")
    found = generator.perplexity([unseen])
    FigureLine(
        "nats per character" + " (upper bound)" * found.bound,
        found.nats_per_character,
        f"{NGRAM}-gram",
        NGramLanguageModel(n=NGRAM).fit([text]).perplexity([unseen]).nats_per_character,
        PUBLISHED,
        {
            "updates": updates,
            "seconds of training": seconds,
            "parameters": generator.n_params_,
        },
    ).show()


if __name__ == "__main__":
    main()
