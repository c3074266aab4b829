"""The classifier: any architecture, on texts, token ids or series."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.model_selection import train_test_split
from sklearn.utils.validation import check_is_fitted

from modelzoo.data.labels import Labels
from modelzoo.errors import InputError
from modelzoo.estimators.base import SMALLEST_HOLD_OUT, Estimator
from modelzoo.estimators.training import seeded
from modelzoo.metrics import accuracy
from modelzoo.tasks.classification import Classification


class Classifier(ClassifierMixin, Estimator):
    """Classifies texts, token sequences or numeric series with any registered architecture.

    Args:
        model: Name of an architecture, or a builder.
        size: Name of one of its sizes; None for the builder's defaults.
        hparams: Hyper-parameters of the builder, over those of ``size``.
        kind: What X holds: ``"text"``, ``"tokens"`` (ids), ``"series"`` (numbers), or ``"auto"``:
            strings are text, numbers a series. Token ids must be declared.
        tokenizer: Vocabulary of texts: ``"word"``, ``"character"``, ``"bpe"`` or ``"auto"``.
        vocabulary_size: Most tokens in the vocabulary; None for the tokenizer's default.
        max_tokens: Tokens kept of a text or token sequence; a warning says how many are cut.
        epochs: Passes over the data; None for as many as make about 600 updates.
        batch_size: Rows in an update.
        learning_rate: Peak learning rate.
        patience: Epochs without improvement before stopping; None for a fifth of the epochs.
        validation_fraction: Share of the rows held out to choose the best epoch, in [0, 1).
        precision: What the network computes in, weights being float32 throughout: ``"float32"``,
            or ``"mixed_bfloat16"`` or ``"mixed_float16"`` (with scaling of the loss), which are
            faster and smaller on hardware that has them.
        random_state: Seed that makes two fits equal on one machine; None for a fresh one.
        verbose: 0 silent, 1 progress bar, 2 a line an epoch, ``"auto"`` 1 in a terminal else 0.

    Attributes:
        classes_: (K,) the labels.
        task_, model_, history_, n_params_, hparams_: See :class:`Estimator`.
    """

    _task = Classification

    def __init__(
        self,
        model: Any = "gru",
        *,
        size: str | None = None,
        hparams: Mapping[str, Any] | None = None,
        kind: str = "auto",
        tokenizer: str = "auto",
        vocabulary_size: int | None = None,
        max_tokens: int = 256,
        epochs: int | None = None,
        batch_size: int = 16,
        learning_rate: float = 2e-3,
        patience: int | None = None,
        validation_fraction: float = 0.1,
        precision: str = "float32",
        random_state: Any = None,
        verbose: int | str = "auto",
    ):
        self.model = model
        self.size = size
        self.hparams = hparams
        self.kind = kind
        self.tokenizer = tokenizer
        self.vocabulary_size = vocabulary_size
        self.max_tokens = max_tokens
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.patience = patience
        self.validation_fraction = validation_fraction
        self.precision = precision
        self.random_state = random_state
        self.verbose = verbose

    @property
    def classes_(self) -> np.ndarray:
        """The labels (K,), in the order of the columns of :meth:`predict_proba`."""
        check_is_fitted(self)
        return self.task_.labels.classes

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        class_weight: Mapping[Any, float] | str | None = None,
        validation_data: tuple | None = None,
        callbacks: Any = None,
    ) -> Classifier:
        """Trains on labelled sequences.

        Args:
            X: N texts, token-id sequences, or numeric series (N, T), (N, T, C) or ragged.
            y: N labels, any hashable.
            sample_weight: What each row counts (N,), from 0; None for all alike.
            class_weight: What the rows of each label count, those that are not named 1;
                ``"balanced"`` for all classes alike. Multiplies ``sample_weight``.
            validation_data: ``(X, y)`` or ``(X, y, sample_weight)`` that choose the best epoch, in
                place of a part of the training rows.
            callbacks: Keras callbacks to call while training.

        Returns:
            The estimator itself.

        Raises:
            InputError: The data or a parameter cannot be used as given.
            UnknownNameError: The architecture, its size or a hyper-parameter is not known.
        """
        self._check_common()
        _check_rows(X, y, "X")
        with seeded(self.random_state) as seed:
            task = Classification.learn(
                X,
                y,
                kind=self.kind,
                tokenizer=self.tokenizer,
                vocabulary_size=self.vocabulary_size,
                max_tokens=self.max_tokens,
            )
            training = _Rows.encode(task, X, y, sample_weight, class_weight)
            if validation_data is None:
                kept, held_out = _hold_out(training.targets, self.validation_fraction, seed)
                training, validation = training.take(kept), training.take(held_out)
            else:
                validation = _Rows.encode(task, *_checked_validation(validation_data))
            self._assemble(task)
            self._train(
                task.batches(*training, batch_size=self.batch_size, seed=seed),
                task.batches(*validation, batch_size=self.batch_size)
                if len(validation.targets)
                else None,
                callbacks,
            )
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        """Probabilities (N, K) in the order of ``classes_``; none for no rows.

        Raises:
            InputError: The data cannot be used as given.
        """
        check_is_fitted(self)
        if not isinstance(X, str) and len(X) == 0:
            return np.zeros((0, len(self.classes_)), dtype="float32")
        batches = self.task_.batches(self.task_.encode(X), batch_size=max(64, self.batch_size))
        probabilities = self._outputs(batches)
        return probabilities[np.argsort(batches.order)]

    def predict(self, X: Any) -> np.ndarray:
        """The likeliest label (N,) of each row."""
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Accuracy: the share of rows whose label is predicted, weighted if so asked.

        scikit-learn's own score takes numbers and strings only; this one takes any labels.

        Raises:
            InputError: The data cannot be used as given.
        """
        return accuracy(y, self.predict(X), sample_weight)


class _Rows(NamedTuple):
    """Encoded sequences with their targets and what each counts, or None for all alike."""

    sequences: list[np.ndarray]
    targets: np.ndarray
    weights: np.ndarray | None

    @classmethod
    def encode(
        cls, task: Classification, X: Any, y: Any, sample_weight: Any = None, by_class: Any = None
    ) -> _Rows:
        targets = task.labels.encode(y)
        weights = _checked_weights(sample_weight, len(targets))
        if by_class is not None:
            factors = _class_factors(by_class, task.labels, targets)
            weights = factors[targets] if weights is None else weights * factors[targets]
        rows = cls(task.encode(X), targets, weights)
        if weights is None:
            return rows
        if not weights.any():
            raise InputError("every row has weight 0: there is nothing to learn from")
        # Rows that do not count must not be all that is held out to choose the epoch.
        return rows.take(np.flatnonzero(weights))

    def take(self, rows: np.ndarray) -> _Rows:
        weights = None if self.weights is None else self.weights[rows]
        return _Rows([self.sequences[row] for row in rows], self.targets[rows], weights)


def _check_rows(X: Any, y: Any, name: str) -> None:
    if y is None:
        raise InputError("y is None: a classifier learns from one label a row")
    if not isinstance(X, str) and hasattr(X, "__len__") and len(X) != len(y):
        raise InputError(f"{name} has {len(X)} rows, y has {len(y)}")


def _checked_validation(data: Any) -> tuple:
    if not isinstance(data, (tuple, list)) or len(data) not in (2, 3):
        raise InputError(
            "validation_data must be (X, y) or (X, y, sample_weight), got "
            + (f"{len(data)} parts" if isinstance(data, (tuple, list)) else type(data).__name__)
        )
    _check_rows(data[0], data[1], "validation_data")
    return tuple(data)


def _checked_weights(weights: Any, count: int) -> np.ndarray | None:
    if weights is None:
        return None
    try:
        numbers = np.asarray(weights, dtype="float32")
    except (TypeError, ValueError):
        raise InputError(f"weights must be numbers, got {weights!r:.60}") from None
    if numbers.shape != (count,) or not np.isfinite(numbers).all() or (numbers < 0).any():
        raise InputError(
            f"sample_weight must be {count} finite numbers from 0, one a row, "
            f"got shape {numbers.shape}"
        )
    return numbers


def _class_factors(by_class: Any, labels: Labels, targets: np.ndarray) -> np.ndarray:
    """What the rows of each class count: (K,)."""
    if by_class == "balanced":
        counts = np.bincount(targets, minlength=len(labels))
        return (len(targets) / (len(labels) * counts)).astype("float32")
    if not isinstance(by_class, Mapping):
        raise InputError(
            f"class_weight must map labels to numbers or be 'balanced', got {by_class!r}"
        )
    factors = np.ones(len(labels), "float32")
    codes = labels.encode(list(by_class))
    factors[codes] = _checked_weights(list(by_class.values()), len(codes))
    return factors


def _hold_out(targets: np.ndarray, fraction: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Training and validation rows; stratified where every class can be on both sides."""
    rows = np.arange(len(targets))
    count = round(len(rows) * fraction)
    if count < SMALLEST_HOLD_OUT:
        return rows, rows[:0]
    classes, sizes = np.unique(targets, return_counts=True)
    stratify = targets if sizes.min() >= 2 and len(classes) <= count else None
    training, validation = train_test_split(
        rows, test_size=count, random_state=seed, stratify=stratify
    )
    return training, validation
