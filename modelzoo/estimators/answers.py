"""What a trained network answers to many rows, several batches of them side by side."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import keras
import numpy as np
from keras import ops

from modelzoo.interrupts import raise_lost
from modelzoo.layers.compiled import Compiled

SIDE_BY_SIDE = 4  # batches: small ones leave the other cores idle
MOST_ROWS = 256  # of a batch
LEAST_ROWS = 64
STEPS = 1 << 14  # of a batch, if there are rows enough for that
MOST_STEPS = 1 << 17  # of all batches that are computed at once


def rows_at_once(longest: int) -> int:
    """How many rows of so many steps make a batch: a power of two.

    >>> [rows_at_once(longest) for longest in (1, 64, 256, 2048, 100_000)]
    [256, 256, 64, 16, 1]
    """
    rows = min(MOST_ROWS, max(LEAST_ROWS, STEPS // longest), MOST_STEPS // SIDE_BY_SIDE // longest)
    return 1 << (max(1, rows).bit_length() - 1)


class Answers:
    """Runs a network over batches, without the pipeline that ``keras.Model.predict`` sets up.

    To set that up takes far longer than a small network needs for a few rows, and of many it
    computes one batch at a time.

    Args:
        network: A functional model; weights that it gets later are seen.
    """

    def __init__(self, network: keras.Model):
        self._inputs = network.inputs
        self._program = Compiled(
            lambda inputs: network(inputs, training=False),
            network,
            signature={each.name: each for each in network.inputs},
        )

    def __call__(self, count: int, batch: Callable[[int], dict[str, np.ndarray]]) -> np.ndarray:
        """The answers to all rows of all batches, in order.

        Args:
            count: Number of batches, at least one.
            batch: The inputs of one by its number from 0: arrays (B, ...) by the name of the
                network's inputs. Called by several threads at once.

        Returns:
            Array (N, ...).
        """

        def answer(number: int) -> np.ndarray:
            inputs = batch(number)
            rows = len(next(iter(inputs.values())))
            tensors = {each.name: _filled(inputs[each.name], each) for each in self._inputs}
            return ops.convert_to_numpy(self._program(tensors))[:rows]

        if count == 1:
            return answer(0)
        with ThreadPoolExecutor(min(count, SIDE_BY_SIDE)) as threads:
            answers = list(threads.map(answer, range(count)))
        raise_lost()
        return np.concatenate(answers)

    def of_arrays(self, inputs: dict[str, np.ndarray]) -> np.ndarray:
        """The same of arrays that hold all rows (N, ...), at least one."""
        rows = len(next(iter(inputs.values())))

        def batch(number: int) -> dict[str, np.ndarray]:
            start = number * MOST_ROWS
            return {name: each[start : start + MOST_ROWS] for name, each in inputs.items()}

        return self(-(-rows // MOST_ROWS), batch)


def _filled(array: np.ndarray, like: keras.KerasTensor) -> Any:
    """A batch filled up with its last row to a power of two, so that few sizes are compiled."""
    missing = (1 << (len(array) - 1).bit_length()) - len(array)
    if missing:
        array = np.concatenate([array, np.repeat(array[-1:], missing, axis=0)])
    return ops.convert_to_tensor(array, dtype=like.dtype)
