"""Checks through the estimators: the architecture learns each task, repeatably, and is kept."""

from __future__ import annotations

import copy
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from keras import ops

from modelzoo import bundle, registry
from modelzoo.estimators import Estimator
from modelzoo.testing.expecting import expect, expect_equal
from modelzoo.testing.subject import Subject
from modelzoo.testing.toys import TOYS


def it_learns_to_classify(subject: Subject) -> None:
    """It recalls the second of ten tokens at the end of a sequence."""
    _expect_learned(subject, "classification", "accuracy")


def it_learns_to_forecast(subject: Subject) -> None:
    """It continues a chaotic series that no linear forecast can."""
    _expect_learned(subject, "forecasting", "skill over the naive forecast")


def it_learns_to_generate(subject: Subject) -> None:
    """It predicts a language whose next letter depends on more than the letter before."""
    _expect_learned(subject, "generation", "minus the nats a character")


def the_random_state_decides_the_model(subject: Subject) -> None:
    """Two fits with one ``random_state`` give the same weights and answers.

    In one task only: what an architecture can spoil, it spoils in all of them.
    """
    task, toy = _toys(subject)[-1]
    first, second = subject.fitted(task), subject.fit(task)
    for one, two in zip(first.model_.weights, second.model_.weights, strict=True):
        expect(
            np.array_equal(ops.convert_to_numpy(one.value), ops.convert_to_numpy(two.value)),
            f"{task}: weight {one.path!r} differs between two fits with one random_state",
        )
    expect_equal(f"{task}: answers of a second fit", toy.answers(first), toy.answers(second))


def a_bundle_gives_the_same_answers(subject: Subject) -> None:
    """A saved and loaded estimator answers as the one that was saved, in each task."""
    with tempfile.TemporaryDirectory() as folder:
        for task, toy in _toys(subject):
            fitted = subject.fitted(task)
            path = Path(folder) / f"{task}.mz"
            with _registered(subject, fitted) as named:
                bundle.save(named, path)
                loaded = bundle.load(path)
            expect_equal(f"{task}: answers", toy.answers(fitted), toy.answers(loaded))


def _toys(subject: Subject) -> list[tuple]:
    """The toy problems of the tasks that the card names; of all tasks without a card."""
    tasks = TOYS if subject.card is None or not subject.card.tasks else subject.card.tasks
    return [(task, toy) for task, toy in TOYS.items() if task in tasks]


def _expect_learned(subject: Subject, task: str, measure: str) -> None:
    if task not in dict(_toys(subject)):
        return
    toy = TOYS[task]
    score = subject.fitted(task).score(*toy.test)
    expect(
        score > toy.learned,
        f"{measure} is {score:.3f} on the toy problem; a working model has more than "
        f"{toy.learned}, one that has learned nothing about {toy.baseline}",
    )


@contextmanager
def _registered(subject: Subject, fitted: Estimator) -> Iterator[Estimator]:
    """The estimator under a registered name, for a bundle can only be loaded by name."""
    if subject.card is not None:
        yield fitted
        return
    name = "conformance_check"
    registry.register(name, subject.builder)
    named = copy.copy(fitted)
    named.model = name
    try:
        yield named
    finally:
        registry.unregister(name)
