"""A character n-gram language model: what a network that writes has to beat."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from modelzoo.data.sampling_settings import check_sampling
from modelzoo.data.text import check_texts
from modelzoo.errors import InputError, check_whole
from modelzoo.metrics import Perplexity

_BEGIN, _END, _UNKNOWN = 0, 1, 2  # the first token ids; characters follow
_FIRST_CHARACTER = 3
_SEPARATOR = "\x1e"  # Unicode's record separator: stands between a prompt and its completion


class NGramLanguageModel(BaseEstimator):
    """Interpolated n-grams of characters with Witten-Bell smoothing.

    ``p(w | h) = (c(hw) + t(h) p(w | h')) / (c(h) + t(h))`` with ``c`` counts, ``t(h)`` the number
    of distinct characters seen after ``h``, and ``h'`` the context without its oldest character,
    down to a uniform distribution (Witten & Bell 1991, "The zero-frequency problem", IEEE
    Transactions on Information Theory 37). Documents begin and end: no context reaches across.

    Args:
        n: Longest n-gram, at least 1: the model sees ``n - 1`` characters back.

    >>> model = NGramLanguageModel(n=3).fit(["abcabcabcabc"])
    >>> model.generate("ab", max_new_tokens=4, temperature=0)
    'abcabc'
    """

    def __init__(self, n: int = 5) -> None:
        self.n = n

    def fit(
        self, X: Sequence[str] | str, y: Sequence[str] | str | None = None
    ) -> NGramLanguageModel:
        """Counts the n-grams of texts, or of prompts with their completions.

        Args:
            X: The documents, a single string being one document; or the prompts.
            y: The completion of each prompt; None for documents.
        """
        if self.n < 1:
            raise InputError(f"n must be at least 1, got {self.n}")
        texts = _documents(X) if y is None else _joined(X, y)
        self._pairs = y is not None
        characters = sorted(set().union(*texts))
        if not characters:
            raise InputError("the texts are empty: there is nothing to learn from")
        self.characters_ = characters
        self._codes = {each: i for i, each in enumerate(characters, _FIRST_CHARACTER)}
        self._size = len(characters) + _FIRST_CHARACTER
        tokens, depth = self._encode(texts)
        # For each order: the n-grams seen, as sorted numbers (context id * size + token); their
        # counts; and of each context how often and by how many tokens it was followed.
        self._grams: list[np.ndarray] = []
        self._contexts: list[
            np.ndarray
        ] = []  # as contexts: with those that begin or end a document
        self._counts: list[np.ndarray] = []
        self._followed: list[np.ndarray] = []
        self._followers: list[np.ndarray] = []
        context, contexts = np.zeros(len(tokens), dtype=np.int64), 1
        for order in range(1, self.n + 1):
            real = (depth >= order) & (tokens != _BEGIN)
            if not real.any():  # no document is as long as this
                break
            keys = context * self._size + tokens
            grams, counts = np.unique(keys[real], return_counts=True)
            self._grams.append(grams)
            self._counts.append(counts)
            owner = grams // self._size
            followed = np.bincount(owner, weights=counts, minlength=contexts).astype(np.int64)
            self._followed.append(followed)
            self._followers.append(np.bincount(owner, minlength=contexts))
            # a context of the next order: the n-gram of this order that ends one place before
            seen, ids = np.unique(keys[depth >= order], return_inverse=True)
            ended = np.full(len(tokens), -1, dtype=np.int64)
            ended[depth >= order] = ids
            self._contexts.append(seen)
            context, contexts = np.roll(ended, 1), len(seen)
        self.n_ngrams_ = int(sum(len(each) for each in self._grams))
        return self

    def perplexity(
        self, X: Sequence[str] | str, y: Sequence[str] | str | None = None
    ) -> Perplexity:
        """How surprised the model is by texts, each document alone, given its beginning.

        A character that training never saw counts as one "unknown" token. That a document ends is
        not scored.

        Args:
            X: The documents, a single string being one document; or the prompts.
            y: The completions of prompts, which alone are scored then.
        """
        check_is_fitted(self, "characters_")
        texts = _documents(X) if y is None else _joined(X, y)
        tokens, depth = self._encode(texts)
        predicted = (tokens != _BEGIN) & (tokens != _END)
        if y is not None:
            before = [len(prompt) + 2 for prompt in _documents(X)]  # begin, prompt, separator
            predicted &= depth > np.repeat(before, [len(text) + 2 for text in texts])
        likelihood = np.full(len(tokens), 1.0 / (self._size - 1))
        context = np.zeros(len(tokens), dtype=np.int64)  # -1: never seen, or before the beginning
        for order in range(1, len(self._grams) + 1):
            known = (context >= 0) & (depth >= order)
            keys = np.where(known, context * self._size + tokens, -1)
            counts = _look_up(self._grams[order - 1], keys, self._counts[order - 1])
            followed = np.where(known, self._followed[order - 1][context], 0)
            followers = np.where(known, self._followers[order - 1][context], 0)
            total = followed + followers
            mixed = (counts + followers * likelihood) / np.maximum(total, 1)
            likelihood = np.where(total > 0, mixed, likelihood)
            seen = self._contexts[order - 1]
            context = np.roll(_look_up(seen, keys, np.arange(len(seen)), -1), 1)
        nats = -float(np.log(likelihood[predicted]).sum())
        return Perplexity.from_nats(nats, int(predicted.sum()), int(predicted.sum()))

    def score(self, X: Sequence[str] | str, y: Sequence[str] | str | None = None) -> float:
        """Minus the nats per character of texts, or of completions: higher is better."""
        return -self.perplexity(X, y).nats_per_character

    def generate(
        self,
        prompt: str | Sequence[str] = "",
        max_new_tokens: int = 200,
        temperature: float = 1.0,
        top_k: int = 0,
        top_p: float = 1.0,
        seed: int | None = None,
    ) -> Any:
        """Continues a prompt, or each of a list of prompts, until its document ends.

        Args:
            prompt: The text to continue, or a list of them; ``""`` starts a new document.
            max_new_tokens: How many characters to add at most, from 0.
            temperature: Above 1 more surprising, below 1 safer; 0 always takes the likeliest
                character.
            top_k: Draw among so many of the likeliest characters only; 0 for no limit.
            top_p: Draw among the fewest characters that have this probability together, in (0, 1].
            seed: Whole number from 0 that makes the text repeatable; None for a new one each time.

        Returns:
            The prompt with its continuation or, after fitting on pairs, the completion alone: a
            string for a string, a list for a list.

        Raises:
            InputError: An argument is out of its range, or a prompt is no text.
        """
        check_is_fitted(self, "characters_")
        check_whole("max_new_tokens", max_new_tokens, least=0)
        check_sampling(temperature, top_k, top_p, seed)
        prompts = _documents(prompt) if len(prompt) or isinstance(prompt, str) else []
        streams = np.random.SeedSequence(seed).spawn(len(prompts))  # a text depends on no other
        texts = []
        for each, stream in zip(prompts, streams, strict=True):
            random = np.random.default_rng(stream)
            before = each + _SEPARATOR if self._pairs else each
            new = self._write(before, max_new_tokens, temperature, top_k, top_p, random)
            texts.append(new if self._pairs else each + new)
        return texts[0] if isinstance(prompt, str) else texts

    def _write(
        self,
        prompt: str,
        most: int,
        temperature: float,
        top_k: int,
        top_p: float,
        random: np.random.Generator,
    ) -> str:
        history = [_BEGIN, *(self._codes.get(each, _UNKNOWN) for each in prompt)]
        written: list[str] = []
        for _ in range(most):
            chances = self._next(history[max(0, len(history) - self.n + 1) :])
            chances[_UNKNOWN] = 0
            token = _choose(chances, temperature, top_k, top_p, random)
            if token == _END:
                break
            history.append(token)
            written.append(self.characters_[token - _FIRST_CHARACTER])
        return "".join(written)

    def _next(self, history: Sequence[int]) -> np.ndarray:
        """The distribution of the token after ``history``, its latest ``n - 1`` tokens."""
        chances = np.full(self._size, 1.0 / (self._size - 1))
        chances[_BEGIN] = 0
        for order in range(1, min(len(self._grams), len(history) + 1) + 1):
            context = 0
            for place, token in enumerate(history[len(history) - order + 1 :]):
                key = np.array([context * self._size + token])
                seen = self._contexts[place]
                context = int(_look_up(seen, key, np.arange(len(seen)), -1)[0])
                if context < 0:
                    return chances
            grams, counts = self._grams[order - 1], self._counts[order - 1]
            first, stop = np.searchsorted(grams, [context * self._size, (context + 1) * self._size])
            followers = self._followers[order - 1][context]
            if followers:
                chances = chances * followers
                chances[grams[first:stop] - context * self._size] += counts[first:stop]
                chances /= self._followed[order - 1][context] + followers
        return chances

    def _encode(self, texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """All documents as one row of tokens, and how many tokens of its document each ends."""
        parts, depths = [], []
        for text in texts:
            middle = [self._codes.get(each, _UNKNOWN) for each in text]
            parts.append(np.array([_BEGIN, *middle, _END], dtype=np.int64))
            depths.append(np.arange(1, len(middle) + 3))
        if not parts:
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
        return np.concatenate(parts), np.concatenate(depths)


def _look_up(
    ordered: np.ndarray, keys: np.ndarray, values: np.ndarray, default: int = 0
) -> np.ndarray:
    """The value beside each key in a sorted table; ``default`` where the key is not in it."""
    if not len(ordered):
        return np.full(len(keys), default)
    places = np.minimum(np.searchsorted(ordered, keys), len(ordered) - 1)
    return np.where(ordered[places] == keys, values[places], default)


def _choose(
    chances: np.ndarray, temperature: float, top_k: int, top_p: float, random: np.random.Generator
) -> int:
    """Draws a token as the generator does: temperature first, then top-k, then the nucleus."""
    order = np.argsort(-chances, kind="stable")  # likeliest first
    if temperature == 0:
        return int(order[0])
    weights = (chances[order] / chances[order[0]]) ** (1 / max(temperature, 1e-6))
    weights[top_k or len(weights) :] = 0
    weights /= weights.sum()
    before = np.cumsum(weights) - weights  # probability of all likelier tokens
    weights[before >= top_p] = 0
    return int(random.choice(order, p=weights / weights.sum()))


def _documents(X: Sequence[str] | str) -> list[str]:
    return [X] if isinstance(X, str) else check_texts(X)


def _joined(X: Sequence[str] | str, y: Sequence[str] | str) -> list[str]:
    """Each prompt and its completion as one document."""
    prompts, completions = _documents(X), _documents(y)
    if len(prompts) != len(completions):
        raise InputError(f"X has {len(prompts)} prompts, y {len(completions)} completions")
    return [
        prompt + _SEPARATOR + completion
        for prompt, completion in zip(prompts, completions, strict=True)
    ]
