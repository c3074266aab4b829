"""Finds the installed plugins; remembers on disk what it found, since a scan is slow.

`importlib.metadata` takes 40 to 120 ms to import and to read all installed distributions. What it
finds depends on the metadata folders (``*.dist-info``, ``*.egg-info``) of each entry of `sys.path`
alone, so the plugins of an entry are kept with the names and times of those folders and read
again only when one of them changes. Any fault of the file falls back to a scan.
"""

from __future__ import annotations

import os
import sys
import zlib
from collections.abc import Iterable
from typing import Any, NamedTuple

from modelzoo.registry.disk_cache import recall, remember

GROUP = "modelzoo.registries"
_METADATA = (".dist-info", ".egg-info", ".egg", ".egg-link")
_MAX_ENTRIES = 100  # entries of `sys.path` that the file remembers

Fingerprint = list[list[Any]]


class PluginSource(NamedTuple):
    """An entry point of the group: who declares which package."""

    distribution: str
    package: str


def find_plugins() -> list[PluginSource]:
    """Finds the packages that installed distributions declare in the group.

    Returns:
        The declared packages in the order of `sys.path`; of a distribution that is found twice,
        the first counts.
    """
    paths = list(dict.fromkeys(os.path.abspath(entry) for entry in sys.path))
    if _has_other_finders():  # what they find cannot be told from folders
        return _once(_scan(sys.path))
    content = recall(_file_name())
    remembered: dict[str, Any] = content if isinstance(content, dict) else {}
    kept: dict[str, Any] = {}
    found: list[list[str]] = []
    for path in paths:
        fingerprint = _fingerprint(path)
        if not fingerprint:
            continue
        record: Any = remembered.get(path)
        if not _is_record(record) or record["fingerprint"] != fingerprint:
            record = {"fingerprint": fingerprint, "found": _scan([path])}
        kept[path] = record
        found += record["found"]
    if any(remembered.get(path) is not record for path, record in kept.items()):
        others = {path: each for path, each in remembered.items() if path not in kept}
        remember(_file_name(), dict([*kept.items(), *others.items()][:_MAX_ENTRIES]))
    return _once(found)


def _once(found: Iterable[list[str]]) -> list[PluginSource]:
    """Keeps the first appearance of each distribution, as an import would find it."""
    sources: dict[str, list[PluginSource]] = {}
    seen_in: dict[str, str] = {}
    for home, distribution, package in found:
        key = distribution.lower().replace("_", "-").replace(".", "-")
        if seen_in.setdefault(key, home) == home:
            source = PluginSource(distribution, package)
            if source not in sources.setdefault(key, []):
                sources[key].append(source)
    return [source for group in sources.values() for source in group]


def _scan(paths: list[str]) -> list[list[str]]:
    """Reads the metadata of all distributions: their home, name and declared packages."""
    from importlib.metadata import distributions

    found = []
    for distribution in distributions(path=paths):
        try:
            declared = [each.value for each in distribution.entry_points if each.group == GROUP]
            name = distribution.name if declared else ""
        except Exception:  # a distribution whose metadata is broken is not ours to report
            continue
        home = str(getattr(distribution, "_path", "")) or name
        found += [[home, name, package] for package in declared if name]
    return found


def _fingerprint(path: str) -> Fingerprint:
    """Names what on a path a scan would read, with the times of its last changes."""
    try:
        if os.path.isfile(path):  # a zip file
            status = os.stat(path)
            return [[path, status.st_mtime_ns, status.st_size]]
        with os.scandir(path) as entries:
            found: Fingerprint = [
                [entry.name, entry.stat().st_mtime_ns]
                for entry in entries
                if entry.name.endswith(_METADATA)
            ]
    except OSError:
        return []
    for record in found:
        if record[0].endswith(".egg-info"):  # rewritten in place by `setup.py develop`
            record.append(_time_of(os.path.join(path, record[0], "entry_points.txt")))
    return sorted(found)


def _time_of(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return 0


def _has_other_finders() -> bool:
    standard = "PathFinder"
    return any(
        hasattr(finder, "find_distributions") and getattr(finder, "__name__", "") != standard
        for finder in sys.meta_path
    )


def _file_name() -> str:
    """Names the file by the interpreter, so that environments do not overwrite one another."""
    return f"plugins-{zlib.crc32(f'{sys.prefix} {sys.version}'.encode()):08x}"


def _is_record(record: Any) -> bool:
    return (
        isinstance(record, dict)
        and isinstance(record.get("fingerprint"), list)
        and isinstance(record.get("found"), list)
        and all(
            isinstance(row, list) and len(row) == 3 and all(isinstance(each, str) for each in row)
            for row in record["found"]
        )
    )
