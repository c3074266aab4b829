"""How long queries take as a whole process, against Python's own start-up.

Run it with `python benchmarks/startup.py`. The commands take turns, so that whatever else the
machine does falls on all of them alike; the figures are medians, and ratios to `python -c pass`.
All of them run from compiled bytecode, as an installed package does.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "import dataclasses, json": ["-c", "import dataclasses, json"],
    "import modelzoo": ["-c", "import modelzoo"],
    "modelzoo.list_models()": ["-c", "import modelzoo; modelzoo.list_models()"],
    "modelzoo list": ["-m", "modelzoo", "list"],
}


def measure(repeats: int) -> dict[str, list[float]]:
    """Times each command in turn, after one unmeasured round that fills the caches."""
    seconds: dict[str, list[float]] = {label: [] for label in COMMANDS}
    root = Path(__file__).resolve().parents[1]
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryDirectory() as folder:
        environment["PYTHONPYCACHEPREFIX"] = folder
        for repeat in range(repeats + 1):
            for label, arguments in COMMANDS.items():
                start = time.perf_counter()
                subprocess.run(
                    [sys.executable, *arguments],
                    cwd=root,
                    env=environment,
                    stdout=subprocess.DEVNULL,
                    check=True,
                )
                if repeat:
                    seconds[label].append(time.perf_counter() - start)
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=30, help="rounds (default: 30)")
    seconds = measure(parser.parse_args().repeats)
    baseline = statistics.median(seconds["python -c pass"])
    print(
        f"Python {platform.python_version()}, PyYAML {version('PyYAML')}, {platform.system()} "
        f"{platform.machine()}, {os.cpu_count()} cores"
    )
    print(f"{'command':<26}{'median':>10}{'fastest':>10}{'ratio':>8}")
    for label, times in seconds.items():
        median = statistics.median(times)
        print(
            f"{label:<26}{median * 1e3:>7.1f} ms{min(times) * 1e3:>7.1f} ms"
            f"{median / baseline:>8.2f}"
        )


if __name__ == "__main__":
    main()
