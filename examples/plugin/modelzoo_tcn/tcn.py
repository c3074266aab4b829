"""Temporal convolutional network (Bai, Kolter and Koltun, 2018)."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from modelzoo.errors import check_share, check_whole
from modelzoo.layers import Backbone, Norm


@keras.saving.register_keras_serializable("modelzoo_tcn")
class DilatedBlock(keras.layers.Layer):
    """``y = x + dropout(mix(gelu(convolve(norm(x)))))``, looking back in strides of ``dilation``.

    Args:
        kernel_size: Steps that the convolution sees, the present one included.
        dilation: Distance between them.
        dropout: Share of what is added that is dropped in training, in [0, 1).
        **kwargs: Passed on to ``keras.layers.Layer``.
    """

    def __init__(self, kernel_size: int, dilation: int, *, dropout: float = 0.0, **kwargs: Any):
        super().__init__(**kwargs)
        self.supports_masking = True
        self.kernel_size = kernel_size
        self.dilation = dilation
        self.norm = Norm(dtype=self.dtype_policy, name="norm")
        self.dropout = keras.layers.Dropout(dropout, dtype=self.dtype_policy, name="dropout")

    def build(self, input_shape: tuple) -> None:
        width = input_shape[-1]
        self.convolve = keras.layers.Conv1D(
            width,
            self.kernel_size,
            dilation_rate=self.dilation,
            padding="causal",
            dtype=self.dtype_policy,
            name="convolve",
        )
        self.mix = keras.layers.Dense(width, dtype=self.dtype_policy, name="mix")
        for layer in (self.norm, self.convolve, self.mix):
            if not layer.built:
                layer.build(input_shape)
        self.built = True

    def call(self, x: Any, mask: Any = None, training: bool | None = None) -> Any:
        seen = self.norm(x)  # (B, T, D)
        if mask is not None:  # what is not real counts as the zeros before the beginning
            seen = seen * ops.cast(mask, seen.dtype)[:, :, None]
        y = self.mix(ops.gelu(self.convolve(seen)))  # (B, T, D)
        return x + self.dropout(y, training=training)

    def initial_state(self, batch_size: int, max_length: int) -> Any:
        """The normalized inputs that the convolution still needs, as many however long the text."""
        shape = (batch_size, (self.kernel_size - 1) * self.dilation, self.convolve.filters)
        return ops.zeros(shape, dtype=self.compute_dtype)

    def step(self, x: Any, state: Any, position: Any) -> tuple[Any, Any]:
        seen = ops.concatenate([state, self.norm(x)[:, None]], axis=1)
        kernel = ops.cast(self.convolve.kernel, seen.dtype)
        y = ops.einsum("bkd,kde->be", seen[:, :: self.dilation], kernel)  # (B, D)
        y = self.mix(ops.gelu(y + ops.cast(self.convolve.bias, y.dtype)))
        return x + y, seen[:, 1:]

    def compute_output_shape(self, input_shape: tuple, **_: Any) -> tuple:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {
            "kernel_size": self.kernel_size,
            "dilation": self.dilation,
            "dropout": self.dropout.rate,
        }


def tcn(
    *, width: int = 128, depth: int = 6, kernel_size: int = 3, dropout: float = 0.1
) -> Backbone:
    """Stacks causal convolutions whose dilation doubles from layer to layer.

    Args:
        width: Model width D.
        depth: Number of layers; together they see ``1 + (kernel_size - 1) * (2 ** depth - 1)``
            steps, 127 by default.
        kernel_size: Steps that each layer sees, the present one included.
        dropout: Share of each layer's outputs dropped in training, in [0, 1).

    Returns:
        A causal, streaming backbone (B, T, D) to (B, T, D).

    Raises:
        InputError: A hyper-parameter is outside its range.
    """
    check_whole("width", width)
    check_whole("depth", depth)
    check_whole("kernel_size", kernel_size, least=2)
    check_share("dropout", dropout)
    blocks: list[keras.layers.Layer] = [
        DilatedBlock(kernel_size, 2**index, dropout=dropout, name=f"block_{index}")
        for index in range(depth)
    ]
    return Backbone([*blocks, Norm(name="final_norm")], width=width, causal=True)
