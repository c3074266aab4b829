"""Learning a vocabulary of word pieces and encoding with it, against `tokenizers` by itself."""

from __future__ import annotations

import numpy as np

from speed.contest import Case, Contestant, Goal, Part, Ticks, for_ever

MEGABYTES = 100
PIECES = 4096
WORDS = 50_000
WORDS_A_TEXT = 200


def cases(quick: bool) -> list[Case]:
    """One amount of text."""
    megabytes = 0.1 if quick else MEGABYTES
    who = (
        Contestant("modelzoo", ours, "modelzoo", ours=True),
        Contestant("tokenizers", bare, "tokenizers"),
    )
    return [Case("BPE", f"{megabytes:g} MB", who, {"characters": int(megabytes * 1e6)})]


def texts(case: Case) -> list[str]:
    """Texts of made-up words of one to ten letters, few of them frequent, as in a language."""
    rng = np.random.default_rng(0)
    letters = np.array(list("etaoinshrdlucmfwypvbgkjqxz"))
    frequency = 1 / np.arange(1, len(letters) + 1)
    words = np.array(
        [
            "".join(rng.choice(letters, rng.integers(1, 11), p=frequency / frequency.sum()))
            for _ in range(WORDS)
        ]
    )
    count = case.shape["characters"] // 6  # of words, with a space each
    drawn = words[np.minimum(rng.zipf(1.2, count), WORDS) - 1]
    return [
        " ".join(drawn[begin : begin + WORDS_A_TEXT]) for begin in range(0, count, WORDS_A_TEXT)
    ]


def ours(case: Case, ticks: Ticks) -> None:
    """`Vocabulary.learn` and `encode`."""
    from modelzoo.data.text import Vocabulary

    given = texts(case)
    for_ever(ticks, lambda: Vocabulary.learn(given, "bpe", size=PIECES).encode(given))


def bare(case: Case, ticks: Ticks) -> None:
    """The same with the library's own calls."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    given = texts(case)

    def learn_and_encode() -> list[list[int]]:
        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        trainer = trainers.BpeTrainer(
            vocab_size=PIECES,
            min_frequency=2,
            initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
            show_progress=False,
        )
        tokenizer.train_from_iterator(given, trainer)
        return [each.ids for each in tokenizer.encode_batch_fast(given)]

    for_ever(ticks, learn_and_encode)


PART = Part(
    title="Encoding text",
    about=(
        f"Learning {PIECES:,} pieces from {MEGABYTES} MB of made-up words (BPE) and encoding the "
        "same text, ours and the library `tokenizers`, which ours rests on, by itself."
    ),
    unit="s",
    cases=cases,
    goals={"tokenizers": Goal(at_most=1.2)},
    warm_up=0,
    rounds=2,
    seconds=0.0,
)
