"""Tables in files: CSV, TSV and lines of JSON, and the columns that are looked for in them."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from modelzoo.data.files import PathLike, name_of, open_text
from modelzoo.errors import FileError, InputError, UnknownNameError
from modelzoo.strict_json import read_json

SEPARATORS = ",\t;"
JSON_LINES = (".jsonl", ".ndjson")
KEYWORD = "{}=..."  # how a caller names a column; the command line has its own


def read_table(
    path: PathLike, verbatim: Iterable[str | None] = (), usual: Iterable[Sequence[str]] = ()
) -> pd.DataFrame:
    """Reads a table with a header line and commas, tabs or semicolons, or of lines of JSON objects.

    Args:
        path: The file's path, of lines of JSON ending in ``.jsonl`` or ``.ndjson``; ``-`` is
            standard input.
        verbatim: Columns to keep as strings just as they stand: ``NA`` or ``007`` stays so. Values
            of JSON have their own types.
        usual: Columns to keep so too where there are any: for each, the names that
            :func:`usual_column` looks for.

    Returns:
        The table, at least one row long.

    Raises:
        FileError: The file cannot be read, or is not such a table.
        UnknownNameError: It lacks a column; the nearest is named.
    """
    path = os.fspath(path)
    named = [column for column in verbatim if column is not None]
    if Path(path).suffix.lower() in JSON_LINES:
        table = _table_of_objects(path)
        for column in named:
            check_column(column, table.columns, path)
    else:
        table = _read_separated(path, named, usual)
    if table.empty:
        raise FileError(f"{name_of(path)} holds a header line but no rows")
    table.attrs["file"] = path
    return table


def check_column(name: str, columns: Iterable[object], path: PathLike | None = None) -> None:
    """Raises an error that names the nearest column where there is no column of this name."""
    known = [str(column) for column in columns]
    if name in known:
        return
    if path is not None:
        check_separator(known, path)
    where = "" if path is None else f" in {name_of(path)}"
    raise UnknownNameError("column", name, known, where)


def check_separator(columns: list[str], path: PathLike) -> None:
    """Checks that the columns of a table are set apart by what is read as such.

    Raises:
        FileError: There is one column only, and its name looks like several.
    """
    if len(columns) == 1 and re.search(r"\w\s*[|:^~]\s*\w", columns[0]):
        raise FileError(
            f"{name_of(path)} has one column only, {columns[0]!r}: "
            "columns are set apart by commas, tabs or semicolons"
        )


def usual_column(usual: Sequence[str], columns: Iterable[object]) -> str | None:
    """Finds a column by the names that such a column often has.

    Args:
        usual: Those names in lower case, most usual first.
        columns: The columns' names; case does not matter.

    Returns:
        The name of the first that there is; None where there is none.
    """
    by_lower_name = {str(column).lower(): str(column) for column in columns}
    return next((by_lower_name[name] for name in usual if name in by_lower_name), None)


def choose_column(
    what: str, given: str | None, usual: Sequence[str], table: pd.DataFrame, naming: str = KEYWORD
) -> str:
    """Chooses a column: the one that was given, else one of the usual name.

    Args:
        what: The argument that names the column, such as ``label``.
        given: The name given, if any.
        usual: Names that such a column often has, most usual first; case does not matter.
        table: The table.
        naming: How the caller names a column, ``{}`` standing for ``what``.

    Returns:
        The column's name.

    Raises:
        UnknownNameError: There is no such column.
        InputError: None was given and none has a usual name.
    """
    path = table.attrs.get("file")
    if given is not None:
        check_column(given, table.columns, path)
        return given
    found = usual_column(usual, table.columns)
    if found is not None:
        return found
    columns = [str(column) for column in table.columns]
    if path is not None:
        check_separator(columns, path)
    file = "" if path is None else f" of {name_of(path)}"
    raise InputError(
        f"which column{file} is the {what}? name it with {naming.format(what)}; "
        f"there are: {', '.join(columns)}"
    )


def place(table: pd.DataFrame, row: int) -> str:
    """Where a row (from 0) of a table that was read stands: its line and the file."""
    path = table.attrs.get("file")
    if path is None or path == "-" or not Path(path).is_file():
        return f"line {row + 2}"
    if Path(path).suffix.lower() in JSON_LINES:
        lines = [number for number, _ in json_lines(path)]
        return f"line {lines[row]} of {path!r}"
    text = open_text(path)  # again, since this is for an error only
    reader = csv.reader(text, delimiter=_separator(text))
    begins = 1
    try:
        for _ in range(-1, row + 1):  # the header line comes first
            begins = reader.line_num + 1
            while next(reader, None) == []:  # a blank line holds no row
                begins = reader.line_num + 1
    except csv.Error:  # pandas reads cells that are longer than Python's own reader allows
        return f"row {row + 1} of {path!r}"
    return f"line {begins} of {path!r}"


def json_lines(path: PathLike) -> Iterator[tuple[int, Any]]:
    """The values of a file of JSON lines, each with its line's number.

    Raises:
        FileError: The file cannot be read, or a line is not JSON.
    """
    # Python and pandas write a bare NaN for what is missing.
    # Not splitlines(): strings of JSON may hold U+2028 and the like as they are.
    for number, line in enumerate(open_text(path, "\n"), 1):
        if not line.strip():
            continue
        where = f"{name_of(path)}, line {number}"
        value = read_json(line, where, nan=True)
        if "\\ud" in line.lower():  # a half of an emoji may be left where a text was cut
            try:
                json.dumps(value, ensure_ascii=False).encode()
            except UnicodeEncodeError as error:
                half = error.object[error.start]
                raise FileError(f"{where}: {half!r} is half a character, cut off") from None
        yield number, value


def _read_separated(path: str, named: list[str], usual: Iterable[Sequence[str]]) -> pd.DataFrame:
    text = open_text(path)
    separator = _separator(text)

    def read(**options: Any) -> pd.DataFrame:
        text.seek(0)
        return pd.read_csv(text, sep=separator, index_col=False, **options)

    try:
        header = read(nrows=1, header=None, dtype=str, keep_default_na=False).iloc[0]
        twice = header[(header != "") & header.duplicated()].unique()
        if len(twice):
            raise FileError(
                f"{name_of(path)} has several columns of the same name, "
                f"{', '.join(map(repr, twice))}: give each a name of its own in the header line"
            )
        columns = [str(column) for column in read(nrows=0).columns]
        for column in named:
            check_column(column, columns, path)
        found = [usual_column(names, columns) for names in usual]
        wanted = list(dict.fromkeys(named + [each for each in found if each is not None]))
        with warnings.catch_warnings():
            # Cells beyond the header's: pandas would drop them with a warning.
            warnings.simplefilter("error", pd.errors.ParserWarning)
            table = read(low_memory=False)
        if wanted:
            table[wanted] = read(usecols=wanted, dtype=str, keep_default_na=False)[wanted]
    except pd.errors.ParserWarning:
        raise FileError(
            f"{name_of(path)} has lines with more cells than its header line has columns "
            f"({len(columns)}): text with {separator!r} in it needs quotes"
        ) from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        told = re.sub(r"^Error tokenizing data\. C error: ", "", str(error).strip())
        raise FileError(f"{name_of(path)} is not a table: {told}") from None
    return table


def _separator(text: io.TextIOWrapper) -> str:
    header = next(line for line in text if line.strip())
    text.seek(0)
    return max(SEPARATORS, key=header.count)


def _table_of_objects(path: str) -> pd.DataFrame:
    rows = []
    for number, entry in json_lines(path):
        if not isinstance(entry, dict):
            raise FileError(
                f"{name_of(path)}, line {number}: an object is needed, {entry!r:.40} is none"
            )
        rows.append(entry)
    return pd.DataFrame(rows)
