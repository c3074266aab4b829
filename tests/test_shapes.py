"""The linear classifier of random convolutions beside a backbone: what it sees of series."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from modelzoo import Classifier, load, registry
from modelzoo.data.random_convolutions import RandomConvolutions
from modelzoo.layers import Backbone, ConvolutionScores, Silence
from modelzoo.layers.random_convolutions import SHARES
from modelzoo.tasks.batches import pad
from modelzoo.tasks.shapes import fit_shapes

SMALLEST = min(registry.list_models(), key=lambda name: registry.describe(name).cost().parameters)
QUICK = {"hparams": {"width": 8, "depth": 1}, "random_state": 0, "verbose": 0}
CLASSES = 3


def deaf(*, width: int = 4) -> Backbone:
    """A backbone that hears nothing."""
    return Backbone([Silence()], width=width, causal=True)


def waves(rows, seed=0, channels=1):
    """Series of several lengths with a slow or a fast wave somewhere in noise."""
    random = np.random.default_rng(seed)
    X, y = [], []
    for number in range(rows):
        row = random.normal(scale=0.4, size=(random.integers(40, 64), channels))
        start = random.integers(len(row) - 20)
        period = 5 if number % 2 else 12
        row[start : start + 20, -1] += np.sin(np.arange(20) * 2 * np.pi / period)
        X.append(row.astype("float32"))
        y.append("fast" if number % 2 else "slow")
    return X, y


def walks(lengths, channels):
    random = np.random.default_rng(0)
    return [random.normal(size=(n, channels)).cumsum(axis=0).astype("float32") for n in lengths]


def filled(rows):
    """A layer that was fitted to some rows, and the same scores as they were fitted."""
    longest = max(map(len, rows))
    known = fit_shapes(rows, np.arange(len(rows)) % CLASSES, None, CLASSES, longest)
    scores = ConvolutionScores(CLASSES, longest)
    scores.build((None, None, rows[0].shape[1]))
    scores.fill(*known)
    drawn = RandomConvolutions.learn(rows, SHARES, np.random.RandomState(0))
    _, _, table, places, bias = known
    expected = drawn.shares(rows) @ table + bias
    if len(places):
        expected += pad(rows, longest).reshape(len(rows), -1) @ places
    return scores, expected


def scored(layer, rows, length, beyond=0.0):
    values = np.full((len(rows), length, rows[0].shape[1]), beyond, "float32")
    mask = np.zeros((len(rows), length), bool)
    for number, row in enumerate(rows):
        values[number, : len(row)], mask[number, : len(row)] = row, True
    return keras.ops.convert_to_numpy(layer(values, mask=mask))


# 1 and 2 steps are shorter than every kernel, 33 just as long as the widest one.
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("lengths", [[1] * 4, [1, 2, 9, 33, 20, 30] * 3, [3, 8, 8] * 3])
def test_the_network_sees_what_was_fitted_whatever_the_padding(lengths, channels):
    rows = walks(lengths, channels)
    layer, expected = filled(rows)
    longest = max(lengths)
    np.testing.assert_allclose(scored(layer, rows, longest), expected, atol=1e-3)
    np.testing.assert_allclose(scored(layer, rows, longest + 13, beyond=7), expected, atol=1e-3)


def test_a_series_longer_than_those_it_was_fitted_to_has_scores_too():
    layer, _ = filled(walks([20] * 6, 1))
    assert np.isfinite(scored(layer, walks([90], 1), 90)).all()


def test_of_a_table_the_values_count_where_they_stand():
    X = np.random.default_rng(0).normal(size=(600, 10))
    y = X[:, 3] > X[:, 7]  # whose columns' values the convolutions see, and not which is which
    model = Classifier(deaf, epochs=1, random_state=0, verbose=0).fit(X[:400], y[:400])
    assert model.score(X[400:], y[400:]) > 0.9


@pytest.mark.parametrize("channels", [1, 2])
def test_the_shapes_suffice_where_the_backbone_hears_nothing(channels):
    X, y = waves(80, channels=channels)
    model = Classifier(deaf, epochs=40, random_state=0, verbose=0).fit(X, y)
    assert model.score(*waves(60, seed=1, channels=channels)) > 0.9


def test_rows_that_do_not_count_say_nothing():
    X, y = waves(60)
    wrong = [{"fast": "slow", "slow": "fast"}[each] for each in y]
    counts = [1] * len(X) + [0] * len(X)
    one = Classifier(deaf, epochs=1, random_state=0, verbose=0).fit(X + X, y + wrong, counts)
    assert one.score(*waves(60, seed=1)) > 0.9


def test_of_very_many_rows_some_of_each_class_are_read(monkeypatch):
    monkeypatch.setattr("modelzoo.tasks.shapes.MOST_ROWS", 100)
    X, y = waves(400)  # of one class and the other in turns
    model = Classifier(deaf, epochs=1, random_state=0, verbose=0).fit(
        X, y, validation_data=(X[:4], y[:4])
    )
    assert model.score(*waves(60, seed=1)) > 0.9


@pytest.mark.parametrize("options", [{}, {"multi_label": True}])
def test_a_bundle_keeps_the_shapes(options, tmp_path):
    X, y = waves(40, channels=2)
    if options:
        y = [[each, "any"] for each in y]
    model = Classifier(SMALLEST, epochs=1, **options, **QUICK).fit(X, y)
    model.save(tmp_path / "model.mz")
    again = load(tmp_path / "model.mz")
    np.testing.assert_allclose(again.predict_proba(X), model.predict_proba(X), atol=1e-5)
    assert again.task_.state() == model.task_.state()


def test_a_stream_of_series_has_them_too():
    X, y = waves(80)
    batches = [(X[i : i + 8], y[i : i + 8]) for i in range(0, len(X), 8)]
    model = Classifier(deaf, epochs=1, random_state=0, verbose=0).fit(lambda: iter(batches))
    assert model.score(*waves(60, seed=1)) > 0.9
