import warnings

import keras
import numpy as np
import pandas as pd
import pytest
from architectures import each_architecture
from bad_input import untrained
from sklearn.model_selection import TimeSeriesSplit, cross_val_score

from modelzoo import Forecaster, registry
from modelzoo.data.series import SeriesPanel
from modelzoo.errors import InputError
from modelzoo.estimators.answers import Answers
from modelzoo.tasks.forecasting import Forecasting

SMALLEST = min(registry.list_models(), key=lambda name: registry.describe(name).cost().parameters)
QUICK = {
    "hparams": {"width": 8, "depth": 1},
    "epochs": 1,
    "horizon": 4,
    "context": 12,
    "random_state": 0,
    "verbose": 0,
}
STEPS = np.arange(96)
WAVE = 10 + np.sin(STEPS * np.pi / 6)
MONTHS = pd.Series(WAVE, index=pd.date_range("2010-01-31", periods=96, freq="ME"), name="sales")


def quick(**changes):
    return Forecaster(SMALLEST, **(QUICK | changes))


@pytest.fixture(scope="module")
def fitted():
    return quick().fit(MONTHS)


def test_a_forecast_continues_the_time_stamps_with_one_column_a_quantile(fitted):
    forecast = fitted.predict()
    assert forecast.columns.tolist() == [0.1, 0.5, 0.9]
    assert forecast.index.equals(pd.date_range("2018-01-31", periods=4, freq="ME"))
    assert np.isfinite(forecast.to_numpy()).all()


def test_quantiles_never_cross():
    noisy = np.random.default_rng(0).normal(size=200)
    model = quick(quantiles=(0.05, 0.25, 0.5, 0.75, 0.95), epochs=3, learning_rate=0.05).fit(noisy)
    origins = [noisy[: 20 + step] for step in range(50)]
    values = model.predict(origins)[list(model.quantiles)].to_numpy()
    assert (np.diff(values, axis=1) >= 0).all()
    assert (np.diff(values, axis=1) > 0).any()


def test_the_season_is_read_off_the_time_index(fitted):
    assert fitted.task_.season_length == 12


def test_another_history_is_continued_from_where_it_ends(fitted):
    forecast = fitted.predict(MONTHS[:60])
    assert forecast.index[0] == pd.Timestamp("2015-01-31")


def test_channels_of_a_table_are_forecast_side_by_side():
    table = pd.DataFrame({"a": WAVE, "b": 100 * WAVE}, index=MONTHS.index)
    forecast = quick().fit(table).predict()
    assert forecast.shape == (4, 6)
    # Windows are normalized one by one, so a channel a hundred times larger is forecast alike.
    np.testing.assert_allclose(forecast["b"], 100 * forecast["a"], rtol=1e-4)


@pytest.mark.slow
def test_many_series_in_a_long_frame_share_a_model():
    frame = pd.concat(
        pd.DataFrame({"unique_id": name, "ds": MONTHS.index[:length], "y": WAVE[:length]})
        for name, length in (("x", 96), ("y", 40))
    )
    forecast = quick().fit(frame).predict()
    assert forecast.columns.tolist() == ["unique_id", "ds", 0.1, 0.5, 0.9]
    assert forecast.groupby("unique_id").size().tolist() == [4, 4]
    assert forecast["ds"].iloc[-1] == MONTHS.index[43]


def test_a_series_of_another_unit_gets_the_same_forecast_in_its_unit(fitted):
    shifted = fitted.predict(MONTHS * 1e12 + 5e12)
    np.testing.assert_allclose(shifted, fitted.predict() * 1e12 + 5e12, rtol=1e-5)


def test_missing_values_neither_fail_nor_spread():
    gappy = MONTHS.copy()
    gappy.iloc[[3, 40, 41, 95]] = np.nan
    model = quick(epochs=2).fit(gappy)
    assert np.isfinite(model.predict().to_numpy()).all()
    assert np.isfinite(model.history_["loss"]).all()
    weights = model.model_.get_weights()
    assert all(np.isfinite(weight).all() for weight in weights)


@pytest.mark.parametrize("model", each_architecture())
def test_what_stands_where_nothing_was_observed_changes_nothing(model):
    import keras

    task = Forecasting.learn(SeriesPanel.read(WAVE), horizon=4, context=12)
    keras.utils.set_random_seed(0)
    network = task.assemble(registry.get_builder(model)(**registry.resolve(model, "tiny")))
    network.set_weights([w + 0.1 for w in network.get_weights()])
    network.get_layer("skip").skip.assign(np.zeros((12, 4)))  # it sees the values filled in
    inputs, *_ = task.encode(np.r_[np.full(4, np.nan), WAVE[:5], np.nan, WAVE[5:7]][None])
    changed = inputs | {"values": np.where(inputs["observed"] > 0, inputs["values"], 9.0)}
    np.testing.assert_allclose(network(inputs), network(changed), atol=1e-5)


def test_a_history_shorter_than_the_context_is_padded(fitted):
    assert np.isfinite(fitted.predict(MONTHS[:5]).to_numpy()).all()


def test_a_constant_series_is_forecast_as_itself():
    forecast = quick(epochs=3).fit(np.full(60, 7.0)).predict()
    np.testing.assert_allclose(forecast[0.5], 7.0, rtol=0.05)


def test_training_targets_never_reach_into_the_validation_part():
    panel = SeriesPanel.read(WAVE)
    task = Forecasting.learn(panel, horizon=4, context=12)
    training, validation = task.split(panel, 0.2, batch_size=32, seed=0)
    assert training.rows[:, 1].max() + 4 <= validation.rows[:, 1].min()


def test_training_starts_near_the_seasonal_naive_forecast():
    import keras

    panel = SeriesPanel.read(MONTHS)
    task = Forecasting.learn(panel, horizon=4, context=36)
    with_fresh_weights = task.assemble(registry.get_builder(SMALLEST)(width=8))
    contexts = WAVE[None, :36]
    inputs, centre, scale = task.encode(contexts)
    outputs = keras.ops.convert_to_numpy(with_fresh_weights(inputs))
    forecast = task.decode(outputs, centre, scale)
    np.testing.assert_allclose(forecast[0, :, 1], WAVE[36:40], atol=1e-5)


def test_long_contexts_are_merged_into_few_patches():
    panel = SeriesPanel.read(np.arange(2000.0) % 7)
    task = Forecasting.learn(panel, horizon=4, context=500)
    assert task.steps // task.patch <= 32
    assert task.steps >= 500


def test_score_is_the_skill_over_the_seasonal_naive_forecast():
    noise = np.random.default_rng(1).normal(size=160)
    train, test = noise[:120], noise[120:]
    model = quick(season_length=12, context=24).fit(train)
    error = naive = 0.0
    for origin in range(24, len(test), 4):
        actual = test[origin : origin + 4]
        error += np.abs(model.predict(test[:origin])[0.5].to_numpy() - actual).sum()
        naive += np.abs(test[origin - 12 : origin - 8] - actual).sum()
    assert model.score(test) == pytest.approx(1 - error / naive, abs=1e-4)


def test_what_continues_the_training_series_is_scored_from_its_first_step_on():
    model = quick().fit(MONTHS[:80])
    error = np.abs(model.predict().loc[:, 0.5] - MONTHS[80:84])
    naive = np.abs(MONTHS[68:72].to_numpy() - MONTHS[80:84])
    assert model.score(MONTHS[80:84]) == pytest.approx(1 - error.sum() / naive.sum(), rel=1e-3)


@pytest.mark.slow
def test_it_is_cross_validated_over_time():
    noisy = MONTHS + np.random.default_rng(0).normal(size=96)
    scores = cross_val_score(quick(), noisy, cv=TimeSeriesSplit(3), error_score="raise")
    assert len(scores) == 3
    assert np.isfinite(scores).all()


def test_without_a_median_a_score_is_refused():
    with pytest.raises(InputError, match=r"quantile 0\.5"):
        quick(quantiles=(0.8, 0.9)).fit(WAVE).score(WAVE)


@pytest.mark.slow
def test_averaging_seasons_beats_repeating_the_last_one_on_noise():
    noise = np.random.default_rng(1).normal(size=400)
    model = quick(season_length=12, context=48, epochs=5).fit(noise[:250])
    # Averaging four seasons of white noise has sqrt(1.25 / 2) = 0.79 of the naive error.
    assert model.score(noise[250:]) > 0.1


def test_callbacks_of_keras_are_called():
    seen = []
    watch = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(epoch))
    quick(epochs=2).fit(MONTHS, callbacks=watch)
    assert seen == [0, 1]


def test_two_fits_with_one_seed_are_equal(fitted):
    pd.testing.assert_frame_equal(quick().fit(MONTHS).predict(), fitted.predict())


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"horizon": 0}, "horizon"),
        ({"horizon": 2.5}, "horizon"),
        ({"horizon": "3"}, "horizon"),
        ({"context": 2.5}, "context"),
        ({"quantiles": 0.5}, "quantiles"),
        ({"context": 0}, "context"),
        ({"quantiles": (0.9, 0.1)}, "quantiles"),
        ({"quantiles": (0.0, 0.5)}, "quantiles"),
        ({"season_length": 0}, "season_length"),
    ],
)
def test_a_parameter_out_of_range_is_named(changes, says):
    with pytest.raises(InputError, match=says):
        quick(**changes).fit(WAVE)


def test_scoring_too_short_a_series_says_how_long_it_must_be(fitted):
    with pytest.raises(InputError, match="more than 24 steps"):
        fitted.score(MONTHS[:10])


def test_a_shorter_horizon_is_the_beginning_of_the_forecast(fitted):
    pd.testing.assert_frame_equal(fitted.predict(horizon=2), fitted.predict()[:2], check_freq=False)


def test_a_longer_horizon_goes_on_from_its_own_forecasts_and_says_so(fitted):
    with pytest.warns(UserWarning, match="fit with horizon=10"):
        long = fitted.predict(horizon=10)
    assert long.index.equals(pd.date_range("2018-01-31", periods=10, freq="ME"))
    pd.testing.assert_frame_equal(long[:4], fitted.predict(), check_freq=False)
    seen = pd.concat([MONTHS, long[0.5][:4]])
    again = fitted.predict(seen.asfreq("ME"))
    # What the first stretch did not know the second does not know either.
    alone = again[0.9] - again[0.1]
    assert (long[0.9][4:8] - long[0.1][4:8] > alone).all()


def test_going_on_asks_the_network_once_a_stretch_for_all_that_it_goes_on_from(monkeypatch):
    model, asked = untrained(quick(), [WAVE[:40], WAVE]), []
    answer = Answers.to_arrays

    def counted(self, inputs):
        asked.append(len(inputs["values"]))
        return answer(self, inputs)

    monkeypatch.setattr(Answers, "to_arrays", counted)
    with pytest.warns(UserWarning, match="5 times"):
        model.predict(horizon=20)
    assert asked == [2, 6, 6, 6, 6]  # two series, then from each of three quantiles


def test_a_whole_number_alone_is_a_horizon(fitted):
    assert len(fitted.predict(3)) == 3


def test_an_interval_lies_between_its_quantiles(fitted):
    interval, quantiles = fitted.predict_interval(0.8), fitted.predict()
    assert interval.columns.tolist() == ["lower", "upper"]
    np.testing.assert_allclose(interval["lower"], quantiles[0.1])
    narrow = fitted.predict_interval(0.5)
    assert (narrow["lower"] > interval["lower"]).all() and (
        narrow["upper"] < interval["upper"]
    ).all()


def test_quantiles_beyond_the_fitted_ones_are_drawn_on_with_a_warning(fitted):
    with pytest.warns(UserWarning, match=r"quantiles=\(0\.05, 0\.95\)"):
        wide = fitted.predict_quantiles([0.05, 0.95])
    own = fitted.predict()
    assert (wide[0.05] < own[0.1]).all() and (wide[0.95] > own[0.9]).all()


@pytest.mark.parametrize("ask", ["predict_interval", "predict_quantiles"])
def test_drawing_on_is_told_once_where_it_was_asked_for(fitted, ask):
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", UserWarning)
        wanted = 0.95 if ask == "predict_interval" else [0.025, 0.975]
        getattr(fitted, ask)(wanted, [WAVE[:40], WAVE[:50], WAVE[:60]])
    (one,) = [each for each in told if "beyond" in str(each.message)]
    assert "quantiles=(0.025, 0.975)" in str(one.message)
    assert one.filename == __file__


def test_an_interval_of_many_series_has_a_row_a_step(fitted):
    frame = fitted.predict_interval(0.6, [WAVE[:40], WAVE[:50]])
    assert frame.columns.tolist() == ["unique_id", "ds", "lower", "upper"]
    assert len(frame) == 8


@pytest.mark.slow
@pytest.mark.parametrize("coverage", [0, 1, 1.5, "wide"])
def test_an_impossible_coverage_is_refused(fitted, coverage):
    with pytest.raises(InputError, match="coverage"):
        fitted.predict_interval(coverage)


@pytest.mark.slow
def test_conformal_calibration_moves_quantiles_to_where_held_out_data_lie():
    noise = np.random.default_rng(0).normal(size=600)
    train, later = noise[:400], noise[400:]
    options = {"epochs": 1, "learning_rate": 1e-6, "season_length": 1, "validation_fraction": 0.3}
    plain = quick(**options).fit(train)  # as good as untrained: all quantiles lie together
    calibrated = quick(conformal=True, **options).fit(train)
    shares = []
    for model in (plain, calibrated):
        origins = range(20, len(later) - 4)
        intervals = model.predict_interval(0.8, [later[:origin] for origin in origins])
        truth = np.concatenate([later[origin : origin + 4] for origin in origins])
        shares.append(((intervals["lower"] <= truth) & (truth <= intervals["upper"])).mean())
    assert shares[0] < 0.1
    assert shares[1] == pytest.approx(0.8, abs=0.06)


def test_calibration_without_held_out_windows_is_refused():
    with pytest.raises(InputError, match="validation_fraction"):
        quick(conformal=True, validation_fraction=0).fit(WAVE)


def test_a_forecast_is_drawn_with_what_came(fitted, tmp_path):
    figure = fitted.plot(MONTHS[:60], actual=MONTHS[60:64], path=tmp_path / "forecast.png")
    assert (tmp_path / "forecast.png").stat().st_size > 5000
    (axis,) = figure.axes
    shown = {text.get_text() for text in figure.legends[0].get_texts()}
    assert {"history", "forecast", "actual", "80% interval"} <= shown
    assert len(axis.lines) == 3
    written = [tick.get_text() for tick in axis.get_xticklabels()]
    assert "2014" in written  # dates, as short as can be
    two = fitted.plot([WAVE[:40], WAVE[:50]])
    assert len(two.axes) == 2


def drawn_actuals(figure):
    """What was drawn as what came, by panel; None where nothing was."""
    lines = [{line.get_label(): line for line in axis.lines} for axis in figure.axes]
    return [each["actual"].get_ydata().tolist() if "actual" in each else None for each in lines]


def test_what_came_is_drawn_for_the_series_it_is_known_of(fitted):
    histories = {"a": WAVE[:40], "b": WAVE[:50]}
    assert drawn_actuals(fitted.plot(histories, actual={"b": WAVE[50:53]})) == [
        None,
        WAVE[50:53].tolist(),
    ]
    both = fitted.plot(list(histories.values()), actual=[WAVE[40:42], WAVE[50:52]])
    assert drawn_actuals(both) == [WAVE[40:42].tolist(), WAVE[50:52].tolist()]
    with pytest.raises(InputError, match=r"none of the series.*'c', .*against 'a', 'b'"):
        fitted.plot(histories, actual={"c": WAVE[:4], "d": WAVE[:4], "e": WAVE[:4]})
    with pytest.raises(InputError, match="must begin at"):
        fitted.plot(MONTHS[:60], actual=MONTHS[62:64])


def test_a_series_without_a_known_end_is_refused_by_name(fitted):
    gone = MONTHS.copy()
    gone.iloc[-12:] = np.nan
    with pytest.raises(InputError, match="series 1 ends in so many missing values"):
        fitted.predict([MONTHS, gone])


def test_the_naive_forecast_of_a_score_has_a_whole_season():
    history, season = quick(context=6).fit(MONTHS[:80]).trained_on()
    assert len(history.series[0]) >= season == 12
