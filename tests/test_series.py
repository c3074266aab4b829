"""What a forecaster may be handed, and how its time goes on."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelzoo.data.series import SeriesPanel, guess_season_length
from modelzoo.data.windows import Windows
from modelzoo.errors import InputError

FREQUENCIES = ["h", "30min", "D", "B", "W-SAT", "ME", "MS", "BME", "QS-JAN", "QE-DEC", "YE-DEC"]


def dated(frequency: str, steps: int = 14, zone: str | None = None) -> pd.Series:
    index = pd.date_range("2024-03-20", periods=steps, freq=frequency, tz=zone)
    forgetful = pd.DatetimeIndex(list(index))  # without the freq attribute, as read from a file
    return pd.Series(np.arange(steps, dtype=float), index=forgetful)


def through_json(panel: SeriesPanel) -> SeriesPanel:
    return SeriesPanel.from_state(json.loads(json.dumps(panel.state(), allow_nan=False)))


@pytest.mark.parametrize("zone", [None, "Europe/Vienna", "UTC"])
@pytest.mark.parametrize("frequency", FREQUENCIES)
def test_the_future_continues_any_frequency_also_after_saving_two_steps(frequency, zone):
    y = dated(frequency, 20, zone)
    panel = SeriesPanel.read(y.iloc[:14])
    future = panel.future_index(0, 6)
    assert future.equals(y.index[14:])
    again = through_json(panel.tail(2)).future_index(0, 6)
    assert again.equals(future) and again.dtype == future.dtype and again.freq == future.freq


def test_days_follow_each_other_across_the_change_to_summer_time():
    y = dated("D", 6, "Europe/Vienna")
    y.index = pd.date_range("2024-03-25", periods=6, freq="D", tz="Europe/Vienna")
    future = SeriesPanel.read(y).future_index(0, 3)
    assert [str(each) for each in future] == [
        "2024-03-31 00:00:00+01:00",
        "2024-04-01 00:00:00+02:00",
        "2024-04-02 00:00:00+02:00",
    ]


def test_periods_and_numbers_continue_with_their_step():
    quarters = pd.Series([1.0, 2.0], index=pd.period_range("2023Q3", periods=2, freq="Q"))
    assert [str(each) for each in SeriesPanel.read(quarters).future_index(0, 2)] == [
        "2024Q1",
        "2024Q2",
    ]
    pairs = pd.Series([1.0, 2.0], index=pd.period_range("2023-01", periods=2, freq="2M"))
    panel = SeriesPanel.read(pairs)
    assert [str(each) for each in panel.future_index(0, 2)] == ["2023-05", "2023-07"]
    assert through_json(panel).future_index(0, 2).equals(panel.future_index(0, 2))
    years = pd.Series([1.0, 2.0, 3.0], index=[1700.0, 1710.0, 1720.0])
    assert list(through_json(SeriesPanel.read(years)).future_index(0, 2)) == [1730, 1740]


def test_an_index_of_python_dates_is_a_time_index():
    y = dated("D", 5)
    y.index = pd.Index([each.date() for each in y.index], dtype=object)
    assert SeriesPanel.read(y).series[0].index.freqstr == "D"


def test_every_form_is_read_to_the_same_values():
    values = np.array([1.0, np.nan, 3.0, 4.0])
    column = values[:, None]
    for y in (
        values,
        list(values),
        [1, None, 3, 4],
        pd.Series(values),
        pd.Series([1, None, 3, 4], dtype="Int64"),
        pd.DataFrame({"a": values}),
        column,
    ):
        panel = SeriesPanel.read(y)
        np.testing.assert_array_equal(panel.series[0].values, column)
        assert len(panel) == 1 and len(panel.channels) == 1
    assert SeriesPanel.read(panel) is panel


def test_a_long_frame_in_any_order_is_many_series():
    panel = SeriesPanel.read(long_frame().sample(frac=1, random_state=1).astype({"ds": str}))
    by_name = {one.id: one.values[:, 0].tolist() for one in panel.series}
    assert by_name == {"a": list(range(5)), "b": list(range(7))}
    out = panel.forecast_frame([np.ones((2, 1, 3))] * 2, (0.1, 0.5, 0.9))
    assert list(out.columns) == ["unique_id", "ds", 0.1, 0.5, 0.9] and len(out) == 4
    assert out.loc[out["unique_id"] == "a", "ds"].tolist() == list(
        pd.date_range("2024-03-25", periods=2)
    )


def long_frame() -> pd.DataFrame:
    parts = [dated("D", n).rename_axis("ds").rename("y").reset_index() for n in (5, 7)]
    return pd.concat([part.assign(unique_id=i) for part, i in zip(parts, "ab", strict=True)])


def test_series_and_times_may_stand_in_the_index():
    frame = long_frame()
    pairs = frame.set_index(["unique_id", "ds"])
    for y in (
        frame.set_index("unique_id"),
        pairs,
        pairs["y"],
        pairs.rename(columns={"y": "sales"}).rename_axis(["shop", "day"]),
        frame.set_index(["ds", "unique_id"])["y"],
        pairs["y"].rename("sales").rename_axis([None, None]),
    ):
        panel = SeriesPanel.read(y)
        assert panel.form == "long" and panel.channels == ["y"]
        assert {one.id: one.values[:, 0].tolist() for one in panel.series} == {
            "a": list(range(5)),
            "b": list(range(7)),
        }
        assert panel.series[0].index.freqstr == "D"


def test_a_dict_names_its_series():
    panel = SeriesPanel.read({"a": [1.0, 2.0], "b": pd.Series([3.0, 4.0, 5.0], name="other")})
    assert [one.id for one in panel.series] == ["a", "b"]
    assert [len(one) for one in panel.series] == [2, 3]
    out = panel.forecast_frame([np.ones((1, 1, 1))] * 2, (0.5,))
    assert out["unique_id"].tolist() == ["a", "b"]
    with pytest.raises(InputError, match="names no series"):
        SeriesPanel.read({})
    with pytest.raises(InputError, match=r"series 'b' is 3\.0"):
        SeriesPanel.read({"a": [1.0], "b": 3.0})


def test_dates_in_an_index_may_be_text():
    y = dated("D", 5)
    text = y.set_axis(y.index.strftime("%Y-%m-%d"))
    for each in (text, text.to_frame(), text.set_axis(text.index.astype(object))):
        index = SeriesPanel.read(each).series[0].index
        assert index.freqstr == "D" and index[0] == y.index[0]


def test_a_list_of_sequences_is_many_series_named_by_place_or_by_their_names():
    panel = SeriesPanel.read([[1.0, 2.0], np.arange(5)])
    assert [one.id for one in panel.series] == [0, 1]
    assert [len(one) for one in panel.series] == [2, 5]
    named = SeriesPanel.read([pd.Series([1.0], name="x"), pd.Series([2.0], name="z")])
    assert [one.id for one in named.series] == ["x", "z"]


def test_forecasts_of_one_series_have_a_column_a_quantile():
    y = dated("MS")
    out = SeriesPanel.read(y).forecast_frame([np.arange(6.0).reshape(2, 1, 3)], (0.1, 0.5, 0.9))
    assert list(out.columns) == [0.1, 0.5, 0.9]
    assert out.index[0] == pd.Timestamp("2025-06-01") and out[0.5].tolist() == [1.0, 4.0]


def test_forecasts_of_channels_have_pairs_of_channel_and_quantile():
    y = pd.DataFrame({"gas": [1.0, 2.0], "oil": [3.0, 4.0]})
    out = SeriesPanel.read(y).forecast_frame([np.arange(8.0).reshape(2, 2, 2)], (0.1, 0.9))
    assert out[("oil", 0.1)].tolist() == [2.0, 6.0]
    assert out.columns.names == ["channel", "quantile"]
    with pytest.raises(InputError, match=r"shape \(horizon, 2, 2\), got \(2, 1, 2\)"):
        SeriesPanel.read(y).forecast_frame([np.zeros((2, 1, 2))], (0.1, 0.9))


@given(
    st.lists(
        st.one_of(st.none(), st.floats(-1e38, 1e38)),
        min_size=1,
        max_size=20,
    ).filter(lambda values: any(v is not None for v in values)),
    st.integers(1, 25),
)
@settings(max_examples=40, deadline=None)
def test_state_keeps_every_bit_of_the_tail(values, keep):
    panel = SeriesPanel.read([values]).tail(keep)
    again = through_json(panel)
    np.testing.assert_array_equal(again.series[0].values, panel.series[0].values)
    assert again.series[0].index.equals(panel.series[0].index)
    assert again.future_index(0, 3).equals(panel.future_index(0, 3))
    assert (again.channels, again.form) == (panel.channels, panel.form)


def test_state_keeps_names_that_are_pairs_or_numpy_numbers():
    y = pd.DataFrame({("a", 1): [1.0], ("b", 2): [2.0]})
    assert through_json(SeriesPanel.read(y)).channels == [("a", 1), ("b", 2)]
    frame = pd.DataFrame({"unique_id": np.array([7]), "ds": [1], "y": [1.0]})
    assert through_json(SeriesPanel.read(frame)).series[0].id == 7


def test_two_stamps_without_a_frequency_are_read_but_cannot_be_continued():
    panel = SeriesPanel.read(dated("D", 2))
    with pytest.raises(InputError, match="do not tell the frequency"):
        panel.future_index(0, 1)


SEASONS = {
    **{"h": 24, "2h": 12, "30min": 48, "5min": 288, "min": 1, "D": 7, "2D": 1, "B": 5},
    **{"W-SAT": 52, "MS": 12, "BME": 12, "2MS": 6, "QS": 4, "YE": 1, None: 1},
}


@pytest.mark.parametrize(
    ("frequency", "season"),
    SEASONS.items(),
)
def test_the_season_is_guessed_from_the_frequency(frequency, season):
    assert guess_season_length(frequency) == season


def test_the_season_of_an_index_is_that_of_its_frequency():
    assert guess_season_length(pd.period_range("2020", periods=3, freq="Q")) == 4
    assert guess_season_length(pd.RangeIndex(5)) == 1
    assert SeriesPanel.read(dated("h")).season_length == 24
    with pytest.raises(InputError, match="no frequency"):
        guess_season_length("fortnight")


@given(
    st.lists(st.integers(1, 40), min_size=1, max_size=4),
    st.integers(1, 8),
    st.integers(1, 6),
    st.floats(0.0, 0.6),
    st.integers(0, 3),
)
@settings(max_examples=80, deadline=None)
def test_validation_targets_never_lie_in_training_targets(lengths, context, horizon, share, least):
    values = [np.arange(n, dtype=float)[:, None] + 1000 * i for i, n in enumerate(lengths)]
    windows = Windows(values, context, horizon)
    train, validation = windows.split(share, min_context=least)
    taught = set(windows.cut(train)[1].ravel().tolist())
    checked = set(windows.cut(validation)[1].ravel().tolist())
    assert not taught & checked and not np.isnan(list(taught | checked)).any()
    for i, n in enumerate(lengths):
        if n >= least + horizon:
            assert taught & set(values[i].ravel().tolist())


def test_windows_are_cut_like_slices_and_padded_in_front():
    values = [np.arange(5.0)[:, None], 10 + np.arange(3.0)[:, None]]
    windows = Windows(values, context=2, horizon=2)
    assert windows.positions(min_context=2).tolist() == [[0, 2], [0, 3]]
    contexts, targets = windows.cut(np.array([[0, 3], [1, 1]]))
    np.testing.assert_array_equal(contexts[..., 0], [[1, 2], [np.nan, 10]])
    np.testing.assert_array_equal(targets[..., 0], [[3, 4], [11, 12]])
    np.testing.assert_array_equal(windows.last()[..., 0], [[3, 4], [11, 12]])
    with pytest.raises(InputError, match="at least 1"):
        Windows(values, context=0, horizon=1)


def test_channels_are_matched_by_name_not_by_order():
    table = pd.DataFrame({"a": [1.0, 2, 3], "b": [10.0, 20, 30]})
    panel = SeriesPanel.read([table, table[["b", "a"]]])
    np.testing.assert_array_equal(panel.series[1].values, table)
    joined = SeriesPanel.read(table).append(table[["b", "a"]])
    np.testing.assert_array_equal(joined.series[0].values[3:], table)
    with pytest.raises(InputError, match=r"\['b', 'c'\]"):
        SeriesPanel.read([table, table.rename(columns={"a": "c"})[["b", "c"]]])


def test_named_series_of_a_list_are_continued_by_name():
    one, two = (pd.Series([1.0, 2, 3], name=name) for name in "pq")
    joined = SeriesPanel.read([one, two]).append([two * 10, one])
    assert joined.series[0].values.ravel().tolist() == [1, 2, 3, 1, 2, 3]


def test_single_channels_are_cut_as_all_of_them_are():
    values = [np.arange(20.0).reshape(10, 2), 100 + np.arange(12.0).reshape(6, 2)]
    windows = Windows(values, context=4, horizon=2)
    rows = np.array([[0, 2, 1], [1, 4, 0], [0, 8, 0]])
    contexts, targets = windows.cut(rows[:, :2])
    channel = np.arange(3), slice(None), rows[:, 2]
    some, ahead = windows.cut_channels(rows)
    np.testing.assert_array_equal(some, contexts[channel])
    np.testing.assert_array_equal(ahead, targets[channel])
