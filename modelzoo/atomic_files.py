"""Files that are written whole or not at all, whatever ends the process that writes them."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from modelzoo.errors import FileError


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Writes beside the target first, so that a crash leaves the old file or the new one.

    Args:
        path: The target; an existing file is replaced where no exception is raised.

    Yields:
        The file to write to.

    Raises:
        FileError: It cannot be written; the target is as it was.
    """
    try:
        with tempfile.NamedTemporaryFile(
            dir=path.parent, prefix=f".{path.name}.", suffix=".part", delete=False
        ) as part:
            try:
                yield part
                part.flush()
                os.fsync(part.fileno())
                os.chmod(part.name, 0o644)
                os.replace(part.name, path)
            except BaseException:
                os.unlink(part.name)
                raise
        _sync(path.parent)
    except OSError as error:
        raise FileError(f"cannot write {path}: {error.strerror or error}") from error


def _sync(folder: Path) -> None:
    """Puts the names in a folder on the disk too, where the system lets folders be opened."""
    if os.name != "posix":
        return
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
