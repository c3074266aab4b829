"""Fits and ranks candidates: all to the end, or as far as a time allows.

Where the time is limited, most of it goes to those that do well (successive halving: Jamieson and
Talwalkar, 2016, https://arxiv.org/abs/1502.07943): all networks train for a share of it, the better
half goes on from where it stopped, and the last ones train to the end, if they can with two seeds.
"""

from __future__ import annotations

import tempfile
import time
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from math import ceil, inf, isnan
from typing import Any

from modelzoo.evaluation import MEASURES
from modelzoo.interrupts import answered
from modelzoo.leaderboard import Comparison, Row
from modelzoo.trials import Candidate, Fits, Trial

FINALISTS = 2  # networks that are to be trained to the end where the time is limited
FINAL_SEEDS = 2


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
    until = None if budget_s is None else time.monotonic() + budget_s
    fits = Fits(trial, n_jobs, show)
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
            f"interrupted: {fits.finished} of {len(candidates)} candidates were finished",
            stacklevel=3,
        )
    # What is cheaper stands first: of equals it stays in front.
    rows = [fits.row(each) for each in candidates if each.key in fits.rows]
    errors = [row.error for row in rows if row.error is not None]
    if errors and len(errors) == len(rows) and not interrupted:
        raise errors[0]  # then it is the data or a parameter that cannot be used
    return Comparison(trial.task, _ranked(trial.task, rows), interrupted, trial.test)


def _halve(fits: Fits, networks: Sequence[Candidate], until: float) -> None:
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
            fits.add(((each, seed) for each in left), until)
            left = [each for each in left if fits.row(each).error is None]


def _rounds(networks: int) -> int:
    """How often the better half of so many is chosen before the last ones are left.

    >>> _rounds(2), _rounds(3), _rounds(5)
    (0, 1, 2)
    """
    return 0 if networks <= FINALISTS else 1 + _rounds(ceil(networks / 2))


@contextmanager
def _kept(fits: Fits) -> Iterator[None]:
    """Has networks keep checkpoints at least for now, from which they can go on."""
    trial = fits.trial
    with tempfile.TemporaryDirectory(prefix="modelzoo-trials-") as folder:
        if trial.folder is None:
            fits.trial = replace(trial, folder=folder)
        try:
            yield
        finally:
            fits.trial = trial


def _going_on(fits: Fits, left: Sequence[Candidate]) -> list[Candidate]:
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
