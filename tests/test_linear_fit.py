"""The linear path finds linear laws, falls back on seasons, and is not misled by gaps."""

from __future__ import annotations

import numpy as np
import pytest
from keras import ops

from modelzoo import Forecaster
from modelzoo.data.series import SeriesPanel
from modelzoo.tasks.forecasting import Forecasting
from modelzoo.tasks.linear_fit import seasonal_mean

TIME = np.arange(600)
WAVES = np.sin(TIME / 5) + 0.5 * np.sin(TIME / 3.3)  # obeys a linear law of four steps


def fitted(values: np.ndarray, *, validation: float = 0.2, season: int = 1) -> Forecasting:
    panel = SeriesPanel.read(values)
    task = Forecasting.learn(panel, horizon=4, context=16, season_length=season)
    task.split(panel, validation, batch_size=32, seed=0)
    return task


def missed(task: Forecasting, values: np.ndarray, matrix: np.ndarray) -> float:
    """Mean absolute error of a matrix over all windows of a series."""
    windows = np.lib.stride_tricks.sliding_window_view(values, 20)
    past, ahead = windows[:, :16], windows[:, 16:]
    last = past[:, -1:]
    return float(np.abs((past - last) @ matrix + last - ahead).mean())


@pytest.mark.parametrize(("validation", "share"), [(0.2, 0.02), (0.0, 0.5)])
def test_a_linear_law_is_found(validation, share):
    task = fitted(WAVES, validation=validation)
    naive = missed(task, WAVES, np.zeros((16, 4)))
    assert missed(task, WAVES, task.straight.training) < share * naive


def test_scattered_gaps_in_the_targets_do_not_shrink_it():
    random = np.random.default_rng(0)
    whole = np.concatenate([WAVES, WAVES + 3.0])
    gaps = np.where(random.random(len(whole)) < 0.3, np.nan, whole)
    task = fitted(gaps)
    assert missed(task, WAVES, task.straight.training) < 0.5 * missed(
        task, WAVES, np.zeros((16, 4))
    )


def test_a_channel_that_begins_late_does_not_stretch_it():
    late = np.where(TIME < 300, np.nan, WAVES)
    task = fitted(np.stack([WAVES, late], axis=1))
    naive = missed(task, WAVES, np.zeros((16, 4)))
    assert missed(task, WAVES, task.straight.training) < 0.02 * naive


def test_a_few_windows_are_not_met_exactly():
    values = np.random.default_rng(2).normal(size=34)
    task = fitted(values)
    windows = np.lib.stride_tricks.sliding_window_view(values[:26], 20)
    answers = (windows[:, :16] - windows[:, 15:16]) @ task.straight.training + windows[:, 15:16]
    assert np.abs(answers - windows[:, 16:]).mean() > 0.1


def test_a_fitted_forecaster_ends_with_what_all_windows_say():
    model = Forecaster("simple_rnn", size="tiny", horizon=4, context=16, epochs=1, random_state=0)
    model.fit(WAVES + np.random.default_rng(0).normal(size=600) / 2)
    learned, skip = model.task_.straight, model.model_.get_layer("skip").skip
    assert not np.allclose(learned.whole, learned.training, atol=1e-4)
    np.testing.assert_allclose(ops.convert_to_numpy(skip), learned.whole, atol=1e-6)


def test_noise_about_a_season_is_answered_with_the_mean_season():
    random = np.random.default_rng(1)
    values = np.tile([0.0, 5.0, 1.0, 3.0], 30) + random.normal(size=120)
    task = fitted(values, season=4)
    start = seasonal_mean(16, 4, 4)
    clean = np.tile([0.0, 5.0, 1.0, 3.0], 8)
    assert missed(task, clean, task.straight.training) < 0.3
    assert np.abs(task.straight.training - start).max() < 0.15


def test_a_quiet_channel_counts_as_much_as_a_loud_one():
    other = np.sin(TIME / 2.1) + 0.5 * np.sin(TIME / 1.3)
    loud = fitted(np.stack([WAVES, other], axis=1))
    quiet = fitted(np.stack([WAVES, 1e-3 * other], axis=1))
    np.testing.assert_allclose(loud.straight.training, quiet.straight.training, atol=1e-6)


def test_a_series_that_never_changes_is_no_error():
    task = fitted(np.full(80, 7.0))
    assert np.isfinite(task.straight).all()


def test_what_is_held_out_is_learned_from_at_the_end():
    noise = np.where(TIME < 480, np.random.default_rng(0).normal(size=600) / 2, 0)
    task = fitted(WAVES + noise)  # the part that validates is clean
    assert missed(task, WAVES, task.straight.whole) < missed(task, WAVES, task.straight.training)
