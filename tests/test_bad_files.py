"""Files that cannot be used, and what Python and the command line say of them."""

from __future__ import annotations

import codecs
import json
import re
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from bad_input import QUICK, SMALLEST, refused, table, untrained

from modelzoo import Classifier, Forecaster, Generator
from modelzoo.cli import main
from modelzoo.data.tables import read_table
from modelzoo.datasets import read

OPTIONS = ["--model", SMALLEST, "--set", "width=8", "--set", "depth=1", "--epochs", "1", "--quiet"]
MAILS = "text,label\n" + "win a prize,spam\nlunch on monday,ham\n" * 10
NUMBERS = "a,b,label\n" + "".join(f"{i},{i % 3},{'xy'[i % 2]}\n" for i in range(20))
DAYS = [f"2024-01-{day:02d},{day}" for day in range(1, 29)]
CLASSIFY, FORECAST, WRITE = "classification", "forecasting", "generation"


def series(*rows: str) -> str:
    return "\n".join(["ds,y", *rows, ""])


def changed(row: str) -> str:
    """Days of which the sixth, in line 7, has another row."""
    return series(*DAYS[:5], row, *DAYS[6:])


def folder_of(path: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in path.iterdir() if each.is_file()}


# name of the file, what it holds, the task, further options of the command; what is said of it
CONTENTS = {
    "empty": (("a.csv", "", CLASSIFY), r"'a\.csv' is empty"),
    "blank": (("a.csv", " \n\n", FORECAST), r"'a\.csv' is empty"),
    "a byte order mark alone": (("a.csv", codecs.BOM_UTF8, CLASSIFY), r"'a\.csv' is empty"),
    "a header alone": (("a.csv", "text,label\n", CLASSIFY), "a header line but no rows"),
    "binary": (("a.csv", bytes(range(1, 256)) * 9, CLASSIFY), r"not UTF-8 text \(byte 128, line 2"),
    "a picture": (("a.csv", b"\x89PNG\r\n\x1a\n\0", FORECAST), r"not a text file \(byte 9 is zero"),
    "zero bytes late": (("a.csv", MAILS * 200 + "a\0,b", CLASSIFY), r"\(byte 76202 is zero\)"),
    "Latin-1": (("a.csv", b"text,label\nfine,1\nna\xefve,1\n", CLASSIFY), r"byte 21, line 3: 0xef"),
    "Latin-1 behind a mark": (
        ("a.csv", codecs.BOM_UTF8 + b"text,label\nna\xefve,1\n", CLASSIFY),
        "byte 17, line 2",
    ),
    "UTF-16": (("a.csv", MAILS.encode("utf-16"), CLASSIFY), "is UTF-16 text: save it as UTF-8"),
    "UTF-16 unmarked": (("a.csv", MAILS.encode("utf-16-le"), CLASSIFY), r"\(byte 2 is zero\)"),
    "surrogates in UTF-8": (("a.txt", b"a\xed\xa0\x80\n\nb", WRITE), r"byte 2, line 1: 0xed"),
    "half an emoji in JSON": (
        ("a.jsonl", '"a"\n"b\\ud83d"\n', WRITE),
        "line 2: .* half a character",
    ),
    "no JSON": (("a.jsonl", '"a"\n{"text":\n', WRITE), "line 2: not JSON"),
    "a key twice": (
        ("a.jsonl", '{"text": "a", "text": "b"}\n', WRITE),
        "line 1: duplicate key 'text'",
    ),
    "deep JSON": (("a.jsonl", "[" * 5000 + "\n", WRITE), "line 1: nested more than"),
    "no string": (("a.jsonl", '"a"\n{"text": 3}\n', WRITE), "line 2: a string is needed"),
    "no object": (("a.jsonl", '{"text": "a", "label": 1}\n3\n', CLASSIFY), "line 2: an object"),
    "no label in JSON": (
        ("a.jsonl", '{"text": "a", "label": 1}\n\n{"text": "b"}\n', CLASSIFY),
        "no label in line 3",
    ),
    "no label in a line that ends in a carriage return": (
        ("a.csv", "text,label\ra,x\r\rb,y\rc,\r", CLASSIFY),
        r"no label in line 5 of 'a\.csv'",
    ),
    "bars": (
        ("a.csv", MAILS.replace(",", "|"), CLASSIFY),
        r"one column only, 'text\|label'.*commas",
    ),
    "bars in a series": (("a.csv", "ds|y\n2024-01-01|1\n", FORECAST), r"one column only, 'ds\|y'"),
    "an open quote": (("a.csv", 'text,label\n"a,1\nb,2\n', CLASSIFY), "not a table: EOF inside"),
    "more cells than columns": (
        ("a.csv", "text,label\ngood, really,1\n", CLASSIFY),
        "more cells than its header",
    ),
    "more cells further down": (
        ("a.csv", "text,label\na,1\ngood, really,1\n", CLASSIFY),
        "not a table.*line 3",
    ),
    "a column twice": (
        ("a.csv", "text,label,label\n" + "a,x,y\nb,y,x\n" * 9, CLASSIFY),
        r"'a\.csv' has several columns of the same name, 'label': give each",
    ),
    "commas for points": (
        ("a.csv", series(*DAYS[:5]).replace(",", ";") + "2024-01-06;6,5\n", FORECAST),
        r"'y' should hold numbers, found '6,5' in line 7",
    ),
    "two columns twice": (
        ("a.csv", "ds;y;z;z;y\n2024-01-01;1;2;3;4\n", FORECAST),
        "same name, 'z', 'y': give each a name of its own in the header line",
    ),
    "no label": (("a.csv", 'text,label\n"a\nb",1\n\n"c",\n', CLASSIFY), "no label in line 5"),
    "no text": (("a.csv", "text,label\n" + " ,x\n,y\n" * 9, CLASSIFY), "'text' .* no text at all"),
    "measured labels": (
        ("a.csv", "a,label\n" + "".join(f"{i},{0.37 * i + 0.1}\n" for i in range(9)), CLASSIFY),
        r"'label' holds measured values .* 0\.1 in line 2",
    ),
    "no number": (("a.csv", NUMBERS + ",1,x\n", CLASSIFY), "'a' has no value in line 22"),
    "infinite number": (("a.csv", NUMBERS + "-inf,1,x\n", CLASSIFY), "'a' holds -inf in line 22"),
    "number beyond float32": (
        ("a.csv", NUMBERS + "1e39,1,x\n", CLASSIFY),
        r"'a' holds 1e\+39 in line 22 .* float32 ends",
    ),
    "a word among numbers": (("a.csv", NUMBERS + "no,1,x\n", CLASSIFY), "hold no numbers: a;"),
    "a word in a record": (("a.tsv", "1\t0.5\n2\tmuch\n", CLASSIFY), r"a\.tsv:2.*'much'"),
    "a word for a time": (("a.csv", changed("soon,6"), FORECAST), "'soon' in line 7"),
    "no time": (("a.csv", changed(",6"), FORECAST), "times such as .* in line 7"),
    "a word for a value": (("a.csv", changed("2024-01-06,few"), FORECAST), "'few' in line 7"),
    "infinite value": (
        ("a.csv", changed("2024-01-06,inf"), FORECAST),
        "infinite value in line 7 .*: leave the cell empty",
    ),
    "value beyond float32": (("a.csv", changed("2024-01-06,1e39"), FORECAST), r"1e\+39 in line 7"),
    "no values": (
        ("a.csv", series(*(day[:11] for day in DAYS)), FORECAST),
        r"'y' of 'a\.csv' holds no value",
    ),
    "several zones": (
        ("a.csv", series("2024-03-31T00:00+01:00,1", "2024-03-31T04:00+02:00,2"), FORECAST),
        "several zones",
    ),
}


def write(folder: Path, name: str, content: str | bytes) -> None:
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def fails(here: Path, capsys: pytest.CaptureFixture[str]) -> Iterator:
    """Runs a command that must fail in one line, with exit code 2, and write nothing."""

    def fails(says: str, *arguments: object) -> None:
        before = folder_of(here)
        code = main(list(map(str, arguments)))
        out, err = capsys.readouterr()
        assert code == 2 and out == "", err
        assert err.startswith("modelzoo: error: ") and err.count("\n") == 1, err
        assert re.search(says, err) and " y." not in err, err  # no advice for Python
        assert folder_of(here) == before

    return fails


def fit(task: str, path: object, *options: object) -> list[object]:
    horizon = ["--horizon", 3] if task == FORECAST and "--horizon" not in options else []
    return ["fit", "--task", task, "--data", path, "-o", "m.mz", *horizon, *OPTIONS, *options]


@table(CONTENTS)
def test_what_is_wrong_in_a_file_is_told_with_the_place(fails, here, given, says):
    name, content, task = given
    write(here, name, content)
    refused(says, read, name, task)
    fails(says, *fit(task, name))


COMMANDS = {
    "missing": ((CLASSIFY, "none.csv"), r"there is no file 'none\.csv'"),
    "missing series": ((FORECAST, "none.csv"), r"there is no file 'none\.csv'"),
    "a device without end": ((CLASSIFY, "/dev/zero"), "is a device, a file is needed"),
    "missing text": ((WRITE, "none.txt"), r"there is no file 'none\.txt'"),
    "a misspelt dataset": ((FORECAST, "sunspot"), "did you mean 'sunspots'"),
    "a folder for a series": ((FORECAST, "folder"), "is a folder, a file is needed"),
    "an empty folder": ((CLASSIFY, "folder"), r"no \.txt and no \.wav file"),
    "no texts in a folder": ((WRITE, "folder"), r"holds no \.txt file"),
    "misspelt label": ((CLASSIFY, "mails.csv", "--label", "lable"), "did you mean 'label'"),
    "misspelt text": ((CLASSIFY, "mails.csv", "--text", "txet"), "did you mean 'text'"),
    "misspelt target": ((FORECAST, "days.csv", "--target", "z"), r"unknown column 'z' .*'ds', 'y'"),
    "misspelt time": ((FORECAST, "days.csv", "--time", "dss"), "did you mean 'ds'"),
    "misspelt covariate": (
        (FORECAST, "days.csv", "--future-covariate", "price"),
        "unknown column 'price'",
    ),
    "a time as target": (
        (FORECAST, "days.csv", "--time", "y", "--target", "y"),
        "'y' cannot be both the time and the target",
    ),
    "a model among the settings": (
        (CLASSIFY, "mails.csv", "--set", "model=gru"),
        "model is no setting: where it can be chosen, an option of the command does so",
    ),
    "a task among the settings of a command for one": (
        (FORECAST, "days.csv", "--set", "task=x"),
        "task is no setting: where it can be chosen, an option of the command does so",
    ),
    "a setting without value": ((CLASSIFY, "mails.csv", "--set", "width"), "takes NAME=VALUE"),
    "a setting that is no literal": (
        (CLASSIFY, "mails.csv", "--set", "vary={[]: 1}"),
        "unknown hyper-parameter of .* 'vary'",
    ),
    "which is the time": ((FORECAST, "wide.csv"), "name it with --time; there are: a, b, c"),
    "which is the label": ((CLASSIFY, "wide.csv"), "name it with --label; there are: a, b, c"),
    "one class": ((CLASSIFY, "one.csv"), "two different labels are needed"),
    "few rows": ((CLASSIFY, "few.csv"), "at least five rows"),
    "a gap": ((FORECAST, "gap.csv"), r"gap\.csv': .* missing: 2024-01-06 .*; add a row"),
    "a gap of years": ((FORECAST, "years.csv"), "missing: 2002, 2003; add a row"),
    "a day twice": ((FORECAST, "twice.csv"), "more than once: 2024-01-05 .*; name .* --id"),
    "a time ages ago": ((FORECAST, "ages.csv"), r"no frequency fits .*1970-01-01 00:00:00"),
    "a number far away": (
        (FORECAST, "away.csv"),
        "but 999999999997 stamps are missing: 3, 4, 5, ...; add a row",
    ),
    "uneven": ((FORECAST, "uneven.csv"), "no frequency fits .*; bring .* --time"),
    "once a month": ((FORECAST, "monthly.csv"), "period 'M'; write the first day"),
    "hour left out in spring": (
        (FORECAST, "spring.csv"),
        "missing: 2024-03-31 02:00:00; add a row",
    ),
    "a single point": ((FORECAST, "single.csv"), "1 steps are too few .*: give 8 at least"),
    "too short": ((FORECAST, "days.csv", "--horizon", 14), "28 steps .*: give 30 at least"),
    "one character": ((WRITE, "one.txt"), "too few to learn from"),
}
FILES = {
    "mails.csv": MAILS,
    "days.csv": series(*DAYS),
    "wide.csv": "a,b,c\n1,2,3\n",
    "one.csv": "text,label\n" + "a,x\n" * 9,
    "few.csv": "text,label\na,x\nb,y\n",
    "gap.csv": series(*DAYS[:5], *DAYS[6:]),
    "years.csv": series("2000,1", "2001,2", "2004,3"),
    "twice.csv": series(*DAYS[:5], *DAYS[4:]),
    "ages.csv": series(
        "1970-01-01T00:00:00,0", *(f"2024-01-01T00:00:{second:02d},1" for second in range(9))
    ),
    "away.csv": series("0,1", "1,2", "2,3", f"{10**12},4"),
    "uneven.csv": series(*(DAYS[day] for day in (0, 1, 3, 8, 10))),
    "monthly.csv": series("2000-01-05,1", "2000-02-07,2", "2000-03-01,3"),
    "spring.csv": series(*(f"2024-03-31 {hour:02d}:00,1" for hour in range(24) if hour != 2)),
    "single.csv": series(DAYS[0]),
    "one.txt": "a",
}


@table(COMMANDS)
def test_what_a_command_cannot_use_is_one_line(fails, here, given, says):
    task, name, *options = given
    (here / "folder").mkdir()
    if name in FILES:
        write(here, name, FILES[name])
    fails(says, *fit(task, name, *options))


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("models")
    numbers = np.random.default_rng(0).normal(size=(20, 2))
    labels = ["x", "y"] * 10
    fitted = {
        "reader": untrained(Classifier(SMALLEST, **QUICK), ["a film", "a book"] * 10, labels),
        "counter": untrained(Classifier(SMALLEST, **QUICK), numbers, labels),
        "forecaster": untrained(Forecaster(SMALLEST, horizon=3, **QUICK), np.arange(30.0)),
        "writer": untrained(Generator(SMALLEST, context=8, **QUICK), ["the cat sat on"] * 4),
    }
    return {name: model.save(folder / f"{name}.mz") for name, model in fitted.items()}


USES = {
    "no texts": (("predict", "reader", "a.csv", "a,b\n1,2\n"), "--text"),
    "Latin-1": (("predict", "reader", "a.txt", b"na\xefve"), "byte 3, line 1: 0xef"),
    "half an emoji": (("predict", "reader", "a.jsonl", '"\\ud83d"\n'), "line 1: .* half a char"),
    "texts for numbers": (("predict", "counter", "a.csv", "a,b\n1,word\n"), "hold no numbers: b"),
    "no number": (("predict", "counter", "a.csv", "a,b\n1,2\n3,\n"), "'b' has no value in line 3"),
    "beyond float32": (("predict", "counter", "a.csv", "a,b\n1,1e39\n"), "'b' holds .* in line 2"),
    "a gap": (("forecast", "forecaster", "a.csv", FILES["gap.csv"]), "missing: 2024-01-06"),
    "no values": (("forecast", "forecaster", "a.csv", "ds,y\n1,\n2,\n"), "'y' .* holds no value"),
}


@table(USES)
def test_what_a_saved_model_cannot_read_is_one_line(fails, here, models, given, says):
    command, model, name, content = given
    write(here, name, content)
    if command == "forecast":
        fails(says, command, name, "--model", models[model], "-o", "out.csv")
    else:
        fails(says, command, models[model], name, "-o", "out.csv")


def test_a_prompt_of_which_nothing_is_known_is_one_line(fails, models):
    fails(
        "no token of prompt 'XYZ'", "generate", models["writer"], "--prompt", "XYZ", "-o", "o.txt"
    )


READ = {
    "a byte order mark": (codecs.BOM_UTF8 + MAILS.encode(), "win a prize"),
    "Windows' line ends": (MAILS.replace("\n", "\r\n").encode(), "win a prize"),
    "line ends of old, and commas in cells": (
        MAILS.replace(",", ";")
        .replace("win a prize", "win, a, prize, now")
        .replace("\n", "\r")
        .encode(),
        "win, a, prize, now",
    ),
    "semicolons": (MAILS.replace(",", ";").encode(), "win a prize"),
    "emoji": (MAILS.replace("prize", "\N{TROPHY}").encode(), "win a \N{TROPHY}"),
}


@table(READ)
def test_what_spreadsheets_write_is_read(here, given, says):
    write(here, "a.csv", given)
    X, y = read("a.csv", CLASSIFY)
    assert X[0] == says and set(y) == {"spam", "ham"}


def test_columns_without_a_name_may_be_several(here):
    write(here, "a.csv", ",text,,label\n" + "1,a,2,x\n1,b,2,y\n" * 9)
    assert read("a.csv", CLASSIFY, text="text").y[:2] == ["x", "y"]


def test_a_table_is_read_in_little_more_memory_than_the_file_and_what_it_holds(here):
    write(here, "a.csv", "a,b\n" + "".join(f"{i},{i / 7:.5f}\n" for i in range(50_000)))
    read_table("a.csv")  # what pandas imports is no part of it
    tracemalloc.start()
    held = read_table("a.csv").memory_usage().sum()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 1.5 * (Path("a.csv").stat().st_size + held)


@pytest.mark.slow
def test_a_text_larger_than_memory_may_be_is_learned_block_by_block(here, monkeypatch, capsys):
    from modelzoo.data import text_files

    monkeypatch.setattr(text_files, "BLOCK", 200)
    monkeypatch.setattr("modelzoo.cli.large_texts.WHOLE", 1000)
    write(here, "a.txt", "the cat sat on the mat\n\n" * 100)
    assert main(list(map(str, fit(WRITE, "a.txt", "--set", "context=8", "--json")))) == 0
    out, err = capsys.readouterr()
    assert "stay on disk" in err and json.loads(out)["saved"] == "m.mz"
