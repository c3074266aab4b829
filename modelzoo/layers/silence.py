"""The block that says nothing."""

from __future__ import annotations

from typing import Any

import keras


@keras.saving.register_keras_serializable("modelzoo")
class Silence(keras.layers.Layer):
    """Answers zeros to whatever it hears, so that a task shows what it does without a backbone."""

    def __init__(self, **kwargs: Any):
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, x: Any, mask: Any = None, training: bool | None = None) -> Any:
        # Not zeros from nowhere: Keras warns where a weight before it has no gradient at all.
        return 0.0 * x  # (B, T, D)

    def initial_state(self, batch_size: int, max_length: int) -> tuple:
        return ()

    def step(self, x: Any, state: Any, position: Any) -> tuple[Any, Any]:
        return 0.0 * x, state  # (B, D)
