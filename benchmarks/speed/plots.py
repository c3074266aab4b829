"""Draws ratios beside their goals."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from speed.comparisons import Comparison, spread

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FEWEST = 4  # comparisons that are worth a picture
# Told apart by colour-blind readers (Okabe and Ito), and by the marks in black and white.
STYLES = (("#0072b2", "o"), ("#d55e00", "s"), ("#009e73", "^"), ("#cc79a7", "D"))
STYLES += (("#56b4e9", "v"), ("#e69f00", "*"))


@contextlib.contextmanager
def repeatable() -> Iterator[None]:
    """Has equal figures give equal files: the names in them follow from the content."""
    import matplotlib

    with matplotlib.rc_context({"svg.hashsalt": "modelzoo", "svg.fonttype": "none"}):
        yield


def save(figure: Figure, path: Path) -> None:
    """Writes SVG, without the date."""
    figure.savefig(path, format="svg", metadata={"Date": None})


def name_of_plot(part: str) -> str:
    """The file of a part's plot, beside the page.

    >>> name_of_plot("training")
    'performance-training.svg'
    """
    return f"performance-{part}.svg"


def worth_drawing(compared: Sequence[Comparison]) -> bool:
    """Whether there are enough comparisons for a picture, and all of them ratios."""
    return len(compared) >= FEWEST and all(each.goal.more is None for each in compared)


def draw(compared: Sequence[Comparison], title: str, path: Path) -> None:
    """Draws a row a case and a mark an opponent, with the middle half of the rounds.

    Args:
        compared: Those of a part.
        title: Above the plot.
        path: The picture's file, SVG.
    """
    from matplotlib.figure import Figure

    rows = list(dict.fromkeys(f"{c.record['model']}, {c.record['size']}" for c in compared))
    series: dict[str, list[Comparison]] = {}
    for each in compared:
        series.setdefault(f"{each.ours['name']} / {each.peer['name']}", []).append(each)
    with repeatable():
        figure = Figure(figsize=(8, 1.6 + 0.42 * len(rows)), layout="constrained")
        axis = figure.subplots()
        for number, (label, some) in enumerate(series.items()):
            colour, mark = STYLES[number % len(STYLES)]
            places = [
                rows.index(f"{c.record['model']}, {c.record['size']}") + 0.12 * (number - 1.5)
                for c in some
            ]
            middles = [each.figure for each in some]
            ends = [spread(each.figures) for each in some]
            axis.errorbar(
                middles,
                places,
                xerr=[
                    [max(0.0, m - low) for m, (low, _) in zip(middles, ends, strict=True)],
                    [max(0.0, high - m) for m, (_, high) in zip(middles, ends, strict=True)],
                ],
                fmt=mark,
                color=colour,
                label=label,
                capsize=2,
                markersize=5,
                linewidth=1,
            )
        goals = {c.goal.at_least or c.goal.at_most: c.peer["package"] for c in compared if c.wanted}
        for goal, package in goals.items():
            axis.axvline(goal, color="black", linewidth=0.8, linestyle=":")
            axis.annotate(f"goal, {package}", (goal, -0.75), fontsize=7, rotation=30)
        axis.set_xscale("log")
        axis.set_xlabel("ratio (see the table), middle half of the rounds")
        axis.set_yticks(range(len(rows)), rows)
        axis.set_ylim(len(rows) - 0.4, -0.9)
        axis.set_title(title)
        axis.legend(frameon=False, fontsize="x-small", loc="center left", bbox_to_anchor=(1, 0.5))
        save(figure, path)
