"""The rows that a classifier reads: a column of texts, or the numbers of all other columns."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from modelzoo.cli.files import (
    check_column,
    choose_column,
    read_documents,
    read_table,
    read_text,
    usual_column,
)
from modelzoo.errors import InputError, UnknownNameError, suggestion

LABEL_NAMES = ("label", "class", "target", "y")
TEXT_NAMES = ("text",)
TEXT_FILES = (".txt", ".jsonl", ".ndjson")


class Rows(NamedTuple):
    """What to classify.

    Attributes:
        X: A list of strings, or a DataFrame of numbers (N, T).
        columns: The columns that X was read from: the one of texts, or those of numbers in order;
            none where it was no table.
        labels: The class of each row, where the table has a column of labels.
        files: The name of the file that each text was read from, where that was a folder.
    """

    X: Any
    columns: list[str]
    labels: list[str] | None = None
    files: list[str] | None = None


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


def read_rows_for(classifier: Any, path: str, arguments: Namespace) -> Rows:
    """Reads what a fitted classifier needs from a file, by the names of its training columns.

    A table's columns may stand in another order and be more than were trained on, such as the true
    labels. A classifier that was not fitted on a table remembers no names: it reads texts from the
    column `text`, or numbers from all columns but those of `label` and `drop`.

    Args:
        classifier: The fitted classifier.
        path: A table; for texts also a `.txt` file (which is one text), a `.jsonl` file (a text a
            line) or a folder of `.txt` files (a text each).
        arguments: `text` names the column of texts where it is called otherwise than in training.

    Raises:
        InputError: A column that the classifier was trained on is missing or holds no numbers, or
            there are texts where there should be numbers.
    """
    remembered = [str(name) for name in getattr(classifier, "feature_names_in_", ())]
    is_folder = path != "-" and Path(path).is_dir()
    holds_texts = is_folder or Path(path).suffix.lower() in TEXT_FILES
    if classifier.task_.kind == "text":
        if holds_texts and arguments.text is None:
            return _documents(path, is_folder)
        return _texts(path, arguments.text, remembered)
    if arguments.text is not None or holds_texts:
        what = "leave --text out" if arguments.text is not None else f"{path!r} holds texts"
        raise InputError(f"the model reads numbers from a table, not texts: {what}")
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
    return Rows(_numbers(table[remembered]), remembered)


def _documents(path: str, is_folder: bool) -> Rows:
    if not is_folder and Path(path).suffix.lower() == ".txt":
        return Rows([read_text(path)], [])  # blank lines and all: it is one text
    texts = read_documents(path)
    files = [file.name for file in sorted(Path(path).glob("*.txt"))] if is_folder else None
    return Rows(texts, [], files=files)


def _texts(path: str, given: str | None, remembered: list[str]) -> Rows:
    if given is None and not remembered:
        table = read_table(path, usual=[TEXT_NAMES])
        column = choose_column("text", None, TEXT_NAMES, table)
        return Rows(list(table[column]), [column])
    column = given or remembered[0]
    try:
        return Rows(list(read_table(path, [column])[column]), [column])
    except UnknownNameError as error:
        if given is not None:
            raise
        raise InputError(
            f"{error} The model was trained on {column!r}; name another column with --text"
        ) from None


def _numbers_without_names(path: str, arguments: Namespace) -> Rows:
    from modelzoo.cli.training import say

    table = read_table(path)
    label = arguments.label
    if label is None:
        label = usual_column(LABEL_NAMES, table.columns)
        if label is not None:
            say(f"column {label!r} is taken for the label and not read (--label names another)")
    table = _numbers(_without(table, [label, *arguments.drop]), "; leave columns out with --drop")
    # Without names, as in training: there are none to compare them with.
    return Rows(table.to_numpy(), [str(column) for column in table.columns])


def _without(table: pd.DataFrame, names: Iterable[str | None]) -> pd.DataFrame:
    left_out = [name for name in names if name is not None]
    for name in left_out:
        check_column(name, table.columns)
    return table.drop(columns=left_out)


def _numbers(table: pd.DataFrame, hint: str = "") -> pd.DataFrame:
    """A table of numbers (N, T): every cell must hold one."""
    words = [str(c) for c in table.columns if not pd.api.types.is_numeric_dtype(table[c])]
    if words:
        raise InputError(f"columns that hold no numbers: {', '.join(words)}{hint}")
    if table.isna().any(axis=None):
        column = table.columns[table.isna().any().argmax()]
        row = int(table[column].isna().argmax()) + 2  # counted with the header line
        raise InputError(f"column {column!r} has no value in line {row}")
    return table.astype("float32")
