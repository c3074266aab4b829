"""Draws what an experiment measured."""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import TYPE_CHECKING

from modelzoo.evidence.experiment import Experiment
from modelzoo.evidence.verdicts import Figures

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Told apart by colour-blind readers (Okabe and Ito), and by the marks in black and white.
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000")
_MARKS = "os^Dv*X"
_LOGARITHMIC = 30  # times from the smallest figure to the largest


def plot_experiment(
    experiment: Experiment, figures: Figures, path: str | Path | None = None
) -> Figure:
    """Draws the median over the seeds by condition, and its range, a line an architecture.

    Args:
        experiment: Which.
        figures: What was measured, not empty.
        path: The picture's file; the suffix chooses the format. None: only the figure.

    Returns:
        The matplotlib figure.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.5), dpi=120, layout="constrained")
    axis = figure.subplots()
    places = range(len(experiment.conditions))
    for number, model in enumerate(dict.fromkeys(model for model, _ in figures)):
        points = [
            (place, figures[model, at])
            for place, at in zip(places, experiment.conditions, strict=True)
            if (model, at) in figures
        ]
        shift = 0.03 * number  # so that equal figures stand beside each other
        middles = [statistics.median(each) for _, each in points]
        below = [middle - min(each) for middle, (_, each) in zip(middles, points, strict=True)]
        above = [max(each) - middle for middle, (_, each) in zip(middles, points, strict=True)]
        axis.errorbar(
            [place + shift for place, _ in points],
            middles,
            yerr=[below, above],
            label=model,
            color=_COLOURS[number % len(_COLOURS)],
            marker=_MARKS[number % len(_MARKS)],
            capsize=3,
        )
    if experiment.trivial:
        axis.plot(
            places,
            [experiment.trivial[at] for at in experiment.conditions],
            "k:",
            label="learns nothing",
        )
    values = [value for each in figures.values() for value in each]
    if min(values) > 0 and max(values) > _LOGARITHMIC * min(values):
        axis.set_yscale("log")
    axis.set_xticks(places, [str(at) for at in experiment.conditions])
    axis.set_xlabel(experiment.varied)
    axis.set_ylabel(experiment.figure)
    axis.set_title(experiment.title)
    axis.legend(frameon=False, fontsize="small")
    if path is not None:
        figure.savefig(path)
    return figure
