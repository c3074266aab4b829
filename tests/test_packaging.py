"""What is built and installed works away from the source tree."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

REGISTRY = "modelzoo/registry.yaml"
# Of what is hidden, .ci alone is source.
NOT_SOURCE = shutil.ignore_patterns(".[!c]*", "__pycache__", "build", "dist", "*.egg-info")


def run(*command: object, cwd: Path) -> str:
    """Runs a command as a user would, outside the source tree; its output."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, f"{command} failed:\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def built(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the source distribution and the wheel that is built from it."""
    folder = tmp_path_factory.mktemp("built")
    source = folder / "source"
    shutil.copytree(project, source, ignore=NOT_SOURCE)
    run(sys.executable, "-m", "build", "--no-isolation", "-o", folder, source, cwd=folder)
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    return next(built.glob("*.whl"))


@pytest.fixture(scope="module")
def unpacked(built: Path) -> Path:
    """The source distribution, unpacked."""
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        archive.extractall(built / "unpacked", filter="data")
    return next((built / "unpacked").iterdir())


class Environment:
    """An empty virtual environment that holds PyYAML, all that listing the models needs.

    PyYAML is copied from the running environment, so that no package index is asked.
    """

    def __init__(self, folder: Path):
        venv.create(folder, with_pip=False)
        self.scripts = folder / ("Scripts" if os.name == "nt" else "bin")
        self.python = self.scripts / ("python.exe" if os.name == "nt" else "python")
        scheme = {"base": str(folder), "platbase": str(folder)}
        self.packages = Path(sysconfig.get_path("purelib", "venv", scheme))
        for file in importlib.metadata.files("PyYAML") or ():
            if ".." not in file.parts:
                target = self.packages / file
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file.locate(), target)

    def install(self, wheel: Path) -> None:
        pip = (sys.executable, "-m", "pip", "--python", self.python)
        run(*pip, "install", "--no-deps", "--no-index", "--quiet", wheel, cwd=wheel.parent)

    def list_models(self, cwd: Path) -> list[str]:
        """Lists the models with the console script and with `python -m`, which must agree."""
        by_script = run(self.scripts / "modelzoo", "list", "--json", cwd=cwd)
        assert run(self.python, "-m", "modelzoo", "list", "--json", cwd=cwd) == by_script
        return run(
            self.python,
            "-c",
            "import modelzoo; print(*modelzoo.list_models(), sep='\\n')",
            cwd=cwd,
        ).split()


def declared(project: Path) -> list[str]:
    from modelzoo.registry import describe, list_models

    return [name for name in list_models() if describe(name).origin == "modelzoo"]


def test_the_source_distribution_holds_the_registry_and_what_builds_it(project, unpacked):
    build = ("registry.yaml", "carry_registry.py", "pyproject.toml", "Makefile", ".ci/run")
    for name in (*build, "LICENSE"):
        assert (unpacked / name).read_bytes() == (project / name).read_bytes(), name
    assert "carry_registry" in (unpacked / "setup.cfg").read_text()


def test_the_source_distribution_holds_the_examples(project, unpacked):
    for path in (project / "examples").glob("*.py"):
        assert (unpacked / "examples" / path.name).read_bytes() == path.read_bytes()


def test_the_wheel_carries_the_registry_inside_the_package_byte_for_byte(project, wheel):
    with zipfile.ZipFile(wheel) as archive:
        assert archive.read(REGISTRY) == (project / "registry.yaml").read_bytes()


def test_the_wheel_holds_nothing_outside_the_package(wheel):
    with zipfile.ZipFile(wheel) as archive:
        roots = {name.split("/")[0] for name in archive.namelist()}
    assert {root for root in roots if not root.endswith(".dist-info")} == {"modelzoo"}


def test_the_wheel_holds_every_module_and_result_of_the_source(project, wheel):
    package = project / "modelzoo"
    files = [*package.rglob("*.py"), *package.glob("evidence/results/*.json")]
    names = {str(path.relative_to(project).as_posix()) for path in files}
    with zipfile.ZipFile(wheel) as archive:
        assert names | {"modelzoo/py.typed"} <= set(archive.namelist())


def test_the_installed_wheel_lists_the_models_from_another_directory(project, wheel, tmp_path):
    environment = Environment(tmp_path / "environment")
    environment.install(wheel)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    assert environment.list_models(cwd=elsewhere) == declared(project)
    assert not (environment.packages / "registry.yaml").exists()


def test_an_editable_install_reads_the_registry_where_it_stands(project, unpacked, tmp_path):
    environment = Environment(tmp_path / "environment")
    source = tmp_path / "source"
    shutil.copytree(unpacked, source)
    build = "import sys; from setuptools import build_meta; build_meta.build_editable(sys.argv[1])"
    run(sys.executable, "-c", build, tmp_path, cwd=source)  # what `pip install -e` asks for
    environment.install(next(tmp_path.glob("*.whl")))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    assert environment.list_models(cwd=elsewhere) == declared(project)
    assert not (source / REGISTRY).exists()
    (source / "registry.yaml").unlink()
    with pytest.raises(AssertionError, match=r"registry\.yaml"):
        environment.list_models(cwd=elsewhere)
