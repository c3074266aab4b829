"""Baseline classifiers: the majority class, linear models, the nearest neighbour."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import NearestNeighbors
from sklearn.pipeline import Pipeline, make_union
from sklearn.preprocessing import StandardScaler
from sklearn.utils.validation import check_is_fitted

from modelzoo.data.label_sets import LabelSets
from modelzoo.data.labels import Labels
from modelzoo.data.sequences import read_sequences
from modelzoo.data.text import check_texts, one_column
from modelzoo.data.texts_and_ids import holds_text
from modelzoo.data.weights import row_weights
from modelzoo.errors import InputError
from modelzoo.metrics import accuracy

_MANY_TEXTS = 1000


class BaselineClassifier(ClassifierMixin, BaseEstimator):
    """Labels of any hashable type, one or any number a row, around a method that knows numbers.

    A subclass has ``_fit_codes``, which learns from X and class numbers (N,), or with
    ``multi_label`` from 0 and 1 for each class (N, K); and ``_scores``, which says for each class
    how much speaks for it: (N, K). The largest wins; with ``multi_label`` all above 0.5 do.
    """

    def __init__(self, multi_label: bool = False) -> None:
        self.multi_label = multi_label

    def fit(self, X: Any, y: Any, sample_weight: Any = None, *, class_weight: Any = None) -> Any:
        """Fits the classifier.

        Args:
            X: ``N`` examples.
            y: ``N`` labels of any hashable type, at least two different ones. With
                ``multi_label`` ``N`` collections of labels, or an array or DataFrame (N, K) of
                0 and 1.
            sample_weight: What each example counts (N,), from 0; None for all alike.
            class_weight: What the examples of each label count, those that are not named 1;
                ``"balanced"`` for all classes alike. Multiplies ``sample_weight``. Not for
                ``multi_label``.

        Raises:
            InputError: The labels are not those of X, or they or the weights cannot be used as
                given.
        """
        labels = LabelSets.learn(y) if self.multi_label else Labels.learn(y)
        codes = labels.encode(y)
        if _count(X) != len(codes):
            raise InputError(f"X has {len(X)} examples, y {len(codes)} labels: give one for each")
        weights = row_weights(labels, codes, sample_weight, class_weight)
        self._labels, self.classes_ = labels, labels.classes
        self._fit_codes(X, codes, weights)
        return self

    def predict(self, X: Any) -> Any:
        """The most probable label of each example: (N,).

        With ``multi_label`` the labels of each, in the form that y had in :meth:`fit`: an array
        (N, K) of 0 and 1, or a list of tuples.
        """
        check_is_fitted(self, "classes_")
        scores = self._scores(X) if _count(X) else np.zeros((0, len(self.classes_)))
        return self._labels.decode(scores)

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Accuracy: the share of examples whose label is predicted.

        With ``multi_label`` an example counts as right where all its labels are predicted and no
        other (subset accuracy).
        """
        predicted = self.predict(X)
        if isinstance(self._labels, LabelSets):
            y, predicted = self._labels.sets(y), self._labels.sets(predicted)
        return accuracy(y, predicted, sample_weight)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = self.multi_label
        return tags

    def _fit_codes(self, X: Any, codes: np.ndarray, weights: np.ndarray | None) -> None:
        raise NotImplementedError

    def _scores(self, X: Any) -> np.ndarray:
        raise NotImplementedError

    def _indicator(self, codes: np.ndarray) -> np.ndarray:
        """0 and 1 for each class (N, K), also where each row has one class."""
        return codes if self.multi_label else np.eye(len(self.classes_), dtype=int)[codes]


class ProbabilisticClassifier(BaselineClassifier):
    """A classifier whose scores are probabilities."""

    def predict_proba(self, X: Any) -> np.ndarray:
        """Probability of each class in ``classes_`` for each example: (N, K)."""
        check_is_fitted(self, "classes_")
        return self._scores(X) if _count(X) else np.zeros((0, len(self.classes_)))


class MajorityClassifier(ProbabilisticClassifier):
    """Always answers the most frequent label; its probabilities are the class frequencies.

    Args:
        multi_label: Whether an example has any number of labels. Then the most frequent set of
            labels is answered: of all answers that ignore X the one with the best subset accuracy.

    >>> MajorityClassifier().fit(["a", "b", "c"], [1, 0, 1]).predict(["anything"]).tolist()
    [1]
    >>> moods = [("sad", "long"), ("sad", "long"), ("sad",)]
    >>> MajorityClassifier(multi_label=True).fit(["a", "b", "c"], moods).predict(["anything"])
    [('long', 'sad')]
    """

    def predict(self, X: Any) -> Any:
        """The most frequent label, or set of labels, for each example: as many as X has."""
        check_is_fitted(self, "classes_")
        return self._labels.decode(np.tile(self._most_frequent, (len(X), 1)))

    def _fit_codes(self, X: Any, codes: np.ndarray, weights: np.ndarray | None) -> None:
        indicator = self._indicator(codes)
        self.class_prior_ = np.average(indicator, axis=0, weights=weights)
        # Rows sorted so that of equally frequent ones the one of the earlier classes comes first.
        distinct, which = np.unique(-indicator, axis=0, return_inverse=True)
        self._most_frequent = -distinct[np.bincount(which.ravel(), weights=weights).argmax()]

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
        multi_label: Whether an example has any number of labels: then each label has a regression
            of its own.

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
        multi_label: bool = False,
    ) -> None:
        super().__init__(multi_label)
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
        method = _EachLabel(logistic) if self.multi_label else logistic
        ngrams = make_union(words, characters)
        self.pipeline_ = Pipeline([("ngrams", ngrams), ("method", method)])
        self.pipeline_.fit(_texts(X), codes, method__sample_weight=weights)

    def _scores(self, X: Any) -> np.ndarray:
        return self.pipeline_.predict_proba(_texts(X))


class LinearClassifier(ProbabilisticClassifier):
    """Logistic regression on the standardised values of all steps and channels.

    Sequences shorter than the longest training sequence are filled up with the mean of each
    further step; longer ones are cut at its end.

    Args:
        C: Inverse strength of the L2 penalty, above 0.
        max_iter: Most iterations of the solver.
        multi_label: Whether an example has any number of labels: then each label has a regression
            of its own.

    >>> LinearClassifier().fit([[0, 0], [0, 1], [5, 5]], ["low", "low", "high"]).predict([[6, 6]])
    array(['high'], dtype='<U4')
    """

    def __init__(self, C: float = 1.0, max_iter: int = 1000, multi_label: bool = False) -> None:
        super().__init__(multi_label)
        self.C = C
        self.max_iter = max_iter

    def _fit_codes(self, X: Any, codes: np.ndarray, weights: np.ndarray | None) -> None:
        self.table_ = _Table(X)
        logistic = LogisticRegression(C=self.C, max_iter=self.max_iter)
        self.method_ = _EachLabel(logistic) if self.multi_label else logistic
        self.method_.fit(self.table_.rows(X), codes, sample_weight=weights)

    def _scores(self, X: Any) -> np.ndarray:
        return self.method_.predict_proba(self.table_.rows(X))


class NearestNeighbourClassifier(ProbabilisticClassifier):
    """The label of the nearest training sequences, by Euclidean distance of standardised values.

    Lengths are treated as in `LinearClassifier`; sample and class weights are ignored.

    Args:
        n_neighbours: How many training sequences vote.
        multi_label: Whether an example has any number of labels: then those are answered that most
            of the neighbours have.

    >>> model = NearestNeighbourClassifier().fit([[0, 0], [5, 5]], ["low", "high"])
    >>> model.predict([[4, 6]]).tolist()
    ['high']
    """

    def __init__(self, n_neighbours: int = 1, multi_label: bool = False) -> None:
        super().__init__(multi_label)
        self.n_neighbours = n_neighbours

    def _fit_codes(self, X: Any, codes: np.ndarray, weights: np.ndarray | None) -> None:
        self.table_ = _Table(X)
        self.method_ = NearestNeighbors(n_neighbors=min(self.n_neighbours, len(codes)))
        self.method_.fit(self.table_.rows(X))
        self._votes = self._indicator(codes)

    def _scores(self, X: Any) -> np.ndarray:
        nearest = self.method_.kneighbors(self.table_.rows(X), return_distance=False)  # (N, k)
        return self._votes[nearest].mean(axis=1)  # (N, K)


class _EachLabel(BaseEstimator):
    """A binary classifier for each column of 0 and 1, by itself.

    Unlike scikit-learn's `MultiOutputClassifier` it takes columns that are all 0 or all 1, and
    unlike its `OneVsRestClassifier` sample weights.
    """

    def __init__(self, method: Any) -> None:
        self.method = method

    def fit(self, X: Any, y: np.ndarray, sample_weight: np.ndarray | None = None) -> _EachLabel:
        """Fits one method a column of y (N, K); a label that never or always stands is a share."""
        self.methods_ = [
            clone(self.method).fit(X, column, sample_weight=sample_weight)
            if 0 < column.sum() < len(column)
            else float(column[0])
            for column in y.T
        ]
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        """The probability of each label: (N, K)."""
        columns = [
            np.full(X.shape[0], method)
            if isinstance(method, float)
            else method.predict_proba(X)[:, 1]
            for method in self.methods_
        ]
        return np.stack(columns, axis=1)


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


def _count(X: Any) -> int:
    """The number of examples.

    Raises:
        InputError: X holds none, being no collection.
    """
    if not hasattr(X, "__len__"):
        raise InputError(f"X must be a list of examples, got {type(X).__name__}")
    return len(X)


def _texts(X: Any) -> list[str]:
    """Texts as they are; sequences of token ids as words."""
    if holds_text(X):
        return check_texts(X)
    return [each if isinstance(each, str) else " ".join(map(str, each)) for each in one_column(X)]
