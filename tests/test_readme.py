"""README says what is true: its commands parse, its Python runs, CI does what it tells people."""

import re
import shlex
from pathlib import Path

import advice
import bookkeeping
import pytest

from modelzoo.cli.parser import build_parser

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", README, flags=re.M | re.S)
COMMANDS = [
    line.split("#")[0].strip()
    for language, block in BLOCKS
    if not language
    for line in block.splitlines()
    if line.startswith("modelzoo ")
]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_shown_command_is_one_the_parser_takes(command):
    arguments = build_parser().parse_args(shlex.split(command)[1:])
    assert arguments.run.startswith("modelzoo.cli.")


def test_the_first_block_shows_the_two_commands():
    first = BLOCKS[0][1]
    assert "make demo" in first
    assert "make test" in first


def test_the_recommendation_shown_is_the_one_given(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))  # where no machine was timed yet
    shown = bookkeeping.between(README, advice.BEGIN, advice.END)
    assert shown == advice.advice(), "python benchmarks/advice.py --write"


def test_ci_installs_and_tests_with_the_lines_shown():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    plain = BLOCKS[1][1]
    assert "pip install -e '.[dev]'" in plain
    assert "-e '.[dev]'" in script
    assert "python -m pytest" in plain
    assert "step python -m pytest\n" in script


@pytest.mark.slow
def test_the_python_shown_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    for language, block in BLOCKS:
        if language == "python":
            exec(compile(block, "README.md", "exec"), names)
    assert names["classifier"].score(*names["data"].test) > 0.5
    assert (tmp_path / "writer.mz").exists()
