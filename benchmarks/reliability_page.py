"""docs/reliability.md, made from the records of `reliability.py` and `fuzzing.py` alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import records
from bookkeeping import ROOT, write_whole
from records import Record
from result_tables import origin

PAGE = ROOT / "docs" / "reliability.md"
WANTED = 0.90  # share of the package's lines that the default suite runs
PREFACE = """\
# Reliability

`python benchmarks/reliability.py --write` made this page from the records in
[benchmarks/results](../benchmarks/results); nothing in it is typed by hand.
`python benchmarks/reliability.py --only PART` tries a part again, `python benchmarks/fuzzing.py`
the fuzzing."""


def page(titles: Mapping[str, str], found: Sequence[Record], fuzzed: Sequence[Record]) -> str:
    """The page.

    Args:
        titles: What each part tries.
        found: The latest record of each part that was measured.
        fuzzed: The latest records of fuzzing.
    """
    by_part = {each["dataset"]: each for each in found}
    sections = [PREFACE, _trials(titles, by_part), _fuzzing(fuzzed)]
    coverage = by_part.get("coverage")
    if coverage is None:
        sections.append("## Coverage\n\nNot measured yet.")
    else:
        sections.append(_coverage(coverage))
    return "\n\n".join(sections) + "\n"


def write(titles: Mapping[str, str]) -> None:
    """Writes the page from the files of records."""
    found, fuzzed = (records.latest(records.load(name)) for name in ("reliability", "fuzzing"))
    write_whole(PAGE, page(titles, found, fuzzed))


def _trials(titles: Mapping[str, str], found: Mapping[str, Record]) -> str:
    lines = [
        "## What was tried",
        "",
        "A case is a test, or one of its parameters, slow ones included. It is lost where the "
        "package did not do what is promised. What is expected to fail is documented where it is "
        "tested, and counts as lost if it ever passes.",
        "",
        "| part | tried | cases | passed | expected to fail | skipped | lost |",
        "|---|---|---|---|---|---|---|",
    ]
    measured = [found[name] for name in titles if name in found]
    for name, title in titles.items():
        if name in found:
            lines.append(f"| `{name}` | {title}{_noted(found[name])} | {_counts(found[name])} |")
        else:
            lines.append(f"| `{name}` | {title} | not measured yet | | | | |")
    if measured:
        lines.append(f"| | together | {_counts(_sum(measured))} |")
        lines += ["", f"{origin(measured)}."]
    names = [f"`{each}`" for record in measured for each in record["lost"]]
    if names:
        lines += ["", f"Lost: {', '.join(names)}."]
    return "\n".join(lines)


def _fuzzing(fuzzed: Sequence[Record]) -> str:
    lines = ["## Fuzzing", ""]
    if not fuzzed:
        return "\n".join([*lines, "Not measured yet."])
    lines += [
        "Changed files against each reader. A finding is anything but a reading or an error of our "
        "own, more than two seconds of computing, or memory that grows by more than 200 MB.",
        "",
        "| reader | inputs by | inputs | read | refused | slowest, s | findings |",
        "|---|---|---|---|---|---|---|",
    ]
    for each in fuzzed:
        cells = [
            each["dataset"],
            each["model"],
            *(_number(each.get(name)) for name in ("inputs", "read", "refused", "slowest")),
            _number(len(each["findings"])),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    inputs = sum(each["inputs"] or 0 for each in fuzzed)
    findings = sum(len(each["findings"]) for each in fuzzed)
    lines.append(f"| all | | {inputs:,} | | | | {findings:,} |")
    return "\n".join([*lines, "", f"{origin(fuzzed)}."])


def _coverage(record: Record) -> str:
    modules = record["modules"]
    lines = sum(each["lines"] for each in modules.values())
    missed = sum(len(each["missed"]) for each in modules.values())
    share = 1 - missed / lines
    told = "as wanted" if share >= WANTED else "less than is wanted"
    rows = [
        "## Coverage",
        "",
        f"The default suite ({record['passed']:,} cases passed, {len(record['lost'])} lost) runs "
        f"{share:.1%} of the {lines:,} lines of code in the package, {told} ({WANTED:.0%}). "
        "Processes that tests start are not counted, so that what runs in them alone stands here "
        "as not covered. Not covered, the modules with most of it first:",
        "",
        "| module | lines | not covered | which |",
        "|---|---|---|---|",
    ]
    for name in sorted(modules, key=lambda name: (-len(modules[name]["missed"]), name)):
        each = modules[name]
        if each["missed"]:
            uncovered = len(each["missed"])
            rows.append(f"| {name} | {each['lines']} | {uncovered} | {_spans(each['missed'])} |")
    return "\n".join([*rows, "", f"{origin([record])}."])


def _spans(numbers: Sequence[int]) -> str:
    """Line numbers, those that follow each other together.

    >>> _spans([3, 4, 5, 9])
    '3-5, 9'
    """
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in spans)


def _noted(record: Record) -> str:
    """What the tests counted by themselves, such as the kills of a loop."""
    noted = [f"{count:,} {name}" for name, count in record["noted"].items()]
    return f" ({', '.join(noted)})" if noted else ""


def _counts(record: Mapping[str, Any]) -> str:
    lost = len(record["lost"])
    total = record["passed"] + record["expected"] + lost
    cells = (total, record["passed"], record["expected"], record["skipped"], lost)
    return " | ".join(f"{each:,}" for each in cells)


def _sum(measured: Sequence[Record]) -> dict[str, Any]:
    counts: dict[str, Any] = {
        name: sum(each[name] for each in measured) for name in ("passed", "expected", "skipped")
    }
    return counts | {"lost": [each for record in measured for each in record["lost"]]}


def _number(value: Any) -> str:
    return "" if value is None else f"{value:,}"
