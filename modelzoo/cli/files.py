"""Reads what users bring, and writes what they take away. `-` is standard input or output."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelzoo.errors import FileError, InputError, UnknownNameError, suggestion

if TYPE_CHECKING:
    import pandas as pd

SEPARATORS = ",\t;"


def read_text(path: str) -> str:
    """Reads a text file.

    Args:
        path: The file's path; ``-`` is standard input.

    Returns:
        Its text, without a byte order mark.

    Raises:
        FileError: The file is missing, a folder, unreadable, empty or not text.
    """
    name = "standard input" if path == "-" else path
    try:
        content = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except FileNotFoundError:
        raise FileError(f"there is no file {path!r}") from None
    except IsADirectoryError:
        raise FileError(f"{path!r} is a folder, a file is needed") from None
    except OSError as error:
        raise FileError(f"cannot read {path!r}: {error.strerror or error}") from None
    if not content.strip():
        raise FileError(f"{name} is empty")
    if b"\0" in content[:65536]:
        raise FileError(f"{name} is not a text file (it holds zero bytes)")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileError(
            f"{name} is not UTF-8 text (byte {error.start + 1}): save it as UTF-8"
        ) from None


def read_table(
    path: str, verbatim: Iterable[str | None] = (), usual: Iterable[Sequence[str]] = ()
) -> pd.DataFrame:
    """Reads a table with a header line, its columns separated by commas, tabs or semicolons.

    Args:
        path: The file's path; ``-`` is standard input.
        verbatim: Columns to keep as strings just as they stand: ``NA`` or ``007`` stays so.
        usual: Columns to keep so too where there are any: for each, the names that
            :func:`usual_column` looks for.

    Returns:
        The table, at least one row long.

    Raises:
        FileError: The file cannot be read, or is not such a table.
        UnknownNameError: It lacks a column; the nearest is named.
    """
    import pandas as pd

    text = read_text(path)
    header = text.lstrip().splitlines()[0]
    separator = max(SEPARATORS, key=header.count)

    def read(**options: Any) -> pd.DataFrame:
        return pd.read_csv(io.StringIO(text), sep=separator, index_col=False, **options)

    try:
        columns = [str(column) for column in read(nrows=0).columns]
        wanted = [column for column in verbatim if column is not None]
        for column in wanted:
            check_column(column, columns)
        found = [usual_column(names, columns) for names in usual]
        wanted = list(dict.fromkeys(wanted + [each for each in found if each is not None]))
        table = read(low_memory=False)
        if wanted:
            table[wanted] = read(usecols=wanted, dtype=str, keep_default_na=False)[wanted]
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise FileError(f"{path!r} is not a table: {error}") from None
    if table.empty:
        raise FileError(f"{path!r} holds a header line but no rows")
    return table


def check_column(name: str, columns: Iterable[object]) -> None:
    """Raises an error that names the nearest column where there is no column of this name."""
    known = [str(column) for column in columns]
    if name not in known:
        raise UnknownNameError("column", name, known)


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


def choose_column(what: str, given: str | None, usual: Sequence[str], table: pd.DataFrame) -> str:
    """Chooses a column: the one that was given, else one of the usual name.

    Args:
        what: The option that names the column, such as ``label``.
        given: The name given, if any.
        usual: Names that such a column often has, most usual first; case does not matter.
        table: The table.

    Returns:
        The column's name.

    Raises:
        UnknownNameError: There is no such column.
        InputError: None was given and none has a usual name.
    """
    if given is not None:
        check_column(given, table.columns)
        return given
    found = usual_column(usual, table.columns)
    if found is not None:
        return found
    columns = ", ".join(map(str, table.columns))
    raise InputError(f"which column is the {what}? name it with --{what}; there are: {columns}")


def read_documents(path: str, text_column: str | None = None) -> list[str]:
    """Reads texts to learn to write from.

    Args:
        path: A folder of ``.txt`` files (a text each), a ``.jsonl`` file (a string a line, or an
            object with ``text``), a CSV or TSV file, or a text file in which a blank line ends a
            text.
        text_column: The column of a table that holds the texts.

    Returns:
        The texts.

    Raises:
        FileError: The file cannot be read or holds no texts.
    """
    if path != "-" and Path(path).is_dir():
        files = sorted(Path(path).glob("*.txt"))
        if not files:
            raise FileError(f"the folder {path!r} holds no .txt file")
        return [read_text(str(file)) for file in files]
    suffix = Path(path).suffix.lower()
    if suffix in {".jsonl", ".ndjson"}:
        return _documents_of_lines(path)
    if suffix in {".csv", ".tsv"} or text_column is not None:
        column = text_column or choose_column("text", None, ["text"], read_table(path))
        return list(read_table(path, [column])[column])
    blocks = read_text(path).replace("\r\n", "\n").split("\n\n")
    return [block.strip("\n") for block in blocks if block.strip()]


def read_pairs(
    path: str, prompt: str | None = None, completion: str | None = None
) -> tuple[list[str], list[str]] | None:
    """Reads prompts and their completions, where a file holds some.

    Args:
        path: A CSV or TSV file, or a ``.jsonl`` file with an object a line.
        prompt: The column or key of the prompts; None for ``prompt``.
        completion: The column or key of the completions; None for ``completion``.

    Returns:
        The prompts and the completions; None where neither was named and there are none.

    Raises:
        FileError: The file cannot be read, or a line lacks one of them.
        UnknownNameError: There is no column of a name given.
        InputError: One of the two columns has no usual name and was not given.
    """
    asked = prompt is not None or completion is not None
    suffix = Path(path).suffix.lower()
    if suffix in {".jsonl", ".ndjson"}:
        keys = (prompt or "prompt", completion or "completion")
        entries = list(_entries(path))
        first = entries[0][1]
        if not asked and not (isinstance(first, dict) and set(keys) <= first.keys()):
            return None
        for number, entry in entries:
            if not isinstance(entry, dict) or not all(isinstance(entry.get(k), str) for k in keys):
                raise FileError(
                    f"{path!r}, line {number}: an object with the strings {keys[0]!r} and "
                    f"{keys[1]!r} is needed"
                )
        return [each[keys[0]] for _, each in entries], [each[keys[1]] for _, each in entries]
    if suffix not in {".csv", ".tsv"} and not asked:
        return None
    table = read_table(path, [prompt, completion], [["prompt"], ["completion"]])
    if not asked and any(
        usual_column([n], table.columns) is None for n in ("prompt", "completion")
    ):
        return None
    columns = (
        choose_column("prompt", prompt, ["prompt"], table),
        choose_column("completion", completion, ["completion"], table),
    )
    return list(table[columns[0]]), list(table[columns[1]])


def _documents_of_lines(path: str) -> list[str]:
    texts: list[str] = []
    for number, entry in _entries(path):
        text = entry.get("text") if isinstance(entry, dict) else entry
        if not isinstance(text, str):
            raise FileError(
                f"{path!r}, line {number}: a string is needed, or an object with the string 'text'"
            )
        texts.append(text)
    return texts


def _entries(path: str) -> Iterator[tuple[int, Any]]:
    """The values of a file of JSON lines, each with its line's number."""
    for number, line in enumerate(read_text(path).splitlines(), 1):
        if not line.strip():
            continue
        try:
            yield number, json.loads(line)
        except json.JSONDecodeError as error:
            raise FileError(f"{path!r}, line {number}: not JSON ({error.msg})") from None


def write_text(text: str, path: str) -> None:
    """Writes text to a file, or to standard output when the path is ``-``."""
    if path == "-":
        sys.stdout.write(text)
        return
    try:
        Path(path).write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise FileError(f"cannot write {path!r}: {error.strerror or error}") from None


def write_table(table: pd.DataFrame, path: str, *, as_json: bool) -> None:
    """Writes a table, as CSV or as a JSON list of rows, to a file or standard output."""
    if as_json:
        text = table.to_json(orient="records", date_format="iso", indent=2, force_ascii=False)
        write_text(text + "\n", path)
    else:
        write_text(table.to_csv(index=False, lineterminator="\n"), path)


def check_writable(path: str) -> None:
    """Raises early, before long work, where a file could not be written later."""
    if path == "-":
        return
    folder = Path(path).absolute().parent
    if not folder.is_dir():
        raise FileError(f"cannot write {path!r}: there is no folder {str(folder)!r}")
    if Path(path).is_dir():
        raise FileError(f"cannot write {path!r}: it is a folder")
    if not os.access(folder, os.W_OK):
        raise FileError(f"cannot write {path!r}: the folder {str(folder)!r} is read-only")


def check_picture(path: str) -> None:
    """Raises early where a picture could not be written, or not in the format of its name."""
    from matplotlib.figure import Figure

    check_writable(path)
    known = Figure().canvas.get_supported_filetypes()
    suffix = Path(path).suffix.lower().removeprefix(".")
    if suffix and suffix not in known:
        raise InputError(
            f"cannot draw {path!r}: {suggestion(suffix, known)} (the end of the name is the format)"
        )
