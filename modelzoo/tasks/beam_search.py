"""The likeliest continuation that can be found by following several at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from keras import ops, tree

from modelzoo.data.text import END, PAD
from modelzoo.layers.compiled import Compiled
from modelzoo.layers.int8 import dequantized_once
from modelzoo.tasks.decoding import CHUNK, Decoder, given_tokens
from modelzoo.tasks.sampling import NEVER, Sampling, without_special

ALPHA = 0.6  # of the length penalty of Wu et al. (2016): 0 favours short texts, 1 long ones
SHORTEST_HISTORY = 64  # tokens that are kept at least: shorter requests share one program
_DEAD = NEVER / 2  # the score of a beam that no possible text leads to is below it


class BeamSearch:
    """Continues prompts by beam search with the length penalty of Wu et al. (2016).

    At each step every beam is continued by every token and the likeliest beams are kept. An end
    among the likeliest makes a finished text; the one with the highest log-probability over
    ``((5 + length) / 6) ** ALPHA`` is the answer, unless a text cut off at the most tokens has
    more. The search ends when no beam can come out above what is finished.

    Args:
        decoder: Gives the model's step and its state, whose tensors all have the batch as their
            first axis.
        beams: K, how many continuations are followed, from 1.
    """

    def __init__(self, decoder: Decoder, beams: int):
        self._decoder = decoder
        self._beams = beams
        self._program = Compiled(self._loop, decoder.model)

    def stream(
        self,
        prompts: Sequence[np.ndarray],
        max_new_tokens: int,
        sampling: Sampling,
        piece: int | None = None,
    ) -> Iterator[list[np.ndarray]]:
        """Continues each prompt by the likeliest text found.

        Args:
            prompts: One array of token ids a row, at least one id each.
            max_new_tokens: How many tokens to add at most.
            sampling: Has no effect: nothing is drawn.
            piece: Has no effect: the answer is known at the end only.

        Returns:
            An iterator of one answer: the new tokens of each row, without the end token.

        Raises:
            InputError: If prompt and new tokens do not fit the backbone's positions.
        """
        prompts = [prompt[self._decoder.beyond_reach(prompt) :] for prompt in prompts]
        steps = max(map(len, prompts)) + max_new_tokens - 1  # the last token is not read
        rows = 1 << (len(prompts) - 1).bit_length()
        history = max(SHORTEST_HISTORY, 1 << (max_new_tokens - 1).bit_length())  # L
        given = given_tokens(prompts, rows, steps + 1 + CHUNK)
        begin, state = self._decoder.prefill(
            given[:, : min(map(len, prompts)) - 1], self._decoder.initial_state(rows, steps)
        )
        alone = np.where(np.arange(self._beams) == 0, 0.0, NEVER)  # the others would be its equals
        carry: dict[str, Any] = {
            "token": np.repeat(given[:, begin], self._beams),  # (B K,) the token at `position`
            "position": np.int32(begin),
            "state": tree.map_structure(lambda each: ops.repeat(each, self._beams, axis=0), state),
            "history": np.full((rows * self._beams, history), PAD, "int32"),  # (B K, L)
            "score": np.tile(alone, (rows, 1)).astype("float32"),  # (B, K) log-probability
            "length": np.zeros(rows, "int32"),  # (B,) of the history
            "done": np.arange(rows) >= len(prompts),  # (B,)
            "best": np.full(rows, NEVER, "float32"),  # (B,) of the finished texts
            "text": np.full((rows, history), PAD, "int32"),  # (B, L)
            "text_length": np.zeros(rows, "int32"),  # (B,)
        }
        matrix = self._decoder.matrix(rows * self._beams)
        for first in range(begin, steps, CHUNK):
            last = np.int32(min(CHUNK, steps - first))
            chunk = given[:, first + 1 : first + 1 + CHUNK]
            carry = self._program(chunk, last, np.int32(max_new_tokens), matrix, carry)
            if ops.convert_to_numpy(carry["done"]).all():
                break
        return iter([self._answers(carry, len(prompts))])

    def _answers(self, carry: dict[str, Any], rows: int) -> list[np.ndarray]:
        found = {
            name: ops.convert_to_numpy(carry[name])
            for name in ("history", "score", "length", "best", "text", "text_length")
        }
        answers = []
        for row in range(rows):
            beam = int(found["score"][row].argmax())
            length = int(found["length"][row])
            if found["score"][row, beam] / _penalty(length) > found["best"][row]:
                answers.append(found["history"][row * self._beams + beam, :length])
            else:
                answers.append(found["text"][row, : found["text_length"][row]])
        return answers

    def _loop(
        self, known: Any, last: Any, most: Any, matrix: Any, carry: dict[str, Any]
    ) -> dict[str, Any]:
        """Up to `last` steps, known (B, CHUNK) being the tokens of the prompts."""

        def unfinished(index: Any, carry: dict[str, Any]) -> Any:
            return ops.logical_and(index < last, ops.logical_not(ops.all(carry["done"])))

        def advance(index: Any, carry: dict[str, Any]) -> tuple:
            return index + 1, self._advance(ops.take(known, index, axis=1), most, matrix, carry)

        with dequantized_once(self._decoder.model, carry["token"].shape[0]):
            return ops.while_loop(unfinished, advance, (ops.zeros((), "int32"), carry))[1]

    def _advance(
        self, prompt: Any, most: Any, matrix: Any, carry: dict[str, Any]
    ) -> dict[str, Any]:
        """One step of every beam, prompt (B,) being what is given, below 0 where nothing is."""
        read, state = self._decoder.step(carry["token"], carry["state"], carry["position"])
        found = self._candidates(self._decoder.read_out(read, matrix), carry["score"])
        free = ops.logical_and(prompt < 0, ops.logical_not(carry["done"]))  # (B,) is searched
        finished = self._finished(found, free, carry)
        source, token, score = self._kept(found, free, prompt, carry["score"])
        length = carry["length"] + ops.cast(free, "int32")
        reachable = ops.max(score, axis=1) / _penalty(most)  # no beam comes out above it
        stuck = ops.logical_or(length >= most, finished["best"] >= reachable)
        place = ops.repeat(ops.where(free, carry["length"], -1), self._beams)  # (B K,)
        history = ops.take(carry["history"], source, axis=0)  # (B K, L)
        written = ops.equal(np.arange(history.shape[1], dtype="int32"), place[:, None])
        return {
            "token": token,
            "position": carry["position"] + 1,
            "state": tree.map_structure(lambda each: ops.take(each, source, axis=0), state),
            "history": ops.where(written, token[:, None], history),
            "score": score,
            "length": length,
            "done": ops.logical_or(carry["done"], ops.logical_and(free, stuck)),
            **finished,
        }

    def _candidates(self, logits: Any, score: Any) -> _Candidates:
        """The likeliest tokens after the beams, of logits (B K, V) and scores (B, K)."""
        beams, rows = self._beams, score.shape[0]
        chances = ops.log_softmax(without_special(logits), axis=-1)  # (B K, V)
        size = chances.shape[-1]
        totals = score[:, :, None] + ops.reshape(chances, (rows, beams, size))
        values, places = ops.top_k(ops.reshape(totals, (rows, beams * size)), 2 * beams)
        places = ops.cast(places, "int32")
        return _Candidates(values, places // size, places % size)

    def _finished(self, found: _Candidates, free: Any, carry: dict[str, Any]) -> dict[str, Any]:
        """The best text of each row that has ended, now or before."""
        beams, rows = self._beams, free.shape[0]
        final = ops.where(
            ops.logical_and(found.ended, np.arange(2 * beams) < beams),
            found.values / _penalty(carry["length"] + 1)[:, None],
            NEVER,
        )  # (B, 2 K)
        likeliest = ops.argmax(final, axis=1)[:, None]
        value = ops.take_along_axis(final, likeliest, axis=1)[:, 0]  # (B,)
        better = ops.logical_and(free, ops.logical_and(value > carry["best"], value > _DEAD))
        parent = ops.take_along_axis(found.parents, likeliest, axis=1)[:, 0]
        text = ops.take(carry["history"], _first_beams(rows, beams) + parent, axis=0)  # (B, L)
        return {
            "best": ops.where(better, value, carry["best"]),
            "text": ops.where(better[:, None], text, carry["text"]),
            "text_length": ops.where(better, carry["length"], carry["text_length"]),
        }

    def _kept(self, found: _Candidates, free: Any, prompt: Any, score: Any) -> tuple[Any, Any, Any]:
        """The beams that go on: which each continues (B K,), by which token, and scores (B, K).

        Rows that are not searched keep their beams, continued by what is given.
        """
        beams, rows = self._beams, free.shape[0]
        # At most one end a beam: among twice as many candidates are enough to go on with.
        order = ops.argsort(ops.where(found.ended, 2 * beams, 0) + np.arange(2 * beams), axis=1)
        values, parents, tokens = (
            ops.take_along_axis(each, order[:, :beams], axis=1)
            for each in (found.values, found.parents, found.tokens)
        )  # (B, K) each
        own = np.tile(np.arange(beams, dtype="int32"), (rows, 1))
        parents = ops.where(free[:, None], parents, own)
        tokens = ops.where(free[:, None], tokens, ops.maximum(prompt, PAD)[:, None])
        source = ops.reshape(_first_beams(rows, beams)[:, None] + parents, (-1,))
        return source, ops.reshape(tokens, (-1,)), ops.where(free[:, None], values, score)


class _Candidates(NamedTuple):
    """The 2 K likeliest continuations of the beams of each row, in falling order."""

    values: Any  # (B, 2 K) log-probability
    parents: Any  # (B, 2 K) which beam of the row
    tokens: Any  # (B, 2 K)

    @property
    def ended(self) -> Any:
        """Which of them end their text (B, 2 K)."""
        return ops.equal(self.tokens, END)


def _first_beams(rows: int, beams: int) -> np.ndarray:
    """Where the beams of each row begin among those of all rows (B,)."""
    return np.arange(rows, dtype="int32") * beams


def _penalty(length: Any) -> Any:
    if not isinstance(length, int):
        length = ops.cast(length, "float32")
    return ((5 + length) / 6) ** ALPHA
