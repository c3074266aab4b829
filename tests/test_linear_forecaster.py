"""The linear forecaster is linear, learns, and is what the forecasting task does by itself."""

from __future__ import annotations

import keras
import numpy as np
import pandas as pd
import pytest
from keras import ops
from sklearn.base import clone

from modelzoo import Classifier, Forecaster, Generator
from modelzoo.baselines import LinearForecaster
from modelzoo.baselines.linear import silent
from modelzoo.errors import InputError
from modelzoo.layers import Backbone, Silence


@pytest.fixture(scope="module")
def series() -> pd.Series:
    """A season of four steps, and another of six that the season length does not name."""
    time = np.arange(120)
    values = 20 + 3 * np.sin(np.pi * time / 2) + 4 * np.sin(np.pi * time / 3)
    noise = np.random.default_rng(0).normal(size=120) / 5
    return pd.Series(values + noise, index=pd.date_range("2020", periods=120, freq="D"))


@pytest.fixture(scope="module")
def fitted(series):
    model = LinearForecaster(horizon=3, context=12, season_length=4, random_state=0)
    return model.fit(series.iloc[:100])


def test_the_forecast_is_linear_in_the_normalized_context(fitted):
    network = fitted.forecaster_.model_
    random = np.random.default_rng(0)
    one, other = random.normal(size=(2, 5, 12)).astype("float32")

    def answer(values):
        inputs = {"values": values, "observed": np.ones_like(values)}
        return ops.convert_to_numpy(network(inputs))  # (B, H, Q)

    at_rest = answer(np.zeros_like(one))
    together = answer(2 * one - 3 * other) - at_rest
    apart = 2 * (answer(one) - at_rest) - 3 * (answer(other) - at_rest)
    np.testing.assert_allclose(together, apart, atol=1e-4)
    assert np.abs(together).max() > 1


def test_level_and_unit_of_a_series_pass_through(fitted, series):
    history = series.iloc[:90]
    plain, moved = fitted.predict(history), fitted.predict(100 * history - 7)
    np.testing.assert_allclose(moved, 100 * plain - 7, rtol=1e-4)


def test_it_learns_what_its_start_does_not_know(fitted, series):
    assert fitted.score(series.iloc[100:]) > 0.5  # the other season, which no naive step sees
    out = fitted.predict()
    assert out.index.equals(series.index[100:103]) and list(out.columns) == [0.1, 0.5, 0.9]
    assert (np.diff(out.to_numpy(), axis=1) > 0).all()


def test_a_seed_decides_it(fitted, series):
    again = LinearForecaster(horizon=3, context=12, season_length=4, random_state=0)
    pd.testing.assert_frame_equal(again.fit(series.iloc[:100]).predict(), fitted.predict())


def test_a_clone_of_its_forecaster_is_as_linear(fitted, series):
    seasonal = np.tile([1.0, 5.0, 2.0, 9.0], 25) + series.to_numpy()[:100] / 100
    quick = {"epochs": 1, "verbose": 0}
    mixing = Forecaster(silent, horizon=3, context=12, season_length=4, **quick)
    assert clone(mixing).fit(seasonal).task_.mixture
    copied = clone(clone(fitted.forecaster_)).set_params(**quick)
    assert not copied.fit(seasonal).task_.mixture


def test_it_refuses_what_the_forecaster_refuses():
    with pytest.raises(InputError, match="horizon"):
        LinearForecaster(horizon=0).fit(np.arange(30.0))


def test_silence_is_zero_at_every_step():
    backbone = silent(width=4)
    x = np.random.default_rng(0).normal(size=(2, 5, 4)).astype("float32")
    assert backbone.streaming
    assert not ops.convert_to_numpy(backbone(x)).any()
    state = backbone.initial_state(2, 5)
    assert not ops.convert_to_numpy(backbone.step(x[:, 0], state, 0)[0]).any()
    assert Silence.from_config(Silence(name="nothing").get_config()).name == "nothing"


def recent_past(*, width: int = 8) -> Backbone:
    """An architecture that no registry knows: each step mixed with the two before."""
    mix = keras.layers.Conv1D(width, 3, padding="causal", name="mix")
    return Backbone([_Unmasked(mix)], width=width, causal=True)


class _Unmasked(keras.layers.Layer):
    """A Keras layer as a block: told of masks, and not minding them."""

    def __init__(self, layer):
        super().__init__(name="unmasked")
        self.supports_masking = True
        self.layer = layer

    def build(self, input_shape):
        self.layer.build(input_shape)
        self.built = True

    def call(self, x, mask=None, training=None):
        return x + self.layer(x)


@pytest.mark.slow
@pytest.mark.parametrize("builder", [silent, recent_past])
def test_any_builder_is_an_architecture_for_every_task(builder, series):
    parts = {"hparams": {"width": 8}, "epochs": 2, "random_state": 0, "verbose": 0}
    texts, labels = ["good fun", "so bad"] * 8, ["+", "-"] * 8
    chances = Classifier(builder, **parts).fit(texts, labels).predict_proba(["good"])
    assert chances.shape == (1, 2) and chances.sum() == pytest.approx(1)
    forecast = Forecaster(builder, horizon=2, context=8, **parts).fit(series).predict()
    assert np.isfinite(forecast.to_numpy()).all() and len(forecast) == 2
    writer = Generator(builder, context=8, **parts).fit(["abcabcabc"] * 8)
    assert writer.generate("abc", max_new_tokens=3, seed=0).startswith("abc")
    assert np.isfinite(writer.perplexity(["abc"]).bits_per_character)
