"""Figures of the applications: read from what scripts print, stored run by run, shown as stored."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import aggregates
import applications
import bookkeeping
import characters
import long_horizon
import m4
import measurements
import numpy as np
import published
import pytest
import records
import result_tables
from at_hand import is_at_hand, loaded
from figure_line import FigureLine
from measurements import APPLICATIONS, Application, Run, planned

from modelzoo.baselines import NGramLanguageModel, SeasonalNaive
from modelzoo.datasets import list_datasets
from modelzoo.datasets.catalogue import CATALOGUE
from modelzoo.tasks.token_windows import TokenWindows, split_documents

APPLICATION = APPLICATIONS[0]
RUN = Run(APPLICATION, APPLICATION.datasets[0], "gru", seed=0)
CHEAP = planned(["time_series_classification/ItalyPowerDemand"], ["gru"], [0], size="tiny")[0]
# Records that are of no application.
ELSEWHERE = {
    "cells",
    "fuzzing",
    "int8",
    "performance",
    "precision",
    "profiles",
    "reliability",
}
TOLERANCE = 0.02  # of an accuracy: sums are rounded otherwise on other machines


def at_hand(name: str):
    if not is_at_hand(name):
        pytest.skip(f"the files of {name} are not at hand: set MODELZOO_DATA")
    return loaded(name)


def record(**given) -> records.Record:
    return {
        "figure": 0.9,
        "measure": "MASE",
        "baseline": "random walk",
        "baseline_figure": 1.0,
        "published": "LSTM 0.800 (a paper)",
        "further": {},
        "application": APPLICATION.name,
        "dataset": APPLICATION.datasets[0],
        "model": "gru",
        "size": None,
        "horizon": None,
        "seed": 0,
        "command": "python a.py",
        "parameters": None,
        "seconds": 10.0,
        "machine": "2 cores",
        "versions": {"python": "3.12"},
        "date": "2026-01-01",
        "commit": "abc",
    } | given


def shown(*given: records.Record) -> str:
    """The lines of the first application's table."""
    rows = aggregates.rows_of(APPLICATION, records.latest([*given]))
    return result_tables.application_section(APPLICATION, rows)


@pytest.fixture
def script(tmp_path):
    """Makes an application of a script with this code."""

    def make(code: str) -> Application:
        path = tmp_path / "script.py"
        path.write_text(code, encoding="utf-8")
        return Application("made", "made here", str(path), ("first", "second"))

    return make


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """Where records are kept for the length of a test."""
    add = records.add
    monkeypatch.setattr(records, "add", lambda record: add(record, tmp_path))
    return tmp_path


# The line


def test_the_last_line_and_the_figures_before_it_are_read():
    line = FigureLine.parse(
        "The king:\n  gru\n  2 of 5 found\n  coverage 0.81\n  ROC AUC of out-of-scope -1.5e-3\n"
        "BLEU 21.30 | TF-IDF + logistic regression 8 | CNN 0.835 (Kim 2014, table 2)\n\n"
    )
    assert (line.measure, line.figure) == ("BLEU", 21.3)
    assert (line.baseline, line.baseline_figure) == ("TF-IDF + logistic regression", 8)
    assert line.published == "CNN 0.835 (Kim 2014, table 2)"
    assert line.further == {"coverage": 0.81, "ROC AUC of out-of-scope": -0.0015}


@pytest.mark.parametrize(
    "output",
    [
        "",
        "accuracy 0.8",
        "accuracy 0.8 | majority 0.5",
        "accuracy | majority 0.5 | none",
        "accuracy nan | majority 0.5 | none",
        "accuracy 0.8 | majority 0.5 | ",
        "0.8 | majority 0.5 | none",
    ],
)
def test_a_line_without_figures_is_told(output):
    with pytest.raises(ValueError, match="no figure"):
        FigureLine.parse(output)


def test_what_is_printed_is_read_again(capsys):
    line = FigureLine(
        "MASE", 0.5, "random walk", 1.0, "none published", {"seconds": 3, "a b": 0.25}
    )
    line.show()
    assert FigureLine.parse(capsys.readouterr().out) == line


def test_a_figure_that_is_none_is_not_printed():
    with pytest.raises(ValueError, match="MASE is nan"):
        FigureLine("MASE", float("nan"), "random walk", 1.0, "none published")


# The records


def test_a_run_measured_again_replaces_its_record_of_the_same_commit_alone(tmp_path):
    for given in (
        record(figure=1.0),
        record(figure=2.0, seed=1),
        record(figure=3.0),
        record(figure=4.0, commit="def"),
    ):
        records.add(given, tmp_path)
    found = records.load(APPLICATION.name, tmp_path)
    assert [each["figure"] for each in found] == [2.0, 3.0, 4.0]
    assert sorted(each["figure"] for each in records.latest(found)) == [2.0, 4.0]


@pytest.mark.parametrize(
    "other", [{"dataset": "b"}, {"model": "b"}, {"size": "b"}, {"horizon": 1}, {"seed": 1}]
)
def test_runs_that_differ_stand_beside_each_other(tmp_path, other):
    records.add(record(), tmp_path)
    records.add(record(**other), tmp_path)
    assert len(records.latest(records.load(APPLICATION.name, tmp_path))) == 2


def test_a_write_that_fails_leaves_the_old_records_and_nothing_else(tmp_path, monkeypatch):
    records.add(record(), tmp_path)

    def fail(*_: object) -> None:
        raise OSError("full")

    monkeypatch.setattr(bookkeeping.os, "replace", fail)
    with pytest.raises(OSError, match="full"):
        records.add(record(seed=1), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [f"{APPLICATION.name}.json"]
    assert records.load(APPLICATION.name, tmp_path) == [record()]


# The runs


def test_a_run_becomes_a_record_with_all_that_it_depends_on(script):
    code = "import sys\nprint('  parameters 12')\nprint('  got', len(sys.argv), 7)\n"
    code += "print('MASE 0.5 | drift 1 | none')"
    run = Run(script(code), "second", "gru", seed=3, horizon=96)
    found = applications.measure(run)
    assert found.keys() == record().keys()
    assert found["command"].endswith("--dataset second --model gru --horizon 96 --seed 3")
    assert (found["figure"], found["parameters"], found["further"]) == (0.5, 12, {"got 9": 7})
    assert {"python", "keras", "tensorflow", "modelzoo"} <= found["versions"].keys()
    assert json.loads(json.dumps(found)) == found


def test_a_failing_script_is_told_at_the_end_and_the_others_go_on(
    script, folder, monkeypatch, capsys
):
    application = script(
        "import sys\nif 'first' in sys.argv: raise KeyError('no such thing')\n"
        "print('MASE 0.5 | drift 1 | none')"
    )
    runs = [Run(application, dataset, "gru", seed=0) for dataset in application.datasets]
    monkeypatch.setattr(applications, "planned", lambda *_, **__: runs)
    assert applications.main([]) == 1
    assert capsys.readouterr().err.splitlines() == [
        "failed: made/first: gru, seed 0: KeyError: 'no such thing'"
    ]
    assert [each["dataset"] for each in records.load("made", folder)] == ["second"]


def test_a_script_without_a_figure_has_failed(script):
    with pytest.raises(applications.RunFailed, match="no figure: 'done'"):
        applications.measure(Run(script("print('done')"), "first", "gru", seed=0))
    with pytest.raises(applications.RunFailed, match="exit status 3"):
        applications.measure(Run(script("raise SystemExit(3)"), "first", "gru", seed=0))


def test_what_was_measured_before_an_interruption_is_stored(script, folder, monkeypatch, capsys):
    runs = [Run(script(""), name, "gru", seed=0) for name in ("first", "second", "third")]

    def measure(run: Run) -> records.Record:
        if run.dataset == "second":
            raise KeyboardInterrupt
        return record(application="made", dataset=run.dataset)

    monkeypatch.setattr(applications, "measure", measure)
    assert applications.measure_all(runs) == [(runs[1], "interrupted")]
    assert [each["dataset"] for each in records.load("made", folder)] == ["first"]


def test_quick_runs_are_never_stored(script, folder, monkeypatch, capsys):
    application = script("import sys\nprint('MASE', '--quick' in sys.argv and 1, '| a 1 | none')")
    runs = [Run(application, "first", "gru", seed=0, quick=True)]
    monkeypatch.setattr(applications, "planned", lambda *_, **__: runs)
    assert applications.main(["--quick"]) == 0
    assert "nothing was stored" in capsys.readouterr().out
    assert records.load("made", folder) == []


def test_writing_alone_measures_nothing(monkeypatch):
    written = []
    monkeypatch.setattr(applications, "measure_all", lambda runs: pytest.fail("measured"))
    monkeypatch.setattr(result_tables, "write", lambda: written.append(True))
    assert applications.main(["--write"]) == 0 and written


def test_applications_are_chosen_by_name_dataset_and_pattern():
    (run,) = planned(["time_series_classification/Gun*"], ["gru"], [0])
    assert run.dataset == "GunPoint"
    assert len(planned(["long_horizon"], ["gru", "lstm"], [0, 1, 2])) == 4 * 2 * 3
    assert {run.application for run in planned([], ["gru"], [0])} == {*APPLICATIONS}
    with pytest.raises(ValueError, match="nothing is called 'm5'"):
        planned(["m5"], ["gru"], [0])


def test_a_wrong_name_is_an_error_before_anything_runs(capsys):
    for given, said in ((["--only", "m5"], "m5"), (["--models", "gru,grue"], "grue")):
        with pytest.raises(SystemExit, match="2"):
            applications.main(given)
        assert said in capsys.readouterr().err


# The table of applications


def test_names_are_told_apart_and_datasets_are_known():
    assert len({each.name for each in APPLICATIONS}) == len(APPLICATIONS)
    assert {dataset for each in APPLICATIONS for dataset in each.datasets} <= {*list_datasets()}


@pytest.mark.parametrize("application", APPLICATIONS, ids=lambda each: each.name)
def test_a_script_takes_what_the_table_gives_it(application, project):
    source = (project / application.script).read_text(encoding="utf-8")
    options = replace(RUN, application=application, horizon=1 if application.horizons else None)
    for option in (each for each in options.arguments if each.startswith("--")):
        assert f'"{option}"' in source
    assert all(f'"{dataset}"' in source for dataset in application.datasets)


# The tables of results


def test_a_row_has_mean_spread_and_number_of_the_seeds():
    table = shown(record(figure=0.8), record(figure=0.9, seed=1), record(figure=1.0, seed=2))
    assert "| MASE | **0.900** ± 0.100 (3) | random walk 1.000 | LSTM 0.800 (a paper) |" in table


def test_the_newest_record_of_a_run_is_shown():
    assert "**0.700** (1)" in shown(record(), record(figure=0.7, commit="def"))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"figure": 1.1}, "1.100 (1) | random walk 1.000: **the baseline wins**"),
        ({"figure": 1.0}, "1.000 (1) | random walk 1.000: **as good**"),
        ({"measure": "accuracy"}, "0.900 (1) | random walk 1.000: **the baseline wins**"),
        ({"measure": "accuracy", "figure": 1.1}, "**1.100** (1) | random walk 1.000 |"),
        (
            {"measure": "perplexity (upper bound)", "figure": 2},
            "≤ 2.000 (1) | random walk 1.000: no",
        ),
    ],
)
def test_who_wins_is_said_in_words(given, said):
    assert said in shown(record(**given))


def test_another_simple_method_that_wins_is_named():
    figures = {"MASE of drift": 0.8, "MASE of Theta": 0.7, "MASE of gru": 0.1, "MAE of Theta": 0.0}
    table = shown(record(further=figures), record(further=figures, seed=1))
    assert "| 0.900 ± 0.000 (2) | random walk 1.000; **Theta 0.700 wins** |" in table
    assert "MASE of gru" not in table  # it is the figure
    assert "**0.600** (1) | random walk 1.000 |" in shown(record(figure=0.6, further=figures))


def test_a_measure_of_unknown_direction_is_an_error_that_says_where_to_add_it():
    with pytest.raises(ValueError, match=r"'delight'\? Add it to a set in aggregates"):
        shown(record(measure="delight"))


def test_further_figures_and_the_origin_stand_beside():
    table = shown(
        record(further={"coverage": 0.8}, parameters=12_000),
        record(further={"coverage": 0.9}, seed=1, commit="def", date="2026-01-03"),
    )
    assert "coverage 0.850" in table
    assert "2026-01-01 to 2026-01-03; 2 cores; python 3.12; commits abc, def." in table


def test_readme_shows_the_best_architecture_that_is_no_upper_bound():
    given = [
        record(),
        record(model="lstm", figure=0.7),
        record(model="bert", figure=0.1, measure="MASE (upper bound)"),
        record(model="gpt", dataset=APPLICATION.datasets[1], figure=0.01),
    ]
    table = result_tables.readme_table({APPLICATION.name: given})
    assert (
        f"({APPLICATION.script}) | `{APPLICATION.datasets[0]}` | `lstm` | MASE **0.700**" in table
    )
    assert "| LSTM 0.800 |" in table  # the source stands in docs/results.md
    assert len([line for line in table.splitlines() if line.startswith("|")]) == 3


def test_accuracies_are_averaged_over_the_datasets_with_published_ones():
    given = [
        record(
            application="x", dataset=name, measure="accuracy", figure=figure, baseline_figure=0.5
        )
        for name, figure in {"CBF": 0.8, "GunPoint": 1.0, "BasicMotions": 0.1}.items()
    ]
    application = Application("x", "x", "x.py", ("CBF", "GunPoint", "BasicMotions"))
    (mean,) = aggregates.means_of(aggregates.rows_of(application, given))
    assert (len(mean.rows), mean.figure) == (2, pytest.approx(0.9))
    assert mean.published("MLP") == pytest.approx((86.9 + 92.8) / 200)
    assert "| `gru` | 2 of 9 | 0.900 | random walk 0.500 |" in result_tables.means_section([mean])


def test_published_accuracies_are_those_that_the_datasets_state():
    for name, accuracy in published.ACCURACY.items():
        reference = CATALOGUE[name].reference or ""
        assert all(f"{network} {value:.1f}" in reference for network, value in accuracy.items())


def test_the_pages_show_the_records_there_are(project):
    found = {each.name: records.load(each.name) for each in APPLICATIONS}
    page = (project / "docs" / "results.md").read_text(encoding="utf-8")
    readme = (project / "README.md").read_text(encoding="utf-8")
    table = bookkeeping.between(readme, result_tables.BEGIN, result_tables.END)
    assert page == result_tables.results_page(found)
    assert table == result_tables.readme_table(found)


def test_every_record_belongs_to_the_table_and_to_its_file():
    datasets = {each.name: each.datasets for each in APPLICATIONS}
    for path in bookkeeping.RESULTS.glob("*.json"):
        if path.stem not in ELSEWHERE:
            found = records.load(path.stem)
            assert {each["application"] for each in found} == {path.stem}
            assert {each["dataset"] for each in found} <= {*datasets[path.stem]}


# The figures


@pytest.mark.slow
def test_a_figure_measured_again_is_the_one_recorded():
    at_hand(CHEAP.dataset)
    (known,) = (
        each
        for each in records.latest(records.load(CHEAP.application.name))
        if (each["dataset"], each["model"], each["size"], each["seed"])
        == (CHEAP.dataset, CHEAP.model, CHEAP.size, CHEAP.seed)
    )
    found = applications.measure(CHEAP)
    assert found["measure"] == known["measure"] == "accuracy"
    assert found["figure"] == pytest.approx(known["figure"], abs=TOLERANCE)
    assert found["baseline_figure"] == pytest.approx(known["baseline_figure"], abs=TOLERANCE)


def test_the_seasonal_naive_forecast_scores_on_m4_what_the_competition_published():
    data = at_hand("m4_hourly")
    naive = SeasonalNaive(horizon=data.horizon, season_length=24).fit(data.train.X)
    scores = m4.scores(data.train.X, data.test.X, naive.predict(), 24)
    assert scores == pytest.approx((1.193, 13.912), abs=5e-4)


def test_repeating_the_last_value_errs_on_etth1_as_was_measured_before():
    at_hand("ETTh1")
    contexts, targets = long_horizon.test_windows(*long_horizon.standardized(), horizon=96)
    assert contexts.shape == (7 * (2880 - 95), long_horizon.CONTEXT)
    errors = long_horizon.errors(long_horizon.repeat(1, 96), contexts, targets)
    assert errors == pytest.approx((1.294, 0.713), abs=1e-3)


def test_a_season_is_repeated_from_its_beginning():
    forecast = long_horizon.repeat(3, 5)(np.array([[9.0, 1.0, 2.0, 3.0]]))
    assert forecast.tolist() == [[1.0, 2.0, 3.0, 1.0, 2.0]]


@pytest.mark.parametrize("length", [1_003_854, 1_003_853, 900_000])
def test_the_part_held_out_leaves_the_updates_wanted(length):
    updates = characters.UPDATES // characters.EPOCHS
    text = np.zeros(length, dtype="int32")
    training, validation = split_documents([text], characters.held_out(length, updates))
    windows = TokenWindows(
        training, context=characters.CONTEXT, batch_size=characters.WINDOWS, causal=True, seed=0
    )
    assert len(windows) == updates and validation


@pytest.mark.slow
def test_the_n_gram_beside_the_characters_is_as_good_as_was_measured_before():
    data = at_hand("tinyshakespeare")
    counted = NGramLanguageModel(n=characters.NGRAM).fit(data.train.X)
    found = counted.perplexity(data.test.X).nats_per_character
    assert found == pytest.approx(1.698, abs=5e-3)


@pytest.mark.slow
@pytest.mark.parametrize("module", [characters, long_horizon, m4], ids=lambda each: each.__name__)
def test_a_benchmark_runs_quickly_and_ends_with_a_figure(module):
    script = f"benchmarks/{module.__name__}.py"
    application = next(each for each in APPLICATIONS if each.script == script)
    at_hand(application.datasets[0])
    (run, *_) = planned([application.name], ["simple_rnn"], [0], quick=True)
    found = applications.measure(run)
    assert found["figure"] > 0 and found["parameters"] > 0


def test_the_list_names_every_application(project):
    done = subprocess.run(
        [sys.executable, project / "benchmarks" / "applications.py", "--list"],
        capture_output=True,
        text=True,
        env=applications._environment(),
        check=True,
    )
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == [
        each.name for each in measurements.APPLICATIONS
    ]
