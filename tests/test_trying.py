"""What trials of a recommendation learn from, and what they hold out of someone's data."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from modelzoo import recommend
from modelzoo.advisor.need import make_need
from modelzoo.advisor.trying import by_both, parts_of
from modelzoo.cli import main
from modelzoo.data.held_out import hold_out_rows, hold_out_steps, hold_out_texts
from modelzoo.data.series import SeriesPanel
from modelzoo.datasets import Split
from modelzoo.errors import InputError

SERIES = np.tile([1.0, 5.0, 2.0, 8.0], 25)  # 100 steps


def parts(task, data, **stated):
    need = make_need(task, None, data, **stated)
    return parts_of(need, data)


def test_of_rows_a_fifth_is_held_out_with_every_class_on_both_sides():
    data = Split([f"text {n}" for n in range(50)], ["+", "-", "-", "-", "-"] * 10)
    train, test, _ = parts("classification", data)
    assert (len(train[0]), len(test[0])) == (40, 10)
    assert sorted([*train[0], *test[0]]) == sorted(data.X)
    assert test[1].count("+") == 2 and train[1].count("+") == 8
    assert all(data.y[data.X.index(text)] == label for text, label in zip(*test, strict=True))


@pytest.mark.parametrize("form", [np.asarray, pd.DataFrame, list])
def test_rows_of_numbers_keep_their_form(form):
    X = form(np.arange(60.0).reshape(20, 3).tolist())
    train, test, _ = parts("classification", Split(X, np.arange(20) % 2))
    assert type(train[0]) is type(X) and (len(train[0]), len(test[0])) == (16, 4)


def test_a_column_called_x_is_a_channel_as_any_other():
    frame = pd.DataFrame({name: SERIES for name in "XyZ"})
    train, test, _ = parts("forecasting", frame, horizon=4)
    assert train[0].channels == test[0].channels == ["X", "y", "Z"]


def many(*lengths):
    return pd.concat(
        pd.DataFrame({"unique_id": str(n), "ds": range(n), "y": np.arange(n) + 0.5})
        for n in lengths
    )


@pytest.mark.parametrize(
    "series",
    [
        SERIES,
        pd.Series(SERIES, name="sales"),
        pd.DataFrame({"a": SERIES, "b": SERIES}),
        [SERIES, SERIES[:60]],
        (SERIES, SERIES[:60]),
        {"a": SERIES, "b": SERIES[:60]},
        many(100, 60),  # whose row numbers come twice
        many(60, 100).iloc[::-1],
    ],
    ids=["array", "series", "table", "list", "tuple", "dict", "long", "long, backwards"],
)
def test_of_series_in_any_form_the_last_horizons_of_each_are_held_out(series):
    (train, _), (test, _), told = parts("forecasting", series, horizon=4)
    whole = SeriesPanel.read(series)
    shortest = min(map(len, whole.series))
    assert {len(one) for one in test.series} == {shortest // 5 // 4 * 4}
    for one, before, after in zip(whole.series, train.series, test.series, strict=True):
        assert np.array_equal(np.concatenate([before.values, after.values]), one.values)
        assert before.index.append(after.index).equals(one.index)
    assert told == {"horizon": 4}


def test_labels_may_be_a_column_or_missing_here_and_there():
    X, y = [f"text {n}" for n in range(20)], ["a", None] * 10
    for labels in (y, np.array(y, object), pd.Series(y)):
        (_, train), (_, test), _ = parts("classification", Split(X, labels))
        assert (len(train), len(test)) == (16, 4)
    with pytest.warns(UserWarning, match="column-vector"):
        (_, train), _, _ = parts("classification", Split(X, np.arange(20).reshape(20, 1) % 2))
    assert train.shape == (16,)


def test_what_is_missing_at_the_ends_of_a_series_is_not_held_out():
    gaps = SERIES.copy()
    gaps[:10], gaps[80:], gaps[40] = np.nan, np.nan, np.nan
    (train, _), (test, _), _ = parts("forecasting", gaps, horizon=4)
    assert (len(train.series[0]), len(test.series[0])) == (54, 16)
    assert np.array_equal(test.series[0].values[:, 0], gaps[64:80])


def test_what_is_stated_of_a_series_does_not_change_what_is_held_out():
    (train, _), (test, _), _ = parts("forecasting", SERIES, horizon=4, length=10_000)
    assert (len(train.series[0]), len(test.series[0])) == (80, 20)


def test_series_that_are_too_short_are_left_out_and_told():
    with pytest.warns(UserWarning, match="1 of 2 series are shorter than 10 steps"):
        (train, _), (test, _), _ = parts("forecasting", [SERIES, SERIES[:9]], horizon=4)
    assert len(train) == len(test) == 1
    with pytest.raises(InputError, match=r"9 steps are too few .* give 10 at least"):
        parts("forecasting", SERIES[:9], horizon=4)


@pytest.mark.parametrize("form", [list, lambda texts: pd.DataFrame({"text": texts})])
def test_texts_in_a_list_or_a_table_are_held_out_whole(form):
    texts = [f"text {n}" for n in range(10)]
    (train, _), (test, _), _ = parts("generation", form(texts))
    assert test == ["text 4", "text 9"] and sorted([*train, *test]) == sorted(texts)


def test_pairs_stay_pairs():
    data = Split([f"in {n}" for n in range(10)], [f"out {n}" for n in range(10)])
    train, test, _ = parts("generation", data)
    assert test == (["in 4", "in 9"], ["out 4", "out 9"]) and len(train[0]) == len(train[1]) == 8


def test_short_series_of_a_long_frame_are_left_out():
    with pytest.warns(UserWarning, match="1 of 2 series are shorter than 10 steps"):
        before, after = hold_out_steps(many(40, 3).reset_index(drop=True), 4)
    assert (len(before), len(after)) == (36, 4)


def test_no_text_is_thrown_away_where_there_are_many():
    train, test = hold_out_texts([str(n) for n in range(10_000)])
    assert (len(train), len(test)) == (9000, 1000)


@pytest.mark.parametrize(
    ("task", "data", "stated", "message"),
    [
        ("forecasting", None, {"horizon": 4}, "give data too"),
        ("forecasting", SERIES, {}, "give the horizon"),
        ("classification", ["a", "b"], {}, "need the labels"),
        ("classification", Split(["a"] * 9, [["x"]] * 9), {}, "one label a row"),
        ("classification", Split(["a"] * 9, [("x",), ("x", "y"), ()] * 3), {}, "one label a row"),
        ("generation", [], {}, "no text"),
        ("generation", pd.DataFrame({"a": ["x"], "b": ["y"]}), {}, "which column holds the texts"),
        ("classification", Split(["a"] * 9, ["x"] * 9), {}, "two different labels"),
        ("classification", Split(["a"] * 3, ["x", "y", "x"]), {}, "at least five rows"),
        ("generation", ["."], {}, "too few to learn from"),
        ("generation", Split(["a"] * 3, ["b"] * 3), {}, "3 pairs are too few"),
    ],
)
def test_what_cannot_be_tried_is_told(task, data, stated, message):
    with pytest.raises(InputError, match=message):
        recommend(task, data=data, trials=True, **stated)


@pytest.mark.parametrize("wrong", [0, -3.0, True, "60"])
def test_the_time_of_trials_is_a_number_above_zero(wrong):
    with pytest.raises(InputError, match="trial_budget_s must be a number above 0"):
        recommend("forecasting", data=SERIES, horizon=4, trials=True, trial_budget_s=wrong)


def test_rows_must_be_five():
    with pytest.raises(InputError, match="at least five rows"):
        hold_out_rows(["a", "b", "a"])


def by_errors(expected, scores):
    return by_both("forecasting", expected, scores, "mean")


def test_what_trials_find_and_what_was_expected_count_alike():
    expected = {"net": 0.1, "bag": 0.5}
    # Half of what there is to gain over the mean is lost by the network: 0.1 + 0.5 against 0.5 + 0.
    assert by_errors(expected, {"net": 0.75, "bag": 0.5, "mean": 1.0})[:2] == ["bag", "net"]
    assert by_errors(expected, {"net": 0.65, "bag": 0.5, "mean": 1.0})[:2] == ["net", "bag"]
    right = {"net": 0.25, "bag": 0.5, "mean": 0.0}
    assert by_both("classification", expected, right, "mean")[:2] == ["bag", "net"]
    assert by_both("classification", expected, right | {"net": 0.35}, "mean")[0] == "net"


def test_where_nobody_is_clearly_better_than_the_simplest_what_was_expected_decides():
    expected = {"net": 0.1, "bag": 0.5, "mean": 1.0}
    losses = {"mean": 1.0, "net": 1.02, "bag": 1.01}
    assert by_errors(expected, losses) == ["net", "bag", "mean"]
    assert by_errors(expected, dict.fromkeys(losses, 0.0)) == ["net", "bag", "mean"]
    one_row_of_a_hundred = {"mean": 0.95, "bag": 0.95, "net": 0.94}
    found = by_both("classification", expected, one_row_of_a_hundred, "mean")
    assert found[:2] == ["bag", "net"]  # 0.5 + 0 against 0.1 + 0.01 / 0.02
    assert by_both("classification", expected, dict.fromkeys(losses, 1.0), "mean")[0] == "net"


def test_of_one_that_nothing_is_known_of_as_much_is_expected_as_of_the_others():
    losses = {"new": 0.5, "net": 0.6, "bag": 0.7, "mean": 1.0}
    assert by_errors({"net": 0.2, "bag": 0.4}, losses) == ["new", "net", "bag", "mean"]
    assert by_errors({}, losses) == ["new", "net", "bag", "mean"]


def test_who_has_no_score_is_left_out_and_the_worst_takes_the_place_of_the_simplest():
    nothing = float("nan")
    losses = {"net": 0.6, "bag": 0.7, "mean": nothing, "odd": nothing}
    assert by_errors({"bag": 0.1, "net": 1.5}, losses) == ["bag", "net"]
    assert by_errors({}, dict.fromkeys(losses, nothing)) == by_errors({}, {}) == []


def test_trials_and_what_was_expected_decide_the_order_and_are_shown():
    found = recommend(
        "forecasting",
        data=SERIES,
        horizon=4,
        season_length=4,
        top=1,
        trials=True,
        trial_budget_s=0.01,
    )
    names = [row.name for row in found.trials.rows]
    assert "seasonal naive" in names and sum(not row.baseline for row in found.trials.rows) == 1
    assert found[0].name in names and "The order rests half on what was expected" in str(found)
    assert "Trials on the data" in str(found) and found.trials.verdict in found._repr_html_()
    assert found.to_dict()["trials"]["rows"][0]["name"] == names[0]
    assert "Tie: take the cheaper" not in str(found)


def test_trials_need_a_file(capsys):
    assert main(["recommend", "--task", "forecasting", "--trials"]) == 2
    assert "--trials train on your own data: say --data FILE too" in capsys.readouterr().err
