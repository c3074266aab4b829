"""Scores a fitted estimator on unseen data, in the same way for networks and baselines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from modelzoo.data.series import SeriesPanel
from modelzoo.errors import InputError
from modelzoo.walking import forecast_measures, mean_measures, walk_forward

# The measure that ranks, for each task, and whether more of it is better.
MEASURES = {
    "classification": ("accuracy", True),
    "forecasting": ("MASE", False),
    "generation": ("bits per character", False),
}
TIE = 0.02  # share of an error, or of all answers, below which one test part tells no two apart


class Scores(dict[str, float]):
    """Measures by name, the one that ranks first.

    Attributes:
        bound: Whether that one is an upper bound instead of exact, as a masked model's is.
    """

    def __init__(self, measures: Mapping[str, float], bound: bool = False) -> None:
        super().__init__(measures)
        self.bound = bound


def evaluate(
    task: str,
    estimator: Any,
    X: Any,
    y: Any = None,
    *,
    after: Any = None,
    season_length: int | None = None,
) -> Scores:
    """Scores a fitted estimator.

    Args:
        task: ``"classification"``, ``"forecasting"`` or ``"generation"``.
        estimator: A fitted network or baseline for that task.
        X: What it has not seen; for forecasting the continuation of ``after``.
        y: The labels, of any hashable type, or the completions of prompts X for generation.
        after: The training series, for forecasting.
        season_length: Steps in a season, for MASE; by default what the time index suggests.

    Returns:
        The measures by name; the first is the task's entry in ``MEASURES``, and ``bound`` says
        whether it is an upper bound.

    Raises:
        InputError: Forecasts are to be scored and ``after`` is missing, or classes and there is not
            one label for each example.
    """
    if task == "classification":
        if y is None:
            raise InputError("classes are scored against the true labels: give them as `y`")
        labels = y.shape[0] if hasattr(y, "shape") else len(y)  # a sparse matrix has no length
        if len(X) != labels:
            raise InputError(f"X has {len(X)} examples, y {labels} labels: give one for each")
        # The estimator compares label by label: an array would turn mixed labels into text.
        return Scores({"accuracy": float(estimator.score(X, y))})
    if task == "generation":
        measured = estimator.perplexity(X) if y is None else estimator.perplexity(X, y)
        bits = float(measured.bits_per_character)
        return Scores({"bits per character": bits}, bound=bool(measured.bound))
    if after is None:
        raise InputError("forecasts are scored on what follows a series: give it as `after`")
    train, test = (SeriesPanel.read(each, estimator.roles) for each in (after, X))
    return Scores(_evaluate_forecasts(estimator, train, test, season_length))


def beats(task: str, score: float, baseline: float) -> bool:
    """Whether a score of a task's ranking measure is better than a baseline's.

    >>> beats("forecasting", 0.8, 1.0), beats("classification", 0.8, 1.0)
    (True, False)
    """
    return score > baseline if MEASURES[task][1] else score < baseline


def ties(task: str, score: float, baseline: float) -> bool:
    """Whether two scores of a task's ranking measure are too close to call.

    Errors are when they differ by less than 2% of the baseline's, accuracies by less than 0.02.

    >>> ties("forecasting", 0.99, 1.0), ties("classification", 0.90, 0.95)
    (True, False)
    """
    margin = TIE if MEASURES[task][1] else TIE * abs(baseline)
    return score == baseline or abs(score - baseline) < margin


def score_text(score: float, bound: bool = False) -> str:
    """Writes a score for people; of an upper bound it says that it is one.

    >>> score_text(0.8), score_text(2.5, bound=True)
    ('0.800', '≤ 2.500')
    """
    return f"≤ {score:.3f}" if bound else f"{score:.3f}"


def verdict(
    task: str, name: str, score: float, baselines: Mapping[str, float], bound: bool = False
) -> str:
    """Says in words which baselines a network beats, and what to use.

    Args:
        task: ``"classification"``, ``"forecasting"`` or ``"generation"``.
        name: What the network is called.
        score: Its score by the task's ranking measure.
        baselines: The baselines' scores by name; NaN where one has none.
        bound: Whether the network's score is an upper bound: then it can win, but neither tie nor
            lose.

    Returns:
        A sentence without a full stop. A network that only ties loses the advice to the baseline,
        which is cheaper; one that beats some baselines and cannot be compared with others gets no
        advice. Empty where there is no baseline.

    >>> others = {"seasonal naive": 1.0, "drift": 0.81, "Theta": 0.7}
    >>> verdict("forecasting", "gru", 0.8, others)
    'gru beats seasonal naive; ties with drift; loses to Theta: use Theta instead'
    >>> verdict("forecasting", "gru", 0.6, others)
    'gru beats seasonal naive, drift and Theta: it earns its place'
    >>> verdict("generation", "bert", 2.5, {"n-gram": 2.2}, bound=True)
    'bert cannot be compared with n-gram'
    """
    found: dict[str, list[str]] = {}
    for other, reference in baselines.items():
        tied, better = ties(task, score, reference), beats(task, score, reference)
        if np.isnan(score) or np.isnan(reference) or (bound and (tied or not better)):
            relation = "cannot be compared with"
        elif tied:
            relation = "ties with"
        else:
            relation = "beats" if better else "loses to"
        found.setdefault(relation, []).append(other)
    order = ["beats", "ties with", "loses to", "cannot be compared with"]
    said = [f"{each} {_listed(found[each])}" for each in order if each in found]
    if not said:
        return ""
    enough = found.get("loses to") or found.get("ties with")
    if enough:
        rank = max if MEASURES[task][1] else min
        best = rank(enough, key=lambda other: baselines[other])
        advice = f": use {best} instead" if "loses to" in found else f": use {best}, it is cheaper"
    else:
        advice = ": it earns its place" if set(found) == {"beats"} else ""
    return f"{name} {'; '.join(said)}{advice}"


def _listed(words: Sequence[str]) -> str:
    """Joins words as a sentence does.

    >>> _listed(["a"]), _listed(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def _evaluate_forecasts(
    forecaster: Any, train: SeriesPanel, test: SeriesPanel, season_length: int | None
) -> dict[str, float]:
    """Forecasts every `horizon` steps from all that is known by then: each step is scored once."""
    whole = train.append(test)
    starts = [len(one) for one in train.series]
    forecasts = walk_forward(forecaster, whole, starts)
    levels = [float(level) for level in forecaster.quantiles]
    scores = []
    for one, start, quantiles in zip(whole.series, starts, forecasts, strict=True):
        if quantiles is not None:
            season = season_length or train.season_length
            truth, past = one.values[start:], one.values[:start]  # (H, C), (T, C)
            measures = forecast_measures(truth, quantiles, levels, past, season)
            scores += [measures] if measures else []
    if not scores:
        raise InputError("no true value is known: nothing can be scored")
    return mean_measures(scores)
