"""What a network answers to many rows, in batches side by side."""

import keras
import numpy as np
import pytest

from modelzoo.data.text import _AT_ONCE, Vocabulary
from modelzoo.estimators.answers import MOST_ROWS, Answers
from modelzoo.layers import random_convolutions

ROWS = np.random.default_rng(0).normal(size=(3 * MOST_ROWS + 5, 4)).astype("float32")


@pytest.fixture
def network():
    keras.utils.set_random_seed(0)
    inputs = {"values": keras.Input((4,), name="values"), "gain": keras.Input((1,), name="gain")}
    return keras.Model(inputs, keras.layers.Dense(3)(inputs["values"]) * inputs["gain"])


@pytest.mark.parametrize("count", [1, 3, MOST_ROWS, MOST_ROWS + 1, len(ROWS)])
def test_each_row_has_its_own_answer_in_order(network, count):
    gain = np.arange(count, dtype="float64")[:, None]  # as float32, which the network takes
    found = Answers(network).to_arrays({"values": ROWS[:count], "gain": gain, "beside": ROWS})
    kernel, bias = network.get_weights()
    np.testing.assert_allclose(found, (ROWS[:count] @ kernel + bias) * gain, atol=1e-3)


def test_few_sizes_are_compiled(network):
    answers = Answers(network)
    for count in (5, 6, 7, 8, MOST_ROWS + 5):
        answers.to_arrays({"values": ROWS[:count], "gain": np.ones((count, 1))})
    assert answers._program.traces == 2


def test_weights_that_a_network_gets_later_are_seen(network):
    answers = Answers(network)
    inputs = {"values": ROWS[:2], "gain": np.ones((2, 1))}
    answers.to_arrays(inputs)
    network.set_weights([np.zeros_like(each) for each in network.get_weights()])
    assert not answers.to_arrays(inputs).any()


def test_an_error_of_one_batch_is_told(network):
    def batch(number):
        if number == 40:
            raise ValueError("no such rows")
        return {"values": ROWS[:8], "gain": ROWS[:8, :1]}

    with pytest.raises(ValueError, match="no such rows"):
        Answers(network)._to(50, batch)


def test_shapes_are_the_same_counted_step_by_step_and_all_at_once():
    random = np.random.default_rng(0)
    layer = random_convolutions.ConvolutionScores(2, 60)
    dilations = [each for each, _ in layer.dilations]
    x = random.normal(size=(3, 50, 2)).astype("float32")
    real = (np.arange(50) < np.array([[50], [31], [4]])).astype("float32")
    x = x * real[:, :, None]
    counted = [real * (np.arange(50) >= each) for each in dilations]
    kernels = [random.normal(size=(18, 84)).astype("float32") for _ in dilations]
    levels = [random.normal(size=(share, 84)).astype("float32") for _, share in layer.dilations]
    given = [
        keras.tree.map_structure(keras.ops.convert_to_tensor, each)
        for each in (x, real, [each.astype("float32") for each in counted], kernels, levels)
    ]
    ways = random_convolutions._in_one_loop, random_convolutions._one_after_the_other
    by_step, at_once = (way(*given, dilations) for way in ways)
    for one, other in zip(by_step, at_once, strict=True):
        one, other = map(keras.ops.convert_to_numpy, (one, other))
        assert one.shape == other.shape and other.max() > 10
        assert np.mean(one == other) > 0.99  # a hair may decide whether a level is exceeded


def test_texts_are_encoded_alike_however_many_there_are():
    texts = [f"w{number % 7} w{number % 3}" for number in range(2500)]
    vocabulary = Vocabulary.learn(texts, "word", lowercase=True)
    together = vocabulary.encode(texts)
    assert len(together) == len(texts)
    for number in (0, _AT_ONCE - 1, _AT_ONCE, 2499):
        assert together[number].tolist() == vocabulary.encode([texts[number]])[0].tolist()
