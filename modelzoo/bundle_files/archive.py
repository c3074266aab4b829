"""The archive of a bundle: four stored members of a zip file, one behind the other, nothing else.

Everything else that zip files can do is refused: compression (a small file that unpacks to a large
one), links, further or hidden members, data before, between or behind members. What is read later
is only ever a stretch of the file itself.
"""

from __future__ import annotations

import hashlib
import os
import stat
import struct
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from modelzoo.bundle_files.layout import LARGEST, MEMBERS
from modelzoo.errors import BundleError, FileError, check_path

_END = struct.Struct("<4s4H2LH")  # a zip file's last record, without a comment
_LOCATOR = struct.Struct("<4sLQL")  # before it in files beyond 2 GB: where the next one stands
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LOCAL = struct.Struct("<4s5H3L2H")  # in front of each member
_LARGEST_DIRECTORY = 65_536  # four entries need some 300 bytes
_ENCRYPTED, _LENGTH_BEHIND = 0x1, 0x8  # flags of a member


@dataclass(frozen=True)
class Member:
    """Where the bytes of a member stand in the file, and the checksum that the archive keeps."""

    start: int
    size: int
    crc: int


@contextmanager
def opened(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """Opens a file to read it, if it is one.

    Raises:
        FileError: It does not exist or cannot be read.
        BundleError: It is a folder, or a device, which might never end.
        InputError: It is no path.
    """
    check_path("path", path)
    try:
        mode = os.stat(path).st_mode
        if stat.S_ISDIR(mode):
            raise BundleError(f"{path} is a folder, not a bundle: a bundle is a single file")
        if not stat.S_ISREG(mode):
            raise BundleError(f"{path} is a device or pipe, not a bundle: save it to a file first")
        file = open(path, "rb")  # noqa: SIM115 (closed below)
    except (OSError, ValueError) as error:  # a path with a zero byte in it
        if isinstance(error, BundleError):
            raise
        raise FileError(f"cannot read {path}: {getattr(error, 'strerror', 0) or error}") from error
    with file:
        yield file


def members_of(file: IO[bytes], path: str | os.PathLike[str]) -> dict[str, Member]:
    """Finds the four members.

    Args:
        file: The file, open for reading.
        path: Its path, for messages.

    Raises:
        BundleError: The file is anything else than such an archive.
    """
    try:
        return _members_of(file, path)
    except OSError as error:
        raise FileError(f"cannot read {path}: {error.strerror or error}") from error
    except (
        zipfile.BadZipFile,
        struct.error,
        ValueError,
        NotImplementedError,
        EOFError,
        OverflowError,
        IndexError,
    ) as error:
        if isinstance(error, BundleError):
            raise
        raise BundleError(f"{path} is not a modelzoo bundle, or is damaged: {error}") from error


def _members_of(file: IO[bytes], path: str | os.PathLike[str]) -> dict[str, Member]:
    size = file.seek(0, os.SEEK_END)
    if not size:
        raise BundleError(f"{path} is not a modelzoo bundle: the file is empty")
    file.seek(0)
    if file.read(4) != b"PK\x03\x04":
        raise BundleError(f"{path} is not a modelzoo bundle: it is of another type of file")
    directory = _check_end(file, size, path)
    with zipfile.ZipFile(file) as archive:
        entries = archive.infolist()
    names = [entry.filename for entry in entries]
    for name in names:
        if name not in MEMBERS:
            raise BundleError(
                f"{path} is not a modelzoo bundle: it holds {name[:80]!r}, and a bundle holds "
                f"only {', '.join(MEMBERS)}"
            )
    for name in MEMBERS:
        if names.count(name) != 1:
            raise BundleError(
                f"{path} is not a modelzoo bundle: it holds {name} {names.count(name)} times"
            )
    members: dict[str, Member] = {}
    end = 0
    for entry in sorted(entries, key=lambda each: each.header_offset):
        _check_entry(entry, path)
        start = _start_of(file, entry, end, path)
        members[entry.filename] = Member(start, entry.file_size, entry.CRC)
        end = start + entry.file_size
    if end != directory:
        raise BundleError(f"{path} is damaged: {abs(directory - end):,} bytes stand in no member")
    return members


def _check_end(file: IO[bytes], size: int, path: str | os.PathLike[str]) -> int:
    """Where the list of members begins; raises if it is too long, before `zipfile` reads it."""
    cut = BundleError(f"{path} is not a modelzoo bundle, or is damaged: its end is missing")
    if size < _END.size:
        raise cut
    file.seek(size - _END.size)
    mark, _, _, _, count, length, start, comment = _END.unpack(file.read(_END.size))
    end = size - _END.size
    if mark != b"PK\x05\x06" or comment:
        raise cut
    if end >= _LOCATOR.size + _END_64.size:
        file.seek(end - _LOCATOR.size)
        if file.read(4) == b"PK\x06\x07":
            end -= _LOCATOR.size + _END_64.size
            file.seek(end)
            mark, *_, count, length, start = _END_64.unpack(file.read(_END_64.size))
            if mark != b"PK\x06\x06":
                raise cut
    if length > _LARGEST_DIRECTORY:
        raise BundleError(f"{path} is not a modelzoo bundle: it holds {count:,} members")
    if start + length != end:
        raise cut
    return start


def _check_entry(entry: zipfile.ZipInfo, path: str | os.PathLike[str]) -> None:
    name = entry.filename
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise BundleError(f"{path}: member {name} is a link")
    if entry.flag_bits & _ENCRYPTED:
        raise BundleError(f"{path}: member {name} is encrypted")
    if entry.compress_type != zipfile.ZIP_STORED or entry.file_size != entry.compress_size:
        raise BundleError(f"{path}: member {name} is compressed, which no bundle's is")
    if entry.flag_bits & _LENGTH_BEHIND:
        raise BundleError(f"{path}: member {name} was written by something else than modelzoo")
    if entry.file_size > LARGEST.get(name, entry.file_size):
        raise BundleError(
            f"{path}: member {name} is too large: {entry.file_size:,} bytes, at most "
            f"{LARGEST[name]:,}"
        )


def _start_of(
    file: IO[bytes], entry: zipfile.ZipInfo, expected: int, path: str | os.PathLike[str]
) -> int:
    """Where a member's bytes begin; raises where its own record says other than the list."""
    if entry.header_offset != expected:
        raise BundleError(f"{path} is damaged: {entry.filename} does not begin where it should")
    file.seek(expected)
    mark, _, flags, method, *_, name_length, extra_length = _LOCAL.unpack(file.read(_LOCAL.size))
    name = file.read(name_length)
    if (mark, name, method) != (b"PK\x03\x04", entry.filename.encode(), 0) or flags & 0x9:
        raise BundleError(f"{path} is damaged: the two records of {entry.filename} differ")
    return expected + _LOCAL.size + name_length + extra_length


def read_member(file: IO[bytes], member: Member) -> bytes:
    """The bytes of a member."""
    file.seek(member.start)
    return file.read(member.size)


def sha256(file: IO[bytes], member: Member) -> str:
    """The checksum of a member, read piece by piece."""
    found = hashlib.sha256()
    file.seek(member.start)
    left = member.size
    while left > 0:
        piece = file.read(min(left, 2**20))
        if not piece:
            break
        found.update(piece)
        left -= len(piece)
    return found.hexdigest()
