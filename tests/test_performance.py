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
from speed import contest, devices, generation, gpu, growth, page, plots, queries, referee, worker
from speed.comparisons import better_backend, comparisons, unequal
from speed.contest import Case, Contestant, Goal, Part, for_ever
from speed.devices import CPU, GPU
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


@pytest.fixture
def no_gpu(monkeypatch):
    """Machines that have one are as those without."""
    monkeypatch.setattr(contest, "gpu_at_hand", lambda: False)


@pytest.mark.usefixtures("installed", "no_gpu")
def test_a_gpu_is_missing_for_those_that_compute_on_one():
    assert Contestant("a", for_ever, "peer", device=GPU).missing() == ["a GPU"]
    assert PEER.missing() == []


@pytest.mark.usefixtures("installed")
def test_a_gpu_that_is_hidden_is_none(monkeypatch):
    monkeypatch.setattr(devices.shutil, "which", lambda name: name)
    on_gpu = Contestant("a", for_ever, "peer", device=GPU)
    for hidden, missing in (("", ["a GPU"]), ("-1", ["a GPU"]), ("1", [])):
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", hidden)
        assert on_gpu.missing() == missing


def test_those_of_the_processor_see_no_gpu_and_those_of_a_gpu_share_it(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    monkeypatch.delenv("JAX_PLATFORMS", raising=False)
    on_cpu, on_gpu = (referee.environment("jax", 3, device) for device in (CPU, GPU))
    assert (on_cpu["CUDA_VISIBLE_DEVICES"], on_cpu["JAX_PLATFORMS"]) == ("", "cpu")
    assert on_gpu["CUDA_VISIBLE_DEVICES"] == "1" and "JAX_PLATFORMS" not in on_gpu
    assert on_gpu["XLA_PYTHON_CLIENT_PREALLOCATE"] == "false"
    assert on_cpu["OMP_NUM_THREADS"] == on_gpu["OMP_NUM_THREADS"] == "3"


def test_jax_does_not_compute_on_the_processor_in_place_of_a_gpu(monkeypatch):
    jax = SimpleNamespace(default_backend=lambda: "cpu")
    monkeypatch.setitem(sys.modules, "jax", jax)
    with pytest.raises(SystemExit, match=r"pip install 'jax\[cuda12\]'"):
        worker.check_jax()
    jax.default_backend = lambda: "gpu"
    worker.check_jax()


@pytest.mark.usefixtures("installed", "no_gpu")
@pytest.mark.parametrize("name", ["gpu_training", "gpu_generation"])
def test_without_a_gpu_nothing_is_kept_and_that_is_no_failure(name, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["performance.py", "--only", name])
    monkeypatch.setattr(records, "add", lambda record: pytest.fail("kept"))
    assert performance.main() == 0
    shown = capsys.readouterr().out
    assert shown.count("nothing is kept: not measured, without a GPU\n") == len(
        PARTS[name].cases(False)
    )
    assert "pip install" not in shown


def test_the_page_tells_how_to_measure_on_a_gpu():
    text = page.content({"gpu_training": gpu.TRAINING}, [])
    assert "no GPU was at hand" in text
    assert (
        "`KERAS_BACKEND=jax python benchmarks/performance.py --only gpu_training gpu_generation`"
    ) in text


def record_on_gpu(case: Case, *contestants: dict[str, Any]) -> dict[str, Any]:
    return record(*contestants) | {"model": case.model, "size": case.size, "amount": case.amount}


def case_on_gpu(part: Part, model: str, precision: str, words: str = "") -> Case:
    return next(
        each
        for each in part.cases(False)
        if each.model == model and words in each.size and each.size.endswith(precision)
    )


def test_operations_on_a_gpu_are_shares_of_the_product_of_large_matrices():
    product = case_on_gpu(gpu.TRAINING, gpu.PRODUCT, "bfloat16")
    lstm = case_on_gpu(gpu.TRAINING, "lstm", "bfloat16")
    ours, torch = lstm.contestants
    measured = [
        record_on_gpu(product, told(product.contestants[0], 0.004, 0.002, 0.004)),
        record_on_gpu(lstm, told(ours, 0.01, 0.02, 0.02), told(torch, 0.01, 0.01, 0.01)),
    ]
    assert gpu.TRAINING.table is not None
    rows = gpu.TRAINING.table(measured)[2:]
    # Twice 8192 cubed in two milliseconds are 549.8 TFLOP/s. An update is of 64 x 512 tokens, three
    # times 2 x 4 x 512 x (512 + 512) and 2 x 8192 x 512 operations each: 1.237 TFLOP.
    assert rows == [
        "| matrix product | 8192 x 8192 | bfloat16 | torch | 4.00 ms | 275 TFLOP/s | 50.0% |  |",
        "| lstm | 64 x 512, 512 wide | bfloat16 | modelzoo, jax | 20.0 ms | 61.8 TFLOP/s | 11.2% "
        "| 0.50 (0.50 to 1.00) |",
        "| lstm | 64 x 512, 512 wide | bfloat16 | torch | 10.0 ms | 124 TFLOP/s | 22.5% |  |",
    ]
    elsewhere = measured[0] | {"machine": "another"}
    for of_no_peak in (measured[1:], [elsewhere, *measured[1:]]):
        assert "| 124 TFLOP/s |  |  |" in gpu.TRAINING.table(of_no_peak)[-1]


def test_the_operations_of_a_transformer_are_those_of_weights_attention_and_reading_out():
    case = case_on_gpu(gpu.TRAINING, "gpt", "float32")
    weights = 12 * (4 * 768 * 768 + 2 * 768 * 3072)
    forward = 2 * weights + 12 * 2 * 2 * 512 * 768 + 2 * 768 * 50_257  # scores, and what they find
    assert gpu.update_tflop(case, {}) == pytest.approx(3 * forward * 32 * 512 / 1e12)


def test_bytes_on_a_gpu_are_shares_of_those_of_a_copy():
    copies = [case_on_gpu(gpu.GENERATION, gpu.COPY, each) for each in gpu.POLICIES]
    texts = [case_on_gpu(gpu.GENERATION, "gpt", each, "8 texts") for each in gpu.POLICIES]
    measured = [record_on_gpu(each, told(each.contestants[0], 0.001)) for each in copies]
    measured += [
        record_on_gpu(
            each, *(told(one, 0.5, parameters=125_000_000) for one in each.contestants[:1])
        )
        for each in texts
    ]
    assert gpu.GENERATION.table is not None
    rows = gpu.GENERATION.table(measured)[2:]
    # Read and written twice 2**30 bytes in a millisecond: 2,147 GB/s. For 256 tokens of each of
    # eight texts 125 million weights of 4 or 2 bytes are read 256 times: 128 or 64 GB.
    assert rows[2:] == [
        "| gpt | 12 x 768, 8 texts | float32 | modelzoo, jax | 4,096 tokens/s | 256 GB/s | 11.9% "
        "|  |",
        "| gpt | 12 x 768, 8 texts | bfloat16 | modelzoo, jax | 4,096 tokens/s | 128 GB/s | 6.0% "
        "|  |",
    ]
    assert "| 1.00 ms | 2,147 GB/s | 100.0% |" in rows[0]


def test_what_a_gpu_is_measured_on_names_the_one_that_frameworks_see(monkeypatch):
    def run(command: list[str], **options: Any) -> SimpleNamespace:
        return SimpleNamespace(stdout="NVIDIA H200, 570.1\n" if "--id=3" in command else "other")

    monkeypatch.setattr(devices.subprocess, "run", run)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,1")
    on_gpu = gpu.TRAINING.cases(False)[0]
    assert performance.machine(on_gpu, 4).endswith("threads: 4, NVIDIA H200, driver 570.1")
    assert performance.machine(CASE, 4).endswith("threads: 4")


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


def test_a_turn_on_a_gpu_ends_when_the_gpu_does():
    code = (
        "import sys, time\n"
        "from types import SimpleNamespace\n"
        "from speed.worker import Turns\n"
        "now = 0.0\n"
        "def synchronize():\n"
        "    global now\n"
        "    now += 7.0\n"
        "time.perf_counter = lambda: now\n"
        "sys.modules['torch'] = SimpleNamespace(cuda=SimpleNamespace(synchronize=synchronize))\n"
        "ticks = Turns(0, '', sys.argv[1])\n"
        "while True:\n"
        "    ticks()\n"
        "    now += 1.0\n"
    )
    for device, seconds in ((CPU, 1.0), (GPU, 8.0)):
        done = subprocess.run(
            [sys.executable, "-c", code, device],
            input="0\n",
            env=referee.environment("", 1),
            capture_output=True,
            text=True,
            check=True,
        )
        assert json.loads(done.stdout.splitlines()[1])["seconds"] == seconds


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
    [
        ("training", "lstm"),
        ("training", "bert"),
        ("generation", ""),
        ("growth", "gru writing"),
        ("gpu_training", ""),
        ("gpu_generation", ""),
    ],
)
def test_contestants_that_are_installed_do_the_work_of_their_part(part, case, monkeypatch, capsys):
    arguments = ["performance.py", "--quick", "--only", part, "--case", case]
    monkeypatch.setattr(sys, "argv", arguments)
    assert performance.main() == 0
    assert "failed" not in capsys.readouterr().out
