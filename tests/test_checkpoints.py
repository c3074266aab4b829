"""Training that is cut off goes on, and ends as if it had not been."""

from __future__ import annotations

import errno
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import safetensors

from modelzoo import Classifier, Forecaster, Generator
from modelzoo.atomic_files import replacing
from modelzoo.errors import CheckpointWarning, FileError, InputError, TrainingError
from modelzoo.estimators import checkpoints
from modelzoo.estimators.base import Estimator
from modelzoo.estimators.resuming import Resuming
from modelzoo.estimators.training import train
from modelzoo.tasks.epochs import EpochBatches

RANDOM = np.random.default_rng(0)
SERIES = RANDOM.normal(size=(120, 6)).cumsum(axis=1).astype("float32")
SIGNS = (SERIES[:, -1] > 0).astype(int)
WALK = RANDOM.normal(size=150).cumsum()
TEXTS = ["".join(RANDOM.choice(list("abc "), RANDOM.integers(9, 24))) for _ in range(64)]
QUICK = {"epochs": 3, "random_state": 0, "verbose": 0}
SMALL = {"width": 8, "depth": 1, "dropout": 0.2}


class KillError(BaseException):
    """Passes by all that tidies up, as a killed process does."""


class Kill(keras.callbacks.Callback):
    """Ends training before a batch, counted over all epochs; None counts only."""

    def __init__(self, at: int | None = None):
        super().__init__()
        self.at, self.seen = at, 0

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        if self.seen == self.at:
            raise KillError
        self.seen += 1


def text_loader() -> Any:
    for start in range(0, len(TEXTS), 16):
        yield TEXTS[start : start + 16]


def row_loader() -> Any:
    for start in range(0, len(SERIES), 24):
        yield SERIES[start : start + 24], SIGNS[start : start + 24]


def classifier(**changes: Any) -> Classifier:
    own = {"model": "gru", "validation_fraction": 0.3, "hparams": SMALL, **QUICK}
    return Classifier(**(own | changes))


def generator(model: str = "gpt", **changes: Any) -> Generator:
    hparams = {**SMALL, "heads": 2}
    return Generator(model, context=16, hparams=hparams, **(QUICK | changes))


FITS = {
    "series": lambda **how: classifier().fit(SERIES, SIGNS, **how),
    "texts": lambda **how: classifier().fit(TEXTS, [0, 1] * 32, **how),
    "labelled loader": lambda **how: classifier().fit(row_loader, **how),
    "forecasts": lambda **how: Forecaster("gru", hparams=SMALL, horizon=2, context=6, **QUICK).fit(
        WALK, **how
    ),
    "next tokens": lambda **how: generator().fit(TEXTS, **how),
    "masked tokens": lambda **how: generator("bert").fit(TEXTS, **how),
    "pairs": lambda **how: generator().fit(TEXTS, TEXTS[::-1], **how),
    "masked pairs": lambda **how: generator("bert").fit(TEXTS, TEXTS[::-1], **how),
    "text loader": lambda **how: generator(epochs=8).fit(text_loader, **how),
}


def assert_equal_fits(one: Any, other: Any) -> None:
    assert one.history_ == other.history_
    assert one.best_epoch_ == other.best_epoch_
    weights = zip(one.model_.get_weights(), other.model_.get_weights(), strict=True)
    for mine, theirs in weights:
        np.testing.assert_array_equal(mine, theirs)


def cut_off(fit: Any, folder: Path, at: int, minutes: float = 0) -> None:
    with pytest.raises(KillError):
        fit(callbacks=Kill(at), checkpoint_dir=folder, checkpoint_minutes=minutes)


def drawn() -> list[float]:
    return [random.random(), np.random.random(), float(keras.random.uniform(()))]


@pytest.fixture(scope="module")
def whole() -> Any:
    """A fit that nothing has cut off, and that leaves the caller's random numbers alone."""
    keras.utils.set_random_seed(5)
    expected = drawn()
    keras.utils.set_random_seed(5)
    fitted = FITS["series"]()
    assert drawn() == expected
    return fitted


@pytest.fixture(scope="module")
def cut(tmp_path_factory) -> Path:
    """The checkpoints of the same fit, killed in the middle of its second epoch."""
    folder = tmp_path_factory.mktemp("cut")
    cut_off(FITS["series"], folder, at=9)
    return folder


@pytest.fixture
def folder(cut, tmp_path) -> Path:
    """A copy of them."""
    return Path(shutil.copytree(cut, tmp_path / "checkpoints"))


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob(checkpoints.FILES))


def state_of(path: Path) -> dict[str, Any]:
    with safetensors.safe_open(path, framework="numpy") as file:
        state: dict[str, Any] = json.loads(file.metadata()["state"])
    return state


def test_a_fit_that_was_cut_off_in_an_epoch_ends_as_one_that_was_not(whole, folder):
    batches = state_of(files(folder)[0])["configuration"]["batches in an epoch"]
    assert [(s["epoch"], s["batch"]) for s in map(state_of, files(folder))] == [
        (1, 9 - batches - 2),
        (1, 9 - batches - 1),
    ]
    count = Kill()
    assert_equal_fits(FITS["series"](checkpoint_dir=folder, callbacks=count), whole)
    assert count.seen == 3 * batches - 9 + 1  # one interval again, which is a batch here
    assert len(files(folder)) == 2
    assert_equal_fits(FITS["series"](checkpoint_dir=folder, callbacks=Kill(0)), whole)  # at once


def test_a_damaged_checkpoint_gives_way_to_the_one_before(folder):
    before, last = files(folder)
    content = bytearray(last.read_bytes())
    content[-5] ^= 1
    last.write_bytes(content)
    found = checkpoints.CheckpointFolder(folder, 0)
    with pytest.warns(CheckpointWarning, match=f"{last.name} is damaged"), found.held():
        assert found.latest is not None
        assert found.latest.batch == state_of(before)["batch"]
        found.write(found.latest)
    assert files(folder) == [before]  # the damaged one is gone as soon as there is another


@pytest.mark.parametrize("content", [b"", b"\0" * 100, b"\xff" * 8 + b"{}"])
def test_what_is_no_checkpoint_is_passed_over(content, tmp_path):
    (tmp_path / "epoch-000001-batch-00000000.safetensors").write_bytes(content)
    folder = checkpoints.CheckpointFolder(tmp_path, 1)
    with pytest.warns(CheckpointWarning, match="damaged"), folder.held():
        assert folder.latest is None


def test_a_part_that_another_process_is_writing_stays(tmp_path):
    name = "epoch-000001-batch-00000000.safetensors"
    with replacing(tmp_path / name) as part:
        (tmp_path / f".{name}.left.part").touch()
        checkpoints.CheckpointFolder(tmp_path, 1)
        assert [str(path) for path in tmp_path.iterdir()] == [part.name]
    assert files(tmp_path) == [tmp_path / name]


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"learning_rate": 0.5}, r"learning_rate was 0\.002, is 0\.5"),
        ({"batch_size": 8}, "batch_size was 16, is 8"),
        ({"hparams": {**SMALL, "width": 4}}, "hyper-parameter width was 8, is 4"),
        ({"model": "lstm"}, "model was 'gru', is 'lstm'"),
        ({"random_state": 1}, "random_state was 0, is 1"),
        ({"epochs": 4}, "epochs was 3, is 4"),
    ],
)
def test_checkpoints_of_another_fit_are_refused_with_the_difference(changes, named, folder):
    before = [path.read_bytes() for path in files(folder)]
    with pytest.raises(InputError, match=named):
        classifier(**changes).fit(SERIES, SIGNS, checkpoint_dir=folder)
    assert [path.read_bytes() for path in files(folder)] == before


def test_checkpoints_of_other_data_are_refused(folder):
    changed = SERIES.copy()
    changed[3, 2] += 1e-3
    with pytest.raises(InputError, match="other training data"):
        classifier().fit(changed, SIGNS, checkpoint_dir=folder)


def test_checkpoints_of_other_class_weights_are_refused_though_a_loader_gives_the_data(tmp_path):
    cut_off(FITS["labelled loader"], tmp_path, at=2)
    with pytest.raises(InputError, match="other training data"):
        FITS["labelled loader"](class_weight={0: 2.0}, checkpoint_dir=tmp_path)


def test_a_folder_that_cannot_be_used_is_told_before_training(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(FileError, match="is a file"):
        classifier().fit(SERIES, SIGNS, checkpoint_dir=tmp_path / "file")
    with pytest.raises(FileError, match="cannot keep checkpoints"):
        classifier().fit(SERIES, SIGNS, checkpoint_dir=tmp_path / "file" / "inside")
    with pytest.raises(FileError, match="cannot keep checkpoints"):
        classifier().fit(SERIES, SIGNS, checkpoint_dir="/proc/modelzoo")
    with pytest.raises(InputError, match="checkpoint_minutes must be a number from 0, got -1"):
        classifier().fit(SERIES, SIGNS, checkpoint_dir=tmp_path, checkpoint_minutes=-1)
    with pytest.raises(FileError, match=r"cannot keep checkpoints.*null byte"):
        classifier().fit(SERIES, SIGNS, checkpoint_dir="zero\0byte")
    for folder in (3, ""):
        with pytest.raises(InputError, match="checkpoint_dir must be the path of a folder"):
            classifier().fit(SERIES, SIGNS, checkpoint_dir=folder)


# A network so small that it takes no time


class Line(EpochBatches):
    """Points of a line, and the task of learning it."""

    updates, name = 4, "line"

    def batch(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        x = self.random(number).normal(size=(8, 1)).astype("float32")
        return x, 2 * x

    def loss(self) -> str:
        return "mse"

    def metrics(self) -> list[Any]:
        return []


def train_line(**changes: Any) -> tuple[Any, dict[str, Any], int]:
    network = keras.Sequential(
        [keras.Input((1,)), keras.layers.Dense(1, kernel_initializer="zeros")]
    )
    line = Line(seed=0)
    how = {"validation": Line(None), "epochs": 3, "patience": None, "learning_rate": 0.1}
    return network, *train(network, line, line, verbose=0, **(how | changes))


def test_a_full_disk_is_warned_of_once_and_training_goes_on(tmp_path, monkeypatch):
    def full(*arguments: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    resuming = Resuming(checkpoints.CheckpointFolder(tmp_path, 0), {}, 0)
    with pytest.warns(CheckpointWarning, match="No space left on device") as caught:
        _, history, _ = train_line(resuming=resuming)
    assert len([each for each in caught if each.category is CheckpointWarning]) == 1
    assert len(history["loss"]) == 3
    assert not files(tmp_path)


class Poison(keras.callbacks.Callback):
    """Makes the weights NaN at the end of an epoch's second batch, from 1."""

    def __init__(self, epoch: int):
        super().__init__()
        self.poisoned = epoch - 1

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.now = epoch

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if self.now == self.poisoned and batch == 1:
            model = self.model
            model.set_weights([np.full_like(each, np.nan) for each in model.get_weights()])


@pytest.mark.parametrize("validation", [Line(None), None])
def test_a_loss_that_is_not_finite_keeps_the_epoch_before_and_says_where(validation):
    says = (
        "became nan at batch 3 of epoch 3. It keeps the weights of epoch 2: a lower learning_rate"
    )
    with pytest.warns(UserWarning, match=says):
        network, history, kept = train_line(validation=validation, callbacks=[Poison(3)])
    assert kept == 1
    assert [len(values) for values in history.values()] == [2] * len(history)
    assert all(np.isfinite(each).all() for each in network.get_weights())


def test_what_it_keeps_is_of_the_epoch_before_also_where_that_was_cut_off(tmp_path):
    def fit(*callbacks: Any) -> Any:
        resuming = Resuming(checkpoints.CheckpointFolder(tmp_path, 0), {}, 0)
        return train_line(validation=None, callbacks=callbacks, resuming=resuming)

    with pytest.raises(KillError):
        fit(Kill(6))
    assert [state_of(path)["batch"] for path in files(tmp_path)][-1] > 0
    with pytest.warns(UserWarning, match="of epoch 2. It keeps the weights of epoch 1"):
        network, _, kept = fit(Poison(2))
    with pytest.warns(UserWarning, match="of epoch 2. It keeps the weights of epoch 1"):
        whole, _, _ = train_line(validation=None, callbacks=[Poison(2)])
    assert kept == 0
    for mine, theirs in zip(network.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_a_callback_may_add_a_number_of_numpys_to_the_history(tmp_path):
    class Adding(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            logs["rate"] = np.float32(0.5)

    resuming = Resuming(checkpoints.CheckpointFolder(tmp_path, 1), {}, 0)
    _, history, _ = train_line(callbacks=[Adding()], resuming=resuming)
    assert history["rate"] == [0.5] * 3
    assert state_of(files(tmp_path)[-1])["history"]["rate"] == [0.5] * 3


def test_a_held_out_loss_that_is_not_finite_ends_training_too():
    class Overflowing(Line):
        def batch(self, number: int) -> tuple[np.ndarray, np.ndarray]:
            x, y = super().batch(number)
            return x, y + np.float32(1e30)

    with pytest.raises(TrainingError, match="loss on held-out data became inf in epoch 1, and no"):
        train_line(validation=Overflowing(None))


def test_before_an_epoch_has_ended_it_is_an_error_and_nothing_is_fitted():
    model = generator()
    with pytest.raises(TrainingError, match="loss became nan at batch 3 of epoch 1, and no epoch"):
        model.fit(TEXTS, callbacks=Poison(1))
    assert not hasattr(model, "model_")


@pytest.mark.parametrize("name", FITS)
def test_batches_follow_from_epoch_and_number_alone(name, monkeypatch):
    seen: list[EpochBatches] = []

    def spy(self: Any, training: EpochBatches, *rest: Any) -> None:
        seen.append(training)
        raise KillError

    monkeypatch.setattr(Estimator, "_train", spy)
    with pytest.raises(KillError):
        FITS[name]()
    (batches,) = seen
    for index in range(min(2, len(batches))):
        batches[index]  # as Keras does before it starts
    batches.on_epoch_end()
    passes = []
    for _ in range(2):
        passes.append([batches[number] for number in range(len(batches))])
        batches.on_epoch_end()
    batches.begin(1, first=2)
    batches.on_epoch_end()
    assert len(batches) == len(passes[1]) - 2
    for number in range(len(batches)):
        pair = map(keras.tree.flatten, (batches[number], passes[1][number + 2]))
        for one, other in zip(*pair, strict=True):
            np.testing.assert_array_equal(one, other)


def test_a_seed_that_was_drawn_is_drawn_once(cut):
    with classifier(random_state=None)._fitting(checkpoints.CheckpointFolder(cut, 1)) as seed:
        assert seed == 0  # that of the fit which was cut off


# The slow ones: whole fits of other kinds, and a process that is killed


@pytest.mark.slow
@pytest.mark.jax
@pytest.mark.parametrize(
    ("name", "at"), [("labelled loader", 10), ("forecasts", 7), ("masked tokens", 7)]
)
def test_other_fits_go_on_where_they_were_too(name, at, tmp_path):
    whole = FITS[name]()
    cut_off(FITS[name], tmp_path, at)
    assert state_of(files(tmp_path)[-1])["batch"]
    assert_equal_fits(FITS[name](checkpoint_dir=tmp_path), whole)


FIT = """
import sys
import numpy as np
sys.path.insert(0, sys.argv[1])
from test_checkpoints import FITS
model = FITS["series"](checkpoint_dir=sys.argv[2], checkpoint_minutes=0)
np.savez(sys.argv[3], *model.model_.get_weights())
"""


@pytest.mark.slow
@pytest.mark.jax
def test_a_process_that_is_killed_at_any_moment_ends_with_equal_weights(
    whole, tmp_path, record_property
):
    folder, weights = tmp_path / "checkpoints", tmp_path / "weights.npz"
    command = [sys.executable, "-c", FIT, str(Path(__file__).parent), str(folder), str(weights)]
    first = subprocess.Popen(command)
    while not list(folder.glob("epoch*")):
        assert first.poll() is None
        time.sleep(0.01)
    time.sleep(random.Random(os.getpid()).uniform(0, 0.3))
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert not weights.exists()
    subprocess.run(command, check=True)
    found = np.load(weights)
    for mine, theirs in zip(whole.model_.get_weights(), found.values(), strict=True):
        np.testing.assert_array_equal(mine, theirs)
    record_property("kills survived", 1)


def test_two_fits_at_once_in_one_folder_are_refused_one_after_the_other_is_not(tmp_path):
    first, second = (checkpoints.CheckpointFolder(tmp_path, 1) for _ in range(2))
    with first.held(), pytest.raises(FileError, match="in use at this moment"), second.held():
        pass
    with second.held():
        pass


def test_a_folder_is_read_once_it_is_held_since_another_fit_may_write_until_then(tmp_path):
    waiting, first = (checkpoints.CheckpointFolder(tmp_path, 1) for _ in range(2))
    with first.held():
        for epoch in (1, 2):
            first.write(checkpoints.Checkpoint(epoch, 0, {"seed": epoch}, {}))
    with waiting.held():
        assert waiting.latest is not None and waiting.latest.epoch == 2 == waiting.seed
        waiting.write(checkpoints.Checkpoint(3, 0, {"seed": 3}, {}))
    assert [state_of(path)["epoch"] for path in files(tmp_path)] == [2, 3]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no processes are forked on Windows")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_child_that_goes_on_does_not_keep_the_folder(tmp_path):
    folder = checkpoints.CheckpointFolder(tmp_path, 1)
    with folder.held():
        child = os.fork()
        if not child:
            signal.pause()
    try:
        with folder.held():
            pass
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
