"""Text files that are larger than memory: read block by block, in any order."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from modelzoo.data.documents import documents_of
from modelzoo.data.files import PathLike, not_utf8, read_text
from modelzoo.errors import FileError, InputError

BLOCK = 1 << 18  # bytes read at once
WHOLE = 1 << 22  # bytes up to which files are read whole, and of the sample of larger ones
_OTHER_FORMATS = (".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".parquet", ".gz", ".zip")


class Block(NamedTuple):
    """A part of a file, in bytes: it begins and ends at a blank line or, without any, a line."""

    path: str
    begin: int
    end: int


class TextFiles:
    """Blocks of text files that are never in memory together.

    A blank line ends a text. Of texts longer than a block (``BLOCK`` bytes) the parts are texts.

    Args:
        blocks: Where the text stands.

    Attributes:
        size: Bytes in all blocks.
    """

    def __init__(self, blocks: Sequence[Block]):
        self.blocks = list(blocks)
        self.size = sum(block.end - block.begin for block in self.blocks)

    @classmethod
    def open(cls, paths: Sequence[PathLike]) -> TextFiles:
        """Finds the blocks of files, without reading them.

        Raises:
            FileError: A file is missing, a folder, or unreadable.
            InputError: A file's name says that it is no plain text.
        """
        return cls([block for path in paths for block in _blocks(os.fspath(path))])

    def split(self, fraction: float, most: int) -> tuple[TextFiles, TextFiles]:
        """Parts off the last blocks: this share of all, at most so many, at least one if any."""
        count = min(most, max(1, round(len(self.blocks) * fraction)), len(self.blocks) - 1)
        cut = len(self.blocks) - (count if fraction else 0)
        return TextFiles(self.blocks[:cut]), TextFiles(self.blocks[cut:])

    def sample(self, most: int | None = None) -> TextFiles:
        """Blocks of so many bytes at most, by default ``WHOLE``, spread evenly over all."""
        count = max(1, (WHOLE if most is None else most) // BLOCK)
        if count >= len(self.blocks):
            return self
        places = np.linspace(0, len(self.blocks) - 1, count).round().astype(int)
        return TextFiles([self.blocks[place] for place in places])

    def parts(self, random: np.random.Generator | None = None) -> Iterator[list[str]]:
        """The texts, block by block.

        Args:
            random: Draws the order of the blocks; None for that of the files.

        Raises:
            FileError: A block cannot be read, or is not UTF-8 text; the byte is named.
        """
        order = range(len(self.blocks)) if random is None else random.permutation(len(self.blocks))
        for place in order:
            yield documents_of(_read(self.blocks[place]))


def open_text_files(X: Any) -> TextFiles | list[str] | None:
    """The texts of a path, or of a list of paths: themselves, where they are few.

    Args:
        X: Anything; only ``pathlib`` paths are taken for files, since a string is a text.

    Returns:
        None where X holds no path; the texts of files of ``WHOLE`` bytes at most together; else
        their blocks.

    Raises:
        FileError: A file is missing, a folder, unreadable or, as far as it was read, not text.
        InputError: Some of a list are paths and some are not, or a name says that it is no text.
    """
    rows = [X] if isinstance(X, Path) else X
    if not isinstance(rows, list | tuple) or not any(isinstance(each, Path) for each in rows):
        return None
    others = [each for each in rows if not isinstance(each, Path)]
    if others:
        raise InputError(
            f"X holds paths and also {others[0]!r:.40}: give paths only, or texts only"
        )
    files = TextFiles.open(rows)
    if files.size > WHOLE:
        return files
    return [text for path in rows for text in documents_of(read_text(path))]


def _blocks(path: str) -> Iterator[Block]:
    if Path(path).suffix.lower() in _OTHER_FORMATS:
        raise InputError(
            f"{path!r} is no plain text: read it with modelzoo.datasets.read, and fit on the texts"
        )
    if Path(path).is_dir():
        raise FileError(f"{path!r} is a folder: give its files, sorted(path.glob('*.txt'))")
    try:
        with open(path, "rb") as file:
            size = file.seek(0, os.SEEK_END)
            begin = 0
            for nominal in range(BLOCK, size + BLOCK, BLOCK):
                end = size if nominal >= size else _boundary(file, nominal)
                if end > begin:
                    yield Block(path, begin, end)
                begin = end
    except FileNotFoundError:
        raise FileError(f"there is no file {path!r}") from None
    except (OSError, ValueError) as error:  # a path with a zero byte in it
        told = getattr(error, "strerror", None) or error
        raise FileError(f"cannot read {path!r}: {told}") from None


def _boundary(file: Any, place: int) -> int:
    """Where a block may end, from a byte on: behind a blank line, a line or else a character."""
    file.seek(place)
    ahead = file.read(BLOCK // 2)
    for mark in (b"\n\n", b"\n\r\n", b"\n"):
        found = ahead.find(mark)
        if found >= 0:
            return place + found + len(mark)
    if len(ahead) < BLOCK // 2:  # the end of the file is near
        return place + len(ahead)
    within = 0
    while within < min(4, len(ahead)) and ahead[within] & 0xC0 == 0x80:  # inside of a character
        within += 1
    return place + within


def _read(block: Block) -> str:
    try:
        with open(block.path, "rb") as file:
            file.seek(block.begin)
            content = file.read(block.end - block.begin)
    except OSError as error:
        raise FileError(f"cannot read {block.path!r}: {error.strerror or error}") from None
    if b"\0" in content:
        place = block.begin + content.index(b"\0") + 1
        raise FileError(f"{block.path!r} is not a text file (byte {place} is zero)")
    skipped = 3 if block.begin == 0 and content.startswith(b"\xef\xbb\xbf") else 0
    try:
        return content[skipped:].decode("utf-8")
    except UnicodeDecodeError as error:
        raise not_utf8(block.path, error, block.begin + skipped) from None
