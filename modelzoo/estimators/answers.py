"""What a trained network answers to many rows, several batches of them side by side."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import keras
import numpy as np
from keras import ops

from modelzoo.interrupts import raise_lost
from modelzoo.layers.backend import on_jax
from modelzoo.layers.compiled import Compiled
from modelzoo.tasks.epochs import EpochBatches

SIDE_BY_SIDE = 4  # batches: small ones leave the other cores idle
MOST_ROWS = 256  # of a batch
USUAL_ROWS = 64  # at least, unless all steps together would be too many
STEPS = 1 << 14  # of a batch, if there are rows enough for that
MOST_STEPS = 1 << 17  # of batches side by side, unless single rows have more


def rows_at_once(longest: int) -> int:
    """How many rows of so many steps make a batch: a power of two.

    >>> [rows_at_once(longest) for longest in (1, 64, 256, 2048, 100_000)]
    [256, 256, 64, 16, 1]
    """
    rows = min(MOST_ROWS, max(USUAL_ROWS, STEPS // longest), MOST_STEPS // SIDE_BY_SIDE // longest)
    return 1 << (max(1, rows).bit_length() - 1)


class Answers:
    """Runs a network over batches, without the pipeline that ``keras.Model.predict`` sets up.

    To set that up takes far longer than a small network needs for a few rows, and of many it
    computes one batch at a time. What is set for the calling thread alone, such as a
    ``tf.device``, holds for a single batch only.

    Args:
        network: A functional model; weights that it gets later are seen.
    """

    def __init__(self, network: keras.Model):
        self._inputs = network.inputs
        self._program = Compiled(
            lambda inputs: network(inputs, training=False), network, any_size=True
        )

    def to_batches(self, batches: EpochBatches) -> np.ndarray:
        """The answers (N, ...) to batches without a seed, whatever they hold beside inputs."""
        return self._to(batches.updates, lambda number: batches.batch(number)[0])

    def to_arrays(self, inputs: dict[str, np.ndarray]) -> np.ndarray:
        """The answers (N, ...) to arrays (N, ...) by the name of inputs, at least one row."""
        rows = len(next(iter(inputs.values())))
        size = rows_at_once(max(each.shape[1] for each in inputs.values()))

        def batch(number: int) -> dict[str, np.ndarray]:
            start = number * size
            return {name: each[start : start + size] for name, each in inputs.items()}

        return self._to(-(-rows // size), batch)

    def _to(self, count: int, batch: Callable[[int], dict[str, np.ndarray]]) -> np.ndarray:
        """The answers to some batches, at least one, which several threads ask for by number."""

        def answer(number: int) -> np.ndarray:
            inputs = batch(number)
            rows = len(next(iter(inputs.values())))
            tensors = {each.name: _tensor(inputs[each.name], each.dtype) for each in self._inputs}
            return ops.convert_to_numpy(self._program(tensors))[:rows]

        answers = [answer(0)]  # alone, so that what is traced first does not depend on threads
        if count > 1:
            with ThreadPoolExecutor(min(count - 1, SIDE_BY_SIDE)) as threads:
                try:
                    answers += threads.map(answer, range(1, count))
                finally:  # of an interruption while they are handed out, too
                    threads.shutdown(wait=False, cancel_futures=True)
        raise_lost()
        return np.concatenate(answers)


def _tensor(array: np.ndarray, dtype: str) -> Any:
    """A batch, on JAX filled up with its last row to a power of two: few sizes are compiled."""
    missing = (1 << (len(array) - 1).bit_length()) - len(array)
    if missing and on_jax():
        array = np.concatenate([array, np.repeat(array[-1:], missing, axis=0)])
    return ops.convert_to_tensor(array, dtype=dtype)
