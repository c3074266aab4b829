"""Weights of eight bits: what stays, what gets smaller, and what is refused."""

from __future__ import annotations

import copy
import json
import pickle
import zipfile

import int8
import keras
import numpy as np
import pytest
from at_hand import is_at_hand
from bookkeeping import between
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import modelzoo
from modelzoo.errors import InputError
from modelzoo.estimators import Generator
from modelzoo.estimators.precision import INT8, building_in
from modelzoo.layers.int8 import FEW_ROWS, Int8Dense, quantized

TEXTS = ["the cat sat on the mat. a dog ate the cake, and then the bone. so it goes. " * 3] * 4


@pytest.fixture(scope="module", params=["gpt", "bert", "gru"])
def pair(request):
    """A trained model and its copy of eight bits."""
    trained = Generator(request.param, size="tiny", epochs=2, random_state=0, verbose=0).fit(TEXTS)
    return trained, copy.deepcopy(trained).quantize("int8")


@settings(max_examples=50, deadline=None)
@given(arrays("float32", (3, 4), elements=st.floats(-1e6, 1e6, width=32)))
def test_a_weight_moves_by_half_a_step_at_most(matrix):
    found, scale = quantized(matrix)
    assert found.dtype == "int8" and scale.shape == (3,) and (scale > 0).all()
    off = np.abs(found * scale[:, None] - matrix)
    assert (off <= scale[:, None] * 0.501 + 1e-30).all()


@pytest.mark.parametrize("rows", [1, FEW_ROWS, FEW_ROWS + 1, 40])
def test_a_quantized_dense_layer_is_the_one_that_it_was_made_of(rows):
    rng = np.random.default_rng(0)
    before = keras.layers.Dense(5)
    before.build((None, 7))
    before.bias.assign(rng.standard_normal(5))
    after = Int8Dense(5)
    after.build((None, 7))
    after.quantize_from(keras.ops.convert_to_numpy(before.kernel))
    after.bias.assign(before.bias)
    x = rng.standard_normal((rows, 7)).astype("float32")
    expected, found = (keras.ops.convert_to_numpy(each(x)) for each in (before, after))
    np.testing.assert_allclose(found, expected, atol=0.05)
    whole = keras.ops.convert_to_numpy(after(np.tile(x, (20, 1))))[:rows]  # by floats
    np.testing.assert_allclose(found, whole, atol=1e-5)


def test_it_predicts_as_before_with_a_quarter_of_the_bytes(pair):
    trained, small = pair
    perplexity = trained.perplexity(TEXTS[0]).perplexity
    assert small.perplexity(TEXTS[0]).perplexity == pytest.approx(perplexity, rel=0.02)
    found = [np.asarray(each) for each in small.model_.get_weights()]
    assert any(each.dtype == "int8" for each in found)
    if trained.model in ("gpt", "bert"):
        kept = sum(each.nbytes for each in trained.model_.get_weights())
        assert sum(each.nbytes for each in found) < 0.35 * kept


def test_it_writes_much_the_same_whatever_the_number_of_texts(pair):
    trained, small = pair
    greedy = {"max_new_tokens": 12, "temperature": 0}
    text = small.generate("the cat", **greedy)
    assert text.startswith("the cat")
    many = ["the cat", *["a dog ate"] * FEW_ROWS]
    assert small.generate(many, **greedy)[0] == text  # these are written by floats
    if trained.task_.causal:
        assert small.generate("the cat", beams=2, max_new_tokens=5).startswith("the cat")


def test_copies_and_bundles_answer_alike(pair, tmp_path):
    trained, small = pair
    small.save(tmp_path / "small.mz")
    trained.save(tmp_path / "trained.mz")
    weights = small.model_.get_weights()
    for other in (
        modelzoo.load(tmp_path / "small.mz"),
        pickle.loads(pickle.dumps(small)),
        copy.deepcopy(small).quantize(),  # once more changes nothing
    ):
        for before, after in zip(weights, other.model_.get_weights(), strict=True):
            assert before.dtype == after.dtype and (before == after).all()
    card = zipfile.ZipFile(tmp_path / "small.mz").read("MODEL_CARD.md").decode()
    assert "made int8 after training" in card
    if trained.model in ("gpt", "bert"):
        sizes = [(tmp_path / f"{name}.mz").stat().st_size for name in ("small", "trained")]
        assert sizes[0] < 0.5 * sizes[1]


def test_keras_own_file_keeps_it(pair, tmp_path):
    network = pair[1].model_
    network.save(tmp_path / "network.keras")
    again = keras.saving.load_model(tmp_path / "network.keras")
    ids = np.arange(6, 18, dtype="int32")[None]
    for each in (network, again):
        assert any("int8" in weight.dtype for weight in each.weights)
    np.testing.assert_allclose(again.predict(ids, verbose=0), network.predict(ids, verbose=0))


def test_training_goes_on_in_floats_only(tmp_path):
    small = Generator("gru", size="tiny", epochs=1, random_state=0, verbose=0).fit(TEXTS).quantize()
    weights = small.model_.get_weights()
    small.warm_start = True
    with pytest.raises(InputError, match="leave out warm_start"):
        small.fit(TEXTS)
    assert all((a == b).all() for a, b in zip(weights, small.model_.get_weights(), strict=True))
    for each in (modelzoo.load(small.save(tmp_path / "small.mz")), small):
        assert each.get_params()["precision"] == "float32"
        each.set_params(warm_start=False, epochs=1).fit(TEXTS)
        assert not any(weight.dtype == "int8" for weight in each.model_.weights)


def test_what_fails_in_between_leaves_the_model_as_it_was(monkeypatch):
    fitted = Generator("gpt", size="tiny", epochs=1, random_state=0, verbose=0).fit(TEXTS)
    fitted.scores_ = {"perplexity": 2.0}
    before = dict(fitted.__dict__)
    weight = fitted.model_.weights[0]
    value = weight.numpy() if hasattr(weight, "numpy") else np.asarray(weight)
    weight.assign(np.full_like(value, np.nan))
    with pytest.raises(InputError, match="not finite"):
        fitted.quantize()
    assert fitted.__dict__ == before
    weight.assign(value)
    fitted.quantize()
    assert not hasattr(fitted, "scores_")  # they were those of the floats


def test_unfitted_models_are_refused():
    with pytest.raises(ValueError, match="not fitted"):
        Generator("gru").quantize()


def test_another_mode_is_refused(pair):
    with pytest.raises(InputError, match="'int4'"):
        pair[0].quantize("int4")


def test_the_policy_of_keras_comes_back():
    before = keras.config.dtype_policy()
    with building_in(INT8):
        assert keras.config.dtype_policy().compute_dtype == "float32"
    assert keras.config.dtype_policy() == before


def test_the_page_is_what_the_records_say(project):
    page = (project / "docs" / "performance.md").read_text(encoding="utf-8")
    records = json.loads(int8.PATH.read_text(encoding="utf-8"))
    assert between(page, int8.BEGIN, int8.END) == int8.page(records).strip()


@pytest.mark.slow
@pytest.mark.skipif(not is_at_hand("tinyshakespeare"), reason="set MODELZOO_DATA for its files")
def test_the_benchmark_runs(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["int8.py", "--quick"])
    before = int8.PATH.read_bytes()
    int8.main()
    assert "tokens/s" in capsys.readouterr().out and int8.PATH.read_bytes() == before
