"""The one compiled generation loop, for every causal architecture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import keras
import numpy as np
from keras import ops

from modelzoo.data.text import END, PAD
from modelzoo.errors import InputError
from modelzoo.layers.compiled import Compiled
from modelzoo.layers.int8 import dequantized_once
from modelzoo.layers.tokens import TiedEmbedding
from modelzoo.tasks.sampling import Sampling, choose, discourage, uniforms

CHUNK = 64  # steps a call of the compiled loop; between two calls Python may stop it
WORTH = 10**9  # weights that steps read, from which on reading at once repays another program
SHORTEST_BUCKET = 128  # steps a state is made for at least: shorter requests share one program


class Decoder:
    """Continues sequences of tokens, one token after the other.

    The loop runs over positions, all rows of the batch side by side: a row that still has prompt
    left takes its next prompt token, any other the one drawn; nothing is read out while all have
    some left. Where that is worth another program, what stands before the last token of the
    shortest prompt is read in pieces before, several steps at once (prefill), if the backbone can.
    So prompts of all lengths go through two programs at most; they are compiled again only for
    another number of rows (rounded up to a power of two) or, where the backbone's state depends on
    the length, for another power of two of it. Of a prompt that begins before what the backbone
    looks back to, that beginning is not read.

    Args:
        model: Token ids (B, T) to logits (B, T, V).
        tokens: The layer inside `model` that embeds tokens and reads them out.
        backbone: The causal backbone inside `model`.
    """

    def __init__(self, model: keras.Model, tokens: TiedEmbedding, backbone: Any):
        self.model = model
        self.vocabulary_size = model.output_shape[-1]
        self._tokens = tokens
        self._backbone = backbone
        self._program = Compiled(self._loop, model)
        self._prefill = Compiled(self._prefill_piece, model)

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

        Args:
            prompts: One array of token ids a row, at least one id each.
            max_new_tokens: How many tokens to add at most.
            sampling: How to draw them.
            piece: Steps between two answers; None for what is fastest.

        Returns:
            An iterator of the tokens added to each row since the last answer, without the end
            token.

        Raises:
            InputError: If prompt and new tokens do not fit the backbone's positions.
        """
        cuts = [self.beyond_reach(prompt) for prompt in prompts]
        generators = sampling.row_generators(1 << (len(prompts) - 1).bit_length())
        seen = np.zeros((len(generators), self.vocabulary_size), "bool")
        for row, cut in enumerate(cuts):
            seen[row, prompts[row]] = True
            generators[row].random(cut, dtype="float32")  # what is cut off changes no draw
        prompts = [prompt[cut:] for prompt, cut in zip(prompts, cuts, strict=True)]
        longest = max(map(len, prompts))
        steps = longest + max_new_tokens - 1  # the last token is drawn, not read
        rows = len(generators)
        given = given_tokens(prompts, rows, steps + 1 + CHUNK)
        begin, state = self.prefill(
            given[:, : min(map(len, prompts)) - 1], self.initial_state(rows, steps)
        )
        carry = {
            "token": given[:, begin],  # (B,) the token at `position`
            "position": np.int32(begin),
            "finished": np.arange(rows) >= len(prompts),  # (B,) rows that only fill up the batch
            "seen": seen,  # (B, V) which tokens stand in the text so far
            "state": state,
        }
        ends = {*range(CHUNK, steps, CHUNK), steps}
        ends |= set(range(longest, steps, piece)) if piece else set()
        pauses = [begin, *(each for each in sorted(ends) if each > begin)]
        return self._pieces(prompts, max_new_tokens, sampling, generators, given, pauses, carry)

    def beyond_reach(self, prompt: np.ndarray) -> int:
        """How many tokens at the beginning of a prompt change nothing of what follows it.

        Whole chunks of them, so that the draws fall on the same steps as if they were read.
        """
        reach = getattr(self._backbone, "reach", None)
        return 0 if reach is None else max(0, len(prompt) - reach) // CHUNK * CHUNK

    def _pieces(
        self,
        prompts: Sequence[np.ndarray],
        max_new_tokens: int,
        sampling: Sampling,
        generators: Sequence[np.random.Generator],
        given: np.ndarray,
        pauses: Sequence[int],
        carry: dict[str, Any],
    ) -> Iterator[list[np.ndarray]]:
        left = [max_new_tokens] * len(prompts)
        matrix = self.matrix(len(generators))
        drawn_to = 0
        for begin, end in pairwise(pauses):
            chunk = begin // CHUNK * CHUNK  # pauses within a chunk change neither shapes nor draws
            while drawn_to <= chunk:  # also for steps that were read at once
                uniform = uniforms(generators, CHUNK)
                drawn_to += CHUNK
            tokens, carry = self._program(
                given[:, chunk + 1 : chunk + 1 + CHUNK],
                uniform,
                np.int32(begin - chunk),
                np.int32(end - chunk),
                np.float32(sampling.repetition_penalty),
                sampling.tensors(),
                matrix,
                carry,
            )
            drawn = ops.convert_to_numpy(tokens)[:, begin - chunk : end - chunk]
            added = []
            for row, prompt in enumerate(prompts):
                new = drawn[row, max(0, len(prompt) - 1 - begin) :][: left[row]]
                added.append(_until_end(new))
                left[row] = left[row] - len(new) if len(added[-1]) == len(new) else 0
            yield added
            if not any(left):
                return

    def prefill(self, ids: np.ndarray, state: Any) -> tuple[int, Any]:
        """Reads what all rows are given, several steps at once, where that repays compiling it.

        Args:
            ids: The tokens (B, L) of the first steps.
            state: From `initial_state`.

        Returns:
            How many steps were read, L or none, and the state after them.
        """
        steps = ids.shape[1]
        able = getattr(self._backbone, "prefills", False)  # of a plugin's own class it may be none
        if not able or steps * self.model.count_params() < WORTH:
            return 0, state
        ids = np.pad(ids, ((0, 0), (0, -steps % CHUNK)), constant_values=PAD)
        for begin in range(0, steps, CHUNK):
            count = np.int32(min(CHUNK, steps - begin))
            state = self._prefill(ids[:, begin : begin + CHUNK], count, np.int32(begin), state)
        return steps, state

    def _prefill_piece(self, ids: Any, count: Any, position: Any, state: Any) -> Any:
        return self._backbone.prefill(self._tokens(ids), state, position, count)[1]

    def matrix(self, rows: int) -> Any:
        """What `read_out` multiplies so many rows by, made once for all steps."""
        return self._tokens.laid_out(rows) if self._backbone.streaming else ()

    def step(self, token: Any, state: Any, position: Any) -> tuple[Any, Any]:
        """Reads tokens (B,): what `read_out` takes, and the new state."""
        if self._backbone.streaming:
            return self._backbone.step(self._tokens(token), state, position)  # (B, D)
        read = ops.slice_update(state, (0, position), token[:, None])  # (B, length)
        return (read, position), read

    def read_out(self, found: Any, matrix: Any) -> Any:
        """The logits (B, V) of the token that follows a step."""
        if self._backbone.streaming:
            return self._tokens.read_out(found, matrix)
        read, position = found  # a backbone that cannot stream goes over all tokens so far again
        return ops.take(self.model(read, training=False), position, axis=1)

    def initial_state(self, rows: int, steps: int) -> Any:
        """The state before the first of some steps.

        Raises:
            InputError: If they do not fit the backbone's positions.
        """
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
            return self._backbone.initial_state(rows, length)
        return np.full((rows, length), PAD, "int32")

    def _loop(
        self,
        known: Any,
        uniform: Any,
        first: Any,
        last: Any,
        penalty: Any,
        settings: tuple,
        matrix: Any,
        carry: dict[str, Any],
    ) -> tuple[Any, dict[str, Any]]:
        """Steps `first` to `last` of a chunk: known, uniform (B, CHUNK), tokens and carry out."""
        ids = np.arange(self.vocabulary_size, dtype="int32")

        def unfinished(index: Any, tokens: Any, carry: dict[str, Any]) -> Any:
            return ops.logical_and(index < last, ops.logical_not(ops.all(carry["finished"])))

        def advance(index: Any, tokens: Any, carry: dict[str, Any]) -> tuple:
            found, state = self.step(carry["token"], carry["state"], carry["position"])

            def draw() -> Any:
                logits = discourage(self.read_out(found, matrix), carry["seen"], penalty)
                return choose(logits, ops.take(uniform, index, axis=1), *settings)

            prompt = ops.take(known, index, axis=1)  # (B,)
            free = prompt < 0
            open_ = ops.logical_and(free, ops.logical_not(carry["finished"]))
            drawn = ops.cond(ops.any(open_), draw, lambda: ops.full(prompt.shape, PAD, "int32"))
            token = ops.where(free, ops.where(open_, drawn, PAD), prompt)
            ended = ops.logical_and(free, ops.equal(token, END))
            carry = {
                "token": token,
                "position": carry["position"] + 1,
                "finished": ops.logical_or(carry["finished"], ended),
                "seen": ops.logical_or(carry["seen"], ops.equal(ids, token[:, None])),
                "state": state,
            }
            here = ops.equal(np.arange(CHUNK, dtype="int32"), index)
            return index + 1, ops.where(here, token[:, None], tokens), carry

        start = (first, ops.full(known.shape, PAD, "int32"), carry)
        # A backbone that cannot stream goes over all of the text at each step.
        rows = known.shape[0] if self._backbone.streaming else None
        with dequantized_once(self.model, rows):
            _, tokens, carry = ops.while_loop(unfinished, advance, start)
        return tokens, carry


def given_tokens(prompts: Sequence[np.ndarray], rows: int, length: int) -> np.ndarray:
    """The tokens (B, length) of each prompt; -1 where one is to be found.

    Rows that only fill up the batch have padding as far as the shortest prompt goes.
    """
    given = np.full((rows, length), -1, "int32")
    given[len(prompts) :, : min(map(len, prompts))] = PAD
    for row, prompt in enumerate(prompts):
        given[row, : len(prompt)] = prompt
    return given


def _until_end(tokens: np.ndarray) -> np.ndarray:
    ends = np.flatnonzero(tokens == END)
    return tokens[: ends[0]] if ends.size else tokens
