"""How series are shaped, as numbers: the features of MiniRocket."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

import numpy as np

LENGTH = 9  # of every kernel: three weights of 2 and six of -1, so that they sum to zero
PLACES = list(combinations(range(LENGTH), 3))  # where the 2s of each of the K = 84 kernels stand
_MOST_DILATIONS = 32
_GOLDEN = (5**0.5 - 1) / 2
_CHUNK = 2**18  # values convolved at once: what a processor's cache holds


def dilations(length: int, count: int) -> list[tuple[int, int]]:
    """Dilations for sequences of a length, and how many of a kernel's thresholds each gets.

    Spread evenly over the exponents of 2, up to a kernel as long as the sequence.

    >>> dilations(33, 8)
    [(1, 4), (2, 2), (3, 1), (4, 1)]
    """
    most = np.log2(max(1.0, (length - 1) / (LENGTH - 1)))
    spread = 2 ** np.linspace(0, most, min(count, _MOST_DILATIONS)) + 1e-9  # 4.0 may be 3.99...
    found, shares = np.unique(spread.astype(int), return_counts=True)
    shares = shares * count // shares.sum()
    shares[: count - shares.sum()] += 1
    return list(zip(found.tolist(), shares.tolist(), strict=True))


def padded(number: int) -> np.ndarray:
    """Which kernels (K,) also stand where they reach beyond the ends, over zeros.

    Args:
        number: Of the dilation, from 0: every other kernel does, in turns.
    """
    return (number + np.arange(len(PLACES))) % 2 == 0


class RandomConvolutions(NamedTuple):
    """Fixed convolutions of series, and levels that their outputs are compared with.

    MiniRocket (Dempster, Schmidt & Webb 2021, "MiniRocket: A very fast (almost) deterministic
    transform for time series classification"): 84 kernels of nine steps, each at several
    dilations and on a few channels, followed by the share of steps at which their output exceeds
    a quantile of what a training series gave.

    Attributes:
        longest: Steps of the longest series that they are for.
        channels: (D, C, K) bool, the channels that each kernel at each dilation sums over.
        thresholds: (K F,) float32, by dilation and then by kernel.
    """

    longest: int
    channels: np.ndarray
    thresholds: np.ndarray

    @classmethod
    def learn(
        cls,
        sequences: list[np.ndarray],
        count: int,
        random: np.random.RandomState,
        longest: int | None = None,
    ) -> RandomConvolutions:
        """Draws channels and thresholds.

        Args:
            sequences: Training sequences, (T_i, C) each.
            count: F, thresholds of a kernel over all dilations.
            random: Where the draws come from.
            longest: Steps of the longest series that they are for; None for that of these.
        """
        longest, channels = longest or max(map(len, sequences)), sequences[0].shape[1]
        most = np.log2(min(channels, LENGTH) + 1)
        spread = dilations(longest, count)
        chosen = np.zeros((len(spread), channels, len(PLACES)), dtype=bool)
        thresholds, drawn = [], 0
        for number, (dilation, share) in enumerate(spread):
            for kernel in range(len(PLACES)):
                some = random.choice(channels, int(2 ** random.uniform(0, most)), replace=False)
                chosen[number, some, kernel] = True
                one = _Shifted([sequences[random.randint(len(sequences))]], dilation)
                output, real = one.output(kernel, np.sort(some), padded(number)[kernel])
                # Numbers that fill (0, 1) evenly from the first on, as in the paper.
                levels = (drawn + 1 + np.arange(share)) * _GOLDEN % 1
                drawn += share
                # A hair above: an output that is the level must not exceed it by rounding.
                thresholds.append(np.quantile(output[real], levels) + 1e-4)
        return cls(longest, chosen, np.concatenate(thresholds).astype("float32"))

    def shares(self, sequences: list[np.ndarray]) -> np.ndarray:
        """Of each sequence the shares of its steps above each threshold: (N, K F) float32."""
        rows = max(1, _CHUNK // max(map(len, sequences)))
        chunks = [sequences[i : i + rows] for i in range(0, len(sequences), rows)]
        return np.concatenate([np.concatenate(list(self._columns(each)), 1) for each in chunks])

    def _columns(self, sequences: list[np.ndarray]) -> Iterator[np.ndarray]:
        start = 0
        spread = dilations(self.longest, len(self.thresholds) // len(PLACES))
        for number, (dilation, share) in enumerate(spread):
            shifted = _Shifted(sequences, dilation)
            for kernel in range(len(PLACES)):
                some = np.flatnonzero(self.channels[number, :, kernel])
                output, real = shifted.output(kernel, some, padded(number)[kernel])  # (n, T) both
                steps = real.sum(axis=1)
                output = np.where(real, output, -np.inf)
                thresholds = self.thresholds[start : start + share]
                start += share
                above = [np.count_nonzero(output > each, axis=1) for each in thresholds]
                yield np.stack([each / steps for each in above], axis=1).astype("float32")


class _Shifted:
    """Sequences as every kernel of one dilation sees them.

    Args:
        sequences: n sequences (T_i, C).
        dilation: Steps between a kernel's weights.
    """

    def __init__(self, sequences: list[np.ndarray], dilation: int) -> None:
        reach = LENGTH // 2 * dilation
        lengths = np.array([len(each) for each in sequences])
        self._length, channels = int(lengths.max()), sequences[0].shape[1]
        self._values = np.zeros((channels, len(lengths), self._length + 2 * reach), "float32")
        for row, each in enumerate(sequences):
            self._values[:, row, reach : reach + len(each)] = each.T
        self._dilation = dilation
        self._sum = np.sum([self._at(place) for place in range(LENGTH)], axis=0)  # (C, n, T)
        steps = np.arange(self._length)
        self._own = steps < lengths[:, None]  # (n, T): steps of the sequence itself
        inner = (steps >= reach) & (steps < lengths[:, None] - reach)
        # A sequence too short for the kernel to stand in has its edges only.
        self._inner = np.where(inner.any(axis=1, keepdims=True), inner, self._own)

    def output(
        self, kernel: int, channels: np.ndarray, padded: bool
    ) -> tuple[np.ndarray, np.ndarray]:
        """What a kernel gives (n, T) on some channels, and at which steps (n, T) that counts."""
        total = np.zeros(self._own.shape, "float32")
        for channel in channels:  # weights -1 everywhere, and 3 more at three places
            first, second, third = (self._at(place)[channel] for place in PLACES[kernel])
            total += 3 * (first + second + third) - self._sum[channel]
        return total, self._own if padded else self._inner

    def _at(self, place: int) -> np.ndarray:
        """What stands under one of the nine weights, at each step: (C, n, T)."""
        start = place * self._dilation
        return self._values[:, :, start : start + self._length]
