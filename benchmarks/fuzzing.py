"""Changed files against each reader: it reads them or refuses them, soon, in little memory.

Run it with `python benchmarks/fuzzing.py --seconds 60`; `--target bundle --inputs 1000 --seed 3`
repeats a part. Anything but a `ModelZooError`, more than two seconds of computing for an input of
some kilobytes, or memory that grows by more than 200 MB is a finding. Each target runs in a process
of its own, so that one that crashes is a finding too. What was tried and found is written to
benchmarks/results/fuzzing.json.

`--engine atheris`, where atheris is installed, has the inputs chosen by what they reach in the code
(libFuzzer) in place of chance; it ends at the first finding.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import bookkeeping
import records
from fuzz_targets import TARGETS, Target

from modelzoo.errors import ModelZooError

SLOW, HANGING = 2.0, 60  # seconds: of computing for one input; until it is ended
MOST_GROWTH = 200  # megabytes of memory for one input
MOST_FINDINGS = 20  # of a target that are described


class Hanging(BaseException):
    """An input that does not come to an end; no `except Exception` may swallow it."""


def fuzz(
    name: str, *, seconds: float | None = None, inputs: int | None = None, seed: int = 0
) -> dict[str, Any]:
    """Tries changed inputs on a target.

    Args:
        name: One of `TARGETS`.
        seconds: How long, or
        inputs: how many.
        seed: Decides the inputs.

    Returns:
        How many were tried, read and refused, how long the slowest took, and the findings.
    """
    target, rng = TARGETS[name], random.Random(f"{name} {seed}")
    seeds = target.seeds()
    found: dict[str, Any] = {"inputs": 0, "read": 0, "refused": 0, "slowest": 0.0, "findings": []}
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        os.environ["XDG_CACHE_HOME"] = folder  # the registry's reader remembers what it read
        path = Path(folder) / f"input{target.suffix}"
        for content in seeds:  # imports what is needed, and shows that the seeds are read
            path.write_bytes(content)
            target.read(path)
        end = time.monotonic() + (seconds if seconds is not None else 1e9)
        while time.monotonic() < end and (inputs is None or found["inputs"] < inputs):
            content = target.change(seeds, rng)
            path.write_bytes(content)
            _try(target, path, content, found)
    return found


def _try(target: Target, path: Path, content: bytes, found: dict[str, Any]) -> None:
    start, memory, problem = time.process_time(), _memory(), None
    _alarm(HANGING)
    try:
        target.read(path)
        found["read"] += 1
    except ModelZooError as error:
        found["refused"] += 1
        if not str(error):
            problem = "an error that says nothing"
    except Hanging:
        problem = f"no end within {HANGING} s"
    except BaseException as error:  # what native code raises need not be an Exception
        problem = f"{type(error).__name__}: {str(error)[:200]}"
        if isinstance(error, KeyboardInterrupt):
            raise
    finally:
        _alarm(0)
    took, growth = time.process_time() - start, _memory() - memory
    found["inputs"] += 1
    found["slowest"] = max(found["slowest"], round(took, 3))
    if problem is None and took > SLOW:
        problem = f"{took:.1f} s"
    if problem is None and growth > MOST_GROWTH:
        problem = f"{growth:.0f} MB more memory"
    if problem is None:
        return
    known = {each["problem"]: each for each in found["findings"]}
    if problem in known:
        known[problem]["times"] += 1
    elif len(known) < MOST_FINDINGS:
        shown = base64.b64encode(content[:20_000]).decode()
        found["findings"].append({"problem": problem, "times": 1, "input": shown})


def _alarm(seconds: int) -> None:
    def ended(*_: object) -> None:
        raise Hanging

    signal.signal(signal.SIGALRM, ended)
    signal.alarm(seconds)


def _memory() -> float:
    """The most memory that the process has ever had, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def with_atheris(name: str, *, inputs: int, seed: int) -> None:
    """Has libFuzzer choose the inputs; does not return."""
    import atheris

    target = TARGETS[name]
    folder = tempfile.mkdtemp()
    corpus = Path(folder) / "corpus"
    corpus.mkdir()
    for number, content in enumerate(target.seeds()):
        (corpus / str(number)).write_bytes(content)
    os.environ["XDG_CACHE_HOME"] = folder
    path = Path(folder) / f"input{target.suffix}"
    warnings.simplefilter("ignore")
    with atheris.instrument_imports(include=["modelzoo", "zipfile", "json"]):
        path.write_bytes(target.seeds()[0])
        target.read(path)

    def one_input(content: bytes) -> None:
        path.write_bytes(content)
        with contextlib.suppress(ModelZooError):
            target.read(path)

    options = [f"-runs={inputs}", f"-seed={seed + 1}", "-timeout=60", "-rss_limit_mb=2048"]
    atheris.Setup([sys.argv[0], *options, "-max_len=20000", str(corpus)], one_input)
    atheris.Fuzz()


def in_own_process(name: str, arguments: argparse.Namespace) -> dict[str, Any]:
    """Fuzzes a target in a process of its own; a crash is a finding."""
    given = [f"--{key}={getattr(arguments, key)}" for key in ("seconds", "inputs", "seed", "engine")
             if getattr(arguments, key) is not None]  # fmt: skip
    command = [sys.executable, __file__, "--alone", "--target", name, *given]
    paths = [str(bookkeeping.ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths), "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if arguments.engine == "atheris":
        ended = done.stderr.strip().splitlines()[-1:]
        problems = [] if done.returncode == 0 else [{"problem": " ".join(ended)}]
        return {"inputs": arguments.inputs, "findings": problems, "said": ended}
    if done.returncode == 0:
        return json.loads(done.stdout.splitlines()[-1])
    problem = f"the process ended with {done.returncode}: {done.stderr[-500:]}"
    return {"inputs": None, "findings": [{"problem": problem}]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target", action="append", choices=TARGETS, help="by default all")
    parser.add_argument("--seconds", type=float, help="for each target (default: 30)")
    parser.add_argument("--inputs", type=int, help="for each target, in place of seconds")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--engine", choices=["chance", "atheris"], default="chance")
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.seconds is None and arguments.inputs is None:
        arguments.seconds = 30.0
    if arguments.engine == "atheris" and arguments.inputs is None:
        parser.error("--engine atheris needs --inputs")
    names = arguments.target or list(TARGETS)
    if arguments.alone and arguments.engine == "atheris":
        with_atheris(names[0], inputs=arguments.inputs, seed=arguments.seed)
    if arguments.alone:
        own = {key: getattr(arguments, key) for key in ("seconds", "inputs", "seed")}
        print(json.dumps(fuzz(names[0], **own)))
        return
    for name in names:
        start = time.perf_counter()
        found = in_own_process(name, arguments)
        record = {
            **found,
            "application": "fuzzing",
            "dataset": name,
            "model": arguments.engine,
            "size": None,
            "horizon": None,
            "seed": arguments.seed,
            "command": " ".join(["python", "benchmarks/fuzzing.py", *sys.argv[1:]]),
            "seconds": round(time.perf_counter() - start, 1),
            "machine": bookkeeping.machine(),
            "versions": bookkeeping.versions(),
            "date": time.strftime("%Y-%m-%d"),
            "commit": bookkeeping.commit(),
        }
        records.add(record)
        counts = ", ".join(f"{found[key]} {key}" for key in ("read", "refused") if key in found)
        print(f"{name}: {found['inputs']} inputs ({counts}), {len(found['findings'])} findings")
        for finding in found["findings"]:
            print(f"  {finding['problem']} ({finding.get('times', 1)} times)")


if __name__ == "__main__":
    main()
