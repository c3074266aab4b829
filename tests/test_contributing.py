"""CONTRIBUTING.md is followed to the letter: what it says to write is written, and must work."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
GUIDE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    found = re.findall(rf"^```{language}\n(.*?)^```", GUIDE, flags=re.M | re.S)
    assert found, f"CONTRIBUTING.md shows no {language}"
    return found[0]


@pytest.fixture
def project(tmp_path):
    """A copy of the package with the guide's builder file and registry entry added."""
    (tmp_path / "modelzoo").mkdir()
    for item in (ROOT / "modelzoo").iterdir():
        if item.name != "builders":
            (tmp_path / "modelzoo" / item.name).symlink_to(item)
    builders = tmp_path / "modelzoo" / "builders"
    builders.mkdir()
    for item in (ROOT / "modelzoo" / "builders").glob("*.py"):
        (builders / item.name).symlink_to(item)
    entry = block("yaml")
    name = entry.split(":")[0].strip()
    (builders / f"{name}.py").write_text(block("python"), encoding="utf-8")
    registry = (ROOT / "registry.yaml").read_text(encoding="utf-8")
    (tmp_path / "registry.yaml").write_text(registry.rstrip("\n") + "\n\n" + entry)
    return tmp_path, name


def run(project, code):
    return subprocess.run(
        [sys.executable, "-c", code], cwd=project, capture_output=True, text=True, timeout=600
    )


def test_the_guides_architecture_is_listed_and_its_card_agrees_with_its_builder(project):
    folder, name = project
    done = run(
        folder,
        "import sys; sys.path.insert(0, '.'); import modelzoo; from modelzoo import registry;"
        f"registry.check({name!r}); print(modelzoo.list_models())",
    )
    assert done.returncode == 0, done.stderr
    assert repr(name) in done.stdout


@pytest.mark.slow
def test_the_guides_architecture_passes_the_conformance_suite(project):
    folder, _name = project
    command = next(line for line in GUIDE.splitlines() if "check_model(" in line)
    code = re.search(r'python -c "(.*)"', command).group(1)
    done = run(folder, "import sys; sys.path.insert(0, '.');" + code)
    assert done.returncode == 0, done.stderr
