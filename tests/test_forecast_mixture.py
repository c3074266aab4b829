"""Simple forecasts are mixed by how well they would have done at the end of the context."""

from __future__ import annotations

import keras
import numpy as np
import pandas as pd
import pytest

from modelzoo import Forecaster, load
from modelzoo.data.series import SeriesPanel
from modelzoo.layers.forecast_mixture import (
    SMALLEST_ERROR,
    TRIALS,
    ForecastMixture,
    PastContexts,
    lags_of,
    trial_steps,
)
from modelzoo.tasks.forecasting import Forecasting

LENGTH, HORIZON, SEASON = 72, 10, 4
RANDOM = np.random.default_rng(0)
SEEN = np.zeros((1, 3), "float32")  # by the backbone


def mixed(contexts: np.ndarray, linear: np.ndarray, lags: tuple[int, ...]) -> np.ndarray:
    past = PastContexts()(contexts.astype("float32"))
    layer = ForecastMixture(lags)
    seen = np.repeat(SEEN, len(contexts), axis=0)
    return keras.ops.convert_to_numpy(layer([past, linear.astype("float32"), seen]))


@pytest.mark.parametrize(
    ("context", "season", "lags"),
    [
        (336, 24, (24, 168)),
        (512, 48, (48, 336)),  # the longest by default still sees a week
        (144, 24, (24,)),  # a week does not fit
        (730, 365, (365,)),
        (60, 1, (1,)),  # without a season the last value is repeated
        (13, 12, ()),
        (1, 1, ()),
    ],
)
def test_they_repeat_a_season_and_a_week_that_every_trial_sees(context, season, lags):
    assert lags_of(context, season) == lags


def test_past_contexts_are_centred_and_begin_with_their_first_value():
    x = RANDOM.normal(size=(2, LENGTH)).astype("float32")
    past = keras.ops.convert_to_numpy(PastContexts()(x))
    back = 2 * trial_steps(LENGTH)
    earlier = np.concatenate([np.repeat(x[:, :1], back, axis=1), x[:, :-back]], axis=1)
    np.testing.assert_allclose(past[:, 2], earlier - earlier[:, -1:], rtol=1e-6)
    assert past.shape == (2, 1 + TRIALS, LENGTH) and not past[..., -1].any()


def test_weights_are_by_the_errors_of_earlier_forecasts():
    x = RANDOM.normal(size=LENGTH)
    linear = RANDOM.normal(size=(1 + TRIALS, HORIZON))
    errors = np.zeros(2)
    for trial in range(1, 1 + TRIALS):
        cut = LENGTH - trial * trial_steps(LENGTH)
        came = x[cut : cut + HORIZON]
        season = x[cut - SEASON : cut][np.arange(HORIZON) % SEASON]
        count = len(came)
        errors += [
            np.abs(x[cut - 1] + linear[trial, :count] - came).mean() / TRIALS,
            np.abs(season[:count] - came).mean() / TRIALS,
        ]
    weights = 1 / (errors + SMALLEST_ERROR) * [np.exp(2), 1]  # the linear forecast counts most
    season = x[-SEASON:][np.arange(HORIZON) % SEASON] - x[-1]
    expected = (weights[0] * linear[0] + weights[1] * season) / weights.sum()
    found = mixed(x[None], linear[None], (SEASON,))[0]
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_what_repeats_itself_is_repeated_though_the_linear_forecast_is_far_off():
    x = np.tile([0.0, 3.0, 1.0, -2.0], LENGTH // SEASON)
    off = np.full((1, 1 + TRIALS, HORIZON), 30.0)
    expected = np.tile(x[:SEASON], 3)[:HORIZON] - x[-1]
    np.testing.assert_allclose(mixed(x[None], off, (SEASON,))[0], expected, atol=0.15)


def panel(count: int = 40) -> list[np.ndarray]:
    """Waves of many shapes with a season of their own weekdays, each repeated with little noise."""
    noise = np.random.default_rng(1)
    weeks = noise.normal(size=(count, 7 * SEASON))
    return [np.tile(week, 12) + 0.02 * noise.normal(size=12 * 7 * SEASON) for week in weeks]


def fitted(**given: object) -> Forecaster:
    return Forecaster(
        "simple_rnn",
        horizon=7 * SEASON,
        context=3 * 7 * SEASON,
        season_length=SEASON,
        size="tiny",
        random_state=0,
        verbose=0,
        **given,
    ).fit(panel())


def test_a_forecaster_of_many_series_repeats_a_week_and_is_loaded_the_same(tmp_path):
    forecaster = fitted(epochs=2)
    assert forecaster.task_.mixture
    ahead = np.stack([each[: 7 * SEASON] for each in panel()])
    forecast = forecaster.predict()  # one series behind the other
    assert np.abs(forecast[0.5] - ahead.ravel()).mean() < 0.1  # 1 is their standard deviation
    again = load(forecaster.save(tmp_path / "a.mz"))
    pd.testing.assert_frame_equal(again.predict(), forecast)
    forecaster.model_.save(tmp_path / "a.keras")
    assert keras.saving.load_model(tmp_path / "a.keras").get_layer("mixture").lags == (4, 28)


def test_without_a_computed_linear_path_or_a_season_in_sight_nothing_is_mixed():
    waves = SeriesPanel.read(np.sin(np.arange(400) / 5))
    few = SeriesPanel.read(np.sin(np.arange(60) / 5))
    for given, season in ((waves, 15), (few, 4)):
        task = Forecasting.learn(
            given, horizon=4, context=16, season_length=season, quantiles=(0.5,)
        )
        task.split(given, 0.2, batch_size=32, seed=0)
        assert not task.mixture


def test_of_hourly_data_two_weeks_are_seen_where_there_are_as_many():
    long, short = (SeriesPanel.read(RANDOM.normal(size=size)) for size in (2000, 300))
    assert Forecasting.learn(long, horizon=24, season_length=24).context == 336
    assert Forecasting.learn(short, horizon=24, season_length=24).context == 138
