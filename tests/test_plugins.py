"""Plugins: found without importing them, remembered on disk, and reported when they are broken."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
import warnings
import zipfile
from pathlib import Path

import pytest
import yaml

from modelzoo import Forecaster, recommend, registry
from modelzoo.errors import InputError, PluginWarning, RegistryError
from modelzoo.registry import Registry, cards, entry_points
from modelzoo.registry.entry_points import PluginSource, find_plugins
from modelzoo.testing import ConformanceError
from modelzoo.testing.__main__ import main as check_from_command_line

COSTS = ("parameters", "flops_per_token", "activations_per_token", "state")
BUILDER = "def build(*, width=8):\n    return width\n"


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def site(tmp_path, monkeypatch) -> Path:
    """An empty folder on the path, into which plugins are installed."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    return folder


@pytest.fixture
def entry(project):
    models = yaml.safe_load((project / "registry.yaml").read_text(encoding="utf-8"))["models"]
    return {**next(iter(models.values())), "sizes": {"tiny": {"width": 4}}, "cost": None}


def install(site: Path, name: str, models, *, package: str | None = None, version="1.0") -> Path:
    """Lays out an installed distribution whose package refuses to be imported."""
    package = package or name
    folder = site / package.replace(".", "/")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "__init__.py").write_text("raise RuntimeError('this plugin was imported')\n")
    (folder / "parts.py").write_text(BUILDER)
    if models is not None:
        content = {"schema": 1, "models": models}
        text = models if isinstance(models, str) else yaml.safe_dump(content)
        (folder / "registry.yaml").write_text(text, encoding="utf-8")
    metadata = site / f"{name}-{version}.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (metadata / "entry_points.txt").write_text(f"[{entry_points.GROUP}]\n{name} = {package}\n")
    return folder


def registry_of(project) -> Registry:
    return Registry(project / "registry.yaml")


def remove(folder: Path) -> None:
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()


def test_a_plugin_is_listed_and_described_without_being_imported(project, site, entry):
    install(site, "zoo_plugin", {"mine": {**entry, "builder": "zoo_plugin.parts:build"}})
    own = registry_of(project)
    assert "mine" in own.list_models()
    assert own.origin("mine") == "zoo_plugin"
    assert own.hyperparameters("mine") == {"width": 8}
    assert "mine" in own.search("mine")
    assert "zoo_plugin" in repr(own.describe("mine"))
    own.check("mine")
    assert own.plugin_errors() == {}
    assert "zoo_plugin" not in sys.modules
    with pytest.raises(RegistryError, match=r"'mine'.*zoo_plugin.*this plugin was imported"):
        own.get_builder("mine")


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (None, "no module named 'sick.absent'"),
        ("def bild(*, width=8): ...", "has no 'build': did you mean 'bild'"),
        ("def build(*, width=8: ...", "its module is not valid"),
        ("def build(*, width): ...", "'width' has no default"),
    ],
    ids=["no module", "no function", "no Python", "no default"],
)
def test_a_plugin_that_cannot_be_built_is_told_and_not_recommended(
    project, site, entry, monkeypatch, source, says
):
    folder = install(
        site,
        "sick",
        {"ill": {**entry, "builder": "sick.parts:build" if source else "sick.absent:build"}},
    )
    install(site, "sound", {"well": {**entry, "builder": "sound.parts:build"}})
    if source:
        (folder / "parts.py").write_text(source)
    own = registry_of(project)
    sick, sound = own.list_plugins()
    assert sick.models == ("ill",) and says in sick.error and "sick" in sick.error
    assert sound == ("sound", ("well",), None)
    monkeypatch.setattr("modelzoo.advisor.recommending.registry", own)
    task = next(iter(entry["tasks"]))
    answer = recommend(task, top=20)
    names = [each.name for each in answer.architectures]
    assert "well" in names and "ill" not in names and says in answer.excluded["ill"]
    assert not {"sick", "sick.parts", "sound.parts"} & set(sys.modules)


def test_what_a_builder_takes_is_not_asked_of_an_import_by_a_query(project, site, entry):
    cost = {key: "width" for key in COSTS}
    folder = install(site, "odd", {"mine": {**entry, "builder": "odd.parts:build", "cost": cost}})
    (folder / "parts.py").write_text("import os\ndef build(*, width=os.cpu_count()): ...")
    own = registry_of(project)
    assert own.list_plugins() == [("odd", ("mine",), None)]
    assert "?" in repr(own.describe("mine"))
    with pytest.raises(InputError, match=r"not known before its code is imported.*literals"):
        own.describe("mine").cost()
    assert "odd" not in sys.modules


def test_a_package_inside_a_package_can_hold_the_registry(project, site, entry):
    install(
        site, "deep", {"mine": {**entry, "builder": "deep.inner.parts:build"}}, package="deep.inner"
    )
    (site / "deep" / "__init__.py").write_text("raise RuntimeError")
    assert registry_of(project).hyperparameters("mine") == {"width": 8}


def test_a_plugin_in_a_zip_file_is_found(project, tmp_path, entry, monkeypatch):
    folder = tmp_path / "unpacked"
    folder.mkdir()
    install(folder, "zipped", {"mine": {**entry, "builder": "zipped.parts:build"}})
    archive = tmp_path / "plugin.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for path in sorted(folder.rglob("*")):
            file.write(path, path.relative_to(folder).as_posix())
    monkeypatch.syspath_prepend(str(archive))
    assert registry_of(project).hyperparameters("mine") == {"width": 8}


@pytest.mark.parametrize(
    ("models", "expected"),
    [
        (None, "has no registry.yaml"),
        ("schema: 1\nmodels: {a: &x {}, b: *x}", "aliases and anchors"),
        ("schema: 1\nmodels: {mine: {sumary: 1}}", "did you mean 'summary'"),
        ("{", "not valid YAML"),
    ],
)
def test_a_broken_plugin_is_named_once_and_the_others_go_on(project, site, entry, models, expected):
    install(site, "broken_plugin", models)
    install(site, "good_plugin", {"mine": {**entry, "builder": "good_plugin.parts:build"}})
    own = registry_of(project)
    with pytest.warns(PluginWarning, match="plugin 'broken_plugin'") as caught:
        names = own.list_models()
    assert len(caught) == 1
    assert "mine" in names
    assert expected in own.plugin_errors()["broken_plugin"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert own.list_models() == names


def test_plugins_are_listed_with_what_they_bring_and_what_is_wrong(project, site, entry):
    install(site, "broken_plugin", None)
    mine = {**entry, "builder": "good_plugin.parts:build"}
    taken = Registry(project / "registry.yaml", plugins=False).list_models()[0]
    install(site, "good_plugin", {"yours": mine, "mine": copy.deepcopy(mine)})
    install(site, "greedy", {taken: mine, "fresh": copy.deepcopy(mine)})
    own = registry_of(project)
    with pytest.warns(PluginWarning):
        broken, good, greedy = own.list_plugins()
    assert good == ("good_plugin", ("mine", "yours"), None)
    assert broken.distribution == "broken_plugin" and broken.models == ()
    assert "has no registry.yaml" in broken.error
    assert greedy.models == ("fresh",) and "declared twice" in greedy.error
    assert "good_plugin" not in sys.modules
    assert Registry(project / "registry.yaml", plugins=False).list_plugins() == []


def test_a_warning_that_is_made_an_error_does_not_break_the_registry(project, site):
    install(site, "broken_plugin", None)
    own = registry_of(project)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(PluginWarning):
            own.list_models()
        assert own.list_models()


def test_an_entry_point_that_names_no_package_is_told(project, site):
    install(site, "ghost", None, package="ghost")
    (site / "ghost-1.0.dist-info" / "entry_points.txt").write_text(
        f"[{entry_points.GROUP}]\na = nowhere_at_all\nb = json.decoder\n"
    )
    with pytest.warns(PluginWarning):
        message = registry_of(project).plugin_errors()["ghost"]
    assert "no package named 'nowhere_at_all'" in message
    assert "'json.decoder'" in message


def test_a_name_that_is_taken_is_left_out_and_names_both_origins(project, site, entry):
    taken = Registry(project / "registry.yaml", plugins=False).list_models()[0]
    mine = {**entry, "builder": "greedy.parts:build"}
    install(site, "greedy", {taken: mine, "fresh": copy.deepcopy(mine)})
    own = registry_of(project)
    with pytest.warns(
        PluginWarning, match=f"model '{taken}' is declared twice: by modelzoo and by greedy"
    ):
        assert own.origin(taken) == "modelzoo"
    assert own.origin("fresh") == "greedy"


def test_two_plugins_may_not_share_a_name(project, site, entry):
    for name in ("first_plugin", "second_plugin"):
        install(site, name, {"mine": {**entry, "builder": f"{name}.parts:build"}})
    own = registry_of(project)
    with pytest.warns(PluginWarning, match="declared twice: by (first|second)_plugin and by"):
        assert "mine" in own.list_models()
    assert len(own.plugin_errors()) == 1


# The scan is remembered


def test_a_second_search_does_not_scan(site, monkeypatch):
    install(site, "zoo_plugin", {})
    assert PluginSource("zoo_plugin", "zoo_plugin") in find_plugins()
    monkeypatch.setattr(entry_points, "_scan", lambda paths: pytest.fail(f"scanned {paths}"))
    assert PluginSource("zoo_plugin", "zoo_plugin") in find_plugins()


def test_installing_upgrading_and_removing_are_noticed(site):
    assert find_plugins() == []
    install(site, "zoo_plugin", {})
    assert find_plugins() == [("zoo_plugin", "zoo_plugin")]
    install(site, "another", {})
    assert len(find_plugins()) == 2
    remove(site / "zoo_plugin-1.0.dist-info")
    install(site, "zoo_plugin", {}, package="renamed", version="2.0")
    assert ("zoo_plugin", "renamed") in find_plugins()
    remove(site / "zoo_plugin-2.0.dist-info")
    remove(site / "another-1.0.dist-info")
    assert find_plugins() == []


def test_a_reinstall_of_the_same_version_is_noticed(site):
    install(site, "zoo_plugin", {})
    assert find_plugins() == [("zoo_plugin", "zoo_plugin")]
    remove(site / "zoo_plugin-1.0.dist-info")
    install(site, "zoo_plugin", {}, package="renamed")
    assert find_plugins() == [("zoo_plugin", "renamed")]


def test_an_egg_info_that_is_rewritten_in_place_is_noticed(site):
    metadata = site / "developed.egg-info"
    metadata.mkdir()
    (metadata / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: developed\nVersion: 1\n")
    declared = metadata / "entry_points.txt"
    declared.write_text("[console_scripts]\nx = y:z\n")
    assert find_plugins() == []
    before = os.stat(declared)
    declared.write_text(f"[{entry_points.GROUP}]\ndeveloped = developed\n")
    os.utime(declared, ns=(before.st_atime_ns, before.st_mtime_ns + 1_000_000))
    assert find_plugins() == [("developed", "developed")]


def test_a_folder_that_leaves_the_path_takes_its_plugins_along(site, monkeypatch):
    install(site, "zoo_plugin", {})
    assert find_plugins()
    monkeypatch.setattr(sys, "path", [each for each in sys.path if each != str(site)])
    assert find_plugins() == []


def test_of_a_distribution_found_twice_the_first_counts(tmp_path, monkeypatch):
    for folder, package in (("first", "front"), ("second", "back")):
        (tmp_path / folder).mkdir()
        install(tmp_path / folder, "zoo_plugin", {}, package=package)
    monkeypatch.syspath_prepend(str(tmp_path / "second"))
    monkeypatch.syspath_prepend(str(tmp_path / "first"))
    assert find_plugins() == [("zoo_plugin", "front")]
    assert find_plugins() == [("zoo_plugin", "front")]


def test_a_finder_of_distributions_that_leaves_no_trace_is_always_asked(site, monkeypatch):
    class Finder:
        @staticmethod
        def find_distributions(context=None):
            return ()

        @staticmethod
        def find_spec(name, path=None, target=None):
            return None

    assert find_plugins() == []
    scanned = []
    monkeypatch.setattr(entry_points, "_scan", lambda paths: scanned.append(paths) or [])
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, Finder()])
    find_plugins()
    assert scanned


@pytest.mark.parametrize("damage", ["", "[]", "{", '{"%s": {"fingerprint": 1}}', "\0", "[" * 9999])
def test_a_damaged_cache_is_scanned_over(site, tmp_path, damage):
    install(site, "zoo_plugin", {})
    expected = find_plugins()
    (file,) = (tmp_path / "cache" / "modelzoo").glob("plugins-*.json")
    content = json.loads(file.read_text())
    file.write_text(damage.replace("%s", str(site)))
    assert find_plugins() == expected
    assert json.loads(file.read_text()).keys() == content.keys()


def test_a_cache_that_cannot_be_written_is_done_without(site, tmp_path, monkeypatch):
    (tmp_path / "a_file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "a_file"))
    install(site, "zoo_plugin", {})
    assert find_plugins() == find_plugins() == [("zoo_plugin", "zoo_plugin")]


def test_a_query_from_a_warm_cache_imports_neither_metadata_nor_yaml(project, tmp_path):
    code = (
        "import sys, modelzoo; modelzoo.list_models()\n"
        "print([m for m in ('importlib.metadata', 'yaml', 'difflib', 'ast') if m in sys.modules])"
    )
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=environment,
            cwd=project,
            capture_output=True,
            text=True,
            check=True,
        )
    # inspect, which dataclasses imports, brings ast along
    assert done.stdout.strip() in ("[]", "['ast']")


def test_the_command_line_lists_plugins_without_a_framework(project, site, entry, tmp_path):
    install(site, "good_plugin", {"mine": {**entry, "builder": "good_plugin.parts:build"}})
    install(site, "broken_plugin", None)
    code = (
        "import sys; from modelzoo.cli import main; main(sys.argv[1:])\n"
        "print(*{name.split('.')[0] for name in sys.modules}, file=sys.stderr)"
    )
    environment = {
        **os.environ,
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "PYTHONPATH": f"{site}{os.pathsep}{project}",
    }

    def run(*options: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "-c", code, "plugins", *options],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )

    done = run()
    good = next(line for line in done.stdout.splitlines() if line.startswith("good_plugin"))
    assert good.split() == ["good_plugin", "mine"]
    assert "broken_plugin  no model" in done.stdout
    assert "has no registry.yaml" in " ".join(done.stdout.split())  # whatever the line breaks
    heavy = {"keras", "tensorflow", "numpy", "pandas", "sklearn", "rich", "good_plugin"}
    assert not heavy & set(done.stderr.split()) and "modelzoo: warning" not in done.stderr
    told = {each["distribution"]: each for each in json.loads(run("--json").stdout)}
    assert told["good_plugin"]["models"] == ["mine"] and told["good_plugin"]["error"] is None
    assert told["broken_plugin"]["models"] == [] and told["broken_plugin"]["error"]


# Plugins that misbehave when they are used


MISBEHAVING = {
    "an import error": (
        f"import no_such_package\n{BUILDER}",
        "ModuleNotFoundError: No module named",
    ),
    "an exit while importing": (
        f"raise SystemExit(0)\n{BUILDER}",
        "cannot be imported: SystemExit: 0",
    ),
    "an exit while building": (
        "def build(*, width=8):\n    raise SystemExit(3)",
        r"wants to end the process: SystemExit\(3\)",
    ),
    "another thing than a backbone": (BUILDER, "it returned 8, which has no width, causal"),
}


@pytest.fixture
def misbehaving(project, site, entry, monkeypatch):
    """Installs a plugin whose one model has some source, and has the package use it."""

    def install_with(source: str, name: str) -> str:
        folder = install(site, name, {f"{name}_model": {**entry, "builder": f"{name}.parts:build"}})
        (folder / "__init__.py").write_text("")
        (folder / "parts.py").write_text(source)
        own = registry_of(project)
        for function in ("get_builder", "describe", "origin", "hyperparameters", "resolve"):
            monkeypatch.setattr(f"modelzoo.registry.{function}", getattr(own, function))
        assert f"{name}_model" in own.list_models() and own.search("recurrent")  # queries go on
        return f"{name}_model"

    return install_with


@pytest.mark.parametrize("kind", MISBEHAVING)
def test_what_misbehaves_when_it_is_used_is_an_error_that_names_the_distribution(misbehaving, kind):
    source, says = MISBEHAVING[kind]
    name = misbehaving(source, f"culprit_{list(MISBEHAVING).index(kind)}")
    with pytest.raises(RegistryError, match=says) as caught:
        Forecaster(name, horizon=1, context=2, verbose=0).fit([1.0, 2.0, 4.0, 3.0] * 5)
    assert f"declared by {name.removesuffix('_model')}" in str(caught.value)


def test_what_a_builder_raises_has_a_note_of_whose_it_is(misbehaving):
    name = misbehaving("def build(*, width=8):\n    return {}['nothing']", "raising")
    with pytest.raises(KeyError, match="nothing") as caught:
        Forecaster(name, horizon=1, context=2, verbose=0).fit([1.0, 2.0, 4.0, 3.0] * 5)
    assert caught.value.__notes__ == [
        "raised in the builder of model 'raising_model', declared by raising"
    ]


def test_an_import_that_hangs_is_told_while_it_hangs(misbehaving, monkeypatch):
    monkeypatch.setattr(cards, "LONG_IMPORT", 0.05)
    name = misbehaving("import time\ntime.sleep(0.5)\n" + BUILDER, "slow_one")
    with pytest.warns(PluginWarning, match="declared by slow_one: .* --check` shows where"):
        registry.get_builder(name)


def test_the_suite_shows_the_traceback_of_what_cannot_be_built(misbehaving, capsys):
    name = misbehaving("def build(*, width=8):\n    return {}['nothing']", "unbuildable")
    assert check_from_command_line([name]) == 1
    said = capsys.readouterr().out
    assert "parts.py" in said and "KeyError: 'nothing'" in said and "declared by unbuild" in said


@pytest.mark.slow
def test_the_command_line_checks_plugins_in_processes_of_their_own(project, site, entry, tmp_path):
    clinging = "import subprocess\nsubprocess.Popen(['sleep', '600'])\nprint('x' * 10**6)\nexit(0)"
    sources = {
        "hanging": "import time\ntime.sleep(999)",
        "ending": "exit(0)",
        "clinging": clinging,  # its own process outlives it, with the same output
    }
    for name, source in sources.items():
        folder = install(site, name, {f"{name}_model": {**entry, "builder": f"{name}.parts:build"}})
        (folder / "__init__.py").write_text("")
        (folder / "parts.py").write_text(f"{source}\n{BUILDER}")
    (tmp_path / "json.py").write_text("raise RuntimeError('imported from the working folder')")
    done = subprocess.run(
        [sys.executable, "-P", "-m", "modelzoo", "plugins", "--check", "--timeout", "1", "--json"],
        cwd=tmp_path,
        env={
            **os.environ,
            "XDG_CACHE_HOME": str(tmp_path / "cache"),
            "PYTHONPATH": f"{site}{os.pathsep}{project}",
        },
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1 and "does not keep its promises" in done.stderr
    told = {each["distribution"]: each["checks"] for each in json.loads(done.stdout)}
    (hanging,), (ending,), (clung,) = (told[name] for name in sources)
    assert clung["said"].startswith("(the end of 1,") and len(clung["said"]) < 110_000
    assert "declared by clinging" in clung["said"]
    assert not hanging["passed"] and "Timeout" in hanging["said"] and "parts.py" in hanging["said"]
    assert not ending["passed"] and "SystemExit: 0" in ending["said"]
    assert "declared by ending" in ending["said"]


def test_each_fault_is_shown_once_though_all_errors_have_the_same_note(monkeypatch, capsys):
    def check_model(*_: object, **__: object) -> None:
        first, second = "raised KeyError: 1", "raised KeyError: 2"
        failures = {"one": first, "two": second, "three": first}
        shown = {check: f"Traceback of {said}\nthe same note" for check, said in failures.items()}
        raise ConformanceError("gru", failures, 3, shown)

    monkeypatch.setattr("modelzoo.testing.__main__.check_model", check_model)
    assert check_from_command_line(["gru"]) == 1
    said = capsys.readouterr().out
    assert said.count("Traceback of") == 2 and "KeyError: 1" in said and "KeyError: 2" in said
