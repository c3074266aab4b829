"""What training and writing spend their time on, by the profilers of the backends themselves.

`python benchmarks/profiles.py` runs a few updates of a transformer and of a recurrent network, and
a text being written, on each backend in a process of its own, and adds up the time within each kind
of operation: TensorFlow's by the names of its kernels, JAX's by those that XLA gives what it has
compiled. It needs the extra `jax`, which reads both backends' traces. `--write` makes the table of
docs/performance.md from the records in benchmarks/results/profiles.json.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import bookkeeping
import records
from result_tables import origin
from speed import generation, training
from speed.contest import Case, Ticks
from speed.page import PAGE
from speed.referee import available_threads, environment

APPLICATION = "profiles"
BACKENDS = ("tensorflow", "jax")
BEGIN = "<!-- profiles: written by benchmarks/profiles.py -->"
END = "<!-- end of profiles -->"
SHOWN = 3  # kinds of operations
# Names that stand for waiting, or for the whole of a program.
NO_OPERATIONS = re.compile(
    r"Execut|Process|Run|Start|Stop|Record|Await|Prefetch|Thunk|BlockUntilReady|ParallelFor|"
    r"CpuExecutable|Done|PjRt"
)
# What an operation does, and what would remove it, by the beginning of its name; first come first.
MEANINGS = (
    (r"(_Mkl)?BatchMatMul", "products within attention", "a fused kernel that keeps no scores"),
    (
        r"(_Mkl|_MklNative)?(MatMul|FusedMatMul)|_FusedMatMul|dot",
        "products of matrices",
        "faster ones, of half precision where the machine has it, or fewer weights",
    ),
    (r"custom-call", "ordering of the likeliest tokens", "a draw that needs no order"),
    (
        r"ynn",
        "a product with what follows it, or a sum over rows",
        "faster products, or fewer weights",
    ),
    (r"While|while", "steps of a loop", "a fused kernel of all steps"),
    (r"Transpose|transpose|copy", "copying, or laying out anew", "kernels that work in place"),
    (r"Erf|erf", "gelu", "its approximation by tanh"),
    (r"TopK|topk|sort", "ordering of the likeliest tokens", "a draw that needs no order"),
    (
        r"XlaDynamicUpdateSlice|dynamic-update|TensorScatter|Scatter|scatter",
        "writing into a cache or a table",
        "doing so in place",
    ),
    (
        r"Mul|Add|Sub|Square|Neg|Tanh|Sigmoid|Exp|.*fusion",
        "sums and products of single numbers",
        "fusing them, as XLA does, and a packed update of all weights",
    ),
)


class Traced:
    """Ticks that trace some units of work after some others, and end it.

    Args:
        backend: Whose profiler traces.
        folder: Where it leaves the trace.
        before: Units of work to warm up.
        units: Units of work that are traced.
    """

    parameters = memory = None
    paused = staticmethod(contextlib.nullcontext)  # nothing that is profiled pauses

    def __init__(self, backend: str, folder: Path, before: int, units: int):
        self._start, self._stop = _profiler(backend, folder)
        self._first, self._last = before, before + units
        self._done = -1

    def __call__(self, units: int = 1) -> None:
        self._done += units
        if self._done == self._first:
            self._start()
        elif self._done >= self._last:
            self._stop()
            raise Finished


class Finished(BaseException):
    """Enough is traced; not caught by what is profiled."""


def _profiler(backend: str, folder: Path) -> tuple[Callable[[], Any], Callable[[], Any]]:
    if backend == "jax":
        import jax

        options = jax.profiler.ProfileOptions()
        options.python_tracer_level = 0  # it would slow down what is traced
        return lambda: jax.profiler.start_trace(str(folder), profiler_options=options), (
            jax.profiler.stop_trace
        )
    import tensorflow as tf

    return lambda: tf.profiler.experimental.start(str(folder)), tf.profiler.experimental.stop


def paths() -> dict[str, tuple[Case, Callable[[Case, Ticks], None], int, int]]:
    """What is profiled by name: a case, its work, units before and within the trace."""
    found: dict[str, tuple[Case, Callable[[Case, Ticks], None], int, int]] = {}
    cases = training.cases(False)
    for model in ("lstm", "gpt"):
        case = next(each for each in cases if each.model == model)
        found[f"{model}: an update, {case.size}"] = (case, training.ours, 20, 20)
    case = generation.cases(False)[0]
    found[f"gpt: writing, {case.size}"] = (case, generation.ours, 2, 5)
    return found


def kinds(lines: Iterable[Iterable[Any]]) -> Counter[str]:
    """Nanoseconds within each kind of operation, without what is within operations therein.

    Args:
        lines: Of a trace: the events of a thread, with name, start_ns and duration_ns.
    """
    found: Counter[str] = Counter()
    for events in lines:
        around: list[tuple[float, str]] = []  # where those that are under way end
        for event in sorted(events, key=lambda each: (each.start_ns, -each.duration_ns)):
            name = re.sub(r"(\.\d+|\.clone)+$", "", event.name.rsplit(":", 1)[-1])
            if not name or NO_OPERATIONS.match(name):
                continue
            while around and around[-1][0] <= event.start_ns:
                around.pop()
            if around:
                found[around[-1][1]] -= event.duration_ns
            found[name] += event.duration_ns
            around.append((event.start_ns + event.duration_ns, name))
    return found


def profile(name: str, backend: str) -> dict[str, float]:
    """Milliseconds a unit of work within each kind of operation; in a process of its own."""
    import jax

    case, work, before, units = paths()[name]
    with tempfile.TemporaryDirectory() as folder:
        with contextlib.suppress(Finished):
            work(case, Traced(backend, Path(folder), before, units))
        (trace,) = Path(folder).rglob("*.xplane.pb")
        planes = jax.profiler.ProfileData.from_file(str(trace)).planes
        found = kinds(
            list(line.events)
            for plane in planes
            for line in plane.lines
            if line.name.startswith("tf_") and not line.name.startswith("tf_data")
        )
    return {kind: round(each / units / 1e6, 4) for kind, each in found.most_common() if each > 0}


def meaning(kind: str) -> tuple[str, str]:
    """What a kind of operation does, and what would remove it.

    >>> meaning("_MklBatchMatMulV2")[0], meaning("_MklNativeFusedMatMul")[0]
    ('products within attention', 'products of matrices')
    """
    for pattern, does, remedy in MEANINGS:
        if re.match(pattern, kind):
            return does, remedy
    return "", ""


def content(found: list[records.Record]) -> str:
    """The table of the page."""
    lines = [
        "The three largest shares of the time within operations, all threads together, as the "
        "backends' profilers name them: TensorFlow's kernels, and what XLA has compiled for JAX. "
        "The milliseconds are of an update, or of a text, as they are while the profiler looks on.",
        "",
        "| | backend | ms | the most | then | then |",
        "|---|---|---|---|---|---|",
    ]
    for record in found:
        taken_by = {k: each for k, each in record["kinds"].items() if not NO_OPERATIONS.match(k)}
        whole = sum(taken_by.values())
        cells = []
        for kind, taken in [*taken_by.items()][:SHOWN]:
            does, remedy = meaning(kind)
            words = f": {does}; what would help: {remedy}" if does else ""
            cells.append(f"{taken / whole:.0%} `{kind}`{words}")
        row = [record["model"], record["backend"], f"{whole:,.1f}", *cells]
        lines.append(f"| {' | '.join(row)} |")
    return "\n".join([*lines, "", f"`{found[0]['command']}`; {origin(found)}."])


def main() -> int:
    """Profiles all paths, or writes the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--write", action="store_true", help="make the table from the records")
    parser.add_argument("--one", nargs=2, metavar=("PATH", "BACKEND"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(profile(*arguments.one)))
        return 0
    for name in () if arguments.write else paths():
        for backend in BACKENDS:
            source, begin = bookkeeping.commit(), time.perf_counter()
            done = subprocess.run(
                [sys.executable, __file__, "--one", name, backend],
                env=environment(backend, available_threads()),
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            )
            found = json.loads(done.stdout.splitlines()[-1])
            print(f"{name}, {backend}: {[*found.items()][:SHOWN]}", flush=True)
            record = {
                "application": APPLICATION,
                "dataset": backend,
                "model": name,
                "size": None,
                "horizon": None,
                "seed": None,
                "backend": backend,
                "kinds": found,
                "command": "python benchmarks/profiles.py",
                "seconds": round(time.perf_counter() - begin, 1),
                "machine": f"{bookkeeping.machine()}, threads: {available_threads()}",
                "versions": bookkeeping.versions(),
                "date": time.strftime("%Y-%m-%d"),
                "commit": source,
            }
            records.add(record)
    if arguments.write:
        bookkeeping.put_between(
            PAGE, BEGIN, END, content(records.latest(records.load(APPLICATION)))
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
