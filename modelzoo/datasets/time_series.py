"""Loaders of the forecasting data: series on a time index; parts follow each other in time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
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


def etth1(entry: Entry) -> Parts:
    """Seven hourly channels of a transformer; the rows that the literature uses."""
    return _cut(_table(entry).iloc[:14_400], 8_640, 11_520)


def opsd_germany_daily(entry: Entry) -> Parts:
    """Four daily channels of electricity."""
    return _cut(_table(entry), "2016-01-01", "2017-01-01")


def vic_electricity(entry: Entry) -> Parts:
    """Half-hourly demand and temperature, on local time: its days begin where people's do."""
    utc = pd.read_csv(fetch(entry.downloads[0]), index_col="Time", parse_dates=True)
    local = pd.DatetimeIndex(utc.index.tz_convert("Australia/Melbourne"), freq=entry.frequency)
    table = utc[["Demand", "Temperature"]].set_axis(local.rename(None))
    return _cut(table, "2014-01-01", "2014-07-01")


def co2_mauna_loa(entry: Entry) -> Parts:
    """Monthly CO2, months without a measurement missing."""
    series = _table(entry)["CO2"].rename("co2")
    return _cut(series, None, len(series) - 120)


def exchange_rate(entry: Entry) -> Parts:
    """Eight currencies, days numbered; 70 %, 10 % and 20 %."""
    names = ("Australia", "Britain", "Canada", "Switzerland", "China", "Japan", "New Zealand")
    table = pd.read_csv(fetch(entry.downloads[0]), header=None, names=[*names, "Singapore"])
    return _shared_out(table.astype(float))


def national_illness(entry: Entry) -> Parts:
    """Seven weekly channels; 70 %, 10 % and 20 %."""
    return _shared_out(_table(entry))


def sp500_monthly(entry: Entry) -> Parts:
    """The index and what is published beside it, where it is published."""
    table = _table(entry)
    table = table.where(table != 0)
    return _cut(table, None, len(table) - len(table) // 5)


def melbourne_min_temp(entry: Entry) -> Parts:
    """The coldest temperature of each day; two days are missing."""
    series = _table(entry)["Temp"].rename("temperature")
    return _cut(series, "1989-01-01", "1990-01-01")


def seattle_weather(entry: Entry) -> Parts:
    """Four daily channels of weather."""
    return _cut(_table(entry).drop(columns="weather"), None, "2015-01-01")


def m4_hourly(entry: Entry) -> Parts:
    """414 series as long frames, hours numbered."""
    train, test = (pd.read_csv(fetch(download)) for download in entry.downloads)
    lengths = train.iloc[:, 1:].notna().sum(axis=1).to_numpy()
    return {
        "train": (_long(train, np.zeros_like(lengths)), None),
        "test": (_long(test, lengths), None),
    }


def stocknet_prices(entry: Entry) -> Parts:
    """Adjusted closing prices as long frames, a row a week day."""
    days = pd.bdate_range("2014-01-02", "2015-12-31")  # the first and the last with a price
    stocks = []
    for download in entry.downloads:
        path = fetch(download)
        prices = pd.read_csv(path, index_col="Date", parse_dates=True)["Adj Close"].reindex(days)
        stocks.append(pd.DataFrame({"unique_id": Path(path).stem, "ds": days, "y": prices.array}))
    long = pd.concat(stocks, ignore_index=True)
    bounds = pd.to_datetime(["2014-01-01", "2015-08-01", "2015-10-01", "2016-01-01"])
    parts: Parts = {}
    for part, start, end in zip(("train", "validation", "test"), bounds, bounds[1:], strict=False):
        inside = (long["ds"] >= start) & (long["ds"] < end)
        parts[part] = (long[inside].reset_index(drop=True), None)
    return parts


def _table(entry: Entry) -> pd.DataFrame:
    """A file whose first column is the time, every step of it there; missing values are NaN."""
    table = pd.read_csv(fetch(entry.downloads[0]), index_col=0, parse_dates=True)
    return table.asfreq(entry.frequency).rename_axis(index=None)


def _long(wide: pd.DataFrame, starts: Any) -> pd.DataFrame:
    """A long frame of a table with a series a row: its name, then its values.

    Args:
        wide: The table; a row's missing values stand at its end.
        starts: The number of each series' first step.
    """
    values = wide.iloc[:, 1:].to_numpy(dtype=float)
    rows, steps = np.nonzero(~np.isnan(values))
    names = wide.iloc[:, 0].to_numpy()[rows]
    return pd.DataFrame({"unique_id": names, "ds": starts[rows] + steps, "y": values[rows, steps]})


def _shared_out(table: pd.DataFrame) -> Parts:
    """70 %, 10 % and 20 %, rounded as the literature on long horizons does."""
    train, test = int(len(table) * 0.7), int(len(table) * 0.2)
    return _cut(table, train, len(table) - test)


def _cut(series: Any, validation: int | str | None, test: int | str) -> Parts:
    """Cuts a series or table where the parts begin: at a row's number or a date."""
    places = [
        series.index.searchsorted(pd.Timestamp(each, tz=series.index.tz))
        if isinstance(each, str)
        else each
        for each in (validation, test)
    ]
    first, last = places[0] if validation is not None else places[1], places[1]
    parts: Parts = {"train": (series.iloc[:first], None), "test": (series.iloc[last:], None)}
    if validation is not None:
        parts["validation"] = (series.iloc[first:last], None)
    return parts


def _ended(values: Any, index: pd.DatetimeIndex, name: str, entry: Entry, test: int) -> Parts:
    """One series, its last ``test`` steps apart."""
    dated = pd.DatetimeIndex(index, freq=entry.frequency).rename(None)
    series = pd.Series(values, index=dated, name=name)
    return {"train": (series.iloc[:-test], None), "test": (series.iloc[-test:], None)}
