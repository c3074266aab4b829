"""What each part of a sequence contributes to an answer, by hiding it.

Occlusion (Zeiler and Fergus, 2014, "Visualizing and understanding convolutional networks"; for
words Li, Monroe and Jurafsky, 2016, "Understanding neural networks through representation
erasure"). It asks the network as it is, so that it serves every architecture alike.

A hidden token is left out: what remains is an ordinary, shorter sequence, such as every backbone
has been trained on. (A hole in the mask would do, too, but cuDNN's recurrent layers take masks for
lengths.) Of a series, steps cannot be left out without a jump where the ends meet. They are set to
0, the mean of the training data after scaling, which is also what the stem reads in padding: a
straight line between the neighbours would keep the level that often decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

MOST_PARTS = 64  # that a sequence is hidden in, one after the other
FEWEST_PARTS = 8  # of each channel, however many channels share those
WINDOW = 8  # an eighth of a series is hidden at once: less leaves beside it what says the same


class Occlusion(NamedTuple):
    """A sequence with each part hidden in turn.

    Attributes:
        variants: The sequences with a part hidden.
        places: Where the hidden part of each stands in an array of shape ``shape``.
        shape: ``(T,)``, or ``(T, C)`` of a series.
    """

    variants: list[np.ndarray]
    places: Sequence[tuple[slice | int, ...]]
    shape: tuple[int, ...]

    def contributions(self, lost: np.ndarray) -> np.ndarray:
        """Shares what was lost by hiding among what was hidden.

        Args:
            lost: (M,) by how much the answer to the whole is above that to each of the variants.

        Returns:
            (T,) or (T, C): of each step the mean over the parts that it was hidden in, of each part
            the loss divided by its number of steps.
        """
        total, times = np.zeros(self.shape), np.zeros(self.shape)
        for place, loss in zip(self.places, lost, strict=True):
            total[place] += loss / total[place].size
            times[place] += 1
        return total / np.maximum(times, 1)


def hide_tokens(ids: np.ndarray, units: np.ndarray) -> Occlusion:
    """Leaves out tokens.

    Args:
        ids: (T,) a sequence of token ids.
        units: (T,) which unit each token is part of, counted from 0: tokens of one unit are left
            out together.

    Returns:
        An occlusion of shape ``(units,)``.
    """
    count = int(units.max()) + 1 if len(units) else 0
    parts = _parts(count, MOST_PARTS)
    variants = []
    for part in parts:
        rest = ids[(units < part.start) | (units >= part.stop)]
        variants.append(rest if len(rest) else np.zeros(1, ids.dtype))  # 0 is padding: nothing
    return Occlusion(variants, [(part,) for part in parts], (count,))


def hide_steps(values: np.ndarray) -> Occlusion:
    """Sets steps of one channel at a time to 0, the channel's mean, in windows that overlap.

    Args:
        values: (T, C) a scaled series.

    Returns:
        An occlusion of shape ``(T, C)``.
    """
    length, channels = values.shape
    variants, places = [], []
    most = max(FEWEST_PARTS, MOST_PARTS // channels)
    for part in _parts(length, most, overlap=-(-min(length, most) // WINDOW)):
        for channel in range(channels):
            hidden = values.copy()
            hidden[part, channel] = 0
            variants.append(hidden)
            places.append((part, channel))
    return Occlusion(variants, places, (length, channels))


def units_of(spans: Sequence[Sequence[int]]) -> tuple[np.ndarray, np.ndarray]:
    """Joins tokens that share a character: the bytes that spell it, and the like.

    Args:
        spans: (T, 2) the first character of each token and the first behind it.

    Returns:
        (T,) the unit of each token, and (U, 2) the span of each unit.

    >>> units, spans = units_of([(0, 2), (2, 3), (2, 3)])
    >>> units.tolist(), spans.tolist()
    ([0, 1, 1], [[0, 2], [2, 3]])
    """
    units: list[int] = []
    joined: list[list[int]] = []
    for start, end in spans:
        if joined and start < joined[-1][1]:
            joined[-1][1] = max(joined[-1][1], end)
        else:
            joined.append([start, end])
        units.append(len(joined) - 1)
    return np.array(units, dtype=int), np.array(joined, dtype=int).reshape(-1, 2)


def _parts(length: int, most: int, overlap: int = 1) -> list[slice]:
    """Parts of one size that cover a sequence, about so many; inner steps are in ``overlap`` each.

    All have the same size, so that what they lose can be compared, at the ends too.

    >>> _parts(5, 3), _parts(3, 3, overlap=2)
    ([slice(0, 2, None), slice(2, 4, None), slice(3, 5, None)],
     [slice(0, 2, None), slice(1, 3, None)])
    """
    width = max(1, -(-length // most))
    size = min(length, overlap * width)
    starts = [*range(0, length - size, width), length - size] if length else []
    return [slice(start, start + size) for start in starts]
