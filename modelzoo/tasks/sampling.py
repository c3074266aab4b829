"""Choosing a token from logits: temperature, top-k and nucleus sampling, the same on every backend.

Randomness comes in as uniform numbers drawn by NumPy, so a seed gives the same draws everywhere.

Our own rather than ``keras_nlp.samplers``, with which the tests check it to agree: those compile
the temperature, k and p into the loop, so that other values compile it anew, know one of the three
settings at a time, and draw for the whole batch, so that a text would depend on those beside it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from keras import ops

from modelzoo.data.sampling_settings import check_sampling
from modelzoo.data.text import END, MASK, PAD, SEPARATOR, START, UNKNOWN

BLOCK = 256  # tokens whose weights are summed together, to find the block of a draw first
HEAD = 256  # of the likeliest tokens, looked at first where some are ruled out
NEVER = -1e9  # a float32 logit whose probability is exactly zero
_BANNED = (PAD, UNKNOWN, START, MASK, SEPARATOR)  # nothing a text could contain


@dataclass(frozen=True)
class Sampling:
    """How tokens are drawn.

    Args:
        temperature: What the logits are divided by; 0 always takes the likeliest token.
        top_k: Draw among so many of the likeliest tokens only; 0 for no limit.
        top_p: Draw among the fewest tokens that have this probability together, in (0, 1]
            (Holtzman et al., 2020).
        seed: Whole number that fixes the draws, or None for new ones each time.
        repetition_penalty: Above 1 makes tokens that stand in the text so far less likely, below 1
            more (Keskar et al., 2019); see `discourage`.

    Raises:
        InputError: If a value is out of its range.
    """

    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    seed: int | None = None
    repetition_penalty: float = 1.0

    def __post_init__(self) -> None:
        check_sampling(self.temperature, self.top_k, self.top_p, self.seed, self.repetition_penalty)

    def tensors(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Temperature, top-k and top-p as arrays, so that other values compile nothing anew."""
        top_k = min(self.top_k, np.iinfo("int32").max)
        return np.float32(self.temperature), np.int32(top_k), np.float32(self.top_p)  # type: ignore[return-value]

    def row_generators(self, rows: int) -> list[np.random.Generator]:
        """One stream of random numbers a row: a row's draws do not depend on the others."""
        seeds = np.random.SeedSequence(self.seed).spawn(rows)
        return [np.random.default_rng(seed) for seed in seeds]


def uniforms(generators: Iterable[np.random.Generator], *shape: int) -> np.ndarray:
    """Draws numbers in [0, 1) of shape (B, *shape), row by row."""
    return np.stack([each.random(shape, dtype="float32") for each in generators])


def choose(logits: Any, uniform: Any, temperature: Any, top_k: Any, top_p: Any) -> Any:
    """Draws one token for each row of logits, never a special one but the end.

    The draw is where the running sum of the probabilities passes the uniform number. To go over
    50,000 tokens once takes as long as a layer of a small network, to sort them longer than all of
    it. So where top-k or top-p rule some out the likeliest are found first: mostly these hold all
    that is left. Temperature 0 is a top-k of 1.

    Args:
        logits: (..., V).
        uniform: (...) in [0, 1).
        temperature: Scalar float; 0 takes the likeliest.
        top_k: Scalar int; 0 for no limit.
        top_p: Scalar float in (0, 1].

    Returns:
        The tokens (...) int32.
    """
    logits = without_special(logits)  # (..., V)
    size = logits.shape[-1]
    head = min(HEAD, size)
    limit = ops.where(temperature > 0, ops.where(top_k > 0, top_k, size), 1)
    limited = ops.logical_or(limit < size, top_p < 1)

    def relative(some: Any) -> Any:
        """What probabilities are proportional to; nothing overflows."""
        # Not the first of the likeliest: XLA, asked for two parts of what it sorts, would sort all.
        most = ops.max(some, axis=-1, keepdims=True)
        return ops.exp((some - most) / ops.maximum(temperature, 1e-6))

    def of_likeliest() -> tuple[Any, Any, Any]:
        likeliest, order = ops.top_k(logits, head)  # (..., head)
        falling = relative(likeliest)
        whole = ops.cond(  # (..., 1)
            limit <= head,
            lambda: ops.sum(_first(falling, limit), axis=-1, keepdims=True),
            lambda: ops.sum(relative(logits), axis=-1, keepdims=True),
        )
        held = ops.all(ops.sum(falling, axis=-1, keepdims=True) >= top_p * whole)
        # With a limit beyond the head, top-p is of what that leaves, which is not known yet.
        suffice = ops.logical_or(limit <= head, ops.logical_and(limit >= size, held))
        return _nucleus(_first(falling, limit), top_p * whole), order, suffice

    def of_sorted() -> tuple[Any, Any]:
        falling, order = ops.top_k(logits, size)  # (..., V)
        kept = _first(relative(falling), limit)
        return _nucleus(kept, top_p * ops.sum(kept, axis=-1, keepdims=True)), order

    def of_all() -> Any:
        # One draw for both, which takes long to trace, rather than one each.
        ids = ops.broadcast_to(ops.arange(size, dtype="int32"), ops.shape(logits))
        kept, order = ops.cond(limited, of_sorted, lambda: (relative(logits), ids))
        place = _draw(kept, uniform)[..., None]  # (..., 1)
        return ops.take_along_axis(order, place, axis=-1)[..., 0]

    none = ops.zeros((*ops.shape(logits)[:-1], head), "float32")
    kept, order, suffice = ops.cond(
        limited,
        of_likeliest,
        lambda: (none, ops.cast(none, "int32"), ops.convert_to_tensor(False)),
    )
    return ops.cond(suffice, lambda: _at(order, _draw(kept, uniform)), of_all)  # (...)


def _draw(weights: Any, uniform: Any) -> Any:
    """The first place (...) where the running sum of weights (..., n) passes its share.

    Of many the block is found first, and then the place in it.
    """
    size = weights.shape[-1]
    if size <= 2 * BLOCK:
        running = ops.cumsum(weights, axis=-1)
        return _first_past(running, weights, uniform[..., None] * running[..., -1:])
    filled = ops.pad(weights, [(0, 0)] * (len(weights.shape) - 1) + [(0, -size % BLOCK)])
    blocks = ops.reshape(filled, (*ops.shape(weights)[:-1], -(-size // BLOCK), BLOCK))
    each = ops.sum(blocks, axis=-1)  # (..., blocks)
    running = ops.cumsum(each, axis=-1)
    mark = uniform[..., None] * running[..., -1:]  # (..., 1)
    block = _first_past(running, each, mark)  # (...)
    rest = ops.maximum(mark[..., 0] - _at(running - each, block), 0.0)  # (...)
    places = block[..., None] * BLOCK + np.arange(BLOCK, dtype="int32")  # (..., BLOCK)
    within = ops.take_along_axis(filled, places, axis=-1)
    return block * BLOCK + _first_past(ops.cumsum(within, axis=-1), within, rest[..., None])


def _first_past(running: Any, weights: Any, mark: Any) -> Any:
    """The first place (...) of some weight where the running sum (..., n) is past a mark (..., 1).

    The last place of some weight if rounding keeps all sums from passing it.
    """
    places = ops.arange(weights.shape[-1], dtype="int32")
    possible = weights > 0
    last = ops.max(ops.where(possible, places, 0), axis=-1, keepdims=True)
    past = ops.logical_and(possible, running > mark)
    return ops.min(ops.where(past, places, last), axis=-1)


def _at(values: Any, place: Any) -> Any:
    """What stands at a place (...) of a few values (..., n): sooner traced than a gather."""
    here = ops.equal(ops.arange(values.shape[-1], dtype="int32"), place[..., None])
    found = ops.sum(ops.where(here, values, ops.zeros_like(values)), axis=-1)
    return ops.cast(found, values.dtype)


def _first(falling: Any, limit: Any) -> Any:
    """Sorted weights (..., n), those after the first ``limit`` set to 0."""
    return ops.where(ops.arange(falling.shape[-1]) < limit, falling, 0.0)


def _nucleus(kept: Any, mass: Any) -> Any:
    """Sorted weights (..., n), those after the first that hold a mass (..., 1) set to 0."""
    before = ops.cumsum(kept, axis=-1) - kept  # of all likelier tokens
    return ops.where(before < mass, kept, 0.0)


def without_special(logits: Any, ends: Any = True) -> Any:
    """Makes special tokens impossible, but the end one.

    Args:
        logits: (..., V).
        ends: Scalar bool; False makes the end impossible too.

    Returns:
        Float32 logits (..., V).
    """
    logits = ops.cast(logits, "float32")
    ids = np.arange(logits.shape[-1])
    banned = np.isin(ids, _BANNED)
    if ends is not True:
        banned = ops.logical_or(banned, ops.logical_and(ids == END, ops.logical_not(ends)))
    return ops.where(banned, NEVER, logits)


def discourage(logits: Any, seen: Any, penalty: Any) -> Any:
    """Divides positive logits of tokens seen before by the penalty, multiplies negative ones.

    So a penalty above 1 lowers both (Keskar et al., 2019, as commonly carried over to logits of
    either sign).

    Args:
        logits: (..., V).
        seen: Bool, broadcastable to (..., V).
        penalty: Scalar float; 1 changes nothing.

    Returns:
        Float32 logits (..., V).
    """
    logits = ops.cast(logits, "float32")
    weaker = ops.where(logits > 0, logits / penalty, logits * penalty)
    return ops.where(seen, weaker, logits)
