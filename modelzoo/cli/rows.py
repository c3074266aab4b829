"""The rows that a fitted classifier reads from a file, by the names of its training columns."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import Any

from modelzoo.cli.files import NAMING
from modelzoo.data.files import read_text
from modelzoo.data.tables import choose_column, json_lines, read_table, usual_column
from modelzoo.datasets.documents import read_documents
from modelzoo.datasets.labelled_files import (
    LABEL_NAMES,
    TEXT_NAMES,
    Rows,
    numbers,
    read_without_columns,
    without,
)
from modelzoo.errors import InputError, UnknownNameError, suggestion

TEXT_FILES = (".txt", ".jsonl", ".ndjson")


def read_rows_for(classifier: Any, path: str, arguments: Namespace) -> Rows:
    """Reads what a fitted classifier needs from a file, by the names of its training columns.

    A table's columns may stand in another order and be more than were trained on, such as the true
    labels. A classifier that was not fitted on a table remembers no names: it reads texts from the
    column `text`, or numbers from all columns but those of `label` and `drop`. Without `label`, one
    with a usual name is taken for it, if there are not just as many columns as in training.

    Args:
        classifier: The fitted classifier.
        path: A table; for texts also a `.txt` file (which is one text), a `.jsonl` file (a text a
            line) or a folder of `.txt` files (a text each); for numbers also a file of the UCR or
            UEA archive or a folder of recordings.
        arguments: `text` names the column of texts where it is called otherwise than in training.

    Raises:
        InputError: A column that the classifier was trained on is missing or holds no numbers, or
            there are texts where there should be numbers.
    """
    remembered = [str(name) for name in getattr(classifier, "feature_names_in_", ())]
    reads_text = classifier.task_.kind == "text"
    is_text_file = Path(path).suffix.lower() in TEXT_FILES
    if is_text_file and not reads_text:  # lines of JSON may also be a table of numbers
        is_text_file = not read_text(path).lstrip().startswith("{")
    rows = read_without_columns(path)
    if rows is not None or is_text_file or arguments.text is not None:
        holds_text = rows is None or isinstance(rows.X[0], str)
        if reads_text and not holds_text:
            raise InputError(f"the model reads texts, and {path!r} holds numbers")
        if not reads_text and holds_text:
            what = "leave --text out" if arguments.text is not None else f"{path!r} holds texts"
            raise InputError(f"the model reads numbers from a table, not texts: {what}")
    if rows is not None:
        return rows
    if reads_text:
        if is_text_file and arguments.text is None:
            return _documents(path, remembered)
        return _texts(path, arguments.text, remembered)
    if not remembered:
        return _numbers_without_names(classifier, path, arguments)
    table = without(read_table(path), [arguments.label, *arguments.drop])
    missing = [name for name in remembered if name not in table.columns]
    if missing:
        more = ", ".join(map(repr, missing[1:6]))
        raise InputError(
            f"column {missing[0]!r}, which the model was trained on, is missing: "
            + suggestion(missing[0], [each for each in table.columns if each not in remembered])
            + (f" (missing as well: {more}{', ...' if len(missing) > 6 else ''})" if more else "")
        )
    return Rows(numbers(table[remembered]), remembered)


def _documents(path: str, remembered: list[str]) -> Rows:
    if Path(path).suffix.lower() == ".txt":
        return Rows([read_text(path)], [])  # blank lines and all: it is one text
    _, first = next(json_lines(path))
    if remembered and isinstance(first, dict) and remembered[0] in first:
        return Rows(read_documents(path, remembered[0]), remembered)
    return Rows(read_documents(path), [])


def _texts(path: str, given: str | None, remembered: list[str]) -> Rows:
    if given is None and not remembered:
        table = read_table(path, usual=[TEXT_NAMES])
        column = choose_column("text", None, TEXT_NAMES, table, NAMING)
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


def _numbers_without_names(classifier: Any, path: str, arguments: Namespace) -> Rows:
    from modelzoo.cli.training import say

    table = without(read_table(path), [arguments.label, *arguments.drop])
    trained_on = getattr(classifier, "n_features_in_", None)
    label = None if arguments.label else usual_column(LABEL_NAMES, table.columns)
    if label is not None and len(table.columns) == trained_on:
        say(f"column {label!r} is read as a feature: in training there were as many columns")
    elif label is not None:
        say(f"column {label!r} is taken for the label and not read (--label names another)")
        table = without(table, [label])
    table = numbers(table, "; leave columns out with --drop")
    # Without names, as in training: there are none to compare them with.
    return Rows(table.to_numpy(), [str(column) for column in table.columns])
