"""Everything that a bundle holds but the weights themselves, read and checked.

What the checks cost grows with the file and with nothing that is written in it.
"""

from __future__ import annotations

import os
import zlib
from dataclasses import dataclass
from typing import IO, Any

import modelzoo
from modelzoo.bundle_files.adapters import check_adapter
from modelzoo.bundle_files.archive import Member, members_of, opened, read_member, sha256
from modelzoo.bundle_files.header import check_header
from modelzoo.bundle_files.layout import (
    ADAPTER,
    CARD,
    HEADER,
    LARGEST,
    MAX_MEMORY,
    MOST_VALUES,
    VALUES_A_WEIGHT,
    WEIGHTS,
)
from modelzoo.bundle_files.tensors import Tensor, read_tensors
from modelzoo.errors import BundleError, check_whole
from modelzoo.strict_json import memory_of, read_json


@dataclass(frozen=True)
class Contents:
    """What a bundle holds.

    Attributes:
        path: The file.
        header: `bundle.json`, with what an older format lacks filled in.
        adapter: `adapter.json`.
        tensors: The weights by name, without their numbers.
        card: `MODEL_CARD.md`.
        sizes: Bytes of each member.
    """

    path: str
    header: dict[str, Any]
    adapter: dict[str, Any]
    tensors: dict[str, Tensor]
    card: str
    sizes: dict[str, int]

    @property
    def n_weights(self) -> int:
        """How many numbers the tensors hold."""
        return sum(tensor.count for tensor in self.tensors.values())


def inspect_bundle(path: str | os.PathLike[str], max_memory: int = MAX_MEMORY) -> Contents:
    """Reads a bundle without building anything.

    Args:
        path: The bundle.
        max_memory: Bytes that the model may need.

    Raises:
        FileError: There is no such file, or it cannot be read.
        BundleError: It is no bundle, damaged, or does not follow its format.
    """
    with opened(path) as file:
        return read_contents(file, path, max_memory)


def read_contents(
    file: IO[bytes], path: str | os.PathLike[str], max_memory: int = MAX_MEMORY
) -> Contents:
    """Reads and checks all of a bundle but the numbers of the weights.

    Args:
        file: The bundle, open for reading.
        path: Its path, for messages.
        max_memory: Bytes that the model may need.

    Raises:
        InputError: ``max_memory`` is not a whole number from 1.
        BundleError: The file is no bundle, damaged, does not follow its format, or needs more
            memory.
    """
    check_whole("max_memory", max_memory)
    members = members_of(file, path)
    _check_memory(file, members, path, max_memory)
    content = read_member(file, members[HEADER])
    if zlib.crc32(content) != members[HEADER].crc:
        raise BundleError(f"{path} is damaged: {HEADER} does not match its checksum")
    header = read_header(content, path)
    for name in (ADAPTER, WEIGHTS, CARD):
        if sha256(file, members[name]) != header["sha256"][name]:
            raise BundleError(f"{path} is damaged: {name} does not match its checksum")
    tensors = read_tensors(file, members[WEIGHTS], path)
    n_weights = sum(tensor.count for tensor in tensors.values())
    adapter = read_adapter(read_member(file, members[ADAPTER]), header["task"], n_weights, path)
    try:
        card = read_member(file, members[CARD]).decode("utf-8")
    except UnicodeDecodeError:
        raise BundleError(f"{path}: {CARD} is not text") from None
    return Contents(
        str(path),
        header,
        adapter,
        tensors,
        card,
        {name: member.size for name, member in members.items()},
    )


def read_header(content: bytes, path: object) -> dict[str, Any]:
    """Reads and checks `bundle.json`; what the arguments are, `check_header` tells.

    Raises:
        BundleError: It is no JSON, too large, or does not follow its format.
    """
    header = _read_json(content, HEADER, path, MOST_VALUES[HEADER])
    return check_header(header, path, modelzoo.__version__)


def read_adapter(content: bytes, task: str, n_weights: int, path: object) -> dict[str, Any]:
    """Reads and checks `adapter.json`.

    Args:
        content: The file.
        task: The task.
        n_weights: Numbers in the weights beside it, which bound how much there is to learn: not of
            forecasting, whose series are kept as they are.
        path: The bundle, for messages.

    Raises:
        BundleError: It is no JSON, too large, or does not hold what this task writes.
    """
    most = None if task == "forecasting" else MOST_VALUES[ADAPTER] + VALUES_A_WEIGHT * n_weights
    return check_adapter(_read_json(content, ADAPTER, path, most), task, path)


def _read_json(content: bytes, name: str, path: object, most: int | None) -> Any:
    return read_json(
        content, f"{path}: {name}", max_bytes=LARGEST[name], max_values=most, error=BundleError
    )


def _check_memory(
    file: IO[bytes], members: dict[str, Member], path: str | os.PathLike[str], most: int
) -> None:
    """Raises if reading would take more memory than allowed, by what each member takes at most."""
    needed = members[WEIGHTS].size + members[CARD].size
    for name in (HEADER, ADAPTER):
        if members[name].size > 2**20:  # counted only where it could matter
            needed += memory_of(read_member(file, members[name]))
    if needed > most:
        raise BundleError(
            f"{path} needs {_readable(needed)} of memory, more than the {_readable(most)} that are "
            f"allowed: if you trust it, raise the limit: "
            f"modelzoo.load(path, max_memory={-(-needed // 2**30)} * 2**30), or on the command "
            f"line --max-memory {-(-needed // 2**30)}"
        )


def _readable(size: int) -> str:
    return f"{size / 2**30:.1f} GB" if size >= 2**30 else f"{size:,} bytes"
