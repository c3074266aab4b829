"""The classifier: any architecture, on texts, token ids or series."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.model_selection import train_test_split
from sklearn.utils.validation import check_is_fitted

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
        self.random_state = random_state
        self.verbose = verbose

    @property
    def classes_(self) -> np.ndarray:
        """The labels (K,), in the order of the columns of :meth:`predict_proba`."""
        check_is_fitted(self)
        return self.task_.labels.classes

    def fit(self, X: Any, y: Any) -> Classifier:
        """Trains on labelled sequences.

        Args:
            X: N texts, token-id sequences, or numeric series (N, T), (N, T, C) or ragged.
            y: N labels, any hashable.

        Returns:
            The estimator itself.

        Raises:
            InputError: The data or a parameter cannot be used as given.
            UnknownNameError: The architecture, its size or a hyper-parameter is not known.
        """
        self._check_common()
        if y is None:
            raise InputError("y is None: a classifier learns from one label a row")
        if not isinstance(X, str) and len(X) != len(y):
            raise InputError(f"X has {len(X)} rows, y has {len(y)}")
        with seeded(self.random_state) as seed:
            task = Classification.learn(
                X,
                y,
                kind=self.kind,
                tokenizer=self.tokenizer,
                vocabulary_size=self.vocabulary_size,
                max_tokens=self.max_tokens,
            )
            sequences, targets = task.encode(X), task.labels.encode(y)
            rows, held_out = _hold_out(targets, self.validation_fraction, seed)
            self._assemble(task)

            def batches(chosen: np.ndarray, order: int | None) -> Any:
                return task.batches(
                    [sequences[row] for row in chosen],
                    targets[chosen],
                    batch_size=self.batch_size,
                    seed=order,
                )

            validation = batches(held_out, None) if len(held_out) else None
            self._train(batches(rows, seed), validation)
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
