"""A loop over time, the steps of which are compiled together."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from modelzoo.layers.backend import on_jax

CHUNK = 16  # steps a program runs; 32, 64 and 128 were no faster

Step = Callable[[tuple, tuple, tuple], tuple[tuple, tuple]]


def compiled_scan(
    step: Step, weights: tuple, carry: tuple, inputs: tuple, *, reverse: bool = False
) -> tuple:
    """Runs a step along the first axis, as ``jax.lax.scan`` does, and keeps what each gives.

    On JAX that is what runs it. TensorFlow runs a loop operation by operation, and starting one
    costs more than the little that a step computes. So XLA compiles a loop over ``CHUNK`` steps,
    and TensorFlow runs a loop over those: one program serves sequences of all lengths, whose last
    chunk is filled up with zeros.

    Args:
        step: From weights, carry and inputs to the next carry and what to keep. A function of a
            module, since it is compiled once; in reverse it must give zeros for zeros.
        weights: Tensors that every step reads.
        carry: Tensors before the first step.
        inputs: Tensors (T, ...), of which each step takes its slice.
        reverse: Begin with the last step.

    Returns:
        What the steps gave: tensors (T, ...), in the order of the inputs.
    """
    if on_jax():
        import jax

        def advance_on_jax(carry: tuple, some: tuple) -> tuple[tuple, tuple]:
            return step(weights, carry, some)

        return jax.lax.scan(advance_on_jax, carry, inputs, reverse=reverse)[1]
    import tensorflow as tf

    length = tf.shape(inputs[0])[0]
    chunks = (length + CHUNK - 1) // CHUNK
    missing = chunks * CHUNK - length

    def cut(tensor: Any) -> Any:
        padding = [[0, missing]] + [[0, 0]] * (len(tensor.shape) - 1)
        filled = tf.cond(missing > 0, lambda: tf.pad(tensor, padding), lambda: tensor)
        return tf.reshape(filled, tf.concat([[chunks, CHUNK], tf.shape(tensor)[1:]], 0))

    run = _program(step, reverse)
    parts = tuple(map(cut, inputs))  # (chunks, CHUNK, ...)
    specs = tuple(tf.TensorSpec((CHUNK, *each.shape[1:]), each.dtype) for each in inputs)
    outputs = run.get_concrete_function(weights, carry, specs).structured_outputs[1]
    kept = tuple(
        tf.TensorArray(each.dtype, size=chunks, element_shape=each.shape) for each in outputs
    )

    def advance(number: Any, carry: tuple, kept: tuple) -> tuple:
        place = chunks - 1 - number if reverse else number
        some = tuple(
            tf.ensure_shape(each[place], spec.shape)
            for each, spec in zip(parts, specs, strict=True)
        )
        following, gave = run(weights, carry, some)
        # The program may be one that was traced before, for any number of rows.
        carry = tuple(map(lambda new, old: tf.ensure_shape(new, old.shape), following, carry))
        return number + 1, carry, _written(kept, place, gave)

    _, _, kept = tf.while_loop(lambda number, *_: number < chunks, advance, (0, carry, kept))

    def joined(array: Any) -> Any:
        stacked = array.stack()  # (chunks, CHUNK, ...)
        return tf.reshape(stacked, tf.concat([[-1], tf.shape(stacked)[2:]], 0))[:length]

    return tuple(map(joined, kept))


@functools.cache
def _program(step: Step, reverse: bool) -> Any:
    """Compiles ``CHUNK`` steps: weights, carry and inputs to the next carry and what is kept."""
    import tensorflow as tf

    def chunk(weights: tuple, carry: tuple, inputs: tuple) -> tuple[tuple, tuple]:
        _, like = step(weights, carry, tuple(each[0] for each in inputs))  # asked for its shapes
        kept = tuple(
            tf.TensorArray(each.dtype, size=CHUNK, element_shape=each.shape) for each in like
        )

        def advance(number: Any, carry: tuple, kept: tuple) -> tuple:
            place = CHUNK - 1 - number if reverse else number
            carry, gave = step(weights, carry, tuple(each[place] for each in inputs))
            return number + 1, carry, _written(kept, place, gave)

        _, carry, kept = tf.while_loop(lambda number, *_: number < CHUNK, advance, (0, carry, kept))
        return carry, tuple(array.stack() for array in kept)

    return tf.function(chunk, jit_compile=True, autograph=False)


def _written(arrays: tuple, place: Any, values: tuple) -> tuple:
    return tuple(array.write(place, value) for array, value in zip(arrays, values, strict=True))
