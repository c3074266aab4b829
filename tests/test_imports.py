"""The one direction of imports, read from the source: who may import whom, and which frameworks."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

FRAMEWORKS = {"keras", "keras_nlp", "keras_hub", "tensorflow", "jax", "torch"}
HEAVY = {
    "numpy",
    "pandas",
    "scipy",
    "joblib",
    "sklearn",
    "statsmodels",
    "matplotlib",
    "tokenizers",
    "rich",
}
# Every package that setup.cfg names; what else is imported is Python's own.
PACKAGES = FRAMEWORKS | HEAVY | {"yaml", "safetensors", "pytest"}
NUMERIC = {"numpy", "pandas", "scipy", "sklearn", "statsmodels", "tokenizers"}
REGISTRY = {
    f"registry.{name}"
    for name in (
        "cards",
        "checking",
        "costs",
        "disk_cache",
        "entry_points",
        "formula",
        "locating",
        "measured",
        "plugins",
        "presentation",
        "read_only",
        "schema",
        "searching",
        "signatures",
        "validation",
        "yaml_reading",
    )
}
ADVICE = {"advisor"} | {
    f"advisor.{name}"
    for name in (
        "answer",
        "calibration",
        "costing",
        "experience",
        "filtering",
        "need",
        "presentation",
        "prior",
        "profile",
        "ranking",
        "training_plan",
        "trying",
    )
}


class Layer(NamedTuple):
    """What the modules of a layer may import: parts of modelzoo, and packages."""

    parts: set[str]
    packages: set[str]


# The part (a module or folder of modelzoo) -> what it may import, at any depth of the code.
# "*" is everything. A part may always import itself, and everyone may import errors.
LAYERS = {
    "errors": Layer(set(), set()),
    "interrupts": Layer(set(), set()),
    "strict_json": Layer(set(), set()),
    "registry.formula": Layer(set(), set()),
    "registry.locating": Layer(set(), set()),
    "registry.disk_cache": Layer(set(), set()),
    "registry.validation": Layer(set(), set()),
    "registry.signatures": Layer({"registry.locating"}, set()),
    "registry.measured": Layer({"registry.validation"}, set()),
    "registry.read_only": Layer(set(), set()),
    "registry.costs": Layer({"registry.formula", "registry.read_only"}, set()),
    "registry.cards": Layer(
        {
            "registry.costs",
            "registry.measured",
            "registry.presentation",
            "registry.read_only",
            "registry.signatures",
        },
        set(),
    ),
    "registry.presentation": Layer({"registry.cards", "evidence.verdicts"}, set()),
    "registry.searching": Layer({"registry.cards"}, set()),
    "registry.checking": Layer(
        {"registry.cards", "registry.formula", "registry.signatures"}, set()
    ),
    "registry.yaml_reading": Layer({"registry.validation"}, {"yaml"}),
    "registry.schema": Layer(
        {
            "registry.cards",
            "registry.costs",
            "registry.disk_cache",
            "registry.formula",
            "registry.measured",
            "registry.read_only",
            "registry.validation",
            "registry.yaml_reading",
        },
        set(),
    ),
    "registry.entry_points": Layer({"registry.disk_cache"}, set()),
    "registry.plugins": Layer(
        {
            "registry.cards",
            "registry.checking",
            "registry.entry_points",
            "registry.locating",
            "registry.schema",
        },
        set(),
    ),
    "registry": Layer(REGISTRY, set()),  # the table, and the package's functions
    "advisor.landmark": Layer(set(), {"numpy"}),  # imported where data are read, as below
    "advisor.profile": Layer({"data", "advisor.landmark"}, {"numpy", "pandas"}),
    "advisor.need": Layer({"registry.cards", "advisor.profile"}, set()),
    "advisor.prior": Layer({"registry.cards", "advisor.need", "evidence.verdicts"}, set()),
    # Trials need all that trains, and import it where they are asked for.
    "advisor.trying": Layer(
        {
            "advisor.answer",
            "advisor.experience",
            "advisor.need",
            "advisor.profile",
            "baselines",
            "data",
            "estimators",
            "evaluation",
            "leaderboard",
            "tournament",
            "trials",
        },
        set(),
    ),
    "advisor.training_plan": Layer({"advisor.need"}, set()),
    "advisor.costing": Layer(
        {
            "advisor.need",
            "advisor.training_plan",
            "evidence.experiment",
            "evidence.records",
            "evidence.timing",
            "evidence.verdicts",
            "registry.cards",
            "registry.costs",
        },
        set(),
    ),
    "advisor.calibration": Layer(
        {
            "evidence.experiment",
            "evidence.records",
            "evidence.timing",
            "registry.disk_cache",
        },
        set(),
    ),
    "advisor.filtering": Layer(
        {
            "advisor.costing",
            "advisor.need",
            "evidence.records",
            "registry.cards",
            "registry.costs",
        },
        set(),
    ),
    "advisor.experience": Layer({"advisor.need"}, set()),
    "advisor.answer": Layer(
        {
            "advisor.costing",
            "advisor.experience",
            "advisor.need",
            "advisor.presentation",  # imported where an answer is shown
            "advisor.prior",
            "leaderboard",  # as a type
            "registry.costs",
        },
        set(),
    ),
    "advisor.ranking": Layer(
        {
            "advisor.answer",
            "advisor.experience",
            "advisor.filtering",
            "advisor.need",
            "advisor.prior",
        },
        set(),
    ),
    "advisor.presentation": Layer(
        {
            "advisor.answer",
            "advisor.experience",
            "advisor.need",
            "advisor.prior",
            "registry.presentation",
        },
        set(),
    ),
    "advisor": Layer(
        {
            "registry",
            "registry.cards",
            "registry.costs",
            "evidence.verdicts",
            "leaderboard",
            *ADVICE,
        },
        set(),
    ),
    # What was measured of the claims: read by every query, so Python's own library alone.
    "evidence.experiment": Layer({"evidence.timing"}, set()),
    # Keras and the rest are imported where something is timed.
    "evidence.timing": Layer({"estimators", "evidence.learning", "layers"}, {"keras", "numpy"}),
    "evidence.memory": Layer(
        {"errors", "evidence.timing", "estimators", "layers"},
        {"numpy"},  # imported in the process
    ),
    "evidence.records": Layer({"evidence.experiment", "atomic_files", "strict_json"}, set()),
    "evidence.verdicts": Layer(
        {"registry.cards", "evidence.experiment", "evidence.records"}, set()
    ),
    "evidence.plotting": Layer({"evidence.experiment", "evidence.verdicts"}, {"matplotlib"}),
    "evidence.running": Layer({"registry", "evidence.experiment", "evidence.records"}, {"keras"}),
    "evidence.learning": Layer(
        {"registry", "estimators", "evidence.timing", "interrupts"}, {"keras", "numpy"}
    ),
    # Each experiment imports what it trains with when it measures.
    "evidence.experiments": Layer(
        {
            "baselines",
            "datasets",
            "estimators",
            "evaluation",
            "evidence.experiment",
            "evidence.learning",
            "evidence.memory",
            "evidence.timing",
            "registry",
            "trials",
        },
        {"keras", "numpy", "jax", "tensorflow"},
    ),
    "evidence": Layer({"evidence.experiment", "evidence.records", "evidence.verdicts"}, set()),
    "models": Layer({"registry"}, set()),
    "layers": Layer({"data.random_convolutions", "interrupts"}, FRAMEWORKS | {"numpy"}),
    "builders": Layer({"layers"}, {"keras", "keras_nlp"}),
    "data": Layer({"strict_json"}, NUMERIC),
    "data.random_convolutions": Layer(set(), {"numpy"}),
    "metrics": Layer({"data"}, NUMERIC),
    "datasets": Layer({"data", "datasets.spectrograms"}, NUMERIC | {"rich", "yaml"}),
    # Imports Keras when it is called: other data needs no framework.
    "datasets.spectrograms": Layer(set(), {"numpy", "keras"}),
    "quantiles": Layer(set(), {"numpy"}),
    "walking": Layer({"data", "metrics", "quantiles"}, {"numpy"}),
    "backtesting": Layer({"baselines", "data", "evaluation", "metrics", "walking"}, NUMERIC),
    # What every forecaster can be asked: a backtest, which stands above, is imported when it is.
    "quantile_forecasts": Layer({"data", "quantiles", "walking", "backtesting", "report"}, NUMERIC),
    "baselines": Layer(
        {"data", "data.random_convolutions", "metrics", "quantile_forecasts", "baselines.linear"},
        NUMERIC,
    ),
    # The one baseline that Keras trains; both are imported when it is fitted.
    "baselines.linear": Layer(
        {"data", "estimators", "layers", "quantile_forecasts"}, {"numpy", "sklearn"}
    ),
    "tasks": Layer(
        {"registry", "layers", "data", "data.random_convolutions", "metrics"}, {"keras", *NUMERIC}
    ),
    # What a save runs, also where a process is killed again and again to see what is left.
    "atomic_files": Layer(set(), set()),
    "bundle_files.writing": Layer({"atomic_files"}, set()),
    "bundle_files": Layer(  # __init__: its version
        {"__init__", "evidence.verdicts", "registry", "registry.cards", "strict_json"}, set()
    ),
    "bundle": Layer(
        {"__init__", "bundle_files", "bundle_files.writing", "registry", "estimators"}, {"*"}
    ),
    "explanation": Layer({"report"}, {"numpy", "pandas", "matplotlib"}),
    "estimators": Layer(
        {
            "__init__",  # its version
            "atomic_files",
            "registry",
            "tasks",
            "layers",
            "data",
            "interrupts",
            "metrics",
            "quantile_forecasts",
            "quantiles",
            "bundle",
            "explanation",
            "report",
        },
        {"*"},
    ),
    "evaluation": Layer({"data", "walking"}, {"numpy"}),
    "leaderboard": Layer(
        {"data", "evaluation", "metrics", "report"}, {"matplotlib", "pandas", "rich"}
    ),
    "trials": Layer(
        {"estimators", "evaluation", "interrupts", "leaderboard"},
        {"joblib", "numpy", "rich", "sklearn"},
    ),
    "tournament": Layer({"evaluation", "interrupts", "leaderboard", "trials"}, set()),
    "comparison": Layer(
        {"advisor", "baselines", "data", "estimators", "leaderboard", "tournament", "trials"},
        set(),
    ),
    "testing": Layer({"*"}, {"*"}),
    "report": Layer(set(), {"pandas", "matplotlib", "rich"}),
    "cli": Layer({"*"}, {"*"}),
    "demo": Layer({"*"}, {"*"}),
    "__main__": Layer({"cli"}, set()),
    "__init__": Layer({"*"}, set()),  # the facade: names resolved on first use
}
# What a query runs through: loading it loads the standard library and YAML only.
LIGHT = {f"modelzoo.{name}" for name in ("__init__", "__main__", "errors", "interrupts", "models")}
LIGHT |= {
    f"modelzoo.cli.{name}"
    for name in (
        "__init__",
        "parser",
        "options",
        "query_commands",
        "model_commands",
        "queries",
        "evidence",
        "printing",
        "inspecting",
    )
}


class Import(NamedTuple):
    """One import statement: where it stands, and the full name of what it brings."""

    line: int
    name: str


def modules() -> list[Path]:
    package = Path(__file__).resolve().parents[1] / "modelzoo"
    return sorted(package.rglob("*.py"))


def module_name(path: Path) -> str:
    package = Path(__file__).resolve().parents[1]
    parts = path.relative_to(package).with_suffix("").parts
    return ".".join(parts)


def part_of(module: str) -> str:
    """The entry of LAYERS that a module or imported name belongs to: the longest that leads to it.

    A name below modelzoo that no entry leads to is a part of its own, which LAYERS lacks.
    """
    names = [*module.split("."), "__init__"][1:]
    for length in range(len(names), 0, -1):
        if ".".join(names[:length]) in LAYERS:
            return ".".join(names[:length])
    return names[0]


def imports(path: Path, *, loading_only: bool = False) -> Iterator[Import]:
    """The imports of a module; `loading_only`: those that run when the module is loaded."""
    package = module_name(path).split(".")[:-1]
    pending: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Import):
            yield from (Import(node.lineno, each.name) for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*start, *([node.module] if node.module else [])])
            for each in node.names:
                yield Import(node.lineno, f"{base}.{each.name}")
        if loading_only and (isinstance(node, ast.FunctionDef) or is_for_types_only(node)):
            continue
        pending.extend(ast.iter_child_nodes(node))


def is_light(path: Path) -> bool:
    if module_name(path) == "modelzoo.evidence.learning":
        return False
    light = {"registry", "advisor", "bundle_files", "evidence", "experiments"}
    return module_name(path) in LIGHT or path.parent.name in light


def is_for_types_only(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def forbidden(part: str, found: Import) -> str | None:
    """Why a part may not have this import; None when it may."""
    layer = LAYERS[part]
    root = found.name.split(".")[0]
    if root == "modelzoo":
        wanted = part_of(found.name)
        if "*" not in layer.parts and wanted not in {part, "errors", *layer.parts}:
            return f"{part} may import from modelzoo only {sorted({'errors', *layer.parts})}"
    elif root in PACKAGES and root not in layer.packages and "*" not in layer.packages:
        return f"{part} may import only the packages {sorted(layer.packages) or 'of Python itself'}"
    return None


@pytest.mark.parametrize("path", modules(), ids=module_name)
def test_a_module_imports_only_what_stands_below_it(path: Path):
    part = part_of(module_name(path))
    assert part in LAYERS, f"{path.name}: say in LAYERS what the new part {part!r} may import"
    wrong = [
        f"{path}:{found.line}: imports {found.name}, but {reason}"
        for found in imports(path)
        if (reason := forbidden(part, found))
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("path", [path for path in modules() if is_light(path)], ids=module_name)
def test_what_a_query_runs_through_loads_no_heavy_package(path: Path):
    heavy = [
        f"{path}:{found.line}: {found.name} is loaded with the module: import it where it is used"
        for found in imports(path, loading_only=True)
        if found.name.split(".")[0] in FRAMEWORKS | HEAVY
    ]
    assert not heavy, "\n".join(heavy)


def test_the_table_of_layers_names_only_parts_that_exist():
    existing = {part_of(module_name(path)) for path in modules()}
    assert set(LAYERS) <= existing
    assert {part for layer in LAYERS.values() for part in layer.parts} - {"*"} <= existing


def test_a_wrong_import_is_found_and_explained(tmp_path: Path):
    reason = forbidden("tasks", Import(3, "modelzoo.builders.gru.gru"))
    assert reason is not None and "tasks may import" in reason
    assert forbidden("registry", Import(1, "keras.layers")) is not None
    assert forbidden("estimators", Import(1, "modelzoo.tasks.learn")) is None


def test_queries_load_no_framework_in_a_fresh_process():
    code = (
        "import sys, modelzoo\n"
        "modelzoo.describe(modelzoo.list_models()[0])\n"
        "modelzoo.search('short text')\n"
        "modelzoo.recommend(task='forecasting')\n"
        "print(*{name.split('.')[0] for name in sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=os.environ, check=True
    )
    assert not set(done.stdout.split()) & (FRAMEWORKS | HEAVY)
