"""One way to compile a function of tensors on whichever backend Keras runs on."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator
from typing import Any

import keras
from keras import ops, tree

from modelzoo.interrupts import raise_lost


@contextlib.contextmanager
def quiet_retracing() -> Iterator[None]:
    """Keeps TensorFlow from warning that functions are traced anew.

    It counts traces over the whole process, so that after a few models, each of which is rightly
    traced once, every further one would be blamed.
    """

    def is_other(record: logging.LogRecord) -> bool:
        return "retracing" not in record.getMessage()

    logger = logging.getLogger("tensorflow")
    logger.addFilter(is_other)
    try:
        yield
    finally:
        logger.removeFilter(is_other)


class Compiled:
    """Compiles a function that reads a model's weights.

    Later changes of the weights are seen: TensorFlow reads the variables at each call, JAX gets
    their values as arguments. Backends without a compiler of this kind run the function as it is.

    Args:
        function: Takes and returns nested structures of tensors, and changes nothing else.
        layers: The layers and models whose weights the function reads.
        any_size: Have TensorFlow, after two sizes of an axis, trace for all sizes of it rather than
            for each anew. JAX cannot.

    Attributes:
        traces: How often the function was traced so far: once for each combination of shapes and
            dtypes, or fewer with ``any_size``; on backends that do not compile, once for each call.
    """

    def __init__(
        self, function: Callable[..., Any], *layers: keras.layers.Layer, any_size: bool = False
    ):
        self._function = function
        self._layers = layers
        self._any_size = any_size
        self.traces = 0
        build = {"tensorflow": self._for_tensorflow, "jax": self._for_jax}
        self._run = build.get(keras.backend.backend(), lambda: self._traced)()

    def __call__(self, *arguments: Any) -> Any:
        """Runs the function.

        Args:
            *arguments: Nested structures of tensors, arrays or numbers.

        Returns:
            What the function returns, as tensors of the backend.
        """
        with quiet_retracing():
            answer = self._run(*tree.map_structure(ops.convert_to_tensor, arguments))
        raise_lost()  # while it was traced
        return answer

    def _traced(self, *arguments: Any) -> Any:
        self.traces += 1
        return self._function(*arguments)

    def _for_tensorflow(self) -> Callable[..., Any]:
        import tensorflow as tf

        # Plain graphs: under XLA recurrent layers ran slower and took far longer to compile.
        return tf.function(self._traced, autograph=False, reduce_retracing=self._any_size)

    def _for_jax(self) -> Callable[..., Any]:
        import jax

        variables = [weight for layer in self._layers for weight in layer.weights]

        def pure(values: list[Any], arguments: tuple) -> Any:
            with keras.StatelessScope(state_mapping=list(zip(variables, values, strict=True))):
                return self._traced(*arguments)

        jitted = jax.jit(pure)
        return lambda *arguments: jitted([each.value for each in variables], arguments)
