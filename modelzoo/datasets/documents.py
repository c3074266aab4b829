"""Files to learn to write from: texts, or prompts with their completions."""

from __future__ import annotations

import os
from pathlib import Path

from modelzoo.data.documents import documents_of
from modelzoo.data.files import PathLike, name_of, read_text
from modelzoo.data.tables import (
    JSON_LINES,
    KEYWORD,
    choose_column,
    json_lines,
    read_table,
    usual_column,
)
from modelzoo.errors import FileError

TABLES = (".csv", ".tsv")


def read_documents(
    path: PathLike, text_column: str | None = None, naming: str = KEYWORD
) -> list[str]:
    """Reads texts to learn to write from.

    Args:
        path: A folder of ``.txt`` files (a text each), a ``.jsonl`` file (a string a line, or an
            object with ``text``), a CSV or TSV file, or a text file in which a blank line ends a
            text.
        text_column: The column of a table, or the key of JSON objects, that holds the texts.
        naming: How the caller names a column, for errors.

    Returns:
        The texts.

    Raises:
        FileError: The file cannot be read or holds no texts.
        InputError: A table's column of texts has no usual name and was not given.
        UnknownNameError: There is no column of the name given.
    """
    path = os.fspath(path)
    if path != "-" and Path(path).is_dir():
        return [read_text(file) for file in files_in(path, ".txt")]
    suffix = Path(path).suffix.lower()
    if suffix in JSON_LINES:
        return _documents_of_lines(path, text_column or "text")
    if suffix in TABLES or text_column is not None:
        column = text_column or choose_column("text", None, ["text"], read_table(path), naming)
        return list(read_table(path, [column])[column])
    return documents_of(read_text(path))


def read_pairs(
    path: PathLike,
    prompt: str | None = None,
    completion: str | None = None,
    naming: str = KEYWORD,
) -> tuple[list[str], list[str]] | None:
    """Reads prompts and their completions, where a file holds some.

    Args:
        path: A CSV or TSV file, or a ``.jsonl`` file with an object a line.
        prompt: The column or key of the prompts; None for ``prompt``.
        completion: The column or key of the completions; None for ``completion``.
        naming: How the caller names a column, for errors.

    Returns:
        The prompts and the completions; None where neither was named and there are none.

    Raises:
        FileError: The file cannot be read, or a line lacks one of them.
        UnknownNameError: There is no column of a name given.
        InputError: One of the two columns has no usual name and was not given.
    """
    path = os.fspath(path)
    asked = prompt is not None or completion is not None
    suffix = Path(path).suffix.lower()
    if suffix in JSON_LINES:
        keys = (prompt or "prompt", completion or "completion")
        entries = list(json_lines(path))
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
    if suffix not in TABLES and not asked:
        return None
    table = read_table(path, [prompt, completion], [["prompt"], ["completion"]])
    if not asked and any(
        usual_column([n], table.columns) is None for n in ("prompt", "completion")
    ):
        return None
    columns = (
        choose_column("prompt", prompt, ["prompt"], table, naming),
        choose_column("completion", completion, ["completion"], table, naming),
    )
    return list(table[columns[0]]), list(table[columns[1]])


def files_in(folder: PathLike, suffix: str) -> list[Path]:
    """The files of a folder whose names end so, in the order of their names.

    Raises:
        FileError: There is none.
    """
    files = sorted(Path(folder).glob(f"*{suffix}"))
    if not files:
        raise FileError(f"the folder {os.fspath(folder)!r} holds no {suffix} file")
    return files


def _documents_of_lines(path: str, key: str) -> list[str]:
    texts: list[str] = []
    for number, entry in json_lines(path):
        text = entry.get(key) if isinstance(entry, dict) else entry
        if not isinstance(text, str):
            raise FileError(
                f"{name_of(path)}, line {number}: a string is needed, or an object with the "
                f"string {key!r}"
            )
        texts.append(text)
    return texts
