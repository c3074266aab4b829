"""From a sequence of vectors to one vector, paying no heed to padding."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable("modelzoo")
class MaskedPooling(keras.layers.Layer):
    """Two views of a sequence side by side, its summary and its peaks: (B, T, D) to (B, 2 D).

    The summary is the last real step where the backbone is causal (it alone has seen everything)
    and the mean of the real steps where every step sees everything. The peaks, the maximum over
    the real steps, keep what a long sequence would average away. A row without a real step gives
    zeros.

    Args:
        causal: Summarize by the last real step rather than by the mean.
        peaks: False for the summary alone, (B, D).
        **kwargs: Passed on to ``keras.layers.Layer``.
    """

    def __init__(self, causal: bool, *, peaks: bool = True, **kwargs: Any):
        super().__init__(**kwargs)
        self.causal = causal
        self.peaks = peaks
        self.supports_masking = True

    def call(self, x: Any, mask: Any = None) -> Any:
        if mask is None:
            mask = ops.ones(ops.shape(x)[:2], dtype="bool")
        real = ops.cast(mask, "int32")  # (B, T)
        if self.causal:
            seen = ops.cumsum(real, axis=1)
            weight = real * ops.cast(seen == seen[:, -1:], "int32")  # 1 at the last real step
            weight = ops.cast(weight, x.dtype)
        else:
            count = ops.maximum(ops.sum(real, axis=1, keepdims=True), 1)
            weight = ops.cast(real, x.dtype) / ops.cast(count, x.dtype)
        is_real = ops.cast(mask, "bool")[:, :, None]
        summary = ops.sum(ops.where(is_real, x * weight[:, :, None], 0), axis=1)  # (B, D)
        if not self.peaks:
            return summary
        peaks = ops.max(ops.where(is_real, x, ops.cast(-6e4, x.dtype)), axis=1)  # float16's range
        peaks = ops.where(ops.any(is_real, axis=1), peaks, ops.zeros_like(peaks))
        return ops.concatenate([summary, peaks], axis=-1)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> None:
        return None

    def compute_output_shape(self, input_shape: tuple, **_: Any) -> tuple:
        return (input_shape[0], input_shape[-1] * (1 + self.peaks))

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"causal": self.causal, "peaks": self.peaks}
