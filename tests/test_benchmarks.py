"""The published figures are those of the code as it stands."""

from __future__ import annotations

import json

import cells
import pytest
import quality
import records
import reliability
import reliability_page

from modelzoo.errors import InputError
from modelzoo.leaderboard import Comparison, Row
from modelzoo.registry.cards import TASKS


@pytest.fixture(scope="module")
def report():
    return json.loads(cells.RESULTS.read_text(encoding="utf-8"))


def test_the_page_shows_figures_of_applications_before_and_since(project):
    page = (project / "docs" / "performance.md").read_text(encoding="utf-8")
    shown = page.split(quality.BEGIN)[1].split(quality.END)[0].strip()
    assert shown == quality.page() and shown.count("\n") == 1 + len(quality.FIGURES)


def test_only_runs_that_were_measured_again_are_compared():
    def run(seed, commit):
        key = dict.fromkeys(records.KEY) | {"seed": seed}
        return key | {"commit": commit, "figure": 0.5}

    once, first, second, third = run(0, "a"), run(1, "a"), run(1, "b"), run(1, "c")
    assert quality.before_and_since([once, first, second, third]) == ([first], [third])


@pytest.mark.parametrize("task", TASKS)
def test_the_cells_were_measured_with_the_defaults_of_today(report, task):
    assert report["runs"][task]["settings"] == cells.settings(task)


def test_readme_shows_the_table_of_the_results(report, project):
    readme = (project / "README.md").read_text(encoding="utf-8")
    shown = readme.split(cells.BEGIN)[1].split(cells.END)[0].strip()
    assert shown == cells.table(report).strip()


@pytest.mark.parametrize("task", TASKS)
def test_all_but_one_beat_the_naive_baseline(report, task):
    rows = [row for row in report["rows"] if row["task"] == task]
    naive = next(row["score"] for row in rows if row["baseline"])
    networks = [row for row in rows if not row["baseline"]]
    better = [row for row in networks if cells.beats(task, row["score"], naive)]
    assert len(better) >= len(networks) - 1


def test_what_readme_says_of_the_simple_method_is_what_the_table_shows(report):
    rows = [row for row in report["rows"] if row["task"] == "classification"]
    simple = next(row["score"] for row in rows if "TF-IDF" in row["model"])
    assert all(row["score"] < simple for row in rows if not row["baseline"])


def test_rows_stand_in_the_order_of_the_candidates_whatever_their_scores(monkeypatch):
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


def test_the_page_of_reliability_is_what_the_records_say(project):
    titles = {name: part.title for name, part in reliability.PARTS.items()}
    found, fuzzed = (records.latest(records.load(name)) for name in ("reliability", "fuzzing"))
    written = (project / "docs" / "reliability.md").read_text(encoding="utf-8")
    assert written == reliability_page.page(titles, found, fuzzed)


REPORT = """<testsuites><testsuite>
<testcase name="a"><properties><property name="kills" value="25"/></properties></testcase>
<testcase name="b"><properties><property name="kills" value="9"/></properties>
<failure message="x"/></testcase>
<testcase name="c"><skipped type="pytest.xfail"/></testcase>
<testcase name="d"><skipped type="pytest.skip"/></testcase>
</testsuite></testsuites>"""


def test_cases_of_a_report_are_counted_by_how_they_ended(tmp_path):
    (tmp_path / "report.xml").write_text(REPORT)
    counts = reliability.counts_of(tmp_path / "report.xml")
    ended = {"passed": 1, "expected": 1, "skipped": 1, "lost": ["b"], "noted": {"kills": 25}}
    assert counts == ended
    (tmp_path / "empty.xml").write_text("<testsuites><testsuite/></testsuites>")
    with pytest.raises(SystemExit, match="no such tests"):
        reliability.counts_of(tmp_path / "empty.xml")
    record = {**counts, "dataset": "kills", "machine": "m", "versions": {}, "date": "d"}
    page = reliability_page.page({"kills": "saves"}, [{**record, "commit": "c"}], [])
    assert "| `kills` | saves (25 kills) | 3 | 1 | 1 | 1 | 1 |" in page and "Lost: `b`" in page
