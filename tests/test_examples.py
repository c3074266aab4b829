"""The examples that users copy run, stay short, and show a score beside a baseline."""

from __future__ import annotations

import argparse
import math
import re
import runpy
import sys
from pathlib import Path

import pytest
from at_hand import is_at_hand

from modelzoo.datasets import list_datasets

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
APPLICATIONS = [path for path in EXAMPLES if "argparse" in path.read_text(encoding="utf-8")]
MOST_LINES = 60

SAYS = {  # besides a score, which each of them prints
    "classify": ["majority class", "is taken for a"],
    "forecast": ["seasonal naive", "2006-01-01"],
    "generate": ["n-gram", "The statement"],
    "keras_model": ["accuracy of a guess", "saved_model.pb", "even or odd"],
    "content_creation": ["ROMEO:", "bits per character"],
    "chatbot": ["perplexity", "distinct-2", "->"],
    "translation": ["chrF of", "->"],
    "summarization": ["ROUGE-2 of", "ROUGE-L of"],
    "sentiment": ["(probability "],
    "text_classification": ["macro F1 of", "ROC AUC of out-of-scope"],
    "stocks": ["MASE of random walk", "direction accuracy", "drawn in"],
    "weather_and_energy": ["pinball of", "coverage of", "drawn in"],
    "illness_forecast": ["pinball of", "coverage of", "drawn in"],
    "medical_diagnosis": ["ROC AUC", "sensitivity", "specificity"],
}
# MEASURE VALUE | BASELINE NAME VALUE | PUBLISHED
LAST_LINE = re.compile(r"([^|]+) (-?\d+\.\d{1,3}) \| ([^|]+) (-?\d+\.\d{1,3}) \| ([^|]+)")


def parser_of(path: Path, monkeypatch: pytest.MonkeyPatch) -> argparse.ArgumentParser:
    """The parser of an application, which does not get further than that."""

    class Parsed(Exception):
        pass

    def stop(parser: argparse.ArgumentParser) -> None:
        raise Parsed(parser)

    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", stop)
    with pytest.raises(Parsed) as caught:
        runpy.run_path(str(path), run_name="__main__")
    return caught.value.args[0]


def dataset_of(path: Path) -> str:
    """The dataset that an example takes by default."""
    source = path.read_text(encoding="utf-8")
    found = re.search(r'"--dataset", default="(\w+)"', source)
    found = found or re.search(r'load_dataset\("(\w+)"\)', source)
    assert found, f"{path.name} names no dataset"
    return found[1]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_short_and_says_how_to_run_it(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= MOST_LINES
    assert f"python examples/{path.name}" in "\n".join(lines[:5])


@pytest.mark.parametrize("path", APPLICATIONS, ids=lambda path: path.stem)
def test_an_application_has_the_options_of_all_of_them(path, monkeypatch):
    parser = parser_of(path, monkeypatch)
    options = {name: action for action in parser._actions for name in action.option_strings}
    assert {"--model", "--size", "--seed", "--quick"} <= set(options)
    assert parser.get_default("seed") == 0 and parser.get_default("size") is None
    if "--dataset" in options:
        assert parser.get_default("dataset") in options["--dataset"].choices
        assert set(options["--dataset"].choices) <= set(list_datasets())


@pytest.mark.slow
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_runs_without_network_and_prints_a_score(path, tmp_path, monkeypatch, capsys):
    dataset = dataset_of(path)
    if not is_at_hand(dataset):
        pytest.skip(f"the files of {dataset} are not at hand: set MODELZOO_DATA to their folder")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [str(path), "--quick"])
    if path not in APPLICATIONS:
        monkeypatch.setenv("MODELZOO_DATA", str(tmp_path))
    runpy.run_path(str(path), run_name="__main__")  # a process each would load TensorFlow first
    printed = capsys.readouterr().out
    assert re.search(r"\d\.\d{3}", printed) or path in APPLICATIONS
    for part in SAYS.get(path.stem, ()):
        assert part in printed
    for picture in re.findall(r"drawn in (\S+)", printed):
        assert (tmp_path / picture).read_bytes().startswith(b"\x89PNG")
    if path.stem == "keras_model":
        difference = re.search(r"after loading: (\S+)", printed)
        assert difference and float(difference[1]) < 1e-6
    if path in APPLICATIONS:
        last = LAST_LINE.fullmatch(printed.splitlines()[-1])
        assert last, printed
        assert math.isfinite(float(last[2])) and math.isfinite(float(last[4]))
        names = f"{last[1]} {last[3]}".split()
        assert not any(re.fullmatch(r"[\d.]+", word) for word in names)


def test_there_is_an_example_of_each_task():
    from modelzoo.registry.cards import TASKS

    used = "\n".join(path.read_text(encoding="utf-8") for path in EXAMPLES)
    assert all(f'task="{task}"' in used for task in TASKS)
