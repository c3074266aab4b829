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
    install(folder / "source", folder / "site")
    return folder / "site"


def install(source: Path, target: Path) -> None:
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--target", str(target)]
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", *options]
    subprocess.run([*pip, str(source)], check=True, capture_output=True)


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
        "--top",
        "99",
    )
    assert "tcn" in advice


@pytest.mark.slow
def test_it_is_imported_by_name(site):
    code = "from modelzoo.models import tcn; print(tcn.__module__)"
    assert run(site, "-c", code).strip() == "modelzoo_tcn.tcn"


BROKEN = {  # what is changed in the plugin's own files, and what is said of it
    "unreadable": (("registry.yaml", "models:", "models: ["), "unreadable"),
    "colliding": (("registry.yaml", "  tcn:", "  gru:"), "model 'gru' is declared twice"),
    "unimportable": (("tcn.py", "import keras", "import no_such_package"), None),
}


@pytest.fixture(scope="module")
def crowd(project: Path, site: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The plugin beside three that are broken, all installed by pip."""
    folder = tmp_path_factory.mktemp("crowd")
    shutil.copytree(site, folder / "site")
    for name, ((file, old, new), _) in BROKEN.items():
        source = folder / name
        shutil.copytree(project / "examples" / "plugin", source)
        (source / "modelzoo_tcn").rename(source / name)
        for path in (*source.glob("*.cfg"), *source.glob("*/*")):
            text = path.read_text(encoding="utf-8")
            text = text.replace("modelzoo_tcn", name).replace("modelzoo-tcn", name)
            if path.name == "registry.yaml" and name == "unimportable":
                text = text.replace("  tcn:", "  unimportable:")
            if path.name == file:
                assert old in text
                text = text.replace(old, new, 1)
            path.write_text(text, encoding="utf-8")
        install(source, folder / "site")
    return folder / "site"


def test_broken_plugins_are_named_and_the_rest_go_on(crowd):
    plugins = json.loads(run(crowd, "-m", "modelzoo", "plugins", "--json"))
    errors = {each["distribution"]: each["error"] for each in plugins}
    assert errors.keys() == {"modelzoo-tcn", *BROKEN} and errors["modelzoo-tcn"] is None
    for name, (_, says) in BROKEN.items():
        assert says is None or says in errors[name]
    listed = {each["name"] for each in json.loads(run(crowd, "-m", "modelzoo", "list", "--json"))}
    assert {"tcn", "gru", "unimportable"} <= listed
    assert json.loads(run(crowd, "-m", "modelzoo", "show", "gru", "--json"))["origin"] == "modelzoo"


@pytest.mark.slow
def test_a_plugin_that_cannot_be_imported_is_named_when_it_is_used(crowd):
    code = (
        "import modelzoo\n"
        "from modelzoo.errors import RegistryError\n"
        "try: modelzoo.get_builder('unimportable')\n"
        "except RegistryError as error: print(error)\n"
        "print(modelzoo.get_builder('tcn')(width=8).causal)"
    )
    said = run(crowd, "-W", "ignore", "-c", code)
    assert "declared by unimportable" in said and "no_such_package" in said
    assert said.splitlines()[-1] == "True"


@pytest.mark.slow
def test_it_keeps_every_promise(site):
    run(site, "-c", "from modelzoo.testing import check_model; check_model('tcn')")
