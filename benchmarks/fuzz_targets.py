"""What is fuzzed: each reader of files from elsewhere, with small files that it reads.

Imports are made where they are used: most of the readers need no framework, and start at once.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import random
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from mutations import changed_bytes, changed_json

ROOT = Path(__file__).resolve().parents[1]


class Target(NamedTuple):
    """One reader.

    Attributes:
        suffix: How the files that it reads end.
        seeds: Small files that it reads, made when asked for.
        read: Reads the file at a path.
        change: Makes a new input of the seeds.
    """

    suffix: str
    seeds: Callable[[], list[bytes]]
    read: Callable[[Path], object]
    change: Callable[[list[bytes], random.Random], bytes]


def _bytes(seeds: list[bytes], rng: random.Random) -> bytes:
    return changed_bytes(rng.choice(seeds), rng, seeds)


def sealed(members: dict[str, bytes]) -> bytes:
    """A bundle of these members whose checksums are right."""
    with contextlib.suppress(ValueError, AttributeError):
        digests = {
            name: hashlib.sha256(data).hexdigest()
            for name, data in members.items()
            if name != "bundle.json"
        }
        header = json.loads(members["bundle.json"])
        if isinstance(header.get("sha256"), dict):
            members = members | {"bundle.json": json.dumps(header | {"sha256": digests}).encode()}
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def changed_bundle(seeds: list[bytes], rng: random.Random) -> bytes:
    """A bundle one of whose members has changed, as JSON or in its bytes, and is sealed again."""
    with zipfile.ZipFile(io.BytesIO(rng.choice(seeds))) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = rng.choice(("bundle.json", "bundle.json", "adapter.json", "adapter.json", *members))
    if name.endswith(".json") and rng.random() < 0.8:
        members[name] = json.dumps(changed_json(json.loads(members[name]), rng)).encode()
    elif name.endswith(".safetensors") and rng.random() < 0.8:
        length = struct.unpack("<Q", members[name][:8])[0]
        table = changed_json(json.loads(members[name][8 : 8 + length]), rng)
        text = json.dumps(table).encode()
        members[name] = struct.pack("<Q", len(text)) + text + members[name][8 + length :]
    else:
        members[name] = changed_bytes(members[name], rng)
    return sealed(members)


def _bundles() -> list[bytes]:
    return [path.read_bytes() for path in sorted((ROOT / "tests" / "bundles").glob("*.mz"))]


def _inspect(path: Path) -> object:
    from modelzoo.bundle_files.contents import inspect_bundle
    from modelzoo.bundle_files.limits import check_network
    from modelzoo.bundle_files.model_card import data_shape, training

    contents = inspect_bundle(path)
    check_network(contents)
    return data_shape(contents.header["task"], contents.adapter), training(contents.header)


def _load(path: Path) -> object:
    import modelzoo

    return modelzoo.load(path)


def _registry(path: Path) -> object:
    from modelzoo.registry.schema import read_cards

    return [repr(card) for card in read_cards(path.read_bytes(), "registry", "fuzz").values()]


def _entries() -> list[bytes]:
    """The registry file, an entry each: short inputs change more for their length."""
    content = (ROOT / "registry.yaml").read_text(encoding="utf-8")
    head, _, models = content.partition("models:\n")
    entries, lines = [], []
    for line in models.splitlines(keepends=True):
        if line.startswith("  ") and line[2] not in " #":
            entries.append("".join(lines))
            lines = []
        lines.append(line)
    whole = [entry for entry in [*entries, "".join(lines)] if entry.strip()]
    return [f"{head}models:\n{entry}".encode() for entry in whole]


def _ucr(path: Path) -> object:
    from modelzoo.datasets.formats import read_ucr

    return read_ucr(path)


def _ts(path: Path) -> object:
    from modelzoo.datasets.formats import read_ts

    return read_ts(path)


def _wav(path: Path) -> object:
    from modelzoo.datasets.formats import read_wav

    return read_wav(path)


def _rows(path: Path) -> object:
    from modelzoo.datasets.labelled_files import read_rows

    return read_rows(path, labelled=True)


def _series(path: Path) -> object:
    from modelzoo.data.series import SeriesPanel
    from modelzoo.datasets.series_files import read_series

    return SeriesPanel.read(read_series(path))


def _pairs(path: Path) -> object:
    from modelzoo.datasets.documents import read_documents, read_pairs

    return read_pairs(path) or read_documents(path)


def _documents(path: Path) -> object:
    from modelzoo.data.text_files import open_text_files
    from modelzoo.datasets.documents import read_documents

    texts = open_text_files(path)
    return read_documents(path), texts and list(texts)


def _sounds() -> list[bytes]:
    import numpy as np
    from scipy.io import wavfile

    wave, made = np.sin(np.arange(200) / 5), []
    for samples in (
        (wave * 32_767).astype("int16"),
        (wave * 100 + 128).astype("uint8"),
        np.stack([wave, -wave], axis=1).astype("float32"),
    ):
        file = io.BytesIO()
        wavfile.write(file, 8000, samples)
        made.append(file.getvalue())
    return made


_UCR = [b"1\t0.5\t0.25\t-1\n2\t1\t\tNaN\n1\t3\t4\t5\n", b"a,1,2,3\nb,4,5,6\n", b"1 2 3\n2 4 5\n"]
_TS = [
    b"#c\n@problemName x\n@univariate true\n@classLabel true a b\n@data\n1,2,3:a\n4,?,6:b\n",
    b"@dimensions 2\n@classLabel false\n@data\n1,2:3,4\n5,6:7,8\n",
]
_TABLES = [
    b'text,label\nfine words,good\n"two,\nlines",bad\nfine,good\n',
    b"a;b;label\n1;2.5;x\n3;4;y\n",
    b"\xef\xbb\xbfvalue\tlabel\n1\t0\n2\t1\n",
]
_TIMES = [
    b"ds,y\n2020-01-01,1\n2020-01-02,2\n2020-01-03,\n2020-01-04,4\n",
    b"unique_id,ds,y\na,1,1.5\na,2,2.5\nb,1,3\nb,2,4\n",
    b"month;value\n2020-01;1\n2020-02;2\n2020-03;3\n",
    b"time,value\n2020-01-01 00:00:00+01:00,1\n2020-01-01 01:00:00+01:00,2\n"
    b"2020-01-01 02:00:00+01:00,3\n",
]
_LINES = [
    b'{"prompt": "a", "completion": "b"}\n{"prompt": "c", "completion": "d"}\n',
    b'"a text"\n"another"\n',
    b'{"text": "a \\u00e4", "n": 1.5}\n\n{"text": "b", "n": NaN}\n',
]
_LABELLED = [
    b'{"text": "a", "label": "x"}\n{"text": "b", "label": "y"}\n',
    b'{"n": 1.5, "m": 2, "label": 0}\n\n{"n": 2.5, "m": 1, "label": 1}\n',
]
_TEXTS = [b"a text\n\nanother\nof two lines\n", "Ä text — with “quotes”\r\n\r\n🙂".encode()]

TARGETS = {
    "bundle": Target(".mz", _bundles, _inspect, _bytes),
    "bundle_members": Target(".mz", _bundles, _inspect, changed_bundle),
    "load": Target(".mz", _bundles, _load, changed_bundle),
    "registry": Target(".yaml", _entries, _registry, _bytes),
    "ucr": Target(".tsv", lambda: _UCR, _ucr, _bytes),
    "ts": Target(".ts", lambda: _TS, _ts, _bytes),
    "wav": Target(".wav", _sounds, _wav, _bytes),
    "rows": Target(".csv", lambda: _TABLES, _rows, _bytes),
    "rows_of_lines": Target(".jsonl", lambda: _LABELLED, _rows, _bytes),
    "series": Target(".csv", lambda: _TIMES, _series, _bytes),
    "pairs": Target(".jsonl", lambda: _LINES, _pairs, _bytes),
    "documents": Target(".txt", lambda: _TEXTS, _documents, _bytes),
}
