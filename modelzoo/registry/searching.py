"""Ranks cards by how well their text answers a search, with BM25 over weighted fields."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from itertools import pairwise

from modelzoo.registry.cards import SUITED, Card

_WORD = re.compile(r"[a-z0-9]+")
_STOP_WORDS = """
    a an and any are as at be but by can do does for from has have how i if in into is it its
    just many me model models most my need network networks no not of on one only or over so
    than that the their them then there they this to use want was what when which with
"""
_STOP = frozenset(_STOP_WORDS.split())
_SATURATION = 1.2  # BM25's k1 and b, at their usual values
_LENGTH_WEIGHT = 0.75
# A word in a weakness says what the architecture is not for.
_WEIGHTS = {"name": 8.0, "traits": 4.0, "family": 3.0, "summary": 2.0, "strengths": 1.5}
_WEIGHTS |= {"applications": 2.0, "weaknesses": 0.2, "references": 0.2}
# What people type, for what the traits mean.
_TRAIT_WORDS: dict[tuple[str, object], str] = {
    ("causal", True): "causal autoregressive left to right past",
    ("causal", False): "bidirectional both directions",
    ("streaming", True): "streaming online real time incremental",
    ("cost", "linear"): "linear cost cheap",
    ("cost", "quadratic"): "quadratic cost expensive",
    ("parallel", True): "parallel training",
    ("data_appetite", "low"): "small data little data few examples",
    ("data_appetite", "medium"): "medium data",
    ("data_appetite", "high"): "large data much data big data",
    ("memory", "short"): "short memory short sequences short context",
    ("memory", "medium"): "long sequences",
    ("memory", "long"): "long sequences long memory long context distant",
}


def rank(query: str, cards: Iterable[Card]) -> list[tuple[str, float]]:
    """Ranks cards by a search text.

    Args:
        query: Some words, in any order.
        cards: The cards to search.

    Returns:
        Names and scores of the cards that share a word with the query, best first.
    """
    texts = {card.name: _weighted_words(card) for card in cards}
    if not texts:
        return []
    vocabulary = {word for words in texts.values() for word in words}
    asked = {match for term in _terms(query) for match in _matches(term, vocabulary)}
    lengths = {name: sum(words.values()) for name, words in texts.items()}
    mean_length = sum(lengths.values()) / len(lengths)
    scores = dict.fromkeys(texts, 0.0)
    for word in asked:
        holders = [name for name, words in texts.items() if word in words]
        rarity = math.log(1 + (len(texts) - len(holders) + 0.5) / (len(holders) + 0.5))
        for name in holders:
            count = texts[name][word]
            norm = 1 - _LENGTH_WEIGHT + _LENGTH_WEIGHT * lengths[name] / mean_length
            scores[name] += rarity * count * (_SATURATION + 1) / (count + _SATURATION * norm)
    found = [(name, score) for name, score in scores.items() if score > 0]
    return sorted(found, key=lambda pair: (-pair[1], pair[0]))


def _weighted_words(card: Card) -> dict[str, float]:
    """Counts the words of a card, each weighted by the field it stands in."""
    fields = {
        "name": " ".join(
            [card.name, card.title, *(name for name, size in card.sizes.items() if size.published)]
        ),
        "family": f"{card.family} "
        + " ".join(f"{task} " * SUITED.index(rating) for task, rating in card.tasks.items()),
        "traits": " ".join(
            words
            for (trait, value), words in _TRAIT_WORDS.items()
            if getattr(card.traits, trait) == value
        ),
        "summary": card.summary,
        "strengths": " ".join(claim.text for claim in card.strengths),
        "weaknesses": " ".join(claim.text for claim in card.weaknesses),
        "applications": " ".join(f"{each.application} {each.text}" for each in card.applications),
        "references": " ".join(f"{each.title} {each.year}" for each in card.references.values()),
    }
    counts: dict[str, float] = {}
    for field, text in fields.items():
        for word in _terms(text):
            counts[word] = counts.get(word, 0.0) + _WEIGHTS[field]
    return counts


def _terms(text: str) -> list[str]:
    """Splits a text into stemmed words and pairs of neighbours (`small data` is one idea)."""
    words = [_stem(word) for word in _WORD.findall(text.lower()) if word not in _STOP]
    return words + [f"{first} {second}" for first, second in pairwise(words)]


def _stem(word: str) -> str:
    """Strips the commonest endings, so that `sequences`, `forecasting` and `trained` match."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    for ending in (
        "ations",
        "ation",
        "ating",
        "ated",
        "ates",
        "ate",
        "ings",
        "ing",
        "ers",
        "er",
        "ed",
        "es",
        "s",
    ):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            word = word[: -len(ending)]
            break
    else:
        if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
            word = word[:-1]
    return word[:-1] if len(word) > 4 and word.endswith("e") else word


def _matches(word: str, vocabulary: set[str]) -> set[str]:
    """Returns the word itself, or where no card has it those that begin it or that it begins."""
    if word in vocabulary or len(word) < 4 or " " in word:
        return {word}
    return {
        each for each in vocabulary if len(each) > 3 and " " not in each and _begins(word, each)
    }


def _begins(first: str, second: str) -> bool:
    return first.startswith(second) or second.startswith(first)
