"""Published series and sequences: their loaders on small files made here, and their real sizes."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import tarfile
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from at_hand import is_at_hand, loaded
from scipy.io import wavfile

from modelzoo.datasets import Dataset, load_dataset
from modelzoo.datasets.catalogue import CATALOGUE
from modelzoo.datasets.download import fetch
from modelzoo.datasets.unpacking import spoken_digits

# Steps (of long frames: rows) of the training, validation and test part; channels.
SERIES = {
    "ETTh1": (8640, 2880, 2880, 7),
    "airline_passengers": (120, 0, 24, 1),
    "co2_mauna_loa": (626, 0, 120, 1),
    "exchange_rate": (5311, 760, 1517, 8),
    "m4_hourly": (353_500, 0, 414 * 48, 1),
    "melbourne_min_temp": (2922, 365, 365, 1),
    "national_illness": (676, 97, 193, 7),
    "opsd_germany_daily": (3652, 366, 365, 4),
    "seattle_weather": (1096, 0, 365, 4),
    "sp500_monthly": (1493, 0, 373, 9),
    "stocknet_prices": (20 * 412, 20 * 43, 20 * 66, 1),
    "vic_electricity": (35_088, 8690, 8830, 2),
}
# Records to train on and to test, shortest and longest, channels, classes.
SEQUENCES = {
    "BasicMotions": (40, 40, 100, 100, 6, 4),
    "CBF": (30, 900, 128, 128, 1, 3),
    "ECG200": (100, 100, 96, 96, 1, 2),
    "ECGFiveDays": (23, 861, 136, 136, 1, 2),
    "GunPoint": (50, 150, 150, 150, 1, 2),
    "ItalyPowerDemand": (67, 1029, 24, 24, 1, 2),
    "JapaneseVowels": (270, 370, 7, 29, 12, 9),
    "Lightning7": (70, 73, 319, 319, 1, 7),
    "SwedishLeaf": (500, 625, 128, 128, 1, 15),
    "SyntheticControl": (300, 300, 60, 60, 1, 6),
    "fsdd_4spk": (520, 200, 15, 229, 40, 10),
}


def at_hand(name: str) -> Dataset:
    if not is_at_hand(name):
        pytest.skip("its files are not at hand")
    return loaded(name)


@pytest.mark.parametrize("name", SERIES)
def test_a_published_series_has_the_steps_and_channels_that_its_source_says(name):
    data = at_hand(name)
    parts = [
        0 if part is None else len(part.X) for part in (data.train, data.validation, data.test)
    ]
    long = "unique_id" in getattr(data.train.X, "columns", ())
    channels = 1 if long or data.train.X.ndim == 1 else data.train.X.shape[1]
    assert (*parts, channels) == SERIES[name]


@pytest.mark.parametrize("name", SEQUENCES)
def test_published_sequences_are_as_many_and_as_long_as_their_source_says(name):
    data = at_hand(name)
    records = [*data.train.X, *data.test.X]
    lengths = [len(record) for record in records]
    channels = {1 if record.ndim == 1 else record.shape[1] for record in records}
    found = (len(data.train.X), len(data.test.X), min(lengths), max(lengths), *channels)
    assert (*found, len(set(data.train.y))) == SEQUENCES[name]


def test_the_seasonal_naive_forecast_scores_on_m4_what_the_competition_published():
    data = at_hand("m4_hourly")
    past, future = (
        dict(tuple(part.X.groupby("unique_id")["y"])) for part in (data.train, data.test)
    )
    errors = []
    for name, actual in future.items():
        forecast = np.tile(past[name].to_numpy()[-24:], 2)
        errors.append(200 * abs(actual - forecast) / (abs(actual) + abs(forecast)))
    assert np.mean(errors) == pytest.approx(13.912, abs=5e-4)


def test_repeating_the_last_value_scores_on_etth1_what_was_measured_before():
    data = at_hand("ETTh1")
    mean, deviation = data.train.X.mean(), data.train.X.std(ddof=0)
    values = ((pd.concat([data.before_test.X, data.test.X]) - mean) / deviation).to_numpy()
    begins = range(len(data.before_test.X), len(values) - 96 + 1)
    errors = [np.mean((values[i : i + 96] - values[i - 1]) ** 2) for i in begins]
    assert np.mean(errors) == pytest.approx(1.294, abs=5e-4)


def test_the_cut_of_the_spoken_digits_is_its_own_cut():
    """Made of a file that was cut before, the bytes are the same: nothing else goes in."""
    at_hand("fsdd_4spk")
    path = fetch(CATALOGUE["fsdd_4spk"].downloads[0])
    assert spoken_digits([path]) == path.read_bytes()


@pytest.fixture
def made(tmp_path, monkeypatch) -> Callable[[str, dict[str, bytes | str]], Dataset]:
    """Loads a dataset from files with this content instead of the published ones."""

    def load(name: str, contents: dict[str, bytes | str]) -> Dataset:
        downloads = []
        for download in CATALOGUE[name].downloads:
            if download.filename in contents:
                content = contents[download.filename]
                raw = content.encode() if isinstance(content, str) else content
                downloads.append(
                    dataclasses.replace(download, sha256=hashlib.sha256(raw).hexdigest())
                )
                path = tmp_path / download.place
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(raw)
        assert len(downloads) == len(contents)
        entry = dataclasses.replace(CATALOGUE[name], downloads=tuple(downloads))
        monkeypatch.setitem(CATALOGUE, name, entry)
        monkeypatch.setenv("MODELZOO_DATA", str(tmp_path))
        return load_dataset(name)

    return load


def table(first: str, frequency: str, steps: int, *columns: str) -> pd.DataFrame:
    index = pd.date_range(first, periods=steps, freq=frequency, name="date")
    values = {name: np.arange(1.0, steps + 1) + 100 * i for i, name in enumerate(columns)}
    return pd.DataFrame(values, index=index)


def bounds(data: Dataset) -> list[str]:
    """The first day of each part, and the last of all."""
    parts = [part.X.index for part in (data.train, data.validation, data.test) if part is not None]
    return [str(index[0].date()) for index in parts] + [str(parts[-1][-1].date())]


def test_days_that_a_file_leaves_out_are_missing_values(made):
    days = table("1981-01-01", "D", 3652, "Temp").drop(pd.Timestamp("1984-12-31"))
    data = made("melbourne_min_temp", {"daily-min-temperatures.csv": days.to_csv()})
    assert bounds(data) == ["1981-01-01", "1989-01-01", "1990-01-01", "1990-12-31"]
    missing = data.train.X[data.train.X.isna()].index
    assert list(missing) == [pd.Timestamp("1984-12-31")] and data.train.X.index.freqstr == "D"


def test_half_hours_are_told_on_the_clock_of_the_people_who_use_the_electricity(made):
    utc = table("2013-12-30 13:00", "30min", 48 * 200, "Demand", "Temperature").tz_localize("UTC")
    utc.index = utc.index.strftime("%Y-%m-%dT%H:%M:%SZ")
    content = utc.assign(Date="", Holiday="FALSE").to_csv(index_label="Time")
    data = made("vic_electricity", {"vic_electricity.csv": content})
    assert bounds(data)[:3] == ["2013-12-31", "2014-01-01", "2014-07-01"]
    assert str(data.test.X.index[0]) == "2014-07-01 00:00:00+10:00"  # winter; in summer +11:00
    assert list(data.test.X) == ["Demand", "Temperature"]


def test_zeros_of_the_stock_index_file_are_missing_values(made):
    months = table("1871-01-01", "MS", 100, "SP500", "Dividend", "PE10")
    months.iloc[:10, 2] = months.iloc[-5:, 1] = 0
    data = made("sp500_monthly", {"data.csv": months.to_csv(index_label="Date")})
    assert (len(data.train.X), len(data.test.X)) == (80, 20)
    assert data.train.X.isna().sum().tolist() == [0, 0, 10]
    assert data.test.X.isna().sum().tolist() == [0, 5, 0]


def test_a_table_without_dates_is_numbered_and_shared_out_70_10_20(made):
    rows = "\n".join(",".join([f"0.{i}"] * 8) for i in range(10, 35))
    data = made("exchange_rate", {"exchange_rate.txt": rows})
    assert [list(part.X.index[[0, -1]]) for part in (data.train, data.validation, data.test)] == [
        [0, 16],
        [17, 19],
        [20, 24],
    ]
    assert data.train.X.shape[1] == 8 and data.train.X.iloc[0, 0] == 0.10


def test_the_parts_of_the_transformer_are_the_literatures_rows(made):
    hours = table("2016-07-01", "h", 14_500, "HUFL", "OT")
    data = made("ETTh1", {"ETTh1.csv": hours.to_csv()})
    parts = (data.train.X, data.validation.X, data.test.X)
    assert [(part["HUFL"].iloc[0], part["HUFL"].iloc[-1]) for part in parts] == [
        (1, 8640),
        (8641, 11_520),
        (11_521, 14_400),
    ]
    assert len(data.before_test.X) == 11_520 and data.before_test.X["OT"].iloc[-1] == 11_620


def test_hours_of_series_of_different_lengths_go_on_in_the_test_part(made):
    train = '"V1","V2","V3","V4"\n"H1","1","2","3"\n"H2","4","5",\n'
    test = '"V1","V2","V3"\n"H1","6","7"\n"H2","8","9"\n'
    data = made("m4_hourly", {"Hourly-train.csv": train, "Hourly-test.csv": test})
    rows = [list(part.X.itertuples(index=False, name=None)) for part in (data.train, data.test)]
    assert rows[0] == [("H1", 0, 1), ("H1", 1, 2), ("H1", 2, 3), ("H2", 0, 4), ("H2", 1, 5)]
    assert rows[1] == [("H1", 3, 6), ("H1", 4, 7), ("H2", 2, 8), ("H2", 3, 9)]


def test_prices_keep_the_papers_dates_and_days_without_trading_are_missing(made):
    days = table("2012-09-04", "B", 1000, "Open", "Adj Close").drop(pd.Timestamp("2015-12-25"))
    content = days.to_csv(index_label="Date")
    data = made("stocknet_prices", {"AAPL.csv": content, "XOM.csv": content})
    parts = (data.train.X, data.validation.X, data.test.X)
    assert [str(each["ds"].min().date()) for each in parts] == [
        "2014-01-02",
        "2015-08-03",
        "2015-10-01",
    ]
    assert [str(each["ds"].max().date()) for each in parts] == [
        "2015-07-31",
        "2015-09-30",
        "2015-12-31",
    ]
    missing = data.test.X[data.test.X["y"].isna()]
    assert missing["unique_id"].tolist() == ["AAPL", "XOM"]
    assert set(missing["ds"]) == {pd.Timestamp("2015-12-25")}
    assert len(data.before_test.X) == len(parts[0]) + len(parts[1])


def test_two_files_are_the_two_parts_of_sequences(made):
    data = made(
        "ECG200", {"ECG200_TRAIN.tsv": "1\t2\t3\n-1\t4\t5\n", "ECG200_TEST.tsv": "1\t6\t7\n"}
    )
    assert data.train.X.tolist() == [[2, 3], [4, 5]] and data.train.y.tolist() == [1, -1]
    assert data.test.X.tolist() == [[6, 7]] and data.validation is None and not data.extras
    header = "@dimensions 1\n@classLabel true a b\n@data\n"
    files = {
        "BasicMotions_TRAIN.ts": header + "1,2:b\n",
        "BasicMotions_TEST.ts": header + "3,4:b\n",
    }
    data = made("BasicMotions", files)
    assert data.train.X.shape == (1, 2, 1) and data.test.y.tolist() == ["b"]


def test_recordings_say_digit_speaker_and_part_by_their_names(made):
    names = ("3_theo_4", "3_theo_5", "0_jackson_0", "0_jackson_17")
    data = made("fsdd_4spk", {"recordings.tar": recordings(names)})
    assert data.train.y.tolist() == [3, 0] and data.extras["groups"]["train"].tolist() == [
        "theo",
        "jackson",
    ]
    assert data.test.y.tolist() == [3, 0] and data.extras["groups"]["test"].tolist() == [
        "theo",
        "jackson",
    ]
    assert [record.shape for record in data.train.X] == [(11, 40), (11, 40)]


def recordings(names: tuple[str, ...]) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        for name in names:
            sound = io.BytesIO()
            wavfile.write(sound, 8000, np.zeros(800, dtype="int16"))
            member = tarfile.TarInfo(f"{name}.wav")
            member.size = len(sound.getvalue())
            archive.addfile(member, io.BytesIO(sound.getvalue()))
    return content.getvalue()
