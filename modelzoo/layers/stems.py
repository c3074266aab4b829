"""From numeric steps to model width, before the backbone."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

KERNELS = (7, 5, 3)  # odd, so that they look as far ahead as back
STEPS_KEPT = 128  # longer series are merged by a stride until about so many steps remain


def stride_for(length: int) -> int:
    """How many steps of a series are merged into one, by the longest series.

    >>> stride_for(128), stride_for(129), stride_for(300)
    (1, 2, 4)
    """
    stride = 1
    while length > STEPS_KEPT * stride and stride < 64:
        stride *= 2
    return stride


@keras.saving.register_keras_serializable("modelzoo")
class SeriesStem(keras.layers.Layer):
    """Three convolutions over time, each batch-normalized: (B, T, C) to (B, T / stride, D).

    Local shape is what distinguishes most series: these are the layers of the fully convolutional
    network (Wang et al., 2017), a strong classifier by itself. A stride keeps long series
    affordable for every backbone. Padded steps count as zeros, and not at all for the
    normalization, so that padding changes nothing; T must divide by the stride.

    Args:
        width: D.
        stride: Steps merged into one, by the last convolution.
        **kwargs: Passed on to ``keras.layers.Layer``.
    """

    def __init__(self, width: int, stride: int = 1, **kwargs: Any):
        super().__init__(**kwargs)
        self.width = width
        self.stride = stride
        self.supports_masking = True
        strides = [1] * (len(KERNELS) - 1) + [stride]
        self.convolutions = [
            keras.layers.Conv1D(
                width,
                max(kernel, 2 * step) if step > 1 else kernel,
                strides=step,
                padding="same",
                use_bias=False,
                kernel_initializer="he_normal",
                dtype=self.dtype_policy,
                name=f"convolution_{number}",
            )
            for number, (kernel, step) in enumerate(zip(KERNELS, strides, strict=True))
        ]
        self.norms = [
            keras.layers.BatchNormalization(momentum=0.9, dtype=self.dtype_policy, name=f"norm_{n}")
            for n in range(len(KERNELS))
        ]

    def build(self, input_shape: tuple) -> None:
        channels = input_shape[-1]
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            if not convolution.built:
                convolution.build((*input_shape[:-1], channels))
                norm.build((*input_shape[:-1], self.width))
            channels = self.width
        self.built = True

    def call(self, x: Any, mask: Any = None, training: bool | None = None) -> Any:
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            if mask is not None:
                x = x * ops.cast(mask, x.dtype)[:, :, None]  # (B, T, 1)
            x = convolution(x)
            if convolution is self.convolutions[-1]:
                mask = self.compute_mask(x, mask)
            x = ops.relu(norm(x, training=training, mask=mask))
        return x  # (B, T / stride, D)

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
