"""Loaders of the forecasting data: series on a time index, the last steps for testing."""

from __future__ import annotations

from typing import Any

import pandas as pd

from modelzoo.datasets.catalogue import Entry
from modelzoo.datasets.download import fetch

Parts = dict[str, tuple[Any, None]]


def airline_passengers(entry: Entry) -> Parts:
    """Monthly airline passengers, from a downloaded file."""
    table = pd.read_csv(fetch(entry.downloads[0]))
    index = pd.DatetimeIndex(pd.to_datetime(table["Month"], format="%Y-%m"))
    return _ended(table["Passengers"].to_numpy(dtype=float), index, "passengers", entry, 24)


def sunspots(entry: Entry) -> Parts:
    """Yearly sunspot numbers."""
    from statsmodels.datasets import sunspots as source

    values = source.load_pandas().data["SUNACTIVITY"].to_numpy(dtype=float)
    index = pd.date_range("1700-01-01", periods=len(values), freq=entry.frequency)
    return _ended(values, index, "sunspots", entry, 33)


def co2(entry: Entry) -> Parts:
    """Monthly means of the weekly CO2 measurements, gaps interpolated."""
    from statsmodels.datasets import co2 as source

    monthly = source.load_pandas().data["co2"].resample("MS").mean().interpolate()
    return _ended(monthly.to_numpy(dtype=float), monthly.index, "co2", entry, 60)


def elnino(entry: Entry) -> Parts:
    """Monthly sea surface temperatures, the table of years read row by row."""
    from statsmodels.datasets import elnino as source

    table = source.load_pandas().data
    values = table.drop(columns="YEAR").to_numpy(dtype=float).ravel()
    first = f"{int(table['YEAR'].iloc[0])}-01-01"
    index = pd.date_range(first, periods=len(values), freq=entry.frequency)
    return _ended(values, index, "temperature", entry, 60)


def macrodata(entry: Entry) -> Parts:
    """Quarterly macroeconomic channels."""
    from statsmodels.datasets import macrodata as source

    table = source.load_pandas().data
    table.index = pd.date_range("1959-01-01", periods=len(table), freq=entry.frequency)
    channels = table.drop(columns=["year", "quarter"]).astype(float)
    return {"train": (channels.iloc[:-16], None), "test": (channels.iloc[-16:], None)}


def _ended(values: Any, index: pd.DatetimeIndex, name: str, entry: Entry, test: int) -> Parts:
    """One series, its last ``test`` steps apart."""
    dated = pd.DatetimeIndex(index, freq=entry.frequency).rename(None)
    series = pd.Series(values, index=dated, name=name)
    return {"train": (series.iloc[:-test], None), "test": (series.iloc[-test:], None)}
