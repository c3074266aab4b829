"""Files that are written whole or not at all, whatever ends the process that writes them.

The new file grows beside its target under a name such as ``.model.mz.x1y2z3.part``, is forced to
the disk, then takes the target's place in one step. A process that is killed before leaves that
part behind: a hidden file that nothing reads. Whoever writes the same target next removes it.
Whether its writer is still at work is told by a lock on it, which ends with the process.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from modelzoo.errors import FileError

try:
    import fcntl
except ImportError:  # on Windows no lock is taken, and left parts stay
    fcntl = None  # type: ignore[assignment]

PART = ".part"


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Writes beside the target first, so that a crash leaves the old file or the new one.

    Args:
        path: The target; an existing file is replaced where no exception is raised.

    Yields:
        The file to write to.

    Raises:
        FileError: It cannot be written; the target is then as it was, and no other file is left.
    """
    _check(path)
    try:
        remove_left_parts(path.parent, _prefix(path))
        with _part_of(path) as part:
            yield part
            part.flush()
            os.fsync(part.fileno())
            os.replace(part.name, path)
        _keep_entry(path.parent)
    except OSError as error:
        raise FileError(f"cannot write {path}: {error.strerror or error}") from error


@contextlib.contextmanager
def held(folder: Path, whose: str) -> Iterator[None]:
    """Keeps a lock on a folder, which ends with the process if not before: a second one is refused.

    Args:
        folder: The folder, which nothing is written to.
        whose: What it is, for the message.

    Raises:
        FileError: Another one holds it, or it cannot be opened.
    """
    if fcntl is None:
        yield
        return
    try:
        opened = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise FileError(f"cannot read {folder}: {error.strerror or error}") from error
    try:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise FileError(f"{whose} is in use at this moment: choose another one") from error
        except OSError:  # a file system without locks
            pass
        yield
    finally:
        with contextlib.suppress(OSError):  # closing is not enough: a forked child has it open too
            fcntl.flock(opened, fcntl.LOCK_UN)
        os.close(opened)


def remove_left_parts(folder: Path, prefix: str) -> None:
    """Removes what killed saves have left; what is in use, or cannot be removed, stays.

    Args:
        folder: Where they were to write.
        prefix: What the names of the parts begin with: a dot, and the target or its beginning.
    """
    if fcntl is None:
        return
    with contextlib.suppress(OSError):
        for name in os.listdir(folder):
            if name.startswith(prefix) and name.endswith(PART):
                with contextlib.suppress(OSError), open(folder / name, "rb") as left:
                    fcntl.flock(left, fcntl.LOCK_EX | fcntl.LOCK_NB)  # fails if it is in use
                    os.unlink(left.name)


def _check(path: Path) -> None:
    """Refuses a path that no system call takes, such as one with a zero byte in it.

    By itself, so that a ValueError of the caller's, who has the file to write to, is not taken for
    one of those.
    """
    try:
        with contextlib.suppress(OSError):
            os.lstat(path)
    except ValueError as error:
        raise FileError(f"cannot write {path}: {error}") from error


@contextlib.contextmanager
def _part_of(path: Path) -> Iterator[IO[bytes]]:
    """A locked file beside the target, which is removed if anything fails.

    Made by a plain `open`, which gives it the permissions that the process's umask leaves: to read
    the umask is to change it, for a moment, for all threads.
    """
    while True:
        name = f"{_prefix(path)}{secrets.token_hex(4)}{PART}"
        with open(path.parent / name, "x+b") as part:
            try:
                if not _locked_in_place(part):
                    continue
                yield part
            except BaseException:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(part.name)
                raise
        return


def _locked_in_place(part: IO[bytes]) -> bool:
    """Locks a part; False if another save took it for a left one before the lock, and removed it.

    A file system without locks locks nothing: there, no other save can take one for left either.
    """
    if fcntl is None:
        return True
    with contextlib.suppress(OSError):
        fcntl.flock(part, fcntl.LOCK_EX)  # whoever removes it holds the lock for a moment only
    return os.path.exists(part.name)


def _prefix(path: Path) -> str:
    return f".{path.name}."


def _keep_entry(folder: Path) -> None:
    """Forces to the disk that the name now leads to the new file; not all systems can."""
    with contextlib.suppress(OSError):
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
