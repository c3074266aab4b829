"""Class labels of any hashable kind, to ids and back."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from modelzoo.errors import InputError

_MORE = " (a Classifier takes several labels a row with multi_label=True)"


class Labels:
    """A fixed set of classes.

    Attributes:
        classes: (K,) array of the distinct labels, sorted where they can be compared; of the
            labels' own dtype where they share one, else of objects.
    """

    def __init__(self, classes: np.ndarray):
        self.classes = classes
        self._ids = {label: index for index, label in enumerate(classes.tolist())}

    @classmethod
    def learn(cls, y: Any) -> Labels:
        """Finds the classes in the labels of the training data.

        Raises:
            InputError: A label is missing, not hashable or a fraction, or there are fewer than two
                classes.
        """
        labels = label_list(y)
        check_discrete(labels)
        return cls.of(sorted_distinct(labels))

    @classmethod
    def of(cls, classes: Sequence[Hashable]) -> Labels:
        """Takes the classes themselves, in their order.

        Raises:
            InputError: There are fewer than two.
        """
        if len(classes) < 2:
            raise InputError(
                f"y holds {len(classes)} class ({', '.join(map(repr, classes)) or 'none'}): "
                f"a classifier needs at least two"
            )
        return cls(_as_array(classes))

    def __len__(self) -> int:
        return len(self.classes)

    def encode(self, y: Any) -> np.ndarray:
        """Ids (N,) int32 of labels.

        Raises:
            InputError: A label was not among the training data's.
        """
        labels = label_list(y)
        unknown = [row for row, label in enumerate(labels) if label not in self._ids]
        if unknown:
            raise InputError(
                f"y holds {labels[unknown[0]]!r} in row {unknown[0]}, which is none of the "
                f"{len(self)} classes of the training data"
            )
        return np.array([self._ids[label] for label in labels], dtype="int32")

    def decode(self, probabilities: np.ndarray) -> np.ndarray:
        """The likeliest label (N,) by probabilities (N, K)."""
        return self.classes[probabilities.argmax(axis=1)]

    def state(self) -> list[Any]:
        """The classes as JSON-able values; tuples become lists."""
        return self.classes.tolist()

    @classmethod
    def from_state(cls, state: list[Any]) -> Labels:
        """The inverse of :meth:`state`."""
        return cls(_as_array([_restore(value) for value in state]))


def sorted_distinct(labels: Iterable[Hashable]) -> list[Any]:
    """The distinct labels, sorted where they can be compared."""
    distinct: list[Any] = list(dict.fromkeys(labels))
    try:
        distinct.sort()
    except TypeError:  # labels of different types: any fixed order serves
        distinct.sort(key=lambda label: (type(label).__name__, str(label)))
    return distinct


def check_discrete(labels: Sequence[Hashable]) -> None:
    """Checks that no label is a fraction or infinite: those are measured, and name no class.

    Raises:
        InputError: One is; the message begins as scikit-learn's does.
    """
    for row, label in enumerate(labels):
        if isinstance(label, float) and not label.is_integer():
            raise InputError(
                f"Unknown label type: y holds {label} in row {row}, a measured value rather than "
                "a class: put values into classes first, as pd.cut(y, 3, labels=False) does"
            )


def check_label(label: Any, row: int) -> Hashable:
    """A label of a row, as a plain Python value.

    Raises:
        InputError: It is missing, or not hashable.
    """
    plain = label.item() if isinstance(label, np.generic) else label
    if pd.api.types.is_scalar(plain) and pd.isna(plain):  # None, NaN, NA, NaT
        raise InputError(f"y has no label in row {row}: drop the row or give it a class")
    if not isinstance(plain, Hashable):
        raise InputError(
            f"y holds {plain!r:.60} in row {row}, which cannot be a class label{_MORE}"
        )
    return plain


def label_list(y: Any) -> list[Hashable]:
    """One label a row, as plain Python values.

    Raises:
        InputError: y is no list of labels, or one is missing or not hashable.
    """
    if hasattr(y, "toarray"):
        raise InputError(f"y is sparse, and each row has a label: use y.toarray(){_MORE}")
    array = y if isinstance(y, (list, tuple)) else np.asarray(y)
    if isinstance(array, np.ndarray) and array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if isinstance(array, np.ndarray) and array.ndim != 1:
        raise InputError(f"y must have one label a row, got an array of shape {array.shape}{_MORE}")
    if isinstance(array, np.ndarray) and array.dtype.kind in "mM":
        array = pd.Series(array).tolist()  # time stamps stay time stamps
    labels = array.tolist() if isinstance(array, np.ndarray) else array
    return [check_label(label, row) for row, label in enumerate(labels)]


def _as_array(labels: Sequence[Any]) -> np.ndarray:
    """The labels as they are: in a dtype of their own where that changes none of them."""
    if len({type(label) for label in labels}) == 1 and type(labels[0]) in (bool, int, float, str):
        array = np.array(labels)
        if array.tolist() == list(labels):  # numpy drops NULs at the end of strings
            return array
    array = np.empty(len(labels), dtype=object)
    for index, label in enumerate(labels):
        array[index] = label
    return array


def _restore(value: Any) -> Any:
    return tuple(_restore(each) for each in value) if isinstance(value, list) else value
