"""Weights of eight bits: a quarter of the memory of floats, and sooner read.

Each output's weights are whole numbers from -127 to 127 times a scale of its own; what goes in and
comes out stays as it was (weight-only, symmetric, a scale a channel: Krishnamoorthi: Quantizing
deep convolutional networks for efficient inference, 2018).

Our own rather than ``keras.Model.quantize``: it leaves the embedding as it is, and of its kernels
TensorFlow makes floats anew at each step, which takes longer than to read floats.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from contextvars import ContextVar
from functools import cache
from typing import Any

import keras
import numpy as np
from keras import ops

from modelzoo.layers.dense import laid_out, times
from modelzoo.layers.tokens import TiedEmbedding

FEW_ROWS = 4  # up to which TensorFlow reads bytes in the product; for more, floats are made first
_MOST = 127


_wanted: ContextVar[bool] = ContextVar("int8", default=False)


@contextlib.contextmanager
def building_of_bytes() -> Iterator[None]:
    """Has dense layers and token embeddings made within be of bytes.

    A context of our own: Keras' policies of that kind want a quantized form of every layer.
    """
    before = _wanted.set(True)
    try:
        yield
    finally:
        _wanted.reset(before)


def bytes_wanted() -> bool:
    """Whether what is made now is to be of bytes."""
    return _wanted.get()


def dense(units: int, *, int8: bool, dtype: Any, name: str) -> keras.layers.Layer:
    """A dense layer, of bytes or not."""
    return (Int8Dense if int8 else keras.layers.Dense)(units, dtype=dtype, name=name)


def tied_embedding(vocabulary_size: int, width: int, *, name: str) -> TiedEmbedding:
    """A token embedding, of bytes if they are wanted now."""
    kind = Int8TiedEmbedding if bytes_wanted() else TiedEmbedding
    return kind(vocabulary_size, width, name=name)


class _OfBytes:
    """What layers of bytes share: a matrix (O, C) of int8, a scale and a bias of each output."""

    def _make_weights(self: Any, name: str, shape: tuple) -> Any:
        matrix = self.add_weight(
            name=name, shape=shape, dtype="int8", initializer="zeros", trainable=False
        )
        self.scale = self.add_weight(
            name="scale", shape=shape[:1], initializer="ones", trainable=False
        )
        self.bias = self.add_weight(
            name="bias", shape=shape[:1], initializer="zeros", trainable=False
        )
        return matrix

    @property
    def matrix(self: Any) -> Any:
        """The bytes."""
        raise NotImplementedError

    def take(self, trained: np.ndarray) -> None:
        """Takes the matrix of a layer of floats (O, C)."""
        matrix, scale = quantized(trained)
        self.matrix.assign(matrix)
        self.scale.assign(scale)


@keras.saving.register_keras_serializable("modelzoo")
class Int8Dense(_OfBytes, keras.layers.Layer):
    """A dense layer that was trained in floats: ``y = scale * (kernel @ x) + bias``.

    Args:
        units: Size of the output.
        **kwargs: Passed on to ``keras.layers.Layer``.
    """

    def __init__(self, units: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.units = units
        self.supports_masking = True
        self._floats: Any = None

    def build(self, input_shape: tuple) -> None:
        self.kernel = self._make_weights("kernel", (self.units, input_shape[-1]))
        self.built = True

    @property
    def matrix(self) -> Any:
        return self.kernel

    def take(self, trained: np.ndarray) -> None:
        super().take(trained.T)

    def call(self, x: Any) -> Any:
        if self._floats is not None:
            product = times(x, self._floats)
        elif reads_bytes(_rows(x)):
            product = _times_bytes(x, self.kernel)
        else:
            product = times(x, self._as_floats())
        scale, bias = (ops.cast(each, self.compute_dtype) for each in (self.scale, self.bias))
        return product * scale + bias

    def _as_floats(self) -> Any:
        return laid_out(ops.cast(self.kernel, self.compute_dtype))

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return (*input_shape[:-1], self.units)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"units": self.units}


@keras.saving.register_keras_serializable("modelzoo")
class Int8TiedEmbedding(_OfBytes, TiedEmbedding):
    """A token embedding that was trained in floats; each token's vector has a scale."""

    def build(self, input_shape: Any = None) -> None:
        self.embeddings = self._make_weights("embeddings", (self.vocabulary_size, self.width))
        self.built = True

    @property
    def matrix(self) -> Any:
        return self.embeddings

    def embed(self, ids: Any) -> Any:
        scale = ops.expand_dims(ops.take(self.scale, ids, axis=0), -1)
        vectors = ops.cast(ops.take(self.embeddings, ids, axis=0), self.compute_dtype)
        return vectors * ops.cast(scale, self.compute_dtype)

    def laid_out(self, rows: int | None = None) -> Any:
        # None at all, as the empty tuple, goes through compiled loops.
        as_floats = ops.cast(self.embeddings, self.compute_dtype)
        return () if reads_bytes(rows) else laid_out(as_floats)

    def product(self, vectors: Any, matrix: Any) -> Any:
        by_bytes = isinstance(matrix, tuple)
        found = _times_bytes(vectors, self.embeddings) if by_bytes else times(vectors, matrix)
        return found * ops.cast(self.scale, self.compute_dtype)


def fill(network: keras.Model, trained: keras.Model) -> None:
    """Puts the weights of a trained network into one that is built alike, but of bytes."""
    layers = [each for each in network._flatten_layers() if isinstance(each, _OfBytes)]
    of_matrix = {id(each.matrix): each for each in layers}
    scales = {id(each.scale) for each in layers}
    weights = (each for each in network.weights if id(each) not in scales)
    for weight, source in zip(weights, trained.weights, strict=True):
        value = ops.convert_to_numpy(source.value)
        if id(weight) in of_matrix:
            of_matrix[id(weight)].take(value)
        else:
            weight.assign(value)


def quantized(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The bytes of a matrix (O, C), and the scale of each row (O,)."""
    scale = np.abs(matrix).max(axis=1) / _MOST
    scale = np.where(scale > 0, scale, 1).astype("float32")
    return np.rint(matrix / scale[:, None]).astype("int8"), scale


@contextlib.contextmanager
def floats_made_once(model: keras.Model, rows: int) -> Iterator[None]:
    """Has what is traced within read the dense layers' bytes once, rather than at each step.

    Args:
        model: Whose layers are called with so many rows.
        rows: Known when it is traced.
    """
    layers = (
        []
        if reads_bytes(rows)
        else [each for each in model._flatten_layers() if isinstance(each, Int8Dense)]
    )
    try:
        for each in layers:
            each._floats = each._as_floats()
        yield
    finally:
        for each in layers:
            each._floats = None


def reads_bytes(rows: int | None) -> bool:
    """Whether a product of so many rows reads the bytes themselves.

    XLA as TensorFlow has it makes floats of them on the way, for a vector at a time. JAX's makes
    all of the matrix floats first, and once for a whole loop.
    """
    return keras.backend.backend() == "tensorflow" and rows is not None and rows <= FEW_ROWS


def _rows(x: Any) -> int | None:
    sizes = tuple(x.shape[:-1])
    return None if None in sizes else math.prod(sizes)


def _times_bytes(x: Any, kernel: Any) -> Any:
    """A few vectors (..., C) by bytes (O, C): (..., O)."""
    rows = ops.reshape(x, (_rows(x), x.shape[-1]))
    found = _compiled_product()(rows, kernel.value)
    return ops.reshape(found, (*x.shape[:-1], kernel.shape[0]))


@cache
def _compiled_product() -> Any:
    import tensorflow as tf

    @tf.function(jit_compile=True, autograph=False)
    def product(rows: Any, kernel: Any) -> Any:
        floats = tf.cast(kernel, rows.dtype)  # not all at once: it goes into the product
        return tf.stack([tf.linalg.matvec(floats, row) for row in tf.unstack(rows)])

    return product
