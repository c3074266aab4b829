"""Fits candidates and scores them alike, in one process or many, within a time if there is one.

Where the time is limited, most of it goes to those that do well (successive halving: Jamieson and
Talwalkar, 2016, https://arxiv.org/abs/1502.07943): all networks train for a share of it, the better
half goes on from where it stopped, and the last ones train to the end, if they can with two seeds.
"""

from __future__ import annotations

import statistics
import tempfile
import time
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from inspect import signature
from math import ceil, inf, isnan
from pathlib import Path
from typing import Any
from urllib.parse import quote

from modelzoo.evaluation import MEASURES, evaluate, score_text
from modelzoo.interrupts import answered, never_lost
from modelzoo.leaderboard import Comparison, Row

FINALISTS = 2  # networks that are to be trained to the end where the time is limited
FINAL_SEEDS = 2
_INTERRUPTED = "interrupted"  # how the warning begins with which training says that Ctrl-C ended it


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
        estimator = _seeded(candidate.estimator, seed)
        row = Row(candidate.name, candidate.baseline, {}, estimator=estimator)
        begin, limit = time.monotonic(), None
        accepted = signature(estimator.fit).parameters
        options: dict[str, Any] = {}
        if self.folder is not None and "checkpoint_dir" in accepted:
            options["checkpoint_dir"] = folder_of(self.folder, candidate.name, seed)
        if seconds is not None and "callbacks" in accepted:
            from modelzoo.estimators.pausing import TimeLimit

            limit = TimeLimit(begin + seconds)
            options["callbacks"] = [limit]
        try:
            with never_lost():
                fit_to_the_end(estimator, *self.train, **options)
                row = replace(row, seconds=time.monotonic() - begin)
                scores = evaluate(self.task, estimator, *self.test, **self.options)
        except Exception as error:  # whatever it is, the others are to have their turn
            return replace(row, error=error)
        return replace(
            row,
            scores=scores,
            bound=scores.bound,
            parameters=getattr(estimator, "n_params_", None),
            cut=limit is not None and limit.reached,
            overhead=0.0 if limit is None else time.monotonic() - begin - limit.trained,
        )


def run(
    trial: Trial,
    candidates: Sequence[Candidate],
    *,
    seeds: int = 1,
    budget_s: float | None = None,
    n_jobs: int | None = None,
    show: bool = False,
) -> Comparison:
    """Fits and scores candidates.

    Args:
        trial: On what.
        candidates: Of unlike names, baselines first.
        seeds: With how many seeds each network is fitted where the time is not limited.
        budget_s: About how many seconds all of it may take; None for no limit.
        n_jobs: How many are fitted at a time, as joblib takes it.
        show: Whether to print a line for each that is done, and in a terminal how far it is.

    Returns:
        The leaderboard. Ctrl-C ends it with what was finished by then, and a warning.

    Raises:
        Exception: What the first candidate raised, where every one of them failed.
    """
    fits = _Fits(trial, n_jobs, show)
    until = None if budget_s is None else time.monotonic() + budget_s
    networks = [each for each in candidates if not each.baseline]
    interrupted = False
    try:
        fits.add((each, 0) for each in candidates if each.baseline)
        if until is None:
            fits.add((each, seed) for seed in range(seeds) for each in networks)
        else:
            _halve(fits, networks, until)
    except KeyboardInterrupt:
        answered()
        interrupted = True
        warnings.warn(
            f"interrupted: {len(fits.rows)} of {len(candidates)} candidates were finished",
            stacklevel=3,
        )
    # What is cheaper stands first: of equals it stays in front.
    rows = [fits.row(each) for each in candidates if each.key in fits.rows]
    errors = [row.error for row in rows if row.error is not None]
    if errors and len(errors) == len(rows) and not interrupted:
        raise errors[0]  # then it is the data or a parameter that cannot be used
    return Comparison(trial.task, _ranked(trial.task, rows), interrupted, trial.test)


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


class _Fits:
    """What was fitted so far.

    Attributes:
        trial: On what.
        rows: Of each candidate by key, of each seed the latest row.
    """

    def __init__(self, trial: Trial, n_jobs: int | None, show: bool):
        self.trial = trial
        self.rows: dict[tuple[bool, str], dict[int, Row]] = {}
        self._n_jobs, self._show = n_jobs, show

    def add(self, runs: Iterable[tuple[Candidate, int]], until: float | None = None) -> None:
        """Fits candidates with a seed each; with a time, which they share evenly, until then.

        Who has a score already is passed over where its share would not do for more: to set it up
        again, or to train as long with another seed.
        """
        from joblib import Parallel, delayed, effective_n_jobs

        runs = list(runs)
        workers = min(effective_n_jobs(self._n_jobs), len(runs))

        def tasks() -> Iterator[Any]:
            """One by one: what one leaves of its time, those after it have."""
            for done, (candidate, seed) in enumerate(runs):
                seconds = None
                if until is not None:
                    share = (until - time.monotonic()) / ceil((len(runs) - done) / workers)
                    known = self.rows.get(candidate.key, {})
                    seconds = max(0.0, share - self._overhead(candidate))
                    more = bool(seconds) if seed in known else share >= self._took(candidate)
                    if known and not more:
                        continue
                yield delayed(_numbered)(done, self.trial, candidate, seed, seconds)

        parallel = Parallel(
            n_jobs=self._n_jobs, return_as="generator_unordered", pre_dispatch="n_jobs"
        )
        with _progress(len(runs), self._show) as tell:
            for number, row in parallel(tasks()):
                candidate, seed = runs[number]
                known = self.rows.setdefault(candidate.key, {})
                if seed in known:  # it went on
                    row = replace(row, seconds=row.seconds + known[seed].seconds)
                known[seed] = row
                tell(_told(self.trial.task, row))

    def _overhead(self, candidate: Candidate) -> float:
        """What a network needs beside its training; of one that is new, the most of any."""
        own = self.rows.get(candidate.key)
        rows = (row for each in ([own] if own else self.rows.values()) for row in each.values())
        return max((row.overhead for row in rows), default=0.0)

    def _took(self, candidate: Candidate) -> float:
        """What the first seed of a network took."""
        return next((row.seconds for row in self.rows.get(candidate.key, {}).values()), 0.0)

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


def _numbered(number: int, trial: Trial, candidate: Candidate, *how: Any) -> tuple[int, Row]:
    """The row of a run, which may be done before those that began before it."""
    return number, trial.of(candidate, *how)


def _seeded(estimator: Any, seed: int) -> Any:
    """An unfitted copy, with another seed than the estimator's own if it has one."""
    from sklearn.base import clone

    copied = clone(estimator)
    own = getattr(estimator, "random_state", None)
    return copied.set_params(random_state=own + seed) if seed and isinstance(own, int) else copied


def _halve(fits: _Fits, networks: Sequence[Candidate], until: float) -> None:
    """Gives every network a little time, the better half more, and the last ones the most.

    All rounds take equally long, and half as long as the last ones have: first to train to the end,
    and with what is left then with another seed.
    """
    left, rounds = list(networks), _rounds(len(networks))
    with _kept(fits):
        for number in range(rounds):
            now = time.monotonic()
            share = (until - now) / (rounds - number + 2)
            fits.add(((each, 0) for each in left), now + share)
            left = _going_on(fits, left)
        for seed in range(FINAL_SEEDS):
            if left:
                fits.add(((each, seed) for each in left), until)


def _rounds(networks: int) -> int:
    """How often the better half of so many is chosen before the last ones are left.

    >>> _rounds(2), _rounds(3), _rounds(5)
    (0, 1, 2)
    """
    return 0 if networks <= FINALISTS else 1 + _rounds(ceil(networks / 2))


@contextmanager
def _kept(fits: _Fits) -> Iterator[None]:
    """Has networks keep checkpoints at least for now, from which they can go on."""
    trial = fits.trial
    with tempfile.TemporaryDirectory(prefix="modelzoo-trials-") as folder:
        if trial.folder is None:
            fits.trial = replace(trial, folder=folder)
        try:
            yield
        finally:
            fits.trial = trial


def _going_on(fits: _Fits, left: Sequence[Candidate]) -> list[Candidate]:
    """Which candidates are worth more training: the better half, and slow starters.

    Those that score best go on, and so does who would be among the best half if every loss fell
    once more by as much as in the second half of its training.
    """
    ranked = _ranked(fits.trial.task, map(fits.row, left))
    sound = [row for row in ranked if row.error is None]
    count = ceil(len(left) / 2)
    promising = sorted(sound, key=lambda row: expected_loss(row.estimator))
    names = {row.name for row in [*sound[:count], *promising[:count]]}
    return [each for each in left if each.name in names]


def expected_loss(estimator: Any) -> float:
    """Where the loss of a network will be if it falls as it did in the second half of its training.

    Infinite for what has no history of its training.
    """
    history = getattr(estimator, "history_", {})
    losses = history.get("val_loss") or history.get("loss")
    if not losses:
        return inf
    now, before = min(losses), min(losses[: ceil(len(losses) / 2)])
    return now - (before - now)


def _ranked(task: str, rows: Iterable[Row]) -> tuple[Row, ...]:
    """Best first; what has no score, because it failed or the score is NaN, last."""
    sign = -1 if MEASURES[task][1] else 1
    return tuple(sorted(rows, key=lambda row: (isnan(row.score), sign * row.score)))


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
