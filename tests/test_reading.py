"""`modelzoo.datasets.read`: a user's own files, and errors that name file, line and column."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.io import wavfile

from modelzoo.datasets import read
from modelzoo.errors import FileError, InputError, ModelZooError, UnknownNameError

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str | bytes, name: str = "data.csv") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", 'review,stars\n"good, really",5\nbad,1\n'),
        ("a.tsv", "review\tstars\ngood, really\t5\nbad\t1\n"),
        ("a.csv", '\ufeffreview;stars\r\n"good, really";5\r\nbad;1\r\n'),
    ],
)
def test_texts_and_labels_are_columns_of_a_table(write, name, text):
    X, y = read(write(text, name), "classification", text="review", label="stars")
    assert X == ["good, really", "bad"] and y == ["5", "1"]


def test_lines_of_json_keep_the_types_of_their_labels(write):
    lines = [{"text": "good\u2028film", "label": 5}, {"text": "NA", "label": 1, "more": None}]
    path = write("\n".join(json.dumps(each, ensure_ascii=False) for each in lines), "a.jsonl")
    assert read(path, "classification") == (["good\u2028film", "NA"], [5, 1])


def test_a_table_without_texts_is_read_as_numbers(write):
    X, y = read(
        write("a,b,kind,id\n1,2,x,7\n3,4.5,y,8\n"), "classification", label="kind", drop=["id"]
    )
    assert list(X.columns) == ["a", "b"] and X.to_numpy().tolist() == [[1, 2], [3, 4.5]]
    assert y == ["x", "y"]


def test_a_sub_folder_is_a_class_of_texts(write, tmp_path):
    for name in ("spam/2.txt", "spam/1.txt", "ham/1.txt", "ham/notes.md"):
        write(f"in {name}\n\nmore", name)
    X, y = read(tmp_path, "classification")
    assert y == ["ham", "spam", "spam"] and X[1] == "in spam/1.txt\n\nmore"
    write("of no class", "loose.txt")
    with pytest.raises(FileError, match=r"1 files beside its sub-folders, such as 'loose\.txt'"):
        read(tmp_path, "classification")


@pytest.mark.parametrize(
    ("header", "options"),
    [
        ("when,amount", {}),  # no name tells: the first is the time
        ("ds,amount", {}),
        ("amount,ds", {}),
        ("y,when", {}),
        ("y,when", {"time": "when"}),
        ("amount,when", {"time": "when"}),
        ("amount,when", {"target": "amount"}),
    ],
)
def test_of_two_columns_names_tell_which_is_the_time(write, header, options):
    cells = {"when": "2024-01-0{}", "ds": "2024-01-0{}", "amount": "{}", "y": "{}"}
    names = header.split(",")
    rows = [",".join(cells[name].format(row) for name in names) for row in (5, 6)]
    series = read(write("\n".join([header, *rows])), "forecasting", **options).X
    assert series.tolist() == [5, 6] and {series.index.name, series.name} == set(names)


def sound(path: Path, seconds: float, rate: int = 8000) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    wave = np.sin(np.arange(int(seconds * rate)) / 5) * 20000
    wavfile.write(path, rate, wave.astype("int16"))


@pytest.mark.parametrize("names", [["yes/a.wav", "no/b.wav"], ["yes_1.wav", "no_1.wav"]])
def test_recordings_become_sequences_labelled_by_folder_or_name(tmp_path, names):
    for name, seconds in zip(names, (0.2, 0.3), strict=True):
        sound(tmp_path / name, seconds)
    X, y = read(tmp_path, "classification")
    assert y == ["no", "yes"] and [each.ndim for each in X] == [2, 2]
    assert len(X[0]) > len(X[1]) > 10 and X[0].shape[1] == X[1].shape[1]


def test_recordings_of_another_sampling_rate_are_named(tmp_path):
    sound(tmp_path / "a_1.wav", 0.1)
    sound(tmp_path / "b_1.wav", 0.1, rate=16000)
    with pytest.raises(FileError, match=r"b_1\.wav' has 16000 .*a_1\.wav' has 8000"):
        read(tmp_path, "classification")


def test_a_file_without_a_header_line_is_one_of_the_ucr_archive(write):
    X, y = read(write("1\t0.5\t0.25\n2\t1.5\t1\n", "a.tsv"), "classification")
    assert np.asarray(X).tolist() == [[0.5, 0.25], [1.5, 1]] and y == [1, 2]


def test_records_of_the_uea_archive_have_channels(write):
    text = "@dimensions 2\n@classLabel true up down\n@data\n1,2,3:4,5,6:up\n1,2,3:4,5,7:down\n"
    X, y = read(write(text, "a.ts"), "classification")
    assert np.shape(X) == (2, 3, 2) and y == ["up", "down"]


def test_a_series_has_times_and_values(write):
    path = write("month,sold,price\n2024-01,1,9\n2024-02,2,8\n")
    X, y = read(path, "forecasting", target="sold", drop=["price"])
    assert y is None and X.index[1] == pd.Timestamp("2024-02-01") and X.tolist() == [1, 2]
    X, _ = read(path, "forecasting", target="sold", covariates=["price"])
    assert X.columns.tolist() == ["sold", "price"]


def test_texts_to_learn_are_parts_of_a_file_or_prompts_with_completions(write):
    assert read(write("one\n\ntwo\n", "a.txt"), "generation") == (["one", "two"], None)
    assert read(write('{"body": "one"}\n', "a.jsonl"), "generation", text="body").X == ["one"]
    pairs = write("q,a\none,eins\n")
    assert read(pairs, "generation", prompt="q", completion="a") == (["one"], ["eins"])


@pytest.mark.parametrize(
    ("name", "text", "options", "says"),
    [
        ("a.csv", "text,label\ngood,1\n", {"label": "lable"}, "'lable' in '.*a.csv'.*'label'"),
        (
            "a.csv",
            "text|label\ngood|1\n",
            {"label": "label"},
            "one column only, 'text|label'.*commas",
        ),
        (
            "a.csv",
            "text,mood\ngood,1\n",
            {},
            r"which column of '.*a\.csv' is the label.*label=\.\.\.",
        ),
    ],
)
def test_a_column_that_is_not_there_is_told_with_those_there_are(write, name, text, options, says):
    with pytest.raises(ModelZooError, match=says):
        read(write(text, name), "classification", **options)


def test_a_folder_that_is_no_set_of_examples_is_told(write, tmp_path):
    with pytest.raises(FileError, match=r"no \.txt and no \.wav"):
        read(tmp_path, "classification")
    write("one", "a.txt")
    with pytest.raises(InputError, match="holds no labels: give each class a sub-folder"):
        read(tmp_path, "classification")
    sound(tmp_path / "a.wav", 0.1)
    with pytest.raises(FileError, match=r"both \.txt and \.wav"):
        read(tmp_path, "classification")


@pytest.mark.parametrize(
    ("task", "options", "says"),
    [
        ("classification", {"time": "day"}, "time is not read for classification"),
        ("forecasting", {"label": "y"}, "label is not read for forecasting"),
        ("generation", {"drop": ["a"]}, "drop is not read for generation"),
        ("generation", {"text": "a", "prompt": "b"}, "text names documents, prompt and completion"),
    ],
)
def test_a_name_that_nothing_would_read_is_refused(write, task, options, says):
    with pytest.raises(InputError, match=says):
        read(write("a,b,day,y\nx,z,2024-01-01,1\n"), task, **options)


def test_a_wrong_task_or_path_is_told(tmp_path):
    with pytest.raises(UnknownNameError, match="did you mean 'classification'"):
        read(tmp_path, "classify")
    with pytest.raises(FileError, match="there is no file"):
        read(tmp_path / "none.csv", "classification")
