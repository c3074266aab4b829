"""A dense layer that takes all steps of all sequences as the rows of one matrix."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable("modelzoo")
class Dense(keras.layers.Dense):
    """``keras.layers.Dense``, whose kernel has a gradient that XLA finds faster.

    Of inputs (B, T, C) that gradient is a sum over two axes, which XLA first lays out anew on
    processors; of (B T, C) it is one product.
    """

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        if len(inputs.shape) == 2:
            return super().call(inputs, training=training)
        shape = ops.shape(inputs)
        outputs = super().call(rows_of(inputs), training=training)
        return ops.reshape(outputs, (*shape[:-1], self.units))


def rows_of(x: Any) -> Any:
    """Everything but the last axis as one: (..., D) to (N, D)."""
    return ops.reshape(x, (-1, x.shape[-1]))
