"""Ctrl-C that a library swallows, or makes another error of, ends what it was to end."""

from __future__ import annotations

import contextlib
import datetime
import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from modelzoo import Classifier, Forecaster, Generator, registry
from modelzoo.cli import main
from modelzoo.estimators.answers import MOST_ROWS
from modelzoo.interrupts import never_lost, raise_lost
from modelzoo.layers.compiled import Compiled

SMALLEST = min(registry.list_models(), key=lambda name: registry.describe(name).cost().parameters)
WAVE = np.sin(np.arange(90.0))
FITS: dict[str, tuple[Any, tuple]] = {
    "classification": (Classifier, (WAVE.reshape(15, 6), ["up", "down", "up"] * 5)),
    "forecasting": (Forecaster, (WAVE,)),
    "generation": (Generator, (["abc abd abe"] * 6,)),
}

pytestmark = pytest.mark.usefixtures("default_sigint")


def lose_ctrl_c() -> None:
    """What becomes of Ctrl-C in a destructor, in a callback from C and in a bare `except:`."""
    with contextlib.suppress(BaseException):
        signal.raise_signal(signal.SIGINT)


def break_an_import() -> None:
    """What becomes of it in an extension module that is loading."""
    with contextlib.suppress(BaseException):
        signal.raise_signal(signal.SIGINT)
    raise ImportError("initialization failed")


def backbone(pressed: Callable[[], object] = lambda: None) -> Any:
    pressed()
    return registry.get_builder(SMALLEST)(width=8, depth=1)


def forecaster(pressed: Callable[[], object] = lambda: None, **options: Any) -> Forecaster:
    """Ctrl-C is pressed while its network is built."""
    options = {"horizon": 4, "epochs": 1, "random_state": 0, "verbose": 0} | options
    return Forecaster(lambda: backbone(pressed), **options)


class Lost(keras.callbacks.Callback):
    """Ctrl-C is lost at the end of each batch of an epoch."""

    def __init__(self, epoch: int):
        super().__init__()
        self.at, self.now = epoch, -1

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.now = epoch

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if self.now == self.at:
            lose_ctrl_c()


# ---- fit


@pytest.mark.parametrize("pressed", [lose_ctrl_c, break_an_import])
@pytest.mark.parametrize("task", FITS)
def test_a_fit_ends_that_lost_it_while_its_network_was_built(task, pressed):
    estimator, data = FITS[task]
    model = estimator(lambda: backbone(pressed), epochs=1, verbose=0)
    if task == "forecasting":
        model.set_params(horizon=4)
    before = dict(vars(model))
    with pytest.raises(KeyboardInterrupt):
        model.fit(*data)
    assert vars(model) == before
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.parametrize("batch_size", [4, 1000])
def test_a_fit_that_lost_it_in_the_first_epoch_learns_nothing(batch_size):
    model = forecaster(batch_size=batch_size)
    with pytest.raises(KeyboardInterrupt):
        model.fit(WAVE, callbacks=Lost(0))
    with pytest.raises(NotFittedError):
        model.predict()


def test_a_fit_that_lost_it_later_keeps_its_best_epoch_and_is_not_interrupted_twice():
    with never_lost(), pytest.warns(UserWarning, match="interrupted: .* 2 completed epochs"):
        model = forecaster(epochs=9).fit(WAVE, callbacks=Lost(2))
        raise_lost()
    assert len(model.history_["loss"]) == 2


def test_a_fit_after_one_that_was_interrupted_is_as_any_other():
    with pytest.raises(KeyboardInterrupt):
        forecaster(lose_ctrl_c).fit(WAVE)
    assert forecaster().fit(WAVE).history_


def test_a_prediction_that_lost_it_ends(monkeypatch):
    model = forecaster().fit(WAVE)
    run = model._answers._program._run

    def tracing(*arguments: Any) -> Any:
        lose_ctrl_c()
        return run(*arguments)

    monkeypatch.setattr(model._answers._program, "_run", tracing)
    with pytest.raises(KeyboardInterrupt), never_lost():
        model.predict()
        pytest.fail("it was to be over")


def test_ctrl_c_ends_a_prediction_of_many_batches_and_leaves_the_rest(monkeypatch):
    model, asked = forecaster().fit(WAVE), []
    program, count = model._answers._program, itertools.count()

    def pressed_in_a_thread(*arguments: Any) -> Any:
        asked.append(arguments)
        if next(count) == 2:
            signal.raise_signal(signal.SIGINT)
        time.sleep(0.05)
        return program(*arguments)

    monkeypatch.setattr(model._answers, "_program", pressed_in_a_thread)
    with pytest.raises(KeyboardInterrupt):
        model.predict([WAVE] * 20 * MOST_ROWS)
    assert len(asked) < 10


def test_a_compiled_function_that_lost_it_while_it_was_traced_ends():
    def traced(x: Any) -> Any:
        lose_ctrl_c()
        return x

    with pytest.raises(KeyboardInterrupt), never_lost():
        Compiled(traced)(1.0)
        pytest.fail("it was to be over")


# ---- a program's own handlers, and threads


def test_a_program_that_has_its_own_handler_keeps_it():
    pressed: list[int] = []

    def own(number: int, _: object) -> None:
        pressed.append(number)

    signal.signal(signal.SIGINT, own)
    assert forecaster(lambda: signal.raise_signal(signal.SIGINT)).fit(WAVE).history_
    assert pressed == [signal.SIGINT] and signal.getsignal(signal.SIGINT) is own


def test_a_handler_that_was_installed_in_the_block_stays():
    def own(*_: object) -> None:
        """Does nothing."""

    with never_lost():
        signal.signal(signal.SIGINT, own)
    assert signal.getsignal(signal.SIGINT) is own


def test_a_thread_changes_no_handler_and_is_not_ended_for_another():
    found: list[object] = []

    def work() -> None:
        with never_lost():
            raise_lost()
            found.append(signal.getsignal(signal.SIGINT))

    with pytest.raises(KeyboardInterrupt), never_lost():
        around = signal.getsignal(signal.SIGINT)
        lose_ctrl_c()
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert found == [around]


def test_blocks_within_blocks_restore_the_handler_at_last():
    with pytest.raises(KeyboardInterrupt), never_lost():
        around = signal.getsignal(signal.SIGINT)
        with contextlib.suppress(KeyboardInterrupt), never_lost():
            lose_ctrl_c()
        assert signal.getsignal(signal.SIGINT) is around
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_handler_that_somebody_kept_interrupts_nothing_later():
    with never_lost():
        kept = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, kept)
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    with never_lost():
        raise_lost()
    with pytest.raises(KeyboardInterrupt), never_lost():
        lose_ctrl_c()


def test_another_error_stays_what_it_is():
    with pytest.raises(ZeroDivisionError), never_lost():
        raise ZeroDivisionError


# ---- commands


@pytest.mark.parametrize("pressed", [lose_ctrl_c, break_an_import])
def test_a_command_that_lost_it_says_so(pressed, monkeypatch, capsys):
    monkeypatch.setattr(registry, "list_models", lambda *_, **__: pressed() or [])
    assert main(["list"]) == 130
    assert capsys.readouterr().err.endswith("\nmodelzoo: interrupted\n")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_command_is_interrupted_before_it_has_begun_too(monkeypatch, capsys):
    def press(*_: object) -> None:
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr("argparse.ArgumentParser.parse_args", press)
    assert main(["list"]) == 130
    assert capsys.readouterr().err == "\nmodelzoo: interrupted\n"


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals are sent otherwise there")
@pytest.mark.parametrize(
    ("line", "seconds"),
    [("ready", 1.5), ("training", 0), ("training", 1)],
)
def test_a_process_ends_whenever_it_is_interrupted_before_an_epoch_is_over(line, seconds, tmp_path):
    data, out = tmp_path / "series.csv", tmp_path / "m.mz"
    first = datetime.date(2000, 1, 1)
    days = [f"{first + datetime.timedelta(i)},{np.sin(i / 7):.3f}" for i in range(9_000)]
    data.write_text("day,sold\n" + "\n".join(days) + "\n")
    code = (  # a shell's background job is born deaf to Ctrl-C, and its children with it
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from modelzoo.cli import main; print('ready', file=sys.stderr, flush=True)\n"
        "sys.exit(main(sys.argv[1:]))"
    )
    settings = ["--set", "batch_size=1", "--set", "depth=1"]  # an epoch takes long
    fit = ["fit", "--task", "forecasting", "--model", "gru", "--horizon", "7", *settings]
    child = subprocess.Popen(
        [sys.executable, "-c", code, *fit, "--data", str(data), "-o", str(out)],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stderr is not None
    next(said for said in child.stderr if said.startswith(line))
    time.sleep(seconds)
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=60)
    assert child.returncode == 130, err
    assert err.endswith("modelzoo: interrupted\n")
    assert not out.exists()
