"""Whether figures of applications moved while everything was made faster.

Measures nothing: `python benchmarks/applications.py --only m4 --models gru --seeds 0,1,2` and
`--only text_classification/sms_spam --seeds 0,1,2` do, and their records of older commits stay.
`python benchmarks/quality.py` writes the first and the last of each seed into docs/performance.md.
"""

from __future__ import annotations

import statistics

import bookkeeping
import records
from records import Record

PAGE = bookkeeping.ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- quality: written by benchmarks/quality.py -->", "<!-- end of quality -->"
FIGURES = (("m4", "m4_hourly", "gru"), ("text_classification", "sms_spam", "gru"))


def page() -> str:
    """The table, as Markdown."""
    lines = ["| | measure | before | since |", "|---|---|---|---|"]
    for application, dataset, model in FIGURES:
        of_it = [
            each
            for each in records.load(application)
            if (each["dataset"], each["model"]) == (dataset, model)
        ]
        lines.append(
            f"| `{model}`, {dataset} | {of_it[0]['measure']} | {before_and_since(of_it)} |"
        )
    return "\n".join(lines)


def before_and_since(of_it: list[Record]) -> str:
    """Two cells: of the records that came first, and of those that came last, one a seed each."""
    first = list({records.key(each): each for each in reversed(of_it)}.values())
    return " | ".join(map(spread, (first, records.latest(of_it))))


def spread(found: list[Record]) -> str:
    """Their median figure, from the least to the largest, and where they are from."""
    figures = [each["figure"] for each in found]
    of = ", ".join(sorted({each["commit"] for each in found}))
    middle = statistics.median(figures)
    return f"{middle:.3f} ({min(figures):.3f} to {max(figures):.3f}); {len(figures)} seeds; {of}"


if __name__ == "__main__":
    bookkeeping.put_between(PAGE, BEGIN, END, page())
