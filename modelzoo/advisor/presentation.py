"""Shows recommendations as text and as HTML."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING

from modelzoo.advisor.experience import TIME_CHARGE
from modelzoo.registry.presentation import WIDTH, human_bytes, human_count

if TYPE_CHECKING:
    from modelzoo.advisor.answer import Expected, Recommendation, Recommendations
    from modelzoo.advisor.need import Need
    from modelzoo.advisor.prior import Reason

_LONGEST = 30  # letters of a name in the table
_TRIED = "Trials on the data"
_INSTANT = 0.01  # seconds; the table of results has no shorter ones


def advice_as_text(recommendations: Recommendations) -> str:
    """Returns the recommendations as text of at most 96 columns; trials take what they need."""
    lines = textwrap.wrap(f"Need: {recommendations.need}", WIDTH, subsequent_indent="      ")
    if not recommendations.architectures:
        lines += ["No architecture meets it."]
    if any(each.expected for each in recommendations):
        lines += ["", *_aligned(_table(recommendations))]
    lines += _paragraphs(_on_the_order(recommendations))
    for heading, details in _explained(recommendations):
        lines += ["", heading]
        for sign, text in details:
            lines += _wrapped(text, f"   {sign} ")
    if recommendations.excluded:
        lines += ["", "Left out"]
        for text in _left_out(recommendations):
            lines += _wrapped(text, "   ")
    lines += _paragraphs(_closing(recommendations))
    if recommendations.trials is not None:
        lines += ["", _TRIED, str(recommendations.trials)]
    return "\n".join(lines)


def advice_as_html(recommendations: Recommendations) -> str:
    """Returns the recommendations as HTML, every text of it escaped."""
    parts = [f"<p><b>Need</b> {escape(str(recommendations.need))}</p>"]
    if not recommendations.architectures:
        parts.append("<p>No architecture meets it.</p>")
    if any(each.expected for each in recommendations):
        head, *rows = _table(recommendations)
        parts.append(f"<table>{_row('th', head)}{''.join(_row('td', row) for row in rows)}</table>")
    parts += [f"<p>{escape(text)}</p>" for text in _on_the_order(recommendations)]
    for heading, details in _explained(recommendations):
        items = "".join(f"<li>{escape(sign)} {escape(text)}</li>" for sign, text in details)
        parts.append(f"<p><b>{escape(heading)}</b></p><ul>{items}</ul>")
    left_out = "".join(f"<li>{escape(text)}</li>" for text in _left_out(recommendations))
    if left_out:
        parts.append(f"<p><b>Left out</b></p><ul>{left_out}</ul>")
    parts += [f"<p>{escape(text)}</p>" for text in _closing(recommendations)]
    if recommendations.trials is not None:
        parts.append(f"<p>{_TRIED}</p><pre>{escape(str(recommendations.trials))}</pre>")
    return f"<div>{''.join(parts)}</div>"


def _table(recommendations: Recommendations) -> list[tuple[str, ...]]:
    """What is expected of each candidate, a row each below the head."""
    measure = next(each.expected.measure for each in recommendations if each.expected)
    rows: list[tuple[str, ...]] = [("", "candidate", "size", measure, "gap", "to train", "similar")]
    for rank, each in enumerate(recommendations, 1):
        size = "baseline" if each.baseline else each.size or ""
        rows.append((f"{rank}", each.name, size, *_figures(each.expected)))
    return rows


def _figures(expected: Expected | None) -> tuple[str, ...]:
    if expected is None:
        return ("untested here", "", "", "")
    took = expected.seconds
    similar = f"{expected.problems} ({expected.sources})" if expected.problems else "none"
    return (
        expected.figures,
        f"{expected.gap:.2f} ± {expected.error:.2f}",
        "< 10 ms" if took < _INSTANT else human_seconds(took),
        similar,
    )


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    short = [[textwrap.shorten(cell, _LONGEST, placeholder="...") for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*short, strict=True)]
    return [
        "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in short
    ]


def _row(tag: str, cells: Sequence[str]) -> str:
    return f"<tr>{''.join(f'<{tag}>{escape(cell)}</{tag}>' for cell in cells)}</tr>"


def _on_the_order(recommendations: Recommendations) -> Iterator[str]:
    """Who is tied, what the order rests on where it is little, and what would change it."""
    if recommendations.trials is not None:
        yield (
            "The order rests half on what was expected, which the figures tell, and half on the "
            "trials below."
        )
        return
    expected = [each.expected for each in recommendations if each.expected is not None]
    if expected and not any(each.problems for each in expected):
        yield (
            "Nothing similar was measured: the figures are those of all problems of the task, and "
            "first is what is best in general."
        )
    known = {each.name: each.expected for each in recommendations if each.expected is not None}
    tied = [name for name, expected in known.items() if expected.tied]
    if len(tied) > 1:
        *names, last = tied
        yield (
            f"Tie: take the cheaper where its price matters. {', '.join(names)} and {last} are "
            "within one standard error of the first, or better; "
            f"{min(tied, key=lambda name: known[name].seconds)} is the quickest to train."
        )
    by_gap = sorted(known.values(), key=lambda expected: expected.gap)
    if by_gap != [*known.values()]:
        yield (
            f"The order is that of the gap, with {TIME_CHARGE:g} more for a training that takes "
            "ten times as long; less than a second counts as one."
        )
    if recommendations.changes:
        yield " ".join(recommendations.changes)


def _explained(recommendations: Recommendations) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """The headings of those of whom there is more to say than the table does, and what."""
    for rank, each in enumerate(recommendations, 1):
        details = list(_details(each, recommendations))
        if details or not each.baseline:
            yield f"{rank}. {_heading(each)}", details


def _heading(each: Recommendation) -> str:
    if each.baseline:
        return f"{each.name}, a baseline"
    size = f", size {each.size}" if each.size else ""
    if each.cost is None:
        return f"{each.name}{size}"
    return (
        f"{each.name}{size}  ({human_count(each.cost.parameters)} parameters, "
        f"{human_bytes(each.cost.train_bytes)} to train)"
    )


def _details(each: Recommendation, all_of_them: Recommendations) -> Iterator[tuple[str, str]]:
    """What there is to say of a candidate, each with the sign before it."""
    if took := _times(each, all_of_them.need):
        yield "=", took
    if each.expected is None and all_of_them.trials is None:
        yield "~", f"untested here: ranked by the traits of its card, {each.points:g} points"
    for sign, reasons in (("+", each.reasons), ("-", each.reservations)):
        yield from ((sign, _stated(reason)) for reason in reasons)


def _times(each: Recommendation, need: Need) -> str:
    """What a size takes, in a few words; empty where nothing was timed."""
    if each.time is None:
        return ""
    said = []
    if each.time.train_seconds is not None:
        said.append(f"at most about {human_seconds(each.time.train_seconds)} to train")
    latency = each.time.latency_ms(need)
    if latency is not None:
        what = "a new step" if need.stepwise else "a prediction"
        said.append(f"{human_seconds(latency / 1e3)} {what}")
    return ", ".join(said)


def _left_out(recommendations: Recommendations) -> Iterator[str]:
    """What failed, and the candidates that failed alike before it."""
    alike: dict[str, list[str]] = {}
    for name, why in recommendations.excluded.items():
        alike.setdefault(why, []).append(name)
    for why, names in alike.items():
        yield f"{', '.join(names)}: {why}"


def _closing(recommendations: Recommendations) -> Iterator[str]:
    yield from recommendations.advice
    measure = next((each.expected.measure for each in recommendations if each.expected), None)
    if measure is not None:
        yield (
            f"{measure}: the median of what was measured, problems like this one counting most, "
            "and between which figures 80% lie. gap: 0 is as good as the best on each problem, 1 "
            "no better than learning nothing; ± its standard error. similar: on how many problems "
            "like this one it was measured (from how many sources)."
        )
    if any(each.baseline for each in recommendations):
        yield (
            "Baselines are in modelzoo.baselines; modelzoo compare trains them beside networks on "
            "your data."
        )
    yield from _whose_times(recommendations)


def _whose_times(recommendations: Recommendations) -> Iterator[str]:
    """Says of which machine the times are, where there are some."""
    if all(each.time is None and each.expected is None for each in recommendations):
        return
    slowness = recommendations.slowness
    if slowness is None:
        yield (
            "Times are predicted for the machine of the records (modelzoo evidence show "
            "shape_time); recommend with --calibrate (calibrate=True) times this one."
        )
    else:
        yield (
            f"Times are predicted for this machine, found to take {slowness:.2g} times as long as "
            "that of the records."
        )


def human_seconds(seconds: float) -> str:
    """Shows a duration with two digits and a unit.

    >>> human_seconds(0.00123), human_seconds(59), human_seconds(140), human_seconds(90_000)
    ('1.2 ms', '59 s', '2.3 min', '25 h')
    """
    for size, unit in ((86_400 * 2, "days"), (3_600, "h"), (60, "min"), (1, "s")):
        if seconds >= size:
            value = seconds / (86_400 if unit == "days" else size)
            break
    else:
        value, unit = seconds * 1e3, "ms"
    return f"{value:,.0f} {unit}" if value >= 10 else f"{value:.2g} {unit}"


def _stated(reason: Reason) -> str:
    evidence = f"; {', '.join(reason.evidence)}" if reason.evidence else ""
    effect = f": {reason.effect}" if reason.effect else ""
    return f"{reason.text} [{reason.source}{evidence}{effect}]"


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent=indent, subsequent_indent="     ", break_on_hyphens=False
    )


def _paragraphs(texts: Iterator[str]) -> Iterator[str]:
    for text in texts:
        yield from ("", *textwrap.wrap(text, WIDTH))
