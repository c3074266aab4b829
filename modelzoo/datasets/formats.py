"""File formats of published sequences: the UCR archive's tables, the UEA archive's .ts, wav.

Each function takes a path and knows nothing of what the numbers mean.
"""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np

from modelzoo.errors import FileError

_MISSING = {"", "?", "nan"}
_FLAGS = {"true": True, "false": False}


def read_ucr(path: str | os.PathLike[str]) -> tuple[Any, np.ndarray]:
    """Reads a table of the UCR archive: a line a record, its label first, then one value a step.

    Args:
        path: The file; tabs, commas or spaces between the values. Values that are missing: ``NaN``,
            ``?`` or nothing. Missing values at a line's end are how the archive writes a shorter
            record.

    Returns:
        X, an array (N, T), or for records of different lengths a list of N arrays (T_i,); missing
        values are NaN. y, the labels (N): integers if all are whole numbers, else texts.

    Raises:
        FileError: The file cannot be read, holds no record, or a line is not of this form; the
            message names file and line.
    """
    records, labels = [], []
    for number, line in enumerate(_lines(path), start=1):
        if not line.strip():
            continue
        label, *cells = _cells(line)
        where = f"{path}:{number}"
        if label.lower() in _MISSING:
            raise FileError(f"{where}: the label, the first value, is missing")
        records.append(_shortened(_numbers(cells, where)[:, None], where)[:, 0])
        labels.append(label)
    _check_any(records, path)
    return _stacked(records), _labels(labels)


def read_ts(path: str | os.PathLike[str]) -> tuple[Any, np.ndarray | None]:
    """Reads a file of the UEA archive: headers that begin with ``@``, then a line a record.

    A record's channels stand behind each other with ``:`` between them, the steps of a channel with
    ``,``; the label comes last. The format is that of aeon and sktime.

    Args:
        path: The file. Of its headers ``@dimensions`` (or ``@univariate``) and ``@classLabel`` are
            held against what it contains. Values that are missing: ``?``, ``NaN`` or nothing.

    Returns:
        X, an array (N, T, C), or for records of different lengths a list of N arrays (T_i, C);
        missing values are NaN, steps that are all missing at a record's end are left out. y, the
        labels (N): integers if all are whole numbers, else texts; None for a file without.

    Raises:
        FileError: The file cannot be read, holds no record, has time stamps or numbers to predict
            instead of labels, or a line is not of this form; the message names file and line.
    """
    lines = _lines(path)
    header, start = _ts_header(lines, path)
    classes = header.get("classlabel", ["false"])
    labelled = classes[0].lower() == "true"
    known = set(classes[1:])
    expected = _channel_count(header, path)
    records, labels = [], []
    for number, line in enumerate(lines[start:], start=start + 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        where = f"{path}:{number}"
        channels = text.split(":")
        if labelled:
            labels.append(channels.pop().strip())
            if known and labels[-1] not in known:
                raise FileError(
                    f"{where}: the label {labels[-1]!r} is none that @classLabel names: "
                    f"{', '.join(sorted(known))}"
                )
        if len(channels) != (expected or len(channels)) or not channels:
            raise FileError(f"{where}: {len(channels)} channels, expected {expected or 'some'}")
        columns = [_numbers(channel.split(","), where) for channel in channels]
        if len({len(column) for column in columns}) > 1:
            raise FileError(
                f"{where}: the channels have {[len(column) for column in columns]} steps, a record "
                f"must have as many in each"
            )
        expected = expected or len(columns)
        records.append(_shortened(np.stack(columns, axis=1), where))  # (T_i, C)
    _check_any(records, path)
    return _stacked(records), _labels(labels) if labelled else None


def read_wav(source: str | os.PathLike[str] | IO[bytes]) -> tuple[np.ndarray, int]:
    """Reads a recording.

    Args:
        source: Path of the wav file, or the open file; samples of 8 to 64 bits, whole numbers or
            floats, uncompressed.

    Returns:
        The samples (T,), float32, full scale is from -1 to 1; several channels are averaged. Then
        the sampling rate in samples a second.

    Raises:
        FileError: The file cannot be read, is no such wav file, is cut short, or holds no samples.
    """
    from scipy.io import wavfile

    name = source if isinstance(source, (str, os.PathLike)) else getattr(source, "name", "the file")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.filterwarnings("ignore", message=".*not understood")  # notes beside the sound
            rate, samples = wavfile.read(io.BytesIO(_bytes(source)))
    except Exception as error:  # SciPy's reader meets a damaged header with errors of any type
        raise FileError(f"{name} cannot be read as an uncompressed wav file: {error}") from error
    if not samples.size:
        raise FileError(f"{name} holds no samples")
    if samples.dtype.kind == "u":  # eight bits are stored without a sign
        scaled = (samples.astype("float64") - 128) / 128
    elif samples.dtype.kind == "i":
        scaled = samples / -float(np.iinfo(samples.dtype).min)
    else:
        scaled = samples.astype("float64")
    mono = scaled if scaled.ndim == 1 else scaled.mean(axis=1)
    return mono.astype("float32"), int(rate)


def _bytes(source: str | os.PathLike[str] | IO[bytes]) -> bytes:
    return Path(source).read_bytes() if isinstance(source, (str, os.PathLike)) else source.read()


def _lines(path: str | os.PathLike[str]) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(f"{path} cannot be read as text: {error}") from error


def _cells(line: str) -> list[str]:
    """A line's values; an empty place between two separators is a value that is missing."""
    for separator in ("\t", ","):
        if separator in line:
            return [cell.strip() for cell in line.split(separator)]
    return line.split()


def _numbers(cells: Sequence[str], where: str) -> np.ndarray:
    """Values (T,); NaN where one is missing."""
    try:
        values = np.array(cells, dtype=float)  # most often all are numbers
        if np.isfinite(values).all():
            return values
    except ValueError:
        pass
    values = np.full(len(cells), np.nan)
    for step, cell in enumerate(cells):
        text = cell.strip()
        if text.lower() in _MISSING:
            continue
        try:
            values[step] = float(text)
        except ValueError:
            raise FileError(f"{where}: value {step + 1} is {text[:40]!r}, not a number") from None
        if np.isinf(values[step]):
            raise FileError(f"{where}: value {step + 1} is infinite")
    return values


def _shortened(record: np.ndarray, where: str) -> np.ndarray:
    """A record (T, C) without the steps at its end that are missing."""
    seen = np.flatnonzero(~np.isnan(record).all(axis=1))
    if not len(seen):
        raise FileError(f"{where}: the record has no values")
    return record[: seen[-1] + 1]


def _stacked(records: list[np.ndarray]) -> Any:
    return np.stack(records) if len({len(record) for record in records}) == 1 else records


def _labels(labels: list[str]) -> np.ndarray:
    """Integers where all labels are whole numbers: archives write 1 also as 1.0000000e+00."""
    try:
        values = np.array([float(label) for label in labels])
    except ValueError:
        return np.array(labels)
    whole = np.isfinite(values).all() and (values == np.round(values)).all()
    return values.astype("int64") if whole else np.array(labels)


def _ts_header(lines: Sequence[str], path: object) -> tuple[dict[str, list[str]], int]:
    """What the lines up to ``@data`` say: the words behind each key; and the number of lines."""
    header: dict[str, list[str]] = {}
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        if not text.startswith("@"):
            raise FileError(
                f"{path}:{number}: expected a header such as '@dimensions 3' or '@data', got "
                f"{text[:40]!r}"
            )
        key, *words = text[1:].split() or [""]
        header[key.lower()] = words
        if key.lower() == "data":
            break
        if key.lower() == "classlabel" and (not words or words[0].lower() not in _FLAGS):
            raise FileError(f"{path}:{number}: @classLabel must be followed by true or false")
        if key.lower() in ("timestamps", "targetlabel") and words[:1] == ["true"]:
            raise FileError(
                f"{path}:{number}: files with @{key} true are not read; needed are values without "
                f"time stamps, and classes (@classLabel)"
            )
    if "data" not in header:
        raise FileError(f"{path} has no line @data: is it a .ts file?")
    return header, number


def _channel_count(header: dict[str, list[str]], path: object) -> int | None:
    """How many channels the headers promise; None where they do not say."""
    words = header.get("dimensions")
    if words is None:
        return 1 if [word.lower() for word in header.get("univariate", [])] == ["true"] else None
    if len(words) != 1 or not words[0].isdecimal() or int(words[0]) < 1:
        raise FileError(f"{path}: @dimensions must be a whole number from 1, got {words}")
    return int(words[0])


def _check_any(records: Sequence[Any], path: object) -> None:
    if not records:
        raise FileError(f"{path} holds no record")
