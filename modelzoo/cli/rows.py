"""The rows that a classifier reads: a column of texts, or the numbers of all other columns."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable
from typing import Any, NamedTuple

import pandas as pd

from modelzoo.cli.files import check_column, choose_column, read_table, usual_column
from modelzoo.errors import InputError, UnknownNameError, suggestion

LABEL_NAMES = ("label", "class", "target", "y")
TEXT_NAMES = ("text",)


class Rows(NamedTuple):
    """What to classify.

    Attributes:
        X: A list of strings, or numbers (N, T).
        columns: The columns that X was read from: the one of texts, or those of numbers in order.
        labels: The class of each row, where the table has a column of labels.
    """

    X: Any
    columns: list[str]
    labels: list[str] | None = None


def read_rows(path: str, arguments: Namespace, *, labelled: bool = False) -> Rows:
    """Reads rows to learn from, with their labels.

    Args:
        path: The file.
        arguments: `text` names the column of texts; without it, and where no column is called
            text, all columns but those of `label`, `id` and `drop` are read as numbers. Without
            `label` the first of `LABEL_NAMES` that there is, is the label.
        labelled: Whether there must be labels.

    Raises:
        InputError: There should be labels and are none, or a column holds no numbers.
        UnknownNameError: There is no such column.
    """
    usual = [
        names
        for given, names in ((arguments.text, TEXT_NAMES), (arguments.label, LABEL_NAMES))
        if given is None
    ]
    table = read_table(path, [arguments.text, arguments.label], usual)
    label = arguments.label or usual_column(LABEL_NAMES, table.columns)
    if labelled:
        label = choose_column("label", label, LABEL_NAMES, table)
    labels = None if label is None else list(table[label])
    if labelled and labels is not None and "" in labels:
        raise InputError(f"column {label!r} has no label in line {labels.index('') + 2}")
    others = _without(table, [label, arguments.id, *arguments.drop])
    text = arguments.text or usual_column(TEXT_NAMES, others.columns)
    if text is not None:
        return Rows(list(table[text]), [text], labels)
    hint = "; name the text with --text, or leave columns out with --drop"
    return Rows(_numbers(others, hint), [str(column) for column in others.columns], labels)


def read_rows_for(classifier: Any, path: str, arguments: Namespace) -> Any:
    """Reads what a fitted classifier needs from a file, by the names of its training columns.

    The file's columns may stand in another order and be more than were trained on, such as the
    true labels. A classifier that was not fitted on a file remembers no names: it reads texts from
    the column `text`, or numbers from all columns but those of `label` and `drop`.

    Args:
        classifier: The fitted classifier.
        path: The file.
        arguments: `text` names the column of texts where it is called otherwise than in training.

    Returns:
        A list of strings, or numbers (N, T).

    Raises:
        InputError: A column that the classifier was trained on is missing or holds no numbers.
    """
    remembered = [str(name) for name in getattr(classifier, "feature_names_in_", ())]
    if classifier.task_.kind == "text":
        return _texts(path, arguments.text, remembered)
    if arguments.text is not None:
        raise InputError("the model reads numbers, not texts: leave --text out")
    if not remembered:
        return _numbers_without_names(path, arguments)
    table = _without(read_table(path), [arguments.label, *arguments.drop])
    missing = [name for name in remembered if name not in table.columns]
    if missing:
        more = ", ".join(map(repr, missing[1:6]))
        raise InputError(
            f"column {missing[0]!r}, which the model was trained on, is missing: "
            + suggestion(missing[0], [each for each in table.columns if each not in remembered])
            + (f" (missing as well: {more}{', ...' if len(missing) > 6 else ''})" if more else "")
        )
    return _numbers(table[remembered])


def _texts(path: str, given: str | None, remembered: list[str]) -> list[str]:
    if given is None and not remembered:
        table = read_table(path, usual=[TEXT_NAMES])
        return list(table[choose_column("text", None, TEXT_NAMES, table)])
    column = given or remembered[0]
    try:
        return list(read_table(path, [column])[column])
    except UnknownNameError as error:
        if given is not None:
            raise
        raise InputError(
            f"{error} The model was trained on {column!r}; name another column with --text"
        ) from None


def _numbers_without_names(path: str, arguments: Namespace) -> Any:
    from modelzoo.cli.training import say

    table = read_table(path)
    label = arguments.label
    if label is None:
        label = usual_column(LABEL_NAMES, table.columns)
        if label is not None:
            say(f"column {label!r} is taken for the label and not read (--label names another)")
    return _numbers(_without(table, [label, *arguments.drop]), "; leave columns out with --drop")


def _without(table: pd.DataFrame, names: Iterable[str | None]) -> pd.DataFrame:
    left_out = [name for name in names if name is not None]
    for name in left_out:
        check_column(name, table.columns)
    return table.drop(columns=left_out)


def _numbers(table: pd.DataFrame, hint: str = "") -> Any:
    """The numbers (N, T) of a table in which every cell must hold one."""
    words = [str(c) for c in table.columns if not pd.api.types.is_numeric_dtype(table[c])]
    if words:
        raise InputError(f"columns that hold no numbers: {', '.join(words)}{hint}")
    if table.isna().any(axis=None):
        column = table.columns[table.isna().any().argmax()]
        row = int(table[column].isna().argmax()) + 2  # counted with the header line
        raise InputError(f"column {column!r} has no value in line {row}")
    return table.to_numpy(dtype="float32")
