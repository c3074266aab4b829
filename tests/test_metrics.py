"""The measures agree with their definitions and refuse what has no answer."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelzoo.errors import InputError
from modelzoo.metrics import Perplexity, coverage, mae, mase, pinball_loss, rmse, smape

NUMBERS = st.lists(st.floats(-1e6, 1e6).map(lambda x: round(x, 6)), min_size=1, max_size=20)


@settings(deadline=None)  # the first call imports scikit-learn
@given(NUMBERS)
def test_a_perfect_forecast_has_no_error(values):
    assert mae(values, values) == rmse(values, values) == smape(values, values) == 0
    assert pinball_loss(values, np.stack([values] * 2, -1), (0.1, 0.9)) == 0
    assert coverage(values, values, values) == 1


@settings(deadline=None)  # the first call imports scikit-learn
@given(NUMBERS, NUMBERS)
def test_smape_stays_between_0_and_200_and_mae_below_rmse(true, predicted):
    size = min(len(true), len(predicted))
    true, predicted = true[:size], predicted[:size]
    assert 0 <= smape(true, predicted) <= 200 + 1e-9
    assert mae(true, predicted) <= rmse(true, predicted) * (1 + 1e-9)


def test_the_pinball_loss_of_the_median_is_half_the_absolute_error():
    true, predicted = np.array([1.0, 5.0, 9.0]), np.array([2.0, 2.0, 2.0])
    assert pinball_loss(true, predicted[:, None], [0.5]) == pytest.approx(mae(true, predicted) / 2)


def test_mase_of_a_seasonal_naive_forecast_of_the_training_part_itself_is_one():
    train = np.random.default_rng(0).normal(size=60)
    assert mase(train[12:], train[:-12], train, season_length=12) == pytest.approx(1)


def test_mase_is_the_mean_over_channels_and_does_not_depend_on_their_units():
    rng = np.random.default_rng(1)
    train, true, predicted = rng.normal(size=(30, 2)), rng.normal(size=(4, 2)), np.zeros((4, 2))
    unit = np.array([1.0, 1000.0])
    single = [mase(true[:, c], predicted[:, c], train[:, c]) for c in (0, 1)]
    assert mase(true * unit, predicted, train * unit) == pytest.approx(np.mean(single))


def test_mase_without_a_scale_is_nan_not_infinite():
    assert math.isnan(mase([1.0], [2.0], [5.0, 5.0, 5.0]))


def test_missing_true_values_are_left_out():
    assert mae([np.nan, 1.0], [np.nan, 3.0]) == 2
    assert mase([np.nan, 1.0], [0.0, 3.0], [0.0, np.nan, 2.0, 4.0]) == 1
    assert coverage([np.nan, 1.0], [np.nan, 0.0], [0.0, 2.0]) == 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mae([1.0], [1.0, 2.0]), r"shape \(1,\), the forecast \(2,\)"),
        (lambda: mae([np.nan], [1.0]), "no known value"),
        (lambda: rmse([1.0], [np.nan]), "missing values"),
        (lambda: mase([1.0], [1.0], [1.0, 2.0], season_length=2), "below the length"),
        (lambda: mase([1.0], [1.0], [1.0, np.nan, 2.0]), "one season apart"),
        (lambda: mase([1.0], [1.0], np.ones((3, 2))), "1 channels, y_train 2"),
        (lambda: pinball_loss([1.0], [[1.0]], (0.1, 0.9)), "last axis of 2"),
        (lambda: Perplexity.from_nats(0.0, 0, 0), "texts are empty"),
    ],
)
def test_what_has_no_answer_is_an_error(call, message):
    with pytest.raises(InputError, match=message):
        call()


def test_perplexity_of_a_coin_is_two_whatever_the_tokens_are_called():
    coin = Perplexity.from_nats(10 * math.log(2), n_tokens=10, n_characters=20)
    assert coin.perplexity == pytest.approx(2) and coin.bits_per_character == pytest.approx(0.5)
    assert Perplexity.from_nats(1e6, 1, 1).perplexity == math.inf
