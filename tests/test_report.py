"""Plots and tables for people."""

from __future__ import annotations

import io
import sys

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from modelzoo.report import leaderboard, plot_panels, shown


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


MEASURES = ("MASE", "MAE", "RMSE", "sMAPE", "pinball", "coverage")


@pytest.mark.parametrize(
    ("error", "width", "left_out"),
    [
        (0.125, 80, set()),
        (34.395, 80, {"parameters"}),
        (234.395, 80, set()),
        (1234.5, 80, {"parameters"}),
        (34.395, 100, set()),
        (34.395, 50, {"pinball", "coverage", "seconds", "parameters"}),
    ],
)
def test_a_leaderboard_of_forecasts_cuts_nothing_that_it_shows(error, width, left_out):
    row = {"": "baseline", "model": "exponential smoothing", **dict.fromkeys(MEASURES, error)}
    row |= {"seconds": "15.6", "parameters": 10372}
    console = Console(width=width, record=True, file=io.StringIO())
    console.print(leaderboard([row]))
    text = console.export_text()
    assert "…" not in text and all(len(line) <= width for line in text.splitlines())
    assert {*text.splitlines()[0].split()} == {*row} - {""} - left_out
    assert text.split().count(shown(error)) == len({*MEASURES} - left_out)
    assert "exponential" in text and "smoothing" in text
