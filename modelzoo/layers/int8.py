"""Weight-only quantization: weights of eight bits, a quarter of the memory of floats.

Each output's weights are whole numbers from -127 to 127 times a scale of its own; what goes in and
comes out stays as it was (symmetric, a scale a channel: Krishnamoorthi: Quantizing deep
convolutional networks for efficient inference, 2018).

Our own rather than ``keras.Model.quantize``: it leaves the embedding as it is, and of its kernels
TensorFlow makes floats anew at each step, which takes longer than to read floats.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from functools import cache
from typing import Any

import keras
import numpy as np
from keras import ops

from modelzoo.errors import InputError
from modelzoo.layers.dense import laid_out, times
from modelzoo.layers.tokens import TiedEmbedding

FEW_ROWS = 2  # up to which TensorFlow reads int8 in the product; for more, floats are made first
_MOST = 127
_wanted: ContextVar[bool] = ContextVar("int8", default=False)
_dequantized: ContextVar[Mapping[int, Any]] = ContextVar("dequantized", default={})  # noqa: B039


@contextlib.contextmanager
def building_quantized() -> Iterator[None]:
    """Has dense layers and token embeddings that are made within be of int8.

    A context of our own: Keras' policies of that kind want a quantized form of every layer.
    """
    before = _wanted.set(True)
    try:
        yield
    finally:
        _wanted.reset(before)


def quantization_wanted() -> bool:
    """Whether what is made now is to be of int8."""
    return _wanted.get()


def dense(units: int, *, int8: bool, dtype: Any, name: str) -> keras.layers.Layer:
    """A dense layer, quantized or not."""
    return (Int8Dense if int8 else keras.layers.Dense)(units, dtype=dtype, name=name)


def tied_embedding(vocabulary_size: int, width: int, *, name: str) -> TiedEmbedding:
    """A token embedding, quantized if that is wanted now."""
    kind = Int8TiedEmbedding if quantization_wanted() else TiedEmbedding
    return kind(vocabulary_size, width, name=name)


@keras.saving.register_keras_serializable("modelzoo")
class Int8Dense(keras.layers.Layer):
    """A dense layer that was trained in floats: ``y = scale * (kernel @ x) + bias``.

    Args:
        units: Size of the output.
        **kwargs: Passed on to ``keras.layers.Layer``.
    """

    def __init__(self, units: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.units = units
        self.supports_masking = True

    def build(self, input_shape: tuple) -> None:
        _make_weights(self, "kernel", (self.units, input_shape[-1]))
        self.built = True

    def quantize_from(self, kernel: np.ndarray) -> None:
        """Takes the kernel (C, O) of a layer of floats."""
        _assign(self.kernel, self.scale, kernel.T)

    def call(self, x: Any) -> Any:
        floats = _dequantized.get().get(id(self))
        if floats is None and multiplies_int8(_rows(x)):
            product = _times_int8(x, self.kernel)
        else:
            product = times(x, self.dequantized() if floats is None else floats)
        scale, bias = (ops.cast(each, self.compute_dtype) for each in (self.scale, self.bias))
        return product * scale + bias

    def dequantized(self) -> Any:
        """The kernel in floats, without its scale, as `times` takes it."""
        return laid_out(ops.cast(self.kernel, self.compute_dtype))

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return (*input_shape[:-1], self.units)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"units": self.units}


@keras.saving.register_keras_serializable("modelzoo")
class Int8TiedEmbedding(TiedEmbedding):
    """A token embedding that was trained in floats; each token's vector has a scale."""

    def build(self, input_shape: Any = None) -> None:
        _make_weights(self, "embeddings", (self.vocabulary_size, self.width))
        self.built = True

    def quantize_from(self, embeddings: np.ndarray) -> None:
        """Takes the matrix (V, D) of an embedding of floats."""
        _assign(self.embeddings, self.scale, embeddings)

    def embed(self, ids: Any) -> Any:
        scale = ops.expand_dims(ops.take(self.scale, ids, axis=0), -1)
        vectors = ops.cast(ops.take(self.embeddings, ids, axis=0), self.compute_dtype)
        return vectors * ops.cast(scale, self.compute_dtype)

    def laid_out(self, rows: int | None = None) -> Any:
        if multiplies_int8(rows):
            return ()  # nothing, in a form that goes through compiled loops
        return laid_out(ops.cast(self.embeddings, self.compute_dtype))

    def product(self, vectors: Any, matrix: Any) -> Any:
        if isinstance(matrix, tuple):
            found = _times_int8(vectors, self.embeddings)
        else:
            found = times(vectors, matrix)
        return found * ops.cast(self.scale, self.compute_dtype)


def quantize_into(network: keras.Model, trained: keras.Model) -> None:
    """Puts the weights of a trained network into one that is built alike, but quantized.

    Raises:
        InputError: A weight is not finite.
    """
    layers = [each for each in network._flatten_layers() if isinstance(each, _KINDS)]
    matrices = {id(_matrix(each)): each for each in layers}
    scales = {id(each.scale) for each in layers}
    weights = (each for each in network.weights if id(each) not in scales)
    for weight, source in zip(weights, trained.weights, strict=True):
        value = ops.convert_to_numpy(source.value)
        if not np.isfinite(value).all():
            raise InputError(f"{source.path} holds weights that are not finite: train anew")
        if id(weight) in matrices:
            matrices[id(weight)].quantize_from(value)
        else:
            weight.assign(value)


def quantized(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A matrix (O, C) in int8, and the scale of each row (O,)."""
    scale = np.abs(matrix).max(axis=1) / _MOST
    scale = np.where(scale > 0, scale, 1).astype("float32")
    return np.rint(matrix / scale[:, None]).astype("int8"), scale


@contextlib.contextmanager
def dequantized_once(model: keras.Model, rows: int | None) -> Iterator[None]:
    """Has a loop that is traced within dequantize the dense layers before it, not at each step.

    Args:
        model: Whose layers are called with so many rows.
        rows: None where that is not known; few are multiplied by int8 at each step.
    """
    layers = model._flatten_layers() if not multiplies_int8(rows) else ()
    floats = {id(each): each.dequantized() for each in layers if isinstance(each, Int8Dense)}
    before = _dequantized.set(floats)
    try:
        yield
    finally:
        _dequantized.reset(before)


def multiplies_int8(rows: int | None) -> bool:
    """Whether a product of so many rows reads int8.

    XLA as TensorFlow has it makes floats on the way, for a vector at a time. JAX's makes the whole
    matrix floats first.
    """
    return keras.backend.backend() == "tensorflow" and rows is not None and rows <= FEW_ROWS


def _rows(x: Any) -> int | None:
    sizes = tuple(x.shape[:-1])
    return None if None in sizes else math.prod(sizes)


def _times_int8(x: Any, matrix: Any) -> Any:
    """A few vectors (..., C) by int8 (O, C): (..., O)."""
    found = _compiled_product()(ops.reshape(x, (_rows(x), x.shape[-1])), matrix.value)
    return ops.reshape(found, (*x.shape[:-1], matrix.shape[0]))


@cache
def _compiled_product() -> Any:
    import tensorflow as tf

    @tf.function(jit_compile=True, autograph=False)
    def product(rows: Any, matrix: Any) -> Any:
        floats = tf.cast(matrix, rows.dtype)  # never as a whole: it goes into the product
        return tf.stack([tf.linalg.matvec(floats, row) for row in tf.unstack(rows)])

    return product


def _make_weights(layer: Any, name: str, shape: tuple) -> None:
    """Makes a matrix (O, C) of int8, a scale and a bias of each output."""
    matrix = layer.add_weight(
        name=name, shape=shape, dtype="int8", initializer="zeros", trainable=False
    )
    setattr(layer, name, matrix)
    for name, initializer in (("scale", "ones"), ("bias", "zeros")):
        weight = layer.add_weight(
            name=name, shape=shape[:1], initializer=initializer, trainable=False
        )
        setattr(layer, name, weight)


def _assign(matrix: Any, scale: Any, trained: np.ndarray) -> None:
    for weight, value in zip((matrix, scale), quantized(trained), strict=True):
        weight.assign(value)


_KINDS = (Int8Dense, Int8TiedEmbedding)


def _matrix(layer: Any) -> Any:
    return layer.kernel if isinstance(layer, Int8Dense) else layer.embeddings
