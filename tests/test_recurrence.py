"""Training recurrent blocks by a compiled loop: the same numbers as Keras' own layers give."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from modelzoo.layers import RecurrentBlock
from modelzoo.layers.compiled import Compiled
from modelzoo.layers.compiled_scan import CHUNK
from modelzoo.layers.recurrence import (
    NARROW,
    WORTH,
    has_compiled_training,
    long_training,
    train_recurrence,
)

on_tensorflow = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="about TensorFlow's graphs"
)
LAYERS = [keras.layers.SimpleRNN, keras.layers.LSTM, keras.layers.GRU]
WIDTH = 5


def series(length, batch=3, channels=4):
    return np.random.default_rng(0).normal(size=(batch, length, channels)).astype("float32")


def built(layer, **options):
    layer = layer(WIDTH, return_sequences=True, **options)
    layer.build((None, None, 4))
    random = np.random.default_rng(1)
    layer.set_weights([0.5 * random.normal(size=each.shape) for each in layer.get_weights()])
    return layer


def outputs_and_gradients(layer, call, x, jit_compile=None):
    if keras.backend.backend() == "jax":
        return outputs_and_gradients_on_jax(layer, call, x)
    import tensorflow as tf

    weights = [each.value for each in layer.trainable_variables]

    @tf.function(input_signature=[tf.TensorSpec([None, None, 4])], jit_compile=jit_compile)
    def run(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = call(x)
            steps = tf.range(1, tf.shape(y)[1] + 1, dtype="float32")[None, :, None]
            loss = tf.reduce_sum(steps * y**2)  # no two steps count alike
        return [y, *tape.gradient(loss, [x, *weights])]

    return [each.numpy() for each in run(x)]


def outputs_and_gradients_on_jax(layer, call, x):
    import jax

    def loss(x, weights):
        with keras.StatelessScope(list(zip(layer.trainable_variables, weights, strict=True))):
            y = call(x)
        steps = jax.numpy.arange(1, y.shape[1] + 1, dtype="float32")[None, :, None]
        return (steps * y**2).sum(), y  # no two steps count alike

    weights = [each.value for each in layer.trainable_variables]
    (_, y), (dx, dw) = jax.jit(jax.value_and_grad(loss, (0, 1), has_aux=True))(x, weights)
    return [np.asarray(each) for each in (y, dx, *dw)]


def in_a_graph(layer, **options):
    """Whether such a layer is trained by the compiled loop where a step is compiled."""
    layer, answers = layer(WIDTH, return_sequences=True, **options), []

    def ask(x):
        answers.append(has_compiled_training(layer))
        return x

    with long_training(WORTH):
        Compiled(ask)(0)
    return answers[0]


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("length", [1, CHUNK, 2 * CHUNK + 3])
@pytest.mark.parametrize("layer", LAYERS)
def test_outputs_and_gradients_are_those_of_the_stock_layer(layer, length, backwards):
    layer, x = built(layer, go_backwards=backwards), series(length)
    ours = outputs_and_gradients(layer, lambda x: train_recurrence(layer, x), x)
    theirs = outputs_and_gradients(layer, layer, x)
    for mine, reference in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, reference, rtol=2e-4, atol=2e-4)


@on_tensorflow
def test_the_whole_step_may_be_compiled_too():
    layer, x = built(keras.layers.GRU), series(CHUNK + 5)
    ours = outputs_and_gradients(layer, lambda x: train_recurrence(layer, x), x, jit_compile=True)
    theirs = outputs_and_gradients(layer, layer, x)
    for mine, reference in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, reference, rtol=2e-4, atol=2e-4)


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("layer", LAYERS)
def test_masked_steps_anywhere_leave_the_state_as_it_was(layer, backwards):
    layer, x = built(layer, go_backwards=backwards), series(CHUNK + 5)
    mask = np.random.default_rng(2).random(x.shape[:2]) < 0.6
    mask[1, -9:] = False  # padding behind
    mask[2] = False  # no real step at all
    ours = outputs_and_gradients(layer, lambda x: train_recurrence(layer, x, mask), x)
    theirs = outputs_and_gradients(layer, lambda x: layer(x, mask=mask), x)
    for mine, reference in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, reference, rtol=2e-4, atol=2e-4)


@pytest.mark.parametrize("layer", LAYERS)
def test_a_block_gives_the_same_in_training_as_in_prediction(layer):
    block = RecurrentBlock(
        built(layer), built(layer, go_backwards=True), layer_norm=True, residual=False
    )
    x, mask = series(CHUNK + 1), np.arange(CHUNK + 1) < np.array([[17], [4], [9]])
    block(x)  # builds the norm
    both = Compiled(lambda *each: [block(*each, training=training) for training in (True, False)])
    with long_training(WORTH):
        trained, predicted = map(keras.ops.convert_to_numpy, both(x, mask))
    np.testing.assert_allclose(trained, predicted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("layer", LAYERS)
def test_plain_layers_are_trained_by_the_compiled_loop(layer):
    assert in_a_graph(layer)
    assert in_a_graph(layer, go_backwards=True)


@on_tensorflow
def test_a_layer_that_is_run_eagerly_is_left_to_keras():
    with long_training(WORTH):
        assert not has_compiled_training(keras.layers.GRU(WIDTH, return_sequences=True))


@on_tensorflow
def test_only_a_long_training_of_ours_compiles_the_loop():
    layer, answers = keras.layers.GRU(WIDTH, return_sequences=True), []

    def ask(x):
        answers.append(has_compiled_training(layer))
        return x

    with long_training(WORTH - 1):
        Compiled(ask)(0)
    Compiled(ask)(0)
    assert answers == [False, False]


@on_tensorflow
def test_a_network_that_was_taken_away_may_be_differentiated_twice():
    import tensorflow as tf

    block, x = RecurrentBlock(built(keras.layers.LSTM), residual=False), series(CHUNK + 1)
    block(x)

    @tf.function
    def penalty(x):
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = tf.reduce_sum(block(x, training=True) ** 2)
            slope = tf.reduce_sum(inner.gradient(y, x) ** 2)
        return outer.gradient(slope, x)

    assert np.isfinite(penalty(tf.constant(x)).numpy()).all()


@on_tensorflow
def test_a_block_may_compute_in_less_than_its_layer():
    layer = built(keras.layers.GRU, dtype="float32")
    block = RecurrentBlock(layer, residual=False, dtype="mixed_bfloat16")
    x = series(CHUNK)
    block(x)
    run = Compiled(lambda x: block(x, training=True))
    stock = keras.ops.convert_to_numpy(keras.ops.cast(run(x), "float32"))
    compiled = Compiled(lambda x: block(x, training=True))
    with long_training(WORTH):
        ours = keras.ops.convert_to_numpy(keras.ops.cast(compiled(x), "float32"))
    np.testing.assert_allclose(ours, stock, rtol=2e-2, atol=2e-2)


@pytest.mark.parametrize(
    "options",
    [
        {"activation": "relu"},
        {"recurrent_dropout": 0.1},
        {"dropout": 0.1},
        {"use_bias": False},
        {"unroll": True},
        {"return_state": True},
        {"zero_output_for_mask": True},
        {"dtype": "mixed_bfloat16"},
    ],
    ids=str,
)
@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_with_anything_unusual_is_left_to_keras(layer, options):
    assert not in_a_graph(layer, **options)


def test_wide_layers_are_left_to_keras_on_tensorflow():
    wide = in_a_graph(lambda units, **more: keras.layers.GRU(NARROW + 1, **more))
    assert wide == (keras.backend.backend() == "jax")


def test_other_layers_are_left_to_keras():
    class Own(keras.layers.GRU):
        """A layer that may compute anything."""

    assert not in_a_graph(Own)
    assert not in_a_graph(keras.layers.GRU, reset_after=False)
    assert not in_a_graph(keras.layers.GRU, activity_regularizer="l2")
    assert not in_a_graph(keras.layers.LSTM, recurrent_activation="hard_sigmoid")
    assert not in_a_graph(
        lambda units, **more: keras.layers.RNN(keras.layers.GRUCell(units), **more)
    )
