"""A linear classifier of random convolutions within the network."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from modelzoo.data.random_convolutions import LENGTH, PLACES, dilations, padded
from modelzoo.layers.backend import on_jax, on_processor

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
        scores = self.bias
        if first := places(self.longest):
            values = ops.pad(x, [[0, 0], [0, first], [0, 0]])[:, :first]  # (B, P, C)
            values = ops.reshape(values, (-1, first * x.shape[-1]))
            scores = scores + ops.matmul(values, self.places)  # (B, K)
        kernels, levels, tables = self._by_dilation()
        dilations = [dilation for dilation, _ in self.dilations]
        counted = [_inner(real, LENGTH // 2 * dilation) for dilation in dilations]
        # On processors XLA's dilated convolutions and sums over steps take several times as long.
        count = _in_one_loop if on_jax() and on_processor() else _one_after_the_other
        above = count(x, real, counted, kernels, levels, dilations)
        for number, (found, inner, table) in enumerate(zip(above, counted, tables, strict=True)):
            size = ops.where(padded(number), _steps(real), _steps(inner))  # (B, 84)
            shares = found / ops.maximum(size, 1)[:, None]  # (B, F, 84)
            scores = scores + ops.matmul(ops.reshape(shares, (-1, table.shape[0])), table)
        return scores  # (B, K)

    def _by_dilation(self) -> tuple[list[Any], list[Any], list[Any]]:
        """The kernels (9 C, 84), levels (F, 84) and table (F 84, K) of each dilation."""
        kernels, levels, tables, start = [], [], [], 0
        for number, (_, share) in enumerate(self.dilations):
            stop = start + share * len(PLACES)
            weights = _WEIGHTS[:, None] * self.channels[number]  # (9, C, 84)
            kernels.append(ops.reshape(weights, (-1, len(PLACES))))
            levels.append(ops.transpose(ops.reshape(self.thresholds[start:stop], (-1, share))))
            table = ops.reshape(self.table[start:stop], (-1, share, self.classes))  # (84, F, K)
            tables.append(ops.reshape(ops.swapaxes(table, 0, 1), (-1, self.classes)))
            start = stop
        return kernels, levels, tables

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> None:
        """None: no steps are left."""

    def compute_output_shape(self, input_shape: tuple, **_: Any) -> tuple:
        return (input_shape[0], self.classes)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"classes": self.classes, "longest": self.longest}


def _steps(which: Any) -> Any:
    """How many there are of each row: (B, T) to (B, 1)."""
    return ops.sum(which, axis=1, keepdims=True)


def _inner(real: Any, reach: int) -> Any:
    """The steps (B, T) around which a kernel that reaches so far has steps on both sides.

    A sequence too short for that has its edges only.
    """
    steps = ops.cumsum(ops.ones_like(real), axis=1) - 1  # (B, T)
    whole = ops.logical_and(steps >= reach, steps < _steps(real) - reach)
    inner = real * ops.cast(whole, real.dtype)
    return ops.where(ops.any(inner > 0, axis=1, keepdims=True), inner, real)


def _one_after_the_other(
    x: Any, real: Any, counted: list, kernels: list, levels: list, dilations: list[int]
) -> list[Any]:
    """The steps of each row whose outputs exceed each level, of each dilation (B, F, 84).

    Args:
        x: (B, T, C), 0 behind the end of a row.
        real: (B, T), 1 at the steps of a row.
        counted: Of each dilation those of them (B, T) at which kernels lie within the row.
        kernels: Of each dilation (9 C, 84).
        levels: Of each dilation (F, 84).
        dilations: D of them.
    """
    found = []
    for number, dilation in enumerate(dilations):
        weights = ops.reshape(kernels[number], (LENGTH, -1, len(PLACES)))
        outputs = ops.conv(x, weights, padding="same", dilation_rate=dilation)  # (B, T, 84)
        counts = ops.where(padded(number), real[:, :, None], counted[number][:, :, None])
        above = [  # one by one: all at once would take the memory
            ops.sum(ops.cast(outputs > level, x.dtype) * counts, axis=1)
            for level in ops.unstack(levels[number])
        ]
        found.append(ops.stack(above, axis=1))  # (B, F, 84)
    return found


def _in_one_loop(
    x: Any, real: Any, counted: list, kernels: list, levels: list, dilations: list[int]
) -> list[Any]:
    """The same, step by step: nothing but the counts so far is held."""
    far = LENGTH // 2 * max(dilations)
    around = ops.pad(ops.swapaxes(x, 0, 1), [[far, far], [0, 0], [0, 0]])  # (far + T + far, B, C)

    def advance(found: list, step: tuple) -> tuple[list, None]:
        place, here, inside = step
        following = []
        for number, dilation in enumerate(dilations):
            places = place + far + (np.arange(LENGTH) - LENGTH // 2) * dilation
            taps = ops.take(around, places, axis=0)  # (9, B, C)
            taps = ops.reshape(ops.swapaxes(taps, 0, 1), (taps.shape[1], -1))  # (B, 9 C)
            outputs = ops.matmul(taps, kernels[number])  # (B, 84)
            counts = ops.where(padded(number), here[:, None], inside[number][:, None])
            above = ops.where(outputs[:, None] > levels[number], counts[:, None], 0.0)
            following.append(found[number] + above)
        return following, None

    start = [ops.zeros((x.shape[0], *each.shape), x.dtype) for each in levels]
    steps = (ops.arange(x.shape[1]), ops.transpose(real), [ops.transpose(each) for each in counted])
    return ops.scan(advance, start, steps)[0]


def _weights() -> np.ndarray:
    """Those of the kernels: (9, 84)."""
    weights = np.full((LENGTH, len(PLACES)), -1, "float32")
    for kernel, places in enumerate(PLACES):
        weights[list(places), kernel] = 2
    return weights


_WEIGHTS = _weights()
