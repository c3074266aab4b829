"""Random convolutions and a linear model: how a series is shaped, without training a network."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.linear_model import RidgeClassifierCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from modelzoo.baselines.classification import BaselineClassifier
from modelzoo.data.random_convolutions import PLACES, RandomConvolutions
from modelzoo.data.sequences import Scaler, read_sequences
from modelzoo.errors import check_whole

_MOST_SHARES = 10**7  # of all training rows together


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
        return self.method_.decision_function(self.convolutions_.shares(self._read(X)))

    def _fit_codes(self, X: Any, codes: np.ndarray, weights: np.ndarray | None) -> None:
        check_whole("n_features", self.n_features, least=len(PLACES))
        sequences = read_sequences(X)
        self.scaler_ = Scaler.learn(sequences)
        random = check_random_state(self.random_state)
        sequences = self.scaler_.transform(sequences)
        count = max(len(PLACES), min(self.n_features, _MOST_SHARES // len(sequences)))
        self.convolutions_ = RandomConvolutions.learn(sequences, count // len(PLACES), random)
        ridge = RidgeClassifierCV(alphas=np.logspace(-3, 3, 10))
        self.method_ = make_pipeline(StandardScaler(), ridge)
        shares = self.convolutions_.shares(sequences)
        self.method_.fit(shares, codes, ridgeclassifiercv__sample_weight=weights)

    def _scores(self, X: Any) -> np.ndarray:
        scores = self.decision_function(X)
        if self.multi_label:  # ridge regression's targets are -1 and 1: to 0 and 1
            return (scores + 1) / 2
        return np.stack([-scores, scores], axis=1) if scores.ndim == 1 else scores  # (N, K)

    def _read(self, X: Any) -> list[np.ndarray]:
        return self.scaler_.transform(read_sequences(X))
