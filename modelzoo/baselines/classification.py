"""Baseline classifiers: the majority class, linear models, the nearest neighbour."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import StandardScaler
from sklearn.utils.validation import check_is_fitted

from modelzoo.data.labels import Labels
from modelzoo.data.sequences import read_sequences
from modelzoo.data.text import one_column
from modelzoo.errors import InputError
from modelzoo.metrics import accuracy

_MANY_TEXTS = 1000


class BaselineClassifier(ClassifierMixin, BaseEstimator):
    """Labels of any hashable type around a method that knows numbers only.

    A subclass has ``_fit_codes``, which learns from X and class numbers (N,), and ``_scores``,
    which says for each class how much speaks for it: (N, K), the largest wins.
    """

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        """Fits the classifier.

        Args:
            X: ``N`` examples.
            y: ``N`` labels of any hashable type, at least two different ones.
            sample_weight: A weight for each example, or None.
        """
        if len(X) != len(y):
            raise InputError(f"X has {len(X)} examples, y {len(y)} labels")
        labels = Labels.learn(y)
        self.classes_ = labels.classes
        weights = None if sample_weight is None else np.asarray(sample_weight, dtype=float)
        self._fit_codes(X, labels.encode(y), weights)
        return self

    def predict(self, X: Any) -> np.ndarray:
        """The most probable label of each example: (N,)."""
        check_is_fitted(self, "classes_")
        return self.classes_[self._scores(X).argmax(axis=1)] if len(X) else self.classes_[:0]

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Accuracy: the share of examples whose label is predicted."""
        return accuracy(y, self.predict(X), sample_weight)

    def _fit_codes(self, X: Any, codes: np.ndarray, weights: np.ndarray | None) -> None:
        raise NotImplementedError

    def _scores(self, X: Any) -> np.ndarray:
        raise NotImplementedError


class ProbabilisticClassifier(BaselineClassifier):
    """A classifier whose scores are probabilities."""

    def predict_proba(self, X: Any) -> np.ndarray:
        """Probability of each class in ``classes_`` for each example: (N, K)."""
        check_is_fitted(self, "classes_")
        return self._scores(X) if len(X) else np.zeros((0, len(self.classes_)))


class MajorityClassifier(ProbabilisticClassifier):
    """Always answers the most frequent label; its probabilities are the class frequencies.

    >>> MajorityClassifier().fit(["a", "b", "c"], [1, 0, 1]).predict(["anything"]).tolist()
    [1]
    """

    def _fit_codes(self, X: Any, codes: np.ndarray, weights: np.ndarray | None) -> None:
        counts = np.bincount(codes, weights=weights, minlength=len(self.classes_))
        self.class_prior_ = counts / counts.sum()

    def _scores(self, X: Any) -> np.ndarray:
        return np.tile(self.class_prior_, (len(X), 1))


class TfidfClassifier(ProbabilisticClassifier):
    """Logistic regression on TF-IDF weights of word and character n-grams.

    Of a thousand texts or more, n-grams that occur in one text only are left out. Sequences of
    token ids are read as words.

    Args:
        word_ngrams: Shortest and longest word n-gram.
        character_ngrams: Shortest and longest character n-gram, within words.
        C: Inverse strength of the L2 penalty, above 0.
        max_iter: Most iterations of the solver.

    >>> texts, labels = ["good fun", "good film", "bad film", "so bad"], ["+", "+", "-", "-"]
    >>> TfidfClassifier().fit(texts, labels).predict(["a good one"]).tolist()
    ['+']
    """

    def __init__(
        self,
        word_ngrams: tuple[int, int] = (1, 2),
        character_ngrams: tuple[int, int] = (2, 4),
        C: float = 10.0,
        max_iter: int = 1000,
    ) -> None:
        self.word_ngrams = word_ngrams
        self.character_ngrams = character_ngrams
        self.C = C
        self.max_iter = max_iter

    def _fit_codes(self, X: Any, codes: np.ndarray, weights: np.ndarray | None) -> None:
        shared = {"sublinear_tf": True, "min_df": 1 if len(codes) < _MANY_TEXTS else 2}
        words = TfidfVectorizer(
            ngram_range=tuple(self.word_ngrams), token_pattern=r"(?u)\S+", **shared
        )
        characters = TfidfVectorizer(
            analyzer="char_wb", ngram_range=tuple(self.character_ngrams), **shared
        )
        logistic = LogisticRegression(  # on sparse rows SAGA needs an eighth of L-BFGS's time
            C=self.C, max_iter=self.max_iter, solver="saga", tol=1e-2, random_state=0
        )
        self.pipeline_ = make_pipeline(make_union(words, characters), logistic)
        self.pipeline_.fit(_texts(X), codes, logisticregression__sample_weight=weights)

    def _scores(self, X: Any) -> np.ndarray:
        return self.pipeline_.predict_proba(_texts(X))


class LinearClassifier(ProbabilisticClassifier):
    """Logistic regression on the standardised values of all steps and channels.

    Sequences shorter than the longest training sequence are filled up with the mean of each
    further step; longer ones are cut at its end.

    Args:
        C: Inverse strength of the L2 penalty, above 0.
        max_iter: Most iterations of the solver.

    >>> LinearClassifier().fit([[0, 0], [0, 1], [5, 5]], ["low", "low", "high"]).predict([[6, 6]])
    array(['high'], dtype='<U4')
    """

    def __init__(self, C: float = 1.0, max_iter: int = 1000) -> None:
        self.C = C
        self.max_iter = max_iter

    def _fit_codes(self, X: Any, codes: np.ndarray, weights: np.ndarray | None) -> None:
        self.table_ = _Table(X)
        self.method_ = LogisticRegression(C=self.C, max_iter=self.max_iter)
        self.method_.fit(self.table_.rows(X), codes, sample_weight=weights)

    def _scores(self, X: Any) -> np.ndarray:
        return self.method_.predict_proba(self.table_.rows(X))


class NearestNeighbourClassifier(ProbabilisticClassifier):
    """The label of the nearest training sequences, by Euclidean distance of standardised values.

    Lengths are treated as in `LinearClassifier`; sample weights are ignored.

    Args:
        n_neighbours: How many training sequences vote.

    >>> model = NearestNeighbourClassifier().fit([[0, 0], [5, 5]], ["low", "high"])
    >>> model.predict([[4, 6]]).tolist()
    ['high']
    """

    def __init__(self, n_neighbours: int = 1) -> None:
        self.n_neighbours = n_neighbours

    def _fit_codes(self, X: Any, codes: np.ndarray, weights: np.ndarray | None) -> None:
        self.table_ = _Table(X)
        self.method_ = KNeighborsClassifier(min(self.n_neighbours, len(codes)))
        self.method_.fit(self.table_.rows(X), codes)

    def _scores(self, X: Any) -> np.ndarray:
        return self.method_.predict_proba(self.table_.rows(X))


class _Table:
    """Sequences as rows of one length, standardised by the training sequences."""

    def __init__(self, X: Any) -> None:
        arrays = read_sequences(X)
        self.length = max(len(each) for each in arrays)
        self.channels = arrays[0].shape[1]
        self.scaler = StandardScaler().fit(self._raw(arrays))

    def rows(self, X: Any) -> np.ndarray:
        return np.nan_to_num(self.scaler.transform(self._raw(read_sequences(X))), nan=0.0)

    def _raw(self, arrays: list[np.ndarray]) -> np.ndarray:
        rows = np.full((len(arrays), self.length, self.channels), np.nan)
        for row, array in zip(rows, arrays, strict=True):
            if array.shape[1] != self.channels:
                raise InputError(f"a sequence has {array.shape[1]} channels, not {self.channels}")
            row[: len(array)] = array[: self.length]
        return rows.reshape(len(arrays), -1)


def _texts(X: Any) -> list[str]:
    """Texts as they are; sequences of token ids as words."""
    return [each if isinstance(each, str) else " ".join(map(str, each)) for each in one_column(X)]
