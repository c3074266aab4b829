"""An n-gram language model of characters or token ids: what a network that writes has to beat."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from functools import partial
from itertools import chain
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from modelzoo.baselines.ngrams import BEGIN, END, FIRST_TOKEN, UNKNOWN, NGrams, draw, side_by_side
from modelzoo.data.sampling_settings import check_sampling, check_streamed
from modelzoo.data.texts_and_ids import check_scored, read_prompts, read_rows
from modelzoo.data.token_ids import kind_of
from modelzoo.data.transcripts import IdTranscript, TextTranscript, Transcript, check_stops
from modelzoo.errors import InputError, check_whole
from modelzoo.metrics import Perplexity


class NGramLanguageModel(BaseEstimator):
    """Interpolated n-grams of characters, or of token ids, with Witten-Bell smoothing.

    ``p(w | h) = (c(hw) + t(h) p(w | h')) / (c(h) + t(h))`` with ``c`` counts, ``t(h)`` the number
    of distinct tokens seen after ``h``, and ``h'`` the context without its oldest token, down to a
    uniform distribution (Witten & Bell 1991, "The zero-frequency problem", IEEE Transactions on
    Information Theory 37). Documents begin and end: no context reaches across. The tokens of a text
    are its characters.

    Args:
        n: Longest n-gram, at least 1: the model sees ``n - 1`` tokens back.
        kind: What X holds: ``"text"``, ``"tokens"`` (sequences of ids, any whole numbers), or
            ``"auto"``: strings are text, sequences of whole numbers are tokens.

    Attributes:
        kind_: ``"text"`` or ``"tokens"``.
        tokens_: The characters or ids of the training documents, in rising order.
        n_ngrams_: How many different n-grams were seen, of all lengths.

    >>> model = NGramLanguageModel(n=3).fit(["abcabcabcabc"])
    >>> model.generate("ab", max_new_tokens=4, temperature=0)
    'abcabc'
    >>> model.fit([[60, 62, 60, 62, 60]]).generate([60], max_new_tokens=2, temperature=0)
    [60, 62, 60]
    """

    def __init__(self, n: int = 5, kind: str = "auto") -> None:
        self.n = n
        self.kind = kind

    def fit(self, X: Any, y: Any = None) -> NGramLanguageModel:
        """Counts the n-grams of documents, or of prompts with their completions.

        Args:
            X: The documents, a single string being one document; or the prompts. With token ids
                sequences of them.
            y: The completion of each prompt; None for documents.

        Raises:
            InputError: The documents or a parameter cannot be used as given.
        """
        if self.n < 1:
            raise InputError(f"n must be at least 1, got {self.n}")
        self.kind_ = kind_of([X] if isinstance(X, str) else X, self.kind)
        documents = read_rows(X, self.kind_, "X")
        completions = None if y is None else read_rows(y, self.kind_, "y")
        self.tokens_ = sorted(set().union(*documents, *(completions or [])))
        if not self.tokens_:
            what = "texts" if self.kind_ == "text" else "sequences"
            raise InputError(f"the {what} are empty: there is nothing to learn from")
        self._pairs = y is not None
        self._codes = _Codes(self.tokens_, FIRST_TOKEN + self._pairs)
        rows = self._encode(documents, completions)
        self._ngrams = NGrams(rows, len(self._codes), self.n)
        self.n_ngrams_ = self._ngrams.total
        return self

    def perplexity(self, X: Any, y: Any = None) -> Perplexity:
        """How surprised the model is by documents, each one alone, given its beginning.

        A token that training never saw counts as one "unknown" token. That a document ends is not
        scored.

        Args:
            X: The documents, a single string being one document; or the prompts.
            y: The completions, for a model that was fitted on pairs: they alone are scored.

        Returns:
            Nats per token, nats and bits per character (with token ids a character is a token).

        Raises:
            InputError: There is nothing to score, or the model was fitted on the other of documents
                and pairs.
        """
        check_is_fitted(self, "tokens_")
        check_scored(self._pairs, y)
        documents = read_rows(X, self.kind_, "X")
        rows = self._encode(documents, None if y is None else read_rows(y, self.kind_, "y"))
        tokens, depth = side_by_side(rows)
        predicted = (tokens != BEGIN) & (tokens != END)
        if y is not None:
            before = [len(prompt) + 2 for prompt in documents]  # begin, prompt, separator
            predicted &= depth > np.repeat(before, [len(row) for row in rows])
        likelihood = self._ngrams.likelihoods(tokens, depth)
        nats = -float(np.log(likelihood[predicted]).sum())
        return Perplexity.from_nats(nats, int(predicted.sum()), int(predicted.sum()))

    def score(self, X: Any, y: Any = None) -> float:
        """Minus the nats per character of documents, or of completions: higher is better."""
        return -self.perplexity(X, y).nats_per_character

    def generate(
        self,
        prompt: Any = "",
        max_new_tokens: int = 200,
        temperature: float = 1.0,
        top_k: int = 0,
        top_p: float = 1.0,
        seed: int | None = None,
        *,
        repetition_penalty: float = 1.0,
        stop: Any = None,
        n: int = 1,
        beams: int = 1,
        stream: bool = False,
    ) -> Any:
        """Continues a prompt, or each of a list of prompts, until its document ends.

        Args:
            prompt: The text to continue, or a list of them; ``""`` starts a new document. With
                token ids a sequence of them, empty to start anew, or a list of sequences.
            max_new_tokens: How many tokens to add at most, from 0.
            temperature: Above 1 more surprising, below 1 safer; 0 always takes the likeliest token.
            top_k: Draw among so many of the likeliest tokens only; 0 for no limit.
            top_p: Draw among the fewest tokens that have this probability together, in (0, 1].
            seed: Whole number from 0 that makes the text repeatable; None for a new one each time.
            repetition_penalty: Above 1 makes tokens that stand in the text so far, prompt included,
                less likely: their probability is raised to this power, as a network's negative
                logits are multiplied by it (Keskar et al., 2019).
            stop: A string, or a list of them, before the first of which the new text ends; it is
                left out. With token ids an id or a list of ids.
            n: How many texts to draw for each prompt, from 1.
            beams: 1; n-grams have no beam search.
            stream: Return an iterator that gives the text piece by piece, as it is written, for one
                prompt. With token ids it gives ids.

        Returns:
            The prompt with its continuation or, after fitting on pairs, the completion alone: a
            string for a string, a list for a list. For n above 1 a list of n of them in place of
            each. With token ids lists of them.

        Raises:
            InputError: An argument is out of its range, arguments do not go together, or a prompt
                is no text or sequence of ids.
        """
        check_is_fitted(self, "tokens_")
        prompts, single = read_prompts(prompt, self.kind_, "prompt")
        check_whole("max_new_tokens", max_new_tokens, least=0)
        check_sampling(temperature, top_k, top_p, seed, repetition_penalty)
        stops = check_stops(stop, int if self.kind_ == "tokens" else str)
        check_whole("n", n)
        check_whole("beams", beams)
        if stream:
            check_streamed(single, n, beams)
        if beams > 1:
            raise InputError(f"n-grams draw and have no beam search: leave beams at 1, got {beams}")
        choose = partial(draw, temperature=temperature, top_k=top_k, top_p=top_p)
        repeated = [each for each in prompts for _ in range(n)]
        seeds = np.random.SeedSequence(seed).spawn(len(repeated))  # a text depends on no other
        written = [
            self._pieces(each, max_new_tokens, choose, repetition_penalty, stops, seed)
            for each, seed in zip(repeated, seeds, strict=True)
        ]
        if stream:
            return chain.from_iterable(
                [piece] if isinstance(piece, str) else piece for piece in written[0] if piece
            )
        texts: list[Any] = [
            "".join(pieces) if self.kind_ == "text" else [*chain.from_iterable(pieces)]
            for pieces in written
        ]
        if n > 1:
            texts = [texts[row : row + n] for row in range(0, len(texts), n)]
        return texts[0] if single else texts

    def _pieces(
        self,
        prompt: Any,
        most: int,
        choose: Callable[..., int],
        penalty: float,
        stops: Sequence[Any],
        seed: np.random.SeedSequence,
    ) -> Iterator[Any]:
        """What is returned for a prompt, piece by piece: strings or lists of ids."""
        if not self._pairs:
            yield prompt
        transcript: Transcript
        if self.kind_ == "text":
            transcript = TextTranscript(self._codes, stops)
        else:
            transcript = IdTranscript(self._codes.decode, stops)
        for token in self._drawn(prompt, most, choose, penalty, np.random.default_rng(seed)):
            yield transcript.add([token])
            if transcript.finished:
                return
        yield transcript.end()

    def _drawn(
        self,
        prompt: Any,
        most: int,
        choose: Callable[..., int],
        penalty: float,
        random: np.random.Generator,
    ) -> Iterator[int]:
        """The tokens after a prompt, up to the end of its document."""
        history = self._encode([prompt], [[]] if self._pairs else None)[0][:-1]  # without its end
        seen = set(history)
        never = slice(UNKNOWN, self._codes.first)  # nothing a document could contain
        for _ in range(most):
            chances = self._ngrams.chances(history)
            chances[never] = 0
            chances[list(seen)] **= penalty
            token = choose(chances, random=random)
            if token == END:
                return
            history.append(token)
            seen.add(token)
            yield token

    def _encode(
        self, documents: Sequence[Sequence[Any]], completions: Sequence[Sequence[Any]] | None
    ) -> list[list[int]]:
        """Each document, or prompt and completion with a separator between them, in numbers."""
        if completions is None:
            return [[BEGIN, *self._codes.encode(each), END] for each in documents]
        if len(documents) != len(completions):
            raise InputError(f"X has {len(documents)} prompts, y {len(completions)} completions")
        separator = self._codes.first - 1
        return [
            [BEGIN, *self._codes.encode(prompt), separator, *self._codes.encode(completion), END]
            for prompt, completion in zip(documents, completions, strict=True)
        ]


class _Codes:
    """Numbers for tokens of any hashable type, and back; as `PieceDecoder` of characters as well.

    Args:
        tokens: The tokens.
        first: The number of the first of them; the others follow.
    """

    def __init__(self, tokens: Sequence[Hashable], first: int) -> None:
        self.first = first
        self._tokens = tokens
        self._numbers = {each: i for i, each in enumerate(tokens, first)}

    def __len__(self) -> int:
        return self.first + len(self._tokens)

    def encode(self, row: Iterable[Hashable]) -> list[int]:
        return [self._numbers.get(each, UNKNOWN) for each in row]

    def decode(self, numbers: Iterable[int]) -> list[Any]:
        return [self._tokens[each - self.first] for each in numbers]

    def add(self, numbers: Iterable[int]) -> str:
        return "".join(self.decode(numbers))

    def end(self) -> str:
        return ""
