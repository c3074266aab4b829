"""Plots and tables for people."""

from __future__ import annotations

import io
import sys

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from modelzoo.report import leaderboard, plot_panels


def frame(index: pd.Index, middle: float = 5.0) -> pd.DataFrame:
    values = np.full((len(index), 3), middle) + np.array([-1.0, 0.0, 1.0])
    return pd.DataFrame(values, index=index, columns=[0.1, 0.5, 0.9])


MONTHS = pd.date_range("2000-01-01", periods=40, freq="MS")
INDEXES = {
    "dates": MONTHS,
    "periods": MONTHS.to_period("M"),
    "steps": pd.RangeIndex(40),
}


@pytest.mark.parametrize("kind", INDEXES)
def test_a_forecast_is_drawn_on_every_kind_of_time_index(tmp_path, kind):
    index = INDEXES[kind]
    history = pd.Series(np.arange(36.0), index=index[:36])
    actual = pd.Series(np.arange(4.0), index=index[36:])
    path = tmp_path / "plot.png"
    plot_panels([("", history, frame(index[36:]), actual)], path)
    assert path.read_bytes().startswith(b"\x89PNG") and path.stat().st_size > 5000


def test_several_channels_are_drawn_one_a_panel():
    history = pd.Series(np.arange(36.0), index=MONTHS[:36])
    panels = [(name, history, frame(MONTHS[36:]), None) for name in "ab"]
    one, two = plot_panels(panels[:1]), plot_panels(panels)
    assert two.get_figheight() > 1.5 * one.get_figheight()
    assert [axis.get_ylabel() for axis in two.axes] == ["a", "b"]


def test_drawing_leaves_the_state_of_matplotlib_alone():
    plot_panels([("", pd.Series(np.arange(36.0)), frame(pd.RangeIndex(36, 40)), None)])
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or not pyplot.get_fignums()


def test_the_leaderboard_fits_a_terminal():
    rows = [
        {"model": "a quite long name here", "kind": "baseline", "MASE": 1.2345, "weights": None},
        {"model": "b", "kind": "network", "MASE": 0.5, "weights": 1234567},
    ]
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(leaderboard(rows))
    lines = [line.split() for line in console.export_text().splitlines() if line.strip()]
    assert lines[0] == ["model", "kind", "MASE", "weights"]
    assert lines[2] == ["b", "network", "0.500", "1,234,567"]
    assert lines[1][-2:] == ["baseline", "1.234"] or lines[1][-2:] == ["baseline", "1.235"]


def test_a_leaderboard_with_every_forecast_measure_cuts_nothing_at_80_columns():
    measures = ("MASE", "MAE", "RMSE", "sMAPE", "pinball", "coverage")
    row = {"": "baseline", "model": "exponential smoothing", **dict.fromkeys(measures, 0.125)}
    row |= {"seconds": "15.6", "parameters": 10372}
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(leaderboard([row]))
    text = console.export_text()
    assert "…" not in text
    assert {*row} - {""} <= {*text.split()}
    assert "exponential" in text and "smoothing" in text
