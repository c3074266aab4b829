"""Dense layers over all steps of all sequences, as the rows of one matrix."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from modelzoo.layers.backend import on_jax


def by_rows(layer: keras.layers.Dense, x: Any) -> Any:
    """What a dense layer answers to (..., C), with a gradient that XLA finds faster.

    The gradient of its kernel is a sum over all axes but the last, which XLA first lays out anew on
    processors; of (N, C) it is one product.
    """
    if len(x.shape) == 2:
        return layer(x)
    shape = ops.shape(x)
    return ops.reshape(layer(rows_of(x)), (*shape[:-1], layer.units))


def laid_out(matrix: Any) -> Any:
    """A matrix (O, C) as `times` takes it; who multiplies step by step makes it once.

    TensorFlow multiplies a few rows by (C, O) faster than by the transpose of (O, C), but
    transposing takes as long as many products. JAX does both alike.
    """
    return matrix if on_jax() else ops.transpose(matrix)


def times(vectors: Any, matrix: Any) -> Any:
    """Vectors (..., C) by what `laid_out` returned: (..., O)."""
    rows = rows_of(vectors)  # see `by_rows`
    # Of one row's matmul with a transpose XLA makes a sum of its own, ten times as slow on JAX.
    found = ops.einsum("nc,oc->no", rows, matrix) if on_jax() else ops.matmul(rows, matrix)
    return ops.reshape(found, (*ops.shape(vectors)[:-1], found.shape[-1]))


def rows_of(x: Any) -> Any:
    """Everything but the last axis as one: (..., D) to (N, D)."""
    return ops.reshape(x, (-1, x.shape[-1]))
