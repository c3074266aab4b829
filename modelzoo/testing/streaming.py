"""Checks of streaming and of limits on the length."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from keras import ops, tree

from modelzoo.errors import InputError
from modelzoo.testing.expecting import expect, expect_equal
from modelzoo.testing.mixing import GARBAGE
from modelzoo.testing.subject import Subject, inputs, run

WINDOW = 4  # a max_length that the 9 steps of the test inputs exceed


def step_equals_call(subject: Subject) -> None:
    """Fed one step at a time, a streaming backbone gives what it gives for whole sequences.

    Also fed several at once, where it can be, and further than its ``max_length``, where it has one
    that is not a limit.
    """
    for hparams in subject.variants:
        for variant in (hparams, subject.length_limited(hparams, WINDOW)):
            if variant is None:
                continue
            backbone = subject.backbone(variant)
            if not backbone.streaming:
                continue
            length = 9 if backbone.max_length is None else min(9, backbone.max_length)
            x = inputs(backbone, 2, length)
            streamed = _stream(backbone, x)
            expect_equal(f"{subject.told(variant)}, step by step", run(backbone, x), streamed)
            if backbone.prefills:
                what = f"{subject.told(variant)}, several steps at once"
                expect_equal(what, streamed, _prefilled(backbone, x))


def the_state_has_the_batch_first(subject: Subject) -> None:
    """Every tensor of a streaming state has a row for each sequence, from which beams are picked.

    Checked before the first step; ``step_equals_call`` sees to it that the form never changes.
    """
    for hparams in subject.variants:
        backbone = subject.backbone(hparams)
        if not backbone.streaming:
            continue
        for batch in (3, 5):  # two sizes: another axis may have one of them by chance
            for leaf in tree.flatten(backbone.initial_state(batch, WINDOW)):
                shape = tuple(leaf.shape)
                expect(
                    shape[:1] == (batch,),
                    f"{subject.told(hparams)}: the state of {batch} sequences holds a tensor of "
                    f"shape {shape}: its first axis must be the batch",
                )


def too_long_is_an_error(subject: Subject) -> None:
    """A sequence beyond a hard ``max_length`` raises; without one any length goes."""
    for hparams in subject.variants:
        limited = subject.length_limited(hparams, WINDOW)
        if limited is None:
            continue
        backbone = subject.backbone(limited)
        limit = backbone.max_length
        if limit is None:
            run(backbone, inputs(backbone))
            continue
        expect(limit == WINDOW, f"{subject.told(limited)}: the backbone says max_length={limit}")
        run(backbone, inputs(backbone, length=limit))
        longer = f"{subject.told(limited)}, {limit + 1} steps"
        _expect_refusal(longer, run, backbone, inputs(backbone, length=limit + 1))
        if backbone.streaming:
            _expect_refusal(longer + " of state", backbone.initial_state, 1, limit + 1)


def _stream(backbone: Any, x: np.ndarray) -> np.ndarray:
    batch, length, _width = x.shape
    state = backbone.initial_state(batch, length)
    form = _form(state)
    outputs = []
    for position in range(length):
        index = ops.convert_to_tensor(position, dtype="int32")
        y, state = backbone.step(ops.convert_to_tensor(x[:, position]), state, index)
        outputs.append(ops.convert_to_numpy(y))
        expect(
            _form(state) == form,
            f"step {position} returns a state of another structure, shape or dtype than it was "
            f"given, which cannot be compiled: {form} became {_form(state)}",
        )
    return np.stack(outputs, axis=1)


def _prefilled(backbone: Any, x: np.ndarray) -> np.ndarray:
    """Fed in pieces, of which one is full, one padded and the last a single step, between steps."""
    batch, length, _width = x.shape
    state = backbone.initial_state(batch, length)
    outputs, position = [], 0
    for count, size in ((1, None), (5, 5), (2, 5), (1, None), (1, 5)):
        count = min(count, length - position)
        if count < 1:
            break
        index = ops.convert_to_tensor(position, dtype="int32")
        if size is None:
            y, state = backbone.step(ops.convert_to_tensor(x[:, position]), state, index)
            y = y[:, None]
        else:
            piece = np.full((batch, size, x.shape[2]), GARBAGE, x.dtype)
            piece[:, :count] = x[:, position : position + count]
            real = ops.convert_to_tensor(count, dtype="int32")
            form = _form(state)
            y, state = backbone.prefill(ops.convert_to_tensor(piece), state, index, real)
            expect(_form(state) == form, f"prefill returns another form of state: {_form(state)}")
        outputs.append(ops.convert_to_numpy(y)[:, :count])
        position += count
    return np.concatenate(outputs, axis=1)


def _form(state: Any) -> list[tuple]:
    leaves = tree.flatten(state)
    return [(tuple(leaf.shape), ops.convert_to_numpy(leaf).dtype.name) for leaf in leaves]


def _expect_refusal(what: str, function: Callable[..., Any], *arguments: Any) -> None:
    try:
        function(*arguments)
    except InputError:
        return
    raise AssertionError(f"{what}: expected an InputError, got none")
