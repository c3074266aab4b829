"""The one training path: every estimator's network is trained here."""

from __future__ import annotations

import contextlib
import functools
import random
import sys
import warnings
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import keras
import numpy as np

from modelzoo.errors import TrainingError, check_whole
from modelzoo.estimators.divergence import DivergedError, FiniteWatch
from modelzoo.estimators.pausing import OutOfTimeError
from modelzoo.estimators.resuming import Resuming
from modelzoo.interrupts import answered, never_lost, raise_lost
from modelzoo.layers.compiled import quiet_retracing
from modelzoo.layers.recurrence import long_training
from modelzoo.tasks.epochs import EpochBatches, InOneGo

MOST_EPOCHS = 200
MOST_READY = 16  # held-out batches at most that are kept as tensors
MOST_BYTES_READY = 1 << 26


@contextlib.contextmanager
def seeded(random_state: Any) -> Iterator[int]:
    """Draws all of Keras' default seeds from one, and leaves the caller's random state alone.

    Keras takes the seeds of initializers and dropout layers from Python's ``random``.

    Args:
        random_state: None for a fresh seed, an integer, or a numpy ``RandomState`` or
            ``Generator`` to draw one from.

    Yields:
        The seed.
    """
    if isinstance(random_state, np.random.RandomState):
        seed = int(random_state.randint(2**31))
    elif isinstance(random_state, np.random.Generator):
        seed = int(random_state.integers(2**31))
    elif random_state is None:
        seed = int(np.random.SeedSequence().generate_state(1)[0] // 2)
    else:
        check_whole("random_state", random_state, least=0)
        seed = int(random_state)
    before = random.getstate()
    random.seed(seed)
    try:
        yield seed
    finally:
        random.setstate(before)


def planned_epochs(epochs: int | None, batches: int, updates: int) -> int:
    """The number of epochs: as asked for, or as many as make about so many updates.

    >>> planned_epochs(None, 50, 1000), planned_epochs(None, 2, 1000), planned_epochs(7, 50, 1000)
    (20, 200, 7)
    """
    if epochs is not None:
        return epochs
    return min(MOST_EPOCHS, max(3, -(-updates // batches)))


def warm_up_and_decay(peak: float, updates: int) -> keras.optimizers.schedules.CosineDecay:
    """The rate of each update: a line up to the peak over a twentieth, then a cosine to zero."""
    warmup = max(1, updates // 20)
    return keras.optimizers.schedules.CosineDecay(
        peak / warmup,
        decay_steps=max(1, updates - warmup),
        warmup_target=peak,
        warmup_steps=warmup,
    )


def train(
    model: keras.Model,
    task: Any,
    training: EpochBatches,
    validation: EpochBatches | None,
    *,
    epochs: int | None,
    learning_rate: float,
    patience: int | None,
    verbose: int | str,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    resuming: Resuming | None = None,
) -> tuple[dict[str, list[float]], int]:
    """Trains a model and leaves it with the weights of its best epoch.

    AdamW (Loshchilov and Hutter, 2019) with a linear warm-up over the first twentieth and a cosine
    to zero over the rest, gradients clipped to a norm of 1. Ctrl-C ends training and keeps the
    best epoch so far; before the first epoch has ended there is none, and it goes on to the caller.
    A search over many fits therefore goes on to its next one, and ends when interrupted in the
    first epoch of that. A loss that is no longer finite ends training likewise, with an error where
    no epoch has ended. A `TimeLimit` among the callbacks ends it without a warning; where no epoch
    has ended the weights stay as they are, and the history has the means over the batches so far.

    Args:
        model: From ``task.assemble``.
        task: Gives loss, metrics and the usual number of updates.
        training: Batches of inputs and targets.
        validation: The same, held out; its loss decides which epoch is best. None trains all
            epochs and keeps the last.
        epochs: Passes over ``training``; None for as many as make about
            ``task.updates`` updates.
        learning_rate: Peak of the schedule.
        patience: Epochs without a better validation loss before training stops; None for a fifth
            of the epochs, at least 3.
        verbose: 0 silent, 1 progress bar, 2 a line an epoch, ``"auto"`` 1 in a terminal else 0.
        callbacks: Called by Keras beside the choice of the best epoch. An ``EarlyStopping`` with
            ``restore_best_weights`` makes that choice instead.
        resuming: Goes on from the latest checkpoint, and writes further ones; None for neither.

    Returns:
        The history, a list of one number an epoch for each quantity, and the epoch whose weights
        are kept, from 0.

    Raises:
        KeyboardInterrupt: Ctrl-C came before the first epoch had ended.
        TrainingError: A loss that is not finite did.
    """
    epochs = planned_epochs(epochs, len(training), task.updates)
    total = epochs * len(training)
    held_out = None if validation is None else _kept_ready(validation)
    schedule = warm_up_and_decay(learning_rate, total)
    optimizer = keras.optimizers.AdamW(schedule, weight_decay=0.01, global_clipnorm=1.0)
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta", "positions", "skip"])
    model.compile(optimizer=optimizer, loss=task.loss(), weighted_metrics=task.metrics())
    # Variables that are made within the first step have TensorFlow trace it twice.
    model.optimizer.build(model.trainable_variables)
    watching, choice = list(callbacks), _choice_among(callbacks)
    if choice is None and validation is not None:
        choice = keras.callbacks.EarlyStopping(
            monitor="val_loss",
            patience=max(3, epochs // 5) if patience is None else patience,
            restore_best_weights=True,
        )
        watching.insert(0, choice)
    watch, history = FiniteWatch(training, keep=choice is None), keras.callbacks.History()
    watching = [watch, *watching, history]
    epoch, batch, ended = 0, 0, False
    if resuming is not None:
        with quiet_retracing():
            epoch, batch, ended = resuming.restore(
                model, training, history, stopping(watching), watch
            )
        watching.append(resuming)
    if verbose == "auto":
        verbose = 1 if sys.stdout.isatty() else 0
    called = _OneTraining(
        watching,
        add_progbar=verbose != 0,
        model=model,
        verbose=verbose,
        epochs=epochs,
        steps=training.updates,
    )
    cut: KeyboardInterrupt | DivergedError | OutOfTimeError | None = None
    called.begin()
    try:
        while epoch < epochs and not ended:
            training.begin(epoch, batch)
            # Keras begins with whole epochs: the rest of one that was cut off is a fit of its own.
            until = epoch + 1 if batch else epochs
            with never_lost(), quiet_retracing(), long_training(total):
                model.fit(
                    InOneGo(training, until - epoch),
                    steps_per_epoch=len(training),
                    validation_data=held_out,
                    initial_epoch=epoch,
                    epochs=until,
                    verbose=verbose,
                    shuffle=False,  # the batches draw their own order, from their own seed
                    callbacks=called,
                )
            epoch, batch, ended = until, 0, model.stop_training
    except (KeyboardInterrupt, DivergedError, OutOfTimeError) as error:
        cut = error
    completed = len(history.epoch)
    if isinstance(cut, KeyboardInterrupt) and not completed:
        raise cut
    if isinstance(cut, DivergedError) and not completed:
        raise TrainingError(f"{cut}, and no epoch had ended: {_advice(learning_rate)}") from None
    if isinstance(cut, KeyboardInterrupt):
        answered()  # by the best epoch
    if isinstance(cut, OutOfTimeError):
        if resuming is not None:
            resuming.write(cut.batch)
        if not completed:
            history.history = {k: [float(v)] for k, v in model.get_metrics_result().items()}
            completed = 1
    called.end()  # restores the best weights, and closes the files of other callbacks
    chosen = _chosen(choice)
    if isinstance(cut, DivergedError):
        if chosen is None:
            model.set_weights(watch.weights)
        of = f"epoch {completed if chosen is None else chosen + 1}"
        warnings.warn(
            f"training was stopped: {cut}. It keeps the weights of {of}: {_advice(learning_rate)}",
            stacklevel=2,
        )
    elif isinstance(cut, KeyboardInterrupt):
        warnings.warn(
            f"interrupted: kept the weights as they were, after {completed} completed epochs"
            if chosen is None
            else f"interrupted: kept the best weights of {completed} completed epochs, "
            f"those of epoch {chosen + 1}",
            stacklevel=2,
        )
    kept = completed - 1 if chosen is None else chosen
    return {name: [float(v) for v in values] for name, values in history.history.items()}, kept


class _OneTraining(keras.callbacks.CallbackList):
    """Callbacks for which training begins and ends once, however many fits of Keras it takes.

    A Ctrl-C that got lost, such as while the first batch was traced, ends an epoch that does not
    count yet.
    """

    def begin(self) -> None:
        super().on_train_begin()

    def end(self) -> None:
        super().on_train_end()

    def on_train_begin(self, logs: Any = None) -> None:
        """Nothing, since it has begun."""

    def on_train_end(self, logs: Any = None) -> None:
        """Nothing, since it may go on."""

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        raise_lost()
        super().on_train_batch_begin(batch, logs)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        raise_lost()
        super().on_epoch_end(epoch, logs)


def _kept_ready(validation: EpochBatches) -> Any:
    """Held-out batches for Keras, as tensors where there is little to keep and much to gain.

    TensorFlow takes some 20 ms each epoch to begin with batches that Python makes.
    """
    if keras.backend.backend() != "tensorflow" or validation.updates > MOST_READY:
        return validation
    import tensorflow as tf

    batches, size = [], 0
    for number in range(validation.updates):
        batches.append(validation.batch(number))
        size += sum(part.nbytes for part in keras.tree.flatten(batches[-1]))
        if size > MOST_BYTES_READY:
            return validation
    with tf.device("CPU"):
        each = [tf.data.Dataset.from_tensors(batch) for batch in batches]
    return functools.reduce(tf.data.Dataset.concatenate, each)


def _advice(learning_rate: float) -> str:
    return (
        f"a lower learning_rate than {learning_rate:g} often helps, precision='float32' where it "
        "was another, and data without extreme values"
    )


def stopping(
    callbacks: Iterable[keras.callbacks.Callback],
) -> list[keras.callbacks.EarlyStopping]:
    """The callbacks that may stop training early."""
    return [each for each in callbacks if isinstance(each, keras.callbacks.EarlyStopping)]


def _choice_among(
    callbacks: Sequence[keras.callbacks.Callback],
) -> keras.callbacks.EarlyStopping | None:
    """The callback that restores weights last when training ends, if there is one."""
    choosing = [each for each in stopping(callbacks) if each.restore_best_weights]
    return choosing[-1] if choosing else None


def _chosen(choice: keras.callbacks.EarlyStopping | None) -> int | None:
    """The epoch whose weights were restored, from 0; None where none were."""
    if choice is None or choice.best_weights is None:
        return None
    return int(choice.best_epoch)
