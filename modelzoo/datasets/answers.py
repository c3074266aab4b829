"""Loaders of questions about a text, with their answers: X text and question (N), y answer (N)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from modelzoo.datasets.catalogue import Entry
from modelzoo.datasets.download import fetch, fetch_each
from modelzoo.datasets.parting import parted

Parts = dict[str, Any]

_SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]*[A-Z0-9])")


def babi(entry: Entry) -> Parts:
    """Stories up to a question and the question, a sentence a line; the tasks one after another."""
    parts: Parts = {"train": ([], []), "test": ([], [])}
    tasks: dict[str, list[str]] = {"train": [], "test": []}
    groups: dict[str, list[str]] = {"train": [], "test": []}
    for filename, path in fetch_each(entry.downloads).items():
        task = filename.split("_")[0]
        part = filename.removesuffix(".txt").rsplit("_", 1)[1]
        for prompt, answer, story in _questions(path):
            parts[part][0].append(prompt)
            parts[part][1].append(answer)
            tasks[part].append(task)
            groups[part].append(f"{task} {part} {story}")
    return {**parts, "extras": {"tasks": tasks, "groups": groups}}


def babi_task(entry: Entry) -> Parts:
    """The same of one task."""
    parts = babi(entry)
    return {**parts, "extras": {"groups": parts["extras"]["groups"]}}


def xquad_en(entry: Entry) -> Parts:
    """A paragraph, a line break, the question; and the answer, a part of the paragraph."""
    parts: Parts = {}
    starts, groups = {}, {}
    for part, paragraphs in _paragraphs(fetch(entry.downloads[0])).items():
        rows = [
            (f"{paragraph['context']}\n{asked['question']}", asked["answers"][0], name)
            for name, paragraph in paragraphs
            for asked in paragraph["qas"]
        ]
        parts[part] = ([prompt for prompt, _, _ in rows], [answer["text"] for _, answer, _ in rows])
        starts[part] = [answer["answer_start"] for _, answer, _ in rows]
        groups[part] = [name for _, _, name in rows]
    return {**parts, "extras": {"answer_starts": starts, "groups": groups}}


def xquad_en_sentences(entry: Entry) -> Parts:
    """A question, a line break, a sentence of its paragraph; does the answer begin there?"""
    parts: Parts = {}
    groups: dict[str, list[str]] = {}
    for part, paragraphs in _paragraphs(fetch(entry.downloads[0])).items():
        rows = [
            (f"{asked['question']}\n{sentence}", label, asked["id"])
            for _, paragraph in paragraphs
            for asked in paragraph["qas"]
            for sentence, label in _candidates(paragraph["context"], asked["answers"][0])
        ]
        parts[part] = ([text for text, _, _ in rows], [label for _, label, _ in rows])
        groups[part] = [question for _, _, question in rows]
    return {**parts, "extras": {"groups": groups}}


def _questions(path: Path) -> Iterator[tuple[str, str, int]]:
    """Prompt, answer and number of the story; a line is "number sentence" or a question with tabs.

    The number starts at 1 again with each story.
    """
    story = 0
    sentences: list[str] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        number, text = line.split(" ", 1)
        if number == "1":
            story, sentences = story + 1, []
        sentence, *rest = text.split("\t")
        if rest:  # the answer, and the lines that support it
            yield "\n".join([*sentences, sentence.strip()]), rest[0], story
        else:
            sentences.append(sentence.strip())


def _paragraphs(path: Path) -> dict[str, list[tuple[str, dict[str, Any]]]]:
    """Named paragraphs with their questions, a fifth of them to test."""
    articles = json.loads(path.read_bytes())["data"]
    named = [
        (f"{article['title']} {number}", paragraph)
        for article in articles
        for number, paragraph in enumerate(article["paragraphs"], start=1)
    ]
    rows = parted([name for name, _ in named], {"test": 0.2})
    return {part: [named[row] for row in sorted(chosen)] for part, chosen in rows.items()}


def _candidates(paragraph: str, answer: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The sentences, and for each ``"answer"`` where the answer begins in it, else ``"other"``."""
    ends = [found.end() for found in _SENTENCE_END.finditer(paragraph)]
    for start, end in zip([0, *ends], [*ends, len(paragraph)], strict=True):
        label = "answer" if start <= answer["answer_start"] < end else "other"
        yield paragraph[start:end].strip(), label
