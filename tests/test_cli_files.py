"""What the command line reads: tables, series and texts, with errors that say what to do."""

from __future__ import annotations

import json
from argparse import Namespace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from modelzoo.cli.files import NAMING, check_writable
from modelzoo.cli.problems import read_problem, read_rows, read_series
from modelzoo.cli.rows import read_rows_for
from modelzoo.data.tables import choose_column, read_table
from modelzoo.datasets.documents import read_documents, read_pairs
from modelzoo.errors import FileError, InputError, UnknownNameError


def options(**given: object) -> Namespace:
    """Parsed arguments that name columns; what is not given is not named."""
    names = ("text", "label", "time", "target", "id", "horizon", "prompt", "completion")
    return Namespace(**{**dict.fromkeys(names), "drop": [], **given})


@pytest.fixture
def write(tmp_path: Path):
    def write(text: str, name: str = "data.csv") -> str:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_the_separator_is_read_off_the_header(write, separator):
    table = read_table(write(f"a{separator}b\n1{separator}2\n"))
    assert table.to_dict("list") == {"a": [1], "b": [2]}


def test_a_byte_order_mark_is_not_part_of_the_first_column(write):
    assert list(read_table(write("\ufeffa,b\n1,2\n")).columns) == ["a", "b"]


def test_words_that_pandas_takes_for_missing_stay_words(write):
    table = read_table(write("country,code\nNamibia,NA\nJames,007\n"), ["code"])
    assert list(table["code"]) == ["NA", "007"]


def test_quoted_text_may_hold_commas_and_line_breaks(write):
    table = read_table(write('text,label\n"one, two\nthree",a\n'), ["text"])
    assert list(table["text"]) == ["one, two\nthree"]


def test_a_column_is_chosen_by_its_usual_name_or_asked_for(write):
    table = read_table(write("Label,x\na,1\n"))
    assert choose_column("label", None, ["label"], table) == "Label"
    with pytest.raises(InputError, match=r"--time; there are: Label, x"):
        choose_column("time", None, ["ds"], table, NAMING)


def test_rows_of_numbers_become_one_array(write):
    path = write("a,b,label\n1,2,x\n3,4,y\n")
    rows = read_rows(options(data=path, label="label"))
    assert rows.X.to_numpy().tolist() == [[1, 2], [3, 4]]
    assert rows.columns == ["a", "b"] and rows.labels == ["x", "y"]


def test_features_may_have_the_names_that_labels_often_have(write):
    path = write("y,class,kind\n1,2,a\n3,4,b\n")
    rows = read_rows(options(data=path, label="kind"))
    assert rows.X.to_numpy().tolist() == [[1, 2], [3, 4]] and rows.columns == ["y", "class"]
    rows = read_rows(options(data=write("y,label\n1,a\n3,b\n")))  # the most usual name is the label
    assert rows.X.to_numpy().tolist() == [[1], [3]] and rows.labels == ["a", "b"]


def classifier(kind: str, *columns: str) -> SimpleNamespace:
    """What of a fitted classifier tells how to read a file for it."""
    remembered = {"feature_names_in_": np.array(columns, dtype=object)} if columns else {}
    return SimpleNamespace(task_=SimpleNamespace(kind=kind), **remembered)


def test_trained_columns_are_found_by_name_in_the_trained_order(write):
    path = write("kind,y,x,more\na,2,1,words\nb,4,3,words\n")
    rows = read_rows_for(classifier("series", "x", "y"), path, options())
    assert rows.X.to_numpy().tolist() == [[1, 2], [3, 4]] and list(rows.X) == ["x", "y"]


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("widht,b", "column 'width', which .* missing: did you mean 'widht'"),
        ("height,b", r"'width'.* choose from 'b' \(.*: 'depth'\)"),
    ],
)
def test_a_missing_trained_column_is_named_with_the_nearest(write, header, message):
    trained = classifier("series", "width", *(["depth", "height"] if "height" in header else []))
    with pytest.raises(InputError, match=message):
        read_rows_for(trained, write(f"{header}\n1,2\n"), options())


def test_a_trained_column_that_holds_words_is_named(write):
    with pytest.raises(InputError, match=r"no numbers: a$"):
        read_rows_for(classifier("series", "a"), write("a\nword\n"), options())


def test_the_column_of_texts_is_remembered_unless_another_is_named(write):
    path = write("body,text\nNA,other\n")
    trained = classifier("text", "body")
    assert read_rows_for(trained, path, options()).X == ["NA"]
    assert read_rows_for(trained, path, options(text="text")).X == ["other"]
    with pytest.raises(InputError, match=r"did you mean 'bodi'\? .* trained on 'body'.*--text"):
        read_rows_for(trained, write("bodi\nx\n"), options())


def test_a_model_that_remembers_no_columns_reads_all_but_the_label(write, capsys):
    path = write("a,y\n1,2\n")
    assert read_rows_for(classifier("series"), path, options()).X.tolist() == [[1]]
    assert "'y' is taken for the label" in capsys.readouterr().err
    assert read_rows_for(classifier("series"), path, options(label="a")).X.tolist() == [[2]]
    texts = read_rows_for(classifier("text"), write("Text\nhello\n", "texts.csv"), options())
    assert texts.X == ["hello"]
    with pytest.raises(InputError, match="--text"):
        read_rows_for(classifier("text"), path, options())
    with pytest.raises(InputError, match="leave --text out"):
        read_rows_for(classifier("series"), path, options(text="a"))


def test_a_short_row_has_an_empty_text(write):
    assert read_rows(options(data=write("label,text\na,one\nb\n"))).X == ["one", ""]


def test_words_among_the_numbers_are_named(write):
    with pytest.raises(InputError, match=r"no numbers: name; .*--text.*--drop"):
        read_rows(options(data=write("a,name\n1,x\n")))
    assert read_rows(options(data=write("a,name\n1,x\n"), drop=["name"])).X.to_numpy().tolist() == [
        [1]
    ]


def test_two_columns_are_time_and_value_whatever_their_names(write):
    series = read_series(write("monat,absatz\n2000-01,1\n2000-02,2.5\n"), options())
    assert series.index[1] == pd.Timestamp("2000-02-01") and series.tolist() == [1, 2.5]


def test_one_column_is_a_series_without_time(write):
    assert read_series(write("sales\n1\n2\n"), options()).tolist() == [1, 2]


def test_whole_numbers_stay_years(write):
    assert read_series(write("year,y\n1999,1\n2000,2\n"), options()).index.tolist() == [1999, 2000]


def test_a_missing_value_stays_missing(write):
    series = read_series(write("ds,y\n2000-01-01,1\n2000-01-02,\n2000-01-03,3\n"), options())
    assert np.isnan(series.iloc[1])


def test_rows_are_sorted_by_time_and_that_is_told(write):
    path = write("ds,y,price\n2000-01-03,3,30\n2000-01-01,1,10\n2000-01-02,2,20\n")
    with pytest.warns(UserWarning, match="not in the order of 'ds' and were sorted"):
        series = read_series(path, options(drop=["price"]))
    assert series.tolist() == [1, 2, 3] and series.index.is_monotonic_increasing
    with pytest.warns(UserWarning, match="sorted"):
        table = read_series(path, options(past_covariates=["price"]))
    assert table.to_numpy().tolist() == [[1, 10], [2, 20], [3, 30]]


def test_a_column_called_unique_id_tells_series_apart(write, capsys):
    rows = "".join(f"{shop},2000-01-{day:02d},{day}\n" for shop in ("01", "2") for day in (1, 2, 3))
    path = write("unique_id,ds,y\n" + rows)
    series = read_series(path, options())
    assert list(series) == ["unique_id", "ds", "y"] and list(series["unique_id"]) == [
        *["01"] * 3,
        *["2"] * 3,
    ]
    assert "--id names another" in capsys.readouterr().err
    with pytest.raises(InputError, match="--id"):
        read_series(path, options(drop=["unique_id"]))
    assert capsys.readouterr().err == ""


def test_many_series_become_a_long_frame_whose_end_is_held_out(write):
    rows = "".join(f"2000-01-{d:02d},{shop},{d}\n" for d in range(1, 11) for shop in ("a", "b"))
    path = write("day,shop,sold\n" + rows)
    given = options(id="shop", target="sold", horizon=3, data=path, task="forecasting")
    problem = read_problem(given)
    assert list(problem.train.X.columns) == ["unique_id", "ds", "y"]
    assert problem.test.X["y"].tolist() == [8, 8, 9, 9, 10, 10]
    assert len(problem.train.X) == 14


def test_labels_are_held_out_in_proportion(write):
    rows = "".join(f"text {i},{'spam' if i % 4 == 0 else 'ham'}\n" for i in range(40))
    problem = read_problem(options(data=write("text,label\n" + rows), task="classification"))
    assert len(problem.train.X) == 32 and sorted(problem.test.y) == ["ham"] * 6 + ["spam"] * 2
    assert not set(problem.train.X) & set(problem.test.X)


def test_blank_lines_part_the_texts_of_a_file(write):
    assert read_documents(write("one\ntwo\n\n\nthree\n", "a.txt")) == ["one\ntwo", "three"]


def test_a_folder_holds_a_text_a_file(write, tmp_path):
    for name in ("b.txt", "a.txt", "not.md"):
        write(f"in {name}\n\nmore", name)
    assert read_documents(str(tmp_path)) == ["in a.txt\n\nmore", "in b.txt\n\nmore"]


def test_json_lines_hold_strings_or_objects_with_a_text(write):
    lines = [json.dumps("one"), json.dumps({"text": "two", "source": "here"})]
    assert read_documents(write("\n".join(lines), "a.jsonl")) == ["one", "two"]


def test_some_texts_are_held_out_however_few_there_are(write):
    for count in range(2, 12):
        texts = [f"text {i}" for i in range(count)]
        path = write("\n\n".join(texts), "a.txt")
        problem = read_problem(options(data=path, task="generation"))
        assert problem.train.X and problem.test.X
        assert sorted(problem.train.X + problem.test.X) == sorted(texts)


@pytest.mark.parametrize("line", ["{", "3", '{"words": "x"}', '{"text": 3}'])
def test_a_json_line_that_holds_no_text_is_named(write, line):
    with pytest.raises(FileError, match="line 2"):
        read_documents(write(f'"fine"\n{line}\n', "a.jsonl"))


def test_a_name_that_is_neither_file_nor_dataset_is_answered_with_the_nearest():
    with pytest.raises(UnknownNameError, match="did you mean 'sunspots'"):
        read_problem(options(data="sunspot", task="forecasting"))
    with pytest.raises(FileError, match=r"no file 'sunspot\.csv'"):
        read_problem(options(data="sunspot.csv", task="forecasting"))


def test_a_dataset_of_another_task_is_refused():
    with pytest.raises(InputError, match="is for forecasting"):
        read_problem(options(data="sunspots", task="generation"))


def test_pairs_are_found_by_the_usual_names_or_those_given(write):
    table = write("prompt,completion,source\none,eins,x\nNA,007,y\n")
    assert read_pairs(table) == (["one", "NA"], ["eins", "007"])
    assert read_pairs(table, "source", "prompt") == (["x", "y"], ["one", "NA"])
    assert read_pairs(write("text,label\na,b\n", "b.csv")) is None
    assert read_pairs(write("once upon a time", "a.txt")) is None
    with pytest.raises(UnknownNameError, match="did you mean 'completion'"):
        read_pairs(table, "prompt", "completions")
    with pytest.raises(InputError, match="--completion"):
        read_pairs(write("question,answer\na,b\n", "c.csv"), "question", naming=NAMING)


def test_pairs_of_json_lines_are_objects_with_both(write):
    lines = ['{"prompt": "one", "completion": "eins"}', '{"prompt": "two", "completion": "zwei"}']
    path = write("\n".join(lines), "a.jsonl")
    assert read_pairs(path) == (["one", "two"], ["eins", "zwei"])
    with pytest.raises(FileError, match="line 2: an object with the strings 'prompt'"):
        read_pairs(write(lines[0] + '\n{"prompt": "two"}', "b.jsonl"))
    assert read_pairs(write('"only texts"', "c.jsonl")) is None


def test_a_fifth_of_the_pairs_is_held_out(write):
    rows = "".join(f"p{i},c{i}\n" for i in range(10))
    problem = read_problem(options(data=write("prompt,completion\n" + rows), task="generation"))
    assert problem.test.X == ["p4", "p9"] and problem.test.y == ["c4", "c9"]
    assert len(problem.train.X) == len(problem.train.y) == 8
    with pytest.raises(InputError, match="too few"):
        read_problem(options(data=write("prompt,completion\na,b\n"), task="generation"))


def test_a_folder_is_no_place_for_a_file_whatever_its_name(tmp_path):
    folder = tmp_path / "model.mz"
    folder.mkdir()
    with pytest.raises(FileError, match="it is a folder"):
        check_writable(str(folder))
    check_writable(str(tmp_path / "other.mz"))
