"""The loss of quantile forecasts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable("modelzoo")
class PinballLoss(keras.losses.Loss):
    """Quantile loss averaged over the quantiles: y (B, H) and forecasts (B, H, Q) to (B, H).

    Args:
        quantiles: The Q levels.
        **kwargs: Passed on to ``keras.losses.Loss``.
    """

    def __init__(self, quantiles: Sequence[float], **kwargs: Any):
        super().__init__(**kwargs)
        self.quantiles = tuple(quantiles)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        level = ops.convert_to_tensor(self.quantiles, dtype=y_pred.dtype)
        error = y_true[:, :, None] - y_pred  # (B, H, Q)
        return ops.mean(ops.maximum(level * error, (level - 1.0) * error), axis=-1)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"quantiles": self.quantiles}
