"""Generation: learning to continue text, whichever way the backbone reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from modelzoo.data.text import PAD, START, UNKNOWN, Vocabulary, check_texts
from modelzoo.errors import InputError
from modelzoo.layers.tokens import TiedEmbedding
from modelzoo.metrics import Perplexity
from modelzoo.tasks.decoding import Decoder
from modelzoo.tasks.perplexity import Scorer
from modelzoo.tasks.sampling import Sampling, is_whole
from modelzoo.tasks.token_windows import TokenWindows, split_documents
from modelzoo.tasks.unmasking import Unmasker


class Generation:
    """The generation task: a vocabulary, a context length and the objective that fits the backbone.

    Causal backbones learn to predict the next token and write one token after the other.
    Bidirectional ones learn to predict masked tokens at any masking rate and write by filling in
    blocks of masks (masked diffusion: Sahoo et al., 2024; Nie et al., 2025).

    Args:
        vocabulary: The tokens.
        context: T, the tokens of a training window, at least 2.
        causal: The objective; `assemble` sets it by the backbone.
    """

    name = "generation"
    updates = 500  # optimizer steps that training aims at when no epochs are given

    def __init__(self, vocabulary: Vocabulary, context: int, causal: bool = True):
        self.vocabulary = vocabulary
        self.context = context
        self.causal = causal

    @classmethod
    def learn(
        cls,
        X: Sequence[str],
        y: Any = None,
        *,
        tokenizer: str = "auto",
        vocabulary_size: int | None = None,
        context: int = 64,
    ) -> Generation:
        """Learns the vocabulary from the texts.

        Args:
            X: The texts, one a document.
            y: Ignored.
            tokenizer: ``"character"``, ``"bpe"``, ``"word"`` or ``"auto"``.
            vocabulary_size: Most tokens to keep; None for the tokenizer's default.
            context: Tokens of a training window, at least 2.

        Returns:
            The task.

        Raises:
            InputError: If the texts or an option cannot be used.
        """
        if not is_whole(context) or context < 2:
            raise InputError(
                f"context must be a whole number of at least 2 tokens, got {context!r}"
            )
        vocabulary = Vocabulary.learn(X, tokenizer, size=vocabulary_size)
        return cls(vocabulary, int(context))

    def assemble(self, backbone: Any) -> keras.Model:
        """Puts the token embedding before a backbone and, transposed, behind it.

        Args:
            backbone: A layer that follows the backbone contract.

        Returns:
            A model from token ids (B, T) int32 to logits (B, T, V).
        """
        self.causal = bool(backbone.causal)
        tokens = TiedEmbedding(len(self.vocabulary), backbone.width, name="tokens")
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

    def encode(self, X: Sequence[str], name: str = "X") -> list[np.ndarray]:
        """Turns texts into token ids without start or end, one int32 array each."""
        return self.vocabulary.encode(check_texts(X, name))

    def decode(self, ids: np.ndarray) -> str:
        """Turns token ids back into text."""
        return self.vocabulary.decode(ids)

    def split(
        self, documents: Sequence[np.ndarray], fraction: float
    ) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Holds out the end of the text for validation; see `split_documents`."""
        return split_documents(documents, fraction)

    def batches(
        self, documents: Sequence[np.ndarray], *, batch_size: int, seed: int | None = None
    ) -> TokenWindows:
        """Batches of what `encode` returned, each inputs, targets and weights (B, T).

        Args:
            documents: Token ids of each document.
            batch_size: Windows in a batch.
            seed: Random windows, other ones each epoch, to train on; None goes through the text
                in order and masks it the same way each time, to validate.
        """
        return TokenWindows(
            documents,
            context=self.context,
            batch_size=batch_size,
            causal=self.causal,
            seed=seed,
        )

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
        return Decoder(model, tokens, backbone, lambda y: tokens(y, reverse=True))

    def generate(
        self,
        writer: Decoder | Unmasker,
        prompts: Sequence[str],
        max_new_tokens: int,
        sampling: Sampling,
    ) -> list[str]:
        """Continues prompts.

        Args:
            writer: What `writer` returned.
            prompts: The texts to continue; an empty one starts a new document.
            max_new_tokens: How many tokens to add at most, from 0.
            sampling: How to draw them.

        Returns:
            Each prompt with what follows it.

        Raises:
            InputError: If a prompt has no known token at all, or an argument is out of range.
        """
        if not is_whole(max_new_tokens) or max_new_tokens < 0:
            raise InputError(
                f"max_new_tokens must be a whole number from 0, got {max_new_tokens!r}"
            )
        encoded = self.encode(prompts, "prompt")
        for row, ids in enumerate(encoded):
            if len(ids) and (ids == UNKNOWN).all():
                raise InputError(
                    f"no token of prompt {prompts[row]!r:.60} occurs in the training texts"
                )
        if max_new_tokens == 0:
            return list(prompts)
        starts = [np.concatenate(([START], ids)).astype("int32") for ids in encoded]
        added = writer.decode(starts, int(max_new_tokens), sampling)
        return [self._joined(prompt, ids) for prompt, ids in zip(prompts, added, strict=True)]

    def _joined(self, prompt: str, added: np.ndarray) -> str:
        between = " " if self.vocabulary.kind == "word" and prompt and len(added) else ""
        return prompt + between + self.decode(added)

    def scorer(self, model: keras.Model) -> Scorer:
        """What `perplexity` scores with; compiled once, so keep it."""
        return Scorer(model, self.causal, self.context)

    def perplexity(self, scorer: Scorer, texts: Sequence[str]) -> Perplexity:
        """Measures how well texts are predicted, each document alone.

        Args:
            scorer: What `scorer` returned.
            texts: The documents, of any length.

        Returns:
            Nats per token and per character; an upper bound for bidirectional backbones.

        Raises:
            InputError: If there is no character to score.
        """
        texts = check_texts(texts)
        documents = self.encode(texts)
        n_tokens, n_characters = sum(map(len, documents)), sum(map(len, texts))
        nats = float(scorer.nats(documents).sum())
        return Perplexity.from_nats(nats, n_tokens, n_characters, bound=not self.causal)

    def state(self) -> dict[str, Any]:
        """What the task learned, as plain JSON values."""
        return {
            "vocabulary": self.vocabulary.to_json(),
            "context": self.context,
            "causal": self.causal,
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Generation:
        """Builds the task that `state` described."""
        return cls(
            Vocabulary.from_json(state["vocabulary"]), int(state["context"]), bool(state["causal"])
        )
