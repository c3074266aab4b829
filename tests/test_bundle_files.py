"""Bundle files, read and written without a framework: what is refused, and what survives."""

from __future__ import annotations

import errno
import json
import os
import stat
import struct
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from forging import KEPT, TASKS, archived, forged, kept

from modelzoo.atomic_files import replacing
from modelzoo.bundle_files.contents import inspect_bundle
from modelzoo.bundle_files.layout import CARD, HEADER, MEMBERS, WEIGHTS
from modelzoo.bundle_files.writing import write_bundle
from modelzoo.cli import main
from modelzoo.errors import BundleError, FileError
from modelzoo.strict_json import read_json

CLASSIFIER = kept("classification")
HERE = Path(__file__).parent


@pytest.mark.parametrize("path", sorted(KEPT.glob("*.mz")), ids=lambda path: path.stem)
def test_a_bundle_of_each_format_is_read(path):
    assert inspect_bundle(path).header["architecture"] == "gru"


def test_a_bundle_that_is_written_again_is_the_same_file(tmp_path):
    again = write_bundle(tmp_path / "again.mz", CLASSIFIER)
    assert again.read_bytes() == (KEPT / "format3-classification.mz").read_bytes()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"a text file\n", "another type of file"),
        (b"PK\x03\x04broken", "its end is missing"),
        (b"PK\x05\x06" + b"\0" * 18, "another type of file"),  # a zip file without members
    ],
)
def test_another_file_is_told_by_what_it_is(tmp_path, content, message):
    (tmp_path / "model.mz").write_bytes(content)
    with pytest.raises(BundleError, match=f"not a modelzoo bundle.*{message}"):
        inspect_bundle(tmp_path / "model.mz")


def test_a_folder_a_pipe_and_nothing_are_told_apart(tmp_path):
    with pytest.raises(BundleError, match="is a folder"):
        inspect_bundle(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BundleError, match="device or pipe"):
        inspect_bundle(tmp_path / "pipe")
    for path in (tmp_path / "nowhere.mz", "no\0where"):
        with pytest.raises(FileError, match="cannot read"):
            inspect_bundle(path)


@pytest.mark.parametrize("name", ["../evil.py", "/etc/passwd", "a/b", "inner.zip", "x\\y", "🙂"])
def test_a_member_that_no_bundle_has_is_named(tmp_path, name):
    with pytest.raises(BundleError, match=r"it holds .* and a bundle holds only"):
        inspect_bundle(archived(tmp_path / "model.mz", CLASSIFIER | {name: b"boom"}))


def test_a_member_that_is_there_twice_or_not_at_all_is_named(tmp_path):
    twice = {zipfile.ZipInfo(name): data for name, data in CLASSIFIER.items()}
    twice[zipfile.ZipInfo(HEADER)] = b"{}"
    with pytest.warns(UserWarning, match="Duplicate"):
        path = archived(tmp_path / "twice.mz", twice)
    with pytest.raises(BundleError, match=r"holds bundle\.json 2 times"):
        inspect_bundle(path)
    lacking = {name: data for name, data in CLASSIFIER.items() if name != WEIGHTS}
    with pytest.raises(BundleError, match=r"holds weights\.safetensors 0 times"):
        inspect_bundle(archived(tmp_path / "lacking.mz", lacking))


def test_compressed_members_are_refused_however_large_they_would_become(tmp_path):
    bomb = CLASSIFIER | {CARD: b"\0" * 2**26}
    path = archived(tmp_path / "bomb.mz", bomb, compress_type=zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 2**20
    with pytest.raises(BundleError, match="is compressed"):
        inspect_bundle(path)


def test_a_link_is_refused(tmp_path):
    link = zipfile.ZipInfo(CARD)
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    entries = {name: data for name, data in CLASSIFIER.items() if name != CARD}
    with pytest.raises(BundleError, match=r"MODEL_CARD\.md is a link"):
        inspect_bundle(archived(tmp_path / "link.mz", entries | {link: b"/etc/passwd"}))


def test_thousands_of_members_are_refused_before_they_are_listed(tmp_path):
    path = archived(tmp_path / "many.mz", {f"{i:0>40}": b"" for i in range(2000)})
    with pytest.raises(BundleError, match="2,000 members"):
        inspect_bundle(path)


def test_bytes_before_between_and_behind_the_members_are_refused(tmp_path):
    content = (KEPT / "format3-classification.mz").read_bytes()
    path = tmp_path / "model.mz"
    start = struct.unpack("<L", content[-6:-2])[0]
    for changed in (b"#!/bin/sh\n" + content, content + b"\0", content[:start] + b"xx"):
        path.write_bytes(changed)
        with pytest.raises(BundleError, match="not a modelzoo bundle"):
            inspect_bundle(path)
    moved = content[:-6] + struct.pack("<LH", start + 2, 0)
    path.write_bytes(moved[:start] + b"xx" + moved[start:])
    with pytest.raises(BundleError, match="damaged: 2 bytes stand in no member"):
        inspect_bundle(path)


def test_a_bundle_cut_anywhere_is_refused(tmp_path):
    content = (KEPT / "format3-classification.mz").read_bytes()
    path = tmp_path / "model.mz"
    for length in range(0, len(content), 97):
        path.write_bytes(content[:length])
        with pytest.raises(BundleError, match="not a modelzoo bundle"):
            inspect_bundle(path)


def test_any_changed_byte_of_the_members_is_noticed(tmp_path):
    content = bytearray((KEPT / "format3-generation.mz").read_bytes())
    path = tmp_path / "model.mz"
    silent = []
    for place in range(0, len(content), 41):
        content[place] ^= 0x10
        path.write_bytes(content)
        try:
            inspect_bundle(path)
            silent.append(place)
        except BundleError:
            pass
        content[place] ^= 0x10
    # What is left are dates, permissions and versions in the records of the archive.
    data = sum(map(len, kept("generation").values()))
    assert len(silent) < (len(content) - data) / 41


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": 4}, "upgrade"),
        ({"format": "3"}, "format 3; .*upgrade"),
        ({"format": 1}, "format 1, written by an earlier modelzoo.*fit again"),
        ({"format": True}, "upgrade"),
        ({"task": "regression"}, r"bundle.json.task: expected one of"),
        ({"hparams": [1]}, r"bundle.json.hparams: expected an object"),
        ({"history": {"loss": ["a"]}}, r"history.loss\[0\]: expected a number"),
        ({"best_epoch": -1}, "best_epoch: expected a whole number from 0"),
        ({"best_epoch": 10**30}, "best_epoch: expected a whole number"),
        ({"sha256": {}}, r"sha256: the key 'adapter.json' is missing"),
        ({"code": "import os"}, "unknown key 'code'"),
        ({"architecture": "x" * 1000}, "architecture: expected text of at most"),
        (b"[]", "holds a list"),
        (b"{", "not JSON"),
        (b"\xff", "not UTF-8"),
        (b'{"format": 3, "format": 3}', "duplicate key 'format'"),
        (b'{"format": NaN}', "NaN is no JSON number"),
        (b'{"format": 1e999}', "beyond any float"),
        (b'{"format": ' + b"1" * 5000 + b"}", "limit"),
        (b'{"a":' * 40 + b"1" + b"}" * 40, "nested more than 32 levels"),
        (b"[" * 100_000, "nested more than 32 levels"),
        (
            str([*range(10**5)])
            .encode()
            .replace(b"[", b'{"0":0,"')
            .replace(b", ", b'":0,"')
            .replace(b"]", b'":0}'),
            "duplicate key '0'",
        ),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_header_that_does_not_follow_the_format_says_where(tmp_path, change, message):
    with pytest.raises(BundleError, match=message):
        inspect_bundle(forged(tmp_path / "model.mz", CLASSIFIER, header=change))


HISTORY = json.loads(kept("forecasting")["adapter.json"])["history"]
SERIES = HISTORY["series"][0]
VOCABULARY = json.loads(kept("generation")["adapter.json"])["vocabulary"]


def _with_series(**changed):
    return {"history": HISTORY | {"series": [SERIES | changed]}}


def _with_tokenizer(**changed):
    return {"vocabulary": VOCABULARY | {"tokenizer": VOCABULARY["tokenizer"] | changed}}


def _with_tokens(ids):
    return _with_tokenizer(model=VOCABULARY["tokenizer"]["model"] | {"vocab": ids})


@pytest.mark.parametrize(
    ("task", "change", "message"),
    [
        ("classification", {"kind": "picture"}, "kind: expected one of"),
        ("classification", {"kind": "tokens"}, "needs its n_tokens"),
        ("classification", {"n_tokens": 5}, "n_tokens: a classifier of series has none"),
        ("classification", {"labels": ["a", "b", "a"]}, "labels: a class is there twice"),
        ("classification", {"stride": 10**9}, "stride: expected one of"),
        ("classification", {"labels": ["one"]}, "labels: expected two classes"),
        ("classification", {"multi_label": True}, "labels: not those"),
        ("classification", {"scaler": {"mean": [0.0], "scale": []}}, "scaler: mean and scale"),
        ("classification", {"pickle": "gASV"}, "unknown key 'pickle'"),
        ("forecasting", {"context": 2**40}, "context: expected a whole number"),
        ("forecasting", {"quantiles": [0.9, 0.1]}, "quantiles: not ascending"),
        ("forecasting", {"offsets": [[1.0]]}, "offsets: not one for each step"),
        ("forecasting", _with_series(values=[[1.0, 2.0]]), "not 1 values at each"),
        ("forecasting", _with_series(values=[]), "at each of one step"),
        ("forecasting", _with_series(index={"kind": "weeks"}), "index: expected an index"),
        ("forecasting", _with_series(spread=[1.0, 2.0]), "spread"),
        ("generation", {"context": 0}, "context: expected a whole number"),
        ("generation", {"vocabulary": {"kind": "tokens", "ids": []}}, "ids: expected a list of at"),
        ("generation", _with_tokenizer(added_tokens=[{}]), "added_tokens: expected a list"),
        ("generation", _with_tokens({"a": [], "b": {}}), "vocab: an id is not a whole"),
        ("generation", _with_tokens({"a": 0, "b": 2**31}), "not 0 to 1"),
        (
            "generation",
            _with_tokenizer(pre_tokenizer={"type": "Split", "pattern": {"Regex": "(a+)+$"}}),
            "pattern.Regex: expected one of",
        ),
    ],
    ids=lambda value: str(value)[:30],
)
def test_an_adapter_that_no_task_writes_says_where(tmp_path, task, change, message):
    with pytest.raises(BundleError, match=message):
        inspect_bundle(forged(tmp_path / "model.mz", kept(task), adapter=change))


def _table(entry):
    table = json.dumps({"w": entry}).encode()
    return struct.pack("<Q", len(table)) + table + b"\0" * 8


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (b"", "format of safetensors"),
        (b"PK\x03\x04" * 10, "format of safetensors"),  # an archive within
        (struct.pack("<Q", 2**60), "format of safetensors"),
        (struct.pack("<Q", 2) + b"[]", "format of safetensors"),
        (_table({"dtype": "F32", "shape": [2]}), "not one of a tensor"),
        (_table({"dtype": "PY", "shape": [2], "data_offsets": [0, 8]}), "not one of a tensor"),
        (_table({"dtype": "F32", "shape": [-2], "data_offsets": [0, 8]}), "not one of a tensor"),
        (_table({"dtype": "F32", "shape": [9**9], "data_offsets": [0, 8]}), "not the bytes"),
        (_table({"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}), "do not fill"),
        (_table({"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}), "does not begin"),
    ],
    ids=range(10),
)
def test_weights_that_are_not_what_their_table_says_are_refused(tmp_path, weights, message):
    with pytest.raises(BundleError, match=f"the weights cannot be read.*{message}"):
        inspect_bundle(forged(tmp_path / "model.mz", CLASSIFIER, weights=weights))


def test_a_card_that_is_no_text_or_too_long_is_refused(tmp_path):
    with pytest.raises(BundleError, match="is not text"):
        inspect_bundle(forged(tmp_path / "model.mz", CLASSIFIER, MODEL_CARD=b"\xff\xfe"))
    with pytest.raises(BundleError, match="too large"):
        inspect_bundle(forged(tmp_path / "model.mz", CLASSIFIER, MODEL_CARD=b"x" * (2**20 + 1)))


@pytest.mark.parametrize("text", ["1", "[]", '{"a": [1.5, null, "b"]}', '"\\ud83d\\ude42"'])
def test_json_that_is_read_strictly_is_read_as_python_reads_it(text):
    assert read_json(text, "it") == json.loads(text)


def run(*arguments: str) -> subprocess.CompletedProcess:
    command = [sys.executable, *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=HERE, timeout=300)


def test_a_hostile_name_gives_the_terminal_no_orders(tmp_path, capsys):
    name = "loss \x1b[2J\u202e"
    scores = {"measure": "accuracy", "score": 1.0, "baselines": {name: 0.5}, "verdict": "It wins."}
    changes = {"history": {name: [1.0], f"val_{name}": [1.0]}, "scores": scores | {"bound": False}}
    path = forged(tmp_path / "model.mz", CLASSIFIER, header=changes)
    assert main(["inspect", str(path)]) == 0
    refused = forged(tmp_path / "refused.mz", CLASSIFIER, header={"history": {name: 1}})
    assert main(["--debug", "inspect", str(refused)]) == 2
    shown = capsys.readouterr()
    for text in (shown.out, shown.err):
        assert "loss \ufffd[2J\ufffd" in text
        assert all(each.isprintable() or each == "\n" for each in text)


@pytest.mark.parametrize("task", TASKS)
def test_inspect_shows_all_of_a_bundle_and_loads_no_framework(task):
    path = KEPT / f"format3-{task}.mz"
    code = (
        "import sys, modelzoo.cli\n"
        f"code = modelzoo.cli.main(['inspect', {str(path)!r}, '--json'])\n"
        "print(*{name.split('.')[0] for name in sys.modules}, file=sys.stderr)\n"
        "sys.exit(code)"
    )
    done = run("-c", code)
    assert done.returncode == 0, done.stderr
    heavy = {"keras", "tensorflow", "jax", "sklearn", "numpy", "pandas", "tokenizers"}
    assert not set(done.stderr.split()) & heavy
    told = json.loads(done.stdout)
    assert told["task"] == task
    assert told["members"].keys() == set(MEMBERS)
    assert told["problem"] is None
    assert told["card"].startswith("# Gated recurrent unit (GRU)")
    assert told["weights"]["tensors"] == len(told["tensors"])


def test_inspect_prints_nothing_that_a_terminal_would_obey(tmp_path, capsys):
    from modelzoo.cli import main

    card = b"# A card\n\x1b]0;owned\x07\x1b[2J"
    assert main(["inspect", str(forged(tmp_path / "model.mz", CLASSIFIER, MODEL_CARD=card))]) == 0
    shown = capsys.readouterr().out
    assert "# A card\n" in shown
    assert "\x1b" not in shown


def test_inspect_names_the_package_that_brings_an_architecture(tmp_path, capsys):
    from modelzoo.cli import main

    header = {"architecture": "their_net", "origin": "their-package", "origin_version": "1.2"}
    assert main(["inspect", str(forged(tmp_path / "model.mz", CLASSIFIER, header=header))]) == 0
    assert "'their_net' model from 'their-package' 1.2, which is not installed" in (
        capsys.readouterr().out
    )


def test_a_full_disk_leaves_the_old_bundle_and_nothing_else(tmp_path, monkeypatch):
    target = write_bundle(tmp_path / "model.mz", CLASSIFIER)
    before = target.read_bytes()
    written = zipfile.ZipFile.writestr

    def full(self, name, content):
        if name.filename == WEIGHTS:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written(self, name, content)

    monkeypatch.setattr(zipfile.ZipFile, "writestr", full)
    with pytest.raises(FileError, match="No space left"):
        write_bundle(target, kept("generation"))
    assert target.read_bytes() == before
    assert os.listdir(tmp_path) == [target.name]


# The system itself ends the write: no file of this process may become longer than 4,000 bytes.
TOO_LONG = """
import resource, sys
sys.path[:0] = [sys.argv[2]]
from forging import kept
from modelzoo.bundle_files.writing import write_bundle
from modelzoo.errors import FileError
resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))
try:
    write_bundle(sys.argv[1], kept("classification"))
except FileError as error:
    print(error)
"""


def test_a_write_that_the_system_ends_leaves_the_old_bundle(tmp_path):
    target = write_bundle(tmp_path / "model.mz", kept("generation"))
    before = target.read_bytes()
    done = run("-c", TOO_LONG, str(target), str(HERE))
    assert "cannot write" in done.stdout, done.stderr
    assert target.read_bytes() == before
    assert os.listdir(tmp_path) == [target.name]


def test_a_folder_that_cannot_be_written_to_is_told_and_left_alone(tmp_path, monkeypatch):
    target = write_bundle(tmp_path / "model.mz", CLASSIFIER)
    before = target.read_bytes()
    if os.geteuid() == 0:  # who may write anywhere

        def denied(*_, **__):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

        monkeypatch.setattr("modelzoo.atomic_files.open", denied, raising=False)
    else:
        tmp_path.chmod(0o500)
    try:
        with pytest.raises(FileError, match="Permission denied"):
            write_bundle(target, kept("generation"))
    finally:
        tmp_path.chmod(0o700)
    assert target.read_bytes() == before
    assert os.listdir(tmp_path) == [target.name]
    with pytest.raises(FileError, match="cannot write"):
        write_bundle(tmp_path / "nowhere" / "model.mz", CLASSIFIER)
    with pytest.raises(FileError, match="cannot write"):
        write_bundle(tmp_path / "no\0where", CLASSIFIER)


def test_what_a_killed_save_left_goes_with_the_next_one(tmp_path):
    (tmp_path / ".model.mz.left.part").write_bytes(b"half a bundle")
    (tmp_path / ".other.mz.left.part").write_bytes(b"of another model")
    write_bundle(tmp_path / "model.mz", CLASSIFIER)
    assert sorted(os.listdir(tmp_path)) == [".other.mz.left.part", "model.mz"]


def test_a_save_that_is_under_way_elsewhere_is_left_alone(tmp_path):
    import fcntl

    with open(tmp_path / ".model.mz.busy.part", "wb") as busy:
        fcntl.flock(busy, fcntl.LOCK_EX)
        write_bundle(tmp_path / "model.mz", CLASSIFIER)
        assert sorted(os.listdir(tmp_path)) == [".model.mz.busy.part", "model.mz"]


def test_permissions_are_those_that_the_umask_leaves(tmp_path):
    before = os.umask(0o027)
    try:
        path = write_bundle(tmp_path / "model.mz", CLASSIFIER)
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o640


def test_an_error_of_the_writers_own_is_not_taken_for_one_of_the_file(tmp_path):
    with pytest.raises(ValueError, match=r"^of the caller$"), replacing(tmp_path / "model.mz"):
        raise ValueError("of the caller")
    assert not os.listdir(tmp_path)


# A light process that starts writers, kills each after a moment, and looks at what is there.
KILLS = """
import json, os, random, signal, sys, time
target, count, tests = sys.argv[1], int(sys.argv[2]), sys.argv[3]
sys.path[:0] = [tests]
from forging import kept
from modelzoo.bundle_files.writing import write_bundle
assert not {"numpy", "keras"} & set(sys.modules)
versions = [kept("classification"), kept("generation")]
for version in versions:  # long enough to be cut in the middle
    version["weights.safetensors"] += bytes(300_000)
random.seed(0)
write_bundle(target, versions[0])
whole = {}
for version in versions:
    whole[open(write_bundle(target, version), "rb").read()] = 0
broken, parts, most = 0, 0, 0
for kill in range(count):
    writer = os.fork()
    if not writer:
        while True:
            for version in versions:
                write_bundle(target, version)
    time.sleep(random.uniform(0.002, 0.03))
    os.kill(writer, signal.SIGKILL)
    os.waitpid(writer, 0)
    found = open(target, "rb").read()
    if found in whole:
        whole[found] += 1
    else:
        broken += 1
    left = len(os.listdir(os.path.dirname(target))) - 1
    parts, most = parts + left, max(most, left)
write_bundle(target, versions[0])
print(json.dumps({
    "broken": broken, "seen": list(whole.values()), "parts": parts, "most": most,
    "left": len(os.listdir(os.path.dirname(target))) - 1,
}))
"""


def _killed(tmp_path: Path, count: int) -> dict:
    folder = tmp_path / "saves"
    folder.mkdir()
    done = run("-c", KILLS, str(folder / "model.mz"), str(count), str(HERE))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_save_that_is_killed_leaves_the_old_or_the_new_bundle(tmp_path, record_property):
    found = _killed(tmp_path, 25)
    assert found["broken"] == 0
    assert sum(found["seen"]) == 25
    record_property("kills survived", 25)
    assert found["most"] <= 1  # the next save removed what the one before had left
    assert found["left"] == 0


@pytest.mark.slow
def test_hundreds_of_killed_saves_leave_the_old_or_the_new_bundle(tmp_path, record_property):
    found = _killed(tmp_path, 300)
    assert found["broken"] == 0
    record_property("kills survived", 300)
    assert min(found["seen"]) > 0
    assert found["parts"] > 10  # kills did hit saves that were under way
    assert found["left"] == 0


def test_checks_take_no_longer_than_the_file_is_large(tmp_path):
    start = time.perf_counter()
    for task in TASKS:
        inspect_bundle(KEPT / f"format3-{task}.mz")
    assert time.perf_counter() - start < 1
