"""Sequences of token ids that are no text: notes, bases, clicks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from modelzoo.data.interchange import as_pandas
from modelzoo.data.tokenizer_learning import SPECIAL_TOKENS, UNKNOWN
from modelzoo.errors import InputError, UnknownNameError, check_whole

KINDS = ("text", "tokens")
LARGEST_ID = (1 << 24) - 1  # each id up to the largest takes a row of weights
_OFFSET = len(SPECIAL_TOKENS)  # the model's own ids below it are the special tokens


class TokenIds:
    """A reversible map between a user's ids, any whole numbers, and those of a model.

    Speaks the interface of :class:`~modelzoo.data.text.Vocabulary`.

    Attributes:
        kind: ``"tokens"``.
        ids: The user's ids, in rising order; the model's are their places, after the special ones.

    >>> vocabulary = TokenIds.learn([[60, 64, 67], [64, 60]])
    >>> vocabulary.encode([[67, 60, 61]])[0].tolist()  # 61 is unknown
    [8, 6, 1]
    >>> vocabulary.decode([8, 6])
    [67, 60]
    """

    kind = "tokens"

    def __init__(self, ids: Iterable[int]):
        self.ids = sorted(ids)
        self._places = {each: place for place, each in enumerate(self.ids, _OFFSET)}

    @classmethod
    def learn(cls, sequences: Any, *, size: int | None = None) -> TokenIds:
        """Learns which ids there are.

        Args:
            sequences: Sequences of whole numbers, at least one of them not empty.
            size: Most ids to keep, the special ones of the model included; None for all.

        Raises:
            InputError: If there is no id, or the size leaves room for none.
        """
        counts = Counter(each for row in read_ids(sequences) for each in row)
        if not counts:
            raise InputError("all sequences are empty: there is nothing to learn from")
        if size is not None:
            check_whole("vocabulary_size", size, least=_OFFSET + 1)
        kept = sorted(counts, key=lambda each: (-counts[each], each))
        return cls(kept if size is None else kept[: size - _OFFSET])

    def __len__(self) -> int:
        return _OFFSET + len(self.ids)

    def __repr__(self) -> str:
        return f"TokenIds(size={len(self)})"

    def encode(self, sequences: Sequence[Sequence[int]]) -> list[np.ndarray]:
        """Turns each sequence of the user's ids into one int32 array of the model's."""
        return [
            np.array([self._places.get(each, UNKNOWN) for each in row], dtype="int32")
            for row in read_ids(sequences)
        ]

    def decode(self, ids: Iterable[int]) -> list[int]:
        """Turns the model's ids back; special tokens leave no trace."""
        return [self.ids[each - _OFFSET] for each in map(int, ids) if each >= _OFFSET]

    def to_json(self) -> dict[str, Any]:
        """Returns the map as plain JSON values, read back by `from_json`."""
        return {"kind": self.kind, "ids": self.ids}

    @classmethod
    def from_json(cls, state: Mapping[str, Any]) -> TokenIds:
        """Builds the map that `to_json` wrote."""
        return cls(state["ids"])


def read_ids(sequences: Any, name: str = "X") -> list[list[int]]:
    """Checks that an argument holds sequences of whole numbers.

    Args:
        sequences: A list of sequences or arrays (T_i,), empty ones too, or an array (N, T).
        name: What the argument is called, for the error message.

    Returns:
        Lists of Python integers.

    Raises:
        InputError: For anything else, or nothing at all.

    >>> read_ids([(1, 2), np.array([3])])
    [[1, 2], [3]]
    """
    return [row.tolist() for row in _id_rows(sequences, name)]


def read_ids_from_zero(sequences: Any) -> list[np.ndarray]:
    """Checks that X holds sequences of ids that count from 0, none of them empty.

    Returns:
        A list of N int32 arrays (T_i,).

    Raises:
        InputError: For anything else, or nothing at all.
    """
    rows = _id_rows(sequences, "X")
    for number, row in enumerate(rows):
        if not row.size:
            raise InputError(f"row {number} of X has no steps")
        if row.min() < 0 or row.max() > LARGEST_ID:
            raise InputError(
                f"row {number} of X holds token id {row.min() if row.min() < 0 else row.max()}: "
                f"ids count from 0 to {LARGEST_ID} at most, and each up to the largest takes "
                "memory: number those that there are, as np.unique(..., return_inverse=True) does"
            )
    return [row.astype("int32") for row in rows]


def _id_rows(sequences: Any, name: str) -> list[np.ndarray]:
    """Sequences of whole numbers as arrays (T_i,), empty ones too."""
    sequences = as_pandas(sequences)
    if isinstance(sequences, str | bytes | Mapping) or not hasattr(sequences, "__iter__"):
        raise InputError(
            f"{name} must be a list of sequences of token ids, got {type(sequences).__name__}"
        )
    rows = []
    table = hasattr(sequences, "to_numpy")  # one of pandas, which gives its columns
    for number, row in enumerate(sequences.to_numpy() if table else sequences):
        ids = row.to_numpy() if hasattr(row, "to_numpy") else row
        try:
            ids = np.asarray(ids)
        except ValueError:  # ragged
            ids = np.empty((0, 0))
        if ids.ndim != 1 or (ids.size and not np.issubdtype(ids.dtype, np.integer)):
            raise InputError(
                f"row {number} of {name} must be a sequence of whole numbers, got {row!r:.60}"
            )
        rows.append(ids)
    if not rows:
        raise InputError(f"{name} is empty: at least one sequence is needed")
    return rows


def kind_of(X: Any, kind: str = "auto") -> str:
    """What sequences hold: ``"text"`` for strings, else ``"tokens"``, unless it is declared.

    Raises:
        UnknownNameError: The declared kind is not known.

    >>> kind_of(["a text"]), kind_of([[60, 62]])
    ('text', 'tokens')
    """
    if kind not in (*KINDS, "auto"):
        raise UnknownNameError("kind of input", kind, (*KINDS, "auto"))
    if kind != "auto":
        return kind
    if isinstance(X, np.ndarray) and X.dtype != object:
        return "tokens" if X.dtype.kind in "iu" else "text"
    rows = X.to_numpy() if hasattr(X, "to_numpy") else X
    first = rows[0] if isinstance(rows, list | tuple | np.ndarray) and len(rows) else ""
    first = first.to_numpy() if hasattr(first, "to_numpy") else first
    if isinstance(first, list | tuple):  # of numbers; of anything else it is no text either
        holds_numbers = not (len(first) and isinstance(first[0], str | Mapping))
    else:
        holds_numbers = isinstance(first, np.ndarray) and first.dtype.kind in "iu"
    return "tokens" if holds_numbers else "text"
