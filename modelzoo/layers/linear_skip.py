"""The straight path from context to horizon, beside a backbone."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable("modelzoo")
class LinearSkip(keras.layers.Layer):
    """A linear map from context to horizon that is computed, not trained: zeros until it is set.

    Args:
        horizon: H.
        **kwargs: Passed on to ``keras.layers.Layer``.
    """

    def __init__(self, horizon: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.horizon = horizon

    def build(self, input_shape: tuple) -> None:
        shape = (input_shape[-1], self.horizon)
        self.skip = self.add_weight(name="skip", shape=shape, initializer="zeros", trainable=False)
        self.built = True

    def call(self, x: Any) -> Any:
        return ops.matmul(x, self.skip)  # (B, L) to (B, H)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return (*input_shape[:-1], self.horizon)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"horizon": self.horizon}
