"""The classifier: any architecture, on texts, token ids or series."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from modelzoo.data.columns import check_same_columns, column_count, feature_names
from modelzoo.data.interchange import as_pandas
from modelzoo.data.loaders import check_again, is_loader
from modelzoo.data.rows import count_rows
from modelzoo.data.sequences import check_dense
from modelzoo.errors import InputError
from modelzoo.estimators.answers import Answers, rows_at_once
from modelzoo.estimators.base import Estimator
from modelzoo.estimators.checkpoints import CheckpointFolder
from modelzoo.estimators.explaining import explain
from modelzoo.estimators.labelled_rows import (
    LabelledRows,
    check_rows,
    checked_truth,
    checked_validation,
    flat_labels,
    hold_out,
    label_rows,
)
from modelzoo.estimators.streamed_rows import StreamedRows
from modelzoo.explanation import Explanations
from modelzoo.metrics import accuracy
from modelzoo.tasks.classification import Classification


class Classifier(ClassifierMixin, Estimator):
    """Classifies texts, token sequences or numeric series with any registered architecture.

    Series are varied a little while they train: scaled, noised and, from 16 steps on, cut at their
    ends and stretched again. Beside the network stands a logistic regression: for texts and token
    ids on TF-IDF weights of n-grams, of pairs of words or ids at most, of three pieces, of five
    characters; for series on how often random convolutions exceed random levels (MiniRocket:
    Dempster, Schmidt & Webb, 2021) and, up to 32 steps, on the values themselves. It is fitted
    before the network trains, is part of it from then on, and the mean of both scores answers: few
    rows teach no network as much as the two know together.

    Args:
        model: Name of an architecture, or a builder.
        size: Name of one of its sizes; None for the builder's defaults.
        hparams: Hyper-parameters of the builder, over those of ``size``.
        kind: What X holds: ``"text"``, ``"tokens"`` (ids), ``"series"`` (numbers), or ``"auto"``:
            strings are text, numbers a series. Token ids must be declared.
        tokenizer: Vocabulary of texts: ``"word"``, ``"character"``, ``"bpe"`` or ``"auto"``.
        vocabulary_size: Most tokens in the vocabulary; None for the tokenizer's default.
        max_tokens: Tokens kept of a text or token sequence; a warning says what share is cut.
        multi_label: Whether a row has any number of labels rather than one: see :meth:`fit`.
        epochs: Passes over the data; None for as many as make about 600 updates or, where a row
            has one of more than twelve classes, 50 a class and 10,000 at most.
        batch_size: Rows in an update.
        learning_rate: Peak learning rate.
        patience: Epochs without improvement before stopping; None for a fifth of the epochs.
        validation_fraction: Share of the rows held out to choose the best epoch, in [0, 1); where
            that is less than 30 rows, which tell no two epochs apart, none are.
        precision: What the network computes in, weights being float32 throughout: ``"float32"``,
            or ``"mixed_bfloat16"`` or ``"mixed_float16"`` (with scaling of the loss), which are
            faster and smaller on hardware that has them.
        random_state: Seed that makes two fits equal on one machine; None for a fresh one.
        verbose: 0 silent, 1 progress bar, 2 a line an epoch, ``"auto"`` 1 in a terminal else 0.

    Attributes:
        classes_: (K,) the labels.
        feature_names_in_: Names of the columns, where X was a table of numbers that had names.
        n_features_in_: Number of the columns of a table or array (N, T), which what is predicted
            must have too; series that are a list of arrays of several lengths, or (N, T, C), may
            have any length later.
        task_, model_, history_, n_params_, hparams_: See :class:`Estimator`.
    """

    _task = Classification
    _made_anew = ("_answers",)

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
        multi_label: bool = False,
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
        self.multi_label = multi_label
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
        y: Any = None,
        sample_weight: Any = None,
        *,
        class_weight: Mapping[Any, float] | str | None = None,
        validation_data: Any = None,
        callbacks: Any = None,
        checkpoint_dir: str | Path | None = None,
        checkpoint_minutes: float = 10,
    ) -> Classifier:
        """Trains on labelled sequences.

        Args:
            X: N texts, token-id sequences, or numeric series (N, T), (N, T, C), ragged, or a
                DataFrame of numbers, a row each. Or a loader of batches ``(X, y)`` or ``(X, y,
                sample_weight)`` of them, which are never in memory together:
                ``tf.data.Dataset``, ``keras.utils.PyDataset``, torch's ``DataLoader``, a function
                that makes a generator. It is gone through once more than there are epochs, first
                to learn vocabulary, scale and classes; rows are mixed within 2048 only.
            y: N labels, any hashable but fractions; None for a loader. With ``multi_label`` N
                collections (sets, lists, tuples) of labels, or a 0/1 array or DataFrame (N, K),
                whose columns are the classes.
            sample_weight: What each row counts (N,), from 0; None for all alike.
            class_weight: What the rows of each label count, those that are not named 1;
                ``"balanced"`` for all classes alike. Multiplies ``sample_weight``. Not for
                ``multi_label``.
            validation_data: ``(X, y)`` or ``(X, y, sample_weight)`` that choose the best epoch, in
                place of a part of the training rows (of a loader's 2000 at most).
            callbacks: Keras callbacks to call while training.
            checkpoint_dir: A folder for checkpoints, after each epoch and every
                ``checkpoint_minutes`` within one; None for none. Where it holds some, the same fit
                goes on from the latest and ends with the same weights as one that was never cut
                off; one that had ended trains no more, but its data are read and encoded again.
                Callbacks other than early stopping begin anew. A loader must give the same batches
                each time.
            checkpoint_minutes: Minutes between checkpoints within an epoch, from 0.

        Returns:
            The estimator itself.

        Raises:
            InputError: The data or a parameter cannot be used as given.
            UnknownNameError: The architecture, its size or a hyper-parameter is not known.
            FileError: ``checkpoint_dir`` is a file, cannot be written to, or another fit is at
                work in it.
            TrainingError: The loss became NaN or infinite before an epoch had ended.
        """
        self._check_common()
        X, y = as_pandas(X), as_pandas(y)
        checkpoints = CheckpointFolder.of(checkpoint_dir, checkpoint_minutes)
        if y is None:
            check_again(X)
            if is_loader(X):
                return self._fit_loader(
                    X, sample_weight, class_weight, validation_data, callbacks, checkpoints
                )
        check_rows(X, y, "X")
        if not self.multi_label:
            y = flat_labels(y)
        with self._fitting(checkpoints) as seed:
            task = Classification.learn(
                X,
                y,
                kind=self.kind,
                tokenizer=self.tokenizer,
                vocabulary_size=self.vocabulary_size,
                max_tokens=self.max_tokens,
                multi_label=self.multi_label,
            )
            self._remember_columns(task, X)
            training = LabelledRows.encode(task, X, y, sample_weight, class_weight)
            if validation_data is None:
                task.warn_of_cuts(training.sequences)
                kept, held_out = hold_out(training.targets, self.validation_fraction, seed)
                training, validation = training.take(kept), training.take(held_out)
            else:
                validation_data = checked_validation(validation_data)
                self._check_columns(task, validation_data[0])
                validation = LabelledRows.encode(task, *validation_data)
                task.warn_of_cuts(training.sequences, validation.sequences)
            self._assemble(task)
            task.fit_beside(self.model_, *training)
            self._train(
                task.batches(*training, batch_size=self.batch_size, seed=seed),
                task.batches(*validation, batch_size=self.batch_size)
                if len(validation.targets)
                else None,
                callbacks,
                checkpoints,
            )
        return self

    def _fit_loader(
        self,
        X: Any,
        sample_weight: Any,
        class_weight: Any,
        validation_data: Any,
        callbacks: Any,
        checkpoints: CheckpointFolder | None,
    ) -> Classifier:
        if sample_weight is not None:
            raise InputError("a loader gives sample weights in its batches: (X, y, sample_weight)")
        with self._fitting(checkpoints) as seed:
            rows = StreamedRows(
                X,
                kind=self.kind,
                multi_label=self.multi_label,
                fraction=self.validation_fraction if validation_data is None else 0.0,
                seed=seed,
                class_weight=class_weight,
            )
            task = rows.learn(
                tokenizer=self.tokenizer,
                vocabulary_size=self.vocabulary_size,
                max_tokens=self.max_tokens,
            )
            self._remember_columns(task, None)
            held_out: tuple | None = rows.held_out
            validation = None
            if validation_data is not None:
                held_out = checked_validation(validation_data)
                encoded = LabelledRows.encode(task, *held_out)
                task.warn_of_cuts(rows.some(task), encoded.sequences)
            else:
                if rows.held_out is not None:
                    encoded = LabelledRows.encode(task, *rows.held_out, rows.factors())
                task.warn_of_cuts(rows.some(task))
            self._assemble(task)
            task.fit_beside(self.model_, *rows.encoded_sample(task))
            if held_out is not None:
                validation = task.batches(*encoded, batch_size=self.batch_size)
            training = rows.batches(task, batch_size=self.batch_size, seed=seed)
            self._train(training, validation, callbacks, checkpoints)
        return self

    def decision_function(self, X: Any) -> np.ndarray:
        """The scores before the softmax or the sigmoids.

        Args:
            X: What :meth:`fit` takes.

        Returns:
            For two classes (N,): the logarithm of the odds of ``classes_[1]``, above 0 where it is
            predicted. For more (N, K), of which a softmax makes the probabilities, and with
            ``multi_label`` (N, K), of which sigmoids do.

        Raises:
            InputError: The data cannot be used as given.
        """
        scores = self._scores(self._encode(X))
        if self.task_.multi_label or len(self.classes_) > 2:
            return scores
        return scores[:, 1] - scores[:, 0]

    def predict_proba(self, X: Any) -> np.ndarray:
        """Probabilities (N, K) in the order of ``classes_``; none for no rows.

        They sum to 1; with ``multi_label`` each is the probability of one label by itself.

        Raises:
            InputError: The data cannot be used as given.
        """
        scores = self._scores(self._encode(X))
        return self.task_.probabilities(scores)

    def predict(self, X: Any) -> Any:
        """The likeliest label (N,) of each row.

        With ``multi_label`` the labels that are likelier than not, in the form that y had in
        :meth:`fit`: an int array (N, K) of 0 and 1 for an array or DataFrame, a list of tuples of
        labels for collections.

        Raises:
            InputError: The data cannot be used as given.
        """
        probabilities = self.predict_proba(X)
        return self.task_.labels.decode(probabilities)

    def explain(self, X: Any, *, label: Any = None) -> Explanations:
        """Says which tokens or steps moved each answer, by occlusion (Zeiler and Fergus, 2014).

        Each part of a row is hidden in turn: a token is left out, an eighth of a channel's steps is
        set to the channel's mean in the training data. How much the log-odds of the label then fall
        is the contribution of that part: positive where it speaks for the label. The same for every
        architecture. A row is hidden in about 64 parts at most: of a longer text several
        neighbouring tokens are left out together and share what that changes.

        Args:
            X: What :meth:`fit` takes.
            label: The label to explain; None for the one predicted, with ``multi_label`` for the
                likeliest.

        Returns:
            A list of N :class:`Explanation`; notebooks show them as coloured text or pictures.

        Raises:
            InputError: The data cannot be used as given, or there is no such label.
        """
        sequences = self._encode(X)
        names = getattr(self, "feature_names_in_", None)
        return explain(self.task_, self._scores, X, sequences, label=label, names=names)

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Accuracy: the share of rows whose label is predicted, weighted if so asked.

        With ``multi_label`` a row counts as right where all its labels are predicted and no other
        (subset accuracy, as in scikit-learn). scikit-learn's own score takes numbers and strings
        only; this one takes any labels.

        Raises:
            InputError: The data cannot be used as given.
        """
        check_is_fitted(self)
        labels = self.task_.labels
        true, sample_weight = checked_truth(labels, X, y, sample_weight)
        return accuracy(true, label_rows(labels, self.predict(X)), sample_weight)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        # Of "auto", which takes texts too, the tags are those of numbers: of texts alone they would
        # say that any object may stand among them.
        tags.input_tags.string = tags.input_tags.one_d_array = self.kind == "text"
        tags.input_tags.two_d_array = tags.input_tags.three_d_array = self.kind != "text"
        tags.classifier_tags.multi_label = self.multi_label
        return tags

    def _encode(self, X: Any) -> list[np.ndarray]:
        """Encoded rows, checked against the training data, with one warning of what is cut."""
        check_is_fitted(self)
        X = as_pandas(X)
        check_dense(X)
        if not isinstance(X, str) and count_rows(X, "X") == 0:
            return []
        self._check_columns(self.task_, X)
        sequences = self.task_.encode(X)
        self.task_.warn_of_cuts(sequences)
        self.task_.warn_of_unknown(sequences)
        return sequences

    def _scores(self, sequences: list[np.ndarray]) -> np.ndarray:
        """What the network says of encoded rows before the softmax or sigmoids (N, K)."""
        if not sequences:
            return np.zeros((0, len(self.classes_)), dtype="float32")
        # In an order of their own, since the last bits of a row depend on its place in a batch:
        # the answers are the same in whichever order the rows are handed in.
        order = sorted(range(len(sequences)), key=lambda row: sequences[row].tobytes())
        longest = max(map(len, sequences))
        batches = self.task_.batches(
            [sequences[row] for row in order],
            batch_size=rows_at_once(min(longest, self.task_.max_tokens or longest)),
        )
        scores = self._answers.to_batches(batches)
        if not np.isfinite(scores).all():  # in half precision numbers end much earlier
            raise InputError(
                "the network's answer is no finite number: X holds values that are too far from "
                "those of the training data, check their unit"
            )
        answers = np.empty_like(scores)
        answers[np.array(order)[batches.order]] = scores
        return answers

    def _build(
        self, task: Classification, hparams: dict[str, Any], built_of: tuple[Any, str] | None = None
    ) -> None:
        super()._build(task, hparams, built_of)
        self._answers = Answers(task.scorer(self.model_))

    def _remember_columns(self, task: Classification, X: Any) -> None:
        for name in ("feature_names_in_", "n_features_in_"):
            if hasattr(self, name):  # of a fit before
                delattr(self, name)
        count = column_count(X) if task.kind == "series" else None
        if count is None:
            return
        names = feature_names(X)
        if names is not None:
            self.feature_names_in_ = names
        self.n_features_in_ = count

    def _check_columns(self, task: Classification, X: Any) -> None:
        if task.kind == "series":
            names, count = (
                getattr(self, name, None) for name in ("feature_names_in_", "n_features_in_")
            )
            check_same_columns(X, names, count)
