"""Fits a candidate and scores it, or many of them, in one process or on many."""

from __future__ import annotations

import statistics
import time
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from inspect import signature
from math import ceil
from numbers import Integral
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np

from modelzoo.evaluation import MEASURES, evaluate, score_text
from modelzoo.interrupts import never_lost
from modelzoo.leaderboard import Row

_INTERRUPTED = "interrupted"  # how the warning begins with which training says that Ctrl-C ended it
_SEED = "random_state"


@dataclass(frozen=True)
class Candidate:
    """What is to be fitted.

    Attributes:
        name: What it is called on the leaderboard.
        estimator: The estimator, not yet fitted.
        baseline: Whether it is a baseline: these are fitted once, and to the end.
    """

    name: str
    estimator: Any
    baseline: bool = False

    @property
    def key(self) -> tuple[bool, str]:
        """What no other has: a user's estimator may be called as a baseline is."""
        return self.baseline, self.name


@dataclass(frozen=True)
class Trial:
    """What candidates are fitted on, and what they are scored on.

    Attributes:
        task: ``"classification"``, ``"forecasting"`` or ``"generation"``.
        train: X and y; y is None for forecasting, and for generation without completions.
        test: The same, to score on.
        options: What `evaluate` takes besides.
        folder: Where networks keep checkpoints, each in a folder of its own; None for none.
    """

    task: str
    train: tuple[Any, Any]
    test: tuple[Any, Any]
    options: Mapping[str, Any]
    folder: str | Path | None = None

    def of(self, candidate: Candidate, seed: int = 0, seconds: float | None = None) -> Row:
        """Fits and scores a copy of a candidate.

        Args:
            candidate: The candidate; one that fails is a row with its error.
            seed: What is added to its own seed.
            seconds: How long a network may train, from now; None for as long as it takes.

        Raises:
            KeyboardInterrupt: Ctrl-C ended it, whatever it kept.
        """
        row = Row(candidate.name, candidate.baseline, {}, estimator=candidate.estimator)
        begin, limit = time.monotonic(), None
        try:
            with never_lost():
                estimator = seeded(candidate.estimator, seed)
                row = replace(row, estimator=estimator)
                accepted = signature(estimator.fit).parameters
                options: dict[str, Any] = {}
                if self.folder is not None and "checkpoint_dir" in accepted:
                    options["checkpoint_dir"] = folder_of(self.folder, candidate.name, seed)
                if seconds is not None and "callbacks" in accepted:
                    from modelzoo.estimators.pausing import TimeLimit

                    limit = TimeLimit(begin + seconds)
                    options["callbacks"] = [limit]
                fit_to_the_end(estimator, *self.train, **options)
                row = replace(row, seconds=time.monotonic() - begin)
                scores = evaluate(self.task, estimator, *self.test, **self.options)
        except Exception as error:  # whatever it is, the others are to have their turn
            return replace(row, error=error)
        row = replace(
            row,
            scores=scores,
            bound=scores.bound,
            parameters=getattr(estimator, "n_params_", None),
            cut=limit is not None and limit.reached,
        )
        if limit is None or limit.began is None or limit.ended is None:
            return row
        scoring = time.monotonic() - limit.ended
        return replace(row, set_up=limit.began - begin, scoring=scoring)


class Fits:
    """What was fitted so far.

    Args:
        trial: On what.
        n_jobs: How many are fitted at a time, as joblib takes it.
        show: Whether to print a line for each that is done, and in a terminal how far it is.

    Attributes:
        rows: Of each candidate by key, of each seed the latest row.
    """

    def __init__(self, trial: Trial, n_jobs: int | None, show: bool):
        self.trial = trial
        self.rows: dict[tuple[bool, str], dict[int, Row]] = {}
        self._n_jobs, self._show = n_jobs, show

    @property
    def finished(self) -> int:
        """How many candidates have been fitted to the end."""
        return sum(any(not row.cut for row in each.values()) for each in self.rows.values())

    def add(self, runs: Iterable[tuple[Candidate, int]], until: float | None = None) -> None:
        """Fits candidates with a seed each; with a time, which they share evenly, until then.

        Who has been fitted to the end is passed over, and so is who has a score already and would
        get no more by its share: to be set up again, or to train as long with another seed. Such a
        seed that fails, or that is cut after all, changes nothing.
        """
        from joblib import Parallel, delayed, effective_n_jobs

        runs = [(each, seed) for each, seed in runs if not self._is_done(each, seed)]
        if not runs:
            return
        workers = min(effective_n_jobs(self._n_jobs), len(runs))

        def tasks() -> Iterator[Any]:
            """One by one: what one leaves of its time, those after it have."""
            for number, (candidate, seed) in enumerate(runs):
                seconds = None
                if until is not None:
                    share = (until - time.monotonic()) / ceil((len(runs) - number) / workers)
                    seconds = max(0.0, share - self._scoring(candidate))
                    known = dict(self._known(candidate))
                    if known and seconds <= self._needs(known, seed):
                        continue
                yield delayed(_numbered)(number, self.trial, candidate, seed, seconds)

        parallel = Parallel(
            n_jobs=self._n_jobs,
            return_as="generator_unordered",
            pre_dispatch="n_jobs",
            batch_size=1,
        )
        with _progress(len(runs), self._show) as tell:
            for number, row in parallel(tasks()):
                candidate, seed = runs[number]
                tell(_told(self.trial.task, row))
                self._keep(candidate, seed, row, more=until is not None)

    def row(self, candidate: Candidate) -> Row:
        """A candidate's row, the mean over its seeds; one that failed with any of them failed."""
        rows = [row for _, row in sorted(self.rows[candidate.key].items())]
        failed = next((row for row in rows if row.error is not None), None)
        if failed is not None or len(rows) == 1:
            return failed or rows[0]
        scores = {
            measure: statistics.fmean(row.scores[measure] for row in rows)
            for measure in rows[0].scores
        }
        return replace(
            rows[0],
            scores=scores,
            spread=statistics.stdev(row.score for row in rows),
            seeds=len(rows),
            seconds=statistics.fmean(row.seconds for row in rows),
            cut=any(row.cut for row in rows),
        )

    def _keep(self, candidate: Candidate, seed: int, row: Row, *, more: bool) -> None:
        """Keeps a row, unless it is only to add to what there is, and does not."""
        known = self.rows.setdefault(candidate.key, {})
        before = known.get(seed)
        if more and known and (row.error is not None or (before is None and row.cut)):
            return
        if before is not None:
            row = replace(row, seconds=row.seconds + before.seconds)
        known[seed] = row

    def _known(self, candidate: Candidate) -> dict[int, Row]:
        return self.rows.get(candidate.key, {})

    def _is_done(self, candidate: Candidate, seed: int) -> bool:
        known = self._known(candidate)
        return seed in known and not known[seed].cut

    def _needs(self, known: Mapping[int, Row], seed: int) -> float:
        """Seconds below which more is not worth it: to go on, or for all of another seed."""
        return known[seed].set_up if seed in known else max(row.seconds for row in known.values())

    def _scoring(self, candidate: Candidate) -> float:
        """How long scoring a network takes; one that is new, the most of any."""
        own = self._known(candidate)
        # Copies: with workers this is asked for in a thread of joblib's.
        each = [own] if own else list(self.rows.values())
        return max((row.scoring for rows in each for row in list(rows.values())), default=0.0)


def seeded(estimator: Any, seed: int) -> Any:
    """An unfitted copy, with so much added to every seed that it has, in its parts too.

    Of a ``RandomState`` or ``Generator`` it takes a later draw for each.
    """
    from sklearn.base import clone

    copied = clone(estimator)
    if not seed:
        return copied
    later = {}
    for name, own in copied.get_params().items():
        if name != _SEED and not name.endswith(f"__{_SEED}"):
            continue
        if isinstance(own, Integral):
            later[name] = int(own) + seed
        elif isinstance(own, np.random.RandomState):
            later[name] = int(own.randint(2**31, size=seed)[-1])
        elif isinstance(own, np.random.Generator):
            later[name] = int(own.integers(2**31, size=seed)[-1])
    return copied.set_params(**later)


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


def folder_of(folder: str | Path, name: str, seed: int = 0) -> Path:
    """The folder of a candidate's checkpoints, whatever it is called."""
    own = quote(name, safe=" ")
    if not own.strip("."):  # nothing, "." and "..", which no quoting changes, lead elsewhere
        own = own.replace(".", "%2E") or "%"
    return Path(folder) / (f"{own}, seed {seed}" if seed else own)


def _numbered(number: int, trial: Trial, candidate: Candidate, *how: Any) -> tuple[int, Row]:
    """The row of a run, which may be done before those that began before it."""
    return number, trial.of(candidate, *how)


@contextmanager
def _progress(total: int, show: bool) -> Iterator[Any]:
    """A function that tells one more of so many to be done; in a terminal beside a bar."""
    if not show:
        yield lambda line: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn

    console = Console(soft_wrap=True, markup=False, highlight=False)
    columns = BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    hidden = not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=hidden) as bar:
        fits = bar.add_task("", total=total)

        def tell(line: str) -> None:
            console.print(line)
            bar.advance(fits)

        yield tell


def _told(task: str, row: Row) -> str:
    if row.failure:
        return f"{row.name} {row.failure}"
    score = score_text(row.score, row.bound)
    cut = ", cut off" if row.cut else ""
    return f"{row.name}: {MEASURES[task][0]} {score}, fitted in {row.seconds:.1f} s{cut}"
