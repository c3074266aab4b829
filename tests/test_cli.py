"""The command line: what it prints, what it writes, how it fails."""

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
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from modelzoo import advisor, registry
from modelzoo.cli import main
from modelzoo.estimators import Generator
from modelzoo.registry.cards import TASKS

COMMANDS = ["list", "show", "search", "recommend", "datasets", "inspect"]
COMMANDS += ["fit", "predict", "generate", "chat", "forecast", "backtest", "compare"]
COMMANDS += ["plugins", "demo"]


class Result(NamedTuple):
    code: int
    out: str
    err: str


Run = Callable[..., Result]


@pytest.fixture
def modelzoo(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in this process."""

    def run(*arguments: object) -> Result:
        code = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Result(code, captured.out, captured.err)

    return run


def process(*arguments: object, **options: object) -> Result:
    """Runs a command as a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "modelzoo", *map(str, arguments)],
        capture_output=True,
        text=True,
        **options,
    )
    return Result(done.returncode, done.stdout, done.stderr)


def fails_in_one_line(result: Result, code: int = 2) -> str:
    """Checks that a command failed as it should; its message."""
    assert result.code == code, result
    lines = result.err.strip().splitlines()
    assert len(lines) == 1 and lines[0].startswith("modelzoo: error: "), result.err
    return lines[0]


@pytest.fixture
def some_model() -> str:
    return registry.list_models()[0]


# ---- queries


def test_list_names_every_model_once_and_first_in_its_line(modelzoo):
    result = modelzoo("list")
    assert result.code == 0
    assert [line.split()[0] for line in result.out.splitlines()] == registry.list_models()


@pytest.mark.parametrize(
    ("options", "filters"),
    [
        (["--task", "generation"], {"task": "generation"}),
        (["--causal"], {"causal": True}),
        (["--no-causal"], {"causal": False}),
        (["--streaming", "--task", "forecasting"], {"streaming": True, "task": "forecasting"}),
        (["*r*"], {"pattern": "*r*"}),
    ],
)
def test_list_filters_as_the_registry_does(modelzoo, options, filters):
    entries = json.loads(modelzoo("list", "--json", *options).out)
    assert [entry["name"] for entry in entries] == registry.list_models(**filters)


def test_list_says_when_nothing_fits(modelzoo):
    assert modelzoo("list", "no such thing") == Result(0, "", "no model fits\n")


def test_show_prints_the_card_and_json_holds_all_of_it(modelzoo, some_model):
    card = registry.describe(some_model)
    assert modelzoo("show", some_model).out == f"{card}\n"
    assert json.loads(modelzoo("show", some_model, "--json").out) == card.to_dict()


def test_show_tells_what_a_size_costs(modelzoo, some_model):
    card = registry.describe(some_model)
    for size in card.sizes:
        cost = card.cost(size)
        assert f"{cost.parameters:,}" in modelzoo("show", some_model, "--size", size).out
        shown = json.loads(modelzoo("show", some_model, "--size", size, "--json").out)
        assert shown["cost"]["parameters"] == cost.parameters


def test_search_ranks_as_the_registry_does(modelzoo):
    found = json.loads(modelzoo("search", "long", "sequences", "--json").out)
    assert [entry["name"] for entry in found] == registry.search("long sequences")


@pytest.mark.parametrize("task", TASKS)
def test_recommend_answers_as_python_does(modelzoo, task):
    found = advisor.recommend(task)
    assert modelzoo("recommend", "--task", task).out == f"{found}\n"
    told = json.loads(modelzoo("recommend", "--task", task, "--json").out)
    assert [each["name"] for each in told["recommendations"]] == [each.name for each in found]
    for each in told["recommendations"]:
        assert each["expected"] and (each["baseline"] or each["reasons"] or each["reservations"])


def test_recommend_keeps_to_constraints(modelzoo):
    result = modelzoo("recommend", "--task", "generation", "--streaming", "--top", 50, "--json")
    names = {each["name"] for each in json.loads(result.out)["recommendations"]}
    assert names and names <= set(registry.list_models(streaming=True))


def test_recommend_reads_the_size_of_the_data(modelzoo, series_file):
    result = modelzoo("recommend", "--task", "forecasting", "--data", series_file, "--json")
    assert json.loads(result.out)["need"]["length"] == 72


def test_datasets_tells_where_each_comes_from(modelzoo):
    for entry in json.loads(modelzoo("datasets", "--json").out):
        assert entry["source"] and entry["licence"]
        assert entry["name"] in modelzoo("datasets", "--task", entry["task"]).out
        assert "source: " in modelzoo("datasets", entry["name"]).out


def test_a_query_loads_no_framework():
    code = (
        "import sys; from modelzoo.cli import main; main(['list'])\n"
        "print(*{name.split('.')[0] for name in sys.modules}, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"keras", "tensorflow", "numpy", "pandas", "sklearn", "rich", "matplotlib"}
    assert not heavy & set(done.stderr.split())


# ---- help and usage


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example_that_parses(modelzoo, command):
    from modelzoo.cli.parser import build_parser

    result = modelzoo(command, "--help")
    assert result.code == 0 and "examples:" in result.out
    examples = result.out.split("examples:\n")[1].splitlines()
    for example in examples:
        _, _, called = example.partition("modelzoo ")
        words = [word.strip("'") for word in called.split(" < ")[0].split()]
        if "'" not in called:
            build_parser().parse_args(words)
    assert any(f"modelzoo {command}" in example for example in examples)


def test_help_lists_every_command(modelzoo):
    shown = modelzoo("--help").out
    assert all(f"\n    {command}" in shown for command in COMMANDS)


def test_version_is_that_of_the_package(modelzoo):
    import modelzoo as package

    assert modelzoo("--version").out == f"modelzoo {package.__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["lits"], "did you mean 'list'?"),
        (["list", "--task", "forecast"], "did you mean 'forecasting'?"),
        ([], "COMMAND"),
        (["list", "--tusk", "generation"], "--tusk"),
        (["recommend", "--task", "generation", "--n-samples", "-3"], "-3"),
        (["recommend", "--task", "generation", "--n-samples", "many"], "positive whole number"),
        (["datasets", "sunspot"], "did you mean 'sunspots'?"),
    ],
)
def test_wrong_usage_is_one_line_with_a_hint_and_exit_code_2(modelzoo, arguments, hint):
    assert hint in fails_in_one_line(modelzoo(*arguments))


def test_a_misspelt_model_is_answered_with_the_nearest(modelzoo, some_model):
    for command in (
        ["show"],
        ["fit", "--task", "generation", "--data", "x", "-o", "m.mz", "--model"],
    ):
        message = fails_in_one_line(modelzoo(*command, some_model + "x"))
        assert f"did you mean {some_model!r}?" in message


def test_a_baseline_in_place_of_a_model_is_told(modelzoo):
    options = ["--task", "forecasting", "--data", "x", "-o", "m.mz"]
    for name in ("seasonal naive", "Theta"):
        message = fails_in_one_line(modelzoo("fit", *options, "--model", name))
        assert "unknown model" in message and "that is a baseline" in message
    assert "baseline" not in fails_in_one_line(modelzoo("fit", *options, "--model", "naive"))


def test_a_misspelt_size_is_answered_with_the_nearest(modelzoo, some_model):
    size = next(iter(registry.describe(some_model).sizes))
    message = fails_in_one_line(modelzoo("show", some_model, "--size", size + "x"))
    assert repr(size) in message


# ---- the process


def test_the_process_ends_with_the_exit_code():
    assert process("list").code == 0
    assert "unknown model" in fails_in_one_line(process("show", "no-such-model"))
    assert process("--help").code == 0


def test_debug_shows_where_an_error_arose_and_changes_no_exit_code(modelzoo):
    plain = modelzoo("show", "nothing")
    for arguments in (["--debug", "show", "nothing"], ["show", "nothing", "--debug"]):
        result = modelzoo(*arguments)
        assert result.code == plain.code == 2 and result.err.startswith("Traceback")
        assert result.err.endswith(plain.err)


def test_a_reader_that_stops_early_is_no_error():
    command = f"{sys.executable} -m modelzoo show --json {registry.list_models()[0]} | head -c 1"
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "{", "")


@pytest.mark.skipif(os.name == "nt", reason="streams are closed otherwise there")
def test_closed_streams_are_no_error():
    shell = f"{sys.executable} -m modelzoo"
    for command, code in (("list >&-", 0), ("show nothing >&- 2>&-", 2), ("show nothing 2>&-", 2)):
        done = subprocess.run(["bash", "-c", f"{shell} {command}"], capture_output=True, text=True)
        assert (done.returncode, done.stdout, done.stderr) == (code, "", "")


@pytest.mark.skipif(os.name == "nt", reason="signals are sent otherwise there")
def test_ctrl_c_ends_with_130_and_no_traceback():
    code = (
        "import signal, sys, time\n"
        "from modelzoo import registry; from modelzoo.cli import main\n"
        # a shell's background job is born deaf to Ctrl-C, and its children with it
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "def wait(*_, **__): print('waiting', flush=True); time.sleep(60)\n"
        "registry.list_models = wait\n"
        "sys.exit(main(['list']))"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert child.stdout is not None and child.stdout.readline() == "waiting\n"
    time.sleep(0.1)
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=20)
    assert child.returncode == 130
    assert err.split() == ["modelzoo:", "interrupted"]


# ---- files that cannot be used


@pytest.fixture
def series_file(tmp_path: Path) -> Path:
    """Four years of months with a season."""
    path = tmp_path / "series.csv"
    months = [f"{2000 + i // 12}-{i % 12 + 1:02d}-01" for i in range(72)]
    values = [10 + i / 10 + 3 * math.sin(i * math.pi / 6) for i in range(72)]
    rows = [f"{month},{value:.3f}" for month, value in zip(months, values, strict=True)]
    path.write_text("month,sold\n" + "\n".join(rows) + "\n")
    return path


def fit(*options: object, task: str = "forecasting") -> list[object]:
    return ["fit", "--task", task, "--model", registry.list_models(task=task)[0], *options]


def test_an_output_that_cannot_be_written_fails_before_training(modelzoo, series_file, tmp_path):
    out = tmp_path / "missing" / "m.mz"
    result = modelzoo(*fit("--data", series_file, "--horizon", 6, "-o", out))
    assert "there is no folder" in fails_in_one_line(result)


@pytest.mark.parametrize(
    ("what", "arguments"),
    [
        ("a model", ["fit", "--task", "forecasting", "--data", "sunspots", "-o", "-"]),
        ("a picture", ["forecast", "sunspots", "--plot", "-"]),
        ("a picture", ["demo", "--out", "-"]),
        ("a page", ["predict", "m.mz", "x.csv", "--explain", "-"]),
    ],
)
def test_what_is_no_text_is_not_written_to_standard_output(
    modelzoo, tmp_path, monkeypatch, what, arguments
):
    monkeypatch.chdir(tmp_path)
    assert f"{what} cannot be written to standard" in fails_in_one_line(modelzoo(*arguments))
    assert not list(tmp_path.iterdir())


def test_a_picture_of_no_known_format_is_refused_before_training(series_file):
    result = process(
        "forecast",
        str(series_file),
        "--time",
        "month",
        "--target",
        "units",
        "--horizon",
        "3",
        "--plot",
        "forecast.txt",
    )
    assert "cannot draw 'forecast.txt'" in fails_in_one_line(result)


def test_a_forgotten_horizon_is_asked_for(modelzoo, series_file, tmp_path):
    result = modelzoo(*fit("--data", series_file, "-o", tmp_path / "m.mz"))
    assert "--horizon" in fails_in_one_line(result)


@pytest.mark.parametrize("pair", ["width", "=3", "wide ness=3"])
def test_a_setting_that_is_no_pair_is_explained(modelzoo, series_file, tmp_path, pair):
    options = ["--data", series_file, "--horizon", 6, "-o", tmp_path / "m.mz", "--set", pair]
    assert "NAME=VALUE" in fails_in_one_line(modelzoo(*fit(*options)))


def test_a_file_that_is_no_model_is_one_line(modelzoo, series_file, tmp_path):
    assert "fit" in fails_in_one_line(modelzoo("generate", tmp_path / "none.mz"))
    fails_in_one_line(modelzoo("forecast", series_file, "--model", series_file))
    folder = fails_in_one_line(modelzoo("predict", tmp_path, series_file))
    assert "is a folder; a model is needed" in folder


# ---- training and using a model


def cheapest(task: str) -> list[str]:
    """Options that name the smallest network for a task, and train it hardly at all."""

    def parameters(name: str) -> int:
        card = registry.describe(name)
        return card.cost(next(iter(card.sizes))).parameters

    name = min(registry.list_models(task=task), key=parameters)
    size = next(iter(registry.describe(name).sizes))
    return ["--model", name, "--size", size, "--epochs", "1", "--quiet"]


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture
def mails(tmp_path: Path) -> Path:
    path = tmp_path / "mails.csv"
    spam = [f"win a prize now, offer {i},money" for i in range(20)]
    good = [f"see you at lunch on day {i},friends" for i in range(20)]
    rows = [f'"{row.rsplit(",", 1)[0]}",{row.rsplit(",", 1)[1]}' for row in spam + good]
    path.write_text("body,folder\n" + "\n".join(rows) + "\n")
    return path


def test_a_classifier_is_trained_saved_and_used(modelzoo, mails, tmp_path):
    model, out = tmp_path / "mails.mz", tmp_path / "labels.csv"
    columns = ["--text", "body", "--label", "folder"]
    options = ["--task", "classification", "--data", mails, *columns, "-o", model]
    trained = modelzoo("fit", *options, *cheapest("classification"))
    assert trained.code == 0, trained.err
    assert "accuracy on held-out data: " in trained.out and "majority class: 0.500" in trained.out
    assert str(model) in trained.out and model.exists()
    card = modelzoo("inspect", model).out
    assert "accuracy, on a test part" in card
    assert "the same of majority class (a baseline)" in card

    used = modelzoo("predict", model, mails, "--proba", "-o", out)  # the text is remembered
    assert used == Result(0, "", "")
    rows = table(out.read_text())
    assert len(rows) == 40
    assert list(rows[0]) == ["prediction", "p_friends", "p_money"]
    for row in rows:
        likeliest = max(("friends", "money"), key=lambda label: float(row[f"p_{label}"]))
        assert row["prediction"] == likeliest

    assert "`modelzoo predict`" in fails_in_one_line(modelzoo("generate", model))


@pytest.mark.slow
def test_the_same_fit_goes_on_from_its_checkpoints(modelzoo, mails, tmp_path, monkeypatch):
    model, folder = tmp_path / "mails.mz", tmp_path / "checkpoints"
    options = ["--task", "classification", "--data", mails, "--text", "body", "--label", "folder"]
    options += ["-o", model, *cheapest("classification"), "--checkpoint-dir", folder]
    assert modelzoo("fit", *options).code == 0
    assert list(folder.iterdir())
    saved = model.read_bytes()
    model.unlink()
    monkeypatch.setattr("keras.Model.fit", None)  # it had ended: nothing is left to train
    again = modelzoo("fit", *options)
    assert again.code == 0, again.err
    assert model.read_bytes() == saved
    refused = modelzoo("fit", *options, "--seed", 7)
    assert refused.code and "random_state was 0, is 7" in refused.err
    refused = modelzoo("fit", *options, "--checkpoint-dir", mails)
    assert refused.code and "is a file" in refused.err


def test_predict_reads_standard_input_and_names_the_nearest_column(
    modelzoo, mails, tmp_path, monkeypatch
):
    model = tmp_path / "mails.mz"
    columns = ["--text", "body", "--label", "folder"]
    options = ["--task", "classification", "--data", mails, *columns, "-o", model]
    assert modelzoo("fit", *options, *cheapest("classification")).code == 0
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"body\nhello there\n")))
    assert len(table(modelzoo("predict", model, "-").out)) == 1
    message = fails_in_one_line(modelzoo("predict", model, mails, "--text", "bodi"))
    assert "did you mean 'body'?" in message


def test_a_table_of_numbers_is_read_by_the_names_of_its_columns(modelzoo, tmp_path):
    rows = [{"y": i % 7, "x": 100 * (i % 2), "kind": "ab"[i % 2]} for i in range(40)]

    def written(name: str, *columns: str) -> Path:
        path = tmp_path / name
        lines = [",".join(str(row[column]) for column in columns) for row in rows]
        path.write_text("\n".join([",".join(columns), *lines]) + "\n")
        return path

    model, data = tmp_path / "kinds.mz", written("kinds.csv", "y", "x", "kind")
    options = ["--task", "classification", "--data", data, "--label", "kind", "-o", model]
    trained = modelzoo("fit", *options, *cheapest("classification"))
    assert trained.code == 0, trained.err

    same = modelzoo("predict", model, data, "--proba")
    assert same.code == 0 and len(table(same.out)) == 40
    assert modelzoo("predict", model, written("turned.csv", "x", "y"), "--proba") == same
    missing = modelzoo("predict", model, written("less.csv", "x", "kind"))
    assert "column 'y', which the model was trained on" in fails_in_one_line(missing)


@pytest.mark.parametrize(
    ("command", "options"),
    [
        (["predict", "m.mz", "x.csv"], ["--time", "--target", "--id"]),
        (["forecast", "x.csv"], ["--text", "--label"]),
    ],
)
def test_a_command_takes_no_options_for_columns_it_does_not_read(modelzoo, command, options):
    for option in options:
        assert option in fails_in_one_line(modelzoo(*command, option, "column"))


@pytest.mark.parametrize(
    ("arguments", "option", "why"),
    [
        ("forecast series.csv --model sales.mz --epochs 3", "--epochs", "is trained already"),
        ("backtest series.csv --model sales.mz --seed 0", "--seed", "is trained already"),
        ("forecast series.csv --model sales.mz --past-covariate x", "--past-covariate", "trained"),
        ("forecast elnino --target foo", "--target", "'elnino' is none"),
        ("forecast elnino --future-covariate x", "--future-covariate", "'elnino' is none"),
        ("backtest elnino --time bar", "--time", "'elnino' is none"),
        ("fit --task classification --data x.csv -o m.mz --horizon 4", "--horizon", "not for"),
        ("fit --task classification --data x.csv -o m.mz --calendar", "--calendar", "not for"),
        ("fit --task classification --data texts -o m.mz --text x", "--text", "'texts' is none"),
        ("fit --task generation --data texts -o m.mz --text x", "--text", "'texts' is none"),
        ("compare --task forecasting --data series.csv --label y", "--label", "not for"),
        ("compare --task generation --data x.csv --text a --prompt b", "--prompt", "does not go"),
        ("recommend --task generation --data x.csv --drop a", "--drop", "is not for generation"),
        ("recommend --task forecasting --time a", "--time", "say --data"),
        ("predict m.mz texts --text x", "--text", "'texts' is none"),
    ],
)
def test_an_option_that_nothing_would_read_is_refused(
    modelzoo, series_file, tmp_path, monkeypatch, arguments, option, why
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    (tmp_path / "texts").mkdir()
    message = fails_in_one_line(modelzoo(*arguments.split()))
    assert option in message and why in message


def test_every_option_of_columns_or_training_is_checked():
    from modelzoo.cli.applicable import CHECKED
    from modelzoo.cli.parser import build_parser

    (commands,) = (each for each in build_parser()._actions if each.choices)
    groups = [
        group
        for name in ("fit", "forecast", "backtest", "compare")
        for group in commands.choices[name]._action_groups[2:]
    ]
    told = {action.dest for group in groups for action in group._group_actions}
    assert told - {"model", "models", "quiet"} == set(CHECKED) - {"horizon"}


def test_every_command_that_loads_a_model_limits_its_memory():
    from modelzoo.cli.parser import build_parser

    (commands,) = (each for each in build_parser()._actions if each.choices)
    loading = {
        name
        for name, command in commands.choices.items()
        if re.search(r"(?<!-o )\b\w+\.mz", command.format_help().split("examples:")[-1])
    }
    assert {"predict", "backtest", "inspect"} <= loading
    limited = {n for n, c in commands.choices.items() if c.get_default("max_memory") is not None}
    assert limited == loading


def test_a_plan_for_a_model_that_reads_none_is_refused(modelzoo, series_file, tmp_path):
    options = ["--horizon", 3, "--future", tmp_path / "plan.csv"]
    result = modelzoo("forecast", series_file, *options, *cheapest("forecasting"))
    assert "--future-covariate" in fails_in_one_line(result)


def test_a_forecaster_is_trained_saved_and_used(modelzoo, series_file, tmp_path):
    model, plot = tmp_path / "sales.mz", tmp_path / "next.png"
    options = ["--task", "forecasting", "--data", series_file, "--horizon", 6, "-o", model]
    trained = modelzoo("fit", *options, *cheapest("forecasting"))
    assert trained.code == 0, trained.err
    assert "MASE on held-out data: " in trained.out and "seasonal naive: " in trained.out

    used = modelzoo("forecast", series_file, "--model", model, "--plot", plot)
    assert used.code == 0, used.err
    rows = table(used.out)
    assert [row["month"] for row in rows] == [f"2006-{month:02d}-01" for month in range(1, 7)]
    assert all(float(row["0.1"]) <= float(row["0.5"]) <= float(row["0.9"]) for row in rows)
    assert plot.read_bytes().startswith(b"\x89PNG")

    longer = modelzoo("forecast", series_file, "--model", model, "--horizon", 7, "--json")
    assert "7 steps are more than the 6" in longer.err
    assert [row["month"][:7] for row in json.loads(longer.out)][-1] == "2006-07"


def test_several_labels_a_row_are_set_apart_by_semicolons(modelzoo, tmp_path):
    data, model = tmp_path / "films.csv", tmp_path / "films.mz"
    rows = ["sad long,drama;slow", "sad,drama", "long,slow", "fun,comedy"] * 10
    data.write_text("plot,genres\n" + "\n".join(rows) + "\n")
    options = ["--data", data, "--text", "plot", "--label", "genres", "-o", model]
    options += ["--set", "multi_label=true", "--set", "epochs=10", "--quiet"]
    fitted = modelzoo(*fit(*options, *cheapest("classification"), task="classification"))
    assert fitted.code == 0 and "majority class: " in fitted.out, fitted.err
    answers = [row["prediction"] for row in table(modelzoo("predict", model, data).out)]
    assert {label for each in answers for label in each.split(";")} <= {
        *("drama", "slow", "comedy", "")
    }
    assert any(";" in each for each in answers)


@pytest.mark.slow
def test_a_backtest_tells_each_fold_and_who_wins(modelzoo, series_file, tmp_path):
    forecasts = tmp_path / "forecasts.csv"
    options = ["--horizon", 6, "--folds", 2, *cheapest("forecasting")]
    result = modelzoo("backtest", series_file, *options, "-o", forecasts)
    assert result.code == 0, result.err
    assert result.out.splitlines()[0].split()[:2] == ["MASE", "MAE"]
    assert "seasonal naive" in result.out.splitlines()[-1]
    shown = [line for line in result.out.splitlines() if line.startswith("linear (NLinear) ")]
    assert len(shown) == 1  # a row a baseline, the slowest too
    assert [row["fold"] for row in table(forecasts.read_text())] == ["0"] * 6 + ["1"] * 6
    options += ["--baselines", "naive", "--json"]
    told = json.loads(modelzoo("backtest", series_file, *options).out)
    assert set(told["metrics"]) == {"0", "1", "all"} and [*told["baselines"]] == ["seasonal naive"]
    too_many = modelzoo("backtest", series_file, "--horizon", 6, "--folds", 99)
    assert too_many.code == 2 and "99 folds" in too_many.err.splitlines()[-1]


@pytest.mark.slow
def test_covariates_are_read_and_a_saved_model_knows_its_own(modelzoo, tmp_path):
    days = pd.date_range("2024-01-01", periods=67)
    price = np.random.default_rng(0).normal(size=67)
    whole = pd.DataFrame({"day": days, "sold": 9 + 3 * price, "price": price})
    sales, plan, model = tmp_path / "sales.csv", tmp_path / "plan.csv", tmp_path / "sales.mz"
    whole[:60].to_csv(sales, index=False)
    whole[60:].drop(columns="sold").to_csv(plan, index=False)
    beside = ["--time", "day", "--target", "sold", "--future-covariate", "price", "--calendar"]
    options = ["--task", "forecasting", "--data", sales, "--horizon", 5, "-o", model, "--json"]
    trained = modelzoo("fit", *options, *beside, *cheapest("forecasting"))
    assert trained.code == 0, trained.err
    assert "seasonal naive" in json.loads(trained.out)["baselines"]

    columns = ["--time", "day", "--target", "sold", "--future", plan]
    used = modelzoo("forecast", sales, "--model", model, *columns)
    assert used.code == 0, used.err
    forecast = [float(row["0.5"]) for row in table(used.out)]
    assert np.abs(forecast - whole["sold"][60:65].to_numpy()).mean() < 1.5  # it moves by 3
    unknown = modelzoo("forecast", sales, "--model", model, "--time", "day", "--target", "sold")
    assert "give `future`" in fails_in_one_line(unknown)
    wrong = modelzoo("forecast", sales, "--horizon", 5, "--past-covariate", "prize")
    assert "price" in fails_in_one_line(wrong)


@pytest.mark.slow
def test_forecast_trains_a_model_itself(modelzoo, series_file, tmp_path):
    out = tmp_path / "next.csv"
    options = ["--horizon", 3, "-o", out, *cheapest("forecasting")]
    result = modelzoo("forecast", series_file, *options)
    assert result.code == 0 and result.out == ""
    assert [row["month"] for row in table(out.read_text())] == [
        "2006-01-01",
        "2006-02-01",
        "2006-03-01",
    ]


def test_many_series_are_forecast_at_once(modelzoo, tmp_path):
    path = tmp_path / "shops.csv"
    days = [f"2024-{1 + i // 28:02d}-{1 + i % 28:02d}" for i in range(28)]
    lines = [f"{day},{shop},{i + shop}" for shop in (1, 2) for i, day in enumerate(days)]
    path.write_text("day,shop,sold\n" + "\n".join(lines) + "\n")
    columns = ["--id", "shop", "--time", "day", "--target", "sold"]
    options = [*columns, "--horizon", 2, "--set", "context=7", *cheapest("forecasting")]
    result = modelzoo("forecast", path, *options, "--plot", tmp_path / "plot.png")
    assert result.code == 0, result.err
    shown = [(row["unique_id"], row["ds"]) for row in table(result.out)]
    assert shown == [(shop, day) for shop in "12" for day in ("2024-01-29", "2024-01-30")]


def test_a_generator_is_trained_saved_and_used(modelzoo, tmp_path):
    texts, model = tmp_path / "texts.txt", tmp_path / "texts.mz"
    texts.write_text("\n\n".join(f"the cat sat on mat {i}" for i in range(30)))
    options = ["--task", "generation", "--data", texts, "-o", model, "--set", "context=16"]
    trained = modelzoo("fit", *options, *cheapest("generation"))
    assert trained.code == 0, trained.err
    assert "bits per character on held-out data: " in trained.out and "n-gram: " in trained.out

    options = ["--prompt", "the cat", "--max-new-tokens", 5, "--seed", 1]
    once = modelzoo("generate", model, *options)
    assert once.code == 0 and once.out.startswith("the cat")
    assert modelzoo("generate", model, *options).out == once.out
    modelzoo("generate", model, *options, "-o", tmp_path / "out.txt")
    assert (tmp_path / "out.txt").read_text() == once.out
    fails_in_one_line(modelzoo("generate", model, "--temperature", -1))

    streamed = modelzoo("generate", model, *options, "--stream", "--repetition-penalty", 1.1)
    whole = modelzoo("generate", model, *options, "--repetition-penalty", 1.1)
    assert streamed.code == 0 and streamed.out == whole.out
    several = modelzoo("generate", model, *options, "-n", 3)
    assert several.out.startswith(once.out) and several.out.count("the cat") >= 3
    stopped = modelzoo("generate", model, *options, "--stop", once.out[7:8], "--stop", "\\n")
    assert stopped.out == "the cat\n"
    assert "--prompt" in fails_in_one_line(modelzoo("generate", model, *options, "--infill", "x"))
    assert "leave --out" in fails_in_one_line(
        modelzoo("generate", model, "--stream", "-o", tmp_path / "out.txt")
    )


def test_masks_are_filled_by_a_bidirectional_generator(modelzoo, tmp_path):
    model = tmp_path / "texts.mz"
    name = registry.list_models(causal=False)[0]
    options = {"context": 16, "epochs": 1, "hparams": {"width": 8, "depth": 1}, "verbose": 0}
    Generator(name, **options).fit(["the cat sat "] * 9).save(model)
    filled = modelzoo("generate", model, "--infill", "the [MASK]at", "--temperature", 0)
    assert filled.code == 0, filled.err
    assert filled.out.startswith("the ") and filled.out.endswith("at\n") and len(filled.out) == 8


def test_a_generator_is_trained_on_pairs_and_completes(modelzoo, tmp_path):
    pairs, model = tmp_path / "pairs.csv", tmp_path / "pairs.mz"
    rows = [f"{word},{word[::-1]}" for word in ("one", "two", "three") for _ in range(10)]
    pairs.write_text("question,answer\n" + "\n".join(rows))
    named = ["--prompt", "question", "--completion", "answer"]
    options = ["--task", "generation", "--data", pairs, "-o", model, *named]
    trained = modelzoo("fit", *options, *cheapest("generation"))
    assert trained.code == 0, trained.err
    assert "bits per character on held-out data: " in trained.out and "n-gram: " in trained.out
    found = modelzoo("generate", model, "--prompt", "one", "--max-new-tokens", 4, "--beams", 2)
    assert found.code == 0 and not found.out.startswith("one")


@pytest.mark.slow
def test_without_a_model_the_recommended_one_is_taken_and_told(modelzoo, series_file, tmp_path):
    out = tmp_path / "m.mz"
    options = ["--data", series_file, "--horizon", 6, "--epochs", 1, "--quiet", "-o", out]
    result = modelzoo("fit", "--task", "forecasting", *options)
    assert result.code == 0, result.err
    best = advisor.recommend("forecasting", n_samples=1, length=66).architectures[0]
    assert f"{best.name}, size {best.size}, is recommended" in result.err


@pytest.mark.slow
def test_settings_reach_the_model_and_its_training(modelzoo, series_file, tmp_path):
    options = ["--data", series_file, "--horizon", 6, "-o", tmp_path / "m.mz", "--quiet"]
    options += ["--set", "epochs=1", "--set", "context=10", "--size", "tiny"]
    result = modelzoo(*fit(*options, "--set", "no_such_setting=1"))
    assert "no_such_setting" in fails_in_one_line(result)
    assert modelzoo(*fit(*options)).code == 0


def test_models_and_baselines_are_compared_on_a_file(modelzoo, mails, tmp_path):
    name = registry.list_models(task="classification")[0]
    options = ["--task", "classification", "--data", mails, "--text", "body", "--label", "folder"]
    options += ["--models", name, "--epochs", 1, "--set", "width=8", "--set", "depth=1"]
    pictures = tmp_path / "pictures"
    shown = modelzoo("compare", *options, "--plot", pictures)
    assert shown.code == 0, shown.err
    assert sorted(each.name for each in pictures.iterdir()) == ["answers.png", "curves.png"]
    assert f"drew {pictures / 'curves.png'}" in shown.err
    lines = shown.out.splitlines()
    assert lines[0].split()[0] == "model" and any(line.startswith("network") for line in lines)
    assert lines[-1].startswith(name) and "majority class" in lines[-1]
    assert f"{name}: accuracy" in shown.err

    told = modelzoo("compare", *options, "--json", "--quiet")
    assert told.err == ""
    found = json.loads(told.out)
    assert name in {row["name"] for row in found["rows"] if not row["baseline"]}
    assert found["verdict"] in lines[-1]


@pytest.mark.slow
def test_a_comparison_in_which_every_network_fails_has_failed(modelzoo, series_file):
    name = registry.list_models(task="forecasting")[0]
    options = ["--task", "forecasting", "--data", series_file, "--horizon", 6, "--models", name]
    result = modelzoo("compare", *options, "--set", "learning_rate=-1", "--quiet")
    assert "seasonal naive" in result.out and f"{name} failed: " in result.out
    assert f"every network failed: {name}" in fails_in_one_line(result, code=1)


def test_a_folder_of_pictures_that_is_none_is_told_before_anything_is_trained(modelzoo, mails):
    options = ["--task", "classification", "--data", mails, "--text", "body", "--label", "folder"]
    result = modelzoo("compare", *options, "--plot", mails)
    assert "cannot draw into" in fails_in_one_line(result)
    assert "name a folder" in result.err


def test_a_misspelt_model_to_compare_is_told_first(modelzoo, some_model):
    result = modelzoo(
        "compare", "--task", "generation", "--data", "x", "--models", f"{some_model},{some_model}x"
    )
    assert f"did you mean {some_model!r}?" in fails_in_one_line(result)


@pytest.mark.slow
def test_the_demonstration_ends_with_a_leaderboard_and_a_picture(tmp_path):
    picture = tmp_path / "demo.png"
    result = process("demo", "--out", picture, cwd=tmp_path)
    assert result.code == 0, result.err
    assert result.err == ""
    for word in (
        "Need: forecasting",
        "MASE",
        "coverage",
        "baseline",
        "The best network",
        "drawn in",
    ):
        assert word in result.out
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_a_model_beyond_the_memory_allowed_is_refused(tmp_path, capsys):
    path = str(Path(__file__).parent / "bundles" / "format3-classification.mz")
    for command in (["inspect", path], ["predict", path, "-"]):
        assert main([*command, "--max-memory", "0.000001"]) == 2
        assert "--max-memory 1" in capsys.readouterr().err
