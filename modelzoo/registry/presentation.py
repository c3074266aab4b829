"""Shows cards as text, as HTML and as plain dictionaries."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from dataclasses import asdict
from html import escape
from typing import Any

from modelzoo.errors import ModelZooError
from modelzoo.evidence.verdicts import told, verdict_on
from modelzoo.registry.cards import Card, Claim

WIDTH = 96


def human_count(number: float) -> str:
    """Shows a count with three digits and a unit.

    >>> human_count(124_439_808), human_count(950)
    ('124 M', '950')
    """
    return _scaled(number, 1000, ("", "K", "M", "B", "T"))


def human_bytes(number: float) -> str:
    """Shows a number of bytes with three digits and a unit (1 kB = 1,000 bytes).

    >>> human_bytes(497_759_232)
    '498 MB'
    """
    return _scaled(number, 1000, ("bytes", "kB", "MB", "GB", "TB", "PB"))


def human_flops(number: float) -> str:
    """Shows floating-point operations with three digits and a unit.

    >>> human_flops(170_000_000)
    '170 MFLOP'
    """
    return _scaled(number, 1000, ("FLOP", "kFLOP", "MFLOP", "GFLOP", "TFLOP", "PFLOP"))


def trait_phrases(card: Card) -> list[str]:
    """Says each trait of a card in words."""
    traits = card.traits
    return [
        "causal" if traits.causal else "reads both directions",
        "streams" if traits.streaming else "does not stream",
        f"{traits.cost} cost in T",
        "parallel over time" if traits.parallel else "step by step",
        f"{traits.data_appetite} data appetite",
        f"{traits.memory} memory",
    ]


def card_as_dict(card: Card) -> dict[str, Any]:
    """Returns a card as plain dictionaries, lists and scalars, ready for JSON."""
    builder = card.builder
    if not isinstance(builder, str):
        module = getattr(builder, "__module__", "")
        builder = f"{module}:{getattr(builder, '__qualname__', type(builder).__name__)}"
    return {
        "name": card.name,
        "title": card.title,
        "family": card.family,
        "builder": builder,
        "summary": card.summary,
        "traits": asdict(card.traits),
        "tasks": dict(card.tasks),
        "strengths": [_claim_as_dict(claim, card) for claim in card.strengths],
        "weaknesses": [_claim_as_dict(claim, card) for claim in card.weaknesses],
        "applications": [_claim_as_dict(claim, card) for claim in card.applications],
        "sizes": {
            name: {
                "hyperparameters": dict(size.hyperparameters),
                "published": asdict(size.published) if size.published else None,
            }
            for name, size in card.sizes.items()
        },
        "costs": {row[0]: row[1] for row in _costs(card) if isinstance(row[1], dict)},
        "references": {key: asdict(each) for key, each in card.references.items()},
        "origin": card.origin,
        "since": card.since,
        "deprecated": card.deprecated,
        "remove_in": card.remove_in,
    }


def card_as_text(card: Card) -> str:
    """Returns a card as text of at most 96 columns."""
    lines = [f"{card.name} · {card.title}", "=" * (len(card.name) + len(card.title) + 3)]
    if card.deprecated:
        goes = f", goes in {card.remove_in}" if card.remove_in else ""
        lines.append(f"DEPRECATED since {card.deprecated}{goes}")
    lines += textwrap.wrap(card.summary, WIDTH)
    suited = ", ".join(f"{task} {rating}" for task, rating in card.tasks.items())
    lines += ["", *_labelled("traits", ", ".join(trait_phrases(card)))]
    lines += _labelled("tasks", suited)
    lines += _labelled("origin", f"{card.origin}, family {card.family}, since {card.since}")
    for title, claims in _sections(card):
        lines += ["", title]
        for claim in claims:
            lines += _bulleted(_claim_text(claim, card))
    if card.sizes:
        lines += ["", "Sizes", *_size_table(card)]
    if card.references:
        lines += ["", "References"]
        for key, each in card.references.items():
            lines += _bulleted(f"[{key}] {each.title}. {each.year}. {each.link}")
    return "\n".join(lines)


def card_as_html(card: Card) -> str:
    """Returns a card as HTML, every text of it escaped."""
    parts = [f"<h3><code>{escape(card.name)}</code> {escape(card.title)}</h3>"]
    if card.deprecated:
        parts.append(f"<p><b>Deprecated since {escape(card.deprecated)}</b></p>")
    parts.append(f"<p>{escape(card.summary)}</p>")
    suited = ", ".join(f"{task} {rating}" for task, rating in card.tasks.items())
    parts.append(f"<p><b>Traits</b> {escape(', '.join(trait_phrases(card)))}<br>")
    parts.append(f"<b>Tasks</b> {escape(suited)}<br><b>Origin</b> {escape(card.origin)}</p>")
    for title, claims in _sections(card):
        items = "".join(f"<li>{_claim_html(claim, card)}</li>" for claim in claims)
        parts.append(f"<h4>{title}</h4><ul>{items}</ul>")
    if card.sizes:
        header, *rows = _size_rows(card)
        cells = "".join(f"<th>{escape(each)}</th>" for each in header)
        body = "".join(
            "<tr>" + "".join(f"<td>{escape(each)}</td>" for each in row) + "</tr>" for row in rows
        )
        parts.append(f"<h4>Sizes</h4><table><tr>{cells}</tr>{body}</table>")
        parts.append(f"<p><small>{escape(_size_note(card))}</small></p>")
    items = "".join(
        f'<li>[{escape(key)}] <a href="{escape(each.link)}">{escape(each.title)}</a>. '
        f"{each.year}</li>"
        for key, each in card.references.items()
    )
    if items:
        parts.append(f"<h4>References</h4><ul>{items}</ul>")
    return f"<div>{''.join(parts)}</div>"


_SIZE_NOTE = (
    "Memory as float32; training with Adam on a batch of 32 x 128 steps. Parameters are those of "
    "the backbone, with token embeddings where the size is a published system."
)


def _sections(card: Card) -> list[tuple[str, tuple[Claim, ...]]]:
    sections = [
        ("Strengths", card.strengths),
        ("Weaknesses", card.weaknesses),
        ("Applications", card.applications),
    ]
    return [(title, claims) for title, claims in sections if claims]


def _costs(card: Card) -> Iterable[tuple[str, dict[str, int] | str]]:
    """Gives the cost of each size, or in words why it is not known."""
    for name in card.sizes:
        try:
            yield name, asdict(card.cost(name))
        except ModelZooError as error:
            yield name, str(error)


def _size_rows(card: Card) -> list[list[str]]:
    rows = [["size", "parameters", "load", "train", "per token", "hyper-parameters"]]
    for name, cost in _costs(card):
        size = card.sizes[name]
        settings = ", ".join(f"{key}={value}" for key, value in size.hyperparameters.items())
        if isinstance(cost, str):
            figures = ["?", "?", "?", "?"]
        else:
            figures = [
                human_count(cost["parameters"]),
                human_bytes(cost["load_bytes"]),
                human_bytes(cost["train_bytes"]),
                human_flops(cost["flops_per_token"]),
            ]
        rows.append([name, *figures, settings])
    return rows


def _size_note(card: Card) -> str:
    """Says what the figures mean, or why they are not known."""
    problems = dict.fromkeys(cost for _, cost in _costs(card) if isinstance(cost, str))
    return f"Cost unknown: {'; '.join(problems)}" if problems else _SIZE_NOTE


def _size_table(card: Card) -> list[str]:
    rows = _size_rows(card)
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    lines = []
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [row[column].rjust(widths[column]) for column in range(1, 5)]
        start = "  " + "  ".join(cells) + "  "
        settings = textwrap.wrap(row[5], max(WIDTH - len(start), 30)) or [""]
        lines.append((start + settings[0]).rstrip())
        lines += [" " * len(start) + each for each in settings[1:]]
    return lines + [f"  {each}" for each in textwrap.wrap(_size_note(card), WIDTH - 2)]


def _claim_as_dict(claim: Claim, card: Card) -> dict[str, Any]:
    verdict = verdict_on(claim, card)
    named = {"application": claim.application, "about": claim.about}
    shown: dict[str, Any] = {key: value for key, value in named.items() if value is not None}
    shown |= {"claim": claim.text, "evidence": list(claim.evidence), "label": verdict.label}
    if claim.measured is not None:
        band = {key: value for key, value in asdict(claim.measured).items() if value is not None}
        shown["measured"] = {**band, "effect": verdict.effect}
    return shown


def _claim_text(claim: Claim, card: Card) -> str:
    about = f"{claim.application}: " if claim.application else ""
    backing = [told(claim, card), *_papers(claim)]
    return f"{about}{claim.text} [{'; '.join(filter(None, backing))}]"


def _papers(claim: Claim) -> list[str]:
    return [f"literature: {', '.join(claim.evidence)}"] if claim.evidence else []


def _claim_html(claim: Claim, card: Card) -> str:
    about = f"<b>{escape(claim.application)}</b>: " if claim.application else ""
    links = ", ".join(
        f'<a href="{escape(card.references[each].link)}">{escape(each)}</a>'
        if each in card.references
        else escape(each)
        for each in claim.evidence
    )
    backing = [escape(told(claim, card)), f"literature: {links}" if links else ""]
    return f"{about}{escape(claim.text)} [{'; '.join(filter(None, backing))}]"


def _labelled(label: str, text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=f"{label:<8}", subsequent_indent=" " * 8) or [
        label
    ]


def _bulleted(text: str) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent="  - ",
        subsequent_indent="    ",
        break_on_hyphens=False,
        break_long_words=False,  # links stay whole
    )


def _scaled(number: float, step: int, units: tuple[str, ...]) -> str:
    value = float(number)
    index = 0
    while abs(value) >= step * 0.9995 and index < len(units) - 1:
        value /= step
        index += 1
    digits = f"{value:.3g}" if index or value != int(value) else f"{int(value)}"
    return f"{digits} {units[index]}".strip()
