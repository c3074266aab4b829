"""In which numbers a network computes: Keras' dtype policies, set for one network alone."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import keras

from modelzoo.errors import InputError
from modelzoo.layers.int8 import building_quantized

PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")
INT8 = "int8"  # weights of networks that were trained in another one; they compute in float32


def check_precision(precision: object) -> None:
    """Checks that a precision is one of ``PRECISIONS``.

    Raises:
        InputError: It is not; the message lists those there are.

    >>> check_precision("float16")
    Traceback (most recent call last):
    modelzoo.errors.InputError: precision must be one of 'float32', 'mixed_bfloat16',
    'mixed_float16', got 'float16'
    """
    if precision not in PRECISIONS:
        listed = ", ".join(map(repr, PRECISIONS))
        raise InputError(f"precision must be one of {listed}, got {precision!r}")


@contextlib.contextmanager
def building_in(precision: str) -> Iterator[None]:
    """Gives the layers made within a precision of their own; Keras' global one comes back after.

    Layers keep the policy that they were made with, so that training and predicting need no more
    than this: weights are float32 in each of them, and so are outputs and loss, which the tasks'
    last layers see to.

    Args:
        precision: One of ``PRECISIONS``, or ``INT8``.

    Raises:
        InputError: It is none of them.
    """
    of_bytes = precision == INT8
    if not of_bytes:
        check_precision(precision)
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32" if of_bytes else precision)
    try:
        with building_quantized() if of_bytes else contextlib.nullcontext():
            yield
    finally:
        keras.config.set_dtype_policy(before)
