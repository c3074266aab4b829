"""Writes the archive of a bundle."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Mapping
from pathlib import Path

from modelzoo.atomic_files import replacing
from modelzoo.errors import check_path

_DATE = (1980, 1, 1, 0, 0, 0)  # fixed: the same model gives the same bytes


def write_bundle(path: str | os.PathLike[str], members: Mapping[str, bytes]) -> Path:
    """Writes the members of a bundle to a file, whole or not at all.

    Args:
        path: Where to write; an existing file is replaced.
        members: The content of each member by name.

    Returns:
        The path.

    Raises:
        FileError: It cannot be written; the target is then as it was, and no other file is left.
        InputError: It is no path.
    """
    check_path("path", path)
    path = Path(path)
    with replacing(path) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, _DATE), content)
    return path
