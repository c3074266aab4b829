"""A leaderboard of networks and baselines: how each did, and what to make of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from html import escape
from io import StringIO
from typing import TYPE_CHECKING, Any

from modelzoo.data.held_out import single_labels
from modelzoo.data.series import SeriesPanel
from modelzoo.errors import InputError, ModelZooError
from modelzoo.evaluation import MEASURES, score_text, verdict
from modelzoo.metrics import finite_or_none

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    from matplotlib.figure import Figure
    from rich.console import RenderableType


@dataclass(frozen=True)
class Row:
    """How one candidate did.

    Attributes:
        name: The architecture or baseline.
        baseline: Whether it is a baseline.
        scores: The measures by name, the one that ranks first; empty where it failed.
        seconds: What fitting took; with several seeds the mean.
        parameters: Its number of weights; None for a baseline.
        bound: Whether the score that ranks is an upper bound instead of exact.
        seeds: With how many seeds it was fitted; the scores are the means over them.
        spread: The standard deviation of the score that ranks over them; None for one alone.
        cut: Whether its time was over before its training was.
        set_up: Seconds of fitting before the second batch, where its time is limited.
        scoring: Seconds from its end, likewise.
        error: What it raised; None where it did not fail.
        estimator: The estimator, fitted unless it failed.
    """

    name: str
    baseline: bool
    scores: Mapping[str, float]
    seconds: float = 0.0
    parameters: int | None = None
    bound: bool = False
    seeds: int = 1
    spread: float | None = None
    cut: bool = False
    set_up: float = 0.0
    scoring: float = 0.0
    error: Exception | None = None
    estimator: Any = field(default=None, repr=False, compare=False)

    @property
    def score(self) -> float:
        """The measure that ranks; NaN where there is none."""
        return next(iter(self.scores.values()), float("nan"))

    @property
    def failure(self) -> str | None:
        """Why it failed, in one line; None where it did not."""
        if self.error is None:
            return None
        words = " ".join(str(self.error).split())
        known = isinstance(self.error, ModelZooError)  # raised on purpose, and says enough
        return f"failed: {words}" if known else f"failed: {type(self.error).__name__}: {words}"


@dataclass(frozen=True)
class Comparison:
    """What `compare` found.

    Attributes:
        task: The task.
        rows: The candidates, best first; those that failed last.
        interrupted: Whether Ctrl-C ended it before all candidates were fitted.
        test: X and y of what was scored on.
    """

    task: str
    rows: tuple[Row, ...]
    interrupted: bool = False
    test: tuple[Any, Any] = field(default=(None, None), repr=False, compare=False)

    @property
    def measure(self) -> str:
        """The name of the measure that ranks."""
        return MEASURES[self.task][0]

    @property
    def network(self) -> Row | None:
        """The best network; None where none has a score."""
        return next((row for row in self.rows if not row.baseline and row.scores), None)

    @property
    def verdict(self) -> str:
        """In words: which baselines the best network beats, and what to use."""
        network = self.network
        if network is None:
            return "no network has been scored"
        others = {row.name: row.score for row in self.rows if row.baseline}
        return verdict(self.task, network.name, network.score, others, network.bound)

    def to_frame(self) -> pd.DataFrame:
        """The rows as a frame, best first, a column a measure."""
        import pandas as pd

        records = self.to_dict()["rows"]
        for record in records:
            scores = record.pop("scores")
            record.update((measure, scores.get(measure)) for measure in self._measures)
        return pd.DataFrame(records)

    def to_dict(self) -> dict[str, Any]:
        """All of it but the estimators, in types that JSON knows; a score that is NaN is None.

        A row's ``bound`` says whether the score that ranks is an upper bound, ``spread`` its
        standard deviation over ``seeds``, and ``cut`` whether it was not trained to the end.
        """
        rows = [
            {
                "name": row.name,
                "baseline": row.baseline,
                "scores": {name: finite_or_none(score) for name, score in row.scores.items()},
                "bound": row.bound,
                "seeds": row.seeds,
                "spread": row.spread,
                "cut": row.cut,
                "seconds": row.seconds,
                "parameters": row.parameters,
                "failure": row.failure,
            }
            for row in self.rows
        ]
        return {
            "task": self.task,
            "measure": self.measure,
            "more_is_better": MEASURES[self.task][1],
            "rows": rows,
            "verdict": self.verdict,
            "interrupted": self.interrupted,
        }

    def plot_curves(self, path: str | Path | None = None) -> Figure:
        """Draws the loss of every network by epoch, the held-out one where there is one.

        Args:
            path: The picture's file, whose suffix chooses the format; None for no file.

        Returns:
            The ``matplotlib.figure.Figure``.

        Raises:
            InputError: No network has been trained.
        """
        from modelzoo.report import plot_curves

        histories = {row.name: getattr(row.estimator, "history_", None) for row in self.rows}
        trained = {name: each for name, each in histories.items() if each}
        if not trained:
            raise InputError("no network has been trained, so there is no curve of its learning")
        held_out = all("val_loss" in each for each in trained.values())
        key, label = ("val_loss", "held-out loss") if held_out else ("loss", "training loss")
        return plot_curves({name: each[key] for name, each in trained.items()}, path, label=label)

    def plot_answers(self, path: str | Path | None = None) -> Figure:
        """Draws what the best candidate says of the test part.

        The forecast of its first horizon beside what came, of the first series where there are
        many; or which classes it takes for which.

        Args:
            path: The picture's file, whose suffix chooses the format; None for no file.

        Returns:
            The ``matplotlib.figure.Figure``.

        Raises:
            InputError: The task is generation, whose answers are read; rows have several labels;
                or nothing has a score.
        """
        best = next((row for row in self.rows if row.scores), None)
        if best is None:
            raise InputError("nothing has a score, so there is no answer to draw")
        X, y = self.test
        if self.task == "forecasting":
            return _plot_forecast(best, X, path)
        if self.task == "classification":
            from modelzoo.report import plot_confusion

            true = single_labels(y)
            told = list(best.estimator.predict(X))
            return plot_confusion(true, told, path, title=f"classes told by {best.name}")
        raise InputError("what is generated is read, not drawn: see generate() of row.estimator")

    def __rich__(self) -> RenderableType:
        """The leaderboard, what failed, and the verdict, for `rich.print`."""
        from rich.console import Group
        from rich.text import Text

        from modelzoo.report import leaderboard

        table = leaderboard(
            [
                {
                    "": "baseline" if row.baseline else "network",
                    "model": row.name,
                    **self._shown(row),
                    "seconds": f"{row.seconds:.1f}",
                    "parameters": row.parameters,
                }
                for row in self.rows
            ]
        )
        notes = [f"{row.name} {row.failure}" for row in self.rows if row.failure]
        cut = [row.name for row in self.rows if row.cut]
        if cut:
            notes.append(f"there was no time to train to the end: {', '.join(cut)}")
        return Group(table, *map(Text, notes), Text(f"{self.verdict}."))

    def _repr_html_(self) -> str:
        """The same in a notebook."""
        return f"<pre>{escape(str(self))}</pre>"

    def __str__(self) -> str:
        """The same as plain text, lines as long as they are."""
        from rich.console import Console

        text = StringIO()
        Console(file=text, width=1000, color_system=None).print(self)
        return "\n".join(line.rstrip() for line in text.getvalue().splitlines())

    def _shown(self, row: Row) -> dict[str, Any]:
        """The measures as the leaderboard shows them."""
        shown: dict[str, Any] = {measure: row.scores.get(measure) for measure in self._measures}
        if row.bound or row.spread is not None:
            spread = "" if row.spread is None else f" ± {row.spread:.3f}"
            shown[self.measure] = score_text(row.score, row.bound) + spread
        return shown

    @property
    def _measures(self) -> list[str]:
        return list(next((row.scores for row in self.rows if row.scores), {self.measure: None}))


def _plot_forecast(best: Row, test: Any, path: str | Path | None) -> Figure:
    """The first horizon after the training part, of the first series."""
    estimator = best.estimator
    history, _ = estimator.trained_on()
    first = test[:1] if isinstance(test, list | tuple) and history.form == "list" else test
    return estimator.plot(
        replace(history, series=history.series[:1]),
        future=first if estimator.roles.future else None,
        actual=SeriesPanel.read(test, estimator.roles),
        path=path,
        title=f"forecast by {best.name}",
    )
