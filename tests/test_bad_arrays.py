"""Arrays and labels that a classifier cannot use, or must take as they are."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from bad_input import QUICK, SMALLEST, answered, fit_refused, refused, table, untrained

from modelzoo import Classifier

X = np.random.default_rng(0).normal(size=(40, 6))
Y = ["a", "b"] * 20


def quick(**changes):
    return Classifier(SMALLEST, **(QUICK | changes))


@pytest.fixture(scope="module")
def fitted():
    return untrained(quick(), X, Y)


def holding(value, dtype=float):
    """The data with a value in row 3 at step 2."""
    array = X.astype(dtype)
    array[3, 2] = value
    return array


def holding_a_list():
    array = X.astype(object)
    array[3, 2] = [1]
    return array


ARRAYS = {
    "nan": (holding(np.nan), "row 3 of X holds nan at step 2, channel 0: fill or drop"),
    "infinity": (holding(-np.inf), "row 3 of X holds -inf at step 2"),
    "None among numbers": (holding(None, object), "row 3 of X holds nan at step 2"),
    "no steps": (X[:, :0, None], r"0 feature\(s\) .* its rows have no steps"),
    "four dimensions": (np.zeros((40, 2, 2, 2)), r"\(rows, steps\) or .* shape \(40, 2, 2, 2\)"),
    "one dimension": (X[:, 0], r"\(rows, steps\) or .* shape \(40,\)"),
    "structured": (np.zeros(40, [("a", float)]), r"\(rows, steps\)"),
    "a word among numbers": (holding("much", object), r"row 3 of X holds 'much' \(str\)"),
    "a list among numbers": (holding_a_list(), r"row 3 of X holds \[1\] \(list\)"),
    "complex": (X.astype(complex), "row 0 of X holds complex128; stack real"),
    "dates": (np.zeros((40, 6), "M8[s]"), r"row 0 of X holds datetime64\[s\], not numbers"),
    "sparse": (scipy.sparse.csr_matrix(X), r"X is sparse.*X\.toarray\(\)"),
    "masked": (np.ma.masked_greater(X, 2), r"masked values.*X\.filled"),
    "beyond float32": (holding(1e39), r"row 3 of X holds 1e\+39 .* float32 ends .* scale"),
    "beyond float64": ([[10**400] * 6] * 40, "row 0 of X is not numeric: int too large"),
    "ragged within a row": ([*X[:-1], [1, [2]]], "row 39 of X is not numeric"),
    "channels that differ": ([np.zeros((5, 1 + i % 2)) for i in range(40)], "row 1 .* row 0 has 1"),
    "dict": (dict.fromkeys(range(40)), "got dict"),
}


@table(ARRAYS)
def test_arrays_are_refused_with_row_and_step(fitted, tmp_path, given, says):
    fit_refused(says, quick(kind="series"), tmp_path, given, Y)
    for ask in (fitted.predict, fitted.explain):
        refused(says, ask, given)
    refused(says, fitted.score, given, Y)
    other = quick(kind="series")
    with pytest.raises(ValueError):
        other.fit(X, Y, validation_data=(given, Y))
    assert not hasattr(other, "model_")


def test_a_column_of_arrays_is_read_as_a_list_of_them(fitted):
    assert fitted.predict(pd.Series(list(X))).tolist() == fitted.predict(X).tolist()


WITHOUT_ROWS = {
    "None": (None, "X must have a row for each example, got NoneType"),
    "number": (5, "X must have a row for each example, got int"),
    "bytes": (X.tobytes(), "X must have a row for each example, got bytes"),
    "scalar": (np.float64(5), "X must have a row for each example, got"),
    "other channels": (np.zeros((2, 6, 2)), "X has 2 channels, the training data had 1"),
    "texts": (["one", "two"], r"X must be \(rows, steps\) or .* got shape \(2,\)"),
}


@table(WITHOUT_ROWS)
def test_questions_about_no_rows_or_other_ones_are_refused(fitted, given, says):
    for ask in (fitted.predict_proba, fitted.decision_function, fitted.explain):
        refused(says, ask, given)


def test_a_value_too_far_from_the_training_data_is_refused(fitted, monkeypatch):
    monkeypatch.setattr(fitted.task_.scaler, "scale", np.array([1e-6]))
    far = [X[0], np.full(6, 1e35)]
    refused(r"row 1 of X holds 1e\+35, too far .* check its unit", fitted.predict, far)


PAIRS = {
    "no rows": ((X[:0], []), "X has no rows"),
    "fewer rows": ((X[:10], Y), "X has 10 rows, y has 40"),
    "no labels": ((X, None), "the target y is None"),
    "one label for all": ((X, 3), "y must have a row for each example, got int"),
    "a generator of labels": ((X, (each for each in Y)), "y must have a row .* got generator"),
    "no label in a row": ((X, ["a", None] * 20), "y has no label in row 1: drop the row"),
    "nan": ((X, ["a", float("nan")] * 20), "y has no label in row 1"),
    "NA": ((X, pd.Series(["a", pd.NA] * 20, dtype="string")), "y has no label in row 1"),
    "NA among numbers": ((X, pd.Series([1, None] * 20, dtype="Int64")), "no label in row 1"),
    "sparse": ((X, scipy.sparse.csr_matrix(np.ones((40, 1)))), r"y is sparse.*y\.toarray\(\)"),
    "NaT": ((X, pd.to_datetime(["2024", None] * 20)), "y has no label in row 1"),
    "two columns": ((X, np.zeros((40, 2))), r"one label a row, .* shape \(40, 2\) .*multi_label"),
    "lists": ((X, [["a", "b"]] * 40), r"y holds \['a', 'b'\] in row 0.*multi_label=True"),
    "sets": ((X, [{"a"}] * 40), "y holds {'a'} in row 0"),
}


@table(PAIRS)
def test_labels_are_refused_in_training_and_in_scoring(fitted, tmp_path, given, says):
    fit_refused(says, quick(), tmp_path, *given)
    if "generator" not in says:  # which the fit has not used up
        refused(says, fitted.score, *given)


LABELS = {
    "one class": (["a"] * 40, r"y holds 1 class \('a'\): .* at least two"),
    "continuous": (X[:, 0], r"Unknown label type: y holds .* in row 0.*pd\.cut"),
    "infinite": ([0.0, np.inf] * 20, "y holds inf in row 1"),
}


@table(LABELS)
def test_labels_that_teach_nothing_are_refused(tmp_path, given, says):
    fit_refused(says, quick(), tmp_path, X, given)
    rows = [(X, given)]
    if len(set(given)) > 1:
        fit_refused("batch 0 of the loader: .*" + says, quick(), tmp_path, lambda: iter(rows))


@pytest.mark.parametrize("kind", ["auto", "series"])
def test_a_view_of_memory_is_the_array_that_it_shows(fitted, kind):
    model = untrained(quick(kind=kind), memoryview(X), Y)
    assert model.predict(memoryview(X)).tolist() == fitted.predict(X).tolist()


WEIGHTS = {
    "too few": ([1.0], r"sample_weight must be 40 numbers, .* shape \(1,\)"),
    "negative": ([1.0] * 39 + [-1.0], r"sample_weight\[39\] must be a finite number from 0"),
    "nan": ([np.nan] * 40, r"sample_weight\[0\]"),
    "nothing": ([0.0] * 40, "every weight is zero"),
}


@table(WEIGHTS)
def test_weights_are_refused_in_training_and_in_scoring(fitted, tmp_path, given, says):
    fit_refused(says, quick(), tmp_path, X, Y, given)
    refused(says, fitted.score, X, Y, given)


def test_a_label_of_validation_that_training_had_not_is_refused():
    says = "y holds 'c' in row 1, which is none of the 2 classes"
    refused(says, lambda: quick().fit(X, Y, validation_data=(X[:2], ["a", "c"])))


ANSWERS = {
    "one row": (X[:1], None),
    "one step": (X[:2, :1, None], None),
    "ragged": ([X[0], X[1, :2], X[2, :1]], None),
    "objects": (X[:2].astype(object), None),
    "integers": (np.arange(12).reshape(2, 6), None),
    "large and small": (X[:2] * [[1e12], [1e-12]], None),
}


@table(ANSWERS)
def test_answers_are_finite(fitted, given, says):
    answered(says, fitted.predict_proba, given)


def test_labels_that_training_had_not_count_as_wrong_with_one_warning(fitted):
    right = fitted.predict(X[:3]).tolist()
    answered("2 of 3 rows of y .* such as 'z'", fitted.score, X[:3], [right[0], "z", "z"])


@pytest.mark.slow
def test_a_class_of_a_single_row_can_be_learned():
    model = quick(validation_fraction=0.8).fit(X, ["a"] * 39 + ["b"])
    answered(None, model.predict_proba, X[:2])
