"""Class labels of any hashable kind, to ids and back."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from modelzoo.errors import InputError


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
            InputError: A label is missing or not hashable, or there are fewer than two classes.
        """
        labels = _as_list(y)
        distinct: list[Any] = list(dict.fromkeys(labels))
        try:
            distinct.sort()
        except TypeError:  # labels of different types: any fixed order serves
            distinct.sort(key=lambda label: (type(label).__name__, str(label)))
        if len(distinct) < 2:
            raise InputError(
                f"y holds {len(distinct)} class ({', '.join(map(repr, distinct)) or 'none'}): "
                f"a classifier needs at least two"
            )
        return cls(_as_array(distinct))

    def __len__(self) -> int:
        return len(self.classes)

    def encode(self, y: Any) -> np.ndarray:
        """Ids (N,) int32 of labels.

        Raises:
            InputError: A label was not among the training data's.
        """
        labels = _as_list(y)
        unknown = [row for row, label in enumerate(labels) if label not in self._ids]
        if unknown:
            raise InputError(
                f"y holds {labels[unknown[0]]!r} in row {unknown[0]}, which is none of the "
                f"{len(self)} classes of the training data"
            )
        return np.array([self._ids[label] for label in labels], dtype="int32")

    def state(self) -> list[Any]:
        """The classes as JSON-able values; tuples become lists."""
        return self.classes.tolist()

    @classmethod
    def from_state(cls, state: list[Any]) -> Labels:
        """The inverse of :meth:`state`."""
        return cls(_as_array([_restore(value) for value in state]))


def _as_list(y: Any) -> list[Hashable]:
    array = y if isinstance(y, (list, tuple)) else np.asarray(y)
    if isinstance(array, np.ndarray) and array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if isinstance(array, np.ndarray) and array.ndim != 1:
        raise InputError(f"y must have one label a row, got an array of shape {array.shape}")
    if isinstance(array, np.ndarray) and array.dtype.kind in "mM":
        array = pd.Series(array).tolist()  # time stamps stay time stamps
    labels = array.tolist() if isinstance(array, np.ndarray) else [_plain(v) for v in array]
    for row, label in enumerate(labels):
        if label is None or (isinstance(label, float) and math.isnan(label)):
            raise InputError(f"y has no label in row {row}: drop the row or give it a class")
        if not isinstance(label, Hashable):
            raise InputError(f"y holds {label!r} in row {row}, which cannot be a class label")
    return labels


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


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
