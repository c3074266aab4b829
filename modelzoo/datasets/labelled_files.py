"""Files and folders to classify: texts, numbers, records of archives, recordings."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from modelzoo.data.files import PathLike, name_of, read_text
from modelzoo.data.magnitude import LARGEST, TOO_LARGE
from modelzoo.data.tables import (
    KEYWORD,
    check_column,
    choose_column,
    place,
    read_table,
    usual_column,
)
from modelzoo.datasets.formats import read_ts, read_ucr, read_wav
from modelzoo.errors import FileError, InputError

LABEL_NAMES = ("label", "class", "target", "y")
TEXT_NAMES = ("text",)
EXAMPLES = (".txt", ".wav")  # of which a folder holds one example a file


class Rows(NamedTuple):
    """What to classify.

    Attributes:
        X: A list of strings, a DataFrame of numbers (N, T), an array (N, T) or (N, T, C), or a list
            of arrays (T_i,) or (T_i, C).
        columns: The columns that X was read from: the one of texts, or those of numbers in order;
            none where it was no table.
        labels: The class of each row, where there are any.
        files: The name of the file that each row was read from, where that was a folder.
    """

    X: Any
    columns: list[str]
    labels: list[Any] | None = None
    files: list[str] | None = None


def read_rows(
    path: PathLike,
    *,
    text: str | None = None,
    label: str | None = None,
    drop: Sequence[str] = (),
    labelled: bool = False,
    naming: str = KEYWORD,
) -> Rows:
    """Reads rows to learn from, with their labels.

    Args:
        path: A table; a ``.ts`` file of the UEA archive; a ``.tsv`` file of the UCR archive (a line
            a record, the label first, no header line); or a folder of texts or recordings: see
            :func:`read_folder`.
        text: The column of texts; without it, and where no column is called text, all columns but
            those of ``label`` and ``drop`` are read as numbers.
        label: The column of labels; None for the first of ``LABEL_NAMES`` that there is.
        drop: Columns to leave out.
        labelled: Whether there must be labels.
        naming: How the caller names a column, for errors.

    Raises:
        FileError: The file cannot be read, or is not what its name says.
        InputError: There should be labels and are none, or a column holds no numbers.
        UnknownNameError: There is no such column.
    """
    path = os.fspath(path)
    rows = read_without_columns(path)
    if rows is None:
        return _of_table(path, text, label, drop, labelled, naming)
    if labelled and rows.labels is None:
        raise InputError(
            f"{path!r} holds no labels: give each class a sub-folder, or begin the name of each "
            "recording with its label and an underscore, such as yes_1.wav"
            if Path(path).is_dir()
            else f"{path!r} holds no labels"
        )
    return rows


def read_without_columns(path: str) -> Rows | None:
    """Reads a folder, or a file of an archive's format; None for everything else."""
    if has_columns(path):
        return None
    if Path(path).is_dir():
        return read_folder(path)
    read = read_ts if Path(path).suffix.lower() == ".ts" else read_ucr
    X, labels = read(path)
    return Rows(X, [], None if labels is None else labels.tolist())


def has_columns(path: str) -> bool:
    """Whether a file has columns with names: no folder, and no format of an archive."""
    if path == "-":
        return True
    suffix = Path(path).suffix.lower()
    if Path(path).is_dir() or suffix == ".ts":
        return False
    return suffix != ".tsv" or _has_header(path)


def read_folder(path: PathLike) -> Rows:
    """Reads a folder of ``.txt`` or ``.wav`` files, an example each.

    Args:
        path: The folder. Each of its sub-folders is a class and named so; without any, recordings
            have the label before the first underscore of their names, if they all have one.

    Returns:
        The texts, or the features of the recordings: see :func:`read_recordings`.

    Raises:
        FileError: It holds neither, or both, or such files beside its sub-folders.
    """
    root = Path(path)
    folders = sorted(each for each in root.iterdir() if each.is_dir() and each.name[0] != ".")
    files = [file for folder in folders or [root] for file in sorted(folder.iterdir())]
    found = {file.suffix.lower() for file in files} & set(EXAMPLES)
    if len(found) != 1:
        raise FileError(
            f"the folder {os.fspath(path)!r} holds "
            + ("both .txt and .wav files: part them" if found else "no .txt and no .wav file")
            + (f" in its {len(folders)} sub-folders" if folders else "")
        )
    loose = [file.name for file in root.iterdir() if file.suffix.lower() in found]
    if folders and loose:
        raise FileError(
            f"the folder {os.fspath(path)!r} holds {len(loose)} files beside its sub-folders, such "
            f"as {min(loose)!r}, which are of no class: move them"
        )
    files = [file for file in files if file.suffix.lower() in found]
    labels: list[Any] | None = [file.parent.name for file in files] if folders else None
    if found == {".txt"}:
        X: list[Any] = [read_text(file) for file in files]
    else:
        X = read_recordings(files)
        if not folders and all("_" in file.name for file in files):
            labels = [file.name.split("_")[0] for file in files]
    return Rows(X, [], labels, [file.relative_to(root).as_posix() for file in files])


def read_recordings(files: Sequence[PathLike]) -> list[np.ndarray]:
    """Reads wav files as log-mel spectrograms.

    Args:
        files: The files, all of one sampling rate.

    Returns:
        An array (F_i, 40) for each: see :func:`modelzoo.datasets.spectrograms.log_mel`.

    Raises:
        FileError: A file is no wav file, or has another sampling rate than the first.
    """
    from modelzoo.datasets.spectrograms import log_mel  # imports a framework

    sounds = []
    for file in files:
        sound, rate = read_wav(file)
        sounds.append((sound, rate))
        if rate != sounds[0][1]:
            raise FileError(
                f"{os.fspath(file)!r} has {rate} samples a second, {os.fspath(files[0])!r} has "
                f"{sounds[0][1]}: bring all to one sampling rate"
            )
    return log_mel([sound for sound, _ in sounds], sounds[0][1])


def numbers(table: pd.DataFrame, hint: str = "") -> pd.DataFrame:
    """A table of numbers (N, T): every cell must hold one."""
    words = [str(c) for c in table.columns if not pd.api.types.is_numeric_dtype(table[c])]
    if words:
        raise InputError(f"columns that hold no numbers: {', '.join(words)}{hint}")
    if table.isna().any(axis=None):
        column = table.columns[table.isna().any().argmax()]
        row = int(table[column].isna().argmax())
        raise InputError(f"column {column!r} has no value in {place(table, row)}")
    large = table.abs() > LARGEST
    if large.any(axis=None):
        column = table.columns[large.any().argmax()]
        row = int(large[column].argmax())
        raise InputError(
            f"column {column!r} holds {table[column].iloc[row]} in {place(table, row)}: {TOO_LARGE}"
        )
    return table.astype("float32")


def without(table: pd.DataFrame, names: Iterable[str | None]) -> pd.DataFrame:
    """A table without some columns.

    Raises:
        UnknownNameError: There is none of a name.
    """
    left_out = [name for name in names if name is not None]
    for name in left_out:
        check_column(name, table.columns, table.attrs.get("file"))
    return table.drop(columns=left_out)


def _of_table(
    path: str,
    text: str | None,
    label: str | None,
    drop: Sequence[str],
    labelled: bool,
    naming: str,
) -> Rows:
    usual = [names for given, names in ((text, TEXT_NAMES), (label, LABEL_NAMES)) if given is None]
    table = read_table(path, [text, label], usual)
    label = label or usual_column(LABEL_NAMES, table.columns)
    if labelled:
        label = choose_column("label", label, LABEL_NAMES, table, naming)
    labels = None if label is None else list(table[label])
    if labelled and labels is not None:
        _check_labels(labels, str(label), table)
    others = without(table, [label, *drop])
    text = text or usual_column(TEXT_NAMES, others.columns)
    if text is not None:
        return Rows(_texts(table, text), [text], labels)
    text_hint, drop_hint = naming.format("text"), naming.format("drop")
    hint = f"; name the text with {text_hint}, or leave columns out with {drop_hint}"
    return Rows(numbers(others, hint), [str(column) for column in others.columns], labels)


def _texts(table: pd.DataFrame, column: str) -> list[str]:
    texts = list(table[column])
    for row, text in enumerate(texts):
        if not isinstance(text, str):  # of JSON
            raise FileError(
                f"column {column!r} holds {text!r:.40} in {place(table, row)}, no string"
            )
    if not any(text.strip() for text in texts):
        raise InputError(
            f"column {column!r} of {name_of(table.attrs['file'])} holds no text at all"
        )
    return texts


def _check_labels(labels: Sequence[Any], column: str, table: pd.DataFrame) -> None:
    for row, label in enumerate(labels):
        if label is None or label != label or (isinstance(label, str) and not label):
            raise InputError(f"column {column!r} has no label in {place(table, row)}")
    if _are_measured(labels):
        raise InputError(
            f"column {column!r} holds measured values rather than classes, such as {labels[0]} in "
            f"{place(table, 0)}: put them into a few classes first"
        )


def _are_measured(labels: Sequence[Any]) -> bool:
    """Whether labels are numbers, some of them fractions, and few of them occur twice."""
    try:
        fractions = any(not float(label).is_integer() for label in labels)
    except (TypeError, ValueError):
        return False
    return fractions and 2 * len(set(map(str, labels))) > len(labels)


def _has_header(path: str) -> bool:
    """Whether a table begins with words: files of the UCR archive have numbers alone."""
    cells = read_text(path).lstrip().split("\n", 1)[0].split("\t")
    try:
        [float(cell or "nan") for cell in cells]
    except ValueError:
        return True
    return len(cells) < 2
