"""Generation: learning to continue text, whichever way the backbone reads."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from modelzoo.data.text import PAD, START, UNKNOWN, Vocabulary, check_texts
from modelzoo.data.token_ids import TokenIds, kind_of, read_ids
from modelzoo.data.transcripts import IdTranscript, TextTranscript, Transcript, check_stops
from modelzoo.errors import InputError, check_whole
from modelzoo.layers.int8 import tied_embedding
from modelzoo.metrics import Perplexity
from modelzoo.tasks.beam_search import BeamSearch
from modelzoo.tasks.decoding import Decoder
from modelzoo.tasks.pairs import (
    FEWEST_TOKENS,
    Pair,
    PairBatches,
    after_prompt,
    before_completion,
    needed_context,
)
from modelzoo.tasks.perplexity import Scorer
from modelzoo.tasks.sampling import Sampling
from modelzoo.tasks.token_windows import TokenWindows, split_documents
from modelzoo.tasks.unmasking import Unmasker, block_size

CONTEXT = 64  # tokens of a training window over texts, where none is given
LONGEST_CONTEXT = 4096  # tokens that are taken however little there is to learn from
PIECE = 4  # steps between two pieces of a stream

Writer = Decoder | Unmasker | BeamSearch


class Generation:
    """The generation task: a vocabulary, a context length and the objective that fits the backbone.

    Causal backbones learn to predict the next token and write one token after the other.
    Bidirectional ones learn to predict masked tokens at any masking rate and write by filling in
    blocks of masks (masked diffusion: Sahoo et al., 2024; Nie et al., 2025).

    Sequences are texts or, with a vocabulary of them, token ids. Learned on pairs, the task
    completes prompts instead of continuing texts.

    Args:
        vocabulary: The tokens.
        context: T, the tokens of a training window, at least 2.
        causal: The objective; `assemble` sets it by the backbone.
        pairs: Whether prompts with completions are learned, rather than texts.
    """

    name = "generation"
    updates = 500  # optimizer steps that training aims at when no epochs are given

    def __init__(
        self,
        vocabulary: Vocabulary | TokenIds,
        context: int,
        causal: bool = True,
        pairs: bool = False,
    ):
        self.vocabulary = vocabulary
        self.context = context
        self.causal = causal
        self.pairs = pairs

    @property
    def kind(self) -> str:
        """What the sequences hold: ``"text"`` or ``"tokens"``."""
        return "tokens" if isinstance(self.vocabulary, TokenIds) else "text"

    @classmethod
    def learn(
        cls,
        X: Sequence[Any],
        y: Sequence[Any] | None = None,
        *,
        kind: str = "auto",
        tokenizer: str = "auto",
        vocabulary_size: int | None = None,
        context: int | None = None,
    ) -> Generation:
        """Learns the vocabulary from the texts.

        Args:
            X: The texts, one a document, or the prompts; with ``kind="tokens"`` sequences of ids.
            y: The completion of each prompt.
            kind: ``"text"``, ``"tokens"`` or ``"auto"``.
            tokenizer: ``"character"``, ``"bpe"``, ``"word"`` or ``"auto"``.
            vocabulary_size: Most tokens to keep; None for the tokenizer's default.
            context: Tokens of a training window, at least 2, and 4 for pairs; None for 64 or, of
                pairs, what the longest needs up to 256.

        Returns:
            The task.

        Raises:
            InputError: If the texts or an option cannot be used.
            UnknownNameError: ``kind`` or ``tokenizer`` is not known.
        """
        least = 2 if y is None else FEWEST_TOKENS
        if context is not None:
            check_whole("context", context, least)
        vocabulary: Vocabulary | TokenIds
        if kind_of(X, kind) == "tokens":
            rows = [*read_ids(X), *(read_ids(y, "y") if y is not None else ())]
            _check_use(context, rows)
            vocabulary = TokenIds.learn(rows, size=vocabulary_size)
        else:
            texts = [*check_texts(X), *(check_texts(y, "y") if y is not None else ())]
            _check_use(context, texts)
            vocabulary = Vocabulary.learn(texts, tokenizer, size=vocabulary_size)
        task = cls(vocabulary, int(context or CONTEXT), pairs=y is not None)
        if context is None and y is not None:
            task.context = needed_context(task.encode_pairs(X, y))
        return task

    def assemble(self, backbone: Any) -> keras.Model:
        """Puts the token embedding before a backbone and, transposed, behind it.

        Args:
            backbone: A layer that follows the backbone contract.

        Returns:
            A model from token ids (B, T) int32 to logits (B, T, V).
        """
        self.causal = bool(backbone.causal)
        tokens = tied_embedding(len(self.vocabulary), backbone.width, name="tokens")
        ids = keras.Input((None,), dtype="int32", name="ids")
        # A causal backbone never sees the padding behind; without a mask it is faster.
        mask = None if self.causal else ops.not_equal(ids, PAD)  # (B, T)
        y = backbone(tokens(ids), mask=mask)  # (B, T, D)
        return keras.Model(ids, tokens(y, reverse=True), name=self.name)

    def loss(self) -> keras.losses.Loss:
        """Cross-entropy from logits: nats per next token, or per masked one."""
        return keras.losses.SparseCategoricalCrossentropy(
            from_logits=True, reduction="mean_with_sample_weight"
        )

    def metrics(self) -> list[keras.metrics.Metric]:
        """None: the loss says it all."""
        return []

    def encode(self, X: Sequence[Any], name: str = "X") -> list[np.ndarray]:
        """Turns texts, or a user's ids, into token ids without start or end, int32 arrays."""
        return self.vocabulary.encode(self._rows(X, name))

    def encode_pairs(
        self, X: Sequence[Any], y: Sequence[Any], names: tuple[str, str] = ("X", "y")
    ) -> list[Pair]:
        """Turns prompts and their completions into token ids.

        Raises:
            InputError: If there are not as many of both, or one cannot be used.
        """
        prompts, completions = self.encode(X, names[0]), self.encode(y, names[1])
        if len(prompts) != len(completions):
            raise InputError(
                f"{names[0]} has {len(prompts)} prompts, {names[1]} {len(completions)} "
                "completions: give one for each"
            )
        return [Pair(*both) for both in zip(prompts, completions, strict=True)]

    def decode(self, ids: np.ndarray) -> Any:
        """Turns token ids back into text, or into the user's ids."""
        return self.vocabulary.decode(ids)

    def split(
        self, documents: Sequence[np.ndarray], fraction: float
    ) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Holds out the end of the text for validation; see `split_documents`."""
        return split_documents(documents, fraction)

    def batches(
        self,
        documents: Sequence[Any],
        *,
        batch_size: int,
        seed: int | None = None,
        sample_weight: np.ndarray | None = None,
    ) -> TokenWindows | PairBatches:
        """Batches of what was encoded, each inputs, targets and weights (B, T).

        Args:
            documents: What `encode` returned or, where pairs are learned, `encode_pairs`.
            batch_size: Rows in a batch.
            seed: Random windows or another order, and other masks, each epoch, to train on; None
                goes through the data in order and masks them the same way each time, to validate.
            sample_weight: What each pair counts; None for all alike.
        """
        options: dict[str, Any] = {
            "context": self.context,
            "batch_size": batch_size,
            "causal": self.causal,
            "seed": seed,
        }
        if self.pairs:
            return PairBatches(documents, sample_weight=sample_weight, **options)
        return TokenWindows(documents, **options)

    def writer(self, model: keras.Model) -> Decoder | Unmasker:
        """What continues prompts with an assembled model; compiled once, so keep it.

        Args:
            model: What `assemble` returned.

        Returns:
            The token-by-token decoder of causal backbones or the unmasking one of others.
        """
        if not self.causal:
            return Unmasker(model, self.context)
        tokens = model.get_layer("tokens")
        backbone = next(layer for layer in model.layers if hasattr(layer, "causal"))
        return Decoder(model, tokens, backbone)

    def beam_search(self, model: keras.Model, beams: int) -> BeamSearch:
        """What searches for the likeliest continuation; compiled once, so keep it.

        Raises:
            InputError: If the backbone is not causal.
        """
        writer = self.writer(model)
        if not isinstance(writer, Decoder):
            raise InputError(
                "beam search needs a causal architecture: this one fills in masks rather than "
                "writing token after token; leave beams at 1"
            )
        return BeamSearch(writer, beams)

    def generate(
        self,
        writer: Writer,
        prompts: Sequence[Any],
        max_new_tokens: int,
        sampling: Sampling,
        stop: Any = None,
    ) -> list[Any]:
        """Continues prompts.

        Args:
            writer: What `writer` or `beam_search` returned.
            prompts: The texts or ids to continue; an empty one starts a new document.
            max_new_tokens: How many tokens to add at most, from 0.
            sampling: How to draw them.
            stop: A string or list of strings, or of ids, before the first of which the text ends.

        Returns:
            Each prompt with what follows it; where pairs were learned, what follows only.

        Raises:
            InputError: If a prompt has no known token at all, or an argument is out of range.
        """
        transcripts, pieces = self._start(writer, prompts, max_new_tokens, sampling, stop, None)
        written = [self._beginning(prompt) for prompt in self._rows(prompts, "prompt")]
        for added in pieces:
            for row, tokens in enumerate(added):
                written[row] = written[row] + transcripts[row].add(tokens)
            if all(transcript.finished for transcript in transcripts):
                break
        return [
            text + transcript.end() for text, transcript in zip(written, transcripts, strict=True)
        ]

    def stream(
        self, writer: Writer, prompt: Any, max_new_tokens: int, sampling: Sampling, stop: Any = None
    ) -> Iterator[Any]:
        """Continues one prompt; what `generate` returns comes piece by piece.

        Returns:
            An iterator of strings that are not empty, or of single ids.
        """
        (transcript,), pieces = self._start(writer, [prompt], max_new_tokens, sampling, stop, PIECE)

        def parts() -> Iterator[Any]:
            yield self._beginning(*self._rows([prompt], "prompt"))
            for added in pieces:
                yield transcript.add(added[0])
                if transcript.finished:
                    return
            yield transcript.end()

        def nonempty() -> Iterator[Any]:
            for part in filter(len, parts()):
                yield from [part] if isinstance(part, str) else part

        return nonempty()

    def _start(
        self,
        writer: Writer,
        prompts: Sequence[Any],
        max_new_tokens: int,
        sampling: Sampling,
        stop: Any,
        piece: int | None,
    ) -> tuple[list[Transcript], Iterator[list[np.ndarray]]]:
        check_whole("max_new_tokens", max_new_tokens, least=0)
        stops = check_stops(stop, int if self.kind == "tokens" else str)
        encoded = self.encode(prompts, "prompt")
        for row, ids in enumerate(encoded):
            if len(ids) and (ids == UNKNOWN).all():
                raise InputError(
                    f"no token of prompt {prompts[row]!r:.60} occurs in the training texts"
                )
        transcripts = [self._transcript(stops, len(ids) > 0) for ids in encoded]
        if max_new_tokens == 0:
            return transcripts, iter(())
        begin = before_completion if self.pairs else _after_start
        starts = [begin(ids) for ids in encoded]
        return transcripts, writer.stream(starts, int(max_new_tokens), sampling, piece)

    def _transcript(self, stops: list[Any], after_text: bool) -> Transcript:
        if isinstance(self.vocabulary, TokenIds):
            return IdTranscript(self.vocabulary.decode, stops)
        return TextTranscript(self.vocabulary.decoder(after_text and not self.pairs), stops)

    def _beginning(self, prompt: Any) -> Any:
        return type(prompt)() if self.pairs else prompt

    def scorer(self, model: keras.Model) -> Scorer:
        """What `perplexity` scores with; compiled once, so keep it."""
        if self.pairs:
            return Scorer(model, self.causal, self.context, block_size(self.context))
        return Scorer(model, self.causal, self.context)

    def perplexity(
        self, scorer: Scorer, X: Sequence[Any], y: Sequence[Any] | None = None
    ) -> Perplexity:
        """Measures how well texts, or completions of prompts, are predicted, each one alone.

        Args:
            scorer: What `scorer` returned.
            X: The documents, of any length, or the prompts.
            y: The completions; they alone are measured.

        Returns:
            Nats per token and per character (of ids: per token in both cases); an upper bound for
            bidirectional backbones, which for completions counts their end too.

        Raises:
            InputError: If there is no character to score.
        """
        scored = self._rows(*((X, "X") if y is None else (y, "y")))
        n_characters = sum(map(len, scored))
        if y is None:
            documents = self.encode(X)
            _warn_of_unknown(documents)
            n_tokens, nats = sum(map(len, documents)), scorer.nats(documents)
        else:
            pairs = self.encode_pairs(X, y)
            n_tokens = sum(len(pair.completion) for pair in pairs)
            completions = [pair.completion for pair in pairs]
            if not self.causal:
                completions = [after_prompt(each, self.context) for each in completions]
            nats = scorer.nats(completions, [before_completion(pair.prompt) for pair in pairs])
        return Perplexity.from_nats(
            float(nats.sum()), n_tokens, n_characters, bound=not self.causal
        )

    def _rows(self, X: Any, name: str) -> list[Any]:
        return read_ids(X, name) if self.kind == "tokens" else check_texts(X, name)

    def state(self) -> dict[str, Any]:
        """What the task learned, as plain JSON values."""
        return {
            "vocabulary": self.vocabulary.to_json(),
            "context": self.context,
            "causal": self.causal,
            "pairs": self.pairs,
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Generation:
        """Builds the task that `state` described."""
        of_ids = state["vocabulary"].get("kind") == TokenIds.kind
        vocabulary = (TokenIds if of_ids else Vocabulary).from_json(state["vocabulary"])
        return cls(vocabulary, int(state["context"]), bool(state["causal"]), bool(state["pairs"]))


def _check_use(context: int | None, rows: Sequence[Any]) -> None:
    """Refuses a context of which the data could fill no tenth, rather than make room for it."""
    known = sum(map(len, rows))  # characters, or tokens
    if context is not None and context > max(10 * known, LONGEST_CONTEXT):
        raise InputError(
            f"context={context} is more than ten times the {known} characters or tokens of all "
            "that there is to learn from: choose a shorter one"
        )


def _warn_of_unknown(documents: Sequence[np.ndarray]) -> None:
    unknown = sum(bool(len(ids) and (ids == UNKNOWN).all()) for ids in documents)
    if unknown:
        warnings.warn(
            f"{unknown} of {len(documents)} texts have no token that occurs in the training texts: "
            "their perplexity is that of the unknown token",
            stacklevel=4,
        )


def _after_start(ids: np.ndarray) -> np.ndarray:
    return np.concatenate(([START], ids)).astype("int32")
