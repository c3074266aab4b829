"""The commands that measure the advisor's table and judge its advice."""

from __future__ import annotations

import math
import os
import warnings
from dataclasses import replace

import advisor
import build_prior
import numpy as np
import prior_problems
import pytest
from prior_problems import Parts, Problem

from modelzoo import registry
from modelzoo.advisor import experience
from modelzoo.datasets import Split
from modelzoo.registry.cards import TASKS

TRAIN = Split(["good fun", "good film", "so bad", "bad film"] * 5, ["+", "+", "-", "-"] * 5)
TEXTS = Problem("a few texts", "a family", "classification", lambda: Parts(TRAIN, TRAIN))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(build_prior, "FOLDER", tmp_path)
    for name in ("load", "add"):
        function = getattr(build_prior, name)
        monkeypatch.setattr(function, "__defaults__", (tmp_path,))
    return tmp_path


def test_problems_have_names_of_their_own_and_every_task_has_several_sources():
    problems = prior_problems.list_problems()
    assert len({each.name for each in problems}) == len(problems)
    for task in ("classification", "forecasting", "generation"):
        assert len({each.family for each in problems if each.task == task}) >= 8


@pytest.mark.parametrize(
    "problem",
    [
        each
        for each in prior_problems.list_problems()
        if each.family.startswith(("made up", "carried"))
    ],
    ids=lambda each: each.name,
)
def test_what_needs_no_file_is_the_same_each_time_and_has_both_parts(problem):
    one, two = problem.load(), problem.load()
    assert len(one.train.X) > 0 and len(one.test.X) > 0
    assert np.array_equal(np.asarray(one.train.X), np.asarray(two.train.X))
    if problem.task == "classification":
        assert len(one.train.X) == len(one.train.y)
        assert set(one.test.y) == set(one.train.y)


def test_what_is_kept_is_not_measured_again_and_the_table_says_what_came_out(folder, capsys):
    build_prior.run([TEXTS], [], [0])
    assert "TF-IDF + logistic regression 0.000" in capsys.readouterr().out
    before = build_prior.load("a family")
    build_prior.run([TEXTS], [], [0])
    assert build_prior.load("a family") == before
    assert capsys.readouterr().out == ""
    assert os.listdir(folder) == ["a_family.json"]
    assert build_prior.table([TEXTS], ["gru"])["problems"] == []  # gru was not run on it
    (row,) = build_prior.table([TEXTS], [])["problems"]
    assert (row["task"], row["kind"], row["trivial"]) == ("classification", "texts", 0.5)
    assert row["losses"] == {"majority class": [0.5], "TF-IDF + logistic regression": [0.0]}
    assert row["features"]["examples"] == pytest.approx(math.log10(20), abs=1e-3)


def test_a_training_that_was_interrupted_is_no_result(folder, monkeypatch):
    class Interrupted:
        def fit(self, X, y):
            warnings.warn("interrupted in epoch 2: what was learned by then is kept", stacklevel=2)

    monkeypatch.setattr(build_prior, "candidates", lambda *_: [("a", Interrupted(), None)])
    with pytest.raises(KeyboardInterrupt):
        build_prior.run([TEXTS], ["gru"], [0])
    assert os.listdir(folder) == []


@pytest.mark.parametrize("name", registry.list_models())
def test_networks_are_those_that_a_user_is_told_to_take(name):
    ((shown, network, size),) = build_prior.candidates(
        TEXTS, TEXTS.load(), name, seed=3, quick=True
    )
    assert (shown, network.size, network.random_state, network.epochs) == (name, size, 3, 1)
    assert size in registry.describe(name).sizes


def test_the_quick_form_measures_a_network_and_the_baselines_of_every_task(monkeypatch, capsys):
    measured = []
    monkeypatch.setattr(
        build_prior,
        "measure",
        lambda problem, parts, name, seed, quick: (
            measured.append((problem.task, name, quick)) or []
        ),
    )
    assert build_prior.main(["--quick", "--only", "made up*"]) == 0
    smallest = min(registry.list_models(), key=lambda x: registry.describe(x).cost().parameters)
    wanted = {(task, name, True) for task in TASKS for name in (build_prior.BASELINES, smallest)}
    assert set(measured) == wanted and len(measured) == len(wanted)


@pytest.mark.slow
def test_the_quick_form_measures_without_any_file_and_stores_nothing(folder, capsys):
    assert build_prior.main(["--quick", "--only", "made up*"]) == 0
    lines = capsys.readouterr().out.splitlines()
    found = [float(line.rsplit(" ", 1)[1]) for line in lines]
    assert len(found) >= 3 * len(TASKS) and all(math.isfinite(each) for each in found)
    assert not [*folder.iterdir()]


def row(name, family, length, losses):
    return experience.Problem(
        name,
        family,
        "classification",
        "texts",
        {"length": length},
        trivial=1.0,
        losses={key: [each] for key, each in losses.items()},
        seconds=dict.fromkeys(losses, 1.0),
    )


SHORT, LONG = {"bag": 0.1, "net": 0.5}, {"bag": 0.6, "net": 0.1}
LEARNABLE = [
    *(row(f"short {n}", f"s{n}", 1.0, SHORT) for n in range(6)),
    *(row(f"long {n}", f"l{n}", 4.0, LONG) for n in range(5)),
]


def test_advice_that_knows_what_the_features_say_closes_the_gap_and_strange_features_do_not():
    single = advisor.costs(LEARNABLE, LEARNABLE, advisor.single_best)
    assert sum(single) > 0
    found = advisor.gap(LEARNABLE, advisor.costs(LEARNABLE, LEARNABLE, advisor.advised), single)
    assert found == (0.0, 0.0, 0.0)
    rng = np.random.default_rng(0)
    strange = advisor.costs(LEARNABLE, LEARNABLE, lambda *given: advisor.shuffled(rng, *given))
    assert advisor.gap(LEARNABLE, strange, single)[0] > 0.3


def test_nothing_of_the_own_source_is_learned_from():
    table = [*LEARNABLE, *(row(f"odd {n}", "odd", 9.0, {"bag": 0.0, "net": 0.9}) for n in range(9))]
    seen = []

    def policy(problem, others):
        seen.append({each.family for each in others} & {problem.family})
        return ["bag"]

    advisor.costs(table, table, policy)
    assert seen == [set()] * len(table)


def test_what_other_constants_would_do_is_told_and_the_chosen_ones_come_back():
    chosen = experience.TIME_CHARGE, experience.GAIN_WIDTH
    rows = [replace(each, seconds={"bag": 0.1, "net": 1e9}) for each in LEARNABLE]
    lines = [line for line in advisor.sensitivity(rows).splitlines() if line.startswith("| 0.")]
    assert len(lines) == 5 and "(chosen)" in lines[2]  # none of these is a forecasting problem
    assert lines[0].startswith("| 0.00 | 0.00 (0.00 to 0.00) |")
    assert not lines[-1].startswith("| 0.12 | 0.00")  # a network of such a price is never first
    assert chosen == (experience.TIME_CHARGE, experience.GAIN_WIDTH)


def test_trials_are_told_by_themselves_and_with_the_advice():
    scores = {"net": 0.62, "bag": 0.6, "majority class": 0.1}  # by a hair the network is better
    records = [
        {"problem": each.name, "scores": scores, "seconds": 0.5, "date": "d", "commit": "c"}
        for each in LEARNABLE
    ]
    told = advisor.report_of_trials(LEARNABLE, records).splitlines()
    cells = {line.split(" | ")[0]: line.split(" | ")[3:] for line in told[2:5]}
    assert cells["| advice, all"][0] == "0.00 (0.00 to 0.00)"
    assert float(cells["| trials, all"][0].split()[0]) > 0.3
    assert cells["| advice and trials, all"] == ["0.00 (0.00 to 0.00)", "-", "25% |"]
    assert advisor.report_of_trials(LEARNABLE, []) is None


def test_who_failed_on_a_problem_is_no_advice_that_can_be_passed_over():
    failed = replace(LEARNABLE[0], losses={"bag": [0.1]}, failed=frozenset({"net"}))
    assert advisor._first(failed, ["net", "bag"]) == "net"
    assert advisor.cost(failed, "net") == experience.WORST
    assert advisor._first(failed, ["for numbers", "bag"]) == "bag"


def test_the_best_is_chosen_by_other_seeds_than_it_is_scored_on():
    lucky = experience.Problem(
        "p", "f", "classification", "texts", {}, 1.0, {"a": [0.0, 0.6], "b": [0.2, 0.2]}, {}
    )
    # a is best by the first seed (b then costs (0.2 - 0.6) / 0.4), b by the second (0 there).
    assert advisor.cost(lucky, "b") == pytest.approx((-1.0 + 0.0) / 2)
    assert advisor.cost(lucky, "not fitted") == experience.WORST


def test_harm_is_told_by_the_simplest_baseline():
    problem = row("p", "f", 1.0, {"TF-IDF + logistic regression": 0.2, "net": 0.25, "bag": 0.205})
    assert advisor.harmed(problem, "net") is True
    assert advisor.harmed(problem, "bag") is False
    assert advisor.harmed(row("q", "f", 1.0, SHORT), "net") is None


def test_where_the_single_best_is_always_right_there_is_no_gap():
    rows = [row(f"short {n}", f"s{n}", 1.0, SHORT) for n in range(4)]
    single = advisor.costs(rows, rows, advisor.single_best)
    assert math.isnan(advisor.gap(rows, single, single)[0])
    assert "| all, 4 | 4 | - (- to -) |" in advisor.report(rows)
