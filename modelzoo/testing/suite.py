"""The conformance suites: every check of an architecture, and the functions that run checks."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from modelzoo.errors import ModelZooError, UnknownNameError
from modelzoo.testing import declarations, learning, mixing, numerics, streaming
from modelzoo.testing.subject import Subject
from modelzoo.testing.texts import TEXT_CHECKS, TextCheck, TextSubject

Check = Callable[[Subject], None]

CHECKS: tuple[Check, ...] = (
    declarations.the_backbone_follows_its_contract,
    declarations.the_card_agrees_with_the_backbone,
    declarations.the_formula_counts_the_weights,
    declarations.the_formula_counts_the_state,
    mixing.output_has_the_shape_and_dtype_of_the_input,
    mixing.steps_are_mixed,
    mixing.the_future_is_read_only_if_not_causal,
    mixing.padding_changes_nothing,
    mixing.masked_steps_are_ignored,
    mixing.rows_do_not_influence_each_other,
    streaming.step_equals_call,
    streaming.the_state_has_the_batch_first,
    streaming.too_long_is_an_error,
    numerics.every_weight_gets_a_gradient,
    numerics.a_row_without_a_real_step_stays_finite,
    numerics.half_precision_stays_finite,
    numerics.the_seed_decides_the_weights,
    numerics.keras_saves_and_loads_it,
    learning.it_learns_to_classify,
    learning.it_learns_to_forecast,
    learning.it_learns_to_generate,
    learning.the_random_state_decides_the_model,
    learning.a_bundle_gives_the_same_answers,
)


class ConformanceError(ModelZooError, AssertionError):
    """An architecture, or an estimator, that does not keep its promises.

    Attributes:
        model: Its name.
        failures: What went wrong, by the name of the check.
        tracebacks: Where it did, likewise, for the checks in which the architecture raised.
    """

    def __init__(
        self,
        model: str,
        failures: Mapping[str, str],
        checks: int,
        tracebacks: Mapping[str, str] | None = None,
    ):
        self.model = model
        self.failures = dict(failures)
        self.tracebacks = dict(tracebacks or {})
        self._checks = checks
        lines = [f"{model}: {len(failures)} of {checks} checks failed"]
        lines += [f"  {check}: {message}" for check, message in failures.items()]
        super().__init__("\n".join(lines))

    def __reduce__(self) -> tuple:  # the constructor takes other arguments than `args`
        return (ConformanceError, (self.model, self.failures, self._checks, self.tracebacks))


def check_model(
    model: str | Callable[..., Any] | Subject,
    *,
    checks: Iterable[Check | str] | None = None,
) -> None:
    """Checks that an architecture keeps the promises on which every task relies.

    Builds it in its smallest size and in the variants that its card and its switches name, and
    trains it on one toy problem a task; takes about half a minute.

    Args:
        model: Name of a registered architecture, or a builder: keyword arguments that all have
            defaults in, a backbone out. A :class:`Subject` keeps what was trained for later calls.
        checks: Some of ``CHECKS``, or their names; None for all.

    Raises:
        ConformanceError: A check failed; the message names each and says what differed.
        UnknownNameError: There is no such architecture or check.

    >>> check_model("gru", checks=["step_equals_call"])
    """
    subject = model if isinstance(model, Subject) else Subject(model)
    _run(subject, CHECKS, checks)


def check_text_estimator(
    estimator: Any, *, checks: Iterable[TextCheck | str] | None = None
) -> None:
    """Checks what an estimator of texts takes and answers, as scikit-learn checks those of numbers.

    Fits it some ten times on two dozen short texts.

    Args:
        estimator: A classifier or a generator that is not fitted, with a short training and a
            ``random_state``. A :class:`TextSubject` keeps what was fitted for later calls.
        checks: Some of ``TEXT_CHECKS``, or their names; None for all.

    Raises:
        ConformanceError: A check failed; the message names each and says what differed.
        UnknownNameError: There is no such check.

    >>> from modelzoo.baselines import MajorityClassifier
    >>> check_text_estimator(MajorityClassifier(), checks=["texts_may_stand_in_any_container"])
    """
    subject = estimator if isinstance(estimator, TextSubject) else TextSubject(estimator)
    _run(subject, TEXT_CHECKS, checks)


def _run(subject: Any, known: Iterable[Any], chosen: Iterable[Any] | None) -> None:
    checks = [_find(check, known) for check in (known if chosen is None else chosen)]
    failures, tracebacks = {}, {}
    for check in checks:
        try:
            check(subject)
        except AssertionError as error:
            failures[check.__name__] = str(error)
        except (Exception, SystemExit) as error:  # whatever it raises, the other checks go on
            failures[check.__name__] = f"raised {type(error).__name__}: {error}"
            tracebacks[check.__name__] = traceback.format_exc()
    if failures:
        raise ConformanceError(subject.name, failures, len(checks), tracebacks)


def _find(check: Any, known: Iterable[Any]) -> Any:
    if callable(check):
        return check
    named = {each.__name__: each for each in known}
    if check not in named:
        raise UnknownNameError("check", check, named)
    return named[check]
