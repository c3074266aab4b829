"""The quick trial of whether the past of series says anything of their future."""

from __future__ import annotations

import numpy as np
import pytest

import modelzoo
from modelzoo.advisor.landmark import linear_gain

STEPS = np.arange(600)


def wave(rng, noise=0.1):
    """A season with noise: repeating the last one repeats its noise."""
    return np.sin(2 * np.pi * STEPS / 12) + noise * rng.standard_normal(len(STEPS))


def oscillation(rng):
    """What an autoregression tells, and neither the last value nor a season."""
    values = np.zeros(len(STEPS))
    for step in range(2, len(STEPS)):
        values[step] = 1.6 * values[step - 1] - 0.9 * values[step - 2] + rng.standard_normal()
    return values


def random_walk(rng):
    """What nothing tells better than its last value."""
    return rng.standard_normal(len(STEPS)).cumsum()


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_a_linear_forecast_gains_where_there_is_something_to_learn(rng):
    assert linear_gain([wave(rng)], 12, 12) > 0.2
    assert linear_gain([oscillation(rng)], 6, 1) > 0.2
    walks = [random_walk(rng) for _ in range(8)]
    assert -0.3 < linear_gain(walks, 6, 1) < 0.05


def test_it_loses_where_there_is_too_little_to_learn_from(rng):
    season = np.tile(rng.standard_normal(100), 3) + 0.01 * rng.standard_normal(300)
    assert linear_gain([season], 10, 100) < -0.1


def test_units_and_offsets_change_nothing_and_gaps_little(rng):
    series = [oscillation(rng), wave(rng)]
    gain = linear_gain(series, 6, 12)
    assert linear_gain([1e6 + 1e3 * each for each in series], 6, 12) == pytest.approx(gain, 1e-6)
    holed = [np.where(rng.random(len(each)) < 0.02, np.nan, each) for each in series]
    assert linear_gain(holed, 6, 12) == pytest.approx(gain, abs=0.1)


@pytest.mark.parametrize("share", [0.5, 0.8])
def test_gaps_do_not_tell_the_future(rng, share):
    walks = [random_walk(rng) for _ in range(8)]
    holed = [np.where(rng.random(len(each)) < share, np.nan, each) for each in walks]
    assert linear_gain(holed, 6, 1) < 0.05


def test_a_few_odd_series_do_not_decide(rng):
    usual = [wave(rng) for _ in range(20)]
    gain = linear_gain(usual, 12, 12)
    silent, step = np.zeros(600), np.zeros(600)
    silent[500:], step[500:] = wave(rng)[500:], 1
    short, jump = wave(rng)[:80], wave(rng)
    jump[500:] *= 1000
    for odd in ([silent], [step], [short], [jump], [silent, step, short, jump]):
        assert linear_gain(usual + odd, 12, 12) == pytest.approx(gain, abs=0.05)


@pytest.mark.parametrize(
    "series",
    [
        [],
        [np.arange(20.0)],  # four horizons and eight steps are needed
        [np.full(600, np.nan)],
        [np.full(600, 3.0)],
        [np.array([])],
    ],
)
def test_where_there_is_nothing_to_try_there_is_no_figure(series):
    assert linear_gain(series, 6, 1) is None


def test_the_shortest_and_the_most_different_series_have_one(rng):
    assert linear_gain([rng.standard_normal(32)], 6, 1) is not None
    different = [rng.standard_normal(32), random_walk(rng), np.full(600, 3.0), np.arange(9.0)]
    assert np.isfinite(linear_gain(different, 6, 12))


def test_advice_says_where_there_may_be_nothing_to_learn(rng):
    walk = modelzoo.recommend("forecasting", data=random_walk(rng).tolist(), horizon=6)
    known = modelzoo.recommend("forecasting", data=oscillation(rng).tolist(), horizon=6)
    assert "repetition" in str(walk.need) and "less than repetition" in str(known.need)
    assert not known.changes or not any("steps of history" in each for each in known.changes)
    told = [each for each in walk.advice if "linear forecast" in each]
    assert len(told) == 1 and "Compare with simple methods" in told[0]
    assert not any("linear forecast" in each for each in known.advice)


def test_the_figure_is_known_without_a_horizon_too(rng):
    found = modelzoo.recommend("forecasting", data=oscillation(rng).tolist())
    assert found.need.profile.linear_gain > 0.1
