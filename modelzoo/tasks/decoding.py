"""The one compiled generation loop, for every causal architecture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from modelzoo.data.text import END, PAD
from modelzoo.errors import InputError
from modelzoo.layers.compiled import Compiled
from modelzoo.tasks.sampling import Sampling, choose, uniforms

CHUNK = 64  # steps a call of the compiled loop; between two calls Python may stop it
SHORTEST_BUCKET = 512  # steps a state is made for at least: shorter requests share one program

StepFunction = Callable[[Any, Any, Any], tuple[Any, Any]]


class Decoder:
    """Continues sequences of tokens, one token after the other.

    The loop runs over positions, all rows of the batch side by side: a row that still has prompt
    left takes its next prompt token, any other the one drawn. So prompts of all lengths go through
    one program; it is compiled again only for another number of rows (rounded up to a power of two)
    or, where the backbone's state depends on the length, for another power of two of it.

    Args:
        model: Token ids (B, T) to logits (B, T, V).
        embed: Token ids (B,) to (B, D).
        backbone: The causal backbone inside `model`.
        read_out: (B, D) to logits (B, V).
    """

    def __init__(
        self,
        model: keras.Model,
        embed: Callable[[Any], Any],
        backbone: Any,
        read_out: Callable[[Any], Any],
    ):
        self._model = model
        self._backbone = backbone
        self._step: StepFunction
        if backbone.streaming:

            def step(token: Any, state: Any, position: Any) -> tuple[Any, Any]:
                y, state = backbone.step(embed(token), state, position)  # (B, D)
                return read_out(y), state

            self._step = step
        else:
            self._step = self._recompute
        self._program = Compiled(self._loop, model)

    @property
    def traces(self) -> int:
        """How often the loop was compiled so far."""
        return self._program.traces

    def decode(
        self, prompts: Sequence[np.ndarray], max_new_tokens: int, sampling: Sampling
    ) -> list[np.ndarray]:
        """Continues each prompt until its end token or the number of tokens asked for.

        Args:
            prompts: One array of token ids a row, at least one id each.
            max_new_tokens: How many tokens to add at most.
            sampling: How to draw them.

        Returns:
            The new tokens of each row, without the end token.

        Raises:
            InputError: If prompt and new tokens do not fit the backbone's positions.
        """
        longest = max(map(len, prompts))
        steps = longest + max_new_tokens - 1  # the last token is drawn, not read
        rows = 1 << (len(prompts) - 1).bit_length()
        carry = self._start(prompts, rows, steps)
        known = np.full((rows, steps + CHUNK), -1, "int32")  # prompt tokens to come; -1: draw
        for row, prompt in enumerate(prompts):
            known[row, : len(prompt) - 1] = prompt[1:]
        generators = sampling.row_generators(rows)
        chunks = []
        for begin in range(0, steps, CHUNK):
            tokens, carry = self._program(
                known[:, begin : begin + CHUNK],
                uniforms(generators, CHUNK),
                np.int32(min(CHUNK, steps - begin)),
                sampling.tensors(),
                carry,
            )
            chunks.append(ops.convert_to_numpy(tokens))
            if ops.convert_to_numpy(carry["finished"]).all():
                break
        drawn = np.concatenate(chunks, axis=1)  # (B, steps): column t is the token at t + 1
        return [
            _until_end(drawn[row, len(prompt) - 1 :][:max_new_tokens])
            for row, prompt in enumerate(prompts)
        ]

    def _start(self, prompts: Sequence[np.ndarray], rows: int, steps: int) -> dict[str, Any]:
        limit = self._backbone.max_length
        if limit is not None and steps > limit:
            raise InputError(
                f"prompt and new tokens together take {steps} positions, but the model has "
                f"{limit}: ask for fewer new tokens, shorten the prompt, or fit with a longer "
                "context"
            )
        length = max(SHORTEST_BUCKET, 1 << (steps - 1).bit_length())
        length = length if limit is None else min(length, limit)
        if self._backbone.streaming:
            state = self._backbone.initial_state(rows, length)
        else:
            state = np.full((rows, length), PAD, "int32")
        first = np.full(rows, PAD, "int32")
        first[: len(prompts)] = [prompt[0] for prompt in prompts]
        return {
            "token": first,  # (B,) the token at `position`
            "position": np.int32(0),
            "finished": np.arange(rows) >= len(prompts),  # (B,) rows that only fill up the batch
            "state": state,
        }

    def _loop(
        self, known: Any, uniform: Any, count: Any, settings: tuple, carry: dict[str, Any]
    ) -> tuple[Any, dict[str, Any]]:
        """Takes `count` steps: known, uniform (B, CHUNK) and the carry in, tokens and carry out."""

        def unfinished(index: Any, tokens: Any, carry: dict[str, Any]) -> Any:
            return ops.logical_and(index < count, ops.logical_not(ops.all(carry["finished"])))

        def advance(index: Any, tokens: Any, carry: dict[str, Any]) -> tuple:
            logits, state = self._step(carry["token"], carry["state"], carry["position"])
            drawn, _ = choose(logits, ops.take(uniform, index, axis=1), *settings)  # (B,)
            prompt = ops.take(known, index, axis=1)  # (B,)
            free = prompt < 0
            token = ops.where(free, ops.where(carry["finished"], PAD, drawn), prompt)
            ended = ops.logical_and(free, ops.equal(token, END))
            carry = {
                "token": token,
                "position": carry["position"] + 1,
                "finished": ops.logical_or(carry["finished"], ended),
                "state": state,
            }
            return index + 1, ops.slice_update(tokens, (0, index), token[:, None]), carry

        start = (ops.zeros((), "int32"), ops.full(known.shape, PAD, "int32"), carry)
        _, tokens, carry = ops.while_loop(unfinished, advance, start)
        return tokens, carry

    def _recompute(self, token: Any, state: Any, position: Any) -> tuple[Any, Any]:
        """The step of a backbone that cannot stream: all of it again, over the tokens so far."""
        tokens = ops.slice_update(state, (0, position), token[:, None])  # (B, length)
        logits = self._model(tokens, training=False)  # (B, length, V)
        return ops.take(logits, position, axis=1), tokens


def _until_end(tokens: np.ndarray) -> np.ndarray:
    ends = np.flatnonzero(tokens == END)
    return tokens[: ends[0]] if ends.size else tokens
