"""The linear classifier of n-grams beside a backbone: what it sees, and what it does not."""

import keras
import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from modelzoo import Classifier, load, registry
from modelzoo.layers import Backbone, NgramScores, ScoreEnsemble, Silence
from modelzoo.layers.ngrams import hashed
from modelzoo.tasks.logistic_regression import logistic_regression
from modelzoo.tasks.ngrams import MANY_ROWS, Ngrams

SMALLEST = min(registry.list_models(), key=lambda name: registry.describe(name).cost().parameters)
QUICK = {"hparams": {"width": 8, "depth": 1}, "random_state": 0, "verbose": 0}
RANDOM = np.random.default_rng(0)
WORDS = np.array(["fine", "good", "dull", "bad", "film", "plot", "cast", "a", "the", "of"])


def bags(rows, length=8, seed=0):
    """Texts of random words, and whether they have more of the praising than of the other ones."""
    chosen = np.random.default_rng(seed).integers(0, len(WORDS), (rows, length))
    praise = (chosen < 2).sum(axis=1) - ((chosen >= 2) & (chosen < 4)).sum(axis=1)
    kept = praise != 0
    return [" ".join(row) for row in WORDS[chosen[kept]]], (praise[kept] > 0).tolist()


def deaf(*, width: int = 4) -> Backbone:
    """A backbone that hears nothing, so that the n-grams have to do."""
    return Backbone([Silence()], width=width, causal=True)


def layer(rows, longest=2, classes=3):
    """A layer that knows the n-grams of some rows, with random scores."""
    known, random = Ngrams.learn(rows, longest), np.random.default_rng(1)
    scores = NgramScores(classes, **known.state())
    scores.build((None, None))
    table = random.normal(size=(len(known.keys), classes))
    scores.fill(known.keys, known.rarity, table, random.normal(size=classes))
    return scores


def numbers(scores, *rows, length=12):
    ids = np.zeros((len(rows), length), "int32")
    for each, row in zip(ids, rows, strict=True):
        each[: len(row)] = row
    return keras.ops.convert_to_numpy(scores(ids))


ROWS = [RANDOM.integers(1, 9, n).astype("int32") for n in RANDOM.integers(1, 9, 60)]


def test_the_known_n_grams_are_those_of_the_rows_with_their_ends():
    known = Ngrams.learn([np.array([5, 7, 5]), np.array([7])], longest=2)
    ids = np.array([[5, 7], [7, 5], [0, 5], [5, 0], [0, 7], [7, 0]])
    pairs = hashed(ids, (ids > 0).astype(int), 2)[0].ravel()
    single = hashed(np.array([5, 7]), np.ones(2, int), 1)[0]
    assert known.keys.tolist() == sorted([*single, *pairs])
    in_both = known.rarity[np.searchsorted(known.keys, single)]
    assert in_both[0] > in_both[1] == 1  # 7 is in both rows, 5 in one


def test_of_many_rows_what_a_single_one_has_is_left_out():
    rows = [np.array([1, 2])] * MANY_ROWS
    assert len(Ngrams.learn([*rows, np.array([3])], 2).keys) == len(Ngrams.learn(rows, 2).keys)


@pytest.mark.parametrize("longest", [1, 2, 5])
def test_padding_changes_no_score(longest):
    scores = layer(ROWS, longest)
    for row in ROWS[:5]:
        exact = numbers(scores, row, length=len(row))
        np.testing.assert_allclose(numbers(scores, row, length=30), exact, atol=1e-5)


@pytest.mark.parametrize("longest", [1, 2, 5])
def test_the_network_computes_the_weights_that_were_fitted(longest):
    known, scores = Ngrams.learn(ROWS, longest), layer(ROWS, longest)
    rows = [*ROWS, np.array([8, 8, 8, 99])]  # repeated and unknown tokens
    weights = known.weights(rows)
    table, bias = (keras.ops.convert_to_numpy(each) for each in (scores.table, scores.bias))
    np.testing.assert_allclose(numbers(scores, *rows), weights @ table + bias, atol=1e-4)


def test_the_order_of_tokens_counts_from_pairs_on():
    assert np.allclose(*numbers(layer(ROWS, 1), [3, 4, 5], [5, 3, 4]), atol=1e-5)
    assert not np.allclose(*numbers(layer(ROWS, 2), [3, 4, 5], [5, 3, 4]), atol=1e-2)


def test_what_is_unknown_or_empty_gives_the_scores_of_no_n_gram():
    scores = layer(ROWS)
    np.testing.assert_allclose(
        numbers(scores, [77, 78], []), [keras.ops.convert_to_numpy(scores.bias)] * 2
    )


def test_pairs_of_ids_of_any_size_have_numbers_of_their_own_on_every_backend():
    ids = np.unique(RANDOM.integers(1, 2**31 - 8, (50_000, 2)), axis=0)
    keys = hashed(ids, np.ones_like(ids), 2)[0].ravel()
    assert (keys >= 0).all() and (keys < 2**31 - 1).all()
    assert len(np.unique(keys)) > 0.999 * len(ids)
    tensors = hashed(*map(keras.ops.convert_to_tensor, np.int32([ids, np.ones_like(ids)])), 2)[0]
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(tensors).ravel(), keys)


@pytest.mark.parametrize("several", [False, True])
def test_the_regression_is_scikit_learns(several):
    X = csr_matrix(RANDOM.normal(size=(80, 5)))
    truth = (X @ RANDOM.normal(size=(5, 3)) + RANDOM.normal(size=(80, 3)) > 0).astype(int)
    counts = RANDOM.uniform(0, 2, 80)
    counts /= counts.mean()
    targets = truth if several else truth.argmax(axis=1)
    table, _ = logistic_regression(X, targets, 7 * counts, 3, 0.05)
    for column in range(3) if several else [slice(None)]:
        expected = LogisticRegression(C=10)
        expected.fit(X, truth[:, column] if several else targets, sample_weight=counts)
        found = table[:, column].T  # of one question by a softmax (K, S), of several (S,)
        np.testing.assert_allclose(found, expected.coef_.squeeze(), atol=0.1)


def test_only_the_first_scores_are_trained_and_both_answer():
    first, second = np.zeros((4, 1), "float32"), np.ones((4, 1), "float32")
    both = ScoreEnsemble()
    assert (keras.ops.convert_to_numpy(both([first, second])) == 0.5).all()
    assert (keras.ops.convert_to_numpy(both([first, second], training=True)) == 0).all()


def test_the_n_grams_suffice_for_a_bag_of_words():
    X, y = bags(400)
    model = Classifier(deaf, epochs=1, random_state=0, verbose=0).fit(X, y)
    assert model.score(*bags(200, seed=1)) > 0.95


@pytest.mark.parametrize("options", [{}, {"multi_label": True}, {"kind": "tokens"}])
def test_a_bundle_keeps_the_n_grams(options, tmp_path):
    X, y = bags(60)
    if "kind" in options:
        X = [[len(word) for word in text.split()] for text in X]
    if "multi_label" in options:
        y = [["good", "short"] if each else ["short"] for each in y]
    model = Classifier(SMALLEST, epochs=1, **options, **QUICK).fit(X, y)
    model.save(tmp_path / "model.mz")
    again = load(tmp_path / "model.mz")
    np.testing.assert_allclose(again.predict_proba(X), model.predict_proba(X), atol=1e-6)
    assert again.task_.state() == model.task_.state()


def test_a_network_saved_by_keras_keeps_the_n_grams(tmp_path):
    X, y = bags(60)
    model = Classifier(SMALLEST, epochs=1, **QUICK).fit(X, y)
    model.model_.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    ids = model.task_.collate(model.task_.encode(X), 8)
    expected = model.model_.predict(ids, verbose=0)
    np.testing.assert_allclose(again.predict(ids, verbose=0), expected, atol=1e-6)


def test_single_words_are_read_by_their_characters():
    names = [first + second for first in ("ka", "mi", "to") for second in ("ro", "na", "shi")]
    model = Classifier(SMALLEST, epochs=1, **QUICK).fit(names, [0, 1, 2] * 3)
    assert model.task_.vocabulary.kind == "character" and model.task_.ngrams.longest == 5


def test_a_loader_teaches_the_n_grams_too():
    X, y = bags(400)
    batches = lambda: ((X[at : at + 50], y[at : at + 50]) for at in range(0, len(X), 50))  # noqa: E731
    model = Classifier(deaf, epochs=1, random_state=0, verbose=0).fit(batches)
    assert model.score(*bags(200, seed=1)) > 0.9


def test_rows_count_by_their_weights():
    X, y = ["a b", "a b"] * 30, [0, 1] * 30
    model = Classifier(deaf, epochs=1, random_state=0, verbose=0)
    assert model.fit(X, y, [3, 1] * 30).predict(["a b"]) == [0]
    assert model.fit(X, y, class_weight={1: 9}).predict(["a b"]) == [1]
