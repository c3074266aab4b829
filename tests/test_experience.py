"""What the advisor expects of candidates, by a table of what they did elsewhere."""

from __future__ import annotations

import math
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelzoo.advisor.experience import (
    TIME_CHARGE,
    WORST,
    Problem,
    expectations,
    features_of,
    kind_of,
    load_table,
)
from modelzoo.advisor.need import make_need
from modelzoo.datasets import Split


def problem(name, length, losses, family=None, **others):
    usual = {
        "task": "classification",
        "kind": "texts",
        "trivial": 0.5,
        "seconds": dict.fromkeys(losses, 1.0),
    }
    features = {"length": length}
    return Problem(name, family or name, features=features, losses=losses, **usual | others)


# short: `bag` is best; long: `net` is
TABLE = [
    *(problem(f"short {n}", 1 + n / 100, {"bag": [0.1], "net": [0.3]}) for n in range(6)),
    *(problem(f"long {n}", 4 + n / 100, {"bag": [0.4], "net": [0.2]}) for n in range(6)),
]


def first(features, table=TABLE, kind="texts"):
    return expectations("classification", kind, features, table)[0]


@pytest.mark.parametrize(("length", "best"), [(1.0, "bag"), (4.0, "net")])
def test_what_was_best_on_near_problems_is_recommended(length, best):
    found = first({"length": length})
    assert (found.name, found.problems, found.families) == (best, 6, 6)


def test_far_from_everything_what_is_best_in_general_is_recommended():
    table = [*TABLE, problem("another long one", 4.5, {"bag": [0.45], "net": [0.1]})]
    for features in ({"length": 40.0}, {}, {"noise": 0.3}):
        found = first(features, table)
        assert (found.name, found.problems) == ("net", 0)


# `net` is best where a linear forecast gains something, `bag` where it does not
GAINS = [
    replace(
        problem(f"{length} {gain}", length, {"bag": [0.25 + gain], "net": [0.25 - gain]}),
        features={"length": length, "linear_gain": gain},
    )
    for length in (1.0, 4.0)
    for gain in (0.1, -0.1)
]


@pytest.mark.parametrize("length", [1.0, 4.0, 40.0])
def test_what_a_linear_forecast_gains_weighs_more_than_what_is_near(length):
    assert first({"length": length, "linear_gain": 0.1}, GAINS).name == "net"
    assert first({"length": length, "linear_gain": -0.08}, GAINS).name == "bag"
    halfway = expectations("classification", "texts", {"length": length, "linear_gain": 0}, GAINS)
    unknown = expectations("classification", "texts", {"length": length}, GAINS)
    for found in (halfway, unknown):
        assert found[0].gap == pytest.approx(found[1].gap)


def test_cuts_of_one_source_do_not_outvote_another():
    same = [problem(f"cut {n}", 2.0, {"bag": [0.1], "net": [0.4]}, family="one") for n in range(50)]
    table = [*same, *(problem(f"other {n}", 2.0, {"bag": [0.4], "net": [0.1]}) for n in range(3))]
    assert first({"length": 2.0}, table).name == "net"


def test_all_near_cuts_of_a_source_are_counted():
    cuts = [problem(f"cut {n}", 2.0, {"bag": [0.1]}, family="one") for n in range(9)]
    found = first({"length": 2.0}, cuts)
    assert (found.problems, found.families) == (9, 1)


def test_of_some_candidates_the_best_of_them_is_first_as_far_from_the_best_of_all():
    table = [problem(f"row {n}", 2.0, {"bag": [0.1], "net": [0.3], "bad": [0.4]}) for n in range(4)]
    features = {"length": 2.0}
    found = expectations("classification", "texts", features, table, among={"net", "bad", "new"})
    assert [each.name for each in found] == ["net", "bad"]
    assert found[0].tied and found[0].gap == pytest.approx(0.5)
    assert expectations("classification", "texts", features, table, among=()) == []


def test_a_problem_on_which_nothing_could_be_fitted_counts_for_nothing():
    features = {"length": 1.0}
    table = [*TABLE, problem("hard", 1.0, {})]
    assert expectations("classification", "texts", features, table) == (
        expectations("classification", "texts", features, TABLE)
    )


@pytest.mark.parametrize(
    ("difference", "slow", "quick", "order"),
    [
        (0.01, 20.0, 0.6, ["quick", "slow", "bad"]),  # hardly better, and takes far longer
        (0.03, 20.0, 0.6, ["slow", "quick", "bad"]),  # better enough
        (0.01, 0.9, 0.001, ["slow", "quick", "bad"]),  # nobody waits for either
    ],
)
def test_who_is_hardly_better_and_takes_far_longer_is_not_first(difference, slow, quick, order):
    rows = [
        problem(
            f"row {n}",
            2.0,
            {
                "slow": [0.2 + 0.06 * (-1) ** n],
                "quick": [0.2 + difference - 0.06 * (-1) ** n],
                "bad": [0.6],
            },
            seconds={"slow": slow, "quick": quick, "bad": 0.1},
        )
        for n in range(10)
    ]
    found = expectations("classification", "texts", {"length": 2.0}, rows)
    assert [each.name for each in found] == order
    assert [each.tied for each in found] == [True, True, False]
    charges = {each.name: each.charged - each.gap for each in found}
    expected = TIME_CHARGE * math.log10(slow) if slow > 1 else 0
    assert charges == pytest.approx({"slow": expected, "quick": 0, "bad": 0})


def test_between_equals_the_quicker_is_first():
    losses = {"slow": [0.2], "quick": [0.2], "bad": [0.6]}
    seconds = {"slow": 50.0, "quick": 2.0, "bad": 0.1}
    rows = [problem(f"row {n}", 2.0, losses, seconds=seconds) for n in range(3)]
    found = expectations("classification", "texts", {"length": 2.0}, rows)
    assert [each.name for each in found] == ["quick", "slow", "bad"]


def test_other_tasks_and_kinds_do_not_count():
    strange = [
        problem("numbers", 1.0, {"bag": [0.5], "net": [0.0]}, kind="numbers"),
        problem("forecasts", 1.0, {"bag": [9.0], "net": [0.1]}, task="forecasting"),
    ]
    assert expectations("classification", "texts", {"length": 1.0}, [*TABLE, *strange]) == (
        expectations("classification", "texts", {"length": 1.0}, TABLE)
    )
    assert expectations("generation", "texts", {}, TABLE) == []


def test_one_that_could_not_be_fitted_somewhere_is_judged_by_the_rest():
    table = [*TABLE, problem("no net", 4.0, {"bag": [0.4]})]
    assert first({"length": 4.0}, table).name == "net"


def test_who_fails_where_it_is_hard_does_not_lead():
    easy = [problem(f"easy {n}", 1.0, {"bag": [0.2], "net": [0.1]}) for n in range(4)]
    hard = [problem(f"hard {n}", 1.0, {"bag": [0.4]}, failed=frozenset({"net"})) for n in range(2)]
    found = {each.name: each for each in expectations("classification", None, {}, [*easy, *hard])}
    assert found["net"].gap == pytest.approx(2 * WORST / 6)
    assert found["net"].loss == 0.1  # of those that it could be fitted to
    assert found["bag"].gap == pytest.approx(4 * 0.25 / 6)
    assert next(iter(found)) == "bag"


@settings(deadline=None)  # a busy machine is no fault of theirs
@given(
    st.dictionaries(st.sampled_from("abcd"), st.lists(st.floats(0, 10), min_size=1), min_size=1),
    st.floats(0, 10),
)
def test_scaled_losses_lie_between_the_best_and_the_worst_that_counts(losses, trivial):
    scaled = problem("any", 1.0, losses, trivial=trivial).scaled()
    assert min(scaled.values()) == 0
    assert max(scaled.values()) <= WORST


@settings(deadline=None)  # a busy machine is no fault of theirs
@given(st.floats(-3, 8), st.floats(0, 1))
def test_an_expected_loss_lies_within_what_was_seen(length, noise):
    for each in expectations("classification", None, {"length": length, "noise": noise}, TABLE):
        assert 0.1 <= each.low <= each.loss <= each.high <= 0.4
        assert 0 <= each.gap <= WORST and each.error >= 0


def test_kinds_are_read_from_what_is_known():
    assert kind_of(make_need("generation", None, None)) == "texts"
    assert kind_of(make_need("forecasting", None, None)) == "numbers"
    assert kind_of(make_need("classification", None, None)) is None
    assert kind_of(make_need("classification", None, None, vocabulary=100)) == "texts"
    assert kind_of(make_need("classification", None, None, channels=2)) == "numbers"
    texts = Split(["a good film", "a bad film"], ["+", "-"])
    assert kind_of(make_need("classification", None, texts)) == "texts"
    sequences = Split([[[0.1], [0.2]], [[0.3]]], ["+", "-"])
    assert kind_of(make_need("classification", None, sequences)) == "numbers"
    column = pd.DataFrame({"review": ["a good film", "a bad film"]})
    assert kind_of(make_need("classification", None, column)) == "texts"
    columns = pd.DataFrame({"1": [0.1, 0.2], "2": [0.3, 0.4]})
    assert kind_of(make_need("classification", None, columns)) == "numbers"


def test_features_are_powers_of_ten():
    need = make_need("forecasting", None, None, n_samples=10, length=1000, horizon=10, channels=1)
    found = features_of(need)
    assert found["examples"] == pytest.approx(4)
    assert (found["sequences"], found["horizon"], found["channels"]) == (1, 1, 0)
    assert "noise" not in found


def test_the_table_that_ships_is_whole(registered):
    problems, baselines = load_table()
    assert len({each.name for each in problems}) == len(problems)
    for each in problems:
        assert each.features and each.trivial > 0
        assert set(each.losses) == set(each.seconds)
        assert set(each.losses) <= baselines | registered
        assert all(map(math.isfinite, each.features.values()))


@pytest.fixture(scope="module")
def registered():
    from modelzoo import registry

    return set(registry.list_models())
