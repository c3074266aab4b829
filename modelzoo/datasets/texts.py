"""Loaders of texts that every installation already has: Python's help and packages' docstrings."""

from __future__ import annotations

import ast
import inspect
import re
import warnings
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from modelzoo.datasets.catalogue import Entry
from modelzoo.datasets.parting import stable_hash
from modelzoo.errors import FileError

_SHORTEST_DOCUMENT, _TEST_SHARE, _LONGEST_TEST_SHARE = 200, 0.12, 0.06
_MARKUP_LINE = re.compile(r"\s*([*=\-~^#+\"'.])\1{2,}\s*$|\s*[+|].*[+|]\s*$")
_PLAIN_QUOTES = {0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"'}

PACKAGES = ("keras", "matplotlib", "numpy", "pandas", "scipy", "sklearn", "statsmodels")
_TRAIN_TEXTS, _TEST_TEXTS = 400, 100
_SHORTEST_TEXT, _LONGEST_TEXT = 60, 400
_SKIPPED_FOLDERS = {"tests", "test", "testing", "_vendor", "externals", "examples", "__pycache__"}
_OWN_NAMES = re.compile(
    r"keras|tensorflow|matplotlib|pyplot|numpy|pandas|scipy|scikit[- ]*learn|scikits?|sklearn|"
    r"stats?models|(?<![A-Za-z0-9])(?:tf|mpl|plt|np|pd|sp|sm)(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_GUIDE = re.compile(r" ?Read more in the :ref:`[^`]*`\.?")  # a habit of one package only
_SECTION = re.compile(
    r"\n[ \t]*(?:\w[\w ]*\n[ \t]*-{3,}|(?:Args|Arguments|Returns|Raises|Examples?):)"
)


def pydoc_topics(entry: Entry) -> dict[str, tuple[list[str], None]]:
    """Python's help topics as documents; test documents share no paragraph with training ones."""
    documents = _topics()
    total = sum(map(len, documents.values()))
    test: set[str] = set()
    taken = 0
    for name in sorted(documents, key=stable_hash):
        length = len(documents[name])
        if taken < _TEST_SHARE * total and length <= _LONGEST_TEST_SHARE * total:
            test.add(name)
            taken += length
    return {
        "train": ([text for name, text in documents.items() if name not in test], None),
        "test": ([text for name, text in documents.items() if name in test], None),
    }


def docstrings(entry: Entry) -> dict[str, tuple[list[str], list[str]]]:
    """Docstrings labelled by package, balanced, no source file in both parts."""
    per_package = _docstrings()
    if len(per_package) < 2:
        raise FileError(f"the source of at least two of these packages is needed: {PACKAGES}")
    parts: dict[str, tuple[list[str], list[str]]] = {}
    for part in ("train", "test"):
        size = min(len(texts[part]) for texts in per_package.values())
        pairs = [
            (text, package) for package, texts in per_package.items() for text in texts[part][:size]
        ]
        pairs.sort(key=lambda pair: stable_hash(pair[0]))
        parts[part] = ([text for text, _ in pairs], [label for _, label in pairs])
    return parts


@cache
def _topics() -> dict[str, str]:
    from pydoc_data.topics import topics

    kept: dict[str, str] = {}
    seen: set[str] = set()
    for name in sorted(topics, key=lambda name: (-len(topics[name]), name)):
        paragraphs = []
        for paragraph in _without_markup(topics[name]).split("\n\n"):
            key = " ".join(paragraph.split())
            if key and key not in seen:
                seen.add(key)
                paragraphs.append(paragraph)
        text = "\n\n".join(paragraphs)
        if len(text) >= _SHORTEST_DOCUMENT:
            kept[name] = text
    return dict(sorted(kept.items()))


def _without_markup(text: str) -> str:
    """Without underlines, drawn tables, literal and role marks, and typographic quotes."""
    lines = [line.rstrip() for line in text.splitlines() if not _MARKUP_LINE.match(line)]
    joined = "\n".join(lines).translate(_PLAIN_QUOTES)
    joined = re.sub(r":[a-z:]+:`([^`<]*?)(?:\s*<[^`]*>)?`", r"\1", joined).replace("``", '"')
    return re.sub(r"\n{3,}", "\n\n", joined).strip()


@cache
def _docstrings() -> dict[str, dict[str, tuple[str, ...]]]:
    """For each package the texts of both parts; what occurs in two packages is left out."""
    found = {package: _package_texts(package) for package in PACKAGES}
    owners: dict[str, set[str]] = {}
    for package, parts in found.items():
        for texts in parts.values():
            for text in texts:
                owners.setdefault(_bare(text), set()).add(package)
    return {
        package: {
            part: tuple(text for text in texts if len(owners[_bare(text)]) == 1)
            for part, texts in parts.items()
        }
        for package, parts in found.items()
        if parts["train"] and parts["test"]
    }


def _package_texts(package: str) -> dict[str, list[str]]:
    """Texts of files in the order of a hash: the first files test, the next ones train."""
    parts: dict[str, list[str]] = {"test": [], "train": []}
    quota = {"test": _TEST_TEXTS, "train": _TRAIN_TEXTS}
    seen: set[str] = set()
    part = "test"
    for path in _source_files(package):
        if len(parts[part]) >= quota[part]:
            if part == "train":
                break
            part = "train"
        for text in _file_texts(path):
            if _bare(text) not in seen:
                seen.add(_bare(text))
                parts[part].append(text)
    return {part: texts[: quota[part]] for part, texts in parts.items()}


def _source_files(package: str) -> list[Path]:
    """The package's Python files without its tests, found without importing it."""
    try:
        spec = find_spec(package)
    except (ImportError, ValueError):
        return []
    if spec is None or not spec.submodule_search_locations:
        return []
    root = Path(next(iter(spec.submodule_search_locations)))
    names = {path.relative_to(root).as_posix(): path for path in root.rglob("*.py")}
    kept = [name for name in names if not _SKIPPED_FOLDERS & set(Path(name).parts)]
    return [names[name] for name in sorted(kept, key=stable_hash)]


def _file_texts(path: Path) -> list[str]:
    """Opening paragraphs of the docstrings of a file's public functions and classes."""
    try:
        with warnings.catch_warnings():  # of invalid escapes in others' sources
            warnings.simplefilter("ignore")
            tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return []
    texts = (_opening(text) for text in _public_docstrings(tree))
    return [text for text in texts if len(text) >= _SHORTEST_TEXT]


def _public_docstrings(node: ast.AST) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        if child.name.startswith("_"):
            continue
        docstring = ast.get_docstring(child, clean=False)
        if docstring:
            yield docstring
        if isinstance(child, ast.ClassDef):
            yield from _public_docstrings(child)


def _opening(docstring: str) -> str:
    """The text before the first section, in one line, package names masked, cut at a word."""
    text = _SECTION.split("\n" + inspect.cleandoc(docstring), maxsplit=1)[0]
    text = re.split(r"\n[ \t]*(?:>>>|\.\. )", text, maxsplit=1)[0]
    text = _OWN_NAMES.sub("PACKAGE", _GUIDE.sub("", " ".join(text.split())))
    return text if len(text) <= _LONGEST_TEXT else text[:_LONGEST_TEXT].rsplit(" ", 1)[0]


def _bare(text: str) -> str:
    """What makes two texts the same: their letters."""
    return re.sub(r"[^a-z]+", " ", text.lower()).strip()
