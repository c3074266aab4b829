import random

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

import modelzoo
from modelzoo import Classifier, registry
from modelzoo.errors import InputError, RowsWarning, UnknownNameError
from modelzoo.estimators.labelled_rows import hold_out

SMALLEST = min(registry.list_models(), key=lambda name: registry.describe(name).cost().parameters)
QUICK = {"hparams": {"width": 8, "depth": 1}, "epochs": 1, "random_state": 0, "verbose": 0}
RANDOM = np.random.default_rng(0)
SERIES = RANDOM.normal(size=(40, 9))
SIGNS = np.where(SERIES[:, 0] > 0, "up", "down")
TEXTS = ["a fine good film", "a bad dull film"] * 20
MOODS = [1, 0] * 20


def quick(**changes):
    return Classifier(SMALLEST, **(QUICK | changes))


@pytest.fixture(scope="module")
def fitted():
    return quick().fit(SERIES, SIGNS)


def test_probabilities_are_one_row_a_sample_in_the_order_of_the_classes(fitted):
    probabilities = fitted.predict_proba(SERIES)
    assert probabilities.shape == (40, 2)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    assert fitted.classes_.tolist() == ["down", "up"]
    assert (fitted.predict(SERIES) == fitted.classes_[probabilities.argmax(axis=1)]).all()


def test_scores_of_two_classes_are_one_number_a_row_above_0_for_the_later(fitted):
    scores = fitted.decision_function(SERIES)
    probabilities = fitted.predict_proba(SERIES).astype("float64")
    assert scores.shape == (40,)
    np.testing.assert_allclose(scores, np.log(probabilities[:, 1] / probabilities[:, 0]), atol=1e-4)
    assert (fitted.predict(SERIES) == fitted.classes_[(scores > 0).astype(int)]).all()
    assert fitted.decision_function([]).shape == (0,)


def test_scores_of_more_classes_are_a_column_a_class_whose_softmax_are_the_probabilities():
    model = quick().fit(SERIES, ["a", "b", "c", "d"] * 10)
    scores = model.decision_function(SERIES)
    powers = np.exp(scores.astype("float64"))
    assert scores.shape == (40, 4)
    expected = powers / powers.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(model.predict_proba(SERIES), expected, rtol=1e-4)
    inputs = model.task_.collate(model.task_.encode(SERIES), 9)
    np.testing.assert_allclose(model.model_.predict(inputs, verbose=0), expected, rtol=1e-4)


def test_scores_do_not_saturate_where_probabilities_do(fitted):
    scores = np.array([[-60.0, 60.0], [0.0, 90.0]], dtype="float32")
    assert (fitted.task_.probabilities(scores)[:, 1] == 1).all()
    np.testing.assert_allclose(fitted.task_.log_odds(scores, 1), [120, 90])


def test_no_rows_give_no_predictions(fitted):
    assert fitted.predict_proba(np.zeros((0, 9))).shape == (0, 2)
    assert fitted.predict([]).shape == (0,)


def test_a_fitted_classifier_tells_what_it_trained(fitted, capsys):
    assert len(fitted.history_["loss"]) == 1
    assert fitted.n_params_ == fitted.model_.count_params()
    assert fitted.hparams_["width"] == 8
    fitted.summary()
    assert "backbone" in capsys.readouterr().out


def test_texts_are_learned_from_raw_strings():
    model = quick(epochs=40, learning_rate=0.01).fit(TEXTS, MOODS)
    assert model.score(TEXTS, MOODS) == 1
    assert model.predict(pd.Series(TEXTS[:2])).tolist() == [1, 0]


@pytest.mark.parametrize("tokenizer", ["word", "character", "bpe"])
def test_each_kind_of_vocabulary_serves(tokenizer):
    model = quick(tokenizer=tokenizer).fit(TEXTS, MOODS)
    assert model.predict_proba(["a good", "", "\N{GRINNING FACE}"]).shape == (3, 2)


def test_token_ids_are_read_when_declared():
    ids = [[5, 1, 2], [3, 1], [0]] * 10
    model = quick(kind="tokens").fit(ids, ["a", "b", "c"] * 10)
    assert model.predict(ids).shape == (30,)
    with pytest.raises(InputError, match=r"token id 6.*went up to 5"):
        model.predict([[6]])
    table = pd.DataFrame([[5, 1], [3, 0]], columns=["first", "second"])
    np.testing.assert_array_equal(
        model.predict_proba(table), model.predict_proba(table.to_numpy().tolist())
    )
    for rows, says in [([[1], []], "row 1 of X has no steps"), ([[-1]], "ids count from 0")]:
        with pytest.raises(InputError, match=says):
            model.predict(rows)


def test_ragged_series_of_several_channels_are_read():
    rows = [RANDOM.normal(size=(length, 3)) for length in [4, 9, 17, 30] * 5]
    model = quick().fit(rows, [0, 1] * 10)
    assert model.predict_proba(rows).shape == (20, 2)
    with pytest.raises(InputError, match=r"2 channels.*had 3"):
        model.predict([np.zeros((5, 2))])


def test_padding_beside_longer_rows_does_not_change_a_prediction():
    rows = [RANDOM.normal(size=(length, 2)) for length in [5, 40] * 8]
    model = quick().fit(rows, [0, 1] * 8)
    np.testing.assert_allclose(
        model.predict_proba(rows[:1]), model.predict_proba(rows)[:1], atol=1e-5
    )


def test_rows_of_any_lengths_in_any_order_are_learned_and_answered_in_their_order():
    lengths = [8] * 40 + [200, 3, 90] + [8] * 40
    rows = [np.full((length, 1), float(number % 2)) for number, length in enumerate(lengths)]
    labels = [number % 2 for number in range(len(rows))]
    model = quick(epochs=8, learning_rate=0.01, batch_size=8).fit(rows, labels)
    assert model.predict(rows).tolist() == labels


def test_long_series_are_merged_by_a_stride_and_padding_still_changes_nothing():
    rows = [RANDOM.normal(size=(length, 1)) for length in [150, 290] * 8]
    model = quick().fit(rows, [0, 1] * 8)
    assert model.task_.stride == 4
    np.testing.assert_allclose(
        model.predict_proba(rows[:1]), model.predict_proba(rows[:2])[:1], atol=1e-5
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "labels",
    [[True, False], ["x", "y"], [3, 7], [("a", 1), ("b", 2)], ["x", 1], ["a\0", "b"]],
)
def test_labels_may_be_any_hashable(labels):
    model = quick().fit(SERIES, labels * 20)
    predicted = model.predict(SERIES)
    assert set(predicted.tolist()) <= set(labels)
    assert all(type(p) is type(labels[labels.index(p)]) for p in predicted.tolist())
    right = sum(p == label for p, label in zip(predicted.tolist(), labels * 20, strict=True))
    assert model.score(SERIES, labels * 20) == pytest.approx(right / 40)


def counts(caught) -> list[str]:
    """What the warnings of cut texts count; a backend may have warnings of its own."""
    told = [str(each.message) for each in caught if each.category is RowsWarning]
    return [each.split(" are longer than max_tokens=3 ")[0] for each in told]


def test_texts_over_the_limit_are_cut_with_a_warning_that_counts_them():
    long, short = "a b c d", "a b"
    with pytest.warns(UserWarning, match="max_tokens") as caught:
        model = quick(max_tokens=3).fit([short, long] * 20, MOODS)
    assert counts(caught) == ["20 of 40 sequences (50.0%)"]
    for ask in (model.predict, model.predict_proba, model.decision_function):
        with pytest.warns(UserWarning, match="max_tokens") as caught:
            ask([long, short, short, short])
        assert counts(caught) == ["1 of 4 sequences (25.0%)"]
    with pytest.warns(UserWarning, match="max_tokens"):
        cut = model.predict_proba([long])
    same = model.predict_proba(["a b c"])
    assert (cut == same).all()


def test_cut_texts_of_training_and_validation_are_counted_in_one_warning():
    with pytest.warns(UserWarning, match="max_tokens") as caught:
        quick(max_tokens=3).fit(
            ["a b", "a b c d"] * 20, MOODS, validation_data=(["a b c d e"] * 10, [0, 1] * 5)
        )
    assert counts(caught) == ["30 of 50 sequences (60.0%)"]


def test_two_fits_with_one_seed_are_equal_and_leave_the_callers_random_state_alone(fitted):
    random.seed(1)
    np.random.seed(1)
    before = random.getstate(), np.random.get_state()[1].copy()
    again = quick().fit(SERIES, SIGNS)
    assert random.getstate() == before[0]
    assert (np.random.get_state()[1] == before[1]).all()
    assert (again.predict_proba(SERIES) == fitted.predict_proba(SERIES)).all()
    other = quick(random_state=1).fit(SERIES, SIGNS)
    assert (other.predict_proba(SERIES) != fitted.predict_proba(SERIES)).any()


def test_clone_keeps_every_parameter_and_nothing_learned(fitted):
    copy = clone(fitted)
    assert copy.get_params() == fitted.get_params()
    assert not hasattr(copy, "model_")


@pytest.mark.slow
def test_a_classifier_works_in_a_pipeline_and_in_cross_validation():
    pipeline = make_pipeline(FunctionTransformer(np.tanh), quick())
    assert len(cross_val_score(pipeline, SERIES, SIGNS, cv=2)) == 2


def test_a_held_out_part_chooses_the_epoch_whose_weights_are_kept():
    X = RANDOM.normal(size=(100, 6))
    y = RANDOM.integers(0, 2, 100)
    model = quick(epochs=12, learning_rate=0.05, validation_fraction=0.4, patience=2).fit(X, y)
    losses = model.history_["val_loss"]
    assert len(losses) < 12
    assert len(losses) == np.argmin(losses) + 1 + 2


def test_create_sorts_the_estimators_parameters_from_the_architectures():
    model = modelzoo.create(SMALLEST, task="classification", size="tiny", epochs=3, dropout=0.0)
    assert (model.epochs, model.size, model.hparams) == (3, "tiny", {"dropout": 0.0})


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ({"name": "gruu", "task": "classification"}, UnknownNameError, "gru"),
        ({"name": SMALLEST, "task": "clasification"}, UnknownNameError, "classification"),
        ({"name": SMALLEST, "task": "classification", "widht": 3}, UnknownNameError, "width"),
        ({"name": SMALLEST, "task": "classification", "size": "smal"}, UnknownNameError, "small"),
    ],
)
def test_create_answers_a_wrong_name_with_the_nearest(arguments, error, says):
    with pytest.raises(error, match=f"did you mean '{says}'"):
        modelzoo.create(**arguments)


@pytest.mark.parametrize(
    "parameter",
    [
        {"validation_fraction": 1.0},
        {"batch_size": 0},
        {"batch_size": 2.5},
        {"learning_rate": 0},
        {"epochs": 0},
        {"patience": -1},
        {"verbose": "no"},
        {"random_state": "a"},
        {"max_tokens": 0},
    ],
)
def test_a_parameter_out_of_range_is_named(parameter):
    with pytest.raises(InputError, match=next(iter(parameter))):
        quick(**parameter).fit(SERIES, SIGNS)


def test_any_whole_number_is_a_seed():
    X, y = np.arange(400.0)[:, None] % 7, [0, 1] * 200

    def held_out(seed):
        rows = hold_out(np.array(y), 0.1, seed)[1]
        return sorted(rows.tolist())

    assert held_out(2**40 + 1) != held_out(2**40 + 2)
    fitted = quick(random_state=2**70, kind="series").fit(X, y)
    assert fitted.history_["val_loss"]


def test_predicting_before_fitting_says_so():
    from sklearn.exceptions import NotFittedError

    for ask in ("predict", "predict_proba", "decision_function", "explain"):
        with pytest.raises(NotFittedError):
            getattr(quick(), ask)(SERIES)
    with pytest.raises(NotFittedError):
        quick().classes_  # noqa: B018


def test_learned_positions_serve_every_length_up_to_their_number_and_refuse_longer_ones():
    learned = [
        name
        for name in registry.list_models()
        if {"positions", "max_length"} <= registry.hyperparameters(name).keys()
    ]
    hparams = {"width": 8, "depth": 1, "heads": 2, "positions": "learned", "max_length": 9}
    model = Classifier(learned[0], **(QUICK | {"hparams": hparams})).fit(SERIES, SIGNS)
    assert model.predict(SERIES).shape == (40,)
    with pytest.raises(InputError, match=r"11 steps is longer than the 9"):
        model.predict(np.zeros((2, 11, 1)))


def test_a_builder_serves_as_a_model_but_has_no_sizes():
    builder = registry.get_builder(SMALLEST)
    assert Classifier(builder, **QUICK).fit(SERIES, SIGNS).hparams_["width"] == 8
    with pytest.raises(InputError, match="no sizes"):
        Classifier(builder, size="tiny").fit(SERIES, SIGNS)
    with pytest.raises(UnknownNameError, match="did you mean 'width'"):
        Classifier(builder, hparams={"widht": 8}).fit(SERIES, SIGNS)


def test_rows_of_weight_zero_are_not_learned():
    wrong = [*MOODS[:20], *("other" for _ in MOODS[20:])]
    weights = [1.0] * 20 + [0.0] * 20
    model = quick(validation_fraction=0.0, epochs=30, learning_rate=0.01)
    model.fit(TEXTS, wrong, sample_weight=weights)
    assert "other" not in model.predict(TEXTS)


def test_rows_of_weight_zero_do_not_choose_the_epoch():
    weights = [1.0] * 2 + [0.0] * 38
    model = quick(validation_fraction=0.9).fit(TEXTS, MOODS, sample_weight=weights)
    assert "val_loss" not in model.history_


def test_classes_are_weighted_by_label():
    model = quick(validation_fraction=0.0, epochs=20, learning_rate=0.01)
    model.fit(TEXTS, MOODS, class_weight={MOODS[1]: 0.0})
    assert set(model.predict(TEXTS)) == {MOODS[0]}


@pytest.mark.slow
def test_balanced_classes_weigh_alike():
    labels = [0] * 30 + [1] * 10
    balanced = quick().fit(SERIES, labels, class_weight="balanced").history_
    assert balanced == quick().fit(SERIES, labels, class_weight={0: 40 / 60, 1: 40 / 20}).history_
    assert balanced != quick().fit(SERIES, labels).history_


def test_validation_data_chooses_the_epoch_in_place_of_a_part_of_the_training_rows():
    model = quick(epochs=2).fit(TEXTS, MOODS, validation_data=(TEXTS[:6], MOODS[:6]))
    assert len(model.history_["val_loss"]) == 2


def test_callbacks_of_keras_are_called():
    seen = []
    watch = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(epoch))
    quick(epochs=2).fit(TEXTS, MOODS, callbacks=[watch])
    assert seen == [0, 1]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"class_weight": {0: 1, 1: float("nan")}}, r"class_weight\[1\] must be .* got nan"),
        ({"sample_weight": ["a"] * 40}, "must be numbers"),
        (
            {"class_weight": {"nothing": 1.0}},
            "class_weight names 'nothing', .* none of",
        ),
        ({"class_weight": np.ones(2)}, "class_weight must map labels"),
        ({"class_weight": 3}, "balanced"),
        ({"validation_data": (["a"],)}, "1 parts"),
        ({"validation_data": (["a"], ["x", "y"])}, "1 rows, y has 2"),
        ({"callbacks": [print]}, "keras.callbacks"),
    ],
)
def test_what_fit_cannot_use_is_refused(options, says):
    with pytest.raises(InputError, match=says):
        quick().fit(TEXTS, MOODS, **options)
