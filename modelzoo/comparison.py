"""Fits networks and baselines on the same data, scores them alike, and says what came of it."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from numbers import Integral
from pathlib import Path
from typing import Any

from modelzoo.advisor import recommend
from modelzoo.baselines import baselines_for
from modelzoo.data.reading import Roles
from modelzoo.data.series import SeriesPanel
from modelzoo.errors import InputError, UnknownNameError, check_positive, check_whole
from modelzoo.leaderboard import Comparison
from modelzoo.tournament import run
from modelzoo.trials import Candidate, Trial

_NETWORKS = 3  # of the recommended ones, where none is named


def compare(
    task: str,
    train: Any,
    test: Any,
    models: Iterable[str] | Mapping[str, Any] | None = None,
    *,
    baselines: bool = True,
    seeds: int = 1,
    budget_s: float | None = None,
    n_jobs: int | None = None,
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
        test: What to score on, the same way; for forecasting what follows the training series. With
            `budget_s` it decides who goes on, too, which flatters the winner's score a little: hold
            out another part where that matters.
        models: Names of architectures; or a mapping from names to show to unfitted estimators,
            which are cloned and keep their own parameters, also the seed; None for the first three
            architectures that :func:`modelzoo.recommend` suggests for the data.
        baselines: Whether the task's baselines take part.
        seeds: With how many seeds each network is fitted; its scores are the means then, beside
            their spread. They follow the network's own; one without draws a fresh one each time.
        budget_s: About how many seconds it may take; None for as long as it takes. With a limit all
            networks train for a share of it, the better half and slow starters go on from there,
            and the last ones train to the end, with two seeds where there is time for it, in place
            of ``seeds``. Who had to stop before is told so. Baselines take the time they take, and
            so does setting a network up to train its first batch.
        n_jobs: How many are fitted at a time, as joblib takes it, in whose ``parallel_config`` a
            cluster of Dask or Ray does the work; None for one after the other, or for what the
            context says. Checkpoints are then in a folder that every worker sees, and each worker
            has a process of its own (Dask: ``threads_per_worker=1``).
        random_state: Seed of the baselines that have one and of the networks that are made here;
            of several seeds the first.
        verbose: 0 silent, 1 a line for each that is fitted, and in a terminal how many are done,
            ``"auto"`` 1 in a terminal else 0.
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
        InputError: There is nothing to compare, a number is out of its range, or what is to be
            compared is no estimator.
        Exception: What the first candidate raised, where every one of them failed.

    >>> texts, moods = ["good fun", "good film", "so bad", "bad film"], ["+", "+", "-", "-"]
    >>> later = ["a good one", "too bad"], ["+", "-"]
    >>> found = compare("classification", (texts, moods), later, models=[])
    >>> found.measure, found.rows[0].name, found.rows[0].score
    ('accuracy', 'TF-IDF + logistic regression', 1.0)
    """
    if verbose not in (0, 1, "auto"):
        raise InputError(f"verbose must be 0, 1 or 'auto', got {verbose!r}")
    check_whole("seeds", seeds)
    if n_jobs is not None and (not isinstance(n_jobs, Integral) or not n_jobs):
        raise InputError(f"n_jobs must be a whole number but 0, or None, got {n_jobs!r}")
    if budget_s is not None:
        check_positive("budget_s", budget_s)
    show = sys.stdout.isatty() if verbose == "auto" else bool(verbose)
    (X, y), held_out = _part(train), _part(test)
    options: dict[str, Any] = {}
    if task == "forecasting":
        options = {"after": X, "season_length": parameters.get("season_length")}
    seeded = parameters | {"random_state": random_state}
    simple = baselines_for(task, X, **seeded) if baselines else []
    candidates = [
        *(Candidate(name, baseline, baseline=True) for name, baseline in simple),
        *(Candidate(name, network) for name, network in _networks(task, X, models, seeded)),
    ]
    if not candidates:
        raise InputError("there is nothing to compare: name models, or let baselines take part")
    _check_names(task, parameters, [each.estimator for each in candidates])
    trial = Trial(task, (X, y), held_out, options, checkpoint_dir)
    return run(trial, candidates, seeds=seeds, budget_s=budget_s, n_jobs=n_jobs, show=show)


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
        for name, each in models.items():
            if not hasattr(each, "fit") or not hasattr(each, "get_params"):
                raise InputError(
                    f"{name!r} is no estimator, which has fit and get_params: {each!r}"
                )
            yield name, each
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
