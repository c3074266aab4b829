"""docs/performance.md, made from the records of `performance.py` alone."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bookkeeping import ROOT, put_between
from result_tables import origin

from speed.comparisons import Comparison, Record, better_backend, comparisons, spread
from speed.contest import Part
from speed.plots import draw, name_of_plot, worth_drawing

PAGE = ROOT / "docs" / "performance.md"
BEGIN = "<!-- performance: written by benchmarks/performance.py -->"
END = "<!-- end of performance -->"
PREFACE = """\
`make bench` measures what follows, and `python benchmarks/performance.py --write` makes it from the
records in [benchmarks/results/performance.json](../benchmarks/results/performance.json); nothing in
it is typed by hand.

Ours and the peers are processes that take turns, so that whatever else the machine does falls on
all alike; warm-up is apart. A ratio is of two turns of the same round: the median over the rounds
stands first, the middle half of them in brackets. Times as fast as the peer, so that more is
better, unless the goal is an upper bound (≤): then times as long, or seconds more. Behind it stands
what the peer takes. Memory is the most that the process has held, with its framework."""


def content(parts: Mapping[str, Part], found: Sequence[Record]) -> str:
    """What the command writes.

    Args:
        parts: By name.
        found: The latest record of each case.
    """
    compared = {
        name: list(_compared(part, [each for each in found if each["dataset"] == name]))
        for name, part in parts.items()
    }
    sections = [PREFACE, _summary(parts, compared)]
    for name, part in parts.items():
        records = [each for each in found if each["dataset"] == name]
        sections.append(_section(name, part, records, compared[name]))
    return "\n\n".join(sections)


def write(parts: Mapping[str, Part], found: Sequence[Record]) -> None:
    """Writes the page and its plots; what stands in the page beside the markers stays."""
    put_between(PAGE, BEGIN, END, content(parts, found))
    for name, part in parts.items():
        records = [each for each in found if each["dataset"] == name]
        path = PAGE.with_name(name_of_plot(name))
        compared = list(_compared(part, records))
        if part.draw is not None and records:
            part.draw(records, path)
        elif worth_drawing(compared):
            draw(compared, part.title, path)


def amount(unit: str, seconds: float, made: float | None) -> str:
    """What the page shows of a duration.

    >>> amount("ms", 0.01234, None), amount("s", 1.5, None), amount("tokens/s", 0.5, 64)
    ('12.3 ms', '1.50 s', '128 tokens/s')
    """
    if unit in ("ms", "s"):
        return f"{_three(1000 * seconds if unit == 'ms' else seconds)} {unit}"
    return f"{_three((made or 1) / seconds)} {unit}"


def _three(value: float) -> str:
    """A positive number with about three digits that count.

    >>> _three(0.1234), _three(1.234), _three(12.34), _three(1234.5)
    ('0.123', '1.23', '12.3', '1,234')
    """
    whole = len(str(int(value))) if value >= 1 else 0
    return f"{value:,.{max(0, 3 - whole)}f}"


def _compared(part: Part, records: Iterable[Record]) -> Iterable[Comparison]:
    cases = {(case.model, case.size): case for case in part.cases(False)}
    for each in records:
        case = cases.get((each["model"], each["size"]))
        if case is not None:  # records of shapes that are measured no longer
            yield from comparisons(part, case, each)


def _summary(parts: Mapping[str, Part], compared: Mapping[str, Sequence[Comparison]]) -> str:
    lines = [
        "## Goals",
        "",
        "| | against | goal | met, on each backend | met, on the better backend |",
        "|---|---|---|---|---|",
    ]
    for name, part in parts.items():
        for package, goal in part.goals.items():
            each = [one for one in compared[name] if one.peer["package"] == package]
            counts = [
                f"{sum(one.met for one in some)} of {len(some)}" if some else "not measured yet"
                for some in (each, better_backend(each))
            ]
            lines.append(f"| {part.title} | {package} | {goal} | {' | '.join(counts)} |")
    return "\n".join(lines)


def _section(
    name: str, part: Part, records: Sequence[Record], compared: Sequence[Comparison]
) -> str:
    begin = [f"## {part.title}", "", part.about, ""]
    if not records:
        return "\n".join([*begin, part.unmeasured])
    table = part.table(records) if part.table else _table(part, records, compared)
    lines = [*begin, *table]
    if part.draw is not None or worth_drawing(compared):
        lines += ["", f"![the figures above]({name_of_plot(name)})"]
    lines += ["", *_circumstances(records), "", f"{_origin(records)}."]
    return "\n".join(lines)


def _table(part: Part, records: Sequence[Record], compared: Sequence[Comparison]) -> list[str]:
    """A row for each of ours in each case, a column for each peer's package."""
    packages = list(dict.fromkeys(each.peer["package"] for each in compared))
    titles = [
        f"{package}, goal {part.goals[package]}" if package in part.goals else package
        for package in packages
    ]
    lines = [
        f"| | | ours | |{''.join(f' {title} |' for title in titles)}",
        "|---|---|---|---|" + "---|" * len(titles),
    ]
    for record in records:
        of_record = [each for each in compared if each.record is record]
        for ours in dict.fromkeys(each.ours["name"] for each in of_record):
            by_peer = {
                each.peer["package"]: each for each in of_record if each.ours["name"] == ours
            }
            taken = _shown(part, record, next(iter(by_peer.values())).ours)
            cells = [_cell(part, by_peer.get(package)) for package in packages]
            lines.append(
                f"| {record['model']} | {record['size']} | {ours} | {taken} | {' | '.join(cells)} |"
            )
    return lines


def _cell(part: Part, compared: Comparison | None) -> str:
    if compared is None:
        return ""
    goal = compared.goal
    low, high = (goal.shown(each) for each in spread(compared.figures))
    figure = f"{goal.shown(compared.figure)} ({low} to {high})"
    verdict = "" if not compared.wanted else " met" if compared.met else " **not met**"
    return f"{figure}{verdict}; {_shown(part, compared.record, compared.peer)}"


def _shown(part: Part, record: Record, told: Mapping[str, Any]) -> str:
    return amount(part.unit, statistics.median(told["seconds"]), record["amount"])


def _circumstances(records: Sequence[Record]) -> list[str]:
    """Parameters and memory of each contestant, and who was missing or failed."""
    lines = [
        "<details><summary>Parameters and peak memory</summary>",
        "",
        "| | | contestant | parameters | MiB |",
        "|---|---|---|---|---|",
    ]
    for record in records:
        for each in record["contestants"]:
            where = f"| {record['model']} | {record['size']} | {each['name']} |"
            if "missing" in each:
                lines.append(f"{where} not measured: no {' or '.join(each['missing'])} | |")
            elif "failed" in each:
                lines.append(f"{where} failed: {_one_line(each['failed'])} | |")
            else:
                parameters = f"{each['parameters']:,}" if each["parameters"] else ""
                lines.append(f"{where} {parameters} | {each['memory'] / 2**20:,.0f} |")
    return [*lines, "", "</details>"]


def _one_line(text: str) -> str:
    return " ".join(text.replace("|", "/").split())


def _origin(records: Sequence[Record]) -> str:
    loads = [each["load"] for each in records if each["load"] is not None]
    busy = f"; processes that wanted to compute before a case: up to {max(loads)}" if loads else ""
    commands = " or ".join(dict.fromkeys(f"`{each['command']}`" for each in records))
    return f"Measured by {commands}; {origin(records)}{busy}"
