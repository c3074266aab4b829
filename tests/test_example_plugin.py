"""The worked example of a plugin is installed like any other, and takes part in everything."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def site(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which pip installed the plugin, built from a copy of its source."""
    folder = tmp_path_factory.mktemp("plugin")
    shutil.copytree(project / "examples" / "plugin", folder / "source")
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--target", str(folder / "site")]
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", *options]
    subprocess.run([*pip, str(folder / "source")], check=True, capture_output=True)
    return folder / "site"


def run(site: Path, *command: str) -> str:
    path = os.pathsep.join([str(site), str(Path(__file__).resolve().parents[1])])
    environment = os.environ | {"PYTHONPATH": path, "XDG_CACHE_HOME": str(site / "cache")}
    done = subprocess.run(
        [sys.executable, *command], env=environment, cwd=site, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_is_listed_described_searched_and_recommended(site):
    listed = {each["name"] for each in json.loads(run(site, "-m", "modelzoo", "list", "--json"))}
    assert "tcn" in listed
    assert "modelzoo-tcn" in run(site, "-m", "modelzoo", "show", "tcn")
    assert "tcn" in run(site, "-m", "modelzoo", "search", "dilated convolutions")
    advice = run(
        site,
        "-m",
        "modelzoo",
        "recommend",
        "--task",
        "forecasting",
        "--length",
        "96",
        "--streaming",
    )
    assert "tcn" in advice


def test_it_is_imported_by_name(site):
    code = "from modelzoo.models import tcn; print(tcn.__module__)"
    assert run(site, "-c", code).strip() == "modelzoo_tcn.tcn"


@pytest.mark.slow
def test_it_keeps_every_promise(site):
    run(site, "-c", "from modelzoo.testing import check_model; check_model('tcn')")
