"""The table in front of the weights of a bundle: names, types, shapes and places of its tensors.

The format is that of safetensors: eight bytes that hold the length of a JSON object, the object,
then the numbers of all tensors without gaps.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from typing import IO, Any

from modelzoo.bundle_files.archive import Member
from modelzoo.bundle_files.layout import LARGEST_TENSOR_TABLE, MOST_VALUES, WEIGHTS
from modelzoo.errors import BundleError
from modelzoo.strict_json import read_json

BYTES = {
    **{"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "BOOL": 1},
    **{f"{sign}{bits}": bits // 8 for sign in "IU" for bits in (8, 16, 32, 64)},
}
_MOST_DIMENSIONS = 8


@dataclass(frozen=True)
class Tensor:
    """One tensor.

    Attributes:
        dtype: As safetensors calls it, such as ``"F32"``.
        shape: Its dimensions.
        start: Where its numbers begin in the file.
        size: How many bytes they are.
    """

    dtype: str
    shape: tuple[int, ...]
    start: int
    size: int

    @property
    def count(self) -> int:
        """How many numbers it holds."""
        return math.prod(self.shape)


def read_tensors(
    file: IO[bytes], member: Member, path: str | os.PathLike[str]
) -> dict[str, Tensor]:
    """Reads the table, and checks that it describes the bytes behind it, all of them and once.

    Args:
        file: The bundle.
        member: Where the weights stand in it.
        path: Its path, for messages.

    Raises:
        BundleError: It does not.
    """
    label = f"{path}: the weights cannot be read"
    file.seek(member.start)
    length = int.from_bytes(file.read(min(8, member.size)), "little")
    if member.size < 8 or length > member.size - 8:
        raise BundleError(f"{label}: they are not in the format of safetensors")
    table = read_json(
        file.read(min(length, LARGEST_TENSOR_TABLE + 1)),
        label,
        max_bytes=LARGEST_TENSOR_TABLE,
        max_values=MOST_VALUES[WEIGHTS],
        error=BundleError,
    )
    if not isinstance(table, dict):
        raise BundleError(f"{label}: they are not in the format of safetensors")
    start = member.start + 8 + length
    tensors = {
        name: _tensor(name, entry, start, label)
        for name, entry in table.items()
        if name != "__metadata__"
    }
    end = start
    for name, tensor in sorted(tensors.items(), key=lambda item: (item[1].start, item[1].size)):
        if tensor.start != end:
            raise BundleError(f"{label}: {name[:80]!r} does not begin where the one before ends")
        end += tensor.size
    if end != member.start + member.size:
        raise BundleError(f"{label}: the tensors do not fill the bytes that there are")
    return tensors


def _tensor(name: str, entry: Any, start: int, label: str) -> Tensor:
    def whole_list(value: Any, most: int) -> bool:
        return (
            isinstance(value, list)
            and len(value) <= most
            and all(type(each) is int and 0 <= each < 2**63 for each in value)
        )

    if (
        not isinstance(entry, dict)
        or entry.keys() != {"dtype", "shape", "data_offsets"}
        or not isinstance(entry["dtype"], str)
        or entry["dtype"] not in BYTES
        or not whole_list(entry["shape"], _MOST_DIMENSIONS)
        or not whole_list(entry["data_offsets"], 2)
        or len(entry["data_offsets"]) != 2
    ):
        raise BundleError(f"{label}: the entry of {name[:80]!r} is not one of a tensor")
    first, last = entry["data_offsets"]
    shape = tuple(entry["shape"])
    if last - first != math.prod(shape) * BYTES[entry["dtype"]]:
        raise BundleError(f"{label}: {name[:80]!r} has not the bytes that its shape needs")
    return Tensor(entry["dtype"], shape, start + first, last - first)
