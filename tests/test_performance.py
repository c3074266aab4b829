"""Speed beside that of others: contestants take turns, and the page is what the records say."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import subprocess
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import bookkeeping
import performance
import profiles
import pytest
import records
from bookkeeping import between
from speed import contest, generation, growth, page, plots, queries, referee
from speed.comparisons import better_backend, comparisons, unequal
from speed.contest import Case, Contestant, Goal, Part, for_ever
from speed.parts import PARTS

OURS = Contestant("ours, jax", for_ever, "modelzoo", "jax", ours=True)
SLOWER = Contestant("ours, tensorflow", for_ever, "modelzoo", "tensorflow", ours=True)
PEER = Contestant("theirs", for_ever, "peer")
SAME = Contestant("stock, jax", for_ever, "stock", "jax")
CASE = Case("lstm", "2 x 3", (OURS, SLOWER, PEER, SAME))
PART = Part("A part", "About it.", "ms", lambda quick: [CASE], {"peer": Goal(at_least=1.5)})


def told(contestant: Contestant, *seconds: float, **more: Any) -> dict[str, Any]:
    return {
        "name": contestant.name,
        "package": contestant.package,
        "backend": contestant.backend,
        "seconds": list(seconds),
        "parameters": 7,
        "memory": 2**20,
    } | more


def record(*contestants: dict[str, Any]) -> dict[str, Any]:
    return {
        "dataset": "part",
        "model": CASE.model,
        "size": CASE.size,
        "amount": None,
        "contestants": list(contestants),
        "machine": "m",
        "versions": {"keras": "3"},
        "date": "d",
        "commit": "c",
        "command": "measure",
        "load": 0.5,
    }


class Fake:
    """A process that notes what is asked of it."""

    def __init__(self, name: str, asked: list[str], fails: bool = False):
        self.name, self.asked, self.fails = name, asked, fails

    def __enter__(self) -> Fake:
        return self

    def __exit__(self, *_: object) -> None:
        self.asked.append(f"{self.name} ends")

    def answer(self) -> dict[str, Any]:
        return {"seconds": None, "processor": 0.0, "parameters": 7, "memory": 5}

    def turn(self, seconds: float) -> dict[str, Any]:
        self.asked.append(self.name)
        if self.fails:
            raise referee.ContestantError("out of luck")
        return self.answer() | {"seconds": 0.123456}


@pytest.fixture
def installed(monkeypatch):
    """Everything that a contestant may need is here, on machines without JAX or a peer too."""
    monkeypatch.setattr(contest, "NEEDED", {})


@pytest.mark.usefixtures("installed")
def test_contestants_take_turns():
    asked: list[str] = []
    found = referee.compete(PART, CASE, lambda each: Fake(each.name, asked), rounds=2)
    names = [each.name for each in CASE.contestants]
    assert asked[: 2 * len(names)] == names * 2
    assert [each["seconds"] for each in found] == [[0.1235, 0.1235]] * len(names)


@pytest.mark.usefixtures("installed")
def test_what_is_done_once_only_gets_a_process_a_turn():
    asked: list[str] = []
    once = dataclasses.replace(PART, fresh=True)
    referee.compete(once, Case("a", "b", (OURS, PEER)), lambda e: Fake(e.name, asked), rounds=2)
    one_round = [line for each in (OURS, PEER) for line in (each.name, f"{each.name} ends")]
    assert asked == one_round * 2


@pytest.mark.usefixtures("installed")
def test_one_that_fails_does_not_spoil_the_others():
    found = referee.compete(
        PART, CASE, lambda each: Fake(each.name, [], fails=each is PEER), rounds=2
    )
    by_name = {each["name"]: each for each in found}
    assert by_name[PEER.name]["failed"] == "out of luck"
    assert len(by_name[OURS.name]["seconds"]) == 2
    compared = comparisons(PART, CASE, record(*found))
    assert [each.peer["name"] for each in compared] == [SAME.name]


def test_a_missing_peer_is_named_with_how_to_install_it(monkeypatch):
    monkeypatch.setattr(contest, "NEEDED", {"peer": ("no_such_module",)})
    started: list[str] = []
    found = referee.compete(PART, CASE, lambda each: Fake(each.name, started), rounds=1)
    assert PEER.name not in started
    peer = next(each for each in found if each["name"] == PEER.name)
    line = performance.outcome(PART, CASE, peer)
    assert "no_such_module" in line and "make bench" in line and "pip install" in line


def test_a_ratio_is_of_turns_of_the_same_round():
    # Each round both are slower than in the one before: the ratio stays the same.
    measured = record(told(OURS, 1.0, 2.0, 4.0), told(PEER, 2.0, 4.0, 8.0))
    (compared,) = comparisons(PART, CASE, measured)
    assert compared.figures == [2.0, 2.0, 2.0]
    assert compared.met
    (behind,) = comparisons(PART, CASE, record(told(OURS, 1.0), told(PEER, 1.4)))
    assert not behind.met


def test_ours_meets_stock_layers_on_its_own_backend_only():
    measured = record(told(OURS, 1.0), told(SLOWER, 2.0), told(PEER, 3.0), told(SAME, 3.0))
    met = [(c.ours["name"], c.peer["name"]) for c in comparisons(PART, CASE, measured)]
    assert met == [
        (OURS.name, PEER.name),
        (OURS.name, SAME.name),
        (SLOWER.name, PEER.name),
    ]


@pytest.mark.parametrize("goal", [Goal(at_least=2.0), Goal(at_most=1.1), Goal(more=10.0)])
def test_the_better_backend_is_the_faster_one_whatever_the_goal(goal):
    part = dataclasses.replace(PART, goals={"peer": goal})
    measured = record(told(OURS, 1.0), told(SLOWER, 2.0), told(PEER, 3.0))
    (best,) = better_backend(list(comparisons(part, CASE, measured)))
    assert best.ours["name"] == OURS.name


def test_networks_that_are_not_equal_are_found_by_their_parameters():
    measured = [told(OURS, 1.0), told(PEER, 1.0, parameters=9), told(SAME, missing=["stock"])]
    assert unequal(CASE, measured) == ["theirs (9 parameters)"]
    for allowed in (2, None):
        assert unequal(dataclasses.replace(CASE, unequal=allowed), measured) == []


def test_the_page_names_each_command_that_measured_it():
    options = argparse.Namespace(threads=1, rounds=None, turn=0.5)
    measured = [
        record(told(OURS, 1.0), told(PEER, 2.0)) | {"command": performance.command("part", given)}
        for given in (options, options, argparse.Namespace(threads=None, rounds=None, turn=None))
    ]
    plain = "python benchmarks/performance.py --only part"
    text = page.content({"part": PART}, measured)
    assert f"Measured by `{plain} --threads 1 --turn 0.5` or `{plain}`; " in text


def test_the_version_of_every_peer_is_kept():
    kept = {*performance.PEERS, *bookkeeping.versions()}
    modules = {name for needed in contest.NEEDED.values() for name in needed}
    packages = {
        contestant.package
        for part in PARTS.values()
        for case in part.cases(True)
        for contestant in case.contestants
    }
    assert {name.replace("_", "-") for name in modules | packages} <= kept


def test_unequal_networks_fail_alone_and_the_other_cases_go_on(monkeypatch, capsys):
    def compete(part: Part, case: Case, start: Any, **how: Any) -> list[dict[str, Any]]:
        return [told(OURS, 1.0), told(PEER, 1.0, parameters=9 if case is CASE else 7)]

    kept: list[dict[str, Any]] = []
    other = dataclasses.replace(CASE, model="gru")
    part = dataclasses.replace(PART, cases=lambda quick: [CASE, other])
    monkeypatch.setitem(performance.PARTS, "part", part)
    monkeypatch.setattr(performance, "compete", compete)
    monkeypatch.setattr(records, "add", kept.append)
    monkeypatch.setattr(sys, "argv", ["performance.py", "--only", "part"])
    assert performance.main() == 1
    assert "not equal: theirs (9 parameters)" in capsys.readouterr().out
    assert [each["model"] for each in kept] == ["gru"]


def test_the_page_tells_goals_that_are_met_and_others():
    measured = record(
        told(OURS, 1.0), told(SLOWER, 2.0), told(PEER, 2.0), told(SAME, missing=["stock"])
    )
    text = page.content({"part": PART}, [measured])
    assert "| A part | peer | ≥ 1.5 | 1 of 2 | 1 of 1 |" in text
    assert "2.00 (2.00 to 2.00) met; 2,000 ms" in text
    assert "1.00 (1.00 to 1.00) **not met**" in text
    assert "not measured: no stock" in text
    assert "performance-part.svg" not in text  # three comparisons are no picture
    assert "Not measured yet" in page.content({"part": PART}, [])


def test_plots_of_equal_figures_are_equal_files(tmp_path):
    measured = record(told(OURS, 1.0), told(SLOWER, 2.0), told(PEER, 2.0), told(SAME, 3.0))
    compared = list(comparisons(PART, CASE, measured)) * 2
    written = []
    for name in ("a.svg", "b.svg"):
        plots.draw(compared, "A part", tmp_path / name)
        written.append((tmp_path / name).read_bytes())
    assert written[0] == written[1]
    assert plots.worth_drawing(compared) and not plots.worth_drawing(compared[:1])


def test_growth_is_told_as_a_power_of_the_length(tmp_path):
    grown = [
        told(Contestant(f"T = {length}, jax", for_ever, "modelzoo", "jax"), (length / 1000) ** 2)
        | {"memory": (500 + length) * 2**20}
        for length in growth.LENGTHS
    ]
    measured = record(*grown) | {"model": "gpt", "size": growth.UPDATE}
    (row,) = [line for line in growth.table([measured]) if "| jax |" in line]
    assert row.startswith("| gpt | an update | jax | 16.4 ms, 628 MiB |")
    assert "| T^2.00 | T^1." in row
    growth.draw([measured], tmp_path / "growth.svg")
    assert (tmp_path / "growth.svg").read_text().startswith("<?xml")


def test_the_page_of_performance_is_what_the_records_say():
    found = records.latest(records.load(performance.APPLICATION))
    written = between(page.PAGE.read_text(encoding="utf-8"), page.BEGIN, page.END)
    assert written == page.content(PARTS, found).strip()


@pytest.mark.parametrize("name", PARTS)
def test_every_part_has_cases_to_tell_apart_and_opponents_for_each_goal(name):
    part = PARTS[name]
    for quick in (True, False):
        cases = part.cases(quick)
        assert len({(case.model, case.size) for case in cases}) == len(cases)
        packages = set()
        for case in cases:
            assert len({each.name for each in case.contestants}) == len(case.contestants)
            for ours in (each for each in case.contestants if each.ours):
                met = [peer for peer in case.contestants if ours.meets(peer)]
                assert met
                packages |= {peer.package for peer in met}
        assert set(part.goals) <= packages


def test_a_worker_answers_when_told_to_and_nothing_else():
    code = (
        "import time\n"
        "from speed.worker import Turns\n"
        "ticks = Turns(2, '')\n"
        "while True:\n"
        "    ticks()\n"
        "    print('what libraries say')\n"
        "    ticks.parameters = (ticks.parameters or 0) + 1\n"
        "    time.sleep(0.001)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        input="0\n0\n",
        env=referee.environment("", 1),
        capture_output=True,
        text=True,
        check=True,
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each["parameters"] for each in answers] == [2, 3, 4]  # two to warm up, one a turn
    assert answers[0]["seconds"] is None
    assert all(each["seconds"] >= 0.001 and each["memory"] > 0 for each in answers[1:])


def test_work_that_is_paused_takes_no_time_of_a_turn():
    code = (
        "import time\n"
        "from speed.worker import Turns\n"
        "now = 0.0\n"
        "time.perf_counter = lambda: now\n"
        "ticks = Turns(0, '')\n"
        "while True:\n"
        "    ticks()\n"
        "    now += 1.0\n"
        "    with ticks.paused():\n"
        "        now += 7.0\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        input="0\n",
        env=referee.environment("", 1),
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout.splitlines()[1])["seconds"] == 1.0


def test_of_an_operation_around_others_counts_what_is_not_theirs():
    def event(name: str, start: int, duration: int) -> Any:
        return SimpleNamespace(name=name, start_ns=start, duration_ns=duration)

    thread = [
        event("ExecutorState::Process", 0, 100),  # no operation
        event("body/while:While", 10, 50),
        event("dot.17", 10, 20),
        event("body/MatMul:MatMul", 35, 5),
        event("dot.2.clone", 70, 1),
    ]
    assert profiles.kinds([thread, [event("dot", 0, 3)]]) == {
        "While": 25,
        "dot": 24,
        "MatMul": 5,
    }


def test_the_page_shows_the_profiles_that_the_records_hold():
    found = records.latest(records.load(profiles.APPLICATION))
    written = between(page.PAGE.read_text(encoding="utf-8"), profiles.BEGIN, profiles.END)
    assert written == profiles.content(found).strip()
    assert {each["model"] for each in found} == {*profiles.paths()}


class Ended(Exception):
    """Enough ticks were heard."""


class Heard:
    """Ticks that keep what they are told, until it is enough."""

    parameters = memory = None

    def __init__(self, enough: int):
        self.enough, self.units = enough, []

    def __call__(self, units: int = 1) -> None:
        self.units.append(units)
        if len(self.units) == self.enough:
            raise Ended

    paused = staticmethod(contextlib.nullcontext)


def test_early_tokens_stay_early(monkeypatch):
    begun: list[int] = []

    class Writer:
        def stream(self, prompts: Any, most: int, sampling: Any) -> Iterator[list[range]]:
            begun.append(most)
            return iter([[range(generation.CHUNK)]] * (most // generation.CHUNK))

    monkeypatch.setattr(generation, "writer_of", lambda *given: (None, Writer()))
    heard = Heard(enough=20)
    with pytest.raises(Ended):
        generation.early_tokens(generation.long_cases(True)[0], heard)
    a_text = [0, *[generation.CHUNK] * 8]  # all of its chunks but two, which reach token 100
    assert heard.units == [*a_text, *a_text, 0, generation.CHUNK]
    assert begun == [generation.EARLY_END] * 3


def test_the_memory_of_a_whole_process_is_its_own_and_not_that_of_who_runs_it():
    held = bytearray(b"x") * 2**28
    heard = Heard(enough=1)
    with pytest.raises(Ended):
        queries.process(["-c", "held = bytearray(b'x') * 2**26"], CASE, heard)
    assert 2**26 < heard.memory < len(held)


def test_a_process_that_ends_leaves_its_last_words():
    with (
        referee.Process(("no such part", "1", "0", "x"), "", 1) as process,
        pytest.raises(referee.ContestantError, match="no such part"),
    ):
        process.answer()


def test_a_part_runs_at_tiny_shapes_and_keeps_nothing(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["performance.py", "--only", "queries", "--quick"])
    monkeypatch.setattr(records, "add", lambda record: pytest.fail("kept"))
    assert performance.main() == 0
    shown = capsys.readouterr().out
    assert "modelzoo list: " in shown and " ms, " in shown


@pytest.mark.slow
@pytest.mark.parametrize(
    ("part", "case"),
    [("training", "lstm"), ("training", "bert"), ("generation", ""), ("growth", "gru writing")],
)
def test_contestants_that_are_installed_do_the_work_of_their_part(part, case, monkeypatch, capsys):
    arguments = ["performance.py", "--quick", "--only", part, "--case", case]
    monkeypatch.setattr(sys, "argv", arguments)
    assert performance.main() == 0
    assert "failed" not in capsys.readouterr().out
