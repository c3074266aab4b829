import contextlib
import copy
import json
import os
import time
import zipfile
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
import safetensors.numpy
from bundles.write import answers as kept_answers
from forging import KEPT, TASKS, archived, forged, kept, members_of

import modelzoo
from modelzoo import bundle, registry
from modelzoo.bundle_files import layout as bundle_layout
from modelzoo.bundle_files.adapters import check_adapter
from modelzoo.bundle_files.model_card import data_shape
from modelzoo.data.roles import Roles
from modelzoo.data.series import SeriesPanel
from modelzoo.errors import BundleError, FileError, InputError
from modelzoo.tasks.classification import Classification
from modelzoo.tasks.forecasting import Forecasting
from modelzoo.tasks.generation import Generation

SMALLEST = min(registry.list_models(), key=lambda name: registry.describe(name).cost().parameters)
QUICK = {"width": 8, "depth": 1, "epochs": 1, "random_state": 0, "verbose": 0}
X = np.random.default_rng(0).normal(size=(20, 6))
Y = np.array(["up", "down"] * 10)


@pytest.fixture(scope="module")
def classifier():
    return modelzoo.create(SMALLEST, task="classification", **QUICK).fit(X, Y)


@pytest.fixture
def saved(classifier, tmp_path):
    return classifier.save(tmp_path / "model.mz")


def rewrite(path, **changed):
    """The same bundle with some members changed, and the checksums made to fit."""
    return forged(path, members_of(path), **changed)


def test_a_loaded_classifier_predicts_as_the_saved_one(classifier, saved):
    loaded = modelzoo.load(saved)
    assert (loaded.predict_proba(X) == classifier.predict_proba(X)).all()
    assert loaded.get_params() == classifier.get_params()
    assert loaded.history_ == classifier.history_
    assert loaded.classes_.tolist() == classifier.classes_.tolist()


def test_a_loaded_forecaster_continues_the_same_time_stamps(tmp_path):
    series = pd.Series(np.sin(np.arange(60.0)), pd.period_range("2020-01", periods=60, freq="M"))
    model = modelzoo.create(SMALLEST, task="forecasting", horizon=3, **QUICK).fit(series)
    loaded = modelzoo.load(model.save(tmp_path / "model.mz"))
    pd.testing.assert_frame_equal(loaded.predict(), model.predict())
    assert loaded.quantiles == model.quantiles


def test_a_loaded_generator_writes_the_same_text(tmp_path):
    model = modelzoo.create(SMALLEST, task="generation", context=16, **QUICK).fit(["ab cd " * 50])
    loaded = modelzoo.load(model.save(tmp_path / "model.mz"))
    assert loaded.generate("ab", 12, seed=3) == model.generate("ab", 12, seed=3)


def test_a_bundle_holds_four_members_and_no_code(saved):
    with zipfile.ZipFile(saved) as archive:
        assert sorted(archive.namelist()) == sorted(bundle.MEMBERS)
        header = json.loads(archive.read(bundle.HEADER))
        card = archive.read(bundle.CARD).decode()
    assert header["architecture"] == SMALLEST
    assert header["hparams"]["width"] == 8
    assert registry.describe(SMALLEST).title in card


def test_saving_twice_gives_the_same_bytes(classifier, saved, tmp_path):
    assert classifier.save(tmp_path / "again.mz").read_bytes() == saved.read_bytes()


def test_a_failed_save_leaves_the_old_file_and_nothing_else(classifier, saved, monkeypatch):
    before = saved.read_bytes()

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(FileError, match="No space left"):
        classifier.save(saved)
    assert saved.read_bytes() == before
    assert os.listdir(saved.parent) == [saved.name]


def test_a_builder_without_a_name_cannot_be_saved(tmp_path):
    builder = registry.get_builder(SMALLEST)
    model = modelzoo.Classifier(builder, hparams={"width": 8}, epochs=1, verbose=0).fit(X, Y)
    with pytest.raises(BundleError, match="register"):
        model.save(tmp_path / "model.mz")


def test_a_missing_file_or_folder_says_so(classifier, tmp_path):
    with pytest.raises(FileError, match="nowhere"):
        modelzoo.load(tmp_path / "nowhere.mz")
    with pytest.raises(FileError, match="nowhere"):
        classifier.save(tmp_path / "nowhere" / "model.mz")


@pytest.mark.parametrize("path", [None, 3, "", b"model.mz", ["model.mz"]])
def test_what_is_no_path_is_refused(classifier, path):
    for call in (classifier.save, modelzoo.load):
        with pytest.raises(InputError, match="path must be the path of a file, got"):
            call(path)


@pytest.mark.parametrize("content", [b"", b"not a zip archive", b"PK\x03\x04broken"])
def test_a_file_that_is_no_bundle_is_refused(tmp_path, content):
    path = tmp_path / "model.mz"
    path.write_bytes(content)
    with pytest.raises(BundleError, match="not a modelzoo bundle"):
        modelzoo.load(path)


def test_a_truncated_bundle_is_refused(saved):
    saved.write_bytes(saved.read_bytes()[:-200])
    with pytest.raises(BundleError, match="its end is missing"):
        modelzoo.load(saved)


def test_a_changed_member_does_not_match_its_checksum(saved):
    members = members_of(saved) | {bundle.ADAPTER: b"{}"}
    with pytest.raises(BundleError, match=r"adapter\.json does not match its checksum"):
        modelzoo.load(archived(saved, members))


def test_a_newer_format_asks_for_an_upgrade(saved):
    with pytest.raises(BundleError, match="upgrade"):
        modelzoo.load(rewrite(saved, header={"format": bundle.FORMAT + 1}))


def test_an_older_format_is_refused_by_its_number(saved):
    with pytest.raises(BundleError, match=r"format 1, written by an earlier modelzoo.* fit again"):
        modelzoo.load(rewrite(saved, header={"format": 1, "parameters": {"gone": 1}}))


def test_an_architecture_that_is_not_installed_names_its_origin(saved, monkeypatch):
    header = {"architecture": "their_net", "origin": "their-package", "origin_version": "1.2"}
    monkeypatch.setattr(registry, "get_builder", pytest.fail)  # nothing is imported
    with pytest.raises(BundleError, match=r"'their_net' model from 'their-package' 1\.2, which"):
        modelzoo.load(rewrite(saved, header=header))


def test_weights_of_another_shape_are_refused(saved):
    hparams = modelzoo.load(saved).hparams_ | {"width": 4}
    with pytest.raises(BundleError, match="has shape"):
        modelzoo.load(rewrite(saved, header={"hparams": hparams}))


def test_weights_of_another_type_are_refused(saved):
    weights = safetensors.numpy.load(members_of(saved)[bundle.WEIGHTS])
    halved = {name: value.astype("float16") for name, value in weights.items()}
    with pytest.raises(BundleError, match="holds F16, the architecture needs F32"):
        modelzoo.load(rewrite(saved, weights=safetensors.numpy.save(halved)))


def test_weights_of_other_names_say_who_wrote_them(saved):
    weights = safetensors.numpy.load(members_of(saved)[bundle.WEIGHTS])
    weights["more"] = np.zeros(3, "float32")
    message = "1 names differ, first 'more'; it was made with modelzoo 0"
    with pytest.raises(BundleError, match=message):
        modelzoo.load(rewrite(saved, weights=safetensors.numpy.save(weights)))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_weights_that_are_not_finite_are_refused_by_name(classifier, saved, tmp_path, value):
    weights = safetensors.numpy.load(members_of(saved)[bundle.WEIGHTS])
    name = next(iter(weights))
    weights[name].flat[-1] = value
    with pytest.raises(BundleError, match=f"'{name}' in .*model.mz holds 1 numbers .* {value}"):
        modelzoo.load(rewrite(saved, weights=safetensors.numpy.save(weights)))
    model = copy.deepcopy(classifier)
    model.model_.weights[0].assign(np.full(model.model_.weights[0].shape, value))
    with pytest.raises(BundleError, match="this model holds"):
        model.save(tmp_path / "new.mz")
    assert not (tmp_path / "new.mz").exists()


@pytest.mark.parametrize("number", range(bundle_layout.OLDEST_FORMAT, bundle.FORMAT + 1))
def test_a_bundle_of_each_format_answers_as_when_it_was_saved(number):
    said = json.loads((KEPT / "answers.json").read_text())[str(number)]
    assert {*TASKS} <= {*said}
    loaded = {name: modelzoo.load(KEPT / f"format{number}-{name}.mz") for name in said}
    for name, answer in kept_answers(loaded).items():
        np.testing.assert_allclose(answer, said[name], atol=1e-4)


def test_a_bundle_is_loaded_in_whichever_precision_it_was_trained_in(tmp_path):
    model = modelzoo.load(KEPT / "format3-classification.mz")
    model.precision = "mixed_bfloat16"
    model._build(model.task_, model.hparams_)  # as a fit does
    loaded = modelzoo.load(model.save(tmp_path / "model.mz"))
    assert loaded.model_.get_layer("stem").compute_dtype == "bfloat16"
    assert {str(each.dtype) for each in loaded.model_.weights} == {"float32"}


def test_n_grams_of_series_are_refused(tmp_path):
    ngrams = {"ngrams": {"longest": 2, "size": 9}}
    path = forged(tmp_path / "model.mz", kept("classification"), adapter=ngrams)
    with pytest.raises(BundleError, match=r"adapter.json.ngrams: a classifier of series has none"):
        modelzoo.load(path)


def test_convolutions_wider_than_any_that_are_learned_are_refused(tmp_path):
    path = forged(tmp_path / "model.mz", kept("shapes"), adapter={"longest": 2**24})
    with pytest.raises(BundleError, match=r"adapter.json.longest: .*4096"):
        modelzoo.load(path)


def test_a_forecaster_of_very_many_quantiles_can_be_saved():
    adapter = json.loads(kept("forecasting")["adapter.json"])
    adapter |= {"quantiles": [i / 2000 for i in range(1, 2000)], "offsets": None}
    assert check_adapter(adapter, "forecasting", "model.mz") is adapter


def test_a_loss_that_was_not_finite_is_kept(classifier, tmp_path):
    model = copy.copy(classifier)
    model.history_ = {"loss": [0.5, float("nan")]}
    loaded = modelzoo.load(model.save(tmp_path / "model.mz"))
    np.testing.assert_array_equal(loaded.history_["loss"], [0.5, np.nan])


def test_scores_are_kept_and_stand_on_the_card(classifier, tmp_path):
    model = copy.copy(classifier)
    baselines = {"majority": 0.5, "nearest": "failed: | no\nreason"}
    model.scores_ = {
        "measure": "accuracy", "score": 0.75, "baselines": baselines, "verdict": "It beats one.",
        "bound": False,
    }  # fmt: skip
    path = model.save(tmp_path / "model.mz")
    assert modelzoo.load(path).scores_ == model.scores_
    card = members_of(path)[bundle.CARD].decode()
    assert "| accuracy, on a test part | 0.75 |" in card
    assert "| the same of majority (a baseline) | 0.5 |" in card
    assert "| the same of nearest (a baseline) | failed: \\| no reason |" in card
    assert "It beats one." in card


def test_a_new_fit_forgets_the_scores_of_the_one_before(classifier, monkeypatch):
    monkeypatch.setattr("modelzoo.estimators.base.train", lambda *_, **__: ({"loss": [1.0]}, 0))
    model = copy.copy(classifier)
    model.scores_ = {"measure": "accuracy"}
    assert not hasattr(model.fit(X, Y), "scores_")


def test_a_label_that_no_file_can_hold_is_told_when_it_is_saved(classifier, tmp_path):
    model = copy.copy(classifier)
    model.feature_names_in_ = np.array(["a\ud800"], dtype=object)
    with pytest.raises(BundleError, match="cannot be written as JSON"):
        model.save(tmp_path / "model.mz")
    assert not list(tmp_path.iterdir())


@contextlib.contextmanager
def within(seconds=1.0, megabytes=50):
    """Holds a block to a time of computing, and to a peak of memory beyond what was before."""
    memory = Path("/proc/self/clear_refs")
    if memory.exists():
        memory.write_text("5")  # forgets the peak so far
    before, start = _memory("VmRSS"), time.process_time()
    yield
    assert time.process_time() - start < seconds
    assert _memory("VmHWM") - before < megabytes * 1024


def _memory(name):
    file = Path("/proc/self/status")
    lines = file.read_text().splitlines() if file.exists() else []
    return next((int(line.split()[1]) for line in lines if line.startswith(name + ":")), 0)


GRU = {"width": 4, "depth": 1, "dropout": 0.1, "bidirectional": False, "layer_norm": True}
GPT = {"width": 4, "depth": 1, "positions": "learned", "max_length": 2**23}
HOSTILE = [  # of eleven kilobytes at most: task, header, adapter, what is said
    ("generation", {"hparams": GRU | {"width": 200_000_000}}, {}, "beyond what its"),
    ("generation", {"hparams": GRU | {"width": 2_000_000}}, {}, "asks for a network of"),
    ("generation", {"hparams": GRU | {"width": 400}}, {}, "asks for a network of"),
    ("generation", {"hparams": GRU | {"width": 2e8}}, {}, "width must be a whole number"),
    ("generation", {"hparams": GRU | {"width": -4}}, {}, "must not be negative"),
    ("generation", {"hparams": GRU | {"width": 0}}, {}, "width must be a whole number"),
    ("generation", {"hparams": GRU | {"width": "4"}}, {}, "width must be a whole number"),
    ("generation", {"hparams": GRU | {"width": [4] * 900}}, {}, "width must be a whole number"),
    ("generation", {"hparams": GRU | {"depth": 10**6}}, {}, "a depth of 1,000,000"),
    ("generation", {"hparams": GRU | {"depth": "9"}}, {}, "hyper-parameters"),
    ("generation", {"hparams": GRU | {"depth": 10**4000}}, {}, "a depth of far too many"),
    ("generation", {"hparams": GRU | {"dropout": 10**4000}}, {}, "beyond what its"),
    ("generation", {"hparams": GRU | {"size": 3}}, {}, "no hyper-parameter 'size'"),
    ("generation", {"architecture": "gpt", "hparams": GPT}, {}, "asks for a network of"),
    ("generation", {"architecture": "gpt", "hparams": {"heads": 2**40}}, {}, "beyond what its"),
    ("generation", {}, {"vocabulary": {"kind": "tokens", "ids": [*range(999)]}}, "has shape"),
    ("generation", {"parameters": {"precision": "float8"}}, {}, "precision must be one of"),
    ("generation", {"parameters": {"nonsense": 1}}, {}, "cannot be rebuilt"),
    (
        "classification",
        {},
        {"kind": "tokens", "n_tokens": 2_000_000_000, "stride": 1, "scaler": None},
        "names differ",
    ),
    ("classification", {}, {"stride": 64}, "has shape"),
    ("classification", {}, {"labels": [*range(2000)]}, "has shape|has 2,000 classes, but holds"),
    ("classification", {}, {"scaler": {"mean": [0] * 900, "scale": [1] * 900}}, "has shape"),
    ("forecasting", {}, {"context": 2**24}, "has shape"),
    ("forecasting", {}, {"horizon": 2**24}, "has shape"),
    ("forecasting", {}, {"context": 2**24, "horizon": 2**24}, "has shape"),
    (
        "forecasting",
        {},
        {"context": 64, "season_length": 4, "horizon": 2**24, "mixture": True},
        "names differ",
    ),
    ("forecasting", {}, {"quantiles": [i / 1000 for i in range(1, 1000)]}, "has shape"),
]


@pytest.fixture(scope="module", autouse=True)
def warm():
    """What the first load imports is not what a hostile file costs."""
    for task in TASKS:
        modelzoo.load(KEPT / f"format3-{task}.mz")


@pytest.mark.parametrize(("task", "header", "adapter", "message"), HOSTILE)
def test_a_small_file_that_asks_for_a_large_network_is_refused_at_once(
    tmp_path, task, header, adapter, message
):
    path = forged(tmp_path / "model.mz", kept(task), header=header, adapter=adapter)
    assert path.stat().st_size < 25_000
    with within(), pytest.raises(BundleError, match=message):
        modelzoo.load(path)


def test_a_file_of_more_classes_than_weights_is_refused_at_once(tmp_path):
    many = {"labels": [*range(100_000)]}
    path = forged(tmp_path / "model.mz", kept("classification"), adapter=many)
    with within(), pytest.raises(BundleError, match="has 100,000 classes, but holds only"):
        modelzoo.load(path)


MILLION = b"[" + b"0," * 10**6 + b"0]"
MANY = {  # of a few megabytes, in which reading alone would take longer
    "labels": {"adapter": {"labels": [f"class {place}" for place in range(10**6)]}},
    "the header": {"header": b'{"history": ' + MILLION + b"}"},
    "the weights": {"weights": (len(MILLION)).to_bytes(8, "little") + MILLION},
}


@pytest.mark.parametrize("change", MANY.values(), ids=MANY)
def test_a_file_of_a_million_values_is_refused_before_they_are_read(tmp_path, change):
    path = forged(tmp_path / "model.mz", kept("classification"), **change)
    with within(), pytest.raises(BundleError, match=r"up to 1,000,\d+ values; at most (26|52)"):
        modelzoo.load(path)


def test_a_classifier_of_ten_thousand_classes_is_saved_and_loaded(tmp_path):
    model = modelzoo.load(KEPT / "format3-classification.mz")
    labels = [f"class {place:04}, of many" for place in range(10_000)]
    model._build(Classification.learn(np.eye(10_000, 6), labels), model.hparams_)  # as a fit does
    loaded = modelzoo.load(model.save(tmp_path / "model.mz"))
    assert loaded.classes_.tolist() == labels


def test_more_than_a_file_may_hold_is_told_when_it_is_saved(classifier, tmp_path):
    model = copy.copy(classifier)
    model.history_ = {"loss": [0.5] * 10**6}
    with pytest.raises(BundleError, match="at most 524,288 are read"):
        model.save(tmp_path / "model.mz")


def test_an_architecture_without_formulas_is_held_to_its_weights_too(saved):
    header = {"architecture": "unmeasured", "origin": "runtime"}
    builder = registry.get_builder(SMALLEST)
    registry.register("unmeasured", builder)
    try:
        hparams = modelzoo.load(rewrite(saved, header=header)).hparams_
        for change, message in (
            ({"width": 2**30}, "beyond what its"),
            ({"width": 60_000}, "has shape"),  # found without a single weight being made
            ({"depth": 5000}, "a depth of"),
        ):
            with within(), pytest.raises(BundleError, match=message):
                modelzoo.load(rewrite(saved, header=header | {"hparams": hparams | change}))
    finally:
        registry.unregister("unmeasured")


@pytest.mark.slow
def test_a_layer_that_has_numbers_from_its_start_can_be_loaded(saved):
    class Shifted(keras.layers.Layer):
        def __init__(self, inner, **options):
            super().__init__(name="shifted", **options)
            self.inner, self.width, self.causal, self.max_length = inner, 8, True, None
            self.supports_masking, self.streaming = True, False
            self.shift = keras.Variable(np.ones(1, "float32"), name="shift")

        def call(self, x, mask=None, training=None):
            return self.inner(x, mask=mask, training=training) + self.shift

    def shifted(*, width: int = 8, depth: int = 1):
        return Shifted(registry.get_builder(SMALLEST)(width=width, depth=depth))

    registry.register("shifted", shifted)
    try:
        model = modelzoo.create("shifted", task="classification", epochs=1, verbose=0).fit(X, Y)
        loaded = modelzoo.load(model.save(saved))
        assert (loaded.predict_proba(X) == model.predict_proba(X)).all()
    finally:
        registry.unregister("shifted")


def test_more_memory_than_allowed_is_refused_with_what_is_needed(saved, tmp_path):
    assert modelzoo.load(saved, max_memory=2**20)
    with pytest.raises(BundleError, match=r"more than the 1,000 bytes .* max_memory=1 \* 2\*\*30"):
        modelzoo.load(saved, max_memory=1000)
    with pytest.raises(InputError, match="max_memory must be a whole number from 1"):
        modelzoo.load(saved, max_memory=1.5)
    text = b'{"a": [' + b"{}," * 2**20 + b"{}]}"
    path = forged(tmp_path / "model.mz", members_of(saved), adapter=text)
    with within(), pytest.raises(BundleError, match="of memory, more than"):
        modelzoo.load(path, max_memory=2**26)


def _tasks():
    """What tasks learn of data of every kind, without a network."""
    texts, numbers = ["so good", "so BAD, no?"], np.arange(40.0)
    for tokenizer in ("word", "character", "bpe"):
        yield Classification.learn(texts, ["a", "b"], tokenizer=tokenizer)
        yield Generation.learn(texts, tokenizer=tokenizer)
        yield Generation.learn(texts, texts, tokenizer=tokenizer)
    yield Generation.learn([[60, -5], [2**40]])
    yield Classification.learn([[1, 2], [3]], [True, False], kind="tokens")
    yield Classification.learn(numbers.reshape(2, 10, 2), [("a", 1), ("b", (2.5, "c"))])
    yield Classification.learn(numbers.reshape(4, 10), [1, "x", 2, False])
    yield Classification.learn(numbers.reshape(2, 20), [{"a"}, {"b", "c"}], multi_label=True)
    yield Classification.learn(numbers.reshape(2, 20), np.eye(2, dtype=int), multi_label=True)
    hours = pd.date_range("2024-03-30", periods=40, freq="h", tz="Europe/Berlin", name="when")
    days = pd.date_range("2024-01-31", periods=40, freq="ME")
    gaps = np.where(numbers % 7 == 3, np.nan, numbers)
    columns = pd.MultiIndex.from_tuples([("a", 1), ("b", 2)])
    for y in (
        numbers,
        gaps,
        pd.Series(numbers, hours),
        pd.Series(gaps, days),
        pd.DataFrame(np.stack([numbers, gaps], axis=1), days, columns=columns),
        [numbers, numbers[:20]],
        {"one": numbers, "two": gaps},
        pd.Series(numbers, pd.RangeIndex(10, 90, 2)),
    ):
        yield Forecasting.learn(SeriesPanel.read(y), horizon=3)
    table = pd.DataFrame({"y": numbers, "warm": gaps, "day": list("abcd") * 10, "shop": "x"}, hours)
    roles = Roles(past=("warm",), future=("day",), static=("shop",))
    panel = SeriesPanel.read(table, roles)
    task = Forecasting.learn(panel, horizon=3, roles=roles, calendar=["hour"])
    task.offsets = np.zeros((3, 3))
    yield task


def test_whatever_a_task_learns_can_be_saved_and_is_described():
    for task in _tasks():
        learned = json.loads(bundle._to_json(task.state(), "it"))
        assert check_adapter(learned, task.name, "it") == learned
        assert data_shape(task.name, learned)["reads"]
        type(task).from_state(learned)
