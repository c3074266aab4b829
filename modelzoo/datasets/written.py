"""Loaders of published texts, X documents (N), and pairs, X prompts and y completions (N)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from modelzoo.datasets.catalogue import Entry
from modelzoo.datasets.download import fetch, fetch_each
from modelzoo.datasets.parting import linked, parted

Parts = dict[str, Any]

# In these two, each further line is another answer to the first one; elsewhere lines alternate.
_ALTERNATIVES = ("computers.yml", "emotion.yml")
_OFFICIAL = {"train": "train", "validation": "dev", "test": "test"}
_ARTICLE = re.compile(r"^(?= \n = [^=\n].* = \n \n)", re.MULTILINE)  # at a first-level heading


def tinyshakespeare(entry: Entry) -> Parts:
    """One long text, its last tenth apart."""
    text = fetch(entry.downloads[0]).read_text(encoding="utf-8")
    cut = int(len(text) * 0.9)
    return {"train": ([text[:cut]], None), "test": ([text[cut:]], None)}


def names(entry: Entry) -> Parts:
    """A first name a document; equal names stay together."""
    found = fetch(entry.downloads[0]).read_text(encoding="utf-8").split()
    rows = parted(found, {"test": min(1000 / len(found), 0.1)})
    return {part: ([found[row] for row in chosen], None) for part, chosen in rows.items()}


def wikitext2_valid_test(entry: Entry) -> Parts:
    """An article a document; the files end to end are the documents end to end."""
    files = fetch_each(entry.downloads)
    train, held_out = (
        _ARTICLE.split(files[name].read_text(encoding="utf-8"))[1:]
        for name in ("valid.txt", "test.txt")
    )
    half = len(held_out) // 2
    return {
        "train": (train, None),
        "validation": (held_out[:half], None),
        "test": (held_out[half:], None),
    }


def sgd_turns(entry: Entry) -> Parts:
    """All that was said, a turn a line, and what the system replies."""
    files = fetch_each(entry.downloads)
    parts: Parts = {}
    groups: dict[str, list[str]] = {}
    for part, name in _OFFICIAL.items():
        dialogues = _json_lines(files[f"{name}.jsonl"].read_text(encoding="utf-8"))
        rows = [
            (history, reply, dialogue["dialogue_id"])
            for dialogue in dialogues
            for history, reply in _replies([turn["utterance"] for turn in dialogue["turns"]])[::2]
            if reply
        ]
        prompts, completions, groups[part] = map(list, zip(*rows, strict=True))
        parts[part] = (prompts, completions)
    return {**parts, "extras": {"groups": groups}}


def chatterbot_english(entry: Entry) -> Parts:
    """All that was said, a line each, and the next line; conversations listed twice count once."""
    import yaml

    conversations: dict[tuple[str, tuple[str, ...]], None] = {}  # a set that keeps the order
    for filename, path in fetch_each(entry.downloads).items():
        for listed in yaml.safe_load(path.read_bytes())["conversations"]:
            if isinstance(listed, list):  # one is a string: a question without a reply
                conversations[filename, tuple(line.strip() for line in listed)] = None
    rows = []
    for filename, lines in conversations:
        pairs = _replies(lines)
        if filename in _ALTERNATIVES:
            pairs = [(lines[0], reply) for reply in lines[1:]]
        rows += [(*pair, lines[0].casefold()) for pair in pairs]
    prompts, completions, openings = zip(*dict.fromkeys(rows), strict=True)
    return _drawn_pairs(prompts, completions, openings)


def tatoeba_en_es(entry: Entry) -> Parts:
    """English sentences and their Spanish translations."""
    lines = fetch(entry.downloads[0]).read_text(encoding="utf-8").split("\n")
    pairs = [(line.split("\t")[0], line.split("\t")[1]) for line in lines if line]
    english, spanish = zip(*pairs, strict=True)
    return _drawn_pairs(english, spanish, linked(pairs))


def scitldr_a(entry: Entry) -> Parts:
    """Abstracts and the first of their summaries; the others in ``extras["references"]``."""
    files = fetch_each(entry.downloads)
    parts: Parts = {}
    sentences, references = {}, {}
    for part, name in _OFFICIAL.items():
        papers = _json_lines(files[f"{name}.jsonl"].read_text(encoding="utf-8"))
        sentences[part] = [_plain(paper["source"]) for paper in papers]
        references[part] = [_plain(paper["target"]) for paper in papers]
        abstracts = [" ".join(each) for each in sentences[part]]
        parts[part] = (abstracts, [summaries[0] for summaries in references[part]])
    return {**parts, "extras": {"references": references, "sentences": sentences}}


def _json_lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.split("\n") if line]


def _plain(texts: Iterable[str]) -> list[str]:
    """Each in one line."""
    return [" ".join(text.split()) for text in texts]


def _replies(lines: Sequence[str]) -> list[tuple[str, str]]:
    """Each line but the first, and all lines before it."""
    return [("\n".join(lines[:turn]), lines[turn]) for turn in range(1, len(lines))]


def _drawn_pairs(
    prompts: Sequence[str], completions: Sequence[str], groups: Sequence[str]
) -> Parts:
    """Tenths to validate and to test; groups stay together, and so do a prompt's completions."""
    accepted: dict[str, list[str]] = {}
    for prompt, completion in zip(prompts, completions, strict=True):
        accepted.setdefault(prompt, []).append(completion)
    rows = parted(groups, {"validation": 0.1, "test": 0.1})
    parts: Parts = {
        part: ([prompts[row] for row in chosen], [completions[row] for row in chosen])
        for part, chosen in rows.items()
    }
    references = {
        part: [list(accepted[prompts[row]]) for row in chosen] for part, chosen in rows.items()
    }
    return {**parts, "extras": {"references": references}}
