"""Multi-head self-attention: causal or bidirectional, streaming when causal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from modelzoo.layers.backend import on_jax, on_processor
from modelzoo.layers.dense import by_rows
from modelzoo.layers.int8 import dense, quantization_wanted
from modelzoo.layers.positions import BUCKETS, relative_bucket, rotate

# Taken off the score of what may be attended to, and of what may not.
NOTHING, ALL = np.float32(0), np.float32(1e9)
BLOCK = 256  # queries that attend at once, of known lengths
MOST_BLOCKS = 16  # each of which is compiled
LOOPED = 64  # queries that attend at once in a loop: the scores of more fill the caches
LONG = 1024  # steps beyond which TensorFlow, too, finds scores again


@keras.saving.register_keras_serializable("modelzoo")
class Attention(keras.layers.Layer):
    """Self-attention (Vaswani et al., 2017) with one fused projection to queries, keys and values.

    Our own rather than ``keras_nlp.layers.TransformerDecoder``'s: streaming needs a cache that
    keeps the last ``window`` steps only, with rotary and relative positions, none of which it has.

    Args:
        heads: Number of attention heads.
        head_dim: Size of each head; even with rotary positions.
        causal: Attend to the past and the present only.
        window: With ``causal``, attend to the last so many steps only; None for all. Bounds the
            streaming cache.
        positions: ``"rotary"``, ``"relative"``, or None where the inputs carry their position.
        int8: Whether its weights are of eight bits; None for what is wanted where it is made.
        **kwargs: Passed on to ``keras.layers.Layer``.
    """

    def __init__(
        self,
        heads: int,
        head_dim: int,
        *,
        causal: bool,
        window: int | None = None,
        positions: str | None = None,
        int8: bool | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.supports_masking = True
        self.heads = heads
        self.head_dim = head_dim
        self.causal = causal
        self.window = window
        self.positions = positions
        self.int8 = quantization_wanted() if int8 is None else int8

    def build(self, input_shape: tuple) -> None:
        width, inner = input_shape[-1], self.heads * self.head_dim
        made_in = {"int8": self.int8, "dtype": self.dtype_policy}
        self.project = dense(3 * inner, name="project", **made_in)
        self.project.build((None, None, width))
        self.output_projection = dense(width, name="output", **made_in)
        self.output_projection.build((None, None, inner))
        if self.positions == "relative":
            self.distance_bias = self.add_weight(
                name="distance_bias",
                shape=(BUCKETS, self.heads),
                initializer="zeros",
                autocast=False,  # it is added to scores in float32
            )
        self.built = True

    def call(self, x: Any, mask: Any = None, training: bool | None = None) -> Any:
        length = ops.shape(x)[1]
        index = ops.arange(length)
        query, key, value = self._project(x, index)  # (B, heads, T, head_dim) each
        if isinstance(length, int) and length > BLOCK:
            return self._joined(self._found_in_blocks(query, key, value, mask, training))
        distance = index[:, None] - index[None, :]  # (T, T)
        return self._attend(query, key, value, self._visible(distance, mask, length), distance)

    def _found_in_blocks(self, query: Any, key: Any, value: Any, mask: Any, training: Any) -> Any:
        """The values that each query finds, a block of queries after the other.

        A block sees only what some of its queries may, so that causal layers take little more than
        half of the products; and in training its scores are found again for the gradient rather
        than kept (Rabe and Staats, 2021), most of what grows with the square of the length. On
        processors most networks train faster so; on GPUs it was not measured.
        """
        length = query.shape[2]
        size = max(BLOCK, -(-length // MOST_BLOCKS))
        # TensorFlow keeps what finds scores again for as long as the process: for little, too dear.
        again = training and (keras.backend.backend() != "tensorflow" or length > LONG)
        if on_jax() and on_processor() and not self.causal:
            return self._found_in_a_loop(query, key, value, mask, again)
        found: list[Any] = []
        for begin in range(0, length, size):
            end = min(begin + size, length)
            first = max(0, begin + 1 - self.window) if self.causal and self.window else 0
            last = end if self.causal else length
            find = self._finding(
                begin, first, length, None if mask is None else mask[:, first:last]
            )
            parts = (query[:, :, begin:end], key[:, :, first:last], value[:, :, first:last])
            if found:
                parts, found[-1] = _after(parts, found[-1])
            found.append(keras.remat(find)(*parts) if again else find(*parts))
        return ops.concatenate(found, axis=2)

    def _found_in_a_loop(self, query: Any, key: Any, value: Any, mask: Any, again: bool) -> Any:
        """The same where all blocks see all keys, on JAX on processors.

        Where scores are found again, XLA holds those of one block only, backwards too.
        """
        length = query.shape[2]
        missing = -length % LOOPED
        filled = ops.pad(query, [[0, 0], [0, 0], [0, missing], [0, 0]])
        shape = (*filled.shape[:2], -1, LOOPED, self.head_dim)
        blocks = ops.moveaxis(ops.reshape(filled, shape), 2, 0)  # (n, B, heads, LOOPED, head_dim)

        def find(block: tuple) -> Any:
            begin, query = block
            return self._finding(begin, 0, length, mask)(query, key, value)

        begins = ops.arange(0, length, LOOPED)
        found = ops.map(keras.remat(find) if again else find, (begins, blocks))
        return ops.reshape(ops.moveaxis(found, 0, 2), filled.shape)[:, :, :length]

    def _finding(self, begin: Any, first: int, length: int, mask: Any) -> Callable[..., Any]:
        """What finds values of queries and keys that begin at some steps of so many."""

        def find(query: Any, key: Any, value: Any) -> Any:
            steps, keys = ops.arange(query.shape[2]), ops.arange(key.shape[2])
            distance = (begin + steps)[:, None] - (first + keys)[None, :]
            return self._found(query, key, value, self._visible(distance, mask, length), distance)

        return find

    def initial_state(self, batch_size: int, max_length: int) -> dict[str, Any]:
        """An empty cache of keys and values, written round and round when a window bounds it."""
        slots = max_length if self.window is None else min(max_length, self.window)
        shape = (batch_size, self.heads, slots, self.head_dim)  # a head's keys stand together
        return {
            "key": ops.zeros(shape, dtype=self.compute_dtype),
            "value": ops.zeros(shape, dtype=self.compute_dtype),
        }

    def step(self, x: Any, state: dict[str, Any], position: Any) -> tuple[Any, dict[str, Any]]:
        """One step against the cache: (B, D) to (B, D), cost bounded by the number of slots."""
        position = ops.cast(position, "int32")
        query, key, value = self._project(x[:, None, :], position[None])  # (B, heads, 1, head_dim)
        slots = state["key"].shape[2]
        slot = position % slots
        keys, values = _written(state["key"], slot, key), _written(state["value"], slot, value)
        distance = (slot - ops.arange(slots)) % slots  # how long ago each slot was written
        visible = (distance <= position)[None, None, None, :]  # (1, 1, 1, slots)
        attended = self._attend(query, keys, values, visible, distance[None, :])
        return attended[:, 0], {"key": keys, "value": values}

    def prefill(
        self, x: Any, state: dict[str, Any], position: Any, count: Any
    ) -> tuple[Any, dict[str, Any]]:
        """Several steps at once: (B, K, D) to (B, K, D), of which the first ``count`` are kept.

        They look at the cache as it was and at each other: what they overwrite in a cache that goes
        round, the first of them still see.
        """
        position, count = ops.cast(position, "int32"), ops.cast(count, "int32")
        index = ops.arange(x.shape[1], dtype="int32")
        query, key, value = self._project(x, position + index)  # (B, heads, K, head_dim)
        slots = state["key"].shape[2]
        slot = ops.arange(slots, dtype="int32")
        age = (position - 1 - slot) % slots  # of what each slot holds, at the step before
        then = age[None, :] + 1 + index[:, None]  # (K, slots)
        now = index[:, None] - index[None, :]  # (K, K)
        known = ops.logical_and(age < position, then < (self.window or slots + x.shape[1]))
        fresh = self._visible(now, None, x.shape[1])[0, 0]
        attended = self._attend(
            query,
            ops.concatenate([state["key"], key], axis=2),
            ops.concatenate([state["value"], value], axis=2),
            ops.concatenate([known, fresh], axis=1)[None, None],
            ops.concatenate([then, now], axis=1),
        )
        first = (slot - position) % slots  # which step is the first to come into each slot,
        last = first + (count - 1 - first) // slots * slots  # and which the last
        taken, place = (last >= 0)[:, None], ops.maximum(last, 0)
        kept = {
            name: ops.where(taken, ops.take(new, place, axis=2), state[name])
            for name, new in (("key", key), ("value", value))
        }
        return attended, kept

    def _project(self, x: Any, positions: Any) -> tuple[Any, Any, Any]:
        batch, length = ops.shape(x)[0], ops.shape(x)[1]
        projected = by_rows(self.project, x)  # (B, T, 3 heads head_dim)
        parts = ops.split(projected, 3, axis=-1)  # slices would have a dearer gradient
        shape = (batch, length, self.heads, self.head_dim)
        query, key, value = (ops.swapaxes(ops.reshape(part, shape), 1, 2) for part in parts)
        if self.positions == "rotary":
            query, key = rotate(query, positions), rotate(key, positions)
        return query, key, value

    def _visible(self, distance: Any, mask: Any, length: Any) -> Any:
        """Which keys each query may see: broadcastable to (B, heads, T, T), None for all."""
        visible = None
        if self.causal:
            visible = distance >= 0  # (T, T)
            if self.window is not None and not (isinstance(length, int) and length <= self.window):
                visible = ops.logical_and(visible, distance < self.window)
            visible = visible[None, None]
        if mask is not None:
            real = ops.cast(mask, "bool")[:, None, None, :]  # (B, 1, 1, T)
            visible = real if visible is None else ops.logical_and(visible, real)
        return visible

    def _attend(self, query: Any, key: Any, value: Any, visible: Any, distance: Any) -> Any:
        """What each query finds, put together: (B, heads, T, head_dim) to (B, T, D)."""
        return self._joined(self._found(query, key, value, visible, distance))

    def _joined(self, attended: Any) -> Any:
        batch, length = ops.shape(attended)[0], ops.shape(attended)[2]
        joined = (batch, length, self.heads * self.head_dim)
        return by_rows(self.output_projection, ops.reshape(ops.swapaxes(attended, 1, 2), joined))

    def _found(self, query: Any, key: Any, value: Any, visible: Any, distance: Any) -> Any:
        """The values that each query finds, (B, heads, T, head_dim).

        Written out: ``ops.dot_product_attention`` took longer on processors, with its gradient and
        most of all for one query of each of several rows. Where a GPU has a kernel for all of it
        that may be the faster one: it was not measured there.
        """
        scores = ops.matmul(query * self.head_dim**-0.5, ops.swapaxes(key, 2, 3))
        scores = ops.cast(scores, "float32")  # (B, heads, T, S), whatever the precision
        if self.positions == "relative":
            scores = scores + self._distance_bias(distance)
        if visible is not None:
            # Taken off rather than chosen, which has a dearer gradient, or added: TensorFlow makes
            # one kernel of product and sum, which takes 300 times as long for several rows.
            scores = scores - ops.where(visible, NOTHING, ALL)
        # Keras warns of the softmax of a single number.
        weights = ops.softmax(scores) if scores.shape[-1] != 1 else ops.ones_like(scores)
        return ops.matmul(ops.cast(weights, value.dtype), value)

    def _distance_bias(self, distance: Any) -> Any:
        """What distances (T, S) add to the scores of each head, (1, heads, T, S) float32."""
        bucket = relative_bucket(distance, causal=self.causal)  # (T, S)
        bias = ops.transpose(ops.take(self.distance_bias, bucket, axis=0), (2, 0, 1))[None]
        return ops.cast(bias, "float32")

    def compute_output_shape(self, input_shape: tuple, **_: Any) -> tuple:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {
            "heads": self.heads,
            "head_dim": self.head_dim,
            "causal": self.causal,
            "window": self.window,
            "positions": self.positions,
            "int8": self.int8,
        }


def _after(parts: tuple, found: Any) -> tuple[tuple, Any]:
    """The same tensors, so tied that what is made of the parts is made after what was found.

    XLA would work at many blocks at once, and hold the scores of all of them.
    """
    if not on_jax():
        return parts, found
    import jax

    return jax.lax.optimization_barrier((parts, found))


def _written(cache: Any, slot: Any, value: Any) -> Any:
    """A cache (B, heads, slots, head_dim) with one slot replaced, (B, heads, 1, head_dim)."""
    if keras.backend.backend() != "tensorflow":
        return ops.slice_update(cache, (0, 0, slot, 0), value)
    # TensorFlow's slice update is a program of XLA's, which copies all of the cache.
    rows = ops.shape(cache)[0] * ops.shape(cache)[1]
    places = ops.stack([ops.arange(rows), ops.full((rows,), slot, dtype="int32")], axis=1)
    flat = ops.reshape(cache, (rows, *cache.shape[2:]))
    written = ops.scatter_update(flat, places, ops.reshape(value, (rows, cache.shape[3])))
    return ops.reshape(written, ops.shape(cache))
