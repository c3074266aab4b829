"""The layers against independent references: stock Keras layers, keras_nlp, and plain Python."""

from __future__ import annotations

import math

import keras
import keras_nlp
import numpy as np
import pytest
from keras import ops

from modelzoo.errors import InputError, UnknownNameError
from modelzoo.layers import Attention, attention, recurrent_backbone, transformer_backbone
from modelzoo.layers.pooling import MaskedPooling
from modelzoo.layers.positions import BUCKETS, relative_bucket, rotate
from modelzoo.layers.stems import SeriesStem
from modelzoo.layers.tokens import TiedEmbedding

CELLS = [keras.layers.SimpleRNN, keras.layers.LSTM, keras.layers.GRU]


def recurrent(layer, **changes):
    options = {"width": 6, "depth": 1, "dropout": 0.0, "bidirectional": False, "layer_norm": False}
    return recurrent_backbone(layer, **(options | changes))


def transformer(**changes):
    options = {
        "causal": True,
        "pre_norm": True,
        "width": 8,
        "depth": 1,
        "heads": 2,
        "head_dim": None,
        "feedforward": None,
        "dropout": 0.0,
        "activation": "gelu",
        "gated": False,
        "positions": "rotary",
        "max_length": 16,
    }
    return transformer_backbone(**(options | changes))


def series(batch=3, length=7, width=6, seed=0):
    return np.random.default_rng(seed).normal(size=(batch, length, width)).astype("float32")


def lengths_mask(lengths, length):
    return np.arange(length) < np.array(lengths)[:, None]


def shuffle_weights(layer, seed=0):
    """Gives every weight a random value, also those that start at zero or one."""
    random = np.random.default_rng(seed)
    layer.set_weights([0.5 * random.normal(size=each.shape) for each in layer.get_weights()])


def numpy(tensor):
    return ops.convert_to_numpy(tensor)


def t5_bucket(distance, causal, buckets=32, farthest=128):
    """The buckets as the T5 paper words them, one number at a time; distance: query minus key."""
    first = 0
    if not causal:
        buckets //= 2
        first = buckets if distance < 0 else 0
        distance = abs(distance)
    distance = max(distance, 0)
    half = buckets // 2
    if distance < half:
        return first + distance
    grown = half + math.log(distance / half) / math.log(farthest / half) * (buckets - half)
    return first + min(int(grown + 1e-6), buckets - 1)


def test_rotary_positions_are_those_of_keras_nlp():
    x = np.random.default_rng(0).normal(size=(2, 9, 3, 8)).astype("float32")
    expected = keras_nlp.layers.RotaryEmbedding(sequence_axis=1, feature_axis=-1)(x)
    found = np.swapaxes(numpy(rotate(np.swapaxes(x, 1, 2), ops.arange(9))), 1, 2)
    np.testing.assert_allclose(found, numpy(expected), atol=1e-5)


def test_rotary_products_depend_on_the_distance_only():
    query, key = np.random.default_rng(0).normal(size=(2, 1, 1, 1, 8)).astype("float32")
    products = [
        float(numpy(ops.sum(rotate(query, ops.array([at + 3])) * rotate(key, ops.array([at])))))
        for at in (0, 5, 100)
    ]
    np.testing.assert_allclose(products, products[0], rtol=1e-4)


@pytest.mark.parametrize("causal", [True, False])
def test_relative_buckets_are_those_of_t5(causal):
    distances = np.arange(-300 * (not causal), 300)
    expected = [t5_bucket(int(each), causal) for each in distances]
    found = numpy(relative_bucket(ops.convert_to_tensor(distances), causal=causal))
    np.testing.assert_array_equal(found, expected)
    assert set(expected) == set(range(BUCKETS)) - ({BUCKETS // 2} if not causal else set())


def test_a_post_norm_block_with_learned_positions_is_the_encoder_of_keras_nlp():
    width, heads, inner, length = 8, 2, 12, 7
    ours = transformer(
        causal=False, pre_norm=False, positions="learned", feedforward=inner, max_length=length
    )
    x = series(width=width)
    ours.build((None, None, width))
    shuffle_weights(ours)
    positions, first_norm, block = ours.blocks
    theirs = keras_nlp.layers.TransformerEncoder(
        intermediate_dim=inner, num_heads=heads, dropout=0.0, activation="gelu"
    )
    theirs.build((None, None, width))
    attention, feedforward = block.attention, block.feedforward
    kernel, bias = (numpy(each) for each in attention.project.weights)
    stock = theirs._self_attention_layer
    split = (stock.query_dense, stock.key_dense, stock.value_dense)
    for part, dense in enumerate(split):
        columns = slice(part * width, (part + 1) * width)
        dense.set_weights(
            [
                kernel[:, columns].reshape(width, heads, width // heads),
                bias[columns].reshape(heads, width // heads),
            ]
        )
    kernel, bias = (numpy(each) for each in attention.output_projection.weights)
    stock.output_dense.set_weights([kernel.reshape(heads, width // heads, width), bias])
    theirs._self_attention_layer_norm.set_weights(block.attention_norm.get_weights())
    theirs._feedforward_layer_norm.set_weights(block.feedforward_norm.get_weights())
    theirs._feedforward_intermediate_dense.set_weights(feedforward.expand.get_weights())
    theirs._feedforward_output_dense.set_weights(feedforward.contract.get_weights())
    # The norms of the two differ in the small number they add to the variance.
    for norm in (theirs._self_attention_layer_norm, theirs._feedforward_layer_norm):
        norm.epsilon = block.attention_norm.epsilon

    mask = lengths_mask([7, 4, 1], length)
    embedded = first_norm(positions(x))
    expected = numpy(theirs(embedded, padding_mask=mask))
    found = numpy(ours(x, mask=ops.convert_to_tensor(mask)))
    np.testing.assert_allclose(found[mask], expected[mask], atol=1e-4)


@pytest.mark.parametrize("layer", CELLS, ids=lambda layer: layer.__name__)
def test_one_plain_recurrent_block_is_the_stock_layer(layer):
    ours, theirs = recurrent(layer), layer(6, return_sequences=True)
    x, mask = series(), lengths_mask([7, 4, 1], 7)
    assert_same_with_the_same_weights(ours, theirs, x, mask)


def assert_same_with_the_same_weights(ours, theirs, x, mask):
    ours.build(x.shape)
    theirs.build(x.shape)
    shuffle_weights(ours)
    theirs.set_weights(ours.get_weights())
    np.testing.assert_allclose(numpy(ours(x)), numpy(theirs(x)), atol=1e-5)
    found = numpy(ours(x, mask=ops.convert_to_tensor(mask)))
    expected = numpy(theirs(x, mask=ops.convert_to_tensor(mask)))
    np.testing.assert_allclose(found[mask], expected[mask], atol=1e-5)


@pytest.mark.parametrize("layer", CELLS, ids=lambda layer: layer.__name__)
def test_one_plain_bidirectional_block_is_the_stock_wrapper(layer):
    ours = recurrent(layer, bidirectional=True)
    theirs = keras.layers.Bidirectional(layer(3, return_sequences=True), merge_mode="concat")
    x, mask = series(), lengths_mask([7, 4, 1], 7)
    assert_same_with_the_same_weights(ours, theirs, x, mask)
    assert not ours.causal and not ours.streaming


@pytest.mark.parametrize(
    "floatx",
    ["bfloat16", "float16"] + ["float64"] * (keras.backend.backend() != "jax"),  # has none
)
@pytest.mark.parametrize("causal", [True, False])
def test_attention_computes_with_whatever_numbers_keras_is_set_to(floatx, causal):
    before = keras.config.floatx()
    keras.config.set_floatx(floatx)
    try:
        layer = Attention(2, 4, causal=causal, positions="relative", dtype=floatx)
        layer.build((2, 5, 8))
        x = ops.convert_to_tensor(series(2, 5, 8), dtype=floatx)
        found = layer(x, mask=ops.convert_to_tensor([[True] * 5, [False] * 5]))
    finally:
        keras.config.set_floatx(before)
    assert keras.backend.standardize_dtype(found.dtype) == floatx
    assert np.isfinite(numpy(ops.cast(found, "float32"))).all()


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_a_matrix_laid_out_once_reads_out_what_the_embedding_does(policy):
    tokens = TiedEmbedding(11, 4, dtype=policy)
    tokens.build()
    vectors = ops.cast(series(3, 1, 4), tokens.compute_dtype)
    found = tokens.read_out(vectors, tokens.laid_out())
    assert (numpy(found) == numpy(tokens(vectors, reverse=True))).all()


@pytest.mark.parametrize("positions", ["rotary", "relative", None])
def test_a_window_attends_as_if_the_steps_before_it_were_cut_off(positions):
    window, x = 4, series(2, 9, 8)
    windowed = Attention(2, 4, causal=True, window=window, positions=positions)
    whole = Attention(2, 4, causal=True, positions=positions)
    for layer in (windowed, whole):
        layer.build(x.shape)
    shuffle_weights(windowed)
    whole.set_weights(windowed.get_weights())
    found = numpy(windowed(x))
    for step in range(x.shape[1]):
        # Only distances matter to these positions, so a shifted excerpt gives the same.
        excerpt = x[:, max(0, step - window + 1) : step + 1]
        expected = numpy(whole(excerpt))[:, -1]
        np.testing.assert_allclose(found[:, step], expected, atol=1e-5)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: recurrent(keras.layers.GRU, width=5, bidirectional=True), "even width"),
        (lambda: recurrent(keras.layers.GRU, depth=0), "depth must be a whole number from 1"),
        (lambda: recurrent(keras.layers.GRU, width=0), "width must be a whole number from 1"),
        (lambda: transformer(width=10, heads=4), "does not divide"),
        (lambda: transformer(width=6, heads=2), "even head_dim"),
        (lambda: transformer(head_dim=3), "even head_dim"),
        (lambda: transformer(max_length=0), "max_length must be a whole number from 1"),
    ],
)
def test_a_hyper_parameter_out_of_its_range_is_told(build, message):
    with pytest.raises(InputError, match=message):
        build()


def test_unknown_positions_are_told_with_the_nearest_kind():
    with pytest.raises(UnknownNameError, match="did you mean 'rotary'"):
        transformer(positions="rotery")


@pytest.mark.parametrize(("name", "nearest"), [("gellu", "gelu"), ("Relu", "relu"), (None, "")])
def test_an_unknown_activation_is_told_with_the_nearest(name, nearest):
    with pytest.raises(UnknownNameError, match=f"unknown activation {name!r}.*'{nearest}"):
        transformer(activation=name)


@pytest.mark.parametrize("causal", [True, False])
def test_pooling_gives_the_same_with_padding_and_without(causal):
    pooling, x = MaskedPooling(causal), series()
    lengths = [7, 4, 1]
    padded = numpy(pooling(x, mask=lengths_mask(lengths, 7)))
    for row, length in enumerate(lengths):
        alone = numpy(pooling(x[row : row + 1, :length]))
        np.testing.assert_allclose(padded[row], alone[0], atol=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "float16"])
@pytest.mark.parametrize("causal", [True, False])
def test_pooling_gives_zeros_for_a_row_without_a_real_step(causal, dtype):
    x = ops.cast(100 * series(), dtype)
    pooled = numpy(MaskedPooling(causal, dtype=dtype)(x, mask=lengths_mask([7, 0, 1], 7)))
    assert np.isfinite(pooled.astype("float32")).all()
    np.testing.assert_array_equal(pooled[1], 0)


@pytest.mark.parametrize("causal", [True, False])
def test_pooling_sums_up_by_the_last_step_or_the_mean_and_by_the_peaks(causal):
    x, mask = series(2, 5, 3), lengths_mask([5, 2], 5)
    pooled = numpy(MaskedPooling(causal)(x, mask=mask))
    expected = [
        np.concatenate([x[0, -1] if causal else x[0].mean(axis=0), x[0].max(axis=0)]),
        np.concatenate([x[1, 1] if causal else x[1, :2].mean(axis=0), x[1, :2].max(axis=0)]),
    ]
    np.testing.assert_allclose(pooled, expected, atol=1e-6)


@pytest.mark.parametrize("stride", [1, 2, 4])
def test_the_series_stem_does_not_see_how_far_a_row_is_padded(stride):
    stem = SeriesStem(5, stride)
    x = series(2, 24, 3)
    lengths = np.array([8, 5])
    garbage = np.where(lengths_mask(lengths, 24)[:, :, None], x, 50).astype("float32")
    real = -(-lengths // stride)
    outputs = [
        numpy(stem(garbage[:, :length], mask=lengths_mask(lengths, length)))
        for length in (8, 12, 24)
    ]
    for longer in outputs[1:]:
        for row, steps in enumerate(real):
            np.testing.assert_allclose(longer[row, :steps], outputs[0][row, :steps], atol=1e-5)


def test_the_series_stem_gives_finite_numbers_for_a_row_without_a_real_step():
    stem = SeriesStem(5)
    y = numpy(stem(series(), mask=lengths_mask([7, 0, 1], 7)))
    assert y.shape == (3, 7, 5)
    assert np.isfinite(y).all()
    np.testing.assert_array_equal(y[1], 0)


@pytest.mark.filterwarnings("ignore:Layer .* does not have a `quantize` method")
def test_the_dense_layers_of_a_transformer_may_be_quantized():
    x = keras.Input((None, 8))
    network = keras.Model(x, transformer()(x))
    before = numpy(network(series(2, 5, 8)))
    network.quantize("int8")
    dense = [each for each in network._flatten_layers() if isinstance(each, keras.layers.Dense)]
    assert [each.quantization_mode for each in dense] == ["int8"] * 4
    np.testing.assert_allclose(numpy(network(series(2, 5, 8))), before, atol=0.05)


@pytest.mark.parametrize(("masked", "long"), [(False, 4), (True, 4), (True, 99)])
@pytest.mark.parametrize(
    "options",
    [
        {"causal": True},
        {"causal": True, "window": 5},
        {"causal": True, "window": 5, "positions": "relative"},
        {"causal": False, "positions": "rotary"},
        {"causal": False, "positions": "relative"},
    ],
    ids=lambda options: "-".join(map(str, options.values())),
)
def test_attention_in_blocks_has_the_same_outputs_and_gradients(options, masked, long, monkeypatch):
    given, mask = keras.Input((13, 12)), keras.Input((13,), dtype="bool")
    layer = Attention(2, 6, **options)
    moved = keras.layers.Dense(12, kernel_initializer="identity")(given)  # x gets a gradient, too
    network = keras.Model([given, mask], layer(moved, mask=mask if masked else None))
    random = np.random.default_rng(0)
    layer.set_weights([random.normal(size=each.shape) / 3 for each in layer.get_weights()])
    x, targets = random.normal(size=(2, 3, 13, 12)).astype("float32")
    real = np.arange(13) < np.array([[13], [7], [1]] if masked else [[13]] * 3)
    batch = [x, real]  # what a step finds that is not real means nothing

    def outputs_and_gradients():
        model = keras.models.clone_model(network)
        model.set_weights(network.get_weights())
        # With momentum the optimizer's first slots hold the gradients, free of rounding.
        optimizer = keras.optimizers.SGD(1.0, momentum=0.5)
        model.compile(optimizer, loss="mse")
        outputs = model.predict_on_batch(batch)
        model.train_on_batch(batch, targets, sample_weight=real.astype("float32"))
        return [outputs[real], *(ops.convert_to_numpy(each.value) for each in optimizer.momentums)]

    whole = outputs_and_gradients()
    for name, value in {"BLOCK": 4, "LOOPED": 4, "LONG": long}.items():
        monkeypatch.setattr(attention, name, value)
    in_blocks = outputs_and_gradients()
    assert len(whole) == len(layer.get_weights()) + 3
    for one, other in zip(whole, in_blocks, strict=True):
        assert np.abs(one).max() > 0
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)
