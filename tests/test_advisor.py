"""Recommendations: what is filtered, how the rest is ranked, and that the reasons are true."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelzoo import load_dataset, recommend, registry
from modelzoo.datasets import Split
from modelzoo.errors import InputError, UnknownNameError
from modelzoo.registry.cards import APPLICATIONS, TASKS

NAMES = registry.list_models()


@pytest.fixture
def no_table(monkeypatch):
    """Nothing was measured: traits rank."""
    monkeypatch.setattr("modelzoo.advisor.ranking.load_table", lambda: ((), frozenset()))


def names(recommended):
    return {each.name for each in recommended}


def excluded_architectures(found):
    return set(found.excluded) & set(NAMES)


@pytest.mark.parametrize("task", TASKS)
def test_every_task_gets_a_ranking_with_reasons_and_a_size(task):
    found = recommend(task, n_samples=500, length=100).architectures
    points = [each.points for each in found if each.expected is None]
    assert points == sorted(points, reverse=True)
    assert found[0].reasons
    for each in found:
        assert each.reasons or each.reservations
        assert each.size in registry.describe(each.name).sizes
        assert each.cost.parameters > 0


@pytest.mark.parametrize("task", TASKS)
def test_reasons_come_from_the_card(task):
    for each in recommend(task, n_samples=500, length=2_000).architectures:
        card = registry.describe(each.name)
        claims = {claim.text: claim for claim in (*card.strengths, *card.weaknesses)}
        for reason in (*each.reasons, *each.reservations):
            assert reason.source.startswith(("traits.", "tasks.", "applications"))
            if reason.evidence:
                claim = claims[reason.text]
                measured = (claim.measured.experiment,) if reason.effect else ()
                assert reason.evidence == (*measured, *claim.evidence)


def test_small_data_favours_small_appetites_and_plenty_favours_large_ones(no_table):
    small = recommend("classification", n_samples=300, length=40)[0]
    assert registry.describe(small.name).traits.data_appetite == "low"
    large = recommend("classification", n_samples=2_000_000, length=40)[0]
    assert registry.describe(large.name).traits.data_appetite == "high"


def test_long_inputs_with_middling_data_favour_linear_cost(no_table):
    best = recommend("classification", n_samples=20_000, length=5_000)[0]
    assert registry.describe(best.name).traits.cost == "linear"


def test_what_was_used_for_an_application_gains_by_it():
    for application, task in APPLICATIONS.items():
        for each in recommend(application=application).architectures:
            used = each.name in registry.list_models(application=application)
            assert used == any(reason.source.startswith("app") for reason in each.reasons)
        assert recommend(application=application).need.task == task


def test_constraints_leave_out_and_say_why():
    found = recommend("generation", streaming=True)
    assert names(found.architectures) == set(registry.list_models(streaming=True))
    assert excluded_architectures(found) == set(registry.list_models(streaming=False))
    assert all("cannot stream" in found.excluded[name] for name in excluded_architectures(found))
    found = recommend("forecasting", causal=True)
    assert names(found.architectures) == set(registry.list_models(causal=True))


def test_a_limit_on_parameters_holds_and_tells_the_number_that_failed():
    for limit in (3_000, 20_000, 300_000, 5e6):
        found = recommend("classification", n_samples=10**6, max_parameters=limit)
        assert all(each.cost.parameters <= limit for each in found)
        assert names(found.architectures) | excluded_architectures(found) == set(NAMES)
        for name in excluded_architectures(found):
            why = found.excluded[name]
            sizes = registry.describe(name).sizes
            fewest = min(registry.describe(name).cost(each).backbone_parameters for each in sizes)
            assert f"{fewest:,}" in why and f"{int(limit):,}" in why


def test_when_nothing_meets_the_need_it_says_so():
    found = recommend("forecasting", max_parameters=1)
    assert len(found) == 0 and not found
    assert "No architecture meets it" in repr(found)
    assert "No architecture meets it" in found._repr_html_()


def test_the_size_grows_with_the_data():
    def parameters(n_samples):
        found = recommend("classification", n_samples=n_samples, length=50)
        return {each.name: each.cost.parameters for each in found.architectures}

    few, many = parameters(30), parameters(100_000)
    assert all(few[name] < many[name] for name in NAMES)


def test_published_systems_are_not_suggested():
    for each in recommend("generation", n_samples=10**9, length=1_000).architectures:
        assert registry.describe(each.name).sizes[each.size].published is None


@pytest.mark.parametrize(
    ("task", "data", "expected"),
    [
        ("forecasting", [1.0] * 300, (1, 300, 1)),
        ("forecasting", np.zeros(300), (1, 300, 1)),
        ("forecasting", np.zeros((300, 2)), (1, 300, 2)),
        ("forecasting", np.zeros((7, 300, 2)), (7, 300, 2)),
        ("forecasting", [[1.0, 2.0], [1.0, 2.0, 3.0, 4.0]], (2, 3, None)),
        ("forecasting", pd.Series(range(50), index=range(100, 150)), (1, 50, 1)),
        (
            "forecasting",
            pd.DataFrame({"unique_id": list("aabb"), "ds": range(4), "y": range(4)}),
            (2, 2, None),
        ),
        ("classification", np.zeros((20, 8)), (20, 8, None)),
        ("classification", np.zeros((20, 8, 3)), (20, 8, 3)),
        ("classification", ["two words", "and then four words"], (2, 3, None)),
        ("classification", pd.Series(["a b", "c d"], index=[5, 9]), (2, 2, None)),
        ("classification", pd.DataFrame({"text": ["a b", "c d e f"]}, index=[5, 9]), (2, 3, None)),
        ("classification", pd.DataFrame({"a": [1.0, 2.0]}), (2, 1, None)),
        ("generation", "a single text of six words", (1, 6, None)),
        ("generation", ["", ""], (2, 1, None)),
        ("classification", [], (None, None, None)),
        (None, [[1, 2], [3, 4]], (2, 2, None)),
    ],
)
def test_the_size_of_the_data_is_read_from_its_shape(task, data, expected):
    need = recommend(task, data=data).need
    assert (need.n_samples, need.length, need.channels) == expected


def test_what_is_stated_wins_over_the_data():
    need = recommend("forecasting", data=[1.0] * 300, length=np.int64(5), n_samples=2).need
    assert (need.n_samples, need.length, need.channels) == (2, 5, 1)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"length": 0}, "length must be at least 1, got 0"),
        ({"length": 10**400}, r"length must be less than 2\*\*63"),
        ({"length": -3}, "at least 1"),
        ({"n_samples": 2.5}, "whole number"),
        ({"horizon": "12"}, "whole number"),
        ({"max_parameters": True}, "at least 1"),
        ({"max_parameters": float("nan")}, "whole number"),
        ({"streaming": "yes"}, "True, False or None"),
        ({"top": 0}, "top must be"),
        ({"data": 3}, "must have a length or a shape"),
    ],
)
def test_a_wrong_argument_is_told(wrong, message):
    with pytest.raises(InputError, match=message):
        recommend("forecasting", **wrong)


def test_an_unknown_task_or_application_is_told_with_the_nearest():
    with pytest.raises(UnknownNameError, match="did you mean 'forecasting'"):
        recommend("forcasting")
    with pytest.raises(UnknownNameError, match="did you mean 'weather-forecasting'"):
        recommend(application="weather_forecasting")


@pytest.mark.parametrize("known", [{}, {"streaming": True}, {"n_samples": 50, "length": 20}])
def test_without_task_application_and_data_there_is_nothing_to_rank_by(known):
    with pytest.raises(InputError, match=r"give the task .*forecasting.* or the application"):
        recommend(**known)


def test_recommendations_are_a_sequence_and_plain_data():
    found = recommend(application="weather-forecasting", length=500, horizon=24)
    assert found[0] is next(iter(found))
    assert len(found[:2]) == 2
    shown = json.loads(json.dumps(found.to_dict()))
    assert [each["name"] for each in shown["recommendations"]] == [each.name for each in found]
    assert shown["need"]["horizon"] == 24
    assert found[0].name in found._repr_html_()
    assert all(len(line) <= 96 for line in repr(found).splitlines())


def test_where_no_baseline_can_be_ranked_it_is_told_to_compare_with_them():
    few = recommend("forecasting", length=200, streaming=True).advice[0]
    assert "modelzoo compare" in few and "often does as well" in few
    assert "first" not in recommend("forecasting", length=10**7, streaming=True).advice[0]
    assert not recommend("forecasting", length=200).advice


def test_a_registered_model_without_formulas_can_be_recommended_but_not_under_a_limit():
    def nameless(*, width=8):
        return width

    registry.register(nameless, tasks={"forecasting": "strong"})
    try:
        found = recommend("forecasting", top=99)
        (mine,) = [each for each in found.architectures if each.name == "nameless"]
        assert mine.size is None and mine.cost is None and mine.expected is None
        assert "nameless" in repr(found) and "untested here" in repr(found)
        assert "not known" in recommend("forecasting", max_parameters=10**9).excluded["nameless"]
        assert "does not support" in recommend("generation").excluded["nameless"]
    finally:
        registry.unregister("nameless")


numbers = st.none() | st.integers(1, 10**12)


@settings(deadline=None, max_examples=60)
@given(
    task=st.sampled_from(TASKS),
    n_samples=numbers,
    length=numbers,
    vocabulary=numbers,
    horizon=numbers,
    max_parameters=numbers,
    streaming=st.sampled_from([None, True, False]),
)
def test_any_need_gets_an_answer(**need):
    found = recommend(**need)
    assert names(found.architectures) | excluded_architectures(found) == set(NAMES)
    assert bool(found.architectures) == any(not each.baseline for each in found)
    assert all(len(line) <= 96 for line in repr(found).splitlines())


def daily(noise: float, season: float, trend: float = 0.0, steps: int = 400) -> pd.Series:
    rng = np.random.default_rng(0)
    step = np.arange(steps)
    values = season * np.sin(2 * np.pi * step / 7) + trend * step + noise * rng.normal(size=steps)
    return pd.Series(values, pd.date_range("2024-01-01", periods=steps, freq="D"))


def test_a_series_tells_its_season_its_trend_and_its_noise():
    found = recommend("forecasting", data=daily(noise=0.1, season=3.0))
    profile = found.need.profile
    assert profile.season_length == 7
    assert profile.seasonal_strength > 0.95 and profile.noise < 0.05
    assert "seasonal strength 1.00 at 7 steps" in str(found.need)
    assert any("seasonal naive) has missed it" in each for each in found.advice)
    rising = recommend("forecasting", data=daily(noise=0.5, season=0.0, trend=0.1)).need.profile
    assert rising.trend_strength > 0.95 and rising.seasonal_strength < 0.3
    found = recommend("forecasting", data=daily(noise=1.0, season=0.0))
    assert found.need.profile.noise > 0.6
    assert any("neither trend nor a season of 7 steps" in each for each in found.advice)


@pytest.mark.parametrize("length", [1, 2, 7, 20, 21, 22, 30])
def test_short_and_constant_series_have_a_profile_too(length):
    for series in (daily(1.0, 1.0, steps=length), daily(0.0, 0.0, steps=length) + 0.1):
        profile = recommend("forecasting", data=series).need.profile
        assert profile.missing == 0 and profile.lengths == (length,) * 3
        assert profile.noise is None or 0 <= profile.noise <= 1
    assert profile.trend_strength is None  # of a constant


def test_what_repeats_itself_is_not_called_noise_where_no_season_is_known():
    step = np.arange(400)
    for values in (step % 2, np.sin(2 * np.pi * step / 8)):
        found = recommend("forecasting", data=values.astype(float))
        assert found.need.profile.noise is None
        assert not found.advice
    found = recommend("forecasting", data=daily(0.0, 0.0) + step % 2)
    assert 0.6 < found.need.profile.noise <= 1
    assert any("where it does not repeat itself otherwise" in each for each in found.advice)


def test_of_few_seasons_no_advice_is_drawn():
    assert not recommend("forecasting", data=daily(0.0, 3.0, steps=34)).advice
    assert len(recommend("forecasting", data=daily(0.0, 3.0, steps=36)).advice) == 1


def test_missing_values_and_lengths_are_told():
    series = daily(noise=0.1, season=3.0)
    series.iloc[10:50] = np.nan
    need = recommend("forecasting", data=series).need
    assert need.profile.missing == 0.1 and "10.0% missing" in str(need)
    rows = [np.zeros(length) for length in range(1, 101)]
    assert recommend("classification", data=rows).need.profile.lengths == (11, 50, 90)


def test_labels_tell_their_balance_and_texts_their_words():
    dataset = load_dataset("docstrings")
    need = recommend("classification", data=dataset.train).need
    assert need.profile.classes == len(set(dataset.train.y))
    assert need.profile.vocabulary > 100
    rows = Split(["a b", "c d", "e f"] * 10, ["spam"] * 27 + ["ham"] * 3)
    found = recommend("classification", data=rows)
    assert found.need.profile.largest_class == 0.9 and found.need.profile.vocabulary == 6
    assert any("right in 90% of the cases" in each for each in found.advice)


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (pd.DataFrame({"mood": [1, 1, 1, 0]}), (2, 0.75)),
        (np.array([[1], [1], [1], [0]]), (2, 0.75)),
        ([1, 1, 1, None], (1, 1.0)),
        ([["a", "b"], ["a"], [], ["b"]], (None, None)),  # several a row
        (np.eye(4), (None, None)),
        (5, (None, None)),
        ([], (None, None)),
    ],
)
def test_labels_of_any_form_are_counted_or_left(labels, expected):
    profile = recommend("classification", data=Split(["a b"] * 4, labels)).need.profile
    assert (profile.classes, profile.largest_class) == expected
    assert profile.vocabulary == 2


@pytest.mark.parametrize(
    ("task", "data"),
    [
        ("classification", [object(), object()]),
        ("classification", [[10**400, 1], [1, 2]]),
        ("classification", pd.DataFrame({"a": []})),
        ("generation", pd.DataFrame()),
        ("forecasting", [[10**400, 1], [1, 2]]),
        ("forecasting", np.full(30, np.nan)),
    ],
)
@pytest.mark.filterwarnings("error")
def test_data_that_no_estimator_takes_are_recommended_for_by_their_size(task, data):
    found = recommend(task, data=data)
    assert len(found) and json.dumps(found.to_dict(), allow_nan=False)
