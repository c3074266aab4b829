"""Recommendations by what candidates did on similar problems, on tables made up for it."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from modelzoo import recommend, registry
from modelzoo.advisor.experience import Problem
from modelzoo.cli import main
from modelzoo.leaderboard import Comparison

NAMES = registry.list_models()
ONE, OTHER = NAMES[:2]
LONE = registry.list_models(streaming=True)[0]  # of those that stream, the one that was measured
BAG, TRIVIAL = "bag of words", "majority class"
SECONDS = {BAG: 0.5, TRIVIAL: 0.0, "random convolutions": 2.0, ONE: 60.0, OTHER: 90.0}
BASELINES = frozenset({BAG, TRIVIAL, "random convolutions", "last value"})


def problem(name, losses, examples=2.0, family=None, kind="texts", task="classification", **more):
    features = {"examples": examples, "sequences": examples}
    seconds = {each: SECONDS.get(each, 5.0) for each in losses}
    settings = {"features": features, "trivial": 0.5, "losses": losses, "seconds": seconds}
    return Problem(name, family or name, task, kind, **settings | more)


def texts(examples, bag, one, other, count=8):
    """Problems of one size that are told apart by a little noise, the same for all candidates."""
    return [
        problem(
            f"{examples} {n}",
            {
                BAG: [bag + 0.01 * (n % 3)],
                TRIVIAL: [0.5],
                ONE: [one + 0.01 * (n % 3)],
                OTHER: [other + 0.01 * (n % 3)],
            },
            examples,
        )
        for n in range(count)
    ]


# Of 100 texts the bag of words loses least, of 10,000 a network does.
TABLE = [*texts(2.0, bag=0.1, one=0.3, other=0.35), *texts(4.0, bag=0.3, one=0.1, other=0.2)]


@pytest.fixture
def table(monkeypatch):
    """Puts another table in the place of the one that ships."""

    def put(rows, baselines=BASELINES):
        found = (tuple(rows), frozenset(baselines))
        monkeypatch.setattr("modelzoo.advisor.ranking.load_table", lambda: found)

    put(TABLE)
    return put


def names(recommended):
    return [each.name for each in recommended]


def advised(n_samples=100, **more):
    return recommend("classification", **{"n_samples": n_samples, "vocabulary": 1000} | more)


def test_a_baseline_comes_first_where_it_did_on_similar_problems(table):
    found = advised(100)
    assert names(found) == [BAG, ONE, OTHER]
    assert [each.baseline for each in found] == [True, False, False]
    assert names(advised(10_000)) == [ONE, OTHER, BAG]


def test_an_expected_score_is_told_in_the_terms_of_its_measure(table):
    best = advised(100)[0].expected
    assert best.measure == "balanced accuracy"
    # The median problem of so few texts, and between the easiest and those of many texts.
    assert best.score == pytest.approx(0.89) and best.high == pytest.approx(0.9)
    assert best.low < best.score < best.high
    assert 0 <= best.gap < 0.2 and best.error > 0
    assert (best.problems, best.sources) == (8, 8)
    table(
        [
            problem("a", {"last value": [0.8]}, task="forecasting", kind="numbers"),
            problem("b", {"last value": [1.2]}, task="forecasting", kind="numbers"),
            problem("c", {"last value": [2.5]}, task="generation"),
        ]
    )
    expected = recommend("forecasting")[0].expected
    assert (expected.measure, expected.low, expected.high) == ("MASE", 0.8, 1.2)
    assert recommend("generation")[0].expected.measure == "bits per character"


def test_cuts_of_one_source_count_as_problems_of_one_source(table):
    table([problem(f"cut {n}", {BAG: [0.1], ONE: [0.3]}, family="one") for n in range(5)])
    expected = advised(100)[0].expected
    assert (expected.problems, expected.sources) == (5, 1)


def test_where_nothing_similar_was_measured_it_is_said(table):
    found = recommend("classification", vocabulary=1000)
    assert found[0].expected.problems == 0
    assert "Nothing similar was measured" in repr(found)
    assert "Nothing similar was measured" in found._repr_html_()
    assert re.search(r"none$", repr(found), flags=re.M)
    assert "Nothing similar" not in repr(advised(100))


def test_of_ties_the_best_is_first_and_the_quickest_is_named(table):
    rows = [
        problem(f"row {n}", {BAG: [0.225 + 0.15 * (-1) ** n], ONE: [0.2], OTHER: [0.4]})
        for n in range(8)
    ]
    table(rows)
    found = advised(100)
    assert names(found) == [ONE, BAG, OTHER]
    assert [each.expected.tied for each in found] == [True, True, False]
    said = " ".join(repr(found).split())
    assert f"Tie: take the cheaper where its price matters. {ONE} and {BAG} are within" in said
    ending = f"within one standard error of the first, or better; {BAG} is the quickest to train."
    assert ending in said and "The order is that of the gap" not in said
    assert "Tie: take the cheaper" in found._repr_html_()
    slow = [Problem(**vars(row) | {"seconds": {BAG: 100.0, ONE: 60.0, OTHER: 5.0}}) for row in rows]
    table(slow)
    assert f"{ONE} is the quickest to train." in " ".join(repr(advised(100)).split())
    table(TABLE)
    assert "Tie" not in repr(advised(100))


def test_where_the_order_is_not_that_of_the_gap_it_is_said_why(table):
    table([problem(f"row {n}", {BAG: [0.205], ONE: [0.2], OTHER: [0.4]}) for n in range(8)])
    found = advised(100)
    assert names(found) == [BAG, ONE, OTHER]
    assert found[0].expected.gap > found[1].expected.gap
    why = "The order is that of the gap, with 0.05 more for a training that takes ten times as long"
    assert why in " ".join(repr(found).split()) and why in found._repr_html_()
    tried = replace(found, trials=Comparison("classification", (), False, None))
    assert why not in " ".join(repr(tried).split())


def test_what_was_not_measured_stands_behind_by_its_traits_and_says_so(table):
    found = advised(100, top=99)
    tested, rest = names(found)[:4], found[4:]
    assert tested == [BAG, ONE, OTHER, TRIVIAL]
    assert set(names(rest)) == set(NAMES) - {ONE, OTHER}
    points = [each.points for each in rest]
    assert points == sorted(points, reverse=True)
    assert all(each.expected is None for each in rest)
    assert repr(found).count("untested here: ranked by the traits of its card") == len(rest)
    assert found._repr_html_().count("untested here: ranked") == len(rest)


def test_a_plugin_is_not_taken_for_what_was_measured_by_its_name(table, monkeypatch):
    table([problem(f"row {n}", {BAG: [0.3], "mine": [0.1]}) for n in range(8)])
    registry.register("mine", lambda width=8: width, tasks={"classification": "strong"})
    try:
        found = advised(100, top=99)
    finally:
        registry.unregister("mine")
    assert names(found)[0] == BAG
    (mine,) = [each for each in found if each.name == "mine"]
    assert mine.expected is None


@pytest.mark.parametrize("need", [{"task": "forecasting"}, {"data": [[1, 2], [3, 4]]}])
def test_of_what_the_table_does_not_know_traits_rank_all(table, need):
    found = recommend(**need, top=99)
    assert set(names(found)) == set(NAMES) and not found.changes
    points = [each.points for each in found]
    assert points == sorted(points, reverse=True)
    assert all(each.expected is None and not each.baseline for each in found)
    assert "gap" not in repr(found)


def test_the_best_architecture_is_always_in_the_list(table):
    assert names(advised(100, top=1)) == [BAG, ONE]
    assert names(advised(10_000, top=1)) == [ONE]
    found = advised(100, top=1)
    assert names(found.architectures) == [ONE, OTHER, *names(found.architectures[2:])]
    assert set(names(found.architectures)) == set(NAMES)


def test_candidates_of_the_other_kind_of_data_do_not_appear(table):
    numbers = [
        problem(f"numbers {n}", {"random convolutions": [0.0], ONE: [0.2]}, kind="numbers")
        for n in range(8)
    ]
    table([*TABLE, *numbers])
    assert "random convolutions" not in names(advised(100, top=99))
    sequences = names(recommend("classification", n_samples=100, channels=3, top=99))
    assert sequences[0] == "random convolutions" and BAG not in sequences


def test_where_texts_and_numbers_are_not_told_apart_it_is_said_what_was_measured(table):
    numbers = [
        problem(f"numbers {n}", {"random convolutions": [0.0], TRIVIAL: [0.5]}, kind="numbers")
        for n in range(8)
    ]
    table([*TABLE, *numbers])
    found = recommend("classification", n_samples=100, top=99)
    said = {each.name: [r.text for r in each.reservations] for each in found if each.baseline}
    assert said == {
        BAG: ["It was measured on texts alone."],
        "random convolutions": ["It was measured on numbers alone."],
        TRIVIAL: [],
    }
    assert any("not known whether these are texts or numbers" in each for each in found.advice)
    assert not advised(100).advice


def test_excluded_architectures_stay_excluded_however_good_they_were(table):
    bidirectional = registry.list_models(streaming=False)[0]
    table([problem(f"row {n}", {bidirectional: [0.0], LONE: [0.4]}) for n in range(8)])
    found = advised(100, streaming=True, top=99)
    assert bidirectional not in names(found)
    assert "cannot stream" in found.excluded[bidirectional]
    assert names(found)[0] == LONE and found[0].expected.tied
    assert f"Without the constraints, {bidirectional} would come first" in found.changes[0]


@pytest.mark.parametrize(
    ("constraint", "told"),
    [
        ({"streaming": True}, "streaming"),
        ({"causal": True}, "looking ahead"),
        ({"max_parameters": 10**9}, "parameters"),
        ({"max_memory_mb": 10**6}, "memory"),
        ({"max_latency_ms": 10**6}, "latency"),
    ],
)
def test_baselines_are_left_out_of_what_they_were_not_measured_for(table, constraint, told):
    found = advised(100, **constraint)
    assert not any(each.baseline for each in found)
    assert found.excluded[BAG] == f"baselines were not measured for {told}"
    assert f"{BAG}, {TRIVIAL}: baselines were not measured for {told}" in repr(found)
    assert "last value" not in found.excluded  # it is not for such problems at all
    assert f"Without the constraints, {BAG} would come first" in " ".join(found.changes)


def test_a_budget_to_train_holds_for_baselines_with_the_seconds_of_the_table(table, monkeypatch):
    found = advised(100, train_budget_s=0.4)
    assert names(found) == [TRIVIAL]
    assert found.excluded[BAG] == "trains for about 0.5 s, 0.4 are allowed"
    assert "No architecture meets it" in repr(found) and TRIVIAL in repr(found)
    assert BAG in names(advised(100, train_budget_s=0.6))
    monkeypatch.setattr("modelzoo.advisor.recommending.known_slowness", lambda: 3.0)
    slow = advised(100)
    assert slow[0].expected.seconds == pytest.approx(1.5)
    assert BAG in advised(100, train_budget_s=0.6).excluded


def test_what_would_change_the_answer_is_computed(table):
    few, many = advised(300), advised(10_000)
    more, less = few.changes
    there = advised(3_000)[0]
    assert there.name == ONE
    assert more == (
        f"With ten times the samples (3,000), {ONE} would come first: balanced accuracy "
        f"{there.expected.figures}."
    )
    assert less == f"{BAG} stays among the best with a tenth of the samples (30)."
    assert " ".join(few.changes) in " ".join(repr(few).split())
    assert " ".join(few.changes) in few._repr_html_()
    assert many.changes[0].startswith(f"{ONE} stays among the best with ten times the samples")


def test_of_more_data_nothing_is_said_where_training_must_not_take_longer(table):
    (only,) = advised(300, train_budget_s=60).changes
    assert only == f"{BAG} stays among the best with a tenth of the samples (30)."


def test_longer_sequences_change_the_answer_where_problems_tell_so(table):
    assert not any("length" in each for each in advised(100, length=20).changes)
    rows = [
        problem(f"{length} {n}", losses, features={"length": length})
        for length, losses in [(1.0, {BAG: [0.1], ONE: [0.3]}), (2.5, {BAG: [0.4], ONE: [0.1]})]
        for n in range(8)
    ]
    table(rows)
    found = recommend("classification", length=20, vocabulary=1000)
    assert found[0].name == BAG
    assert found.changes[0].startswith(
        f"With sequences of ten times the length (200), {ONE} would come first"
    )


def test_nothing_is_said_of_changes_for_which_nothing_similar_was_measured(table):
    table([*texts(2.0, bag=0.1, one=0.3, other=0.35), *texts(2.2, bag=0.1, one=0.2, other=0.3)])
    assert not advised(100_000).changes
    assert advised(1_000).changes == (
        f"{BAG} stays among the best with a tenth of the samples (100).",
    )
    assert not recommend("classification", vocabulary=1000).changes


def test_json_holds_all_of_it(table, capsys):
    found = advised(100)
    shown = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    first = shown["recommendations"][0]
    assert (first["name"], first["baseline"], first["size"]) == (BAG, True, None)
    assert set(first["expected"]) == {
        "measure",
        "score",
        "low",
        "high",
        "gap",
        "error",
        "seconds",
        "problems",
        "sources",
        "tied",
    }
    assert shown["recommendations"][1]["cost"]["parameters"] > 0
    assert shown["changes"] == list(found.changes)
    command = "recommend --task classification --n-samples 100 --vocabulary 1000 --json"
    assert main(command.split()) == 0
    assert json.loads(capsys.readouterr().out) == shown


def test_the_table_shows_score_interval_and_counts(table):
    found = advised(100)
    best = found[0].expected
    row = next(line for line in repr(found).splitlines() if BAG in line)
    assert f"{best.score:.2f} ({best.low:.2f} to {best.high:.2f})" in row
    assert f"{best.gap:.2f} ± {best.error:.2f}" in row
    assert "baseline" in row and "500 ms" in row and "8 (8)" in row
    assert f"<td>{BAG}</td><td>baseline</td>" in found._repr_html_()


def test_names_of_any_length_are_escaped_and_fit(table):
    strange = "<b>" + "very " * 30 + "long</b>"
    table([problem("a", {strange: [0.1]})], {strange})
    found = advised(100)
    assert all(len(line) <= 96 for line in repr(found).splitlines())
    assert "<b>very" not in found._repr_html_() and "&lt;b&gt;very" in found._repr_html_()


def test_a_row_without_results_and_unknown_candidates_count_for_nothing(table):
    table([*TABLE, problem("empty", {}), problem("gone", {"a model of the past": [0.0]})])
    assert names(advised(100)) == [BAG, ONE, OTHER]
