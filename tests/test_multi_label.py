"""A classifier of any number of labels a row: what goes in, what comes out, what is refused."""

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.metrics import accuracy_score
from sklearn.model_selection import ShuffleSplit, cross_val_score
from sklearn.utils import get_tags

import modelzoo
from modelzoo import Classifier, registry
from modelzoo.data.label_sets import LabelSets
from modelzoo.errors import InputError
from modelzoo.estimators.labelled_rows import hold_out

SMALLEST = min(registry.list_models(), key=lambda name: registry.describe(name).cost().parameters)
QUICK = {"hparams": {"width": 8, "depth": 1}, "epochs": 1, "random_state": 0, "verbose": 0}
TEXTS = ["rain today", "wind today", "rain and wind", "sun today"] * 10
TAGS = [{"wet"}, {"loud"}, {"wet", "loud"}, set()] * 10
CODES = np.array([[0, 1], [1, 0], [1, 1], [0, 0]] * 10)  # of loud and wet


def quick(**changes):
    return Classifier(SMALLEST, multi_label=True, **(QUICK | changes))


@pytest.fixture(scope="module")
def fitted():
    return quick(epochs=40, learning_rate=0.02, validation_fraction=0.0).fit(TEXTS, TAGS)


@pytest.fixture(scope="module")
def of_indicator():
    return quick().fit(TEXTS, pd.DataFrame(CODES, columns=["wet", "dry"]))


def test_collections_are_learned_and_answered_as_tuples_in_the_order_of_the_classes(fitted):
    assert fitted.classes_.tolist() == ["loud", "wet"]
    assert fitted.predict(TEXTS[:4]) == [("wet",), ("loud",), ("loud", "wet"), ()]
    assert fitted.score(TEXTS, TAGS) == 1
    assert fitted.score(TEXTS, CODES) == 1


def test_each_label_has_a_probability_and_a_score_of_its_own(fitted):
    probabilities = fitted.predict_proba(TEXTS[:4])
    scores = fitted.decision_function(TEXTS[:4])
    assert probabilities.shape == scores.shape == (4, 2)
    assert probabilities[2].min() > 0.5 and probabilities[3].max() < 0.5
    np.testing.assert_allclose(probabilities, 1 / (1 + np.exp(-scores)), rtol=1e-5)
    np.testing.assert_allclose(
        fitted.model_.predict(fitted.task_.collate(fitted.task_.encode(TEXTS[:1]), 8), verbose=0),
        probabilities[:1],
        rtol=1e-4,
    )


def test_the_columns_of_an_indicator_are_the_classes_and_answers_are_one_too(of_indicator):
    assert of_indicator.classes_.tolist() == ["wet", "dry"]
    predicted = of_indicator.predict(TEXTS)
    assert predicted.shape == (40, 2) and predicted.dtype == int
    assert set(predicted.ravel()) <= {0, 1}
    numbered = LabelSets.learn(CODES)
    assert numbered.classes.tolist() == [0, 1] and numbered.indicator


def test_the_columns_of_another_indicator_are_matched_by_name(of_indicator):
    turned = pd.DataFrame(CODES[:, ::-1], columns=["dry", "wet"])
    assert (of_indicator.task_.labels.encode(turned) == CODES).all()
    with pytest.raises(InputError, match=r"columns of y .*'damp'"):
        of_indicator.score(TEXTS, turned.rename(columns={"dry": "damp"}))


def test_the_score_is_scikit_learns_subset_accuracy(of_indicator):
    truth = np.roll(CODES, 1, axis=0)
    weights = np.arange(40)
    predicted = of_indicator.predict(TEXTS)
    expected = accuracy_score(truth, predicted, sample_weight=weights)
    assert of_indicator.score(TEXTS, truth, weights) == pytest.approx(expected)
    assert of_indicator.score(TEXTS, predicted) == 1


def test_a_label_that_training_did_not_have_counts_as_wrong(fitted):
    assert fitted.score(TEXTS[:2], [{"wet"}, {"icy"}]) == 0.5


def test_no_rows_give_no_answers_in_either_form(fitted, of_indicator):
    assert fitted.predict([]) == []
    assert of_indicator.predict([]).shape == (0, 2)
    assert fitted.decision_function([]).shape == (0, 2)


def test_a_loaded_classifier_answers_as_the_saved_one(fitted, of_indicator, tmp_path):
    for number, model in enumerate((fitted, of_indicator)):
        loaded = modelzoo.load(model.save(tmp_path / f"{number}.mz"))
        # to the last bits: a function that has met other shapes before may sum in another order
        np.testing.assert_allclose(
            loaded.predict_proba(TEXTS), model.predict_proba(TEXTS), rtol=1e-6, atol=1e-8
        )
        assert type(loaded.predict(TEXTS)) is type(model.predict(TEXTS))
        assert loaded.multi_label and loaded.classes_.tolist() == model.classes_.tolist()


def test_training_shows_the_f1_score_and_takes_weights_and_validation_data():
    model = quick(epochs=2).fit(
        TEXTS, TAGS, [1.0] * 40, validation_data=(TEXTS[:4], [["wet"], ["loud"], [], []])
    )
    assert {"f1", "val_f1", "val_loss"} <= model.history_.keys()
    ignored = [0.0] * 40
    with pytest.raises(InputError, match="weight is zero"):
        quick().fit(TEXTS, TAGS, ignored)


def test_held_out_rows_have_the_same_shares_of_label_sets():
    _, held_out = hold_out(CODES, 0.8, seed=0)
    assert np.unique(CODES[held_out], axis=0, return_counts=True)[1].tolist() == [8, 8, 8, 8]
    alone = CODES.copy()
    alone[0] = [1, 1]
    kept, held_out = hold_out(np.vstack([alone, np.eye(2, dtype=int)]), 0.75, seed=0)
    assert len(kept) == 10 and len(held_out) == 32
    assert len(hold_out(CODES, 0.7, seed=0)[1]) == 0  # 28 rows tell no two epochs apart


@pytest.mark.slow
def test_cross_validation_takes_an_indicator():
    one = ShuffleSplit(1, random_state=0)
    scores = cross_val_score(quick(), np.random.default_rng(0).normal(size=(40, 5)), CODES, cv=one)
    assert len(scores) == 1
    assert get_tags(quick()).classifier_tags.multi_label
    assert not get_tags(Classifier()).classifier_tags.multi_label


@pytest.mark.parametrize(
    "form",
    [
        sparse.csr_matrix(CODES),
        pd.DataFrame(CODES.astype(bool)),
        pd.DataFrame(CODES.astype(object)),
        CODES.astype(float),
    ],
    ids=["sparse", "bool", "objects", "float"],
)
def test_an_indicator_may_have_any_of_these_forms(form):
    assert (LabelSets.learn(form).encode(form) == CODES).all()


def test_a_sparse_indicator_is_learned_and_scored():
    model = quick().fit(TEXTS, sparse.csr_matrix(CODES))
    assert model.score(TEXTS, sparse.csr_matrix(CODES)) == model.score(TEXTS, CODES)


@pytest.mark.parametrize(
    "form",
    [
        [list(tags) for tags in TAGS],
        pd.Series([tuple(tags) for tags in TAGS]),
        pd.DataFrame({"tags": [frozenset(tags) for tags in TAGS]}),
        [np.array(sorted(tags), dtype=object) for tags in TAGS],
    ],
    ids=["lists", "series", "column", "arrays"],
)
def test_collections_may_have_any_of_these_forms(form):
    learned = LabelSets.learn(form)
    assert (learned.encode(form) == CODES).all() and not learned.indicator


@pytest.mark.parametrize("labels", [[1, 2], [("a", 1), ("b", 2)], [True, "x"]])
def test_labels_keep_their_type_in_a_state(labels):
    learned = LabelSets.learn([labels, labels[:1]])
    again = LabelSets.from_state(learned.state())
    probabilities = np.array([[0.9, 0.9]])
    assert set(again.decode(probabilities)[0]) == set(labels)
    assert again.decode(probabilities) == learned.decode(probabilities)


@pytest.mark.parametrize(
    ("y", "says"),
    [
        (["wet", "dry"] * 20, r"'wet' in row 0: with multi_label=True"),
        (np.array([0, 1] * 20), r"in row 0: with multi_label=True"),
        ("w" * 40, "w': with multi_label=True"),
        (CODES * 2, r"2.* in row 0, column 1: .*0/1"),
        (np.full((40, 2), np.nan), r"nan.* in row 0"),
        (np.array([["a", "b"]] * 40), r"'a'.* in row 0"),
        (np.zeros((40, 2, 2)), r"shape \(40, 2, 2\)"),
        (CODES.tolist(), r"twice in row 2.*np\.asarray"),
        ([[0, 1], [1, 0]] * 20, r"numbers 0 and 1.*np\.asarray"),
        ([{"wet"}] * 40, "1 class"),
        ([[None, "wet"]] * 40, "no label in row 0"),
        ([[["wet"]]] * 40, "cannot be a class label"),
        (pd.DataFrame(CODES, columns=["wet", "wet"]), "the same name"),
        (TAGS[:39], "40 rows, y has 39"),
        (sparse.csr_matrix(CODES[:39]), "40 rows, y has 39"),
    ],
)
def test_labels_of_another_form_are_refused(y, says):
    with pytest.raises(InputError, match=says):
        quick().fit(TEXTS, y)


@pytest.mark.parametrize("y", [CODES, TAGS, [list(tags) for tags in TAGS]])
def test_several_labels_a_row_without_the_option_are_refused_with_its_name(y):
    with pytest.raises(InputError, match="multi_label=True"):
        Classifier(SMALLEST, **QUICK).fit(TEXTS, y)


def test_what_has_no_meaning_for_several_labels_is_refused(fitted):
    with pytest.raises(InputError, match=r"class_weight .*sample_weight"):
        quick().fit(TEXTS, TAGS, class_weight="balanced")
    with pytest.raises(InputError, match="'icy' in row 0, which is none"):
        quick().fit(TEXTS, TAGS, validation_data=(["ice"], [{"icy"}]))


def test_one_label_can_be_explained(fitted):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (wet,) = fitted.explain(["rain and wind"], label="wet")
        (loud,) = fitted.explain(["rain and wind"], label="loud")
        (likeliest,) = fitted.explain(["rain today"])
    rain, wind = (wet.tokens.index(word) for word in ("rain", "wind"))
    assert wet.contributions.argmax() == rain
    assert loud.contributions[wind] > max(0, loud.contributions[rain])
    assert likeliest.label == "wet"
