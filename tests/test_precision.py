"""What is told of training with 16 bits: the page is what the records say, and they can be made."""

from __future__ import annotations

import precision
import pytest
from at_hand import is_at_hand
from bookkeeping import between, load_backends


def record(before: float, after: float) -> dict:
    return {
        "backend": "jax",
        "figures": [
            {
                "cell": "a cell",
                "measure": "accuracy",
                "float32": {"scores": [0.9, 0.8, 0.7], "seconds": [before] * 3},
                "mixed_bfloat16": {"scores": [0.6], "seconds": [after]},
            }
        ],
        "made": {"machine": "m", "versions": {"keras": "3"}, "date": "d", "commit": "c"},
    }


def test_the_table_has_the_median_score_its_range_and_times_as_fast():
    row = precision.page([record(0.010, 0.008)]).splitlines()[2]
    assert row == (
        "| a cell | jax | accuracy | 0.800 (0.700 to 0.900) | 0.600 (0.600 to 0.600) "
        "| 10.0 ms | 8.0 ms | 1.25 |"
    )


def test_an_update_is_timed_to_its_end_and_the_first_one_is_not(monkeypatch):
    times = iter([0.0, 9.0, 10.0, 11.0, 20.0, 21.5, 30.0, 32.0])  # each begins and ends
    monkeypatch.setattr(precision.time, "perf_counter", lambda: next(times))
    clock = precision.Clock()
    clock.on_train_begin()
    for batch in range(4):
        clock.on_train_batch_begin(batch)
        clock.on_train_batch_end(batch)
    assert clock.seconds == 1.5
    assert not getattr(clock, "async_safe", False)  # so Keras waits for each batch


def test_the_page_is_what_the_records_say(project):
    page = (project / "docs" / "performance.md").read_text(encoding="utf-8")
    records = load_backends(precision.PATH)
    assert between(page, precision.BEGIN, precision.END) == precision.page(records).strip()


@pytest.mark.slow
@pytest.mark.skipif(
    not is_at_hand("tinyshakespeare") or not is_at_hand("digits"),
    reason="set MODELZOO_DATA for its files",
)
def test_the_benchmark_runs(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["precision.py", "--quick"])
    precision.main()
    assert capsys.readouterr().out.count("| tensorflow |") == len(precision.CELLS)
