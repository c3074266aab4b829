"""Data of other libraries: polars, PyArrow and whatever else speaks their protocols."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

from modelzoo import Classifier, Forecaster, registry
from modelzoo.data.interchange import as_pandas
from modelzoo.data.label_sets import LabelSets
from modelzoo.data.labels import Labels
from modelzoo.data.sequences import read_sequences
from modelzoo.data.series import SeriesPanel
from modelzoo.data.text import check_texts
from modelzoo.data.texts_and_ids import holds_text
from modelzoo.data.token_ids import read_ids

SMALLEST = min(registry.list_models(), key=lambda name: registry.describe(name).cost().parameters)
QUICK = {"hparams": {"width": 4, "depth": 1}, "epochs": 1, "random_state": 0, "verbose": 0}


class Interchanged:
    """A table that speaks the dataframe interchange protocol and nothing else, as PyArrow's do."""

    def __init__(self, columns):
        self._frame = pd.DataFrame(columns)

    def __dataframe__(self, **options):
        return self._frame.__dataframe__(**options)

    def __len__(self):
        return len(self._frame)


class Column:
    """A column that hands itself to Arrow or numpy, as a Series of polars does."""

    def __init__(self, values):
        self._values = values

    def __arrow_c_stream__(self, requested_schema=None):
        raise NotImplementedError("nothing here reads it")

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self._values, dtype=dtype)

    def __len__(self):
        return len(self._values)

    def __iter__(self):
        return iter(self._values)


class Columns:
    """A table of such columns, as polars' are."""

    def __init__(self, columns):
        self._columns = {name: Column(values) for name, values in columns.items()}
        self.columns = list(columns)

    def __arrow_c_stream__(self, requested_schema=None):
        raise NotImplementedError("nothing here reads it")

    def __getitem__(self, name):
        return self._columns[name]

    def __len__(self):
        return len(self._columns[self.columns[0]])


def libraries():
    yield pytest.param(Interchanged, Column, id="interchange protocol")
    yield pytest.param(Columns, Column, id="Arrow's protocol")
    for name, table, column in (
        ("polars", "DataFrame", "Series"),
        ("pyarrow", "table", "array"),
    ):
        try:
            library = __import__(name)
        except ImportError:
            continue
        yield pytest.param(getattr(library, table), getattr(library, column), id=name)


every_library = pytest.mark.parametrize(("table", "column"), [*libraries()])


@every_library
def test_tables_and_columns_are_read_by_every_reader(table, column):
    rows = read_sequences(table({"a": [1, 2], "b": [3.0, 4.0]}))
    assert [row[:, 0].tolist() for row in rows] == [[1, 3], [2, 4]]
    for texts in (table({"text": ["one", "two"]}), column(["one", "two"])):
        assert holds_text(texts) and check_texts(texts) == ["one", "two"]
    assert read_ids(table({"a": [1, 2], "b": [3, 4]})) == [[1, 3], [2, 4]]
    assert Labels.learn(as_pandas(column(["up", "down"]))).classes.tolist() == ["down", "up"]
    flags = LabelSets.learn(as_pandas(table({"sad": [0, 1], "long": [1, 1]})))
    assert flags.classes.tolist() == ["sad", "long"] and flags.indicator
    assert SeriesPanel.read(column([1.0, 2.0, 4.0])).series[0].values[:, 0].tolist() == [1, 2, 4]
    long = table({"unique_id": ["a", "a", "b"], "ds": [1, 2, 1], "y": [5.0, 6.0, 7.0]})
    panel = SeriesPanel.read(long)
    assert panel.form == "long" and [len(one) for one in panel.series] == [2, 1]


def test_what_is_at_home_here_is_left_as_it_is():
    for data in (None, "text", [1], (1,), {"a": 1}, np.ones(2), pd.DataFrame({"a": [1]}), {1}):
        assert as_pandas(data) is data


def test_a_column_of_lists_is_a_list_of_arrays():
    nested = np.empty(2, dtype=object)
    nested[0], nested[1] = np.array([1.0, 2.0]), np.array([3.0])
    assert [row.tolist() for row in as_pandas(Column(nested))] == [[1, 2], [3]]


def test_a_classifier_remembers_the_columns_of_a_table_of_any_library():
    numbers = np.random.default_rng(0).normal(size=(12, 3)).round(2)
    columns = dict(zip(["height", "width", "depth"], numbers.T.tolist(), strict=True))
    kinds = ["a", "b"] * 6
    model = Classifier(SMALLEST, **QUICK).fit(Columns(columns), Column(kinds))
    assert model.feature_names_in_.tolist() == ["height", "width", "depth"]
    expected = model.predict_proba(pd.DataFrame(columns))
    for same in (Columns(columns), Interchanged(columns)):
        np.testing.assert_array_equal(model.predict_proba(same), expected)
    assert model.score(Columns(columns), Column(kinds)) == model.score(pd.DataFrame(columns), kinds)


def test_labels_to_score_and_to_validate_by_are_read_as_those_to_fit():
    numbers = np.random.default_rng(0).normal(size=(12, 3)).round(2)
    X, kinds = Interchanged(dict(zip("abc", numbers.T.tolist(), strict=True))), ["a", "b"] * 6
    model = Classifier(SMALLEST, **QUICK)
    y = Column(kinds)
    with warnings.catch_warnings(action="error"):  # of columns that are none
        model.fit(X, y, validation_data=(X, y, Column([1.0] * 12)))
        assert model.score(X, y) == model.score(X, kinds)


def test_forecasts_are_pandas_on_the_index_that_follows():
    stamps = pd.date_range("2024-01-01", periods=30, freq="D")
    series = pd.Series(np.sin(np.arange(30.0)), stamps, name="sold")
    forecast = Forecaster(SMALLEST, horizon=2, context=4, **QUICK).fit(series).predict()
    assert isinstance(forecast, pd.DataFrame)
    assert forecast.index.tolist() == pd.date_range("2024-01-31", periods=2, freq="D").tolist()
