"""Keras' recurrent layers in training: a compiled loop with its own gradient.

Keras' loop is differentiated operation by operation, which also adds up the gradients of the
weights step by step. Here the loop back finds the gradients of what goes into each step's
activations; those of the weights and the inputs follow from all steps in one matrix product each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

import keras
from keras import ops

from modelzoo.layers.backend import on_jax, on_processor
from modelzoo.layers.compiled_scan import Step, compiled_scan
from modelzoo.layers.dense import rows_of

NARROW = 96  # units at most, on TensorFlow, which does the products of wider layers as fast
WORTH = 400  # updates from which on TensorFlow repays the second or two that compiling takes
_worth: ContextVar[bool] = ContextVar("worth", default=False)


@contextmanager
def long_training(updates: int) -> Iterator[None]:
    """Has recurrent layers compile their loops while a training of so many updates is traced.

    Elsewhere they do not: who takes a network away may differentiate it in ways that these loops
    do not know, such as twice. On JAX every training counts as long: it compiles anyway.
    """
    before = _worth.set(updates >= WORTH or on_jax())
    try:
        yield
    finally:
        _worth.reset(before)


class _Recurrence(NamedTuple):
    """The two loops of a cell.

    ``step`` gets kernel, recurrent kernel and bias, the state, and x (B, C); it gives the new state
    and keeps the output h (B, D) and what else ``back`` reads, each by itself: putting them into
    one tensor and taking them apart again took a tenth of an update. ``back`` gets the recurrent
    kernel, the gradient of the state, that of h, and what was kept; it keeps the gradients of the
    products with the kernel and with the recurrent kernel, once where they are the same. A mask
    (B, 1) comes last among the inputs of both, if there is one.
    """

    step: Step
    back: Step
    is_usual: Callable[[Any], bool]  # whether the cell computes what these loops do


def _simple_step(weights: tuple, state: tuple, inputs: tuple) -> tuple[tuple, tuple]:
    kernel, recurrent, bias = weights
    x, *mask = inputs
    h = ops.tanh(ops.matmul(x, kernel) + ops.matmul(state[0], recurrent) + bias)  # (B, D)
    state = _where_real(mask, (h,), state)
    return state, state


def _simple_back(weights: tuple, gradient: tuple, inputs: tuple) -> tuple[tuple, tuple]:
    (recurrent,) = weights
    dy, h, *mask = inputs
    dh = gradient[0] + dy  # (B, D)
    dz = _zero_unless_real(mask, dh * (1 - h * h))
    before = ops.matmul(dz, ops.transpose(recurrent))
    return (before + _zero_where_real(mask, dh),), (dz,)


def _lstm_step(weights: tuple, state: tuple, inputs: tuple) -> tuple[tuple, tuple]:
    kernel, recurrent, bias = weights
    h, c = state
    x, *mask = inputs
    z = ops.matmul(x, kernel) + ops.matmul(h, recurrent) + bias  # (B, 4 D)
    i, f, g, o = ops.split(z, 4, axis=-1)
    i, f, g, o = ops.sigmoid(i), ops.sigmoid(f), ops.tanh(g), ops.sigmoid(o)
    new_c = f * c + i * g
    peak = ops.tanh(new_c)
    state = _where_real(mask, (o * peak, new_c), state)
    return state, (state[0], i, f, g, o, c, peak)


def _lstm_back(weights: tuple, gradient: tuple, inputs: tuple) -> tuple[tuple, tuple]:
    (recurrent,) = weights
    dh, dc = gradient
    dy, _, i, f, g, o, c, peak, *mask = inputs
    dh = dh + dy
    ds = dc + dh * o * (1 - peak * peak)  # (B, D) of the new c
    di, df, dg = ds * g * i * (1 - i), ds * c * f * (1 - f), ds * i * (1 - g * g)
    do = dh * peak * o * (1 - o)
    dz = _zero_unless_real(mask, ops.concatenate([di, df, dg, do], axis=-1))  # (B, 4 D)
    before = ops.matmul(dz, ops.transpose(recurrent)) + _zero_where_real(mask, dh)
    return (before, *_where_real(mask, (ds * f,), (dc,))), (dz,)


def _gru_step(weights: tuple, state: tuple, inputs: tuple) -> tuple[tuple, tuple]:
    kernel, recurrent, bias = weights
    (h,) = state
    x, *mask = inputs
    xz, xr, xn = ops.split(ops.matmul(x, kernel) + bias[0], 3, axis=-1)
    hz, hr, hn = ops.split(ops.matmul(h, recurrent) + bias[1], 3, axis=-1)
    z, r = ops.sigmoid(xz + hz), ops.sigmoid(xr + hr)
    n = ops.tanh(xn + r * hn)
    state = _where_real(mask, (z * h + (1 - z) * n,), state)
    return state, (state[0], z, r, n, hn, h)


def _gru_back(weights: tuple, gradient: tuple, inputs: tuple) -> tuple[tuple, tuple]:
    (recurrent,) = weights
    dy, _, z, r, n, hn, h, *mask = inputs
    dh = gradient[0] + dy
    dn = dh * (1 - z) * (1 - n * n)
    dz, dr = dh * (h - n) * z * (1 - z), dn * hn * r * (1 - r)
    dx = _zero_unless_real(mask, ops.concatenate([dz, dr, dn], axis=-1))  # (B, 3 D)
    du = _zero_unless_real(mask, ops.concatenate([dz, dr, dn * r], axis=-1))
    (around,) = _where_real(mask, (dh * z,), (dh,))
    return (ops.matmul(du, ops.transpose(recurrent)) + around,), (dx, du)


def _where_real(mask: list, new: tuple, old: tuple) -> tuple:
    """The state goes unchanged through a masked step."""
    return tuple(map(lambda n, o: ops.where(mask[0], n, o), new, old)) if mask else new


def _zero_unless_real(mask: list, x: Any) -> Any:
    return ops.where(mask[0], x, 0.0) if mask else x


def _zero_where_real(mask: list, x: Any) -> Any:
    return ops.where(mask[0], 0.0, x) if mask else 0.0


_RECURRENCES: dict[type, _Recurrence] = {
    keras.layers.SimpleRNN: _Recurrence(_simple_step, _simple_back, lambda cell: True),
    keras.layers.LSTM: _Recurrence(
        _lstm_step, _lstm_back, lambda cell: cell.recurrent_activation is keras.activations.sigmoid
    ),
    keras.layers.GRU: _Recurrence(
        _gru_step,
        _gru_back,
        lambda cell: cell.reset_after and cell.recurrent_activation is keras.activations.sigmoid,
    ),
}


def has_compiled_training(layer: keras.layers.RNN) -> bool:
    """Whether `train_recurrence` computes what a layer does, and is faster at it.

    Only in a `long_training`, and on a processor: for GPUs there are kernels. Run eagerly,
    TensorFlow would differentiate the compiled loop too, which XLA refuses.

    Args:
        layer: Any recurrent layer.
    """
    recurrence = _RECURRENCES.get(type(layer))
    if not _worth.get() or recurrence is None or not on_processor():
        return False
    cell = layer.cell
    rests = (layer.stateful, layer.unroll, layer.return_state, layer.zero_output_for_mask)
    return (
        layer.return_sequences
        and (layer.units <= NARROW or on_jax())
        and not any(rests)
        and layer.activity_regularizer is None
        and layer.compute_dtype == "float32"
        and cell.use_bias
        and not (cell.dropout or cell.recurrent_dropout)
        and cell.activation is keras.activations.tanh
        and recurrence.is_usual(cell)
    )


def train_recurrence(layer: keras.layers.RNN, x: Any, mask: Any = None) -> Any:
    """What a built layer answers, with a gradient that is found faster.

    Args:
        layer: One that `has_compiled_training`.
        x: (B, T, C).
        mask: (B, T), True where a step is real; None when all are.

    Returns:
        (B, T, D), the last step first if the layer goes backwards.
    """
    cell = layer.cell
    recurrence = _RECURRENCES[type(layer)]
    x = ops.swapaxes(x, 0, 1)  # (T, B, C)
    masks = () if mask is None else (ops.cast(ops.transpose(mask), "bool")[:, :, None],)
    if layer.go_backwards:
        x, masks = ops.flip(x, axis=0), tuple(ops.flip(each, axis=0) for each in masks)
    zeros = tuple(cell.get_initial_state(batch_size=ops.shape(x)[1]))

    @ops.custom_gradient
    def run(x: Any, kernel: Any, recurrent: Any, bias: Any) -> Any:
        kept = compiled_scan(recurrence.step, (kernel, recurrent, bias), zeros, (x, *masks))
        h = kept[0]  # (T, B, D)

        def gradient(dy: Any) -> tuple:
            back = recurrence.back
            found = compiled_scan(back, (recurrent,), zeros, (dy, *kept, *masks), reverse=True)
            dx, du = rows_of(found[0]), rows_of(found[-1])  # (T B, D of all gates)
            before = rows_of(ops.concatenate([zeros[0][None], h[:-1]], axis=0))  # (T B, D)
            db = ops.sum(dx, axis=0)
            if len(bias.shape) == 2:
                db = ops.stack([db, ops.sum(du, axis=0)])
            return (
                ops.reshape(ops.matmul(dx, ops.transpose(kernel)), ops.shape(x)),
                ops.matmul(ops.transpose(rows_of(x)), dx),
                ops.matmul(ops.transpose(before), du),
                db,
            )

        return h, gradient

    weights = (cell.kernel, cell.recurrent_kernel, cell.bias)
    y = run(x, *(ops.convert_to_tensor(weight.value) for weight in weights))
    return ops.swapaxes(y, 0, 1)  # (B, T, D)
