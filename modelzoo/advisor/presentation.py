"""Shows recommendations as text and as HTML."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING

from modelzoo.registry.presentation import WIDTH, human_bytes, human_count

if TYPE_CHECKING:
    from modelzoo.advisor.need import Need
    from modelzoo.advisor.prior import Reason
    from modelzoo.advisor.recommending import Recommendation, Recommendations


def advice_as_text(recommendations: Recommendations) -> str:
    """Returns the recommendations as text of at most 96 columns."""
    lines = textwrap.wrap(f"Need: {recommendations.need}", WIDTH, subsequent_indent="      ")
    if not recommendations:
        lines.append("No architecture meets it.")
    for rank, each in enumerate(recommendations, 1):
        lines += ["", f"{rank}. {_heading(each)}"]
        if took := _times(each, recommendations.need):
            lines.append(f"   = {took}")
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
        for name, why in recommendations.excluded.items():
            lines += textwrap.wrap(
                f"{name}: {why}",
                WIDTH,
                initial_indent="   ",
                subsequent_indent="     ",
                break_on_hyphens=False,
            )
    for advice in (*recommendations.advice, *_whose_times(recommendations)):
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
        took = escape(_times(each, recommendations.need))
        items.append(f"<li><b>{escape(_heading(each))}</b> {took}<ul>{reasons}</ul></li>")
    if items:
        parts.append(f"<ol>{''.join(items)}</ol>")
    left_out = "".join(
        f"<li>{escape(name)}: {escape(why)}</li>" for name, why in recommendations.excluded.items()
    )
    if left_out:
        parts.append(f"<p><b>Left out</b></p><ul>{left_out}</ul>")
    closing = (*recommendations.advice, *_whose_times(recommendations))
    parts += [f"<p>{escape(advice)}</p>" for advice in closing]
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


def _whose_times(recommendations: Recommendations) -> Iterator[str]:
    """Says of which machine the predicted times are, where there are some."""
    if all(each.time is None for each in recommendations):
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
