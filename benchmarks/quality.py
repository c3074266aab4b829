"""Whether figures of applications moved while everything was made faster.

Measures nothing: `python benchmarks/applications.py --only m4 --models gru --seeds 0,1,2` and
`--only text_classification/sms_spam --models gru --seeds 0,1,2` do, and their records of older
commits stay.
`python benchmarks/quality.py` writes the first and the last of each seed that was measured again
into docs/performance.md.
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
        before, since = before_and_since(
            [
                each
                for each in records.load(application)
                if (each["dataset"], each["model"]) == (dataset, model)
            ]
        )
        if since:
            cells = f"`{model}`, {dataset}", since[0]["measure"], spread(before), spread(since)
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def before_and_since(of_it: list[Record]) -> tuple[list[Record], list[Record]]:
    """The first and the last record of each run that was measured more than once."""
    first = {records.key(each): each for each in reversed(of_it)}
    again = [each for each in records.latest(of_it) if each is not first[records.key(each)]]
    return [first[records.key(each)] for each in again], again


def spread(found: list[Record]) -> str:
    """Their median figure, from the least to the largest, and where they are from."""
    figures = [each["figure"] for each in found]
    of = ", ".join(sorted({each["commit"] for each in found}))
    middle = statistics.median(figures)
    of_several = f" ({min(figures):.3f} to {max(figures):.3f})" if len(figures) > 1 else ""
    return f"{middle:.3f}{of_several}; seeds: {len(figures)}; commits: {of}"


if __name__ == "__main__":
    bookkeeping.put_between(PAGE, BEGIN, END, page())
