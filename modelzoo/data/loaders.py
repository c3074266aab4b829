"""Loaders of raw batches: tf.data, PyDataset, DataLoader and functions that make a generator."""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, KeysView, Mapping, Set, ValuesView
from typing import Any, NamedTuple

import numpy as np

from modelzoo.data.text import check_texts
from modelzoo.errors import InputError

_ENDLESS = -1  # what tf.data gives for the cardinality of a dataset that repeats for ever


class RawBatch(NamedTuple):
    """A batch as the loader gave it, in plain arrays and lists."""

    X: Any
    y: Any = None
    weights: Any = None


class Loader:
    """A loader of raw batches that is read from its start each time it is iterated over.

    Args:
        source: What `is_loader` takes.

    Raises:
        InputError: It would never end.
    """

    def __init__(self, source: Any):
        self.source = source
        cardinality = getattr(source, "cardinality", None)
        endless = callable(cardinality) and int(cardinality()) == _ENDLESS
        if endless or (_is_indexed(source) and source.num_batches is None):
            raise InputError(
                "the loader never ends: leave out repeat(), fit goes through it again by itself"
            )

    def labelled(self) -> Iterator[RawBatch]:
        """Batches ``(X, y)`` or ``(X, y, sample_weight)``, of as many rows each.

        Raises:
            InputError: A batch has another form.
        """
        for number, batch in enumerate(self._elements()):
            if not isinstance(batch, tuple | list) or len(batch) not in (2, 3):
                raise InputError(
                    f"batch {number} of the loader must be (X, y) or (X, y, sample_weight), got "
                    f"{_described(batch)}"
                )
            parts = [_plain(part) for part in batch]
            sizes = [_size(part) for part in parts]
            if None in sizes or len(set(sizes)) > 1:
                raise InputError(
                    f"batch {number} of the loader must have as many labels as rows, got "
                    f"{', '.join('a single value' if n is None else str(n) for n in sizes)}: "
                    "does the loader give batches, as dataset.batch(32) does?"
                )
            if sizes[0]:
                yield RawBatch(*parts)

    def texts(self) -> Iterator[list[str]]:
        """Batches of texts.

        Raises:
            InputError: A batch has another form.
        """
        for number, batch in enumerate(self._elements()):
            if isinstance(batch, tuple | list) and len(batch) == 1:
                batch = batch[0]  # a dataset of one part
            rows = _plain(batch)
            rows = flat_column([rows] if isinstance(rows, str) else list(rows))
            if not all(isinstance(row, str) for row in rows):
                raise InputError(
                    f"batch {number} of the loader must be texts, got {_described(batch)}"
                )
            try:
                yield check_texts(rows) if rows else []
            except InputError as error:
                raise InputError(f"batch {number} of the loader: {error}") from error

    def _elements(self) -> Iterator[Any]:
        if _is_indexed(self.source):
            for index in range(len(self.source)):
                yield self.source[index]
            self.source.on_epoch_end()
            return
        made = self.source() if callable(self.source) else self.source
        if not hasattr(made, "__iter__"):
            raise InputError(f"the loader gives {type(made).__name__}, which has no batches")
        yield from made


def is_loader(X: Any) -> bool:
    """Whether something gives batches rather than being the data itself.

    Args:
        X: A ``tf.data.Dataset``, a ``keras.utils.PyDataset``, a function that makes a generator of
            batches, or an object that can be iterated over again and again but not indexed, such as
            torch's ``DataLoader``.

    >>> is_loader(lambda: iter([(["a text"], ["its label"])])), is_loader(["a text"])
    (True, False)
    """
    if _is_indexed(X) or (callable(X) and not isinstance(X, type)):
        return True
    if hasattr(X, "__next__") or hasattr(X, "__getitem__") or not hasattr(X, "__iter__"):
        return False
    return not isinstance(X, Set | Mapping | KeysView | ValuesView | ItemsView | str)


def flat_column(rows: Any) -> Any:
    """Texts that stand in a column (B, 1) as a list of texts; everything else as it is.

    >>> flat_column([["a"], ["b"]]), flat_column([[1], [2]])
    (['a', 'b'], [[1], [2]])
    """
    if not isinstance(rows, list) or not all(isinstance(row, list | tuple) for row in rows):
        return rows
    column = all(len(row) == 1 and isinstance(row[0], str) for row in rows)
    return [row[0] for row in rows] if column else rows


def check_again(X: Any) -> None:
    """Refuses a generator, which could be read once only.

    Raises:
        InputError: It is one.
    """
    if hasattr(X, "__next__"):
        raise InputError(
            f"a {type(X).__name__} can be read once, and fit reads the data several times: give "
            "the function that makes it, without calling it"
        )


def _is_indexed(X: Any) -> bool:
    """Whether this is a ``keras.utils.PyDataset``, which this part must not import."""
    return all(hasattr(X, name) for name in ("__getitem__", "on_epoch_end", "num_batches"))


def _plain(part: Any) -> Any:
    """Tensors and tables as arrays, bytes as text."""
    if hasattr(part, "detach"):  # torch
        part = part.detach().cpu()
    if hasattr(part, "to_numpy"):  # pandas, whose rows have labels in place of numbers
        part = part.to_numpy()
    if hasattr(part, "numpy") and not isinstance(part, np.ndarray):
        part = part.numpy()
    if isinstance(part, bytes):
        return _decoded(part)
    if isinstance(part, np.ndarray) and part.dtype.kind in "OSU":
        part = part.tolist()
    if isinstance(part, list | tuple):
        return [_plain(row) if hasattr(row, "numpy") else _decoded(row) for row in part]
    return part


def _decoded(value: Any) -> Any:
    if not isinstance(value, bytes):
        return value
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(
            f"the loader gives bytes that are not UTF-8 text: byte {error.start + 1} of "
            f"{value[:40]!r}"
        ) from None


def _size(part: Any) -> int | None:
    """The rows of a part of a batch; None for a single value."""
    single = isinstance(part, str) or (hasattr(part, "ndim") and not part.ndim)
    return None if single or not hasattr(part, "__len__") else len(part)


def _described(batch: Any) -> str:
    if isinstance(batch, tuple | list):
        return f"{type(batch).__name__} of {len(batch)}"
    return f"{type(batch).__name__}"
