import json
import os
import zipfile

import numpy as np
import pandas as pd
import pytest

import modelzoo
from modelzoo import bundle, registry
from modelzoo.errors import BundleError, FileError

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


def rewrite(path, **members):
    """The same bundle with some members changed, and the checksums made to fit."""
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    header = json.loads(content[bundle.HEADER]) | members.pop("header", {})
    content[bundle.HEADER] = json.dumps(header).encode()
    content |= {name: data for name, data in members.items() if data is not None}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return path


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


@pytest.mark.parametrize("content", [b"", b"not a zip archive", b"PK\x03\x04broken"])
def test_a_file_that_is_no_bundle_is_refused(tmp_path, content):
    path = tmp_path / "model.mz"
    path.write_bytes(content)
    with pytest.raises(BundleError, match="not a modelzoo bundle"):
        modelzoo.load(path)


def test_a_truncated_bundle_is_refused(saved):
    saved.write_bytes(saved.read_bytes()[:-200])
    with pytest.raises(BundleError, match="damaged"):
        modelzoo.load(saved)


def test_a_changed_member_does_not_match_its_checksum(saved):
    with pytest.raises(BundleError, match=r"adapter\.json does not match its checksum"):
        modelzoo.load(rewrite(saved, **{bundle.ADAPTER: b"{}"}))


def test_an_unlisted_member_is_refused(saved):
    with pytest.raises(BundleError, match="not a modelzoo bundle"):
        modelzoo.load(rewrite(saved, **{"../evil.py": b"boom"}))


def test_a_newer_format_asks_for_an_upgrade(saved):
    with pytest.raises(BundleError, match="upgrade"):
        modelzoo.load(rewrite(saved, header={"format": bundle.FORMAT + 1}))


def test_an_older_format_is_refused_by_its_number(saved):
    with pytest.raises(BundleError, match=r"format 1, written by an earlier modelzoo.* fit again"):
        modelzoo.load(rewrite(saved, header={"format": 1, "parameters": {"gone": 1}}))


def test_an_architecture_that_is_not_installed_names_its_origin(saved):
    header = {"architecture": "their_net", "origin": "their-package"}
    with pytest.raises(BundleError, match="'their_net' model from 'their-package'"):
        modelzoo.load(rewrite(saved, header=header))


def test_weights_of_another_shape_are_refused(saved):
    hparams = modelzoo.load(saved).hparams_ | {"width": 16}
    with pytest.raises(BundleError, match="has shape"):
        modelzoo.load(rewrite(saved, header={"hparams": hparams}))
