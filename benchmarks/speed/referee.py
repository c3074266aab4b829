"""Lets the contestants of a case take turns, each in a process of its own."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from typing import IO, Any

from bookkeeping import ROOT

from speed.contest import Case, Contestant, Part, turns
from speed.devices import CPU, GPU

Told = dict[str, Any]


# What has the frameworks compute there, and nowhere else.
DEVICES = {
    CPU: {"CUDA_VISIBLE_DEVICES": "", "JAX_PLATFORMS": "cpu"},
    GPU: {"XLA_PYTHON_CLIENT_PREALLOCATE": "false"},
}


class ContestantError(Exception):
    """A contestant's process ended before it was told to; the message has its last words."""


class Process:
    """A contestant at work; a context manager that ends it.

    Args:
        arguments: Of `worker`: the part, whether it is quick, the case's number, the contestant.
        backend: Keras' backend.
        threads: How many it may compute with.
        device: Where it computes.
    """

    def __init__(self, arguments: tuple[str, ...], backend: str, threads: int, device: str = CPU):
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed at the end
        self._process = subprocess.Popen(
            [sys.executable, "-m", "speed.worker", *arguments],
            env=environment(backend, threads, device),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )
        limit_cores(self._process.pid, threads)

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._errors.close()

    def answer(self) -> Told:
        """What it says next: first that it is ready, then how long each turn took.

        Raises:
            ContestantError: It ended instead.
        """
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._process.wait()
            self._errors.seek(0)
            words = self._errors.read().decode(errors="replace").strip().splitlines()
            raise ContestantError(words[-1] if words else f"ended: {self._process.returncode}")
        return json.loads(line)

    def turn(self, seconds: float) -> Told:
        """Has it work for some time.

        Raises:
            ContestantError: It ended instead.
        """
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            print(seconds, file=self._process.stdin, flush=True)
        return self.answer()


def environment(backend: str, threads: int, device: str = CPU) -> dict[str, str]:
    """The environment of a contestant: this checkout's modules, a backend, threads, and a device.

    Those of the processor see no GPU. Those of a GPU share its memory, as all of a case are there
    at once: JAX would take three quarters of it.
    """
    paths = [str(ROOT / "benchmarks"), str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    limits = (
        "OMP_NUM_THREADS",
        "MKL_NUM_THREADS",
        "TF_NUM_INTRAOP_THREADS",
        "TF_NUM_INTEROP_THREADS",
    )
    left = {"PYTHONDONTWRITEBYTECODE", "JAX_PLATFORMS"}
    own = {key: value for key, value in os.environ.items() if key not in left}
    return {
        **own,
        **dict.fromkeys(limits, str(threads)),
        **DEVICES[device],
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "KERAS_BACKEND": backend or "tensorflow",
        "PYTHONPATH": os.pathsep.join(paths),
    }


def limit_cores(process: int, threads: int) -> None:
    """Keeps a process to as many cores as threads: JAX has no setting of its own for that."""
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        with contextlib.suppress(ProcessLookupError):
            os.sched_setaffinity(process, cores[:threads])


def compete(
    part: Part,
    case: Case,
    start: Callable[[Contestant], Process],
    *,
    rounds: int | None = None,
    seconds: float | None = None,
) -> list[Told]:
    """Has all contestants of a case that can take part do so.

    Args:
        part: Says how.
        case: What they do.
        start: Starts the process of one.
        rounds: Turns of each; None for the part's.
        seconds: A turn's length; None for the part's.

    Returns:
        One entry a contestant: its name and package and, of those that took part, seconds a unit of
        work in each round, by the clock and of the processor, parameters and the peak of memory in
        bytes; of others what was missing or how they failed.
    """
    rounds, seconds = rounds or part.rounds, part.seconds if seconds is None else seconds
    told: dict[str, Told] = {}
    running: dict[str, Process] = {}
    with contextlib.ExitStack() as stack:
        for each in case.contestants:
            told[each.name] = _entry(each)
            if not told[each.name].get("missing") and not part.fresh:
                running[each.name] = stack.enter_context(start(each))
        for name, process in [*running.items()]:
            _hear(told[name], process.answer)
        for each in turns(case.contestants, rounds):
            entry = told[each.name]
            if entry.get("missing") or entry.get("failed"):
                continue
            if part.fresh:
                with start(each) as process:
                    _hear(entry, process.answer)
                    if not entry.get("failed"):
                        _hear(entry, partial(process.turn, 0))
            else:
                _hear(entry, partial(running[each.name].turn, seconds))
    return list(told.values())


def _entry(contestant: Contestant) -> Told:
    entry: Told = {
        "name": contestant.name,
        "package": contestant.package,
        "backend": contestant.backend,
        "seconds": [],
        "processor": [],
    }
    missing = contestant.missing()
    return entry | {"missing": missing} if missing else entry


def _hear(entry: Told, answer: Callable[[], Told]) -> None:
    """Notes an answer, or that there was none."""
    try:
        said = answer()
    except ContestantError as error:
        entry["failed"] = str(error)
        return
    if said["seconds"] is not None:
        for name in ("seconds", "processor"):
            entry[name].append(float(f"{said[name]:.4g}"))
    entry["parameters"], entry["memory"] = said["parameters"], said["memory"]


def starter(
    part_name: str, quick: bool, case_number: int, threads: int
) -> Callable[[Contestant], Process]:
    """Starts the processes of a case's contestants."""

    def start(contestant: Contestant) -> Process:
        arguments = (part_name, str(int(quick)), str(case_number), contestant.name)
        return Process(arguments, contestant.backend, threads, contestant.device)

    return start


def available_threads() -> int:
    """The cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
