"""Ways to tell an attention layer where each step stands.

Our own rather than ``keras_nlp.layers``' (with which the tests check them to agree): importing
keras_nlp takes longer than building a model, and loads tensorflow-text also where JAX is the
backend.
"""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops

BUCKETS = 32  # of relative distance, as in T5
FARTHEST = 128  # distance from which on all share the last bucket


@keras.saving.register_keras_serializable("modelzoo")
class LearnedPositions(keras.layers.Layer):
    """Adds one learned vector a position (Gehring et al., 2017), as BERT and GPT-2 do.

    Args:
        max_length: Number of positions; longer sequences cannot be represented.
        **kwargs: Passed on to ``keras.layers.Layer``.
    """

    def __init__(self, max_length: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.supports_masking = True
        self.max_length = max_length

    def build(self, input_shape: tuple) -> None:
        self.table = self.add_weight(
            name="positions", shape=(self.max_length, input_shape[-1]), initializer=_small_normal()
        )
        self.built = True

    def call(self, x: Any, mask: Any = None, training: bool | None = None) -> Any:
        return x + ops.cast(self.table[: ops.shape(x)[1]], x.dtype)  # (B, T, D)

    def initial_state(self, batch_size: int, max_length: int) -> tuple:
        return ()

    def step(self, x: Any, state: tuple, position: Any) -> tuple[Any, tuple]:
        return x + ops.cast(ops.take(self.table, position, axis=0), x.dtype), state  # (B, D)

    def prefill(self, x: Any, state: tuple, position: Any, count: Any) -> tuple[Any, tuple]:
        # What stands behind the real steps may lie beyond the table.
        places = ops.minimum(position + ops.arange(x.shape[1]), self.max_length - 1)
        return x + ops.cast(ops.take(self.table, places, axis=0), x.dtype), state  # (B, K, D)

    def compute_output_shape(self, input_shape: tuple, **_: Any) -> tuple:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"max_length": self.max_length}


def rotate(x: Any, positions: Any) -> Any:
    """Rotary position embedding (Su et al., 2021): turns queries and keys by their position.

    Args:
        x: (..., T, head_dim), head_dim even.
        positions: (T,) integers.

    Returns:
        The rotated x; dot products of two such depend on their distance only.
    """
    half = x.shape[-1] // 2
    frequency = ops.exp(ops.arange(half, dtype="float32") * (-math.log(10_000.0) / half))
    angle = ops.cast(positions, "float32")[:, None] * frequency  # (T, head_dim / 2)
    cosine, sine = ops.cast(ops.cos(angle), x.dtype), ops.cast(ops.sin(angle), x.dtype)
    left, right = ops.split(x, 2, axis=-1)  # slices would have a dearer gradient
    return ops.concatenate([left * cosine - right * sine, right * cosine + left * sine], axis=-1)


def relative_bucket(distance: Any, *, causal: bool) -> Any:
    """Buckets of relative position (T5, Raffel et al., 2020): exact when near, coarse when far.

    Args:
        distance: Integers, query position minus key position; any shape.
        causal: Keys never lie after the query, so that all buckets serve the past.

    Returns:
        Integers in [0, BUCKETS), of the same shape.
    """
    distance = ops.cast(distance, "int32")
    buckets = BUCKETS if causal else BUCKETS // 2
    offset = 0 if causal else buckets * ops.cast(distance < 0, "int32")
    distance = ops.maximum(distance, 0) if causal else ops.abs(distance)
    exact = buckets // 2
    scale = (buckets - exact) / math.log(FARTHEST / exact)
    far = ops.log(ops.cast(ops.maximum(distance, 1), "float32") / exact) * scale
    far = ops.minimum(exact + ops.cast(far, "int32"), buckets - 1)
    bucket = offset + ops.where(distance < exact, distance, far)
    return ops.cast(bucket, "int32")  # JAX promotes them to Keras' float type


def _small_normal() -> keras.initializers.Initializer:
    return keras.initializers.TruncatedNormal(stddev=0.02)
