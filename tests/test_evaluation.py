"""Scores on unseen data: the same rules for every estimator."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from modelzoo.baselines import baselines_for
from modelzoo.errors import InputError
from modelzoo.evaluation import MEASURES, evaluate, verdict
from modelzoo.metrics import Perplexity
from modelzoo.quantile_forecasts import QuantileForecasts


class LastValue(QuantileForecasts):
    """Repeats the last value, with an interval one up and one down."""

    quantiles = (0.1, 0.5, 0.9)

    def __init__(self, horizon: int):
        self.horizon = horizon
        self.seen: list[int] = []

    def continued(self, panel, horizon):
        self.seen += [len(one) for one in panel.series]
        last = [np.repeat(one.values[-1:], horizon, axis=0)[..., None] for one in panel.series]
        return [flat + np.array([-1.0, 0.0, 1.0]) for flat in last]  # each (H, C, Q)


def test_every_step_is_forecast_once_from_all_that_is_known_by_then():
    forecaster = LastValue(horizon=3)
    scores = evaluate("forecasting", forecaster, np.arange(10.0, 17.0), after=np.arange(10.0))
    assert forecaster.seen == [10, 13, 16]  # seven steps: 3, 3 and the one that is left
    assert scores["MASE"] == pytest.approx((1 + 2 + 3 + 1 + 2 + 3 + 1) / 7)
    assert scores["coverage"] == pytest.approx(3 / 7)


def test_many_series_are_scored_one_by_one_and_averaged():
    days = pd.date_range("2024-01-01", periods=8, freq="D")
    frame = pd.concat(
        pd.DataFrame({"unique_id": name, "ds": days, "y": slope * np.arange(8.0)})
        for name, slope in (("slow", 1.0), ("fast", 10.0))
    )
    train, test = frame[frame.ds < days[6]], frame[frame.ds >= days[6]]
    scores = evaluate("forecasting", LastValue(2), test, after=train, season_length=1)
    assert scores["MASE"] == pytest.approx(1.5)  # each scaled by its own steps


def test_channels_are_scored_too():
    table = pd.DataFrame({"a": np.arange(12.0), "b": 5 * np.arange(12.0)})
    scores = evaluate("forecasting", LastValue(2), table[10:], after=table[:10])
    assert scores["MASE"] == pytest.approx(1.5)


def test_forecasts_need_the_series_that_they_follow():
    with pytest.raises(InputError, match="after"):
        evaluate("forecasting", LastValue(1), [1.0, 2.0])


class Echo:
    """Predicts what it is given, and counts by comparing one by one."""

    def score(self, X, y):
        return sum(one == other for one, other in zip(X, y, strict=True)) / len(X)


@pytest.mark.parametrize("labels", [[1, "x"], [("a", 1), ("b", 2)], [True, "no"], ["a", "b"]])
def test_accuracy_compares_labels_of_any_type_one_by_one(labels):
    assert evaluate("classification", Echo(), labels, labels) == {"accuracy": 1}
    X, y = ["good", "bad", "good"], [labels[0], labels[1], labels[0]]
    majority = dict(baselines_for("classification"))["majority class"].fit(X, y)
    assert evaluate("classification", majority, X, y)["accuracy"] == pytest.approx(2 / 3)


def test_classes_need_one_label_for_each_example():
    with pytest.raises(InputError, match="X has 3 examples, y 2 labels"):
        evaluate("classification", Echo(), [1, 2, 3], [1, 2])
    with pytest.raises(InputError, match="give them as `y`"):
        evaluate("classification", Echo(), [1, 2, 3])


@pytest.mark.parametrize(
    ("task", "X", "y"),
    [
        ("classification", ["good day", "bad day", "good night"], ["a", "b", "a"]),
        ("generation", ["abcabc", "abc"], None),
        ("forecasting", np.tile([1.0, 2.0, 3.0], 8), None),
    ],
)
def test_the_first_score_of_a_task_is_the_one_that_ranks(task, X, y):
    _, baseline = baselines_for(task, X=X)[0]
    baseline.fit(X, y)
    following = [1.0, 2.0] if task == "forecasting" else X
    scores = evaluate(task, baseline, following, y, after=X)
    assert next(iter(scores)) == MEASURES[task][0]


@pytest.mark.parametrize(
    ("error", "says", "advice"),
    [
        (0.50, "net beats naive, smoothing and theta", "it earns its place"),
        (0.785, "net beats naive and smoothing; ties with theta", "use theta, it is cheaper"),
        (0.815, "net beats naive and smoothing; ties with theta", "use theta, it is cheaper"),
        (0.99, "net beats naive; ties with smoothing; loses to theta", "use theta instead"),
        (4.00, "net loses to naive, smoothing and theta", "use theta instead"),
    ],
)
def test_a_network_is_told_in_words_whether_it_beats_the_baselines(error, says, advice):
    others = {"naive": 3.0, "smoothing": 1.0, "theta": 0.8}
    assert verdict("forecasting", "net", error, others) == f"{says}: {advice}"


def test_of_accuracies_the_larger_is_better_and_ties_are_points():
    said = verdict("classification", "net", 0.85, {"majority": 0.5, "linear": 0.86, "tree": 0.9})
    assert said == "net beats majority; ties with linear; loses to tree: use tree instead"


def test_a_perfect_score_ties_with_another():
    assert "ties with naive" in verdict("forecasting", "net", 0.0, {"naive": 0.0})


def test_a_score_that_is_no_number_wins_and_loses_nothing():
    nan = float("nan")
    others = {"naive": 1.0, "drift": nan}
    assert (
        verdict("forecasting", "net", nan, others) == "net cannot be compared with naive and drift"
    )
    said = verdict("forecasting", "net", 0.5, others)
    assert said == "net beats naive; cannot be compared with drift"
    assert verdict("forecasting", "net", 0.5, {}) == ""


def test_a_network_earns_its_place_against_all_baselines_or_not_at_all():
    nan = float("nan")
    for others in ({"naive": 1.0, "drift": nan}, {"drift": nan}):
        assert "earns" not in verdict("forecasting", "net", 0.5, others)
    said = verdict("forecasting", "net", 0.5, {"naive": 1.0, "drift": nan, "theta": 0.1})
    assert said.endswith(": use theta instead")  # what is lost is known all the same


def test_an_upper_bound_can_win_but_neither_tie_nor_lose():
    others = {"far above": 3.0, "just above": 2.01, "just below": 1.99, "far below": 1.0}
    said = verdict("generation", "net", 2.0, others, bound=True)
    unknown = "just above, just below and far below"
    assert said == f"net beats far above; cannot be compared with {unknown}"
    said = verdict("generation", "net", 2.0, {"far above": 3.0}, bound=True)
    assert said == "net beats far above: it earns its place"


class Surprised:
    """A language model whose figures are upper bounds, or not."""

    def __init__(self, bound):
        self.bound = bound

    def perplexity(self, X):
        return Perplexity.from_nats(len(X), len(X), len(X), bound=self.bound)


@pytest.mark.parametrize("bound", [True, False])
def test_an_evaluation_says_whether_it_is_an_upper_bound(bound):
    assert evaluate("generation", Surprised(bound), ["a"]).bound is bound
    assert evaluate("classification", Echo(), ["a"], ["a"]).bound is False
