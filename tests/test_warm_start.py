"""Training that goes on from the weights and the vocabulary of the fit before."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from architectures import each_architecture
from sklearn.base import clone

import modelzoo
from modelzoo import registry
from modelzoo.errors import InputError
from modelzoo.estimators import Generator

OLD, NEW = ["abcdefgh" * 12], ["hgfedcba" * 12]
NAME = registry.list_models(causal=True)[0]
QUICK = {"context": 16, "epochs": 2, "learning_rate": 1e-2, "random_state": 0, "verbose": 0}


@pytest.fixture(scope="module", params=each_architecture())
def saved(request, tmp_path_factory):
    model = Generator(request.param, size="tiny", **QUICK).fit(OLD)
    return model.save(tmp_path_factory.mktemp("warm") / "model.mz")


def test_a_loaded_model_learns_new_texts_with_its_vocabulary(saved):
    model = modelzoo.load(saved)
    before, vocabulary = model.perplexity(NEW), model.task_.vocabulary.tokens
    weights, network = model.model_.get_weights(), model.model_
    written = model.generate("abc", 12, temperature=0)
    model.set_params(warm_start=True).fit(NEW)
    after = model.perplexity(NEW)
    assert after.nats_per_character < before.nats_per_character - 0.3
    assert model.task_.vocabulary.tokens == vocabulary and model.model_ is network
    assert any((a != b).any() for a, b in zip(weights, model.model_.get_weights(), strict=True))
    assert model.generate("abc", 12, temperature=0) != written


@pytest.fixture
def fitted():
    options = QUICK | {"epochs": 1, "hparams": {"width": 8, "depth": 1}}
    return Generator(NAME, warm_start=True, **options).fit(OLD)


def test_it_starts_from_the_weights_of_the_fit_before(fitted):
    before = fitted.model_.get_weights()
    fitted.set_params(learning_rate=1e-12).fit(OLD)
    for old, new in zip(before, fitted.model_.get_weights(), strict=True):
        np.testing.assert_allclose(old, new, atol=1e-6)


def test_without_it_and_in_a_clone_training_starts_from_nothing(fitted):
    first = fitted.model_
    assert not hasattr(clone(fitted), "model_")
    fitted.set_params(warm_start=False).fit(NEW)
    assert fitted.model_ is not first


@pytest.mark.slow
def test_unknown_characters_are_told_with_their_share(fitted):
    with pytest.warns(UserWarning, match=r"50\.0% of the new texts' tokens"):
        fitted.fit(["aXbYcZ" * 9])
    assert "X" not in fitted.task_.vocabulary.tokens


@pytest.mark.parametrize(
    "changed, named",
    [
        ({"hparams": {"width": 16, "depth": 1}}, "width changed"),
        ({"model": registry.list_models(causal=True)[1]}, "model changed"),
        ({"context": 32}, "context=32"),
    ],
)
def test_another_network_is_refused(fitted, changed, named):
    before = fitted.model_
    with pytest.raises(InputError, match=named):
        fitted.set_params(**changed).fit(OLD)
    assert fitted.model_ is before


class Interrupt(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        raise KeyboardInterrupt


def test_what_was_learned_stays_where_going_on_fails(fitted):
    task, before = fitted.task_, fitted.model_.get_weights()
    with pytest.raises(KeyboardInterrupt):
        fitted.fit(["a", "b"] * 20, ["cd", "efg"] * 20, callbacks=Interrupt())
    assert fitted.task_ is task and not task.pairs
    for old, now in zip(before, fitted.model_.get_weights(), strict=True):
        np.testing.assert_array_equal(old, now)


def test_ids_do_not_go_on_from_text(fitted):
    with pytest.raises(InputError, match="goes on with text, got tokens"):
        fitted.fit([[1, 2, 3]])


@pytest.mark.slow
def test_a_model_of_texts_learns_to_complete_prompts(fitted):
    fitted.generate("a", 3)
    fitted.set_params(epochs=30).fit(["a", "b"] * 20, ["cd", "efg"] * 20)
    assert fitted.generate(["a", "b"], 6, temperature=0) == ["cd", "efg"]
    assert fitted.perplexity(["a"], ["cd"]).n_tokens == 2
