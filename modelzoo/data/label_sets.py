"""Any number of labels a row (multi-label classification), to 0/1 rows and back."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Any

import numpy as np

from modelzoo.data.labels import Labels, check_label, sorted_distinct
from modelzoo.errors import InputError

_FORMS = (
    "with multi_label=True y is a list of collections of labels, such as [('a', 'b'), ()], "
    "or a 0/1 array or DataFrame (N, K)"
)


class LabelSets:
    """A fixed set of classes, of which a row has any number: none, one or several.

    Attributes:
        classes: (K,) the labels: the columns of an indicator in their order, else sorted.
        indicator: Whether answers are a 0/1 array (N, K), as the training data were, rather than
            a list of tuples of labels.

    >>> sets = LabelSets.learn([{"sad", "long"}, {"long"}, []])
    >>> sets.classes.tolist(), sets.encode([["sad"]]).tolist()
    (['long', 'sad'], [[0, 1]])
    >>> sets.decode(np.array([[0.9, 0.7], [0.1, 0.2]]))
    [('long', 'sad'), ()]
    """

    def __init__(self, classes: np.ndarray, indicator: bool):
        self.classes = classes
        self.indicator = indicator

    @classmethod
    def learn(cls, y: Any) -> LabelSets:
        """Finds the classes in the labels of the training data.

        Args:
            y: A list of collections (sets, lists, tuples) of labels, or a 0/1 array, sparse matrix
                or DataFrame (N, K). The columns of a DataFrame are the classes; those of an array
                are numbered from 0.

        Raises:
            InputError: y is neither, or holds fewer than two classes.
        """
        table = _read_indicator(y)
        if table is None:
            rows = read_collections(y)
            labels = Labels.of(sorted_distinct(label for row in rows for label in row))
        else:
            names, cells = table
            labels = Labels.of(list(range(cells.shape[1])) if names is None else names)
        return cls(labels.classes, indicator=table is not None)

    def __len__(self) -> int:
        return len(self.classes)

    def sets(self, y: Any) -> list[frozenset]:
        """The labels of each row, in whichever form they are handed in.

        Raises:
            InputError: y has no such form, or an indicator's columns are not the classes.
        """
        table = _read_indicator(y)
        if table is None:
            return [frozenset(row) for row in read_collections(y)]
        names, cells = table
        classes = self.classes.tolist()
        if names is None and cells.shape[1] != len(classes):
            raise InputError(f"y has {cells.shape[1]} columns, the training data {len(classes)}")
        if names is not None and set(names) != set(classes):
            odd = sorted_distinct(set(names) ^ set(classes))
            raise InputError(
                f"the columns of y are not the {len(classes)} classes of the training data: "
                f"{', '.join(map(repr, odd[:5]))} is in one of them only"
            )
        names = classes if names is None else names
        return [frozenset(name for name, on in zip(names, row, strict=True) if on) for row in cells]

    def encode(self, y: Any) -> np.ndarray:
        """1 for each label that a row has: (N, K) int32.

        Raises:
            InputError: As :meth:`sets`, or a label was not among the training data's.
        """
        ids = {label: index for index, label in enumerate(self.classes.tolist())}
        rows = self.sets(y)
        codes = np.zeros((len(rows), len(self)), dtype="int32")
        for row, labels in enumerate(rows):
            for label in labels:
                if label not in ids:
                    raise InputError(
                        f"y holds {label!r} in row {row}, which is none of the {len(self)} "
                        f"classes of the training data"
                    )
                codes[row, ids[label]] = 1
        return codes

    def decode(self, probabilities: np.ndarray) -> Any:
        """The labels that are likelier than not, by probabilities (N, K).

        Returns:
            An int array (N, K) of 0 and 1 where y was an indicator, else a list of tuples.
        """
        likely = probabilities > 0.5
        return likely.astype(int) if self.indicator else self.tuples(likely)

    def tuples(self, indicator: np.ndarray) -> list[tuple]:
        """The labels of each row of an indicator (N, K), in the order of ``classes``."""
        return [tuple(self.classes[row.astype(bool)].tolist()) for row in indicator]

    def state(self) -> dict[str, Any]:
        """JSON-able form."""
        return {"classes": Labels(self.classes).state(), "indicator": self.indicator}

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> LabelSets:
        """The inverse of :meth:`state`."""
        return cls(Labels.from_state(state["classes"]).classes, state["indicator"])


def _read_indicator(y: Any) -> tuple[list[Hashable] | None, np.ndarray] | None:
    """The names of a table's columns, where it has some, and its cells; None for no table."""
    cells = y.toarray() if hasattr(y, "toarray") else y  # SciPy's sparse matrices
    names = [check_label(name, 0) for name in y.columns] if hasattr(y, "columns") else None
    cells = cells.to_numpy() if hasattr(cells, "to_numpy") else cells
    if not isinstance(cells, np.ndarray) or cells.ndim == 1 or _is_column_of_objects(cells):
        return None
    if cells.ndim != 2:
        raise InputError(f"y is an array of shape {cells.shape}: {_FORMS}")
    wrong = ~np.isin(cells, (0, 1)) if cells.dtype.kind in "biuf" else ~_is_zero_or_one(cells)
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        raise InputError(f"y holds {cells[row, column]!r} in row {row}, column {column}: {_FORMS}")
    if names is not None and len(set(names)) < len(names):
        raise InputError("two columns of y have the same name: each is a class of its own")
    return names, cells.astype(int)


def _is_column_of_objects(cells: np.ndarray) -> bool:
    return cells.dtype == object and cells.ndim == 2 and cells.shape[1] == 1


@np.vectorize(otypes=[bool])
def _is_zero_or_one(cell: Any) -> bool:
    return isinstance(cell, (bool, int, float, np.number, np.bool_)) and cell in (0, 1)


def read_collections(y: Any) -> list[list[Hashable]]:
    """The labels of each row, handed in as collections.

    Raises:
        InputError: y is no list of collections of labels.
    """
    y = y.to_numpy() if hasattr(y, "to_numpy") else y
    if isinstance(y, np.ndarray) and _is_column_of_objects(y):
        y = y[:, 0]
    if y is None or isinstance(y, (str, bytes, Mapping)) or not hasattr(y, "__iter__"):
        raise InputError(f"y is {y!r:.60}: {_FORMS}")
    rows = []
    for number, labels in enumerate(y):
        plain = isinstance(labels, (str, bytes, Mapping)) or not isinstance(labels, Iterable)
        if plain:
            raise InputError(f"y holds {labels!r:.60} in row {number}: {_FORMS}")
        row = [check_label(label, number) for label in labels]
        if len(set(row)) < len(row):  # most likely a list of lists of 0 and 1
            raise InputError(
                f"y names a label twice in row {number}, {labels!r:.60}: {_FORMS}; "
                f"np.asarray(y) makes an array of a list of lists"
            )
        rows.append(row)
    if rows and all(set(row) == {0, 1} for row in rows):  # longer ones would name a label twice
        raise InputError(
            f"each row of y holds the numbers 0 and 1: {_FORMS}; np.asarray(y) makes an array of "
            "a list of lists"
        )
    return rows
