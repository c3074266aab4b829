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
    """

    def __init__(self, model: keras.Model, causal: bool, window: int):
        self._causal = causal
        self._window = max(2, window)

        def nats(tokens: Any, targets: Any, weights: Any) -> Any:
            logits = ops.cast(model(tokens, training=False), "float32")  # (B, T, V)
            chosen = ops.take_along_axis(logits, targets[..., None], axis=-1)[..., 0]
            return ops.sum((ops.logsumexp(logits, axis=-1) - chosen) * weights, axis=-1)  # (B,)

        self._program = Compiled(nats, model)

    def nats(self, documents: Sequence[np.ndarray], seed: int = 0) -> np.ndarray:
        """Nats of each document, given its start.

        For causal models, exact: windows overlap by half, so that every token but the first ones is
        scored with at least half a window of its past. For bidirectional ones an upper bound
        (Nie et al., 2025): block by block, given what stands before, over random maskings.

        Args:
            documents: Token ids of each document, without special tokens.
            seed: Fixes the random maskings.

        Returns:
            The sum over each document's tokens, shape (documents,).
        """
        totals = np.zeros(len(documents))
        for group in _batched(self._windows(documents, seed), ROWS):
            owners, *parts = zip(*group, strict=True)
            fill = ROWS - len(group)  # rows that only fill up the last batch
            batch = [np.stack(part + part[:1] * fill) for part in parts]
            sums = ops.convert_to_numpy(self._program(*batch))[: len(group)]
            np.add.at(totals, list(owners), sums)
        return totals

    def _windows(self, documents: Sequence[np.ndarray], seed: int) -> Iterator[Window]:
        for owner, document in enumerate(documents):
            tokens = np.concatenate(([START], document)).astype("int32")
            if self._causal:
                yield from self._next_token(owner, tokens)
            else:  # its own random numbers: a document's bound does not depend on the others
                yield from self._masked(owner, tokens, np.random.default_rng(seed))

    def _next_token(self, owner: int, tokens: np.ndarray) -> Iterator[Window]:
        begin, scored = 0, 1  # tokens[:scored] need no more scoring; the start needs none
        while scored < len(tokens):
            end = min(begin + self._window, len(tokens) - 1)  # inputs are tokens[begin:end]
            weights = np.zeros(self._window, "float32")
            weights[scored - 1 - begin : end - begin] = 1
            targets = tokens[begin + 1 : end + 1]
            yield owner, self._padded(tokens[begin:end]), self._padded(targets), weights
            scored = end + 1
            begin += self._window // 2

    def _masked(
        self, owner: int, tokens: np.ndarray, random: np.random.Generator
    ) -> Iterator[Window]:
        stride = max(1, min(BLOCK, self._window // 2))
        for begin in range(1, len(tokens), stride):
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
