"""How well a model predicts texts: each document alone, each token once, nothing leaked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import keras
import numpy as np
from keras import ops

from modelzoo.data.text import MASK, PAD, START
from modelzoo.layers.compiled import Compiled

ROWS = 16  # windows scored at once
BLOCK = 8  # tokens bidirectional backbones predict together, given all before: as when they write
DRAWS = 2  # random maskings of each block

Window = tuple[int, np.ndarray, np.ndarray, np.ndarray]  # document, inputs, targets, weights


class Scorer:
    """Sums the nats a model needs for documents of any length.

    Args:
        model: Token ids (B, T) to logits (B, T, V).
        causal: Whether the model predicts the next token; otherwise masked ones.
        window: T, the number of tokens the model was trained to see at once.
        block: Tokens that a bidirectional model predicts together, at most half a window.
    """

    def __init__(self, model: keras.Model, causal: bool, window: int, block: int = BLOCK):
        self._causal = causal
        self._window = max(2, window)
        self._block = max(1, min(block, self._window // 2))

        def nats(tokens: Any, targets: Any, weights: Any) -> Any:
            logits = ops.cast(model(tokens, training=False), "float32")  # (B, T, V)
            chosen = ops.take_along_axis(logits, targets[..., None], axis=-1)[..., 0]
            return ops.sum((ops.logsumexp(logits, axis=-1) - chosen) * weights, axis=-1)  # (B,)

        self._program = Compiled(nats, model)

    def nats(
        self,
        documents: Sequence[np.ndarray],
        given: Sequence[np.ndarray] | None = None,
        seed: int = 0,
    ) -> np.ndarray:
        """Nats of each document, given its start or what else stands before it.

        For causal models, exact: windows overlap by half, so that every token but the first ones is
        scored with at least half a window of its past. For bidirectional ones an upper bound
        (Nie et al., 2025): block by block, given what stands before, over random maskings.

        Args:
            documents: Token ids of each document, without special tokens.
            given: Token ids that stand before each document and are not scored, at least one;
                None for the start token.
            seed: Fixes the random maskings.

        Returns:
            The sum over each document's tokens, shape (documents,).
        """
        totals = np.zeros(len(documents))
        before = [np.array([START])] * len(documents) if given is None else given
        for group in _batched(self._windows(documents, before, seed), ROWS):
            owners, *parts = zip(*group, strict=True)
            fill = ROWS - len(group)  # rows that only fill up the last batch
            batch = [np.stack(part + part[:1] * fill) for part in parts]
            sums = ops.convert_to_numpy(self._program(*batch))[: len(group)]
            np.add.at(totals, list(owners), sums)
        return totals

    def _windows(
        self, documents: Sequence[np.ndarray], before: Sequence[np.ndarray], seed: int
    ) -> Iterator[Window]:
        for owner, (given, document) in enumerate(zip(before, documents, strict=True)):
            tokens = np.concatenate((given, document)).astype("int32")
            if self._causal:
                yield from self._next_token(owner, tokens, len(given))
            else:  # its own random numbers: a document's bound does not depend on the others
                yield from self._masked(owner, tokens, len(given), np.random.default_rng(seed))

    def _next_token(self, owner: int, tokens: np.ndarray, scored: int) -> Iterator[Window]:
        """Windows over tokens, of which the first `scored` need no scoring."""
        latest = min(scored - 1 - self._window // 2, len(tokens) - 1 - self._window)
        begin = max(0, latest)
        while scored < len(tokens):
            end = min(begin + self._window, len(tokens) - 1)  # inputs are tokens[begin:end]
            weights = np.zeros(self._window, "float32")
            weights[scored - 1 - begin : end - begin] = 1
            targets = tokens[begin + 1 : end + 1]
            yield owner, self._padded(tokens[begin:end]), self._padded(targets), weights
            scored = end + 1
            begin += self._window // 2

    def _masked(
        self, owner: int, tokens: np.ndarray, scored: int, random: np.random.Generator
    ) -> Iterator[Window]:
        stride = self._block
        for begin in range(scored, len(tokens), stride):
            block = np.arange(begin, min(begin + stride, len(tokens)))
            first = max(0, block[-1] + 1 - self._window)
            window = self._padded(tokens[first : block[-1] + 1])
            # Masking exactly n tokens, n uniform in 1 ... L, gives the same bound as a random rate
            # with less noise; spreading n over the draws gives less still.
            spread = (random.random() + np.arange(DRAWS)) / DRAWS
            for count in 1 + (spread * len(block)).astype(int):
                masked = random.permutation(block)[:count] - first
                inputs, weights = window.copy(), np.zeros(self._window, "float32")
                inputs[masked] = MASK
                weights[masked] = len(block) / count / DRAWS
                yield owner, inputs, window, weights

    def _padded(self, tokens: np.ndarray) -> np.ndarray:
        padded = np.full(self._window, PAD, "int32")
        padded[: len(tokens)] = tokens
        return padded


def _batched(windows: Iterator[Window], size: int) -> Iterator[list[Window]]:
    """Groups of `size` windows, the last one with what is left."""
    while group := list(islice(windows, size)):
        yield group
