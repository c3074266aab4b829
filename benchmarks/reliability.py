"""What was tried against the package and what was lost: the counts of docs/reliability.md.

`python benchmarks/reliability.py` runs all parts one after another, `--only kills plugins` some
(`--list` lists them). Each but two is a selection of the tests, run here and counted from pytest's
own report; `coverage` runs the whole default suite and takes as long (it needs pytest-cov), and the
fuzzing is measured by `python benchmarks/fuzzing.py`. Counts are kept in
benchmarks/results/reliability.json, and `--write` makes the page from the records alone.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import bookkeeping
import records
import reliability_page

APPLICATION = "reliability"
COVERAGE = "coverage"


class Part(NamedTuple):
    """A selection of the tests that tries one kind of harm.

    Attributes:
        title: What is tried, for the page.
        files: Patterns of the tests' files.
        keyword: Which of their tests, in pytest's words; all where it is empty.
    """

    title: str
    files: tuple[str, ...]
    keyword: str = ""


PARTS = {
    "input": Part("bad input, in Python and on the command line", ("test_bad_*.py",)),
    "bundles": Part(
        "files that are hostile, damaged or of other versions, full disks, read-only folders",
        ("test_bundle.py", "test_bundle_files.py"),
        "not killed",
    ),
    "kills": Part(
        "processes killed while they save or train",
        ("test_bundle_files.py", "test_checkpoints.py"),
        "killed",
    ),
    "training": Part(
        "damaged checkpoints, full disks, numbers that are not finite, Ctrl-C",
        ("test_checkpoints.py",),
        "not killed",
    ),
    "readers": Part("changed files against every reader", ("test_fuzzing.py",)),
    "scikit-learn": Part(
        "scikit-learn's checks of estimators, and ours of those of texts", ("test_scikit_learn.py",)
    ),
    "containers": Part(
        "tables, columns and loaders of other libraries",
        ("test_interchange.py", "test_tables.py", "test_streams.py"),
    ),
    "copies": Part(
        "pickle, copies, threads and processes",
        ("test_estimators.py", "test_side_by_side.py"),
        "pickled or copied or copy or threads or processes",
    ),
    "plugins": Part(
        "plugins that misbehave", ("test_plugins.py", "test_example_plugin.py", "test_registry.py")
    ),
}


def files_of(part: Part) -> list[str]:
    """The files of tests that a part names and that there are."""
    tests = bookkeeping.ROOT / "tests"
    found = [path for pattern in part.files for path in sorted(tests.glob(pattern))]
    return [str(path.relative_to(bookkeeping.ROOT)) for path in found]


def counts_of(report: Path) -> dict[str, Any]:
    """How the tests of a report ended, and the sum of each number that those which passed noted.

    Args:
        report: A file that pytest's ``--junit-xml`` wrote.

    Raises:
        SystemExit: There is no test in it: nothing lost would be no finding.
    """
    counts: dict[str, Any] = {"passed": 0, "expected": 0, "skipped": 0, "lost": []}
    noted: dict[str, int] = {}
    for case in ElementTree.parse(report).iter("testcase"):
        kinds = {child.tag: child for child in case}
        if "failure" in kinds or "error" in kinds:
            counts["lost"].append(str(case.get("name")))
        elif "skipped" in kinds:
            expected = "xfail" in str(kinds["skipped"].get("type"))
            counts["expected" if expected else "skipped"] += 1
        else:
            counts["passed"] += 1
            for each in case.iter("property"):
                name, value = str(each.get("name")), str(each.get("value"))
                if value.isdigit():
                    noted[name] = noted.get(name, 0) + int(value)
    if not (counts["lost"] or any(counts[each] for each in ("passed", "expected", "skipped"))):
        raise SystemExit("pytest found no such tests: the part's files or keyword are out of date")
    return counts | {"noted": noted}


def run_tests(options: Sequence[str]) -> dict[str, Any]:
    """Runs tests in a process of their own, and counts."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", f"--junit-xml={report}", *options]
        done = subprocess.run(
            command, cwd=bookkeeping.ROOT, env=_environment(), capture_output=True, text=True
        )
        if not report.exists():
            raise SystemExit(f"pytest ended without a report:\n{done.stdout}\n{done.stderr}")
        return counts_of(report)


def measure(name: str) -> dict[str, Any] | None:
    """Runs a part; None where there are no tests of it yet."""
    if name == COVERAGE:
        return measure_coverage()
    files = files_of(PARTS[name])
    if not files:
        return None
    keyword = ["-k", PARTS[name].keyword] if PARTS[name].keyword else []
    # Slow ones too; one process is enough, and takes nothing from what else the machine does.
    return run_tests(["-n", "0", "-m", "slow or not slow", *keyword, *files])


def measure_coverage() -> dict[str, Any]:
    """The default suite, and which lines of the package it runs."""
    if importlib.util.find_spec("pytest_cov") is None:
        raise SystemExit("the coverage is measured by pytest-cov: pip install pytest-cov")
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "coverage.json"
        counts = run_tests(["--cov=modelzoo", f"--cov-report=json:{report}"])
        found = json.loads(report.read_text(encoding="utf-8"))
    modules = {
        Path(path).as_posix(): {
            "lines": each["summary"]["num_statements"],
            "missed": each["missing_lines"],
        }
        for path, each in found["files"].items()
        if each["summary"]["num_statements"]
    }
    return counts | {"modules": modules}


def main() -> int:
    """Measures what the command line names; the exit status is 1 where something was lost."""
    names = [*PARTS, COVERAGE]
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", choices=names, metavar="PART", help="default: all")
    parser.add_argument("--list", action="store_true", help="list the parts")
    parser.add_argument("--write", action="store_true", help="make the page from the records")
    arguments = parser.parse_args()
    if arguments.list:
        print("\n".join(f"{name}: {part.title}" for name, part in PARTS.items()))
        print(f"{COVERAGE}: lines that the default suite runs")
        return 0
    lost = 0
    for name in arguments.only or ([] if arguments.write else names):
        source, begin = bookkeeping.commit(), time.perf_counter()
        found = measure(name)
        if found is None:
            print(f"{name}: there are no such tests", flush=True)
            continue
        records.add(_record(name, found, source, time.perf_counter() - begin))
        lost += len(found["lost"])
        print(f"{name}: {found['passed']} passed, {len(found['lost'])} lost", flush=True)
        for each in found["lost"]:
            print(f"  {each}", flush=True)
    if arguments.write:
        reliability_page.write({name: part.title for name, part in PARTS.items()})
    return 1 if lost else 0


def _record(name: str, found: Mapping[str, Any], source: str, seconds: float) -> records.Record:
    return {
        **found,
        "application": APPLICATION,
        "dataset": name,
        "model": None,
        "size": None,
        "horizon": None,
        "seed": None,
        "command": f"python benchmarks/reliability.py --only {name}",
        "seconds": round(seconds, 1),
        "machine": bookkeeping.machine(),
        "versions": bookkeeping.versions(),
        "date": time.strftime("%Y-%m-%d"),
        "commit": source,
    }


def _environment() -> dict[str, str]:
    """That of this process, with the modelzoo of this checkout before an installed one."""
    paths = [str(bookkeeping.ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


if __name__ == "__main__":
    sys.exit(main())
