"""Published file formats: what is read, and errors that name file and line."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile

from modelzoo.data.sequences import read_sequences
from modelzoo.datasets.formats import read_ts, read_ucr, read_wav
from modelzoo.datasets.spectrograms import log_mel
from modelzoo.errors import FileError, InputError

HEADER = (
    "# A note\n@problemName Motions\n@univariate false\n@dimensions 2\n@classLabel true go no\n"
)


def written(folder: Path, text: str, name: str = "set.ts") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("separator", ["\t", ",", "  "])
def test_a_line_of_the_ucr_archive_is_a_label_and_the_steps(tmp_path, separator):
    lines = [["1", "0.5", "-2", "1e3"], ["-1", "7", "8", "9"]]
    X, y = read_ucr(written(tmp_path, "\n".join(map(separator.join, lines)) + "\n\n"))
    np.testing.assert_array_equal(X, [[0.5, -2, 1000], [7, 8, 9]])
    assert y.tolist() == [1, -1] and y.dtype.kind == "i"


def test_labels_are_integers_only_where_all_are_whole_numbers(tmp_path):
    assert read_ucr(written(tmp_path, "1.0000000e+00\t2\n2.0\t2\n"))[1].tolist() == [1, 2]
    assert read_ucr(written(tmp_path, "1.5\t2\n2\t2\n"))[1].tolist() == ["1.5", "2"]
    assert read_ucr(written(tmp_path, "gun\t2\n2\t2\n"))[1].tolist() == ["gun", "2"]


def test_missing_values_at_the_end_make_a_record_shorter_and_others_stay_missing(tmp_path):
    X, _ = read_ucr(written(tmp_path, "1\t5\tNaN\t7\tNaN\tNaN\n2\t?\t6\t\t8\t9\n"))
    assert [len(record) for record in X] == [3, 5]
    np.testing.assert_array_equal(X[0], [5, np.nan, 7])
    np.testing.assert_array_equal(X[1], [np.nan, 6, np.nan, 8, 9])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("1\t2\n2\tx\n", r"set\.ts:2: value 1 is 'x', not a number"),
        ("1\t2\n\n2\tinf\n", r"set\.ts:3: value 1 is infinite"),
        ("1\t2\n?\t3\n", r"set\.ts:2: the label, the first value, is missing"),
        ("1\tNaN\tNaN\n", r"set\.ts:1: the record has no values"),
        ("\n", "holds no record"),
    ],
)
def test_a_broken_table_is_an_error_that_names_file_and_line(tmp_path, text, problem):
    with pytest.raises(FileError, match=problem):
        read_ucr(written(tmp_path, text))


def test_files_that_are_not_there_or_no_text_are_errors(tmp_path):
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00\x81")
    for read in (read_ucr, read_ts):
        with pytest.raises(FileError, match=r"none\.ts cannot be read"):
            read(tmp_path / "none.ts")
        with pytest.raises(FileError, match="binary cannot be read as text"):
            read(tmp_path / "binary")


def test_a_record_of_the_uea_archive_has_steps_and_channels(tmp_path):
    X, y = read_ts(written(tmp_path, HEADER + "@data\n1,2,3:4,5,6:go\n7,8,9:0,0,0:no\n"))
    assert X.shape == (2, 3, 2) and y.tolist() == ["go", "no"]
    np.testing.assert_array_equal(X[0], [[1, 4], [2, 5], [3, 6]])


def test_records_of_different_lengths_are_a_list_that_a_classifier_takes(tmp_path):
    X, _ = read_ts(written(tmp_path, HEADER + "@DATA\n1,2,3:4,5,6:go\n7:0:no\n"))
    assert isinstance(X, list) and [record.shape for record in X] == [(3, 2), (1, 2)]
    assert len(read_sequences(X)) == 2


def test_missing_values_of_one_channel_stay_and_steps_without_any_at_the_end_go(tmp_path):
    X, _ = read_ts(written(tmp_path, HEADER + "@data\n1,?,3,?:?,5,NaN,?:go\n"))
    np.testing.assert_array_equal(X, [[[1, np.nan], [np.nan, 5], [3, np.nan]]])


def test_a_file_without_labels_has_none(tmp_path):
    text = "@univariate true\n@classLabel false\n@data\n1,2\n3,4\n"
    X, y = read_ts(written(tmp_path, text))
    assert X.shape == (2, 2, 1) and y is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (HEADER + "1,2:3,4:go\n", r"set\.ts:6: expected a header such as"),
        (HEADER, "has no line @data"),
        (HEADER + "@data\n", "holds no record"),
        (HEADER + "@data\n1,2:3,4:stay\n", r"set\.ts:7: the label 'stay' is none .*: go, no"),
        (HEADER + "@data\n1,2:go\n", r"set\.ts:7: 1 channels, expected 2"),
        (HEADER + "@data\n1,2:3:go\n", r"set\.ts:7: the channels have \[2, 1\] steps"),
        (HEADER + "@data\n# a note\n1,x:3,4:go\n", r"set\.ts:8: value 2 is 'x', not a number"),
        ("@classLabel false\n@data\n1:2\n1\n", r"set\.ts:4: 1 channels, expected 2"),
        ("@dimensions two\n@data\n", "@dimensions must be a whole number from 1"),
        ("@\n@univariate\n@data\n", "holds no record"),
        ("@classLabel go no\n@data\n", r"set\.ts:1: @classLabel must be followed by"),
        ("@timeStamps true\n@data\n", r"set\.ts:1: files with @timeStamps true are not read"),
        ("@targetLabel true\n@data\n", r"set\.ts:1: files with @targetLabel true are not read"),
    ],
)
def test_a_broken_ts_file_is_an_error_that_names_file_and_line(tmp_path, text, problem):
    with pytest.raises(FileError, match=problem):
        read_ts(written(tmp_path, text))


def recording(samples: np.ndarray, rate: int = 8000) -> bytes:
    file = io.BytesIO()
    wavfile.write(file, rate, samples)
    return file.getvalue()


@pytest.mark.parametrize(
    ("kind", "half"),
    [("uint8", 192), ("int16", 2**14), ("int32", 2**30), ("float32", 0.5), ("float64", 0.5)],
)
def test_samples_of_every_kind_are_read_on_one_scale(tmp_path, kind, half):
    silence = 128 if kind == "uint8" else 0
    path = tmp_path / "a.wav"
    path.write_bytes(recording(np.array([silence, half], dtype=kind)))
    samples, rate = read_wav(path)
    assert samples.tolist() == [0, 0.5] and samples.dtype == "float32" and rate == 8000
    assert read_wav(io.BytesIO(path.read_bytes()))[0].tolist() == [0, 0.5]


def test_the_channels_of_a_recording_are_averaged():
    stereo = np.array([[2**14, 0], [0, -(2**14)]], dtype="int16")
    assert read_wav(io.BytesIO(recording(stereo)))[0].tolist() == [0.25, -0.25]


def test_a_file_that_is_no_whole_recording_is_an_error(tmp_path):
    whole = recording(np.zeros(100, dtype="int16"))
    for number, content in enumerate((b"", b"text", whole[:50], whole[:-2], whole[:-1])):
        path = tmp_path / f"{number}.wav"
        path.write_bytes(content)
        with pytest.raises(
            FileError, match=rf"{number}\.wav cannot be read as an uncompressed wav"
        ):
            read_wav(path)
    with pytest.raises(FileError, match="holds no samples"):
        read_wav(io.BytesIO(recording(np.zeros(0, dtype="int16"))))
    with pytest.raises(FileError, match=r"none\.wav cannot be read"):
        read_wav(tmp_path / "none.wav")


def tone(hertz: float, seconds: float, rate: int = 8000) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)


def test_a_higher_tone_is_loudest_in_a_higher_band_and_a_louder_one_is_louder():
    low, high, quiet = log_mel([tone(300, 0.2), tone(2000, 0.2), tone(300, 0.2) / 10], 8000)
    assert low.shape == (21, 40) and low.dtype == "float32"
    assert low[10].argmax() < high[10].argmax()
    assert low[10].max() - quiet[10].max() == pytest.approx(20, abs=0.1)  # a tenth: 20 decibels


def test_a_spectrogram_does_not_depend_on_the_recordings_beside_it():
    sounds = [tone(100 * (i + 1), 0.05 + 0.003 * i) for i in range(70)]
    together = log_mel(sounds, 8000, bands=8)
    assert [len(each) for each in together] == [1 + len(sound) // 80 for sound in sounds]
    for i in (0, 33, 69):
        np.testing.assert_allclose(log_mel([sounds[i]], 8000, bands=8)[0], together[i], atol=1e-3)


def test_silence_is_as_quiet_as_it_gets():
    assert (log_mel([np.zeros(800)], 8000)[0] == -100).all()


@pytest.mark.parametrize(
    ("recordings", "rate", "problem"),
    [
        ([np.zeros(0)], 8000, "recording 0 must be finite samples"),
        ([np.zeros(9), np.zeros((9, 2))], 8000, "recording 1 must be finite samples"),
        ([np.array([np.nan])], 8000, "recording 0 must be finite samples"),
        ([np.zeros(9)], 8, "rate must be 1000 or more"),
    ],
)
def test_what_is_no_recording_is_an_error(recordings, rate, problem):
    with pytest.raises(InputError, match=problem):
        log_mel(recordings, rate)
