"""Checks of training and precision: gradients, half precision, seeds, Keras' own files."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

from modelzoo.estimators.precision import PRECISIONS, building_in
from modelzoo.testing.expecting import difference, expect, expect_equal
from modelzoo.testing.subject import Subject, inputs, jitter, run

HALF_PRECISION = [each for each in PRECISIONS if each.startswith("mixed")]


def every_weight_gets_a_gradient(subject: Subject) -> None:
    """One step of training moves each trainable weight of each variant."""
    for hparams in subject.variants:
        backbone = subject.build(hparams)
        jitter(backbone)
        # With momentum the optimizer's first slots hold the gradients, free of rounding.
        optimizer = keras.optimizers.SGD(1.0, momentum=0.5)
        model = keras.Sequential([keras.Input((None, backbone.width)), backbone])
        model.compile(optimizer, loss="mse", run_eagerly=True)
        x = inputs(backbone)
        model.train_on_batch(x, inputs(backbone, seed=1))
        for weight, gradient in zip(backbone.trainable_weights, optimizer.momentums, strict=True):
            size = float(np.abs(ops.convert_to_numpy(gradient.value)).max())
            where = f"{subject.told(hparams)}: weight {weight.path!r} of shape {weight.shape}"
            expect(size > 0, f"{where} gets no gradient: nothing depends on it")
            expect(bool(np.isfinite(size)), f"{where} gets a gradient that is not finite")


def half_precision_stays_finite(subject: Subject) -> None:
    """Half precision of each kind gives finite outputs, also for a row masked throughout."""
    mask = np.ones((3, 9), bool)
    mask[0] = False
    mask[1, 5:] = False
    for policy in HALF_PRECISION:
        with building_in(policy):
            for hparams in subject.variants:
                backbone = subject.build(hparams)
                jitter(backbone)
                x = inputs(backbone)
                where = f"{policy}, {subject.told(hparams)}"
                _expect_finite(f"{where}, with a mask", run(backbone, x, mask))
                _expect_finite(f"{where}, without a mask", run(backbone, x))
                _expect_finite(f"{where}, one row of one step", run(backbone, x[:1, :1]))
                if backbone.streaming:
                    state = backbone.initial_state(3, 9)
                    first = ops.cast(x[:, 0], backbone.compute_dtype)
                    y, _ = backbone.step(first, state, ops.convert_to_tensor(0, dtype="int32"))
                    _expect_finite(f"{where}, streaming", ops.convert_to_numpy(y))


def a_row_without_a_real_step_stays_finite(subject: Subject) -> None:
    """A row that is masked throughout gives finite numbers, alone too, and disturbs no other."""
    mask = np.ones((3, 9), bool)
    mask[0] = False
    for hparams in subject.variants:
        backbone = subject.backbone(hparams)
        x = inputs(backbone)
        y = run(backbone, x, mask)
        _expect_finite(f"{subject.told(hparams)}", y)
        _expect_finite(f"{subject.told(hparams)}, alone", run(backbone, x[:1], mask[:1]))
        _expect_finite(f"{subject.told(hparams)}, one step", run(backbone, x[:1, :1], mask[:1, :1]))
        expect_equal(f"{subject.told(hparams)}, the other rows", run(backbone, x)[1:], y[1:])


def the_seed_decides_the_weights(subject: Subject) -> None:
    """Two backbones from one seed start equal; another seed starts elsewhere."""
    for hparams in subject.variants:
        first, second, other = (subject.build(hparams, seed).get_weights() for seed in (1, 1, 2))
        for index, (one, two) in enumerate(zip(first, second, strict=True)):
            expect(
                np.array_equal(one, two),
                f"{subject.told(hparams)}: weight {index} of shape {one.shape} differs between "
                "two builds with one seed: take its random numbers from a Keras initializer",
            )
        expect(
            any(difference(one, two) > 0 for one, two in zip(first, other, strict=True)),
            f"{subject.told(hparams)}: another seed gives the same weights",
        )


def keras_saves_and_loads_it(subject: Subject) -> None:
    """A Keras model around the backbone comes back equal from a ``.keras`` file.

    In half precision too: a layer made in ``build`` without the ``dtype_policy`` of the one around
    it would come back in another precision.
    """
    for hparams in subject.variants:
        _expect_saved(subject.told(hparams), subject.backbone(hparams))
    with building_in(HALF_PRECISION[0]):
        backbone = jitter(subject.build(subject.smallest))
    _expect_saved(f"{HALF_PRECISION[0]}, {subject.told(subject.smallest)}", backbone)


def _expect_saved(where: str, backbone: Any) -> None:
    values, mask = keras.Input((None, backbone.width)), keras.Input((None,), dtype="bool")
    model = keras.Model([values, mask], backbone(values, mask=mask))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        loaded = keras.saving.load_model(path)
    x = inputs(backbone)
    real = np.arange(9) < np.array([9, 6, 1])[:, None]
    pair = [ops.convert_to_tensor(x), ops.convert_to_tensor(real)]
    before, after = (
        ops.convert_to_numpy(each(pair, training=False)).astype("float32")
        for each in (model, loaded)
    )
    expect_equal(f"{where}, saved and loaded", before[real], after[real])


def _expect_finite(what: str, y: np.ndarray) -> None:
    bad = int((~np.isfinite(y.astype("float32"))).sum())
    expect(not bad, f"{what}: {bad} of {y.size} outputs are not finite")
