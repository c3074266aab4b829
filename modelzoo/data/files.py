"""Text of files, checked: what is wrong with one is told with its name and the place."""

from __future__ import annotations

import codecs
import io
import os
import stat
import sys
from pathlib import Path

from modelzoo.errors import FileError

PathLike = str | os.PathLike[str]


def read_text(path: PathLike) -> str:
    """Reads a text file.

    Args:
        path: The file's path; ``-`` is standard input.

    Returns:
        Its text, without a byte order mark.

    Raises:
        FileError: The file is missing, a folder, unreadable, empty or not text.
    """
    return _checked(path)[1]


def open_text(path: PathLike, newline: str = "") -> io.TextIOWrapper:
    """Opens a text file that is read to its end first, and checked as `read_text` does.

    Of a large file this takes little more memory than its bytes: a table of ten million lines is
    parsed from it, of which a copy or a list of lines would be several times as large.

    Args:
        path: The file's path; ``-`` is standard input.
        newline: What ends a line, as :func:`open` takes it; by default a line feed, a carriage
            return or both.

    Returns:
        Its text, without a byte order mark, line ends as they are; it can be wound back.

    Raises:
        FileError: The file is missing, a folder, unreadable, empty or not text.
    """
    return io.TextIOWrapper(io.BytesIO(_checked(path)[0]), encoding="utf-8", newline=newline)


def _checked(path: PathLike) -> tuple[bytes, str]:
    """The bytes of a text file without a byte order mark, and its text."""
    path = os.fspath(path)
    name = name_of(path)
    if path == "-" and sys.stdin is None:
        raise FileError("standard input is closed")
    content = sys.stdin.buffer.read() if path == "-" else read_bytes(path)
    if not content or content.isspace():
        raise FileError(f"{name} is empty")
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise FileError(f"{name} is UTF-16 text: save it as UTF-8")
    if b"\0" in content:
        raise FileError(f"{name} is not a text file (byte {content.index(0) + 1} is zero)")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        bom = len(content) - len(error.object)  # the codec counts from behind a byte order mark
        raise not_utf8(path, error, bom, content.count(b"\n", 0, bom + error.start) + 1) from None
    if not text or text.isspace():  # but a byte order mark, or blanks that are none of ASCII
        raise FileError(f"{name} is empty")
    return content.removeprefix(codecs.BOM_UTF8), text


def read_bytes(path: PathLike) -> bytes:
    """Reads a file.

    Raises:
        FileError: The file is missing, a folder or unreadable.
    """
    path = os.fspath(path)
    try:
        if stat.S_ISCHR(os.stat(path).st_mode):  # which might never end
            raise FileError(f"{path!r} is a device, a file is needed")
        return Path(path).read_bytes()
    except FileNotFoundError:
        raise FileError(f"there is no file {path!r}") from None
    except IsADirectoryError:
        raise FileError(f"{path!r} is a folder, a file is needed") from None
    except FileError:
        raise
    except (OSError, ValueError) as error:  # a path with a zero byte in it
        told = getattr(error, "strerror", None) or error
        raise FileError(f"cannot read {path!r}: {told}") from None


def not_utf8(
    path: PathLike, error: UnicodeDecodeError, offset: int = 0, line: int | None = None
) -> FileError:
    """What to raise for bytes that are no UTF-8 text.

    Args:
        path: The file.
        error: Of decoding a part of it.
        offset: Where that part begins in the file, in bytes.
        line: The line, from 1, where it is known.
    """
    where = f"byte {offset + error.start + 1}" + (f", line {line}" if line is not None else "")
    value = error.object[error.start]
    return FileError(
        f"{name_of(path)} is not UTF-8 text ({where}: 0x{value:02x}): save it as UTF-8"
    )


def name_of(path: PathLike) -> str:
    """A file's name for messages."""
    path = os.fspath(path)
    return "standard input" if path == "-" else repr(path)
