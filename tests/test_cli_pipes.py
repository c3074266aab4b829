"""The command line between other programs: JSON, standard input, and Ctrl-C while it trains."""

from __future__ import annotations

import csv
import io
import json
import math
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from modelzoo import Classifier, Forecaster, Generator, load, registry
from modelzoo.cli import main
from modelzoo.comparison import compare
from modelzoo.leaderboard import Comparison

SMALLEST = min(registry.list_models(), key=lambda name: registry.describe(name).cost().parameters)
TINY = ["--model", SMALLEST, "--set", "width=8", "--set", "depth=1", "--epochs", 1, "--quiet"]
QUICK: dict[str, Any] = {"hparams": {"width": 8, "depth": 1}, "epochs": 1, "verbose": 0}
SERIES = "month,sold\n" + "".join(
    f"{2000 + i // 12}-{i % 12 + 1:02d}-01,{10 + 3 * math.sin(i * math.pi / 6):.3f}\n"
    for i in range(72)
)
LABELLED = "text,label\n" + "".join(f"win a prize {i},x\nlunch on day {i},y\n" for i in range(10))
TEXTS = "".join(f"the cat sat on mat {i}\n\n" for i in range(20))


class Result(NamedTuple):
    code: int
    out: str
    err: str


Run = Callable[..., Result]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command in this process, with a text as its standard input."""

    def run(*arguments: object, given: str = "") -> Result:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(given.encode())))
        code = main([str(argument) for argument in arguments])
        return Result(code, *capsys.readouterr())

    return run


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A small model of each task that these commands use."""
    folder = tmp_path_factory.mktemp("models")
    lunch = [f"lunch on day {i}" for i in range(10)]
    models = {
        "predict": Classifier(SMALLEST, **QUICK).fit(lunch, ["x", "y"] * 5),
        "generate": Generator(SMALLEST, context=16, **QUICK).fit(TEXTS.split("\n\n")[:-1]),
        "forecast": Forecaster(SMALLEST, horizon=3, **QUICK).fit(np.sin(np.arange(60.0))),
    }
    return {name: model.save(folder / f"{name}.mz") for name, model in models.items()}


# ---- JSON


@pytest.mark.slow
def test_labels_as_json_are_those_of_the_table(run, saved):
    texts = "text\nlunch on day 1\nlunch on day 2\n"
    shown = run("predict", saved["predict"], "-", "--proba", given=texts)
    told = json.loads(run("predict", saved["predict"], "-", "--proba", "--json", given=texts).out)
    rows = list(csv.DictReader(io.StringIO(shown.out)))
    assert [row["prediction"] for row in told] == [row["prediction"] for row in rows]
    assert [set(row) for row in told] == [{"prediction", "p_x", "p_y"}] * 2
    assert all(row["p_x"] + row["p_y"] == pytest.approx(1, abs=1e-5) for row in told)


def test_texts_as_json_are_a_list_whatever_their_number(run, saved):
    options = [saved["generate"], "--prompt", "the cat", "--max-new-tokens", 4, "--seed", 1]
    one = json.loads(run("generate", *options, "--json").out)
    assert [text + "\n" for text in one["texts"]] == [run("generate", *options).out]
    several = json.loads(run("generate", *options, "--json", "-n", 3).out)["texts"]
    assert len(several) == 3 and all(text.startswith("the cat") for text in several)


def test_the_demonstration_as_json_tells_its_story_aside(run, tmp_path, monkeypatch):
    def quickly(console: Any, data: Any, chosen: Any, verbose: int) -> Comparison:
        shape = {"horizon": data.horizon, "season_length": data.season_length}
        network = Forecaster(SMALLEST, **QUICK, horizon=data.horizon)
        parts = data.train, data.test
        return compare("forecasting", *parts, {"net": network}, baselines=False, **shape)

    monkeypatch.setattr("modelzoo.demo._compare", quickly)
    picture = tmp_path / "demo.png"
    result = run("demo", "--dataset", "sunspots", "--out", picture, "--json")
    assert result.code == 0, result.err
    told = json.loads(result.out)
    assert [row["name"] for row in told["rows"]] == ["net"]
    assert told["measure"] == "MASE" and told["verdict"] in " ".join(result.err.split())
    assert picture.read_bytes().startswith(b"\x89PNG")


# ---- standard input


@pytest.mark.slow
@pytest.mark.parametrize(
    ("task", "given", "more"),
    [
        ("classification", LABELLED, []),
        ("forecasting", SERIES, ["--horizon", 3]),
        ("generation", TEXTS, ["--set", "context=16"]),
    ],
)
def test_a_model_is_trained_on_standard_input(run, tmp_path, task, given, more):
    out = tmp_path / "m.mz"
    result = run("fit", "--task", task, "--data", "-", "-o", out, *more, *TINY, given=given)
    assert result.code == 0, result.err
    assert load(out).task_.name == task


def test_a_series_on_standard_input_is_forecast(run, saved):
    trained = run("forecast", "-", "--horizon", 3, *TINY, given=SERIES)
    assert trained.code == 0, trained.err
    loaded = run("forecast", "-", "--model", saved["forecast"], given=SERIES)
    for result in (trained, loaded):
        rows = list(csv.DictReader(io.StringIO(result.out)))
        assert [row["month"] for row in rows] == ["2006-01-01", "2006-02-01", "2006-03-01"]


def test_a_series_on_standard_input_is_backtested(run):
    result = run("backtest", "-", "--horizon", 3, "--folds", 2, *TINY, "--json", given=SERIES)
    assert result.code == 0, result.err
    assert set(json.loads(result.out)["metrics"]) == {"0", "1", "all"}


def test_models_are_compared_on_standard_input(run):
    options = ["--models" if option == "--model" else option for option in TINY]
    result = run(
        "compare", "--task", "classification", "--data", "-", *options, "--json", given=LABELLED
    )
    assert result.code == 0, result.err
    assert SMALLEST in {row["name"] for row in json.loads(result.out)["rows"]}


def test_a_prompt_is_read_from_standard_input_without_its_last_line_break(run, saved):
    options = ["--max-new-tokens", 4, "--seed", 1]
    piped = run("generate", saved["generate"], "--prompt", "-", *options, given="the cat\n")
    assert piped == run("generate", saved["generate"], "--prompt", "the cat", *options)
    assert piped.code == 0 and piped.out.startswith("the cat")


@pytest.mark.parametrize("command", [["predict", "-"], ["generate", "--prompt", "-"]])
def test_empty_or_closed_standard_input_is_one_line(run, saved, monkeypatch, capsys, command):
    arguments = [command[0], str(saved[command[0]]), *command[1:]]
    assert "standard input is empty" in run(*arguments).err
    monkeypatch.setattr("sys.stdin", None)
    assert main(arguments) == 2
    assert capsys.readouterr().err == "modelzoo: error: standard input is closed\n"


def test_forecasts_go_to_standard_output_where_a_hyphen_says_so(run, saved):
    options = ["forecast", "-", "--model", saved["forecast"]]
    assert run(*options, "-o", "-", given=SERIES) == run(*options, given=SERIES)


@pytest.mark.slow
def test_a_backtest_keeps_forecasts_and_measures_apart(run, saved):
    options = ["backtest", "-", "--model", saved["forecast"], "--folds", 2, "-o", "-"]
    result = run(*options, given=SERIES)
    assert result.code == 0, result.err
    rows = list(csv.DictReader(io.StringIO(result.out)))
    assert [row["fold"] for row in rows] == ["0"] * 3 + ["1"] * 3
    assert "MASE" in result.err and "MASE" not in result.out
    both = run(*options, "--json", given=SERIES)
    assert both.code == 2 and both.out == "" and "--json" in both.err


# ---- Ctrl-C


def test_ctrl_c_in_training_saves_the_best_weights_so_far(run, tmp_path, monkeypatch):
    import keras

    class Interrupted(keras.callbacks.EarlyStopping):
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            if epoch == 3:
                raise KeyboardInterrupt

    monkeypatch.setattr(keras.callbacks, "EarlyStopping", Interrupted)
    data, out = tmp_path / "series.csv", tmp_path / "m.mz"
    data.write_text(SERIES)
    options = ["--data", data, "--horizon", 3, "-o", out, *TINY, "--epochs", 50]
    result = run("fit", "--task", "forecasting", *options)
    assert result.code == 130 and result.out == ""
    assert f"saved what was learned so far in {out}" in result.err
    assert result.err.endswith("modelzoo: interrupted\n") and "Traceback" not in result.err
    kept = load(out)
    losses = kept.history_["val_loss"]
    assert len(losses) == 3 and kept.best_epoch_ == int(np.argmin(losses))
    assert run("forecast", data, "--model", out).code == 0


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals are sent otherwise there")
def test_a_process_that_trains_saves_what_it_learned_when_it_is_interrupted(tmp_path):
    data, out = tmp_path / "series.csv", tmp_path / "m.mz"
    data.write_text(SERIES)
    code = (  # a shell's background job is born deaf to Ctrl-C, and its children with it
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from modelzoo.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    options = [*TINY[:-1], "--set", "verbose=2", "--set", "patience=100000", "--epochs", 100_000]
    fitted = ["fit", "--task", "forecasting", "--data", data, "--horizon", 3, "-o", out, *options]
    child = subprocess.Popen(
        [sys.executable, "-c", code, *map(str, fitted)], stderr=subprocess.PIPE, text=True
    )
    assert child.stderr is not None
    for line in child.stderr:
        if re.match(r"Epoch 3/", line):  # two are complete
            break
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=60)
    assert child.returncode == 130
    assert "saved what was learned so far" in err and "Traceback" not in err
    assert len(load(out).history_["val_loss"]) >= 2
