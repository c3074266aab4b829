"""From numeric steps to model width, before the backbone."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable("modelzoo")
class SeriesStem(keras.layers.Layer):
    """Two convolutions over time: (B, T, C) to (B, T / stride, D).

    Local shape is what distinguishes most series (Wang et al., 2017), and a stride keeps long
    ones affordable for every backbone. Padded steps count as zeros, so that padding changes
    nothing; T must divide by the stride.

    Args:
        width: D.
        stride: Steps merged into one.
        **kwargs: Passed on to ``keras.layers.Layer``.
    """

    def __init__(self, width: int, stride: int = 1, **kwargs: Any):
        super().__init__(**kwargs)
        self.width = width
        self.stride = stride
        self.supports_masking = True
        convolution = {
            "padding": "same",
            "kernel_initializer": "he_normal",
            "dtype": self.dtype_policy,
        }
        self.local = keras.layers.Conv1D(width, 5, activation="relu", name="local", **convolution)
        self.merge = keras.layers.Conv1D(
            width, max(3, 2 * stride), strides=stride, name="merge", **convolution
        )

    def build(self, input_shape: tuple) -> None:
        for layer, channels in ((self.local, input_shape[-1]), (self.merge, self.width)):
            if not layer.built:
                layer.build((*input_shape[:-1], channels))
        self.built = True

    def call(self, x: Any, mask: Any = None) -> Any:
        if mask is not None:
            real = ops.cast(mask, x.dtype)[:, :, None]  # (B, T, 1)
            x = self.local(x * real) * real
        else:
            x = self.local(x)
        return self.merge(x)  # (B, T / stride, D)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """The mask of the merged steps: real where any of them is."""
        if previous_mask is None or self.stride == 1:
            return previous_mask
        return previous_mask[:, :: self.stride]

    def compute_output_shape(self, input_shape: tuple, **_: Any) -> tuple:
        batch, length, _channels = input_shape
        return (batch, length and length // self.stride, self.width)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"width": self.width, "stride": self.stride}
