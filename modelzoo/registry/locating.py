"""Finds and reads modules and the files beside them without importing anything."""

from __future__ import annotations

import os
import sys
from importlib.machinery import ModuleSpec


def find_module(dotted: str) -> ModuleSpec | None:
    """Finds a module's spec without importing it or any of its parents.

    `importlib.util.find_spec` imports the parents of a dotted name; this asks the same finders
    (so editable installs and zip files are found too) but passes on the search locations itself.

    Args:
        dotted: A module name such as ``modelzoo.builders.gru``.

    Returns:
        The spec, or None where there is no such module.
    """
    spec: ModuleSpec | None = None
    parts = dotted.split(".")
    for depth in range(1, len(parts) + 1):
        name = ".".join(parts[:depth])
        path = None if spec is None else spec.submodule_search_locations
        if depth > 1 and path is None:
            return None
        spec = _ask_finders(name, path)
        if spec is None:
            return None
    return spec


def find_missing(dotted: str) -> tuple[str, list[str]]:
    """Finds how far a module's name leads, and what stands where it leads no further.

    Args:
        dotted: The name of a module that `find_module` does not find.

    Returns:
        The beginning of the name up to the first part that is missing, and the full names of the
        modules beside it; nothing is imported.
    """
    import pkgutil

    parts = dotted.split(".")
    depth = next(i for i in range(1, len(parts) + 1) if find_module(".".join(parts[:i])) is None)
    parent = ".".join(parts[: depth - 1])
    spec = find_module(parent) if parent else None
    folders = (spec.submodule_search_locations or []) if spec is not None else None
    prefix = f"{parent}." if parent else ""
    beside = [each.name for each in pkgutil.iter_modules(folders, prefix)]
    return ".".join(parts[:depth]), sorted(beside)


def read_source(dotted: str) -> str | None:
    """Returns a module's source text, or None where there is none to be read."""
    spec = find_module(dotted)
    get_source = getattr(spec.loader, "get_source", None) if spec else None
    if get_source is None:
        return None
    try:
        return get_source(dotted)
    except (ImportError, OSError, SyntaxError, UnicodeDecodeError):
        return None


def read_beside(package: str, filename: str) -> tuple[str, bytes] | None:
    """Reads a file that stands in a package's folder.

    Args:
        package: The package's dotted name; it is not imported.
        filename: The file's name in the package's folder.

    Returns:
        The file's path and its bytes, or None where the package has no such file.

    Raises:
        ModuleNotFoundError: There is no such package.
    """
    spec = find_module(package)
    if spec is None or spec.submodule_search_locations is None:
        kind = "package" if spec is None else "package (it is a module)"
        raise ModuleNotFoundError(f"there is no {kind} named {package!r}", name=package)
    get_data = getattr(spec.loader, "get_data", None)
    for folder in spec.submodule_search_locations:
        path = os.path.join(folder, filename)
        try:
            if os.path.isfile(path):
                with open(path, "rb") as file:
                    return path, file.read()
            if get_data is not None:  # a zip file
                return path, get_data(path)
        except OSError:
            continue
    return None


def _ask_finders(name: str, path: list[str] | None) -> ModuleSpec | None:
    loaded = sys.modules.get(name)
    spec = getattr(loaded, "__spec__", None)
    if isinstance(spec, ModuleSpec):
        return spec
    for finder in sys.meta_path:
        find_spec = getattr(finder, "find_spec", None)
        found = find_spec(name, path, None) if find_spec else None
        if found is not None:
            return found
    return None
