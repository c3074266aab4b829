"""The tables of docs/results.md and README, made from the records of measurements alone."""

from __future__ import annotations

import re
from collections.abc import Sequence

import published
import records
from aggregates import Mean, Row, means_of, number, rows_of
from bookkeeping import ROOT, put_between, write_whole
from measurements import APPLICATIONS, Application
from records import Record

RESULTS_PAGE = ROOT / "docs" / "results.md"
README = ROOT / "README.md"
BEGIN = "<!-- applications: written by benchmarks/applications.py -->"
END = "<!-- end of applications -->"
_SOURCE = re.compile(r"\s*\([^()]*\)$")  # what a published text ends with


def application_section(application: Application, rows: Sequence[Row]) -> str:
    """Heading, table and circumstances of an application's runs."""
    lines = [
        f"## {application.title[0].upper()}{application.title[1:]}",
        "",
        "| data | architecture | measure | figure (seeds) | baseline | published | also "
        "| seconds |",
        "|---|---|---|---|---|---|---|---|",
    ]
    above = None
    for row in rows:
        told = (row.data, row["published"])  # once for all architectures
        published_text, above = "" if told == above else row["published"], told
        lines.append(
            f"| {row.data} | {row.model} | {row.measure} | {row.figure_text()} | "
            f"{row.baseline_text()} | {published_text} | {row.further_text()} | "
            f"{row.seconds:.0f} |"
        )
    runs = [run for row in rows for run in row.runs]
    command = f"python benchmarks/applications.py --only {application.name}"
    return "\n".join(
        [*lines, "", f"Measured by `{command}` with `{application.script}`; {origin(runs)}."]
    )


def origin(told: Sequence[Record]) -> str:
    """When, where and with what records were made, each once."""
    dates = sorted({run["date"] for run in told})
    period = dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}"
    machines = dict.fromkeys(run["machine"] for run in told)
    versions = dict.fromkeys(
        ", ".join(f"{name} {value}" for name, value in run["versions"].items()) for run in told
    )
    commits = dict.fromkeys(run["commit"] for run in told)
    several = "commits" if len(commits) > 1 else "commit"
    return (
        f"{period}; {' or '.join(machines)}; {' or '.join(versions)}; "
        f"{several} {', '.join(commits)}"
    )


def means_section(means: Sequence[Mean]) -> str:
    """The table of mean accuracies beside the published ones of the same datasets."""
    networks = ("MLP", "FCN", "ResNet")
    lines = [
        "## Time series classification, all sets together",
        "",
        f"Means over the sets of the UCR and UEA archives with published figures "
        f"({', '.join(sorted(published.ACCURACY))}), wherever above they are measured; an "
        "architecture that was not run on all of them stands beside the published means of those "
        "that it was run on.",
        "",
        f"| architecture | sets | mean accuracy | baseline | {' | '.join(networks)} |",
        "|---|---|---|---|" + "---|" * len(networks),
    ]
    for mean in means:
        others = " | ".join(number(mean.published(network)) for network in networks)
        lines.append(
            f"| {mean.model} | {len(mean.rows)} of {len(published.ACCURACY)} | "
            f"{number(mean.figure)} | {mean.baseline_text()} | {others} |"
        )
    return "\n".join([*lines, "", f"MLP, FCN, ResNet: {published.SOURCE}."])


def results_page(found: dict[str, list[Record]]) -> str:
    """docs/results.md, from the records of each application."""
    tables = _tables(found)
    missing = [each.name for each in APPLICATIONS if not tables[each.name]]
    sections = [
        application_section(each, tables[each.name]) for each in APPLICATIONS if tables[each.name]
    ]
    if means := means_of(row for rows in tables.values() for row in rows):
        sections.append(means_section(means))
    if missing:
        sections.append(f"Not measured yet: {', '.join(f'`{name}`' for name in missing)}.")
    return "\n\n".join([_PREFACE, *sections]) + "\n"


_PREFACE = """\
# Results

`python benchmarks/applications.py --write` made this page from the files in
[benchmarks/results](../benchmarks/results), one record a run; nothing in it is typed by hand.
`python benchmarks/applications.py --only NAME` measures an application anew.

A figure is the mean over the seeds, ± their standard deviation, with the number of seeds in
brackets; it is bold where it is better than those of all simple methods of the same run, and where
it is not, the baseline's column says so. ≤ marks an upper bound. Seconds are those of the whole
script, one run of it: loading the data, training, and scoring network and baselines. Published
figures are quoted as the scripts print them; they were not measured here, and often elsewhere than
on these very parts."""


def readme_table(found: dict[str, list[Record]]) -> str:
    """A row an application: its best architecture on its first dataset."""
    tables = _tables(found)
    lines = [
        "| application | data | best architecture | figure (seeds) | baseline | published |",
        "|---|---|---|---|---|---|",
    ]
    for application in APPLICATIONS:
        rows = tables[application.name]
        if rows:  # the first dataset that was measured, and its first horizon
            best = max((row for row in rows if row.data == rows[0].data), key=_rank)
            lines.append(
                f"| [{application.title}]({application.script}) | {best.data} | {best.model} | "
                f"{best.measure} {best.figure_text()} | {best.baseline_text()} | "
                f"{_SOURCE.sub('', best['published'])} |"
            )
    if means := means_of(row for rows in tables.values() for row in rows):
        mean = means[0]
        lines.append(
            f"| time series classification, all sets | {len(mean.rows)} of "
            f"{len(published.ACCURACY)} sets | {mean.model} | mean accuracy "
            f"{number(mean.figure)} | {mean.baseline_text()} | MLP "
            f"{number(mean.published('MLP'))}, ResNet {number(mean.published('ResNet'))} |"
        )
    return "\n".join(
        [
            *lines,
            "",
            "The best is the best by the figure shown, which flatters it a little; "
            "[docs/results.md](docs/results.md) has all architectures, datasets and seeds, the "
            "machine, the versions and the sources of what is published. Bold beats all simple "
            "methods. `python benchmarks/applications.py --write` makes this table.",
        ]
    )


def write() -> None:
    """Writes docs/results.md and README's table from the files of records."""
    found = {each.name: records.load(each.name) for each in APPLICATIONS}
    page, table = results_page(found), readme_table(found)
    write_whole(RESULTS_PAGE, page)
    put_between(README, BEGIN, END, table)


def _tables(found: dict[str, list[Record]]) -> dict[str, list[Row]]:
    return {
        each.name: rows_of(each, records.latest(found.get(each.name, []))) for each in APPLICATIONS
    }


def _rank(row: Row) -> tuple[bool, float]:
    return (not row.bound, row.merit)  # an upper bound is no figure to be best by
