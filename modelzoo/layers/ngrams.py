"""A linear classifier of n-grams within the network, and what joins it to a backbone's scores."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

HASHES = ((31_337, 65_521), (28_657, 65_519))  # multipliers below 2**15, moduli below 2**16


def hashed(ids: Any, real: Any, n: int) -> tuple[Any, Any]:
    """A number below 2**31 - 1 for each run of ``n`` ids, and whether it is an n-gram of a row.

    Nothing overflows 32 bits on the way, so that arrays and the tensors of every backend give the
    same; two runs share a number about as often as two random ones.

    Args:
        ids: (..., L) whole numbers from 0, which stands for no token.
        real: (..., L) whole numbers, 0 where an id is 0, else 1.
        n: Length of the runs, at most L.

    Returns:
        Two of (..., L - n + 1). Runs of several ids may have one end of a row in them.
    """
    first, second = ids[..., : 1 - n or None] * 0, n  # n sets short runs apart from long ones
    count = first
    (a, p), (b, q) = HASHES
    for start in range(n):
        stop = start - n + 1 or None
        step = ids[..., start:stop] + 1
        first, second = (first * a + step % p) % p, (second * b + step % q) % q
        count = count + real[..., start:stop]
    return first % 2**15 * 2**16 + second, count >= max(n - 1, 1)


@keras.saving.register_keras_serializable("modelzoo")
class NgramScores(keras.layers.Layer):
    """Scores of the classes by the n-grams of a row: ids (B, T), 0 for padding, to (B, K).

    A linear model of TF-IDF weights: each known n-gram has a score for every class, of which the
    row gets the sum, weighted by how rare they are and divided by the length of the vector of
    those weights. The ends of a row count as a token. The n-grams are found by a binary search for
    their :func:`hashed` numbers, so that the layer needs nothing but the ids. Its weights are not
    trained but set, see :meth:`fill`.

    Args:
        classes: K.
        size: S, the number of n-grams that are known.
        longest: Most tokens in one.
        **kwargs: Passed on to ``keras.layers.Layer``.
    """

    def __init__(self, classes: int, size: int, longest: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.classes = classes
        self.size = size
        self.longest = longest

    def build(self, input_shape: tuple) -> None:
        no_run = keras.initializers.Constant(np.iinfo("int32").max)
        self.keys = self.add_weight(
            name="keys", shape=(self.size,), dtype="int32", initializer=no_run, trainable=False
        )
        self.rarity = self.add_weight(
            name="rarity", shape=(self.size,), initializer="zeros", trainable=False
        )
        self.table = self.add_weight(
            name="table", shape=(self.size, self.classes), initializer="zeros", trainable=False
        )
        self.bias = self.add_weight(
            name="bias", shape=(self.classes,), initializer="zeros", trainable=False
        )
        self.built = True

    def fill(self, keys: Any, rarity: Any, table: Any, bias: Any) -> None:
        """Sets what is known.

        Args:
            keys: (S,) the n-grams' :func:`hashed` numbers, rising.
            rarity: (S,) what each counts.
            table: (S, K) what each says of the classes.
            bias: (K,) the scores of a row without any.
        """
        self.keys.assign(keys)
        self.rarity.assign(rarity)
        self.table.assign(table)
        self.bias.assign(bias)

    def call(self, ids: Any) -> Any:
        ids = ops.pad(ops.cast(ids, "int32"), [[0, 0], [1, self.longest]])  # the ends are zeros
        real = ops.cast(ops.not_equal(ids, 0), "int32")
        scores, squares = 0.0, 0.0
        for n in range(1, self.longest + 1):  # one by one: the scores of all would take the memory
            keys, whole = hashed(ids, real, n)  # (B, M)
            place = self._search(keys)
            known = ops.logical_and(whole, ops.equal(ops.take(self.keys, place), keys))
            weight = ops.where(known, ops.take(self.rarity, place), 0.0)
            each = ops.take(self.table, place, axis=0)  # (B, M, K)
            scores = scores + ops.sum(weight[:, :, None] * each, axis=1)  # (B, K)
            squares = squares + ops.sum(weight**2, axis=1, keepdims=True)  # (B, 1)
        return scores / ops.maximum(ops.sqrt(squares), 1e-6) + self.bias

    def _search(self, keys: Any) -> Any:
        """The place of the last known key up to each of some keys, or 0."""
        place = ops.zeros_like(keys)
        step = 1 << (self.size.bit_length() - 1)
        while step:
            ahead = place + step
            there = ops.take(self.keys, ops.minimum(ahead, self.size - 1))
            further = ops.logical_and(ahead < self.size, there <= keys)
            place = ops.where(further, ahead, place)
            step //= 2
        return place

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return (input_shape[0], self.classes)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {
            "classes": self.classes,
            "size": self.size,
            "longest": self.longest,
        }


@keras.saving.register_keras_serializable("modelzoo")
class ScoreEnsemble(keras.layers.Layer):
    """The mean of two score vectors, of which the first trains alone: 2 x (B, K) to (B, K).

    Beside fitted scores there is next to nothing left to learn on the very rows that they were
    fitted to: trained with them, the first would learn little, and nothing that new rows need.
    """

    def call(self, scores: Any, training: bool | None = None) -> Any:
        trained, fitted = scores
        return trained if training else (trained + fitted) / 2

    def compute_output_shape(self, input_shape: list[tuple]) -> tuple:
        return input_shape[0]
