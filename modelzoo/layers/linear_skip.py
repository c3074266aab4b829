"""The straight path from context to horizon, beside a backbone."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

SEASONS_AVERAGED = 4  # by the forecast that training starts from


def seasonal_mean(context: int, horizon: int, season_length: int) -> np.ndarray:
    """The matrix (L, H) that forecasts by the mean of the last few seasons.

    All zeros without a season: for windows centred on their last value that is the naive forecast.
    """
    matrix = np.zeros((context, horizon), "float32")
    step, season = np.arange(horizon), season_length
    seasons = min(SEASONS_AVERAGED, context // season) if season > 1 else 0
    for back in range(1, seasons + 1):
        matrix[context - back * season + step % season, step] = 1 / seasons
    return matrix


@keras.saving.register_keras_serializable("modelzoo")
class LinearSkip(keras.layers.Layer):
    """A linear map from context to horizon that starts as the mean of the last few seasons.

    Args:
        horizon: H.
        season_length: Steps in a season; a season longer than the context counts as none.
        pull: Weight, in the training loss, of the squared distance from that start: little data
            should not talk the model out of it.
        **kwargs: Passed on to ``keras.layers.Layer``.
    """

    def __init__(self, horizon: int, season_length: int = 1, pull: float = 0.0, **kwargs: Any):
        super().__init__(**kwargs)
        self.horizon = horizon
        self.season_length = season_length
        self.pull = pull

    def build(self, input_shape: tuple) -> None:
        context, season = input_shape[-1], self.season_length

        def begin(shape: tuple, dtype: Any = None) -> Any:  # made only where numbers are wanted
            return ops.convert_to_tensor(seasonal_mean(context, self.horizon, season), dtype)

        if self.pull:
            self.start = seasonal_mean(context, self.horizon, season)
        self.skip = self.add_weight(name="skip", shape=(context, self.horizon), initializer=begin)
        self.built = True

    def call(self, x: Any) -> Any:
        if self.pull:
            self.add_loss(self.pull * ops.sum(ops.square(self.skip - self.start)))
        return ops.matmul(x, self.skip)  # (..., L) to (..., H)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return (*input_shape[:-1], self.horizon)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {
            "horizon": self.horizon,
            "season_length": self.season_length,
            "pull": self.pull,
        }
