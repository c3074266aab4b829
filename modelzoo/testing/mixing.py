"""Checks of what a backbone's ``call`` promises: who may influence whom."""

from __future__ import annotations

import numpy as np

from modelzoo.testing.expecting import TOLERANCE, difference, expect, expect_equal
from modelzoo.testing.subject import Subject, inputs, run

SHAPES = ((1, 1), (2, 5), (3, 9))  # (B, T)
LENGTHS = np.array([9, 6, 1])  # real steps of each row
GARBAGE = 30.0  # scale of what stands at masked steps; inputs have scale 1


def output_has_the_shape_and_dtype_of_the_input(subject: Subject) -> None:
    """(B, T, D) float32 in, the same out, finite, for several B and T."""
    for hparams in subject.variants:
        backbone = subject.backbone(hparams)
        for batch, length in SHAPES:
            x = inputs(backbone, batch, length)
            y = run(backbone, x)
            where = f"{subject.told(hparams)}, input {x.shape} {x.dtype}"
            expect(y.shape == x.shape, f"{where}: the output has shape {y.shape}")
            expect(y.dtype == x.dtype, f"{where}: the output has dtype {y.dtype}")
            expect(bool(np.isfinite(y).all()), f"{where}: the output is not finite")


def steps_are_mixed(subject: Subject) -> None:
    """What an early step holds reaches the output at later ones."""
    for hparams in subject.variants:
        backbone = subject.backbone(hparams)
        x = inputs(backbone)
        changed = x.copy()
        changed[:, 0] = 3 - x[:, 0]
        moved = difference(run(backbone, x)[:, 1:], run(backbone, changed)[:, 1:])
        expect(
            moved > TOLERANCE,
            f"{subject.told(hparams)}: step 0 changed and no later output did: nothing is mixed",
        )


def the_future_is_read_only_if_not_causal(subject: Subject) -> None:
    """Causal: the future changes nothing before it. Otherwise it does change something."""
    for hparams in subject.variants:
        backbone = subject.backbone(hparams)
        x = inputs(backbone)
        y = run(backbone, x)
        reached = 0.0
        for step in (1, 6):
            changed = x.copy()
            changed[:, step:] = 3 - x[:, step:]
            z = run(backbone, changed)
            if backbone.causal:
                what = f"{subject.told(hparams)}, causal, inputs from step {step} on changed: "
                expect_equal(what + "outputs before it", y[:, :step], z[:, :step])
            reached = max(reached, difference(y[:, :step], z[:, :step]))
        expect(
            backbone.causal or reached > TOLERANCE,
            f"{subject.told(hparams)}: declared as not causal, but no output depends on a later "
            "step: declare it as causal",
        )


def padding_changes_nothing(subject: Subject) -> None:
    """A row padded at its end and masked gives what it gives alone, without a mask."""
    for hparams in subject.variants:
        backbone = subject.backbone(hparams)
        x, mask = _padded(inputs(backbone))
        y = run(backbone, x, mask)
        for row, length in list(enumerate(LENGTHS))[1:]:
            alone = run(backbone, x[row : row + 1, :length])
            what = f"{subject.told(hparams)}, {length} steps padded to {x.shape[1]}"
            expect_equal(what, alone[0], y[row, :length])


def masked_steps_are_ignored(subject: Subject) -> None:
    """Whatever stands at masked steps, in front, between or behind, changes no real one."""
    mask = np.ones((3, 9), bool)
    mask[0, :3] = mask[1, 4:6] = mask[2, 6:] = False
    for hparams in subject.variants:
        backbone = subject.backbone(hparams)
        x = inputs(backbone)
        garbage = np.where(mask[:, :, None], x, GARBAGE * inputs(backbone, seed=1))
        y, z = run(backbone, x, mask), run(backbone, garbage, mask)
        expect_equal(f"{subject.told(hparams)}, masked steps replaced", y[mask], z[mask])


def rows_do_not_influence_each_other(subject: Subject) -> None:
    """A row gives the same alone as in a batch, with its mask and without."""
    for hparams in subject.variants:
        backbone = subject.backbone(hparams)
        x, mask = _padded(inputs(backbone))
        y, masked = run(backbone, x), run(backbone, x, mask)
        what = f"{subject.told(hparams)}, row 1 alone"
        expect_equal(what, y[1:2], run(backbone, x[1:2]))
        real = mask[1]
        what += " with its mask"
        expect_equal(what, masked[1, real], run(backbone, x[1:2], mask[1:2])[0, real])


def _padded(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    mask = np.arange(x.shape[1]) < LENGTHS[:, None]  # (B, T)
    return np.where(mask[:, :, None], x, 0).astype("float32"), mask
