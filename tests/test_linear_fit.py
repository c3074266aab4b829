"""The linear path is computed where there are windows enough, and is not misled by gaps."""

from __future__ import annotations

import numpy as np
import pytest

from modelzoo import Forecaster, load
from modelzoo.data.series import SeriesPanel
from modelzoo.data.windows import error_units
from modelzoo.tasks.forecasting import Forecasting
from modelzoo.tasks.linear_fit import LinearMaps

TIME = np.arange(600)
WAVES = np.sin(TIME / 5) + 0.5 * np.sin(TIME / 3.3)  # obeys a linear law of four steps


def fitted(values: object, *, validation: float = 0.2, season: int = 1) -> LinearMaps | None:
    task = Forecasting.learn(
        SeriesPanel.read(values), horizon=4, context=16, season_length=season, quantiles=(0.5,)
    )
    task.split(SeriesPanel.read(values), validation, batch_size=32, seed=0)
    return task.linear


def missed(values: np.ndarray, matrix: np.ndarray) -> float:
    """Mean absolute error of a matrix over all windows of a series."""
    windows = np.lib.stride_tricks.sliding_window_view(values, 20)
    past, ahead = windows[:, :16], windows[:, 16:]
    last = past[:, -1:]
    return float(np.abs((past - last) @ matrix + last - ahead).mean())


NAIVE = np.zeros((16, 4))


@pytest.mark.parametrize(("validation", "share"), [(0.2, 0.02), (0.0, 0.5)])
def test_a_linear_law_is_found(validation, share):
    linear = fitted(WAVES, validation=validation)
    assert missed(WAVES, linear.training) < share * missed(WAVES, NAIVE)


def test_scattered_gaps_in_the_targets_do_not_shrink_it():
    gaps = np.where(np.random.default_rng(0).random(len(WAVES)) < 0.1, np.nan, WAVES)
    assert missed(WAVES, fitted(gaps).training) < 0.5 * missed(WAVES, NAIVE)


def test_a_long_gap_counts_for_nothing():
    gap = WAVES.copy()
    gap[200:300] = np.nan
    assert missed(WAVES, fitted(gap).training) < 0.15 * missed(WAVES, NAIVE)


def test_windows_whose_targets_are_unknown_say_nothing():
    unknown = np.concatenate([WAVES[:16], np.full(584, np.nan)])  # a context, and no target
    # A season that the known ones do not fill: they do not even say what errors are counted in.
    alone, beside = (fitted(each, season=20).training for each in (WAVES, [WAVES, unknown]))
    np.testing.assert_allclose(alone, beside, rtol=1e-6, atol=1e-9)


def test_a_constant_channel_counts_as_one_that_changes():
    assert error_units([np.full((50, 1), 0.1)], season=4).tolist() == [[0.0]]


def test_channels_that_change_by_rounding_alone_do_not_decide_what_errors_count_in():
    jitter = 1e6 + 1e-9 * np.random.default_rng(0).normal(size=(5, 600, 1))
    alone = error_units([WAVES[:, None]], 4)
    units = error_units([*jitter, WAVES[:, None]], 4)
    assert units[:5].max() == 0 and units[5] == pytest.approx(alone[0])


@pytest.mark.parametrize("season", [1, 5, 700])
def test_errors_of_a_single_series_count_in_its_standard_deviation(season):
    gap = np.where(TIME == 50, np.nan, WAVES)
    assert error_units([gap[:, None]], season) == pytest.approx(np.nanstd(gap))


def test_errors_of_several_series_count_as_by_mase():
    """Of two that change alike the one that repeats itself more closely counts more."""
    noise = np.random.default_rng(0).normal(size=(2, 600))
    season = 10 * np.tile(np.arange(6.0), 100)
    close, loose = season + 0.1 * noise[0], season + noise[1]
    units = error_units([close[:, None], loose[:, None]], 6)[:, 0]
    errors = [np.abs(each[6:] - each[:-6]).mean() for each in (close, loose)]
    assert units[0] / units[1] == pytest.approx(errors[0] / errors[1])
    assert units[0] < close.std() and loose.std() < units[1]
    task = Forecasting.learn(SeriesPanel.read([close, loose]), horizon=4, season_length=6)
    batches, _ = task.split(SeriesPanel.read([close, loose]), 0.2, batch_size=64, seed=0)
    _, _, weight = batches.normalized(np.arange(len(batches.rows)))
    heavier = [weight[batches.rows[:, 0] == each].mean() for each in (0, 1)]
    assert heavier[0] / heavier[1] == pytest.approx(errors[1] / errors[0], rel=0.1)


@pytest.mark.parametrize("values", [WAVES[:60], np.full(300, 7.0)])
def test_few_windows_or_nothing_to_learn_leave_it_to_training(values):
    assert fitted(values) is None


def test_what_is_no_better_than_the_mean_season_on_held_out_windows_is_not_taken():
    random = np.random.default_rng(1)
    season = np.tile([0.0, 5.0, 1.0, 3.0], 30)
    assert fitted(season + random.normal(size=120), season=4) is None


def test_channels_count_alike_whatever_their_units():
    other = np.sin(TIME / 2.1) + 0.5 * np.sin(TIME / 1.3)
    loud = fitted(np.stack([WAVES, other], axis=1))
    quiet = fitted(np.stack([WAVES, 1e-3 * other], axis=1))
    np.testing.assert_allclose(loud.training, quiet.training, atol=1e-6)


def test_what_is_held_out_is_learned_from_at_the_end():
    """The waves grow loud in the held-out part, of which training sees little."""
    noise = np.random.default_rng(0).normal(size=500)
    values = np.concatenate([0.2 * WAVES[:400], WAVES[:100]]) + 0.1 * noise
    linear = fitted(values)
    assert missed(WAVES, linear.whole) < missed(WAVES, linear.training)


def test_a_forecaster_keeps_the_map_of_all_windows(tmp_path):
    model = Forecaster(
        "simple_rnn", size="tiny", horizon=4, context=16, season_length=1, epochs=1, random_state=0
    ).fit(WAVES)
    skip = model.model_.get_layer("skip")
    assert not skip.trainable
    np.testing.assert_allclose(skip.skip.numpy(), model.task_.linear.whole, rtol=1e-5, atol=1e-6)
    again = load(model.save(tmp_path / "model.mz"))
    np.testing.assert_allclose(again.predict(WAVES), model.predict(WAVES), rtol=1e-5)
