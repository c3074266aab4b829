"""Real data: complete records, fixed parts without leaks, files that are whole or not there."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import http.server
import io
import json
import re
import subprocess
import sys
import tarfile
import threading
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from at_hand import is_at_hand, loaded

from modelzoo.data.series import SeriesPanel
from modelzoo.datasets import Dataset, list_datasets, load_dataset
from modelzoo.datasets.catalogue import CATALOGUE
from modelzoo.datasets.download import Download, cache_folder, fetch
from modelzoo.datasets.texts import PACKAGES
from modelzoo.datasets.unpacking import (
    dialogue_turns,
    every_second_line,
    gunzipped,
    spoken_digits,
    zip_member,
)
from modelzoo.errors import FileError, UnknownNameError

EMBEDDED = [name for name in list_datasets() if not CATALOGUE[name].downloads]


PUBLISHED = [name for name in list_datasets() if CATALOGUE[name].downloads]


def of_task(task: str) -> list[str]:
    return [name for name in list_datasets(task) if name in EMBEDDED]


@pytest.mark.parametrize("name", EMBEDDED)
def test_an_embedded_dataset_loads_with_its_record_and_both_parts(name):
    data = loaded(name)
    for text in (data.title, data.description, data.source, data.licence, data.citation):
        assert len(text) > 2  # as MIT
    assert len(data.train.X) and len(data.test.X)
    assert name in repr(data) and data.name == name


@pytest.mark.parametrize("name", EMBEDDED)
def test_loading_twice_gives_equal_data_that_share_nothing(name):
    first, second = load_dataset(name), load_dataset(name)
    for part in ("train", "test"):
        one, other = getattr(first, part), getattr(second, part)
        assert one.X is not other.X
        if isinstance(one.X, list):
            assert one.X == other.X
        else:
            assert not np.shares_memory(np.asarray(one.X), np.asarray(other.X))
            np.testing.assert_array_equal(np.asarray(one.X), np.asarray(other.X))
        assert (one.y is None) == (other.y is None)
        if one.y is not None:
            assert list(one.y) == list(other.y)


@pytest.mark.parametrize("name", of_task("forecasting"))
def test_the_test_part_of_a_series_continues_its_training_part(name):
    data = loaded(name)
    whole = SeriesPanel.read(data.train.X).append(data.test.X)
    assert len(whole.series[0]) == len(data.train.X) + len(data.test.X)
    assert whole.series[0].index.freqstr == data.frequency == data.test.X.index.freqstr
    assert not np.isnan(whole.series[0].values).any()
    assert len(data.test.X) >= data.horizon and data.season_length >= 1 and data.units


@pytest.mark.parametrize("name", of_task("classification"))
def test_both_parts_hold_the_same_classes_in_the_same_shares(name):
    data = loaded(name)
    assert len(data.train.X) == len(data.train.y) and len(data.test.X) == len(data.test.y)
    shares = [pd.Series(list(part.y)).value_counts(normalize=True) for part in data_parts(data)]
    assert set(shares[0].index) == set(shares[1].index)
    assert (shares[0] - shares[1]).abs().max() < 0.01


def data_parts(data: Dataset):
    return [data.train, data.test]


def test_records_are_sequences_of_steps_and_channels():
    assert loaded("digits").train.X.shape[1:] == (8, 8)
    cancer = loaded("breast_cancer")
    assert cancer.train.X.shape[1:] == (10, 3)
    mean, worst = cancer.train.X[:, :, 0], cancer.train.X[:, :, 2]
    assert (worst[:, :4] >= mean[:, :4]).all()  # the worst radius is no less than the mean radius


def test_help_topics_share_no_paragraph_between_the_parts():
    data = loaded("pydoc_topics")
    paragraphs = [
        {" ".join(block.split()) for text in part.X for block in text.split("\n\n")} - {""}
        for part in data_parts(data)
    ]
    assert not paragraphs[0] & paragraphs[1]
    characters = [sum(map(len, part.X)) for part in data_parts(data)]
    assert characters[0] > 100_000 and 0.08 < characters[1] / sum(characters) < 0.25
    assert not any(
        line and set(line) <= set("*=-~") for line in "\n".join(data.train.X).split("\n")
    )


def test_docstrings_do_not_name_their_package_and_no_text_is_in_both_parts():
    data = loaded("docstrings")
    assert not set(data.train.X) & set(data.test.X)
    for text in [*data.train.X, *data.test.X]:
        assert not any(package in text.lower() for package in (*PACKAGES, "scikit"))
    counts = pd.Series(data.train.y).value_counts()
    assert counts.nunique() == 1 and counts.iloc[0] > 300


@pytest.mark.parametrize(
    ("code", "forbidden"),
    [
        ("list_datasets(); list_datasets('generation')", "numpy pandas sklearn statsmodels yaml"),
        ("load_dataset('docstrings')", "keras tensorflow matplotlib statsmodels sklearn"),
        ("load_dataset('pydoc_topics')", "numpy pandas sklearn"),
        ("load_dataset('sunspots')", "keras tensorflow sklearn"),
    ],
)
def test_only_what_is_needed_is_imported(code, forbidden):
    program = (
        f"import sys; from modelzoo.datasets import *; {code}; "
        f"print([name for name in {forbidden.split()} if name in sys.modules])"
    )
    root = Path(__file__).resolve().parents[1]
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=root)
    assert run.stdout.strip() == "[]", run.stdout + run.stderr


def test_unknown_names_are_errors_that_offer_the_nearest():
    with pytest.raises(UnknownNameError, match="did you mean 'sunspots'"):
        load_dataset("sunspot")
    with pytest.raises(UnknownNameError, match="did you mean 'forecasting'"):
        list_datasets("forecast")


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """A source folder, a cache folder and an own data folder, all empty."""
    for name in ("source", "cache", "own"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("MODELZOO_DATA", raising=False)
    return tmp_path


def public_file(folders: Path, content: bytes = b"a,b\n1,2\n", url: str | None = None) -> Download:
    source = folders / "source" / "table.csv"
    source.write_bytes(content)
    return Download(
        "some_set", "table.csv", url or source.as_uri(), hashlib.sha256(content).hexdigest()
    )


def files_below(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_a_file_is_downloaded_once_and_then_read_from_the_cache(folders):
    download = public_file(folders)
    path = fetch(download)
    assert path == cache_folder() / "some_set" / "table.csv" and path.read_bytes() == b"a,b\n1,2\n"
    (folders / "source" / "table.csv").unlink()
    assert fetch(download) == path
    assert files_below(folders / "cache") == ["table.csv"]


def test_a_file_is_downloaded_over_http(folders):
    handler = functools.partial(
        http.server.SimpleHTTPRequestHandler, directory=str(folders / "source")
    )
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{server.server_address[1]}"
        assert fetch(public_file(folders, url=f"{base}/table.csv")).read_bytes() == b"a,b\n1,2\n"
        gone = dataclasses.replace(public_file(folders), filename="x", url=f"{base}/none.csv")
        with pytest.raises(FileError, match="404"):
            fetch(gone)
        server.shutdown()


def test_the_users_own_folder_comes_first(folders, monkeypatch):
    download = dataclasses.replace(public_file(folders), url="http://127.0.0.1:9/unreachable")
    own = folders / "own" / "some_set" / "table.csv"
    own.parent.mkdir()
    own.write_bytes(b"a,b\n1,2\n")
    monkeypatch.setenv("MODELZOO_DATA", str(folders / "own"))
    assert fetch(download) == own
    own.write_bytes(b"another table")
    with pytest.raises(FileError, match=r"MODELZOO_DATA\) has the sha256"):
        fetch(download)


def test_a_wrong_file_at_the_url_leaves_nothing_behind(folders):
    download = dataclasses.replace(public_file(folders), sha256="0" * 64)
    with pytest.raises(FileError, match="expected 0000"):
        fetch(download)
    assert files_below(folders / "cache") == []


def test_a_damaged_file_in_the_cache_is_replaced(folders):
    download = public_file(folders)
    fetch(download).write_bytes(b"half")
    assert fetch(download).read_bytes() == b"a,b\n1,2\n"


def test_without_network_the_error_says_where_to_put_the_file(folders):
    download = dataclasses.replace(public_file(folders), url="http://127.0.0.1:9/table.csv")
    with pytest.raises(FileError, match=r"put the file at .*some_set.table\.csv, or set MODELZOO"):
        fetch(download)
    assert files_below(folders / "cache") == []


def test_what_is_not_published_as_read_is_made_of_what_is(folders):
    archive = folders / "source" / "sets.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("deep/lines.txt", "a\nb\nc\n")
    download = Download(
        "some_set",
        "lines.txt",
        archive.as_uri(),
        hashlib.sha256(b"a\nc\n").hexdigest(),
        made=every_second_line(zip_member("lines.txt")),
    )
    assert fetch(download).read_bytes() == b"a\nc\n"
    assert files_below(folders / "cache") == ["lines.txt"]
    broken = dataclasses.replace(public_file(folders), filename="x", made=gunzipped)
    with pytest.raises(FileError, match=r"x cannot be made of .*BadGzipFile"):
        fetch(broken)
    other = dataclasses.replace(download, filename="x", made=zip_member("lines.txt"))
    with pytest.raises(FileError, match="made of what is published there, has the sha256"):
        fetch(other)
    assert files_below(folders / "cache") == ["lines.txt"]


def test_an_archive_of_recordings_is_cut_to_the_same_bytes_each_time(tmp_path):
    source = tmp_path / "all.tar.gz"
    with tarfile.open(source, "w:gz") as archive:
        for name in ("3_theo_17", "3_theo_18", "0_jackson_2", "0_lucas_2"):
            member = tarfile.TarInfo(f"digits-26eb/recordings/{name}.wav")
            member.size = len(name)
            archive.addfile(member, io.BytesIO(name.encode()))
    made = spoken_digits([source])
    assert made == spoken_digits([source])
    with tarfile.open(fileobj=io.BytesIO(made)) as archive:
        assert archive.getnames() == ["0_jackson_2.wav", "3_theo_17.wav"]
        assert archive.extractfile("3_theo_17.wav").read() == b"3_theo_17"


def test_dialogues_keep_who_says_what(tmp_path):
    turn = {"speaker": "USER", "utterance": "Hi", "frames": []}
    published = [{"turns": [turn], "services": ["Taxi"], "dialogue_id": "1_0"}]
    (tmp_path / "a.json").write_text(json.dumps(published))
    line = b'{"dialogue_id": "1_0", "services": ["Taxi"], "turns": [{"speaker": "USER", '
    assert dialogue_turns([tmp_path / "a.json"] * 2) == (line + b'"utterance": "Hi"}]}\n') * 2


def test_a_dataset_out_of_reach_names_one_that_is_at_hand(folders, monkeypatch):
    entry = CATALOGUE["airline_passengers"]
    gone = dataclasses.replace(entry.downloads[0], url="http://127.0.0.1:9/table.csv")
    local = dataclasses.replace(entry, downloads=(gone,))
    monkeypatch.setitem(CATALOGUE, "airline_passengers", local)
    with pytest.raises(FileError, match=r"put the file at .* load_dataset\('elnino'\)"):
        load_dataset("airline_passengers")


def test_a_downloadable_dataset_is_read_from_its_file(folders, monkeypatch):
    rows = [
        f'"{year}-{month:02}",{100 + month}' for year in range(1949, 1961) for month in range(1, 13)
    ]
    content = "\n".join(['"Month","Passengers"', *rows]).encode()
    entry = CATALOGUE["airline_passengers"]
    local = dataclasses.replace(entry, downloads=(public_file(folders, content),))
    monkeypatch.setitem(CATALOGUE, "airline_passengers", local)
    data = load_dataset("airline_passengers")
    assert (len(data.train.X), len(data.test.X)) == (120, 24)
    assert str(data.test.X.index[0].date()) == "1959-01-01" and data.test.X.index.freqstr == "MS"


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_download_is_pinned_and_named_and_has_an_alternative(name):
    alternative = CATALOGUE[name].alternative
    assert alternative in EMBEDDED and CATALOGUE[alternative].task == CATALOGUE[name].task
    for download in CATALOGUE[name].downloads:
        assert download.dataset in CATALOGUE and download.url.startswith("https://")
        assert len(download.sha256) == 64 and int(download.sha256, 16) >= 0
        for url in (download.url, *download.more):
            assert re.search(r"/[0-9a-f]{40}(/|\.)", url), f"{url} names no commit"


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_dataset_has_a_whole_record_and_parts_that_fit_each_other(name):
    entry = CATALOGUE[name]
    for text in (entry.title, entry.description, entry.source, entry.licence, entry.citation):
        assert len(text) > 2  # as MIT
    assert entry.task != "forecasting" or (entry.horizon and entry.season_length and entry.units)
    if not is_at_hand(name):
        pytest.skip("its files are not at hand")
    data = loaded(name)
    parts = [part for part in (data.train, data.validation, data.test) if part is not None]
    for part in parts:
        assert len(part.X) and (part.y is None or len(part.y) == len(part.X))
    if data.task == "classification":
        assert set(data.test.y) <= set(data.train.y)
        for part, whose in data.extras.get("groups", {}).items():
            assert len(whose) == len(getattr(data, part).X)
    if data.task == "forecasting":  # no step is in two parts, none is left out between them
        whole = SeriesPanel.read(data.train.X)
        for part in parts[1:]:
            whole = whole.append(part.X)
        assert sum(map(len, whole.series)) == sum(len(part.X) for part in parts)
        assert getattr(whole.series[0].index, "freqstr", None) == data.frequency
        assert SeriesPanel.read(data.before_test.X).append(data.test.X).state() == whole.state()
