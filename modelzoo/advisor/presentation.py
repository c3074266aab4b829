"""Shows recommendations as text and as HTML."""

from __future__ import annotations

import textwrap
from html import escape
from typing import TYPE_CHECKING

from modelzoo.registry.presentation import WIDTH, human_bytes, human_count

if TYPE_CHECKING:
    from modelzoo.advisor.prior import Reason
    from modelzoo.advisor.recommending import Recommendation, Recommendations


def advice_as_text(recommendations: Recommendations) -> str:
    """Returns the recommendations as text of at most 96 columns."""
    lines = textwrap.wrap(f"Need: {recommendations.need}", WIDTH, subsequent_indent="      ")
    if not recommendations:
        lines.append("No architecture meets it.")
    for rank, each in enumerate(recommendations, 1):
        lines += ["", f"{rank}. {_heading(each)}"]
        for sign, reasons in (("+", each.reasons), ("-", each.reservations)):
            for reason in reasons:
                lines += textwrap.wrap(
                    _stated(reason),
                    WIDTH,
                    initial_indent=f"   {sign} ",
                    subsequent_indent="     ",
                    break_on_hyphens=False,
                )
    if recommendations.excluded:
        lines += ["", "Left out"]
        lines += [f"   {name}: {why}" for name, why in recommendations.excluded.items()]
    for advice in recommendations.advice:
        lines += ["", *textwrap.wrap(advice, WIDTH)]
    return "\n".join(lines)


def advice_as_html(recommendations: Recommendations) -> str:
    """Returns the recommendations as HTML, every text of it escaped."""
    parts = [f"<p><b>Need</b> {escape(str(recommendations.need))}</p>"]
    if not recommendations:
        parts.append("<p>No architecture meets it.</p>")
    items = []
    for each in recommendations:
        reasons = "".join(
            f"<li>{sign} {escape(_stated(reason))}</li>"
            for sign, group in (("+", each.reasons), ("&minus;", each.reservations))
            for reason in group
        )
        items.append(f"<li><b>{escape(_heading(each))}</b><ul>{reasons}</ul></li>")
    if items:
        parts.append(f"<ol>{''.join(items)}</ol>")
    left_out = "".join(
        f"<li>{escape(name)}: {escape(why)}</li>" for name, why in recommendations.excluded.items()
    )
    if left_out:
        parts.append(f"<p><b>Left out</b></p><ul>{left_out}</ul>")
    parts += [f"<p>{escape(advice)}</p>" for advice in recommendations.advice]
    return f"<div>{''.join(parts)}</div>"


def _heading(each: Recommendation) -> str:
    size = f", size {each.size}" if each.size else ""
    if each.cost is None:
        return f"{each.name}{size}  score {each.score:g}"
    figures = (
        f"{human_count(each.cost.parameters)} parameters, "
        f"{human_bytes(each.cost.train_bytes)} to train"
    )
    return f"{each.name}{size}  score {each.score:g}  ({figures})"


def _stated(reason: Reason) -> str:
    evidence = f"; {', '.join(reason.evidence)}" if reason.evidence else ""
    effect = f": {reason.effect}" if reason.effect else ""
    return f"{reason.text} [{reason.source}{evidence}{effect}]"
