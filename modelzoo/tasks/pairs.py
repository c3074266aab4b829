"""Prompts with their completions as training rows; the loss counts on the completions only."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from modelzoo.data.text import END, PAD, SEPARATOR, START
from modelzoo.tasks.batches import SequenceBatches, pad
from modelzoo.tasks.token_windows import masking_rates, with_masks
from modelzoo.tasks.unmasking import BLOCK, block_size

LONGEST_CONTEXT = 256  # tokens, where no context is given: cost grows with it
FEWEST_TOKENS = 4  # start, separator, a token of the completion and the end


class Pair(NamedTuple):
    """Token ids of a prompt and of its completion, without special tokens."""

    prompt: np.ndarray
    completion: np.ndarray


def needed_context(pairs: Sequence[Pair]) -> int:
    """The context that the longest pair needs, at most ``LONGEST_CONTEXT``."""
    longest = max(2 + len(pair.prompt) + _answer_length(pair, BLOCK) for pair in pairs)
    return min(LONGEST_CONTEXT, max(2 * BLOCK, longest))


def before_completion(prompt: np.ndarray) -> np.ndarray:
    """What stands before a completion: start, prompt, separator."""
    return np.concatenate(([START], prompt, [SEPARATOR])).astype("int32")


def after_prompt(completion: np.ndarray, window: int) -> np.ndarray:
    """A completion, and end tokens to the end of its last block of a window."""
    block = block_size(window)
    ends = np.full(block - len(completion) % block, END)
    return np.concatenate((completion, ends)).astype("int32")


class PairBatches(SequenceBatches):
    """Batches of pairs, one a row: inputs (B, T), targets (B, T) and weights (B, T).

    A row is start, prompt, separator, completion, end. Causal backbones learn to predict the next
    token of completion and end. Bidirectional ones write block by block, without seeing anything
    behind; so for them a pair makes a row for each of its blocks, which ends with that block, the
    last one filled with end tokens, and masks stand in the last block of every other row, anywhere
    behind the separator in the others.

    Of a pair longer than the context the beginning of the prompt is cut off and, where the
    completion alone is too long, its end. A warning says so where batches are to train on.

    Args:
        pairs: At least one pair.
        context: Tokens in a row at most, at least ``FEWEST_TOKENS``.
        batch_size: B.
        causal: Predict the next token rather than masked ones.
        seed: Draws another order and other masks every epoch; None keeps them, to validate.
        sample_weight: What each pair counts; None for all alike.
    """

    def __init__(
        self,
        pairs: Sequence[Pair],
        *,
        context: int,
        batch_size: int,
        causal: bool,
        seed: int | None = None,
        sample_weight: np.ndarray | None = None,
    ):
        self.causal = causal
        self.block = block_size(context)
        weights = np.ones(len(pairs), "float32") if sample_weight is None else sample_weight
        rows, starts, owners, too_long = [], [], [], 0
        for owner, pair in enumerate(pairs):
            room = context - 2 - _answer_length(pair, self.block)  # for the prompt
            too_long += len(pair.prompt) > room
            prompt = pair.prompt[max(0, len(pair.prompt) - max(0, room)) :]
            before = before_completion(prompt)
            ends: Any = [END]
            answer = np.append(pair.completion, ends).astype("int32")
            if not causal:
                answer = after_prompt(pair.completion, context)
            whole = np.concatenate((before, answer))[:context]
            cuts = [len(whole)]
            if not causal:
                cuts = [*range(len(before) + self.block, len(whole), self.block), len(whole)]
            rows += [whole[:cut] for cut in cuts]
            starts += [len(before)] * len(cuts)
            owners += [owner] * len(cuts)
        if too_long and seed is not None:
            warnings.warn(
                f"{too_long / len(pairs):.1%} of the pairs are longer than context={context} "
                "tokens: the beginnings of their prompts were cut off",
                stacklevel=2,
            )
        super().__init__(
            rows,
            np.array(starts),
            weights[owners],
            collate=pad,
            batch_size=batch_size,
            seed=seed,
            limit=context,
        )

    def batch(self, number: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Inputs, targets and weights."""
        tokens, starts, weights = super().batch(number)  # (B, T), (B,), (B,)
        places = np.arange(tokens.shape[1])
        answer = (places >= starts[:, None]) & (tokens != PAD)
        if self.causal:
            return tokens[:, :-1], tokens[:, 1:], answer[:, 1:] * weights[:, None]
        random = self.random(number)
        rates = masking_rates(len(tokens), random)
        last_block = places >= (tokens != PAD).sum(axis=1)[:, None] - self.block
        every_other = np.arange(len(tokens))[:, None] % 2 == 1
        hidden = answer & (last_block | ~every_other)
        inputs, masked = with_masks(tokens, hidden, rates, random)
        return inputs, tokens, masked * weights[:, None]


def _answer_length(pair: Pair, block: int) -> int:
    """The tokens of a completion and its end, in whole blocks."""
    return block * (len(pair.completion) // block + 1)
