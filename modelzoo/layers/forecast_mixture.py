"""A choice among simple forecasts, by how well each would have forecast the end of the context."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

TRIALS = 3  # earlier contexts that the forecasts are tried on
WEEK = 7  # seasons, where these are days
GAIN = 10.0  # of the scores: small steps of training can turn them
SMALLEST_ERROR = 0.01  # in the spread of the window: smaller ones are all as good


def trial_steps(length: int) -> int:
    """By how many steps more each trial goes back: all of them by a third of the context."""
    return max(1, length // (3 * TRIALS))


def lags_of(length: int, season_length: int, padding: int = 0) -> tuple[int, ...]:
    """How far back they look that repeat what was: a season, and seven, if each trial sees them.

    Args:
        length: L, steps of a context.
        season_length: Steps in a season, 1 for none: then the last value is repeated.
        padding: How many of the first steps only fill it up.
    """
    reach = length - padding - TRIALS * trial_steps(length)
    lags = {season_length, WEEK * season_length} if season_length > 1 else {1}
    return tuple(sorted(lag for lag in lags if lag <= reach))


@keras.saving.register_keras_serializable("modelzoo")
class PastContexts(keras.layers.Layer):
    """Contexts (B, L) now, and as they were at each trial: (B, 1 + TRIALS, L).

    Each is centred on its last value; its first value stands for those that came before it.
    """

    def call(self, x: Any) -> Any:
        past, steps = [x - x[:, -1:]], trial_steps(x.shape[-1])
        for trial in range(1, TRIALS + 1):
            back = trial * steps
            front = ops.repeat(x[:, :1], back, axis=1)
            earlier = ops.concatenate([front, x[:, :-back]], axis=1)
            past.append(earlier - earlier[:, -1:])
        return ops.stack(past, axis=1)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return (input_shape[0], 1 + TRIALS, input_shape[1])


@keras.saving.register_keras_serializable("modelzoo")
class ForecastMixture(keras.layers.Layer):
    """Mixes a linear forecast with repetitions of the last season and the last week.

    Each forecasts from earlier contexts too, and the less it missed what came, and the more what
    the backbone saw speaks for it, the more it counts. FFORMA (Montero-Manso et al., 2020) learns
    such weights from features of a series; here the errors themselves are the features, and the
    weights are trained with the rest of the network. They start near the linear forecast.

    What is missing is no test of a forecast, and a repetition counts less by the share of its steps
    that are missing.

    Args:
        lags: Steps in each stretch that is repeated, at most as `lags_of` gives them.
        **kwargs: Passed on to ``keras.layers.Layer``.
    """

    def __init__(self, lags: Sequence[int], **kwargs: Any):
        super().__init__(**kwargs)
        self.lags = tuple(lags)

    def build(self, input_shape: list[tuple]) -> None:
        width, count = input_shape[-1][-1], 1 + len(self.lags)  # D, K forecasts
        self.by_error = self.add_weight(
            name="by_error", shape=(count, count), initializer=_smaller_errors_count_more
        )
        self.by_context = self.add_weight(
            name="by_context", shape=(width, count), initializer="zeros"
        )
        self.bias = self.add_weight(name="bias", shape=(count,), initializer=_the_first_counts_most)
        self.built = True

    def call(self, inputs: list[Any]) -> Any:
        """The mixed forecast (B, H).

        Args:
            inputs: The contexts of `PastContexts` (B, S, L), which of their steps are observed now
                (B, L), the linear forecasts from each (B, S, H), and what the backbone saw (B, D).
        """
        past, observed, linear, seen = inputs
        horizon = linear.shape[-1]
        repeated = [_repeated(past, lag, horizon) for lag in self.lags]
        forecasts = ops.stack([linear, *repeated], axis=2)  # (B, S, K, H)
        errors = ops.log(self._errors(past[:, 0], observed, forecasts) + SMALLEST_ERROR)  # (B, K)
        errors = errors - ops.mean(errors, axis=1, keepdims=True)
        scores = ops.matmul(errors, self.by_error) + ops.matmul(seen, self.by_context) + self.bias
        known = [ops.mean(_repeated(observed, lag, horizon), axis=-1) for lag in self.lags]
        share = ops.stack([ops.ones_like(observed[:, 0]), *known], axis=1)  # (B, K)
        # A logarithm, as products could leave nothing to divide by.
        weights = ops.softmax(GAIN * scores + ops.log(ops.maximum(share, 1e-30)), axis=-1)
        return ops.sum(forecasts[:, 0] * weights[:, :, None], axis=1)

    def _errors(self, context: Any, observed: Any, forecasts: Any) -> Any:
        """The mean absolute errors (B, K) of the forecasts from the earlier contexts."""
        length, horizon = context.shape[-1], forecasts.shape[-1]
        missed, known = [], []
        for trial in range(1, TRIALS + 1):
            back = trial * trial_steps(length)
            start, count = length - back, min(back, horizon)
            came = context[:, start : start + count] - context[:, start - 1 : start]
            counts = observed[:, None, start : start + count]  # (B, 1, m)
            each = ops.abs(forecasts[:, trial, :, :count] - came[:, None]) * counts
            missed.append(ops.sum(each, axis=-1) / count)
            known.append(ops.sum(counts, axis=-1) / count)
        return sum(missed) / ops.maximum(sum(known), 1e-6)

    def compute_output_shape(self, input_shape: list[tuple]) -> tuple:
        return (input_shape[0][0], input_shape[2][-1])

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"lags": self.lags}


def _repeated(x: Any, lag: int, horizon: int) -> Any:
    """The last ``lag`` steps of the last axis, again and again for ``horizon`` steps."""
    times = [1] * (len(x.shape) - 1) + [-(-horizon // lag)]
    return ops.tile(x[..., -lag:], times)[..., :horizon]


def _smaller_errors_count_more(shape: tuple, dtype: Any = None) -> Any:
    """As the inverse of the error, where they count alike otherwise."""
    return -ops.eye(shape[0], dtype=dtype) / GAIN


def _the_first_counts_most(shape: tuple, dtype: Any = None) -> Any:
    return 2 / GAIN * ops.one_hot(0, shape[0], dtype=dtype)
