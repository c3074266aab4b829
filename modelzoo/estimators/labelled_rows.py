"""The rows that a classifier learns from: sequences, their targets, and what each row counts."""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import numpy as np
from sklearn.model_selection import train_test_split
from sklearn.utils import column_or_1d

from modelzoo.data.interchange import as_pandas
from modelzoo.data.label_sets import LabelSets
from modelzoo.data.labels import Labels, label_list
from modelzoo.data.rows import count_rows
from modelzoo.data.sequences import check_dense
from modelzoo.data.weights import check_weights, row_weights
from modelzoo.errors import InputError
from modelzoo.tasks.classification import Classification

FEWEST_HELD_OUT = 30  # rows: the loss of fewer labels is least at an epoch drawn by chance


class LabelledRows(NamedTuple):
    """Encoded sequences with their targets and what each counts, or None for all alike."""

    sequences: list[np.ndarray]
    targets: np.ndarray
    weights: np.ndarray | None

    @classmethod
    def encode(
        cls, task: Classification, X: Any, y: Any, sample_weight: Any = None, by_class: Any = None
    ) -> LabelledRows:
        """Encodes labelled data for a task, without the rows of weight 0.

        Raises:
            InputError: The data, the labels or the weights cannot be used as given.
        """
        targets = task.labels.encode(y)
        weights = row_weights(task.labels, targets, sample_weight, by_class)
        rows = cls(task.encode(X), targets, weights)
        if weights is None:
            return rows
        # Rows that do not count must not be all that is held out to choose the epoch.
        return rows.take(np.flatnonzero(weights))

    def take(self, rows: np.ndarray) -> LabelledRows:
        """Some of the rows, by number."""
        weights = None if self.weights is None else self.weights[rows]
        return LabelledRows([self.sequences[row] for row in rows], self.targets[rows], weights)


def check_rows(X: Any, y: Any, name: str) -> None:
    """Checks that there are as many labels as rows.

    Raises:
        InputError: There are not, there are no rows or labels at all, or X is a sparse matrix.
    """
    if y is None:
        raise InputError(
            "a classifier requires y to be passed, but the target y is None: give the label of "
            "each row"
        )
    check_dense(X)
    labels = count_rows(y, "y")
    if isinstance(X, str):
        return  # which is told later
    rows = count_rows(X, name)
    if rows != labels:
        raise InputError(f"{name} has {rows} rows, y has {labels}")
    if not rows:
        raise InputError(f"{name} has no rows")


def label_rows(labels: Labels | LabelSets, y: Any) -> list[Any]:
    """The label of each row or, of several labels a row, the set of them.

    Raises:
        InputError: y has another form, or a label is missing.
    """
    return labels.sets(y) if isinstance(labels, LabelSets) else label_list(y)


def checked_truth(
    labels: Labels | LabelSets, X: Any, y: Any, sample_weight: Any
) -> tuple[list[Any], np.ndarray | None]:
    """The true labels of rows to score, and what each row counts; warns of new labels.

    Args:
        labels: The classes.
        X: N rows.
        y: Their labels.
        sample_weight: What each counts (N,), from 0; None for all alike.

    Raises:
        InputError: They differ in number, a label is missing, or the weights cannot be used.
    """
    X, y = as_pandas(X), as_pandas(y)
    check_rows(X, y, "X")
    true = label_rows(labels, y)
    known = set(labels.classes.tolist())
    rows = true if isinstance(labels, LabelSets) else [{label} for label in true]
    new = [row - known for row in rows if not row <= known]
    if new:
        warnings.warn(
            f"{len(new)} of {len(true)} rows of y have labels that the training data did not, such "
            f"as {next(iter(new[0]))!r}: they count as wrong",
            stacklevel=3,
        )
    if sample_weight is None:
        return true, None
    weights = check_weights("sample_weight", sample_weight, len(true))
    if not weights.any():
        raise InputError("every weight is zero: there is nothing to score")
    return true, weights


def flat_labels(y: Any) -> Any:
    """Labels of a column (N, 1) as (N,), with scikit-learn's warning; others as they are."""
    plain = isinstance(y, list | tuple) or hasattr(y, "toarray")
    if plain or np.ndim(y) != 2 or np.shape(y)[1] != 1:
        return y  # what cannot be a label is told later
    return column_or_1d(y, warn=True)


def checked_validation(data: Any) -> tuple:
    """The parts of ``validation_data``: ``(X, y)`` or ``(X, y, sample_weight)``.

    Raises:
        InputError: It has other parts, or they differ in length.
    """
    if not isinstance(data, (tuple, list)) or len(data) not in (2, 3):
        raise InputError(
            "validation_data must be (X, y) or (X, y, sample_weight), got "
            + (f"{len(data)} parts" if isinstance(data, (tuple, list)) else type(data).__name__)
        )
    parts = tuple(map(as_pandas, data))
    check_rows(parts[0], parts[1], "validation_data")
    return parts


def hold_out(targets: np.ndarray, fraction: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Training and validation rows; stratified where every class can be on both sides.

    Args:
        targets: Ids of classes (N,), or (N, K) of several labels a row: equal rows of them are then
            what a class is otherwise.
        fraction: Share of the rows to hold out, in [0, 1); none where that is less than 30.
        seed: Draws the rows.
    """
    if targets.ndim == 2:
        targets = np.unique(targets, axis=0, return_inverse=True)[1].reshape(-1)
    rows = np.arange(len(targets))
    count = round(len(rows) * fraction)
    if count < FEWEST_HELD_OUT:
        return rows, rows[:0]
    classes, sizes = np.unique(targets, return_counts=True)
    stratify = targets if sizes.min() >= 2 and len(classes) <= count else None
    training, validation = train_test_split(
        rows, test_size=count, random_state=seed % 2**32, stratify=stratify
    )
    return training, validation
