"""Random convolutions and a linear model: how a series is shaped, without training a network."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
from sklearn.linear_model import RidgeClassifierCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from modelzoo.baselines.classification import BaselineClassifier
from modelzoo.data.sequences import Scaler, read_sequences
from modelzoo.errors import check_whole

_LENGTH = 9  # of every kernel: three weights of 2 and six of -1, so that they sum to zero
_PLACES = list(combinations(range(_LENGTH), 3))  # where the 2s of each of the 84 kernels stand
_MOST_DILATIONS = 32
_GOLDEN = (5**0.5 - 1) / 2
_MOST_SHARES = 10**7  # of all training rows together
_CHUNK = 2**18  # values convolved at once: what a processor's cache holds


class MiniRocketClassifier(BaselineClassifier):
    """Ridge regression on how often fixed convolutions, widely spread, exceed random thresholds.

    MiniRocket (Dempster, Schmidt & Webb 2021, "MiniRocket: A very fast (almost) deterministic
    transform for time series classification"): 84 kernels of nine steps, each at several
    dilations and on a few channels, followed by the share of steps at which their output exceeds
    a quantile of what a training series gave. Scaled to unit variance, these shares go into ridge
    regression, its penalty chosen by leave-one-out. Channels are standardised first. Sequences may
    differ in length: shares are of a sequence's own steps.

    There is no ``predict_proba``: distances from a hyperplane are no probabilities.

    Args:
        n_features: How many shares of each row, rounded down to a multiple of 84; at least 84. Of
            more than a thousand rows fewer are taken, about ten million in all, since the time of
            ridge regression grows with the square of their number.
        random_state: Seed of channels and thresholds; None for a fresh one.
        multi_label: Whether a row has any number of labels.

    Attributes:
        classes_: (K,) the labels.

    >>> up, down = [0.0, 1, 2, 3, 4, 5, 6, 7, 8], [8.0, 7, 6, 5, 4, 3, 2, 1, 0]
    >>> model = MiniRocketClassifier(random_state=0).fit([up, down] * 3, ["up", "down"] * 3)
    >>> model.predict([[1.0, 2, 3, 4, 5, 6, 7, 8, 9]]).tolist()
    ['up']
    """

    def __init__(
        self, n_features: int = 9996, random_state: Any = None, multi_label: bool = False
    ) -> None:
        super().__init__(multi_label)
        self.n_features = n_features
        self.random_state = random_state

    def decision_function(self, X: Any) -> np.ndarray:
        """How far each row lies on the side of each class: (N, K); (N,) for two classes.

        Of two classes, positive numbers speak for the second; with ``multi_label`` it is (N, K)
        for two classes too, and positive numbers speak for a label.
        """
        check_is_fitted(self, "classes_")
        if not len(X):
            both = len(self.classes_) == 2 and not self.multi_label
            return np.zeros((0,) if both else (0, len(self.classes_)))
        return self.method_.decision_function(self.kernels_.shares(self._read(X)))

    def _fit_codes(self, X: Any, codes: np.ndarray, weights: np.ndarray | None) -> None:
        check_whole("n_features", self.n_features, least=len(_PLACES))
        sequences = read_sequences(X)
        self.scaler_ = Scaler.learn(sequences)
        random = check_random_state(self.random_state)
        sequences = self.scaler_.transform(sequences)
        count = max(len(_PLACES), min(self.n_features, _MOST_SHARES // len(sequences)))
        self.kernels_ = _Kernels.learn(sequences, count, random)
        ridge = RidgeClassifierCV(alphas=np.logspace(-3, 3, 10))
        self.method_ = make_pipeline(StandardScaler(), ridge)
        shares = self.kernels_.shares(sequences)
        self.method_.fit(shares, codes, ridgeclassifiercv__sample_weight=weights)

    def _scores(self, X: Any) -> np.ndarray:
        scores = self.decision_function(X)
        if self.multi_label:  # ridge regression's targets are -1 and 1: to 0 and 1
            return (scores + 1) / 2
        return np.stack([-scores, scores], axis=1) if scores.ndim == 1 else scores  # (N, K)

    def _read(self, X: Any) -> list[np.ndarray]:
        return self.scaler_.transform(read_sequences(X))


class _Kernel(NamedTuple):
    """One convolution and what its output is compared with.

    Attributes:
        places: The three of its nine weights that are 2; the others are -1.
        padded: Whether it also stands where it reaches beyond the ends, over zeros.
        channels: The channels it sums over.
        thresholds: (F,) levels of its output.
    """

    places: tuple[int, int, int]
    padded: bool
    channels: np.ndarray
    thresholds: np.ndarray


class _Kernels:
    """The convolutions that were drawn for training sequences, by dilation."""

    def __init__(self, by_dilation: dict[int, list[_Kernel]]) -> None:
        self.by_dilation = by_dilation

    @classmethod
    def learn(
        cls, sequences: list[np.ndarray], count: int, random: np.random.RandomState
    ) -> _Kernels:
        """Draws channels and thresholds.

        Args:
            sequences: Training sequences, (T_i, C) each.
            count: Thresholds of all kernels together.
            random: Where the draws come from.
        """
        longest, channels = max(map(len, sequences)), sequences[0].shape[1]
        most = np.log2(min(channels, _LENGTH) + 1)
        by_dilation: dict[int, list[_Kernel]] = {}
        drawn = 0
        for number, (dilation, share) in enumerate(_dilations(longest, count // len(_PLACES))):
            for position, places in enumerate(_PLACES):
                some = random.choice(channels, int(2 ** random.uniform(0, most)), replace=False)
                kernel = _Kernel(places, (number + position) % 2 == 0, some, np.zeros(0))
                one = _Shifted([sequences[random.randint(len(sequences))]], dilation)
                output, real = one.output(kernel)
                # Numbers that fill (0, 1) evenly from the first on, as in the paper.
                levels = (drawn + 1 + np.arange(share)) * _GOLDEN % 1
                drawn += share
                thresholds = np.quantile(output[real], levels).astype("float32")
                by_dilation.setdefault(dilation, []).append(kernel._replace(thresholds=thresholds))
        return cls(by_dilation)

    def shares(self, sequences: list[np.ndarray]) -> np.ndarray:
        """Of each sequence the shares of steps above each threshold: (N, thresholds)."""
        rows = max(1, _CHUNK // max(map(len, sequences)))
        chunks = [sequences[i : i + rows] for i in range(0, len(sequences), rows)]
        return np.concatenate([np.concatenate(list(self._columns(each)), 1) for each in chunks])

    def _columns(self, sequences: list[np.ndarray]) -> Iterator[np.ndarray]:
        for dilation, kernels in self.by_dilation.items():
            shifted = _Shifted(sequences, dilation)
            for kernel in kernels:
                output, real = shifted.output(kernel)  # (n, T) both
                steps = real.sum(axis=1)
                output = np.where(real, output, -np.inf)
                above = [np.count_nonzero(output > each, axis=1) for each in kernel.thresholds]
                yield np.stack([each / steps for each in above], axis=1).astype("float32")


class _Shifted:
    """Sequences as every kernel of one dilation sees them.

    Args:
        sequences: n sequences (T_i, C).
        dilation: Steps between a kernel's weights.
    """

    def __init__(self, sequences: list[np.ndarray], dilation: int) -> None:
        reach = _LENGTH // 2 * dilation
        lengths = np.array([len(each) for each in sequences])
        self._length, channels = int(lengths.max()), sequences[0].shape[1]
        self._values = np.zeros((channels, len(lengths), self._length + 2 * reach), "float32")
        for row, each in enumerate(sequences):
            self._values[:, row, reach : reach + len(each)] = each.T
        self._dilation = dilation
        self._sum = np.sum([self._at(place) for place in range(_LENGTH)], axis=0)  # (C, n, T)
        steps = np.arange(self._length)
        self._own = steps < lengths[:, None]  # (n, T): steps of the sequence itself
        inner = (steps >= reach) & (steps < lengths[:, None] - reach)
        # A sequence too short for the kernel to stand in has its edges only.
        self._inner = np.where(inner.any(axis=1, keepdims=True), inner, self._own)

    def output(self, kernel: _Kernel) -> tuple[np.ndarray, np.ndarray]:
        """What a kernel gives (n, T), and at which steps (n, T) that counts."""
        total = np.zeros(self._own.shape, "float32")
        for channel in kernel.channels:  # weights -1 everywhere, and 3 more at three places
            first, second, third = (self._at(place)[channel] for place in kernel.places)
            total += 3 * (first + second + third) - self._sum[channel]
        return total, self._own if kernel.padded else self._inner

    def _at(self, place: int) -> np.ndarray:
        """What stands under one of the nine weights, at each step: (C, n, T)."""
        start = place * self._dilation
        return self._values[:, :, start : start + self._length]


def _dilations(length: int, count: int) -> list[tuple[int, int]]:
    """Dilations for sequences of a length, and how many of a kernel's thresholds each gets.

    Spread evenly over the exponents of 2, up to a kernel as long as the sequence.

    >>> _dilations(33, 8)
    [(1, 4), (2, 2), (3, 1), (4, 1)]
    """
    most = np.log2(max(1.0, (length - 1) / (_LENGTH - 1)))
    spread = 2 ** np.linspace(0, most, min(count, _MOST_DILATIONS)) + 1e-9  # 4.0 may be 3.99...
    dilations, shares = np.unique(spread.astype(int), return_counts=True)
    shares = shares * count // shares.sum()
    shares[: count - shares.sum()] += 1
    return list(zip(dilations.tolist(), shares.tolist(), strict=True))
