"""Checks of what estimators of texts take and answer, as scikit-learn has them for numbers.

For classifiers and generators of any architecture, and for whatever else has their methods.
"""

from __future__ import annotations

import copy
import pickle
import warnings
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone, is_classifier
from sklearn.exceptions import NotFittedError

from modelzoo.testing.expecting import expect, expect_equal

PRAISE, BLAME = "a fine film, well made", "a dull film, badly made"
TEXTS = [f"{text} {number}" for number in range(12) for text in (PRAISE, BLAME)]
LABELS = ["good", "bad"] * 12
NEW = ["a fine one", "badly made and dull", "film"]
ODD = {
    "an unknown word": "zyzzyva",
    "an emoji": "a \N{PILE OF POO} film",
    "a letter with marks": "e\u0301clair, \u65e5\u672c, \u0627\u0644",
    "a NUL": "a\0film",
    "a text of 2000 words": "film " * 2000,
    "line breaks": "a\r\nfilm\n",
}
NO_TEXTS: dict[str, Any] = {
    "None among texts": ["a film", None],
    "NaN among texts": ["a film", float("nan")],
    "a number among texts": ["a film", 7],
    "bytes among texts": ["a film", b"a film"],
    "a list among texts": ["a film", ["a", "film"]],
    "a lone surrogate": ["a film", "\ud800"],
    "nothing at all": None,
}


class TextSubject:
    """An estimator of texts under test; what it was fitted to is kept, so that checks share it.

    Args:
        estimator: A classifier or a generator, not fitted, with a ``random_state`` of its own.
    """

    def __init__(self, estimator: Any):
        self.estimator = estimator
        self.name = f"{type(estimator).__name__} of texts"
        self.labels: tuple = (LABELS,) if is_classifier(estimator) else ()

    def fit(self, X: Any = TEXTS) -> Any:
        """A clone, fitted."""
        return clone(self.estimator).fit(X, *self.labels)

    @cached_property
    def fitted(self) -> Any:
        """A fitted clone; always the same one."""
        return self.fit()

    def answers(self, fitted: Any, texts: Any = NEW) -> np.ndarray:
        """What a fitted estimator says of texts: probabilities, or the score of all together."""
        if not self.labels:
            return np.array([fitted.score(texts)])
        ask = getattr(fitted, "predict_proba", None)
        if ask is not None:
            return ask(texts)
        return np.asarray(pd.factorize(fitted.predict(texts))[0])

    def each_answer(self, fitted: Any, texts: Sequence[str]) -> np.ndarray:
        """The same of each text by itself, one behind the other."""
        return np.concatenate([self.answers(fitted, [text]) for text in texts])


TextCheck = Callable[[TextSubject], None]


def fit_changes_neither_parameters_nor_data(subject: TextSubject) -> None:
    """``fit`` returns the estimator, whose parameters and whose data are as they were."""
    estimator, texts = clone(subject.estimator), list(TEXTS)
    before = repr(estimator.get_params())
    expect(estimator.fit(texts, *subject.labels) is estimator, "fit does not return the estimator")
    expect(repr(estimator.get_params()) == before, "fit changes a parameter")
    expect(texts == TEXTS, "fit changes the texts it is given")
    subject.fitted = estimator  # one fit serves the other checks, too


def an_estimator_that_is_not_fitted_says_so(subject: TextSubject) -> None:
    """It raises scikit-learn's ``NotFittedError``."""
    try:
        subject.answers(clone(subject.estimator))
    except NotFittedError:
        return
    raise AssertionError("expected a NotFittedError, got none")


def a_clone_learns_the_same(subject: TextSubject) -> None:
    """A clone with the same ``random_state`` gives the same answers, whatever held the texts."""
    again = subject.fit(pd.Series(TEXTS, index=[f"row {n}" for n in range(len(TEXTS))]))
    expected = subject.answers(subject.fitted)
    expect_equal("answers of a clone fitted on a Series", expected, subject.answers(again))


def texts_may_stand_in_any_container(subject: TextSubject) -> None:
    """Tuples, arrays of strings or objects, Series, and tables of one column are read alike."""
    expected = subject.answers(subject.fitted)
    for kind, held in {
        "a tuple": tuple(NEW),
        "an array of strings": np.array(NEW),
        "an array of objects": np.array(NEW, dtype=object),
        "a column": np.array(NEW, dtype=object)[:, None],
        "a Series": pd.Series(NEW, index=[5, 3, 9]),
        "a table": pd.DataFrame({"text": NEW}),
    }.items():
        expect_equal(f"answers to {kind}", expected, subject.answers(subject.fitted, held))


def rows_are_answered_one_by_one(subject: TextSubject) -> None:
    """The answer to a text depends neither on those beside it nor on their order."""
    if not subject.labels:
        return
    together = subject.answers(subject.fitted)
    expect_equal("answers one by one", together, subject.each_answer(subject.fitted, NEW))
    backwards = subject.answers(subject.fitted, NEW[::-1])
    expect_equal("answers in another order", together, backwards[::-1])


def odd_texts_have_finite_answers(subject: TextSubject) -> None:
    """Unknown words, emoji, NULs and texts of any length are texts as well."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what is cut, or not known
        for kind, text in ODD.items():
            answer = subject.answers(subject.fitted, [text])
            expect(bool(np.isfinite(answer).all()), f"{kind}: the answer is not finite: {answer}")


def what_is_no_text_is_refused(subject: TextSubject) -> None:
    """It is a ``ValueError``, which names the row, in ``fit`` and when it is asked."""
    for kind, texts in NO_TEXTS.items():
        for when, ask in (
            ("asked", lambda texts: subject.answers(subject.fitted, texts)),
            ("fitted", lambda texts: _fit_anew(subject, texts)),
        ):
            try:
                ask(texts)
            except ValueError as error:
                told = texts is None or "1" in str(error)
                expect(told, f"{kind}, when {when}: the message names no row: {error}")
            else:
                raise AssertionError(f"{kind}, when {when}: expected a ValueError, got none")


def copies_answer_alike(subject: TextSubject) -> None:
    """Pickle and ``copy.deepcopy`` give estimators with the same answers and parameters."""
    expected = subject.answers(subject.fitted)
    for kind, copied in (
        ("pickle", pickle.loads(pickle.dumps(subject.fitted))),
        ("deepcopy", copy.deepcopy(subject.fitted)),
    ):
        expect_equal(f"answers after {kind}", expected, subject.answers(copied))
        same = repr(copied.get_params()) == repr(subject.fitted.get_params())
        expect(same, f"{kind} changes a parameter")


def _fit_anew(subject: TextSubject, texts: Any) -> Any:
    labels = tuple(each[: len(texts or "")] for each in subject.labels)
    return clone(subject.estimator).fit(texts, *labels)


TEXT_CHECKS: tuple[TextCheck, ...] = (
    fit_changes_neither_parameters_nor_data,
    an_estimator_that_is_not_fitted_says_so,
    a_clone_learns_the_same,
    texts_may_stand_in_any_container,
    rows_are_answered_one_by_one,
    odd_texts_have_finite_answers,
    what_is_no_text_is_refused,
    copies_answer_alike,
)
