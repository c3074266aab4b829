"""Records put together: an architecture on a dataset over its seeds, and over many datasets."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import published
from measurements import Application
from records import Record

MORE_IS_BETTER = {
    "accuracy",
    "balanced accuracy",
    "macro F1",
    "F1",
    "ROC AUC",
    "BLEU",
    "chrF",
    "ROUGE-1",
    "ROUGE-2",
    "ROUGE-L",
    "exact match",
}
LESS_IS_BETTER = {
    "MASE",
    "sMAPE",
    "MSE",
    "MAE",
    "RMSE",
    "MAPE",
    "pinball",
    "pinball loss",
    "perplexity",
    "nats per character",
    "bits per character",
}
BOUND = " (upper bound)"  # stands behind the measure of a figure that is one


@dataclass(frozen=True)
class Row:
    """The runs of one architecture on one dataset that differ in their seed alone."""

    runs: tuple[Record, ...]

    def __getitem__(self, name: str) -> Any:
        return self.runs[-1][name]

    @property
    def figure(self) -> float:
        return statistics.fmean(run["figure"] for run in self.runs)

    @property
    def baseline_figure(self) -> float:
        return statistics.fmean(run["baseline_figure"] for run in self.runs)

    @property
    def seconds(self) -> float:
        return statistics.fmean(run["seconds"] for run in self.runs)

    @property
    def bound(self) -> bool:
        return self["measure"].endswith(BOUND)

    @property
    def measure(self) -> str:
        return self["measure"].removesuffix(BOUND)

    @property
    def model(self) -> str:
        return f"`{self['model']}`" + ("" if self["size"] is None else f" ({self['size']})")

    @property
    def data(self) -> str:
        steps = "" if self["horizon"] is None else f", {self['horizon']} steps"
        return f"`{self['dataset']}`{steps}"

    @property
    def merit(self) -> float:
        """The figure, negative where less is better: the best row has the most."""
        return self._merit(self.figure)

    @property
    def lead(self) -> float:
        """By how much it is better than the baseline; negative where the baseline is."""
        return self.merit - self._merit(self.baseline_figure)

    @property
    def further(self) -> dict[str, float]:
        """The means of all other figures."""
        names = dict.fromkeys(name for run in self.runs for name in run["further"])
        names.pop(f"{self.measure} of {self['model']}", None)  # the figure once more
        return {
            name: statistics.fmean(
                run["further"][name] for run in self.runs if name in run["further"]
            )
            for name in names
        }

    @property
    def stronger(self) -> tuple[str, float] | None:
        """The best of the other simple methods that the runs tell of, if it is better."""
        begin = f"{self.measure} of "
        others = {
            name.removeprefix(begin): value
            for name, value in self.further.items()
            if name.startswith(begin) and self._merit(value) > self.merit
        }
        others.pop(self["baseline"], None)
        return max(others.items(), key=lambda other: self._merit(other[1]), default=None)

    def figure_text(self) -> str:
        """Mean and standard deviation over the seeds, and their number; bold where it leads."""
        text = f"{'≤ ' if self.bound else ''}{number(self.figure)}"
        if self.lead > 0 and self.stronger is None:
            text = f"**{text}**"
        if len(self.runs) > 1:
            text += f" ± {number(statistics.stdev(run['figure'] for run in self.runs))}"
        return f"{text} ({len(self.runs)})"

    def baseline_text(self) -> str:
        """The baseline, and in words whether it, or another simple method, wins."""
        text = beside(self["baseline"], self.baseline_figure, self.lead, self.bound)
        if self.stronger is None or self.bound:
            return text
        name, figure = self.stronger
        return f"{text}; **{name} {number(figure)} wins**"

    def further_text(self) -> str:
        """Weights and all other figures."""
        weights = self["parameters"]
        told = [] if weights is None else [f"{weights / 1e3:,.0f} k weights"]
        return ", ".join([*told, *(f"{name} {number(x)}" for name, x in self.further.items())])

    def _merit(self, figure: float) -> float:
        return figure if more_is_better(self.measure) else -figure


def more_is_better(measure: str) -> bool:
    """Raises ValueError for a measure that neither set knows."""
    if measure not in MORE_IS_BETTER | LESS_IS_BETTER:
        raise ValueError(f"is more or less better of {measure!r}? Add it to a set in {__name__}.py")
    return measure in MORE_IS_BETTER


def beside(baseline: str, figure: float, lead: float, bound: bool = False) -> str:
    """A baseline and its figure, and in words whether it wins.

    >>> beside("random walk", 1.0, lead=-0.2)
    'random walk 1.000: **the baseline wins**'
    """
    text = f"{baseline} {number(figure)}"
    if lead > 0:
        return text
    if bound:
        return f"{text}: no comparison, the figure is an upper bound"
    return f"{text}: **as good**" if lead == 0 else f"{text}: **the baseline wins**"


def number(value: float) -> str:
    """Three decimals, or fewer of large numbers.

    >>> number(0.91249), number(21.347), number(130.02)
    ('0.912', '21.35', '130.0')
    """
    return f"{value:.{3 if abs(value) < 10 else 2 if abs(value) < 100 else 1}f}"


def rows_of(application: Application, found: Iterable[Record]) -> list[Row]:
    """Records by dataset and horizon, in the order of the table, and by architecture."""
    groups: dict[tuple, list[Record]] = {}
    for record in found:
        if record["dataset"] in application.datasets:
            place = application.datasets.index(record["dataset"])
            size = record["size"] or ""
            group = (place, record["horizon"] or 0, record["model"], size, record["measure"])
            groups.setdefault(group, []).append(record)
    return [
        Row(tuple(sorted(groups[group], key=lambda run: run["seed"]))) for group in sorted(groups)
    ]


@dataclass(frozen=True)
class Mean:
    """The mean accuracy of an architecture over the datasets with published figures."""

    model: str
    rows: tuple[Row, ...]

    @property
    def figure(self) -> float:
        return statistics.fmean(row.figure for row in self.rows)

    @property
    def baseline(self) -> str:
        names = {row["baseline"] for row in self.rows}
        return names.pop() if len(names) == 1 else "the baselines of the sets"

    @property
    def baseline_figure(self) -> float:
        return statistics.fmean(row.baseline_figure for row in self.rows)

    @property
    def lead(self) -> float:
        return self.figure - self.baseline_figure

    def published(self, network: str) -> float:
        """The published mean of another network on the same datasets, as a share."""
        accuracies = [published.ACCURACY[row["dataset"]][network] for row in self.rows]
        return statistics.fmean(accuracies) / 100

    def baseline_text(self) -> str:
        return beside(self.baseline, self.baseline_figure, self.lead)


def means_of(rows: Iterable[Row]) -> list[Mean]:
    """A mean for each architecture and size, those over most datasets first."""
    by_model: dict[str, dict[str, Row]] = {}
    for row in rows:
        known = row["dataset"] in published.ACCURACY
        if known and row.measure == "accuracy":
            by_model.setdefault(row.model, {})[row["dataset"]] = row
    means = [Mean(model, tuple(found.values())) for model, found in by_model.items()]
    return sorted(means, key=lambda mean: (-len(mean.rows), -mean.figure))
