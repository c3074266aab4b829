"""Data that do not fit in memory: large text files, and loaders of raw batches."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest

from modelzoo import Classifier, Generator, registry
from modelzoo.data import text_files
from modelzoo.data.loaders import Loader, is_loader
from modelzoo.data.passing_rows import HeldOut
from modelzoo.data.sequences import Moments, Scaler
from modelzoo.data.text_files import TextFiles
from modelzoo.errors import FileError, InputError
from modelzoo.estimators.streamed_rows import StreamedRows
from modelzoo.estimators.streamed_texts import texts_of
from modelzoo.tasks import streamed_batches
from modelzoo.tasks.classification import Classification

SMALLEST = min(registry.list_models(), key=lambda name: registry.describe(name).cost().parameters)
QUICK = {"hparams": {"width": 8, "depth": 1}, "random_state": 0, "verbose": 0}
HOLDING = QUICK | {"validation_fraction": 0.4}  # of 120 rows enough to choose the epoch by
MOODS = {"good": "+", "fine": "+", "bad": "-", "poor": "-"}
TEXTS = [f"{word} film number {i % 7}" for i in range(30) for word in MOODS]
LABELS = [MOODS[text.split()[0]] for text in TEXTS]
SERIES = np.random.default_rng(0).normal(size=(120, 6, 2)) + 1.0


def in_batches(X, y, size=10):
    for start in range(0, len(X), size):
        yield X[start : start + size], y[start : start + size]


class Sequence(keras.utils.PyDataset):
    """What Keras users write."""

    def __len__(self):
        return 12

    def __getitem__(self, index):
        return list(in_batches(TEXTS, LABELS))[index]


class DataLoader:
    """As torch's: it can be iterated over again and again, and not indexed."""

    def __iter__(self):
        return (list(pair) for pair in in_batches(TEXTS, LABELS))

    def __len__(self):
        return 12


def tf_data():
    tf = pytest.importorskip("tensorflow")
    return tf.data.Dataset.from_tensor_slices((TEXTS, LABELS)).shuffle(120).batch(10)


@pytest.fixture
def small_blocks(monkeypatch):
    """Files count as large from a kilobyte on."""
    monkeypatch.setattr(text_files, "BLOCK", 256)
    monkeypatch.setattr(text_files, "WHOLE", 1024)


def test_blocks_hold_all_of_the_texts_in_order_and_read_them_in_any(small_blocks, tmp_path):
    texts = [f"text {i}: größe, naïve, 数字 {'x' * (i % 50)}" for i in range(60)]
    path = tmp_path / "a.txt"
    for end in ("\n", "\r\n"):
        path.write_bytes(("\ufeff" + (2 * end).join(texts)).encode())
        files = TextFiles.open([path])
        assert len(files.blocks) > 8 and files.size == path.stat().st_size
        assert [text for part in files.parts() for text in part] == texts
        drawn = [text for part in files.parts(np.random.default_rng(0)) for text in part]
        assert drawn != texts and sorted(drawn) == sorted(texts)


def test_a_text_without_any_line_end_is_cut_between_characters(small_blocks, tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("数字" * 500, encoding="utf-8")
    parts = [text for part in TextFiles.open([path]).parts() for text in part]
    assert len(parts) > 3 and "".join(parts) == "数字" * 500


def test_the_sample_of_files_is_spread_over_them_and_the_end_is_held_out(small_blocks, tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("\n\n".join(f"text {i:04d}" for i in range(1000)))
    training, held_out = TextFiles.open([path]).split(0.1, most=3)
    assert len(held_out.blocks) == 3 and held_out.blocks[0].begin == training.blocks[-1].end
    sample = training.sample(1024)
    assert [block.begin // 256 for block in sample.blocks] == [0, 13, 26, 39]


def test_a_small_file_is_the_same_as_its_texts(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("\n\n".join(TEXTS), encoding="utf-8")
    assert texts_of(path) == texts_of([path]) == TEXTS


@pytest.mark.slow
def test_a_large_file_teaches_what_it_says(small_blocks, tmp_path):
    paths = [tmp_path / "a.txt", tmp_path / "b.txt"]
    for path in paths:
        path.write_text("\n\n".join(["abcabcabcabcabc"] * 300))
    options = {"context": 16, "epochs": 12, "learning_rate": 0.03, **QUICK}
    model = Generator(SMALLEST, **options).fit(paths)
    assert model.generate("abc", 6, temperature=0).startswith("abcabc")
    assert model.history_["val_loss"][-1] < model.history_["val_loss"][0]


def test_what_is_wrong_with_a_large_file_is_told_when_it_is_read(
    small_blocks, monkeypatch, tmp_path
):
    monkeypatch.setattr(streamed_batches, "POOL_TOKENS", 256)  # the first batch needs few blocks
    path = tmp_path / "a.txt"
    good = b"so good\n\n" * 400
    path.write_bytes(good[:1800] + b"na\xefve\n\n" + good)
    text_files.WHOLE = 256  # a sample of one block, at the beginning
    begun = []
    tell = keras.callbacks.LambdaCallback(on_train_begin=begun.append)
    model = Generator(SMALLEST, context=16, epochs=3, **QUICK)
    with pytest.raises(FileError, match=r"a\.txt' is not UTF-8 text \(byte 1803: 0xef\)"):
        model.fit(path, callbacks=[tell])
    assert len(begun) == 1
    assert not hasattr(model, "model_")


def test_paths_that_are_no_text_are_refused(tmp_path):
    (tmp_path / "a.csv").write_text("text\none\n")
    model = Generator(SMALLEST, **QUICK)
    with pytest.raises(InputError, match=r"datasets\.read"):
        model.fit(tmp_path / "a.csv")
    with pytest.raises(FileError, match="is a folder"):
        model.fit(tmp_path)
    with pytest.raises(FileError, match="there is no file"):
        model.fit(tmp_path / "none.txt")
    with pytest.raises(InputError, match="paths only, or texts only"):
        model.fit([tmp_path / "a.txt", "a text"])


def test_a_generator_learns_from_a_loader_of_texts():
    model = Generator(SMALLEST, context=16, epochs=1, **QUICK)
    model.fit(lambda: (X for X, _ in in_batches(TEXTS, LABELS)))
    assert model.generate("good", 4, seed=0).startswith("good")
    with pytest.raises(InputError, match="kind='tokens'"):
        Generator(SMALLEST, kind="tokens", **QUICK).fit(lambda: iter([["a"]]))


def function():
    return in_batches(TEXTS, LABELS)


@pytest.mark.parametrize("make", [lambda: function, Sequence, DataLoader, tf_data])
def test_every_loader_gives_the_same_rows_time_after_time(make):
    loader = make()
    assert is_loader(loader)
    for _ in range(2):
        rows = [pair for X, y, _ in Loader(loader).labelled() for pair in zip(X, y, strict=True)]
        assert sorted(rows) == sorted(zip(TEXTS, LABELS, strict=True))  # tf.data shuffles them


def test_a_loader_may_give_the_chunks_of_a_table():
    table = pd.DataFrame(SERIES[:, :, 0]).assign(y=LABELS)
    table.index += 1000
    columns = [*range(6)]

    def chunks():
        for chunk in (table[:70], table[70:]):
            yield chunk[columns], chunk["y"]

    model = Classifier(SMALLEST, epochs=1, **QUICK).fit(chunks)
    assert model.classes_.tolist() == ["+", "-"]
    np.testing.assert_allclose(model.task_.scaler.mean, [SERIES[:, :, 0].mean()])


def test_texts_may_stand_in_a_column():
    column = np.array(TEXTS, dtype=object)[:, None]
    labels = np.array(LABELS)[:, None]
    rows = StreamedRows(
        lambda: in_batches(column, labels), kind="auto", multi_label=False, fraction=0.4, seed=0
    )
    assert rows.kind == "text" and set(rows.labels) == {"+", "-"} and rows.held_out is not None
    assert set(rows.held_out.X) < set(TEXTS) and rows.sample.items == TEXTS
    assert [text for part in Loader(lambda: [column]).texts() for text in part] == TEXTS
    with pytest.raises(InputError, match=r"batch 1 .*lone surrogate"):
        list(Loader(lambda: [["a"], ["\ud800"]]).texts())


def test_a_classifier_learns_the_same_task_from_a_loader():
    model = Classifier(SMALLEST, epochs=8, learning_rate=0.03, **HOLDING).fit(tf_data())
    assert model.classes_.tolist() == ["+", "-"]
    assert len(model.task_.vocabulary) == len(Classification.learn(TEXTS, LABELS).vocabulary)
    assert model.score(TEXTS, LABELS) > 0.9 and "val_loss" in model.history_


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["series", "ragged", "tokens", "several"])
def test_a_loader_may_hold_whatever_a_classifier_takes(kind, monkeypatch):
    monkeypatch.setattr(streamed_batches, "POOL_ROWS", 32)
    X, y, options = SERIES, LABELS, {}
    if kind == "ragged":
        X = [each[: 2 + i % 5] for i, each in enumerate(np.repeat(SERIES, 4, axis=1))]
        X[-1] = np.ones((300, 2))
    if kind == "tokens":
        X, options = [[i % 5, 3][: 1 + i % 2] for i in range(120)], {"kind": "tokens"}
    if kind == "several":
        y, options = [[{"a"}, {"a", "b"}, set()][i % 3] for i in range(120)], {"multi_label": True}
    rows = np.asarray(X) if kind == "several" else X
    model = Classifier(SMALLEST, epochs=1, **options, **HOLDING).fit(lambda: in_batches(rows, y))
    whole = Classification.learn(X, y, **options)
    assert np.isfinite(model.history_["loss"] + model.history_["val_loss"]).all()
    assert model.classes_.tolist() == whole.labels.classes.tolist()
    if kind == "tokens":
        assert model.task_.state() == whole.state()
    else:
        assert model.task_.stride == whole.stride
        np.testing.assert_allclose(model.task_.scaler.mean, whole.scaler.mean)
        np.testing.assert_allclose(model.task_.scaler.scale, whole.scaler.scale)


def test_weights_of_classes_are_by_all_rows_of_a_loader():
    many = (TEXTS * 3, [label if i < 120 else "+" for i, label in enumerate(LABELS * 3)])
    rows = StreamedRows(
        lambda: in_batches(*many),
        kind="auto",
        multi_label=False,
        fraction=0.1,
        seed=0,
        class_weight="balanced",
    )
    assert rows.factors() == {"+": 360 / (2 * 300), "-": 360 / (2 * 60)}


@pytest.mark.slow
def test_batches_of_no_weight_are_passed_over():
    rows = sorted(zip(TEXTS, LABELS, strict=True), key=lambda pair: pair[1])
    X, y = zip(*rows, strict=True)  # whole batches of one label
    model = Classifier(SMALLEST, epochs=2, **QUICK)
    model.set_params(validation_fraction=0.6)
    model.fit(lambda: in_batches(X, y), class_weight={"-": 0})
    assert np.isfinite(model.history_["loss"] + model.history_["val_loss"]).all()
    weighted = [(["a", "b"], ["+", "-"], [0, 0]), (["a b"] * 9, ["+"] * 9, [1] * 9)]
    assert np.isfinite(model.fit(lambda: iter(weighted)).history_["loss"]).all()
    with pytest.raises(InputError, match="every weight is zero"):
        model.fit(lambda: in_batches(X, y), class_weight={"-": 0, "+": 0})


@pytest.mark.parametrize(
    ("loader", "says"),
    [
        ((pair for pair in []), "can be read once"),
        (lambda: iter([]), "gives no rows"),
        (lambda: iter([TEXTS]), r"batch 0 .*\(X, y\).*list of 120"),
        (lambda: iter([("a text", "+")]), "single value.*batch"),
        (lambda: iter([(["a"], ["+", "-"])]), "as many labels as rows, got 1, 2"),
        (lambda: iter([(["a"], ["+"]), (["b"], [None])]), "batch 1 of the loader: y has no label"),
        (lambda: iter([(np.full((1, 3), np.nan), ["+"])]), "batch 0 of the loader: row 0 of X"),
        (lambda: iter([(["a", "b"], ["+", "+"])]), "1 class"),
        (lambda: iter([(["a"], ["+"]), (["\ud800"], ["-"])]), "batch 1 .*lone surrogate"),
        (lambda: iter([([[1, "a"]], ["+"])]), "batch 0 of the loader: row 0 of X"),
    ],
)
def test_a_loader_that_cannot_be_used_is_told(loader, says):
    with pytest.raises(InputError, match=says):
        Classifier(SMALLEST, **QUICK).fit(loader)


def test_a_small_loader_is_read_once_before_the_first_batch():
    read = []

    def passes(*_):
        read.append(1)
        yield streamed_batches.EncodedRows([np.ones(3)] * 25, np.zeros(25), None)

    options = {"batch_size": 10, "seed": 0}
    pools = streamed_batches.StreamedSequences(passes, 3, None, even=True, **options)._pools()
    sizes = [len(next(pools).sequences) for _ in range(2)]
    assert sizes == [20, 30] and len(read) == 2  # five rows were left over

    windows = streamed_batches.StreamedWindows(
        lambda _: (rows.sequences for rows in passes()), 3, context=6, causal=True, **options
    )
    read.clear()
    assert windows[0][0].shape == (10, 6) and len(read) == 1


def test_cuts_of_the_rows_of_a_loader_are_warned_of_and_what_is_held_out_is_weighed():
    seen = {}

    class Spy(Classifier):
        def _train(self, training, validation, *rest):
            seen["weights"] = [batch[2] for batch in map(validation.__getitem__, range(1))]
            super()._train(training, validation, *rest)

    model = Spy(SMALLEST, epochs=1, max_tokens=3, **HOLDING)
    with pytest.warns(UserWarning, match=r"120 of 120 sequences \(100.0%\).*max_tokens=3"):
        model.fit(lambda: in_batches(TEXTS, LABELS), class_weight={"+": 5, "-": 3})
    assert set(np.concatenate(seen["weights"]).tolist()) <= {5.0, 3.0}


def test_a_dataset_that_repeats_for_ever_is_refused():
    with pytest.raises(InputError, match="never ends"):
        Classifier(SMALLEST, **QUICK).fit(tf_data().repeat())


def test_the_rows_held_out_do_not_depend_on_their_order():
    chosen = []
    for order in (TEXTS, TEXTS[::-1]):
        held_out = HeldOut(most=50, seed=3)
        for text in order:
            held_out.add(text, text)
        chosen.append(set(held_out.choose(0.2, least=8)))
        assert chosen[-1] == {text for text in TEXTS if text in held_out}
    assert chosen[0] == chosen[1] and 0 < len(chosen[0]) < len(set(TEXTS))


def test_equal_rows_are_held_out_together_and_never_all_rows():
    held_out = HeldOut(most=20, seed=0)
    for text in ["the same"] * 50:
        held_out.add(text, text)
    assert held_out.choose(0.5, least=1) == [] and "the same" not in held_out
    held_out = HeldOut(most=20, seed=0)
    texts = [*["the same"] * 500, *(str(i // 3) for i in range(300))]
    for text in texts:
        held_out.add(text, text)
    chosen = held_out.choose(0.1, least=8)
    assert 17 < len(chosen) <= 20 and chosen == [text for text in texts if text in held_out]
    held_out = HeldOut(most=20, seed=0)
    for text in "abc":
        held_out.add(text, text)
    assert len(held_out.choose(0.99, least=1)) == 2


def test_moments_of_parts_are_those_of_the_whole():
    moments = Moments(2)
    for part in np.split(SERIES * 1000 + 1e6, 6):
        moments.add(list(part))
    whole = Scaler.learn(list(SERIES * 1000 + 1e6))
    np.testing.assert_allclose(moments.scaler().mean, whole.mean)
    np.testing.assert_allclose(moments.scaler().scale, whole.scale)


MEMORY = """
import resource, sys
from pathlib import Path
import keras
from modelzoo import Generator

def peak():
    scale = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale

class Once(keras.callbacks.Callback):  # how many epochs there are does not depend on the file
    def on_epoch_end(self, epoch, logs=None):
        self.model.stop_training = True

path = Path(sys.argv[1])
for megabytes in (5, 5, 105):
    with path.open("w") as file:
        for _ in range(megabytes):
            file.write(("so good a film, so bad an end\\n" * 15 + "\\n") * 2300)
    options = dict(hparams=dict(width=8, depth=1), tokenizer="character", context=16, epochs=None)
    model = Generator(sys.argv[2], random_state=0, verbose=0, **options)
    before = peak()
    model.fit(path, callbacks=[Once()])
    print(path.stat().st_size, peak() - before, flush=True)
"""


@pytest.mark.slow
def test_memory_does_not_grow_with_the_file(tmp_path: Path):
    pytest.importorskip("resource")
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, str(tmp_path / "a.txt"), SMALLEST],
        capture_output=True,
        text=True,
        env=os.environ,
        check=True,
    )
    (_, _), _, (size, grown) = (map(int, line.split()) for line in done.stdout.splitlines())
    assert size > 100e6 and grown < 50e6  # the third fit's, after two of a small file
