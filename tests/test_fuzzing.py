"""Changed files against each reader, for a moment: `benchmarks/fuzzing.py` goes on for longer."""

from __future__ import annotations

import contextlib
import json
import random

import fuzzing
import pytest
from forging import TASKS, forged, kept
from fuzz_targets import TARGETS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutations import changed_bytes, changed_json

from modelzoo.bundle_files.contents import inspect_bundle
from modelzoo.errors import BundleError, FileError, ModelZooError, RegistryError
from modelzoo.registry.yaml_reading import read_yaml
from modelzoo.strict_json import read_json

FEW = {"load": 15}  # each builds a network
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=12,
)
QUICK = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.mark.parametrize("name", TARGETS)
def test_a_changed_file_is_read_or_refused(name, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    found = fuzzing.fuzz(name, inputs=FEW.get(name, 120), seed=7)
    assert found["findings"] == []
    assert found["refused"] > 0


@pytest.mark.slow
@pytest.mark.parametrize("name", TARGETS)
def test_hundreds_of_changed_files_are_read_or_refused(name, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert fuzzing.fuzz(name, seconds=1, seed=11)["findings"] == []


@QUICK
@given(st.sampled_from(TASKS), st.sampled_from(["header", "adapter"]), st.data())
def test_any_value_at_any_key_of_a_bundle_is_read_or_refused(tmp_path, task, file, data):
    members = kept(task)
    name = {"header": "bundle.json", "adapter": "adapter.json"}[file]
    key = data.draw(st.sampled_from(sorted(json.loads(members[name]))))
    path = forged(tmp_path / "model.mz", members, **{file: {key: data.draw(JSON)}})
    with contextlib.suppress(BundleError):
        inspect_bundle(path)


@QUICK
@given(JSON)
def test_json_is_read_as_it_was_written_or_refused(value):
    text = json.dumps(value)
    try:
        assert read_json(text, "it") == value
    except FileError as error:
        assert "NaN" in str(error) or "Infinity" in str(error)


@QUICK
@given(st.binary(max_size=200) | st.text(max_size=200))
def test_any_bytes_are_json_or_refused(content):
    with contextlib.suppress(FileError):
        read_json(content, "it")


@QUICK
@given(st.binary(max_size=200) | st.text("a1 :-[]{}&*!|>\n'\"#?%@,", max_size=60))
def test_any_bytes_are_yaml_or_refused(content):
    with contextlib.suppress(RegistryError):
        read_yaml(content, "it")


@pytest.mark.parametrize(
    "text", ["a: 1e999", "a: 1\na: 2", "a: &x 1\nb: *x", "!!python/object:os.system {}", "[" * 30]
)
def test_yaml_that_could_be_read_in_two_ways_or_without_end_is_refused(text):
    with pytest.raises(RegistryError):
        read_yaml(text, "it")


def test_the_same_seed_gives_the_same_inputs():
    content = b'{"a": [1, 2, {"b": null}], "c": 3.5}'
    once = [changed_bytes(content, random.Random(n)) for n in range(50)]
    assert once == [changed_bytes(content, random.Random(n)) for n in range(50)]
    assert len(set(once)) > 40
    value = json.loads(content)
    changed = [changed_json(value, random.Random(n)) for n in range(50)]
    assert changed == [changed_json(value, random.Random(n)) for n in range(50)]
    assert value == json.loads(content)


def test_what_is_no_error_of_ours_is_a_finding(monkeypatch):
    def fails(path):
        if path.read_bytes() == b"seed":
            return
        raise (ModelZooError("told") if len(path.read_bytes()) % 2 else ZeroDivisionError("oh"))

    target = fuzzing.Target(".x", lambda: [b"seed"], fails, TARGETS["ucr"].change)
    monkeypatch.setitem(TARGETS, "failing", target)
    found = fuzzing.fuzz("failing", inputs=40)
    (finding,) = found["findings"]
    assert finding["problem"] == "ZeroDivisionError: oh"
    assert finding["times"] + found["refused"] + found["read"] == 40


def _wav(changed):
    content = TARGETS["wav"].seeds()[0]
    return changed(content)


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("wav", _wav(lambda sound: sound.replace(b"fmt ", b"fmx ")), "as an uncompressed wav file"),
        ("wav", _wav(lambda sound: sound.replace(b"data", b"datx")), "as an uncompressed wav file"),
        ("wav", _wav(lambda sound: sound[:22]), "as an uncompressed wav file"),
        ("series", b"ds,y\n2020-03-29 01:00+01:00,1\n2020-03-29 03:00+02:00,2\n", "several zones"),
        ("series", b"ds,y\n2020-01-01,1\r2020-01-02,x\r", "found 'x' in line 3"),
        ("rows", b"\xef\xbb\xbf", "is empty"),
        ("documents", b"\x1c\xc2\x85", "is empty"),
        ("pairs", b"[" * 100_000, "line 1: nested more than"),
        ("rows_of_lines", b'{"text": 1, "text": "b", "label": 1}', "line 1: duplicate key 'text'"),
    ],
)  # fmt: skip
def test_what_was_once_found_is_refused_in_words(tmp_path, name, content, problem):
    path = tmp_path / f"input{TARGETS[name].suffix}"
    path.write_bytes(content)
    with pytest.raises(ModelZooError, match=problem):
        TARGETS[name].read(path)
