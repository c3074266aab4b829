"""Text from bidirectional backbones: filling masked positions in an order drawn by chance.

A decoder of masked diffusion language models (Sahoo et al., 2024; Nie et al., 2025): new text is
appended in blocks of mask tokens, and each pass over the window turns some of them into tokens.

Which of them is drawn too, as it was in training: a position at a time, that draws from what the
network has learned (Hoogeboom et al.: Autoregressive diffusion models, ICLR 2022). To take those
first that came out likely would favour what is frequent everywhere: a network that is not sure of
much then writes spaces. Only at temperature 0, where nothing is drawn, the surest are first.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from modelzoo.data.text import END, MASK, PAD
from modelzoo.layers.compiled import Compiled
from modelzoo.layers.int8 import dequantized_once
from modelzoo.tasks.sampling import Sampling, choose, discourage, uniforms, without_special

BLOCK = 16  # mask tokens appended at a time
CHUNK = 16  # passes over the window in a call of the compiled loop


class Unmasker:
    """Fills mask tokens, wherever they stand, and continues prompts by appending some.

    Args:
        model: Token ids (B, T) to logits (B, T, V), each position seeing all others.
        window: T, the number of tokens the model was trained to see at once.
    """

    def __init__(self, model: keras.Model, window: int):
        self._model = model
        self._window = window
        self._program = Compiled(self._loop, model)

    @property
    def traces(self) -> int:
        """How often the loop was compiled so far."""
        return self._program.traces

    def stream(
        self,
        prompts: Sequence[np.ndarray],
        max_new_tokens: int,
        sampling: Sampling,
        piece: int | None = None,
    ) -> Iterator[list[np.ndarray]]:
        """Continues each prompt until its end token or the number of tokens asked for.

        Each block sees as much of the text before it as the window holds.

        Args:
            prompts: One array of token ids a row.
            max_new_tokens: How many tokens to add at most.
            sampling: How to draw them.
            piece: Has no effect: answers come block by block.

        Yields:
            The tokens added to each row since the last answer, without the end token.
        """
        block = block_size(self._window)
        texts = [np.asarray(prompt, "int32") for prompt in prompts]
        left = np.full(len(prompts), max_new_tokens)
        generators = sampling.row_generators(len(prompts))
        while left.any():
            seen = [text[-(self._window - block) :] for text in texts]
            asked = [np.append(text, np.full(block, MASK, "int32")) for text in seen]
            filled = self._fill(asked, block, sampling, generators, ends=True)
            added = []
            for row, text in enumerate(filled):
                new = text[-block:]
                ends = np.flatnonzero(new == END)
                added.append((new[: ends[0]] if ends.size else new)[: left[row]])
                texts[row] = np.append(texts[row], new)
                left[row] = 0 if ends.size else left[row] - len(added[-1])
            yield added

    def fill(
        self, texts: Sequence[np.ndarray], sampling: Sampling, steps: int | None = None
    ) -> list[np.ndarray]:
        """Fills the mask tokens of each text, never with an end, and leaves all else as it is.

        Args:
            texts: One array of token ids a row, at most the window long.
            sampling: How to draw tokens.
            steps: Passes over the text; fewer are faster and worse. Default: one a mask.

        Returns:
            The texts without mask tokens.
        """
        masks = max(int((text == MASK).sum()) for text in texts)
        generators = sampling.row_generators(len(texts))
        return self._fill(texts, min(steps or masks, masks), sampling, generators, ends=False)

    def _fill(
        self,
        texts: Sequence[np.ndarray],
        steps: int,
        sampling: Sampling,
        generators: Sequence[np.random.Generator],
        ends: bool,
    ) -> list[np.ndarray]:
        rows = 1 << (len(texts) - 1).bit_length()
        tokens: Any = np.full((rows, self._window), PAD, "int32")
        tokens[len(texts) :, 0] = END  # rows that only fill up the batch still need a real token
        for row, text in enumerate(texts):
            tokens[row, : len(text)] = text
        for done in range(0, steps, CHUNK):
            draws = np.zeros((rows, CHUNK, 2, self._window), "float32")
            draws[: len(texts)] = uniforms(generators, CHUNK, 2, self._window)
            tokens = self._program(
                tokens,
                draws,
                np.int32(steps - done),
                np.bool_(ends),
                np.float32(sampling.repetition_penalty),
                sampling.tensors(),
            )
        filled = ops.convert_to_numpy(tokens)
        return [filled[row, : len(text)] for row, text in enumerate(texts)]

    def _loop(
        self, tokens: Any, uniform: Any, steps: Any, ends: Any, penalty: Any, settings: tuple
    ) -> Any:
        """Up to CHUNK of the `steps` passes left: tokens (B, T), uniform (B, CHUNK, 2, T)."""
        temperature, *_ = settings
        ids = np.arange(self._model.output_shape[-1], dtype="int32")

        def unfinished(index: Any, tokens: Any) -> Any:
            return ops.logical_and(index < CHUNK, index < steps)

        def reveal(index: Any, tokens: Any) -> tuple:
            logits = self._model(tokens, training=False)  # (B, T, V)
            seen = ops.any(ops.equal(tokens[:, :, None], ids), axis=1, keepdims=True)  # (B, 1, V)
            logits = without_special(discourage(logits, seen, penalty), ends)
            chance = ops.take(uniform, index, axis=1)  # (B, 2, T)
            drawn = choose(logits, chance[:, 0], *settings)  # (B, T)
            likely = ops.softmax(logits, axis=-1)
            sureness = ops.take_along_axis(likely, drawn[..., None], axis=-1)[..., 0]
            first = ops.where(temperature > 0, chance[:, 1], sureness)  # (B, T)
            masked = ops.equal(tokens, MASK)
            left = ops.sum(ops.cast(masked, "int32"), axis=1, keepdims=True)  # (B, 1)
            passes = steps - index
            quota = (left + passes - 1) // passes  # of each row in this pass
            order = ops.argsort(ops.where(masked, -first, 2.0), axis=1)
            rank = ops.argsort(order, axis=1)  # (B, T) 0 for the masked position that is first
            return index + 1, ops.where(ops.logical_and(masked, rank < quota), drawn, tokens)

        start = (ops.zeros((), "int32"), tokens)
        with dequantized_once(self._model, math.prod(tokens.shape)):
            return ops.while_loop(unfinished, reveal, start)[1]


def block_size(window: int) -> int:
    """How many tokens a model of a window writes at a time."""
    return max(1, min(BLOCK, window // 2))
