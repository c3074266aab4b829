"""Writes what users take away: `-` is standard output."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from modelzoo.errors import FileError, InputError, suggestion

if TYPE_CHECKING:
    import pandas as pd

NAMING = "--{}"  # how a column is named


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


def check_file(path: str, what: str) -> None:
    """Raises early where a file could not be written later, or is standard output.

    Args:
        path: The file.
        what: What is to be written, for the error.
    """
    if path == "-":
        raise InputError(f"{what} cannot be written to standard output: name a file in place of -")
    check_writable(path)


def check_picture(path: str) -> None:
    """Raises early where a picture could not be written, or not in the format of its name."""
    from matplotlib.figure import Figure

    check_file(path, "a picture")
    known = Figure().canvas.get_supported_filetypes()
    suffix = Path(path).suffix.lower().removeprefix(".")
    if suffix and suffix not in known:
        raise InputError(
            f"cannot draw {path!r}: {suggestion(suffix, known)} (the end of the name is the format)"
        )
