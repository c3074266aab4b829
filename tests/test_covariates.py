"""What stands beside the series: past, future, static, and the calendar."""

from __future__ import annotations

import warnings
from dataclasses import replace

import keras
import numpy as np
import pandas as pd
import pytest
from architectures import each_architecture

import modelzoo
from modelzoo import Forecaster, registry
from modelzoo.data.calendar import choose_features
from modelzoo.data.roles import LONG_COLUMNS, Roles
from modelzoo.data.series import SeriesPanel
from modelzoo.errors import InputError, UnknownNameError
from modelzoo.evaluation import evaluate
from modelzoo.walking import forecast_measures

SMALLEST = min(registry.list_models(), key=lambda name: registry.describe(name).cost().parameters)
DAYS = pd.date_range("2024-01-01", periods=400, freq="D")
RANDOM = np.random.default_rng(0)
PRICE = RANDOM.normal(size=400)
PROMOTION = RANDOM.choice(["none", "tv", "web"], 400, p=[0.6, 0.2, 0.2])
LIFT = pd.Series(PROMOTION).map({"none": 0.0, "tv": 3.0, "web": 6.0}).to_numpy()
SALES = 20 + 2 * PRICE + LIFT + 0.2 * RANDOM.normal(size=400)
TABLE = pd.DataFrame({"sales": SALES, "price": PRICE, "promotion": PROMOTION}, index=DAYS)
FUTURE = ["price", "promotion"]


def quick(**changes):
    options = {"horizon": 5, "context": 20, "season_length": 1, "epochs": 3, "random_state": 0}
    return Forecaster(SMALLEST, verbose=0, hparams={"width": 8, "depth": 1}, **(options | changes))


@pytest.fixture(scope="module")
def fitted():
    return quick(future_covariates=FUTURE).fit(TABLE[:350])


def test_what_is_known_ahead_decides_the_forecast(fitted):
    error = np.abs(fitted.predict(future=TABLE[350:355])[0.5] - SALES[350:355]).mean()
    assert error < 1  # price and promotion move it by 2.5 (their standard deviation)
    without = quick().fit(TABLE["sales"][:350])
    assert fitted.score(TABLE[350:]) > without.score(TABLE["sales"][350:]) + 0.3


def test_another_future_gives_another_forecast(fitted):
    cheap, dear = (TABLE[350:355].assign(price=price) for price in (-1.0, 1.0))
    difference = fitted.predict(future=dear)[0.5] - fitted.predict(future=cheap)[0.5]
    np.testing.assert_allclose(difference, 4, atol=1)


def test_categories_count_and_unknown_ones_are_told(fitted):
    none, web = (TABLE[350:355].assign(promotion=word) for word in ("none", "web"))
    assert (fitted.predict(future=web)[0.5] > fitted.predict(future=none)[0.5] + 3).all()
    with pytest.warns(UserWarning, match="radio"):
        fitted.predict(future=TABLE[350:355].assign(promotion="radio"))


def test_the_future_is_found_by_its_time_stamps(fitted):
    shuffled = TABLE[345:380].sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(
        fitted.predict(future=shuffled), fitted.predict(future=TABLE[350:355])
    )


def test_a_future_left_in_the_table_is_told_how_to_hand_over(fitted):
    whole = TABLE[:355].copy()
    whole.iloc[350:, 0] = np.nan
    with pytest.raises(InputError, match=r"ends in 5 rows.*as `future`"):
        fitted.predict(whole)
    with pytest.raises(InputError, match=r"steps to forecast$"):
        fitted.predict(TABLE[:350])


def test_a_future_may_be_a_dict_of_tables_by_name(fitted):
    histories = {"a": TABLE[:350], "b": TABLE[:200]}
    future = {"b": TABLE[200:205], "a": TABLE[350:355]}
    forecast = fitted.predict(histories, future=future)
    expected = fitted.predict(list(histories.values()), future=[future["a"], future["b"]])
    assert forecast["unique_id"].tolist() == ["a"] * 5 + ["b"] * 5
    pd.testing.assert_frame_equal(forecast.iloc[:, 1:], expected.iloc[:, 1:])
    with pytest.raises(InputError, match="no rows for series 'b'"):
        fitted.predict(histories, future={"a": TABLE[350:355]})


def test_the_future_of_a_long_frame_may_name_series_in_its_index(fitted):
    long = TABLE[:60].rename(columns={"sales": "y"}).rename_axis("ds").reset_index()
    long = long.assign(unique_id="a")
    future = TABLE[60:65].rename_axis("ds").reset_index().assign(unique_id="a")
    forecasts = [
        fitted.predict(long, future=each)
        for each in (
            future,
            future.set_index("unique_id"),
            future.set_index(["unique_id", "ds"]),
            future.set_index(["unique_id", "ds"])[["price", "promotion"]],
            {"a": TABLE[60:65]},
        )
    ]
    for other in forecasts[1:]:
        pd.testing.assert_frame_equal(forecasts[0], other)


def test_a_future_that_nobody_reads_is_refused():
    with pytest.raises(InputError, match="reads no future covariates"):
        quick(epochs=1).fit(SALES).predict(future=np.zeros((5, 1)))


def test_gaps_in_covariates_neither_fail_nor_spread(fitted):
    gappy = TABLE.copy()
    gappy.iloc[[3, 348, 351], 1] = np.nan
    gappy.iloc[[4, 349, 352], 2] = None
    forecast = fitted.predict(gappy[:350], future=gappy[350:355])
    assert np.isfinite(forecast.to_numpy()).all()
    assert np.isfinite(quick(future_covariates=FUTURE).fit(gappy[:350]).history_["loss"]).all()


def error_after(model, table, histories):
    """The mean error of forecasts of TABLE's priced days, each from a history that ends there."""
    ends = [370 + 2 * i for i in range(len(histories))]
    futures = [table[end : end + 5] for end in ends]
    truth = np.concatenate([future["sales"] for future in futures])
    return np.abs(model.predict(histories, future=futures)[0.5].to_numpy() - truth).mean()


@pytest.mark.slow
@pytest.mark.parametrize("gaps_in_training", [False, True])
def test_a_gap_in_the_target_does_not_change_what_covariates_explain(gaps_in_training):
    table = TABLE[["price"]].assign(sales=SALES - LIFT)
    gappy = table.copy()
    gappy.loc[np.random.default_rng(1).random(400) < 0.4, "sales"] = np.nan
    options = {"future_covariates": ["price"], "season_length": 7}
    model = quick(**options).fit((gappy if gaps_in_training else table)[:350])
    whole, holes = ([each[end - 20 : end] for end in range(370, 394, 2)] for each in (table, gappy))
    half = [each[10:] for each in whole]
    # A price moves sales by 2 (their standard deviation); a gap must not cost a share of that.
    best = error_after(model, table, whole)
    assert best < 0.4
    assert error_after(model, table, holes) < best + 0.2
    assert error_after(model, table, half) < best + 0.2


def test_a_series_that_was_never_seen_is_forecast_with_its_covariates(fitted):
    other = TABLE.assign(sales=1000 * SALES)
    forecast = fitted.predict(other[100:200], future=other[200:205])
    assert np.abs(forecast[0.5] / 1000 - SALES[200:205]).mean() < 1


@pytest.mark.slow
def test_past_covariates_lead_the_series():
    lead = np.random.default_rng(1).normal(size=600)
    follows = np.r_[np.zeros(3), lead[:-3]]  # the series repeats it three steps later
    table = pd.DataFrame({"y": follows, "lead": lead})
    options = {"horizon": 3, "epochs": 40, "learning_rate": 1e-2, "batch_size": 64, "context": 8}
    model = quick(past_covariates=["lead"], **options).fit(table[:500])
    assert model.score(table[500:]) > 0.6  # nothing in the series itself foretells it
    with pytest.warns(UserWarning, match="past covariates count as missing"):
        model.predict(table[:500], horizon=6)


@pytest.mark.slow
def test_static_covariates_tell_series_apart():
    random = np.random.default_rng(0)
    parts = []
    for number in range(12):  # random walks, half of them drift up, half down
        kind = "up" if number % 2 else "down"
        y = (random.normal(size=60) + (1 if kind == "up" else -1)).cumsum()
        parts.append(pd.DataFrame({"y": y, "kind": kind, "size": 3, "unique_id": f"s{number}"}))
    long = pd.concat(parts).rename_axis("ds").reset_index()
    options = {"context": 3, "epochs": 10, "learning_rate": 1e-2}
    model = quick(static_covariates=["kind", "size"], **options).fit(long)
    last = long.groupby("unique_id")["y"].last()
    drift = model.predict().groupby("unique_id")[0.5].last() - last
    up = [f"s{number}" for number in range(1, 12, 2)]
    assert (drift[up] > 2).all() and (drift.drop(up) < -2).all()  # three steps tell neither


def test_a_static_covariate_that_changes_is_refused():
    table = TABLE.assign(kind=["a"] * 200 + ["b"] * 200)
    with pytest.raises(InputError, match="'kind' changes from 'a' to 'b'"):
        quick(static_covariates=["kind"]).fit(table)


def test_a_static_covariate_may_be_known_in_some_rows_alone():
    long = pd.concat(
        TABLE[:60].assign(unique_id=name, kind=[None] * 30 + [kind] * 30, size=[size, np.nan] * 30)
        for name, kind, size in (("a", "shop", 1), ("b", "web", 2))
    )
    long = long.rename(columns={"sales": "y"}).rename_axis("ds").reset_index()
    roles = Roles.declare([], [], ["kind", "size"])
    for one, kind, size in zip(
        SeriesPanel.read(long[[*LONG_COLUMNS, "kind", "size"]], roles).series,
        ("shop", "web"),
        (1, 2),
        strict=True,
    ):
        assert set(one.covariates["kind"]) == {kind} and set(one.covariates["size"]) == {size}


@pytest.mark.slow
def test_many_series_of_different_lengths_have_covariates_of_their_own():
    long = pd.concat(
        TABLE[:length]
        .assign(unique_id=name)
        .rename(columns={"sales": "y"})
        .rename_axis("ds")
        .reset_index()
        for name, length in (("a", 350), ("b", 90))
    )
    ahead = TABLE[90:355].rename_axis("ds").reset_index()
    future = pd.concat([ahead.assign(unique_id="a"), ahead.assign(unique_id="b")])
    model = quick(future_covariates=FUTURE).fit(long)
    forecast = model.predict(future=future)
    assert forecast.columns.tolist() == ["unique_id", "ds", 0.1, 0.5, 0.9]
    truth = np.r_[SALES[350:355], SALES[90:95]]
    assert np.abs(forecast[0.5] - truth).mean() < 1.2
    with pytest.raises(InputError, match="no rows for series 'b'"):
        model.predict(future=ahead.assign(unique_id="a"))


@pytest.mark.slow
def test_the_future_reaches_as_far_as_a_longer_horizon():
    tables = {"a": TABLE[:350], "b": TABLE[:200]}
    model = quick(future_covariates=FUTURE).fit(tables)
    future = {"a": TABLE[350:362], "b": TABLE[200:212]}
    with pytest.warns(UserWarning, match="12 steps are more than the 5"):
        forecast = model.predict(horizon=12, future=future)
    assert forecast["ds"].tolist() == [*DAYS[350:362], *DAYS[200:212]]
    truth = np.r_[SALES[350:362], SALES[200:212]]
    assert np.abs(forecast[0.5] - truth).mean() < 1.2  # all of it is price and promotion
    with pytest.raises(InputError, match="lacks 2 of the 12 steps"):
        model.predict(horizon=12, future=future | {"b": TABLE[200:210]})


@pytest.mark.slow
def test_calibrated_intervals_hold_what_covariates_leave_open():
    model = quick(
        future_covariates=FUTURE, conformal=True, validation_fraction=0.3, learning_rate=1e-6
    ).fit(TABLE[:300])  # as good as untrained: without calibration all quantiles lie together
    ends = range(300, 395)
    interval = model.predict_interval(
        0.8, [TABLE[:end] for end in ends], future=[TABLE[end : end + 5] for end in ends]
    )
    truth = np.concatenate([SALES[end : end + 5] for end in ends])
    share = ((interval["lower"] <= truth) & (truth <= interval["upper"])).mean()
    assert share == pytest.approx(0.8, abs=0.1)
    assert (interval["upper"] - interval["lower"]).mean() < 1.5  # sales spread over 7


def test_an_array_names_its_columns_by_number():
    array = TABLE[["sales", "price"]].to_numpy()
    model = quick(future_covariates=[1]).fit(array[:350])
    dear, cheap = (model.predict(future=np.full((9, 1), price)) for price in (1.0, -1.0))
    assert len(dear) == 5  # by order; later rows are not read
    assert (dear.to_numpy() > cheap.to_numpy() + 2).all()


@pytest.mark.slow
def test_a_list_of_tables_takes_a_list_of_futures():
    tables = [TABLE[:200], TABLE[50:150]]
    model = quick(future_covariates=FUTURE).fit(tables)
    forecast = model.predict(future=[TABLE[200:205], TABLE[150:155]])
    assert len(forecast) == 10


@pytest.mark.slow
def test_the_calendar_is_read_off_the_time_stamps():
    hours = pd.date_range("2024-01-01", periods=24 * 28, freq="h")
    weekend = np.where(hours.day_of_week >= 5, 8.0, 0.0)
    series = pd.Series(weekend + 0.1 * np.random.default_rng(0).normal(size=len(hours)), hours)
    options = {"horizon": 24, "context": 48, "season_length": 24, "epochs": 6}
    known, later = series[: 24 * 16], series[24 * 16 :]
    plain = quick(**options).fit(known).score(later)
    model = quick(calendar=True, **options).fit(known)
    assert model.task_.covariates.calendar == ("hour", "day_of_week")
    assert model.score(later) > plain + 0.1
    assert len(model.predict()) == 24  # and needs no table for it
    assert choose_features(["month"], hours) == ("month",)
    with pytest.raises(InputError, match="numbered steps"):
        quick(calendar=True).fit(SALES)
    with pytest.raises(UnknownNameError, match="day_of_week"):
        quick(calendar=["dayofweek"]).fit(series)


def test_keras_saves_the_network_with_covariates(fitted, tmp_path):
    fitted.model_.save(tmp_path / "network.keras")
    again = keras.saving.load_model(tmp_path / "network.keras")
    for one, other in zip(fitted.model_.weights, again.weights, strict=True):
        np.testing.assert_array_equal(one.numpy(), other.numpy())


def test_a_bundle_keeps_the_covariates(fitted, tmp_path):
    loaded = modelzoo.load(fitted.save(tmp_path / "sales.mz"))
    future = TABLE[350:355]
    pd.testing.assert_frame_equal(loaded.predict(future=future), fitted.predict(future=future))


@pytest.mark.slow
@pytest.mark.parametrize("model", each_architecture())
def test_every_architecture_reads_all_kinds_of_covariates(model):
    table = TABLE.assign(kind="shop", rain=PRICE[::-1])
    forecaster = Forecaster(
        model,
        size="tiny",
        horizon=3,
        context=8,
        past_covariates=["rain"],
        future_covariates=FUTURE,
        static_covariates=["kind"],
        calendar=True,
        epochs=1,
        verbose=0,
    ).fit(table[:60])
    forecast = forecaster.predict(future=table[60:63])
    assert np.isfinite(forecast.to_numpy()).all()
    assert {weight.path.split("/")[0] for weight in forecaster.model_.weights} >= {
        "effect",
        "static_stem",
        "step_head",
    }


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"future_covariates": ["prices"]}, UnknownNameError, "'price'"),
        ({"future_covariates": "price"}, InputError, "list of columns"),
        (
            {"future_covariates": ["price"], "past_covariates": ["price"]},
            InputError,
            "declared as a covariate twice",
        ),
        ({"past_covariates": list(TABLE)}, InputError, "none is left to forecast"),
    ],
)
def test_wrong_declarations_are_refused(options, error, says):
    with pytest.raises(error, match=says):
        quick(**options).fit(TABLE)


def test_a_series_cannot_hold_covariates():
    with pytest.raises(InputError, match="one DataFrame"):
        quick(future_covariates=["price"]).fit(TABLE["sales"])


def test_undeclared_columns_of_a_long_frame_are_refused_with_what_to_do():
    long = TABLE.assign(unique_id="a").rename(columns={"sales": "y"}).rename_axis("ds")
    with pytest.raises(InputError, match="future_covariates"):
        quick().fit(long.reset_index())


def test_evaluation_reads_the_covariates_of_the_test_part(fitted):
    measures = evaluate("forecasting", fitted, TABLE[350:], after=TABLE[:350])
    assert measures["MASE"] < 0.6
    truth = np.array([[1.0], [2.0]])
    exact = forecast_measures(truth, truth[:, :, None], [0.5], np.arange(5.0)[:, None], 1)
    assert exact["MAE"] == exact["MASE"] == 0


@pytest.mark.slow
def test_an_effect_is_the_same_however_much_history_is_handed_over():
    steps = np.arange(250)
    table = pd.DataFrame({"y": 1000 + steps + 5 * PRICE[:250], "price": PRICE[:250]}, DAYS[:250])
    model = quick(future_covariates=["price"]).fit(table[:240])
    future = table[240:245]
    whole, end = (model.predict(each, future=future)[0.5] for each in (table[:240], table[220:240]))
    # A price moves it by 5 a unit; in units of the whole, trending series it would be by 35.
    np.testing.assert_allclose(whole, end, atol=3)
    np.testing.assert_allclose(model.predict(future=future)[0.5], whole, atol=0.1)
    history, _ = model.trained_on()
    later = history.append(SeriesPanel.read(table[240:], model.roles))
    as_scored = model.continued(replace(later, series=[later.series[0].until(20)]), 5)[0][:, 0, 1]
    np.testing.assert_allclose(as_scored, whole, atol=0.1)


def test_a_rolled_forecast_does_not_see_past_covariates_behind_its_origin():
    table = pd.DataFrame({"y": SALES, "wind": PRICE})
    model = quick(past_covariates=["wind"], epochs=5, learning_rate=0.05).fit(table[:300])
    changed = table.copy()
    changed.iloc[310:, 1] = 99.0
    forecasts = []
    for each in (table, changed):
        panel = SeriesPanel.read(each, model.roles)
        cut = replace(panel, series=[panel.series[0].until(310)])
        with pytest.warns(UserWarning, match="past covariates count as missing"):
            forecasts.append(model.continued(cut, 10)[0])
    np.testing.assert_array_equal(*forecasts)


def test_a_future_with_a_column_of_dates_is_found_by_them(fitted):
    everything = TABLE.rename_axis("ds").reset_index()
    pd.testing.assert_frame_equal(
        fitted.predict(future=everything), fitted.predict(future=TABLE[350:355])
    )
    with pytest.raises(InputError, match="lacks 5 of the 5 steps"):
        fitted.predict(future=TABLE.reset_index(drop=True))


def test_a_column_is_of_one_kind_in_all_series_and_later():
    tables = [TABLE[:60].assign(size=size)[["sales", "size"]] for size in (38, "XL")]
    model = quick(static_covariates=["size"], epochs=1).fit(tables)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)  # 38.0 is no new category
        model.predict([TABLE[:40].assign(size=38.0)[["sales", "size"]]])


def test_names_of_columns_may_be_an_index_or_tuples(tmp_path):
    table = TABLE.set_axis(pd.MultiIndex.from_product([["a"], TABLE.columns]), axis=1)
    model = quick(future_covariates=table.columns[1:], epochs=1).fit(table[:100])
    future = table[100:105]
    loaded = modelzoo.load(model.save(tmp_path / "tuples.mz"))
    pd.testing.assert_frame_equal(loaded.predict(future=future), model.predict(future=future))


def test_channels_with_covariates_are_drawn_with_what_came_of_their_values():
    table = TABLE.assign(returns=-SALES)[["sales", "price", "returns"]]
    model = quick(future_covariates=["price"], epochs=1).fit(table[:100])
    future = table[100:105][["price"]]
    for actual in (table[100:105], table[100:105][["returns", "sales"]]):
        figure = model.plot(future=future, actual=actual, units="pieces")
        assert [axis.get_ylabel() for axis in figure.axes] == ["sales pieces", "returns pieces"]
        for axis, sign in zip(figure.axes, (1, -1), strict=True):
            (drawn,) = [line for line in axis.lines if line.get_label() == "actual"]
            np.testing.assert_array_equal(drawn.get_ydata(), sign * SALES[100:105])


def test_a_calendar_that_says_nothing_is_told():
    with pytest.warns(UserWarning, match="calendar=True reads nothing"):
        assert choose_features(True, DAYS[:12]) == ()
