"""The linear effect of what is known of each step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable("modelzoo")
class CovariateEffect(keras.layers.Layer):
    """A weighted sum of the covariates of each step: (B, T, F) to (B, T).

    Args:
        start: The F weights that training starts from.
        **kwargs: Passed on to ``keras.layers.Layer``.
    """

    def __init__(self, start: Sequence[float], **kwargs: Any):
        super().__init__(**kwargs)
        self.start = list(start)

    def build(self, input_shape: tuple) -> None:
        self.effects = self.add_weight(
            name="effects",
            shape=(len(self.start),),
            initializer=lambda shape, dtype=None: ops.convert_to_tensor(self.start, dtype),
        )
        self.built = True

    def call(self, x: Any) -> Any:
        return ops.sum(x * self.effects, axis=-1)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return input_shape[:-1]

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"start": self.start}
