"""Learning a tokenizer from texts, one function a kind; `modelzoo.data.text` puts them to use."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

PAD, UNKNOWN, START, END, MASK, SEPARATOR = range(6)  # the separator: between prompt and completion
SPECIAL_TOKENS = ("<pad>", "<unk>", "<start>", "<end>", "<mask>", "<separator>")  # by id
BYTES = 256


def _normalizer(lowercase: bool, compose: bool = False) -> normalizers.Normalizer | None:
    steps: list[normalizers.Normalizer] = [normalizers.NFC()] if compose else []
    if lowercase:
        steps.append(normalizers.Lowercase())
    return normalizers.Sequence(steps) if steps else None


def _tokenizer_of(pieces: Sequence[str]) -> Tokenizer:
    vocabulary = {token: index for index, token in enumerate((*SPECIAL_TOKENS, *pieces))}
    return Tokenizer(models.WordLevel(vocabulary, unk_token=SPECIAL_TOKENS[UNKNOWN]))


def _most_frequent(counts: Counter[str], size: int, minimum_frequency: int) -> list[str]:
    """Tokens by falling frequency, ties in code-point order, so that learning is repeatable."""
    frequent = [token for token, count in counts.items() if count >= minimum_frequency]
    frequent.sort(key=lambda token: (-counts[token], token))
    return frequent[: size - len(SPECIAL_TOKENS)]


def _learn_words(texts: Sequence[str], size: int, lowercase: bool, minimum: int) -> Tokenizer:
    normalizer = _normalizer(lowercase, compose=True)
    splitter = pre_tokenizers.Whitespace()  # runs of letters and digits, runs of punctuation
    counts: Counter[str] = Counter()
    for text in texts:
        normal = normalizer.normalize_str(text) if normalizer else text
        counts.update(word for word, _ in splitter.pre_tokenize_str(normal))
    tokenizer = _tokenizer_of(_most_frequent(counts, size, minimum))
    tokenizer.pre_tokenizer = splitter
    if normalizer:
        tokenizer.normalizer = normalizer
    return tokenizer


def _learn_characters(texts: Sequence[str], size: int, lowercase: bool, minimum: int) -> Tokenizer:
    normalizer = _normalizer(lowercase)
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(normalizer.normalize_str(text) if normalizer else text)
    tokenizer = _tokenizer_of(_most_frequent(counts, size, minimum))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
    if normalizer:
        tokenizer.normalizer = normalizer
    return tokenizer


def _learn_bpe(texts: Sequence[str], size: int, lowercase: bool, minimum: int) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    normalizer = _normalizer(lowercase)
    if normalizer:
        tokenizer.normalizer = normalizer
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        min_frequency=max(2, minimum),
        special_tokens=list(SPECIAL_TOKENS),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    learned = json.loads(tokenizer.to_str())
    learned["added_tokens"] = []  # else text that spells "<end>" would become the end token
    tokenizer = Tokenizer.from_str(json.dumps(learned))
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


LEARNERS = {"word": _learn_words, "character": _learn_characters, "bpe": _learn_bpe}
