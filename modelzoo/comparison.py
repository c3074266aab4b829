"""Fits networks and baselines on the same data, scores them alike, and says what came of it."""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from inspect import signature
from io import StringIO
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from modelzoo.advisor import recommend
from modelzoo.baselines import baselines_for
from modelzoo.data.reading import Roles
from modelzoo.data.series import SeriesPanel
from modelzoo.errors import InputError, ModelZooError, UnknownNameError
from modelzoo.evaluation import MEASURES, evaluate, score_text, verdict
from modelzoo.interrupts import answered, never_lost
from modelzoo.metrics import finite_or_none

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import RenderableType

_NETWORKS = 3  # of the recommended ones, where none is named
_INTERRUPTED = "interrupted"  # how the warning begins with which training says that Ctrl-C ended it


@dataclass(frozen=True)
class Row:
    """How one candidate did.

    Attributes:
        name: The architecture or baseline.
        baseline: Whether it is a baseline.
        scores: The measures by name, the one that ranks first; empty where it failed.
        seconds: What fitting took.
        parameters: Its number of weights; None for a baseline.
        bound: Whether the score that ranks is an upper bound instead of exact.
        error: What it raised; None where it did not fail.
        estimator: The estimator, fitted unless it failed.
    """

    name: str
    baseline: bool
    scores: Mapping[str, float]
    seconds: float = 0.0
    parameters: int | None = None
    bound: bool = False
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
    """

    task: str
    rows: tuple[Row, ...]
    interrupted: bool = False

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

        A row's ``bound`` says whether the score that ranks is an upper bound.
        """
        rows = [
            {
                "name": row.name,
                "baseline": row.baseline,
                "scores": {name: finite_or_none(score) for name, score in row.scores.items()},
                "bound": row.bound,
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
        failed = [f"{row.name} {row.failure}" for row in self.rows if row.failure]
        return Group(table, *map(Text, failed), Text(f"{self.verdict}."))

    def __str__(self) -> str:
        """The same as plain text, lines as long as they are."""
        from rich.console import Console

        text = StringIO()
        Console(file=text, width=1000, color_system=None).print(self)
        return "\n".join(line.rstrip() for line in text.getvalue().splitlines())

    def _shown(self, row: Row) -> dict[str, Any]:
        """The measures as the leaderboard shows them."""
        shown: dict[str, Any] = {measure: row.scores.get(measure) for measure in self._measures}
        if row.bound:
            shown[self.measure] = score_text(row.score, bound=True)
        return shown

    @property
    def _measures(self) -> list[str]:
        return list(next((row.scores for row in self.rows if row.scores), {self.measure: None}))


def compare(
    task: str,
    train: Any,
    test: Any,
    models: Iterable[str] | Mapping[str, Any] | None = None,
    *,
    baselines: bool = True,
    random_state: Any = 0,
    verbose: int | str = "auto",
    checkpoint_dir: str | Path | None = None,
    **parameters: Any,
) -> Comparison:
    """Fits models and the baselines of their task, and ranks them on data they have not seen.

    A candidate that fails is listed with its error, and the others go on. Ctrl-C ends the
    comparison: what was finished by then is returned, with a warning.

    Args:
        task: ``"classification"``, ``"forecasting"`` or ``"generation"``.
        train: The training part: a pair (X, y) such as ``dataset.train``, or X alone.
        test: What to score on, the same way; for forecasting what follows the training series.
        models: Names of architectures; or a mapping from names to show to unfitted estimators,
            which are cloned and keep their own parameters, also the seed; None for the first three
            architectures that :func:`modelzoo.recommend` suggests for the data.
        baselines: Whether the task's baselines take part.
        random_state: Seed of the baselines that have one and of the networks that are made here.
        verbose: 0 silent, 1 a line for each candidate, ``"auto"`` 1 in a terminal else 0.
        checkpoint_dir: A folder in which each network keeps checkpoints in one of its own: the same
            comparison, if it was cut off, does not train again what it has trained; the seconds
            are then those of the rest. None for none.
        **parameters: Parameters of the estimators and hyper-parameters of the architectures
            (``horizon``, ``epochs``, ``width`` ...) that are made here; a baseline takes those it
            has. Forecasts are scored with ``season_length`` too.

    Returns:
        The candidates, best first, and the verdict; it prints as a leaderboard.

    Raises:
        UnknownNameError: A task or model is not known, or a parameter that no candidate has;
            nothing was fitted.
        InputError: There is nothing to compare.
        Exception: What the first candidate raised, where every one of them failed.

    >>> texts, moods = ["good fun", "good film", "so bad", "bad film"], ["+", "+", "-", "-"]
    >>> later = ["a good one", "too bad"], ["+", "-"]
    >>> found = compare("classification", (texts, moods), later, models=[])
    >>> found.measure, found.rows[0].name, found.rows[0].score
    ('accuracy', 'TF-IDF + logistic regression', 1.0)
    """
    if verbose not in (0, 1, "auto"):
        raise InputError(f"verbose must be 0, 1 or 'auto', got {verbose!r}")
    show = sys.stdout.isatty() if verbose == "auto" else bool(verbose)
    (X, y), held_out = _part(train), _part(test)
    options: dict[str, Any] = {}
    if task == "forecasting":
        options = {"after": X, "season_length": parameters.get("season_length")}
    seeded = parameters | {"random_state": random_state}
    simple = baselines_for(task, X, **seeded) if baselines else []
    candidates = [  # what is cheaper first: of equals it stays in front
        *((name, baseline, True) for name, baseline in simple),
        *((name, network, False) for name, network in _networks(task, X, models, seeded)),
    ]
    if not candidates:
        raise InputError("there is nothing to compare: name models, or let baselines take part")
    _check_names(task, parameters, [each for _, each, _ in candidates])
    rows: list[Row] = []
    for name, estimator, is_baseline in candidates:
        start = time.perf_counter()
        row = Row(name, is_baseline, {}, estimator=estimator)
        try:
            with never_lost():
                fit_to_the_end(estimator, X, y, **_checkpoints(estimator, checkpoint_dir, name))
                row = replace(row, seconds=time.perf_counter() - start)
                scores = evaluate(task, estimator, *held_out, **options)
                row = replace(row, scores=scores, bound=scores.bound)
                row = replace(row, parameters=getattr(estimator, "n_params_", None))
        except KeyboardInterrupt:
            answered()
            warnings.warn(
                f"interrupted: {len(rows)} of {len(candidates)} candidates were finished",
                stacklevel=2,
            )
            return Comparison(task, _ranked(task, rows), interrupted=True)
        except Exception as error:  # whatever it is, the others are to have their turn
            row = replace(row, error=error)
        rows.append(row)
        if show:
            print(_progress(task, row), flush=True)
    errors = [row.error for row in rows if row.error is not None]
    if len(errors) == len(rows):  # then it is the data or a parameter that cannot be used
        raise errors[0]
    return Comparison(task, _ranked(task, rows))


def _part(given: Any) -> tuple[Any, Any]:
    """X and y of a training or test part; a tuple is the pair, anything else X alone."""
    if not isinstance(given, tuple):
        return given, None
    if len(given) not in (1, 2):
        raise InputError(f"a part is a pair (X, y) or X alone, got a tuple of {len(given)}")
    return given[0], given[1] if len(given) == 2 else None


def _networks(
    task: str, X: Any, models: Any, parameters: Mapping[str, Any]
) -> Iterator[tuple[str, Any]]:
    """The networks to compare, by name, not yet fitted."""
    if isinstance(models, Mapping):
        from sklearn.base import clone

        yield from ((name, clone(estimator)) for name, estimator in models.items())
        return
    from modelzoo.estimators import create

    if isinstance(models, str):
        raise InputError(f"models must be a list of names, got {models!r}")
    if models is None:
        horizon, season = parameters.get("horizon"), parameters.get("season_length")
        data = _bare_series(X, parameters) if task == "forecasting" else X
        found = recommend(task, data=data, horizon=horizon, season_length=season)
        sizes = {each.name: each.size for each in found.architectures[:_NETWORKS]}
    else:
        sizes = dict.fromkeys(models)
    for name, size in sizes.items():
        yield name, create(name, task, **({"size": size, "verbose": 0} | dict(parameters)))


def _check_names(task: str, given: Iterable[str], candidates: Iterable[Any]) -> None:
    """Raises if there is a parameter that no candidate has."""
    known = {"season_length"} if task == "forecasting" else set()  # scoring takes it too
    for each in candidates:  # an architecture's hyper-parameters were checked when it was made
        known |= {*each.get_params(deep=False), *(getattr(each, "hparams", None) or ())}
    for name in given:
        if name not in known:
            raise UnknownNameError("parameter", name, sorted(known))


def _bare_series(X: Any, parameters: Mapping[str, Any]) -> Any:
    """The values of series without the covariates beside them: an array, or a list of many."""
    kinds = ("past", "future", "static")
    roles = Roles.declare(*(parameters.get(f"{kind}_covariates", ()) for kind in kinds))
    values = [one.values for one in SeriesPanel.read(X, roles).series]  # (T, C) each
    return values[0] if len(values) == 1 else values


def _checkpoints(estimator: Any, folder: str | Path | None, name: str) -> dict[str, Any]:
    """Where an estimator keeps checkpoints, if it can, as an argument of `fit`."""
    if folder is None or "checkpoint_dir" not in signature(estimator.fit).parameters:
        return {}
    own = quote(name, safe=" ")
    if not own.strip("."):  # nothing, "." and "..", which no quoting changes, lead elsewhere
        own = own.replace(".", "%2E") or "%"
    return {"checkpoint_dir": Path(folder) / own}


def fit_to_the_end(estimator: Any, X: Any, y: Any, **options: Any) -> None:
    """Fits an estimator.

    Raises:
        KeyboardInterrupt: Ctrl-C ended it, also where the estimator kept what it had by then: half
            a training is not comparable.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.filterwarnings("always", message=_INTERRUPTED)
        estimator.fit(X, y, **options)
    for each in caught:
        if str(each.message).startswith(_INTERRUPTED):
            raise KeyboardInterrupt
        warnings.warn_explicit(each.message, each.category, each.filename, each.lineno)


def _ranked(task: str, rows: Iterable[Row]) -> tuple[Row, ...]:
    """Best first; what has no score, because it failed or the score is NaN, last."""
    sign = -1 if MEASURES[task][1] else 1
    return tuple(sorted(rows, key=lambda row: (isnan(row.score), sign * row.score)))


def _progress(task: str, row: Row) -> str:
    if row.failure:
        return f"{row.name} {row.failure}"
    score = score_text(row.score, row.bound)
    return f"{row.name}: {MEASURES[task][0]} {score}, fitted in {row.seconds:.1f} s"
