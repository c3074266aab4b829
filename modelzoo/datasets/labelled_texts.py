"""Loaders of published texts to classify: X texts (N), y labels (N)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from modelzoo.datasets.catalogue import Entry
from modelzoo.datasets.download import fetch, fetch_each
from modelzoo.datasets.parting import parted

Parts = dict[str, Any]


def clinc150(entry: Entry) -> Parts:
    """Requests to an assistant by intent; those of none in ``extras["out_of_scope"]``."""
    from modelzoo.datasets import Split

    published = json.loads(fetch(entry.downloads[0]).read_bytes())
    names = {"train": "train", "validation": "val", "test": "test"}
    parts: Parts = {part: _columns(published[name]) for part, name in names.items()}
    outside = {part: Split(*_columns(published[f"oos_{name}"])) for part, name in names.items()}
    return {**parts, "extras": {"out_of_scope": outside}}


def sms_spam(entry: Entry) -> Parts:
    """Text messages, wanted (ham) or not (spam)."""
    rows = [line.split("\t", 1) for line in _lines(fetch(entry.downloads[0]))]
    labels, texts = _columns(rows)
    return _drawn(texts, labels, 0.2)


def names_18_languages(entry: Entry) -> Parts:
    """Family names by language: a file a language, a line a name."""
    rows = [
        (name.strip(), filename.removesuffix(".txt"))
        for filename, path in fetch_each(entry.downloads).items()
        for name in _lines(path)
    ]
    return _drawn(*_columns(rows), 0.2)


def sst2(entry: Entry) -> Parts:
    """Sentences of film reviews: "0 " or "1 ", then the sentence."""
    files = fetch_each(entry.downloads)
    polarity = {"0": "negative", "1": "positive"}
    parts: Parts = {}
    for part, name in {"train": "train", "validation": "dev", "test": "test"}.items():
        digits, texts = _columns(
            [line.split(" ", 1) for line in _lines(files[f"stsa.binary.{name}"])]
        )
        parts[part] = (texts, [polarity[digit] for digit in digits])
    return parts


def subjectivity(entry: Entry) -> Parts:
    """Sentences of plots (objective) and of reviews (subjective)."""
    files = fetch_each(entry.downloads)
    rows = [
        (line.strip(), label)
        for label, name in {"objective": "plot", "subjective": "quote"}.items()
        for line in _lines(files[f"{name}.tok.gt9.5000"])
    ]
    return _drawn(*_columns(rows), 0.1)


def _lines(path: Path) -> list[str]:
    """The lines that are not empty; other signs that break lines belong to them."""
    return [line for line in path.read_text(encoding="utf-8").split("\n") if line]


def _columns(rows: Sequence[Sequence[str]]) -> tuple[list[str], list[str]]:
    return [left for left, _ in rows], [right for _, right in rows]


def _drawn(texts: Sequence[str], labels: Sequence[str], test_share: float) -> Parts:
    """A test part of each class's share; equal texts, but for case, stay together."""
    rows = parted([text.casefold() for text in texts], {"test": test_share}, labels)
    return {
        part: ([texts[row] for row in chosen], [labels[row] for row in chosen])
        for part, chosen in rows.items()
    }
