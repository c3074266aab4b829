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


def mixed(
    context: np.ndarray, linear: np.ndarray, lags: tuple[int, ...], observed: object = 1.0, **set_to
) -> np.ndarray:
    """What the layer makes of a context (L,) and of linear forecasts (S, H) from it and before."""
    past = PastContexts()(context.astype("float32")[None])
    known = np.broadcast_to(np.float32(observed), context.shape)[None]
    seen = np.ones((1, 2), "float32")  # by the backbone
    layer = ForecastMixture(lags)
    given = [past, known, linear.astype("float32")[None], seen]
    layer.build([np.shape(each) for each in given])
    for name, value in set_to.items():
        getattr(layer, name).assign(value)
    return keras.ops.convert_to_numpy(layer(given))[0]


OFF = np.full((1 + TRIALS, HORIZON), 30.0)  # linear forecasts that are far off


def ahead(x: np.ndarray) -> np.ndarray:
    """The last season of a context, again and again, from its last value on."""
    return x[-SEASON:][np.arange(HORIZON) % SEASON] - x[-1]


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


def test_steps_that_only_fill_a_context_up_are_not_seen():
    assert lags_of(1024, 97) == (97, 679) and lags_of(1024, 97, padding=24) == (97,)


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
    expected = (weights[0] * linear[0] + weights[1] * ahead(x)) / weights.sum()
    found = mixed(x, linear, (SEASON,))
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_what_repeats_itself_is_repeated_though_the_linear_forecast_is_far_off():
    x = np.tile([0.0, 3.0, 1.0, -2.0], LENGTH // SEASON)
    np.testing.assert_allclose(mixed(x, OFF, (SEASON,)), ahead(x), atol=0.15)


def test_what_the_backbone_saw_can_speak_for_a_forecast():
    x = RANDOM.normal(size=LENGTH)
    for by_context, expected in (([[0, 5], [0, 0]], ahead(x)), ([[0, 0], [5, 0]], OFF[0])):
        found = mixed(x, OFF, (SEASON,), by_context=by_context)
        np.testing.assert_allclose(found, expected, atol=1e-3)


def test_a_repetition_is_not_right_about_what_is_missing():
    """Behind a gap stands the last value: repeating it would miss nothing of it."""
    observed = np.arange(LENGTH) < LENGTH // 2
    x = np.where(observed, RANDOM.normal(size=LENGTH), 0.5)
    np.testing.assert_allclose(mixed(x, OFF, (SEASON,), observed), OFF[0])
    sure = mixed(x, OFF, (SEASON,), observed, by_context=[[0, 50], [0, 0]])
    assert np.isfinite(sure).all()  # even of what is missing
    # What is missing of the last season alone is no more than a share of it.
    observed = np.arange(LENGTH) != LENGTH - 2
    whole, part = (mixed(x, OFF, (SEASON,), each)[0] for each in (1.0, observed))
    assert whole < part < OFF[0, 0]


def panel(count: int = 20) -> list[np.ndarray]:
    """Weeks that repeat themselves, and random walks, of which the last value is the best guess."""
    draw = np.random.default_rng(1).normal
    weeks = [np.tile(draw(size=7 * SEASON), 15) + 0.02 * draw(size=420) for _ in range(count)]
    return [*weeks, *(np.cumsum(draw(size=420)) for _ in range(count))]


def test_many_series_are_forecast_better_each_by_what_suits_it(tmp_path):
    series, errors = panel(), {}
    for mixes in (True, False):
        forecaster = Forecaster(
            "simple_rnn",
            horizon=7,
            context=84,
            season_length=SEASON,
            size="tiny",
            epochs=2,
            random_state=0,
            verbose=0,
        )
        forecaster._mixes = mixes
        forecaster.fit([each[:-7] for each in series])
        assert forecaster.task_.linear is not None and forecaster.task_.mixture == mixes
        forecast = forecaster.predict()  # one series behind the other
        missed = np.abs(forecast[0.5] - np.concatenate([each[-7:] for each in series]))
        errors[mixes] = missed[: 20 * 7].mean()  # of those that repeat themselves
        again = load(forecaster.save(tmp_path / "a.mz"))
        pd.testing.assert_frame_equal(again.predict(), forecast)
    assert errors[True] < 0.6 * errors[False]


def test_keras_reads_the_layers_back(tmp_path):
    past, observed = keras.Input((LENGTH,)), keras.Input((LENGTH,))
    linear, seen = keras.Input((1 + TRIALS, HORIZON)), keras.Input((2,))
    answer = ForecastMixture((4, 28))([PastContexts()(past), observed, linear, seen])
    network = keras.Model([past, observed, linear, seen], answer)
    network.save(tmp_path / "a.keras")
    given = [RANDOM.normal(size=(2, *each.shape[1:])).astype("float32") for each in network.inputs]
    again = keras.saving.load_model(tmp_path / "a.keras")
    np.testing.assert_array_equal(again(given), network(given))


def test_without_a_computed_linear_path_or_a_season_in_sight_nothing_is_mixed():
    waves = SeriesPanel.read(np.sin(np.arange(400) / 5))
    few = SeriesPanel.read(np.sin(np.arange(60) / 5))
    for given, season in ((waves, 15), (few, 4)):
        task = Forecasting.learn(
            given, horizon=4, context=16, season_length=season, quantiles=(0.5,)
        )
        task.split(given, 0.2, batch_size=32, seed=0)
        assert not task.mixture


@pytest.mark.parametrize(
    ("steps", "season", "context"),
    [
        (4000, 24, 336),
        (3000, 24, 96),  # too few to learn two weeks' weights from
        (300, 24, 96),
        (7000, 48, 512),  # ten days, the longest
        (4000, 12, 72),  # months
    ],
)
def test_of_hourly_data_two_weeks_are_seen_where_there_is_enough_to_learn_from(
    steps, season, context
):
    series = SeriesPanel.read(RANDOM.normal(size=steps))
    task = Forecasting.learn(series, horizon=24, season_length=season)
    assert task.context == context
