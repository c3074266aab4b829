"""`modelzoo predict` on whatever holds texts, for one label a row or several."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest

from modelzoo import Classifier, load, registry
from modelzoo.cli import inference, main
from modelzoo.data.sequences import Scaler
from modelzoo.errors import InputError

SMALLEST = min(registry.list_models(), key=lambda name: registry.describe(name).cost().parameters)
QUICK = {"hparams": {"width": 8, "depth": 1}, "random_state": 0, "verbose": 0}
TEXTS = ["rain today", "wind today", "rain and wind", "sun today"] * 10
TAGS = [{"wet"}, {"loud"}, {"wet", "loud"}, set()] * 10


@pytest.fixture
def predict(capsys: pytest.CaptureFixture[str]):
    """Runs `modelzoo predict`; gives the rows that it writes, or the line that it fails with."""

    def run(*arguments: object) -> list[dict[str, str]] | str:
        code = main(["predict", *map(str, arguments)])
        out, err = capsys.readouterr()
        if code == 0:
            return list(csv.DictReader(io.StringIO(out)))
        assert code == 2 and len(err.splitlines()) == 1
        return err

    return run


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("models")
    several = Classifier(SMALLEST, multi_label=True, epochs=40, learning_rate=0.02, **QUICK)
    numbers = np.random.default_rng(0).normal(size=(20, 3))
    models = {
        "texts": Classifier(SMALLEST, epochs=1, **QUICK).fit(TEXTS, ["a", "b"] * 20),
        "several": several.set_params(validation_fraction=0.0).fit(TEXTS, TAGS),
        "numbers": Classifier(SMALLEST, epochs=1, **QUICK).fit(numbers, ["a", "b"] * 10),
    }
    return {name: model.save(folder / f"{name}.mz") for name, model in models.items()}


def test_a_text_file_is_one_text_blank_lines_and_all(predict, bundles, tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("rain\n\nand wind\n")
    (row,) = predict(bundles["texts"], path, "--proba")
    assert list(row) == ["prediction", "p_a", "p_b"] and row["prediction"] in {"a", "b"}


def test_a_folder_is_a_text_a_file_by_name(predict, bundles, tmp_path):
    for name, text in {"b.txt": "wind today", "a.txt": "rain today", "c.md": "no"}.items():
        (tmp_path / name).write_text(text)
    rows = predict(bundles["several"], tmp_path)
    assert rows == [
        {"file": "a.txt", "prediction": "wet"},
        {"file": "b.txt", "prediction": "loud"},
    ]
    (tmp_path / "none").mkdir()
    assert "no .txt and no .wav file" in predict(bundles["texts"], tmp_path / "none")


def test_json_lines_are_a_text_each_and_several_labels_stand_in_one_cell(
    predict, bundles, tmp_path
):
    path = tmp_path / "a.jsonl"
    path.write_text(
        "\n".join(json.dumps(each) for each in ["rain and wind", {"text": "sun today"}])
    )
    rows = predict(bundles["several"], path, "--proba")
    assert [row["prediction"] for row in rows] == ["loud;wet", ""]
    assert all(float(rows[0][name]) > 0.5 for name in ("p_loud", "p_wet"))


def test_a_text_file_is_a_table_where_its_column_is_named(predict, bundles, tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("body\train\none\t1\ntwo\t2\n")
    assert len(predict(bundles["texts"], path, "--text", "body")) == 2


@pytest.mark.parametrize("name", ["a.txt", "a.jsonl", ""])
def test_a_model_of_numbers_refuses_texts(predict, bundles, tmp_path, name):
    (tmp_path / "a.txt").write_text("a text")
    (tmp_path / "a.jsonl").write_text('"a text"')
    message = predict(bundles["numbers"], tmp_path / name)
    assert "reads numbers from a table" in message and str(tmp_path / name) in message


def test_a_model_of_numbers_reads_lines_of_json_as_a_table(predict, bundles, tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"x": 1, "y": 2, "z": 3}\n{"x": 2, "y": 1, "z": 0}\n')
    assert len(predict(bundles["numbers"], path)) == 2  # 'y' is the second of three features
    path.write_text('{"x": 1, "w": 2, "z": 3, "y": "a"}\n')
    assert len(predict(bundles["numbers"], path)) == 1  # and here beside them


def test_a_large_table_is_answered_block_by_block(predict, bundles, tmp_path, monkeypatch):
    path = tmp_path / "a.csv"
    rows = np.random.default_rng(1).normal(size=(7, 3))
    path.write_text("a,b,c\n" + "".join(f"{a},{b},{c}\n" for a, b, c in rows))
    whole = predict(bundles["numbers"], path, "--proba")
    sizes, answer = [], Classifier.predict_proba

    def counted(self, X):
        sizes.append(len(X))
        return answer(self, X)

    monkeypatch.setattr("modelzoo.cli.inference.BLOCK", 3)
    monkeypatch.setattr(Classifier, "predict_proba", counted)
    assert predict(bundles["numbers"], path, "--proba") == whole and sizes == [3, 3, 1]
    path.write_text("a,b,c\n" + "1,2,3\n" * 4 + "1,2,3e38\n")
    monkeypatch.setattr(Scaler, "transform", lambda self, X: too_far(X))
    assert "error: row 4 of X" in predict(bundles["numbers"], path)


def test_blocks_of_texts_are_spoken_of_as_a_whole(bundles, monkeypatch):
    monkeypatch.setattr(inference, "BLOCK", 3)
    classifier = load(bundles["texts"])
    with pytest.warns(UserWarning) as warned:
        inference._chances(classifier, ["", "rain", "wind", "sun", "rain", "", "", "sun"])
    (said,) = [str(each.message) for each in warned if "texts" in str(each.message)]
    assert said.startswith("3 of 8 texts are empty")
    with pytest.raises(InputError, match="but row 4 is None"):
        inference._chances(classifier, ["rain", "wind", "sun", "rain", None])


def too_far(X):
    for number, row in enumerate(X):
        if np.abs(row).max() > 1e30:
            raise InputError(f"row {number} of X holds {np.abs(row).max()}")
    return [row.astype("float32") for row in X]


def test_explanations_of_texts_and_numbers_are_written_as_a_page(predict, bundles, tmp_path):
    page = tmp_path / "why.html"
    (tmp_path / "a.csv").write_text("text\nrain & wind\nsun today\n")
    assert len(predict(bundles["several"], tmp_path / "a.csv", "--explain", page)) == 2
    assert ">rain</span> <" in page.read_text() and "<hr>" in page.read_text()
    (tmp_path / "b.csv").write_text("x,y,z\n1,2,3\n")
    assert len(predict(bundles["numbers"], tmp_path / "b.csv", "--explain", page)) == 1
    assert "data:image/png" in page.read_text()
    message = predict(bundles["texts"], tmp_path / "a.csv", "--explain", tmp_path / "no" / "x.html")
    assert "there is no folder" in message
