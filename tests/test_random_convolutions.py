"""Random convolutions tell series apart by their shape, wherever in the series it stands."""

from __future__ import annotations

import numpy as np
import pytest

from modelzoo.baselines import LinearClassifier, MajorityClassifier, MiniRocketClassifier
from modelzoo.errors import InputError

FEATURES = 840  # ten times the kernels: quick, and enough for these


def waves(count: int, seed: int, *, channels: int = 1, ragged: bool = False):
    """Noise at a random level with a slow or a fast wave somewhere, in any phase."""
    random = np.random.default_rng(seed)
    X, y = [], []
    for i in range(count):
        length = random.integers(60, 100) if ragged else 80
        row = random.normal(size=(length, channels)) / 3 + random.normal(0, 3, size=channels)
        start = random.integers(length - 20)
        period = 20 if i % 2 else 6
        phase = random.uniform(0, 2 * np.pi)
        row[start : start + 20, -1] += 2 * np.sin(np.arange(20) * 2 * np.pi / period + phase)
        X.append(row)
        y.append("slow" if i % 2 else "fast")
    return (X if ragged else np.stack(X)), y


@pytest.mark.parametrize("ragged", [False, True])
@pytest.mark.parametrize("channels", [1, 3])
def test_a_shape_is_recognized_where_no_level_tells(channels, ragged):
    train = waves(120, 0, channels=channels, ragged=ragged)
    test = waves(80, 1, channels=channels, ragged=ragged)
    model = MiniRocketClassifier(FEATURES, random_state=0).fit(*train)
    assert MajorityClassifier().fit(*train).score(*test) == 0.5
    assert LinearClassifier().fit(*train).score(*test) < 0.75
    assert model.score(*test) > 0.9


@pytest.fixture(scope="module")
def fitted():
    return MiniRocketClassifier(FEATURES, random_state=3).fit(*waves(40, 0))


def test_the_same_seed_gives_the_same_answers_and_another_one_others(fitted):
    X, _ = waves(20, 1)
    again, other = (
        MiniRocketClassifier(FEATURES, random_state=seed).fit(*waves(40, 0)) for seed in (3, 4)
    )
    np.testing.assert_array_equal(fitted.decision_function(X), again.decision_function(X))
    assert (fitted.decision_function(X) != other.decision_function(X)).any()


def test_positive_decisions_are_for_the_second_of_two_classes(fitted):
    X, _ = waves(20, 1)
    decisions = fitted.decision_function(X)
    assert decisions.shape == (20,) and fitted.classes_.tolist() == ["fast", "slow"]
    assert fitted.predict(X).tolist() == fitted.classes_[(decisions > 0).astype(int)].tolist()
    assert not hasattr(fitted, "predict_proba")  # distances are no probabilities
    assert fitted.decision_function([]).shape == (0,)


def test_more_classes_have_a_decision_each():
    X = np.concatenate([np.tile(np.sin(np.arange(40) * f), (6, 1)) for f in (0.2, 0.7, 1.5)])
    X = X + np.random.default_rng(0).normal(size=X.shape) / 10
    y = [("slow", 1), ("middle", 2), ("fast", 3)]
    labels = [label for label in y for _ in range(6)]
    model = MiniRocketClassifier(FEATURES, random_state=0).fit(X, labels)
    assert model.decision_function(X).shape == (18, 3)
    assert model.score(X, labels) == 1 and set(model.predict(X)) == set(y)
    assert model.decision_function([]).shape == (0, 3)


def test_a_row_is_answered_alike_alone_and_among_longer_ones(fitted):
    X, _ = waves(6, 2, ragged=True)
    alone = [fitted.decision_function([row])[0] for row in X]
    np.testing.assert_allclose(fitted.decision_function(X), alone, atol=1e-4)


@pytest.mark.parametrize("steps", [1, 2, 8, 9, 10])
def test_sequences_may_be_shorter_than_a_kernel(steps):
    X = np.array([[sign * (1.0 + t) for t in range(steps)] for sign in (1, -1)] * 5)
    y = [1, 0] * 5
    assert MiniRocketClassifier(FEATURES, random_state=0).fit(X, y).score(X, y) == 1


def test_weighted_rows_pull_the_decision():
    X, y = waves(40, 0)
    y = [label if i % 4 else "fast" for i, label in enumerate(y)]
    doubtful = np.array([1.0 if label == "slow" else 1e-4 for label in y])
    model = MiniRocketClassifier(FEATURES, random_state=0)
    plain = (model.fit(X, y).predict(X) == "slow").mean()
    assert (model.fit(X, y, sample_weight=doubtful).predict(X) == "slow").mean() > plain


def test_fewer_features_than_kernels_are_refused():
    with pytest.raises(InputError, match="n_features must be a whole number from 84"):
        MiniRocketClassifier(83).fit(*waves(4, 0))
