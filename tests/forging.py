"""Bundles that someone changed on purpose, with checksums that fit again."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

from modelzoo.bundle_files.layout import ADAPTER, HEADER, MEMBERS

KEPT = Path(__file__).parent / "bundles"
TASKS = ("classification", "forecasting", "generation")


def members_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in MEMBERS}


def kept(task: str, number: int = 3) -> dict[str, bytes]:
    """The members of one of the bundles that the tests keep."""
    return members_of(KEPT / f"format{number}-{task}.mz")


def archived(path: Path, entries: dict[Any, bytes], **options: Any) -> Path:
    """Writes any zip file; a name may be a `ZipInfo`."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content, **options)
    return path


def forged(
    path: Path,
    members: dict[str, bytes],
    *,
    header: dict[str, Any] | bytes | None = None,
    adapter: dict[str, Any] | bytes | None = None,
    **others: bytes,
) -> Path:
    """Writes a bundle with keys of its JSON files, or whole members, replaced.

    `others` names members by their first word: weights, MODEL_CARD.
    """
    content = dict(members)
    for name in MEMBERS:
        content[name] = others.pop(name.split(".")[0], content[name])
    assert not others
    content[ADAPTER] = _changed(content[ADAPTER], adapter)
    digests = {
        name: hashlib.sha256(data).hexdigest() for name, data in content.items() if name != HEADER
    }
    content[HEADER] = _changed(_changed(content[HEADER], {"sha256": digests}), header)
    return archived(path, content)


def _changed(content: bytes, change: dict[str, Any] | bytes | None) -> bytes:
    if change is None or isinstance(change, bytes):
        return content if change is None else change
    return json.dumps(json.loads(content) | change).encode()
