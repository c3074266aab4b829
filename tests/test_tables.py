"""Tables of numbers, one row a series: their columns are remembered and checked."""

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest

import modelzoo
from modelzoo import Classifier, registry
from modelzoo.data.sequences import read_sequences
from modelzoo.errors import InputError

SMALLEST = min(registry.list_models(), key=lambda name: registry.describe(name).cost().parameters)
QUICK = {"hparams": {"width": 8, "depth": 1}, "epochs": 1, "random_state": 0, "verbose": 0}
NUMBERS = np.random.default_rng(0).normal(size=(20, 4))
TABLE = pd.DataFrame(NUMBERS, columns=["height", "width", "depth", "mass"])
KINDS = ["a", "b"] * 10


def quick():
    return Classifier(SMALLEST, **QUICK)


@pytest.fixture(scope="module")
def fitted():
    return quick().fit(TABLE, KINDS)


def test_the_columns_of_a_table_are_remembered_also_in_a_file(fitted, tmp_path):
    loaded = modelzoo.load(fitted.save(tmp_path / "model.mz"))
    for model in (fitted, loaded):
        assert model.feature_names_in_.tolist() == list(TABLE.columns)
        assert model.n_features_in_ == 4
        assert (model.predict(TABLE) == fitted.predict(TABLE)).all()


def test_a_table_with_the_same_columns_is_read_without_a_word(fitted):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fitted.predict(TABLE[:3])
        fitted.explain(TABLE[:1])


@pytest.mark.parametrize(
    ("table", "says"),
    [
        (TABLE[["width", "height", "depth", "mass"]], r"order .*X\[model\.feature_names_in_\]"),
        (TABLE.drop(columns="mass"), "lacks the column 'mass'"),
        (TABLE.rename(columns={"width": "widht"}), "lacks .*'width'.* did you mean 'widht'"),
        (TABLE.assign(age=1), r"column 'age', which .* had not"),
        (TABLE[["height", "width"]], r"'depth'.*\(1 more"),
        (NUMBERS[:, :3], "3 features, but Classifier is expecting 4"),
        (NUMBERS[:, :3].tolist(), "3 features, but Classifier is expecting 4"),
    ],
)
@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
def test_other_columns_are_refused(fitted, table, says):
    for ask in (fitted.predict, fitted.decision_function, fitted.explain):
        with pytest.raises(InputError, match=says):
            ask(table)


def test_validation_data_must_have_the_same_columns_too():
    with pytest.raises(InputError, match="lacks the column 'mass'"):
        quick().fit(TABLE, KINDS, validation_data=(TABLE.drop(columns="mass"), KINDS))


def test_an_array_in_place_of_a_table_is_read_in_its_order_with_a_warning(fitted):
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        same = fitted.predict_proba(NUMBERS)
    assert (same == fitted.predict_proba(TABLE)).all()


@pytest.mark.slow
def test_a_fit_on_an_array_forgets_the_names_of_the_fit_before(fitted):
    model = pickle.loads(pickle.dumps(fitted)).fit(NUMBERS, KINDS)
    assert not hasattr(model, "feature_names_in_") and model.n_features_in_ == 4
    with pytest.warns(UserWarning, match="fitted without feature names"):
        model.predict(TABLE)


@pytest.mark.slow
def test_series_with_channels_or_of_several_lengths_may_have_any_length_later(fitted):
    for series in (NUMBERS[:, :, None], [row[: 2 + n % 3] for n, row in enumerate(NUMBERS)]):
        model = quick().fit(series, KINDS)
        assert not hasattr(model, "n_features_in_")
        assert model.predict(NUMBERS[:, :3]).shape == (20,)
    assert fitted.predict(list(NUMBERS[:, :3, None])).shape == (20,)


@pytest.mark.slow
def test_a_list_of_series_that_happen_to_be_equally_long_has_no_columns():
    model = quick().fit(list(NUMBERS), KINDS)
    assert not hasattr(model, "n_features_in_")
    short, full = NUMBERS[0, :3], NUMBERS[1]
    assert len(model.predict([short])) == 1 and len(model.predict([short, full])) == 2


def test_columns_without_names_are_counted_also_in_a_file(tmp_path):
    model = quick().fit(pd.DataFrame(NUMBERS), KINDS)
    for each in (model, modelzoo.load(model.save(tmp_path / "model.mz"))):
        assert each.n_features_in_ == 4 and not hasattr(each, "feature_names_in_")
        with pytest.raises(InputError, match="3 features, but Classifier is expecting 4"):
            each.predict(pd.DataFrame(NUMBERS[:, :3]))


@pytest.mark.parametrize(
    ("table", "says"),
    [
        (TABLE.assign(name="x", city="y"), "no numbers: 'name', 'city'; "),
        (pd.DataFrame({"name": ["x"] * 20, "size": 1.0}), "no numbers: 'name'"),
        (TABLE.assign(day=pd.Timestamp("2026-01-01")), "no numbers: 'day'"),
        (TABLE.set_axis(["a", "b", "c", 3], axis=1), r"such as 3, are not: .*astype\(str\)"),
        (TABLE.set_axis(["a", "b", "a", "d"], axis=1), "two columns named 'a'"),
        (TABLE.assign(mass=np.nan), "holds nan at step 3"),
    ],
)
def test_a_table_that_cannot_be_read_says_why(table, says):
    with pytest.raises(InputError, match=says):
        quick().fit(table, KINDS)


@pytest.mark.parametrize("dtype", ["Int64", "bool", "object", "Float32"])
def test_numbers_may_have_any_type_of_pandas(dtype):
    table = pd.DataFrame({"a": [1, 0], "b": [0, 1]}).astype(dtype)
    assert [row[:, 0].tolist() for row in read_sequences(table)] == [[1, 0], [0, 1]]


def test_the_steps_of_a_table_are_explained_by_name(fitted):
    (explanation,) = fitted.explain(TABLE[:1])
    assert list(explanation.steps) == list(TABLE.columns)
    assert explanation.to_frame()["step"].tolist() == list(TABLE.columns)
    assert any(name in str(explanation) for name in TABLE.columns)
