"""A linear classifier of random convolutions within the network."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from modelzoo.data.random_convolutions import LENGTH, PLACES, dilations, padded

SHARES = 12  # of each kernel: MiniRocket takes 119, and gains next to nothing beside a network
LONGEST = 4096  # steps that they spread over: wide kernels take memory, on short series too
MOST_PLACES = 32  # steps: in longer series it says little by itself where something stands


def places(longest: int) -> int:
    """The steps whose values count by where they stand, from the first one."""
    return longest if longest <= MOST_PLACES else 0


@keras.saving.register_keras_serializable("modelzoo")
class ConvolutionScores(keras.layers.Layer):
    """Scores of the classes by how a series is shaped: (B, T, C) and its mask (B, T) to (B, K).

    A linear model of the shares of steps at which fixed convolutions exceed fixed levels, see
    :class:`modelzoo.data.random_convolutions.RandomConvolutions`, and for short series and tables
    of the values themselves. Its weights are not trained but set, see :meth:`fill`.

    Args:
        classes: K.
        longest: Steps that the convolutions spread over, ``LONGEST`` at most.
        **kwargs: Passed on to ``keras.layers.Layer``.
    """

    def __init__(self, classes: int, longest: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.classes = classes
        self.longest = longest
        self.supports_masking = True
        self.dilations = dilations(longest, SHARES)

    def build(self, input_shape: tuple) -> None:
        kernels = len(PLACES)
        sizes = {
            "channels": (len(self.dilations), input_shape[-1], kernels),
            "thresholds": (SHARES * kernels,),
            "table": (SHARES * kernels, self.classes),
            "places": (places(self.longest) * input_shape[-1], self.classes),
            "bias": (self.classes,),
        }
        for name, shape in sizes.items():
            weight = self.add_weight(name=name, shape=shape, initializer="zeros", trainable=False)
            setattr(self, name, weight)
        self.built = True

    def fill(self, channels: Any, thresholds: Any, table: Any, places: Any, bias: Any) -> None:
        """Sets what is known.

        Args:
            channels: (D, C, 84) the channels that each kernel at each dilation sums over.
            thresholds: (S,) what their outputs are compared with.
            table: (S, K) what the share of steps above each says of the classes.
            places: (P C, K) what the values of the first P steps say.
            bias: (K,) the scores where all of these are 0.
        """
        self.channels.assign(channels)
        self.thresholds.assign(thresholds)
        self.table.assign(table)
        self.places.assign(places)
        self.bias.assign(bias)

    def call(self, x: Any, mask: Any) -> Any:
        real = ops.cast(mask, x.dtype)  # (B, T)
        x = x * real[:, :, None]
        lengths = ops.sum(real, axis=1, keepdims=True)  # (B, 1)
        steps = ops.cumsum(ops.ones_like(real), axis=1) - 1  # (B, T)
        scores, start = self.bias, 0
        if first := places(self.longest):
            values = ops.pad(x, [[0, 0], [0, first], [0, 0]])[:, :first]  # (B, P, C)
            values = ops.reshape(values, (-1, first * x.shape[-1]))
            scores = scores + ops.matmul(values, self.places)  # (B, K)
        for number, (dilation, share) in enumerate(self.dilations):
            reach = LENGTH // 2 * dilation
            inner = real * ops.cast(
                ops.logical_and(steps >= reach, steps < lengths - reach), x.dtype
            )
            # A sequence too short for the kernels to stand in has its edges only.
            inner = ops.where(ops.any(inner > 0, axis=1, keepdims=True), inner, real)
            counts = ops.where(padded(number), real[:, :, None], inner[:, :, None])  # (B, T, 84)
            kernels = _WEIGHTS[:, None, :] * self.channels[number]  # (9, C, 84)
            outputs = ops.conv(x, kernels, padding="same", dilation_rate=dilation)  # (B, T, 84)
            size = ops.maximum(ops.sum(counts, axis=1), 1)  # (B, 84)
            stop = start + share * len(PLACES)
            levels = ops.reshape(self.thresholds[start:stop], (-1, share))  # (84, F)
            table = ops.reshape(self.table[start:stop], (-1, share, self.classes))  # (84, F, K)
            for place in range(share):  # one by one: all at once would take the memory
                above = ops.cast(outputs > levels[:, place], x.dtype) * counts
                scores = scores + ops.matmul(ops.sum(above, axis=1) / size, table[:, place])
            start = stop
        return scores  # (B, K)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> None:
        """None: no steps are left."""

    def compute_output_shape(self, input_shape: tuple, **_: Any) -> tuple:
        return (input_shape[0], self.classes)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"classes": self.classes, "longest": self.longest}


def _weights() -> np.ndarray:
    """Those of the kernels: (9, 84)."""
    weights = np.full((LENGTH, len(PLACES)), -1, "float32")
    for kernel, places in enumerate(PLACES):
        weights[list(places), kernel] = 2
    return weights


_WEIGHTS = _weights()
