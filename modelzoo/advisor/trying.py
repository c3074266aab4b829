"""Short trials of the recommended architectures on one's own data, a part of which is held out.

One held-out part, and networks that had to stop early, tell less than they seem to: of series such
trials choose worse by themselves than experience with other problems does (docs/advisor.md). So the
order that results rests on both.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from modelzoo.advisor.answer import Recommendation
from modelzoo.advisor.experience import WORST
from modelzoo.advisor.need import Need
from modelzoo.advisor.profile import text_column
from modelzoo.errors import InputError

if TYPE_CHECKING:
    from modelzoo.leaderboard import Comparison

_SEED = 0
LEAST_GAIN = 0.1  # of the simplest baseline's loss: less tells one held-out part from another


def try_out(
    need: Need,
    data: Any,
    ranked: Sequence[Recommendation],
    top: int,
    budget_s: float,
) -> tuple[Comparison, list[str]]:
    """Trains architectures and baselines on most of the data, and scores them on the rest.

    Args:
        need: What is asked for.
        data: What `recommend` was given.
        ranked: The candidates, best first.
        top: How many of the architectures take part, and how many of the baselines; the simplest
            does in any case.
        budget_s: About how many seconds it may take.

    Returns:
        The leaderboard, and the names of those that have a score, in the order of `by_both`.

    Raises:
        InputError: There is no data, it is too little to hold some out, its labels are missing, or
            task or horizon are.
    """
    from modelzoo.baselines import baselines_for
    from modelzoo.estimators import create
    from modelzoo.tournament import run
    from modelzoo.trials import Candidate, Trial

    train, test, parameters = parts_of(need, data)
    options: dict[str, Any] = {}
    if need.task == "forecasting":
        options = {"after": train[0], "season_length": need.season_length}
    assert need.task is not None  # else there are no parts
    simple = baselines_for(need.task, train[0], random_state=_SEED, **parameters)
    settings = {"random_state": _SEED, "verbose": 0} | parameters
    wanted = [each.name for each in ranked if each.baseline][:top]
    candidates = [
        Candidate(name, each, baseline=True)
        for number, (name, each) in enumerate(simple)
        if number == 0 or name in wanted
    ]
    candidates += [
        Candidate(each.name, create(each.name, need.task, size=each.size, **settings))
        for each in [each for each in ranked if not each.baseline][:top]
    ]
    found = run(Trial(need.task, train, test, options), candidates, budget_s=budget_s)
    expected = {each.name: each.expected.charged for each in ranked if each.expected is not None}
    scores = {row.name: row.score for row in found.rows}
    return found, by_both(need.task, expected, scores, simplest=simple[0][0])


def by_both(
    task: str, expected: Mapping[str, float], scores: Mapping[str, float], simplest: str
) -> list[str]:
    """The order by what was expected of candidates and by what trials found, each counting half.

    What trials found counts as a scaled loss, 0 for the best and 1 for the simplest baseline; where
    nobody is clearly better than that, a tenth of its loss is the unit, or `TIE` of all answers.

    Args:
        task: The task, whose measure the scores are of.
        expected: What candidates are ranked by without trials; of one that is not here as much is
            expected as of the others on average.
        scores: Of the trials; who has none that is a number is left out.
        simplest: The name of the simplest baseline; where it has no score, the worst one is taken.

    >>> expected = {"net": 0.1, "bag": 0.5}
    >>> by_both("forecasting", expected, {"net": 0.7, "bag": 0.6, "last": 1.0}, "last")
    ['net', 'bag', 'last']
    >>> by_both("forecasting", expected, {"net": 0.9, "bag": 0.6, "last": 1.0}, "last")
    ['bag', 'net', 'last']
    """
    from modelzoo.evaluation import MEASURES, TIE

    is_share = MEASURES[task][1]  # of right answers; else an error
    losses = {
        name: 1 - score if is_share else score
        for name, score in scores.items()
        if math.isfinite(score)
    }
    if not losses:
        return []
    best, trivial = min(losses.values()), losses.get(simplest, max(losses.values()))
    gain = max(trivial - best, LEAST_GAIN * trivial, TIE if is_share else 1e-9)
    known = [expected[name] for name in losses if name in expected]
    usual = statistics.fmean(known) if known else 0.0
    both = {
        name: expected.get(name, usual) + min((loss - best) / gain, WORST)
        for name, loss in losses.items()
    }
    return sorted(both, key=lambda name: both[name])


def parts_of(need: Need, data: Any) -> tuple[tuple[Any, Any], tuple[Any, Any], dict[str, Any]]:
    """What to learn from, what is held out, and what an estimator has to be told of the data.

    A fifth of the rows or texts is held out, and of a series as many whole horizons as make a
    fifth, ten at most.

    Raises:
        InputError: As `try_out`.
    """
    from modelzoo.data import held_out
    from modelzoo.data.interchange import as_pandas
    from modelzoo.data.series import SeriesPanel
    from modelzoo.estimators.labelled_rows import flat_labels

    if data is None or need.task is None:
        missing = "data" if data is None else "the task"
        raise InputError(f"trials train on your own data for a task: give {missing} too")
    X, y = data, None
    if isinstance(data, tuple) and hasattr(data, "X") and hasattr(data, "y"):
        X, y = data.X, as_pandas(data.y)
    if need.task == "forecasting":
        if need.horizon is None:
            raise InputError("trials forecast: give the horizon, how many steps ahead")
        before, after = held_out.hold_out_horizons(SeriesPanel.read(X), need.horizon)
        told = {"horizon": need.horizon, "season_length": need.season_length}
        told = {name: value for name, value in told.items() if value is not None}
        return (before, None), (after, None), told
    X = as_pandas(X)
    if need.task == "generation" and y is None:
        column = text_column(X)
        if column is None and hasattr(X, "columns"):
            raise InputError(
                f"which column holds the texts? There are {list(X.columns)}: give that one alone"
            )
        texts = [X] if isinstance(X, str) else list(X if column is None else column)
        some, others = held_out.hold_out_texts(texts)
        return (some, None), (others, None), {}
    if y is None:
        raise InputError(
            "trials of classification need the labels: give data=modelzoo.datasets.Split(X, y), "
            "or a part of a dataset such as load_dataset(name).train"
        )
    if need.task == "classification":
        y = flat_labels(y)
        rows = held_out.hold_out_rows(held_out.single_labels(y))
    else:
        rows = held_out.hold_out_pairs(len(y))
    train, test = ((held_out.rows_of(X, each), held_out.rows_of(y, each)) for each in rows)
    return train, test, {}
