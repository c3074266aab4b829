"""The examples that users copy run, stay short, and show a score beside a baseline."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
MOST_LINES = 60

SAYS = {  # besides a score, which each of them prints
    "classify": ["majority class", "is taken for a"],
    "forecast": ["seasonal naive", "2006-01-01"],
    "generate": ["n-gram", "The statement"],
    "keras_model": ["accuracy of a guess", "saved_model.pb", "even or odd"],
}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_short_and_says_how_to_run_it(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= MOST_LINES
    assert f"python examples/{path.name}" in "\n".join(lines[:5])


@pytest.mark.slow
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_runs_without_network_and_prints_a_score(path, tmp_path):
    environment = os.environ | {"PYTHONPATH": str(ROOT), "MODELZOO_DATA": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, path, "--quick"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert re.search(r"\d\.\d{3}", done.stdout)
    for part in SAYS.get(path.stem, ()):
        assert part in done.stdout
    if path.stem == "keras_model":
        difference = re.search(r"after loading: (\S+)", done.stdout)
        assert difference and float(difference[1]) < 1e-6


def test_there_is_an_example_of_each_task():
    from modelzoo.registry.cards import TASKS

    used = "\n".join(path.read_text(encoding="utf-8") for path in EXAMPLES)
    assert all(f'task="{task}"' in used for task in TASKS)
