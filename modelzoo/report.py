"""What people look at: a plot of a forecast, a leaderboard, tables on the terminal."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelzoo.errors import FileError, check_path

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from rich.console import Console, ConsoleOptions, RenderResult

HISTORY, FORECAST, ACTUAL = "#4d4d4d", "#1f6fb4", "#c2410c"  # told apart by colour-blind readers
TRAINING, HELD_OUT = HISTORY, FORECAST
MOST_NAMED = 30  # classes of a picture


def saved(figure: Figure, path: str | Path | None) -> Figure:
    """The figure, written to a file unless ``path`` is None.

    Raises:
        FileError: It cannot be written there, or not in the format that its name ends in.
        InputError: ``path`` is none.
    """
    if path is not None:
        if not hasattr(path, "write"):  # as an open file has, which matplotlib draws into
            check_path("path", path)
        try:
            figure.savefig(path)
        except (OSError, ValueError) as error:  # of formats that matplotlib does not know
            told = getattr(error, "strerror", None) or error
            raise FileError(f"cannot draw {os.fspath(path)!r}: {told}") from error
    return figure


def plot_panels(
    panels: Sequence[tuple[str, pd.Series, pd.DataFrame, pd.Series | None]],
    path: str | Path | None = None,
    *,
    title: str = "",
    units: str = "",
    shown: int | None = None,
) -> Figure:
    """Draws forecasts below each other.

    No display is needed, and no state of matplotlib changes.

    Args:
        panels: For each its name, the history, the quantiles (a column each) and what followed.
        path: The picture's file; the suffix chooses the format. None: only the figure.
        title: The heading.
        units: The label of the vertical axes.
        shown: How many steps of history to draw; by default five times the forecast.

    Returns:
        The matplotlib figure.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 0.5 + 3.5 * len(panels)), dpi=120, layout="constrained")
    axes = figure.subplots(len(panels), 1, squeeze=False)[:, 0]
    for axis, (name, past, quantiles, truth) in zip(axes, panels, strict=True):
        steps = shown or 5 * len(quantiles)
        _draw(axis, past.iloc[-steps:], quantiles, truth)
        axis.set_ylabel(" ".join(part for part in (name, units) if part))
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", frameon=False, ncols=len(labels))
    figure.suptitle(title)
    return saved(figure, path)


def plot_history(
    history: Mapping[str, Sequence[float]],
    path: str | Path | None = None,
    *,
    kept: int | None = None,
    title: str = "",
) -> Figure:
    """Draws what training measured by epoch, one quantity a panel.

    No display is needed, and no state of matplotlib changes.

    Args:
        history: A list of one number an epoch for each quantity; those called ``val_...`` are
            drawn beside the one that they are the held-out part of.
        path: The picture's file, whose suffix chooses the format; None for no file.
        kept: The epoch whose weights were kept, from 0, to mark; None for no mark.
        title: The heading.

    Returns:
        The figure.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    names = list(dict.fromkeys(name.removeprefix("val_") for name in history))
    figure = Figure(figsize=(8, 0.5 + 3 * len(names)), dpi=120, layout="constrained")
    axes = figure.subplots(len(names), 1, squeeze=False, sharex=True)[:, 0]
    for axis, name in zip(axes, names, strict=True):
        parts = (name, "training", TRAINING), (f"val_{name}", "held out", HELD_OUT)
        for part, label, color in parts:
            values = history.get(part, ())
            axis.plot(range(1, len(values) + 1), values, ".-", color=color, label=label)
        if kept is not None:
            label = f"kept: epoch {kept + 1}"
            axis.axvline(kept + 1, color=ACTUAL, linestyle="--", linewidth=1.2, label=label)
        axis.set_ylabel(name)
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
        axis.spines[["top", "right"]].set_visible(False)
    axes[-1].set_xlabel("epoch")
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", frameon=False, ncols=len(labels))
    figure.suptitle(title)
    return saved(figure, path)


def plot_curves(
    curves: Mapping[str, Sequence[float]], path: str | Path | None = None, *, label: str = "loss"
) -> Figure:
    """Draws a quantity by epoch for several trainings in one panel.

    Args:
        curves: One number an epoch for each training, by name.
        path: The picture's file, whose suffix chooses the format; None for no file.
        label: What is drawn.

    Returns:
        The figure.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(8, 4.5), dpi=120, layout="constrained")
    axis = figure.subplots()
    for (name, values), marker in zip(curves.items(), cycle("osv^Dx"), strict=False):
        axis.plot(range(1, len(values) + 1), values, marker=marker, markersize=3, label=name)
    axis.set_xlabel("epoch")
    axis.set_ylabel(label)
    axis.ticklabel_format(axis="y", useOffset=False)
    axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    axis.spines[["top", "right"]].set_visible(False)
    axis.legend(frameon=False)
    return saved(figure, path)


def plot_confusion(
    true: Sequence[Any], told: Sequence[Any], path: str | Path | None = None, *, title: str = ""
) -> Figure:
    """Draws how often each class was told for each: the rows are the true ones.

    Args:
        true: The true classes.
        told: What was told.
        path: The picture's file, whose suffix chooses the format; None for no file.
        title: The heading.

    Returns:
        The figure. Up to thirty classes are named and counted.
    """
    from matplotlib.figure import Figure

    names = sorted({*true, *told}, key=str)
    place = {name: number for number, name in enumerate(names)}
    counts = [[0] * len(names) for _ in names]
    for row, column in zip(true, told, strict=True):
        counts[place[row]][place[column]] += 1
    shares = [[count / max(1, sum(row)) for count in row] for row in counts]
    side = max(4.0, min(0.5 * len(names) + 2, 12))
    figure = Figure(figsize=(side + 1, side), dpi=120, layout="constrained")
    axis = figure.subplots()
    image = axis.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    figure.colorbar(image, ax=axis, label="share of the true class", shrink=0.8)
    if len(names) <= MOST_NAMED:
        axis.set_xticks(range(len(names)), [str(name) for name in names], rotation=90)
        axis.set_yticks(range(len(names)), [str(name) for name in names])
        for i, row in enumerate(counts):
            for j, count in enumerate(row):
                color = "white" if shares[i][j] > 0.5 else "black"
                axis.text(j, i, str(count), ha="center", va="center", color=color, fontsize=8)
    axis.set_xlabel("told")
    axis.set_ylabel("true")
    axis.set_title(title)
    return saved(figure, path)


def _draw(axis: Axes, past: pd.Series, quantiles: pd.DataFrame, truth: pd.Series | None) -> None:
    levels = sorted(float(level) for level in quantiles.columns)
    values = quantiles.rename(columns=float)
    middle = min(levels, key=lambda level: abs(level - 0.5))
    axis.plot(_times(past.index), past.to_numpy(), color=HISTORY, linewidth=1.2, label="history")
    times = _times(values.index)
    lowers = [level for level in levels if level < middle]
    uppers = [level for level in reversed(levels) if level > middle]
    for lower, upper in zip(lowers, uppers, strict=False):
        axis.fill_between(
            times,
            values[lower].to_numpy(),
            values[upper].to_numpy(),
            color=FORECAST,
            alpha=0.2,
            linewidth=0,
            label=f"{upper - lower:.0%} interval",
        )
    if truth is not None:
        axis.plot(
            _times(truth.index), truth.to_numpy(), color=ACTUAL, linewidth=1.2, label="actual"
        )
    axis.plot(times, values[middle].to_numpy(), color=FORECAST, linewidth=1.8, label="forecast")
    axis.spines[["top", "right"]].set_visible(False)
    axis.margins(x=0.01)
    if hasattr(times, "year"):  # dates
        from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

        locator = AutoDateLocator(maxticks=8)
        axis.xaxis.set_major_locator(locator)
        axis.xaxis.set_major_formatter(ConciseDateFormatter(locator))


def _times(index: pd.Index) -> Any:
    """An index as matplotlib takes it: periods are drawn where they begin."""
    import pandas as pd

    return index.to_timestamp() if isinstance(index, pd.PeriodIndex) else index


def leaderboard(rows: Sequence[Mapping[str, Any]]) -> Leaderboard:
    """Makes a table of results, in the order given, that cuts neither a name nor a number.

    Args:
        rows: One mapping of column names to values for each entry; None shows as nothing.

    Returns:
        A table for `rich.print`. Where it is wider than the terminal names wrap; where that does
        not do, the last columns are left out.
    """
    return Leaderboard(rows)


class Leaderboard:
    """What :func:`leaderboard` makes: a table that is laid out for the width it is printed in."""

    def __init__(self, rows: Sequence[Mapping[str, Any]]):
        self.columns: dict[str, list[str]] = {
            column: [shown(row[column]) for row in rows] for column in (rows[0] if rows else ())
        }

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.table import Table

        table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="bold underline")
        cells = []
        for column, values in self._fitting(options.max_width).items():
            words, least = self._width(column, values)
            table.add_column(
                column,
                justify="left" if words else "right",
                no_wrap=not words,
                min_width=least,
            )
            cells.append(values)
        for row in zip(*cells, strict=True):
            table.add_row(*row)
        yield table

    def _fitting(self, width: int) -> dict[str, list[str]]:
        """The first columns, as many as there is room for."""
        fitting: dict[str, list[str]] = {}
        taken = 0
        for column, values in self.columns.items():
            taken += self._width(column, values)[1] + (1 if fitting else 0)
            if fitting and taken > width:
                break
            fitting[column] = values
        return fitting

    @staticmethod
    def _width(column: str, values: list[str]) -> tuple[bool, int]:
        """Whether a column holds words, which may wrap, and how wide it is at the least."""
        words = not any(value[:1].isdigit() for value in values)
        pieces = [
            piece for each in (column, *values) for piece in (each.split() if words else [each])
        ]
        return words, max(map(len, pieces), default=0)


def shown(value: Any) -> str:
    """Writes a value for people: three digits of a fraction, thousands set apart.

    >>> shown(0.12345), shown(12345), shown(None), shown("gru")
    ('0.123', '12,345', '', 'gru')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.1f}" if abs(value) >= 100 else f"{value:.3f}"
    return str(value)
