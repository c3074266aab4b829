"""Every registered architecture passes every check, and each check catches what it is for."""

from __future__ import annotations

import functools
import pickle

import keras
import numpy as np
import pytest
from architectures import cheapest
from keras import ops

from modelzoo import registry
from modelzoo.errors import InputError, ModelZooError, UnknownNameError
from modelzoo.layers import Backbone
from modelzoo.testing import CHECKS, ConformanceError, Subject, check_model

subject_of = functools.cache(Subject)  # what a check builds or trains serves the others


CHEAPEST = min(registry.list_models(), key=lambda name: registry.describe(name).cost().parameters)
AGAIN = "the_random_state_decides_the_model"  # trains what others trained once more: slow


def cases():
    """Every check of every architecture; what trains the larger ones is slow."""
    names = registry.list_models()
    quick = cheapest(names)
    for check in CHECKS:
        bundles = check.__name__.startswith("a_bundle")
        trains = bundles or check.__name__.startswith("it_learns")
        for name in names:
            if check.__name__ == AGAIN and name != CHEAPEST:
                continue  # seeds are drawn and used by the tasks, alike for every architecture
            slow = check.__name__ == AGAIN or (trains and name not in quick)
            marks = [pytest.mark.slow] * slow + [pytest.mark.jax] * (slow and bundles)
            marks.append(pytest.mark.xdist_group(name))  # what is trained serves its other checks
            yield pytest.param(check, name, marks=marks, id=f"{check.__name__}-{name}")


@pytest.mark.parametrize(("check", "name"), [*cases()])
def test_conformance(check, name):
    check_model(subject_of(name), checks=[check])


class Mixer(keras.layers.Layer):
    """A sound little block, the running mean of a linear map, from which the broken ones stem."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def build(self, shape):
        self.kernel = self.add_weight(name="kernel", shape=(shape[-1], shape[-1]))
        self.built = True

    def call(self, x, mask=None, training=None):
        y = ops.matmul(x, self.kernel)
        real = ops.ones_like(x[..., :1]) if mask is None else ops.cast(mask, x.dtype)[..., None]
        count = ops.maximum(ops.cumsum(real, axis=1), 1)
        return x + ops.cumsum(y * real, axis=1) / count

    def initial_state(self, batch_size, max_length):
        return ops.zeros((batch_size, self.kernel.shape[0]), dtype=self.compute_dtype)

    def step(self, x, state, position):
        state = state + ops.matmul(x, ops.cast(self.kernel, x.dtype))
        return x + state / ops.cast(position + 1, x.dtype), state


def backbone_of(block, *, causal=True, width=8, **options):
    return Backbone([block], width=width, causal=causal, **options)


keras.saving.register_keras_serializable("conformance")(Mixer)


def sound(*, width=8):
    return backbone_of(Mixer(), width=width)


class IgnoresItsInput(Mixer):
    def call(self, x, mask=None, training=None):
        return super().call(ops.zeros_like(x), mask)


class MixesNothing(Mixer):
    def call(self, x, mask=None, training=None):
        return ops.matmul(x, self.kernel)


class LeaksTheFuture(Mixer):
    def call(self, x, mask=None, training=None):
        return super().call(ops.flip(x, axis=1), mask) + super().call(x, mask)


class IgnoresTheMask(Mixer):
    def call(self, x, mask=None, training=None):
        return super().call(x)


class LooksAtItsPadding(Mixer):
    def call(self, x, mask=None, training=None):
        return super().call(x, mask) / x.shape[1]


class MixesRows(Mixer):
    def call(self, x, mask=None, training=None):
        return super().call(x, mask) - ops.mean(x, axis=0, keepdims=True)


class StepsOtherwise(Mixer):
    def step(self, x, state, position):
        y, _ = super().step(x, state, position)
        return y, state  # the state never moves


class HasTheBatchBehind(Mixer):
    def initial_state(self, batch_size, max_length):
        return ops.transpose(super().initial_state(batch_size, max_length))

    def step(self, x, state, position):
        y, state = super().step(x, ops.transpose(state), position)
        return y, ops.transpose(state)


class ChangesTheFormOfItsState(Mixer):
    def step(self, x, state, position):
        y, state = super().step(x, state, position)
        return y, ops.cast(state, "float16")


class HasADeadWeight(Mixer):
    def build(self, shape):
        self.dead = self.add_weight(name="dead", shape=(3,))
        super().build(shape)


class OverflowsInHalfPrecision(Mixer):
    def call(self, x, mask=None, training=None):
        return super().call(x, mask) + ops.min(1e9 * x, axis=1, keepdims=True) * 0


class DividesByTheSteps(Mixer):
    def call(self, x, mask=None, training=None):
        y = super().call(x, mask)
        if mask is None:
            return y
        count = ops.sum(ops.cast(mask, x.dtype), axis=1)[:, None, None]
        return y * (count / count)


class DrawsItsOwnNumbers(Mixer):
    def build(self, shape):
        super().build(shape)
        self.kernel.assign(np.random.default_rng().normal(size=self.kernel.shape))


class ForgetsItsConfiguration(Mixer):
    def __init__(self, scale=1.0, **kwargs):
        super().__init__(**kwargs)
        self.scale = scale

    def get_config(self):
        return {"name": self.name}

    def call(self, x, mask=None, training=None):
        return super().call(self.scale * x, mask)


class TooShort(Mixer):
    def call(self, x, mask=None, training=None):
        return super().call(x, mask)[:, :-1]


class Silent(Backbone):
    """Has a limit on the length and says nothing when it is exceeded."""

    def check_length(self, length):
        pass


def limited(*, width=8, max_length=16):
    return Silent([Mixer()], width=width, causal=True, max_length=max_length)


def refuses_what_it_allows(*, width=8, max_length=16):
    raise InputError("never satisfied")


BROKEN = [
    (IgnoresItsInput, "steps_are_mixed"),
    (MixesNothing, "steps_are_mixed"),
    (LeaksTheFuture, "the_future_is_read_only_if_not_causal"),
    (IgnoresTheMask, "masked_steps_are_ignored"),
    (LooksAtItsPadding, "padding_changes_nothing"),
    (MixesRows, "rows_do_not_influence_each_other"),
    (StepsOtherwise, "step_equals_call"),
    (ChangesTheFormOfItsState, "step_equals_call"),
    (HasTheBatchBehind, "the_state_has_the_batch_first"),
    (HasADeadWeight, "every_weight_gets_a_gradient"),
    (OverflowsInHalfPrecision, "half_precision_stays_finite"),
    (DividesByTheSteps, "a_row_without_a_real_step_stays_finite"),
    (DrawsItsOwnNumbers, "the_seed_decides_the_weights"),
    (functools.partial(ForgetsItsConfiguration, scale=2.0), "keras_saves_and_loads_it"),
    (TooShort, "output_has_the_shape_and_dtype_of_the_input"),
    (IgnoresItsInput, "it_learns_to_classify"),
    (IgnoresItsInput, "it_learns_to_forecast"),
    (IgnoresItsInput, "it_learns_to_generate"),
    (MixesNothing, "it_learns_to_generate"),
]


def label(value):
    return value if isinstance(value, str) else getattr(value, "func", value).__name__


@pytest.mark.parametrize(("block", "check"), BROKEN, ids=label)
def test_a_broken_block_is_caught(block, check):
    layer = getattr(block, "func", block)
    keras.saving.register_keras_serializable("conformance")(layer)

    def broken(*, width=8):
        return backbone_of(block(), width=width)

    expect_caught(broken, check)


def expect_caught(builder, check):
    with pytest.raises(ConformanceError) as caught:
        check_model(builder, checks=[check])
    assert caught.value.failures.keys() == {check}
    return str(caught.value)


def test_a_sound_builder_passes_all_checks_of_the_backbone():
    checks = [check for check in CHECKS if not check.__module__.endswith("learning")]
    check_model(sound, checks=checks)


def test_a_backbone_that_claims_to_read_both_ways_and_does_not_is_caught():
    def pretends(*, width=8):
        return backbone_of(Mixer(), width=width, causal=False)

    expect_caught(pretends, "the_future_is_read_only_if_not_causal")


def test_a_limit_that_is_not_enforced_is_caught():
    assert "expected an InputError" in expect_caught(limited, "too_long_is_an_error")


def test_a_card_that_promises_other_traits_is_caught():
    registry.register("pretender", sound, traits={"causal": False, "streaming": True})
    try:
        expect_caught("pretender", "the_card_agrees_with_the_backbone")
    finally:
        registry.unregister("pretender")


def test_a_card_that_counts_wrong_is_caught():
    cost = {
        "parameters": "width * width + 1",
        "flops_per_token": "2 * width * width",
        "activations_per_token": "width",
        "state": "2 * width",
    }
    registry.register("miscounted", sound, cost=cost)
    try:
        expect_caught("miscounted", "the_formula_counts_the_weights")
        expect_caught("miscounted", "the_formula_counts_the_state")
    finally:
        registry.unregister("miscounted")


def test_a_builder_whose_random_numbers_are_its_own_is_caught_between_fits():
    def unrepeatable(*, width=8):
        return backbone_of(DrawsItsOwnNumbers(), width=width)

    expect_caught(unrepeatable, "the_random_state_decides_the_model")


def test_all_failures_are_told_together_with_check_and_model():
    with pytest.raises(ConformanceError) as caught:
        check_model(refuses_what_it_allows, checks=["step_equals_call", "steps_are_mixed"])
    error = caught.value
    assert isinstance(error, AssertionError) and isinstance(error, ModelZooError)
    assert list(error.failures) == ["step_equals_call", "steps_are_mixed"]
    assert str(error).startswith("refuses_what_it_allows: 2 of 2 checks failed")
    assert "raised InputError: never satisfied" in str(error)
    assert pickle.loads(pickle.dumps(error)).failures == error.failures


def test_an_unknown_check_is_told_with_the_nearest():
    with pytest.raises(UnknownNameError, match="did you mean 'step_equals_call'"):
        check_model(sound, checks=["step_equal_call"])


def test_checks_have_names_and_docstrings_of_their_own():
    assert len({check.__name__ for check in CHECKS}) == len(CHECKS)
    assert all(check.__doc__ for check in CHECKS)


def test_half_precision_leaves_the_dtype_policy_as_it_was():
    before = keras.config.dtype_policy()
    with pytest.raises(ConformanceError):
        check_model(refuses_what_it_allows, checks=["half_precision_stays_finite"])
    assert keras.config.dtype_policy() == before
