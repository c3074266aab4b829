"""Token ids to vectors and, with the same matrix, vectors to logits."""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops

from modelzoo.layers.dense import laid_out, times


@keras.saving.register_keras_serializable("modelzoo")
class TiedEmbedding(keras.layers.Layer):
    """A token embedding whose transpose reads the tokens out again (Press and Wolf, 2017).

    Over ``keras.layers.ReversibleEmbedding`` it has a scale that makes logits of variance one from
    normalized vectors, and a bias for how frequent each token is. Vectors going in are as small, so
    that residual paths do not carry the current token to the output, which would predict it again,
    more loudly than what the blocks add.

    Args:
        vocabulary_size: V.
        width: D.
        **kwargs: Passed on to ``keras.layers.Layer``.
    """

    def __init__(self, vocabulary_size: int, width: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.vocabulary_size = vocabulary_size
        self.width = width
        self.supports_masking = True

    def build(self, input_shape: Any = None) -> None:
        """Makes the matrix and the bias."""
        self.embeddings = self.add_weight(
            name="embeddings",
            shape=(self.vocabulary_size, self.width),
            initializer=keras.initializers.RandomNormal(stddev=1 / math.sqrt(self.width)),
        )
        self.bias = self.add_weight(name="bias", shape=(self.vocabulary_size,), initializer="zeros")
        self.built = True

    def call(self, inputs: Any, reverse: bool = False) -> Any:
        """Maps ids (...) to vectors (..., D) or, in reverse, vectors to float32 logits (..., V)."""
        return self.read_out(inputs, self.laid_out()) if reverse else self.embed(inputs)

    def embed(self, ids: Any) -> Any:
        """Maps ids (...) to vectors (..., D)."""
        return ops.take(self.embeddings, ids, axis=0)

    def laid_out(self, rows: int | None = None) -> Any:
        """The matrix as `read_out` takes it; who reads out step by step makes it once.

        Args:
            rows: How many vectors are read out at a time, if that is known.
        """
        return laid_out(ops.cast(self.embeddings, self.compute_dtype))  # as the layer reads it

    def read_out(self, vectors: Any, matrix: Any) -> Any:
        """Maps vectors (..., D) to float32 logits (..., V) by what `laid_out` returned."""
        logits = self.product(vectors, matrix)
        return ops.cast(logits, "float32") + ops.cast(self.bias, "float32")

    def product(self, vectors: Any, matrix: Any) -> Any:
        """Vectors (..., D) by what `laid_out` returned, (..., V)."""
        return times(vectors, matrix)

    def compute_output_spec(self, inputs: Any, reverse: bool = False) -> keras.KerasTensor:
        """The shape and dtype of what `call` returns."""
        if reverse:
            return keras.KerasTensor((*inputs.shape[:-1], self.vocabulary_size), dtype="float32")
        return keras.KerasTensor((*inputs.shape, self.width), dtype=self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return super().get_config() | {
            "vocabulary_size": self.vocabulary_size,
            "width": self.width,
        }
