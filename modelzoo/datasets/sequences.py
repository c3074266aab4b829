"""Loaders of the published sequences to classify; their parts are the publishers' own."""

from __future__ import annotations

from typing import Any

import numpy as np

from modelzoo.datasets.catalogue import Entry
from modelzoo.datasets.download import fetch
from modelzoo.datasets.formats import read_ts, read_ucr, read_wav
from modelzoo.datasets.spectrograms import log_mel

_TEST_TAKES = 5


def ucr(entry: Entry) -> dict[str, Any]:
    """A set of the UCR archive: X (N, T)."""
    train, test = (read_ucr(fetch(download)) for download in entry.downloads)
    return {"train": train, "test": test}


def uea(entry: Entry) -> dict[str, Any]:
    """A set of the UEA archive: X (N, T, C), or a list of (T_i, C) where lengths differ."""
    train, test = (read_ts(fetch(download)) for download in entry.downloads)
    return {"train": train, "test": test}


def spoken_digits(entry: Entry) -> dict[str, Any]:
    """Spectrograms: X, a list of (T_i, 40); y, the digits (N,); and who speaks."""
    import tarfile

    sounds, names, rates = [], [], set()
    with tarfile.open(fetch(entry.downloads[0])) as archive:
        for member in archive:
            file = archive.extractfile(member)
            assert file is not None  # the archive holds files only: its bytes were checked
            sound, rate = read_wav(file)
            sounds.append(sound)
            names.append(member.name.removesuffix(".wav").split("_"))
            rates.add(rate)
    (rate,) = rates
    spectrograms = log_mel(sounds, rate)
    digits = np.array([int(digit) for digit, _, _ in names])
    speakers = np.array([speaker for _, speaker, _ in names])
    tests = np.array([int(take) < _TEST_TAKES for _, _, take in names])
    parts: dict[str, Any] = {"extras": {"groups": {}}}
    for part, chosen in (("train", np.flatnonzero(~tests)), ("test", np.flatnonzero(tests))):
        parts[part] = ([spectrograms[i] for i in chosen], digits[chosen])
        parts["extras"]["groups"][part] = speakers[chosen]
    return parts
