"""The published figures are those of the code as it stands."""

from __future__ import annotations

import importlib.util
import json

import pytest

from modelzoo.comparison import Comparison, Row
from modelzoo.errors import InputError
from modelzoo.registry.cards import TASKS


@pytest.fixture(scope="module")
def cells(project):
    """The module benchmarks/cells.py."""
    path = project / "benchmarks" / "cells.py"
    spec = importlib.util.spec_from_file_location("cells", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def report(cells):
    return json.loads(cells.RESULTS.read_text(encoding="utf-8"))


@pytest.mark.parametrize("task", TASKS)
def test_the_cells_were_measured_with_the_defaults_of_today(cells, report, task):
    assert report["runs"][task]["settings"] == cells.settings(task)


def test_readme_shows_the_table_of_the_results(cells, report, project):
    readme = (project / "README.md").read_text(encoding="utf-8")
    shown = readme.split(cells.BEGIN)[1].split(cells.END)[0].strip()
    assert shown == cells.table(report).strip()


@pytest.mark.parametrize("task", TASKS)
def test_all_but_one_beat_the_naive_baseline(cells, report, task):
    rows = [row for row in report["rows"] if row["task"] == task]
    naive = next(row["score"] for row in rows if row["baseline"])
    networks = [row for row in rows if not row["baseline"]]
    better = [row for row in networks if cells.beats(task, row["score"], naive)]
    assert len(better) >= len(networks) - 1


def test_what_readme_says_of_the_simple_method_is_what_the_table_shows(report):
    rows = [row for row in report["rows"] if row["task"] == "classification"]
    simple = next(row["score"] for row in rows if "TF-IDF" in row["model"])
    assert all(row["score"] < simple for row in rows if not row["baseline"])


def test_rows_stand_in_the_order_of_the_candidates_whatever_their_scores(cells, monkeypatch):
    bits = "bits per character"
    rows = [
        Row("bert", False, {bits: 1.0}, parameters=9, bound=True),
        Row("gru", False, {bits: 1.5}, parameters=9),
        Row("n-gram", True, {bits: 2.0}),
    ]
    monkeypatch.setattr(
        cells.modelzoo, "compare", lambda *_, **__: Comparison("generation", tuple(rows))
    )
    told = cells.run_task("generation", ["gru", "bert"], seed=0)
    assert [row["model"] for row in told] == ["n-gram", "gru", "bert"]
    assert [row["bound"] for row in told] == [False, False, True]
    rows[0] = Row("bert", False, {}, error=InputError("too short"))
    with pytest.raises(InputError, match="too short"):
        cells.run_task("generation", ["gru", "bert"], seed=0)
