"""Reads YAML strictly: no aliases, no duplicate keys, no tags, no surprising scalars.

PyYAML's safe loader lets a later duplicate key win, expands alias bombs, turns ``no`` into False
and ``12:30`` into 750, and its C composer overflows the stack on deep nesting. Building the values
from the parser's events refuses each of these where it stands, with its line.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

import yaml

from modelzoo.errors import RegistryError
from modelzoo.registry.validation import Document, Path

MAX_BYTES = 1_000_000
MAX_DEPTH = 20
_CORE = "tag:yaml.org,2002:"
# The loader class only lends its parser and resolver; its constructors are never called.
_Parser: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# YAML 1.2's idea of scalars, without octal numbers, sexagesimal numbers, `yes`, `off` and dates.
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9_]*)")
_FLOAT = re.compile(r"[-+]?[0-9][0-9_]*(\.[0-9_]*([eE][-+]?[0-9]+)?|[eE][-+]?[0-9]+)")
_WORDS = {
    "true": True,
    "True": True,
    "false": False,
    "False": False,
    "null": None,
    "~": None,
    "": None,
}


@dataclass
class _Open:
    """A mapping or sequence whose end is not reached yet."""

    value: dict[str, Any] | list[Any]
    path: Path
    key: str | None = None


def read_yaml(content: bytes | str, label: str) -> Document:
    """Reads a YAML document.

    Args:
        content: The text, or its bytes in UTF-8; at most a megabyte.
        label: The file's name for messages.

    Returns:
        The content with its lines.

    Raises:
        RegistryError: The text is not YAML, or uses something that is refused.
    """
    if len(content) > MAX_BYTES:
        raise RegistryError(f"{label}: {len(content):,} bytes; at most {MAX_BYTES:,} are read")
    try:
        text = content.decode("utf-8-sig") if isinstance(content, bytes) else content
        return _build(text, label)
    except UnicodeError as error:
        raise RegistryError(f"{label}: not UTF-8 text: {error}") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f", line {mark.line + 1}" if mark else ""
        if "nesting depth" in str(error.problem):  # libyaml has a limit of its own, beyond ours
            raise RegistryError(
                f"{label}{line}: nested more than {MAX_DEPTH} levels deep"
            ) from error
        raise RegistryError(f"{label}{line}: not valid YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise RegistryError(f"{label}: not valid YAML: {error}") from error


def _build(text: str, label: str) -> Document:
    document = Document(label)
    stack: list[_Open] = []
    documents = 0
    for event in yaml.parse(text, Loader=_Parser):
        kind = type(event)
        line = event.start_mark.line + 1 if event.start_mark else 0
        where = f"{label}, line {line}"
        anchor = getattr(event, "anchor", None)
        if anchor is not None:  # of an alias, or of the value that it would repeat
            raise RegistryError(
                f"{where}: aliases and anchors ({anchor!r}) are not allowed: write the value out"
            )
        if kind is yaml.DocumentStartEvent:
            documents += 1
            if documents > 1:
                raise RegistryError(f"{where}: a second document starts; only one is allowed")
        elif kind is yaml.ScalarEvent:
            if stack and isinstance(stack[-1].value, dict) and stack[-1].key is None:
                _open_key(stack[-1], event, document, line, where)
            else:
                _place(document, stack, _scalar(event, where), line)
        elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            _refuse_tag(event, where)
            if stack and isinstance(stack[-1].value, dict) and stack[-1].key is None:
                raise RegistryError(f"{where}: a key must be text, found a mapping or a list")
            if len(stack) >= MAX_DEPTH:
                raise RegistryError(f"{where}: nested more than {MAX_DEPTH} levels deep")
            value: dict[str, Any] | list[Any] = {} if kind is yaml.MappingStartEvent else []
            stack.append(_Open(value, _place(document, stack, value, line)))
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            stack.pop()
    return document


def _open_key(mapping: _Open, event: Any, document: Document, line: int, where: str) -> None:
    key = _scalar(event, where)
    shown = ".".join(str(part) for part in mapping.path) or "the file"
    if not isinstance(key, str):
        raise RegistryError(
            f"{where}: a key of {shown} must be text, found {key!r}: put it in quotes"
        )
    if key in mapping.value:
        first = document.lines[(*mapping.path, key)]
        raise RegistryError(f"{where}: {shown}: duplicate key {key!r}, first on line {first}")
    mapping.key = key


def _place(document: Document, stack: list[_Open], value: Any, line: int) -> Path:
    """Puts a value where the parser stands and returns its path."""
    path: Path = ()
    if not stack:
        document.value = value
    else:
        parent = stack[-1]
        if isinstance(parent.value, list):
            path = (*parent.path, len(parent.value))
            parent.value.append(value)
        else:
            assert parent.key is not None
            path = (*parent.path, parent.key)
            parent.value[parent.key] = value
            parent.key = None
    document.lines[path] = line
    return path


def _scalar(event: Any, where: str) -> Any:
    _refuse_tag(event, where)
    text = event.value
    if event.style:  # quoted or block text
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text) and len(text) < 40:
        return int(text.replace("_", ""))
    if _FLOAT.fullmatch(text):
        number = float(text.replace("_", ""))
        if math.isinf(number):
            raise RegistryError(f"{where}: the number {text[:20]} is beyond any float")
        return number
    return text


def _refuse_tag(event: Any, where: str) -> None:
    if event.tag is not None:
        tag = event.tag.replace(_CORE, "!!")
        raise RegistryError(f"{where}: the tag {tag} is not allowed: values are plain")
