"""What somebody needs a model for: the question that `recommend` answers."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from numbers import Real
from typing import Any

from modelzoo.advisor.profile import Profile, profile_of, text_column
from modelzoo.errors import InputError, UnknownNameError
from modelzoo.registry.cards import APPLICATIONS, TASKS

_TEXTS_READ = 1_000  # enough to know how long texts are
_CONTEXT = 64  # steps of history that a forecast usually looks back on


@dataclass(frozen=True)
class Need:
    """A task, the data there is, and the constraints; None is what is not known.

    Attributes:
        task: classification, forecasting or generation.
        application: What is to be built, one of the applications that cards name.
        n_samples: Number of sequences: labelled samples, series or texts.
        length: Steps T of a sequence; of a series all of its history.
        channels: Channels C of a numeric series.
        vocabulary: Number V of tokens.
        horizon: Steps H to forecast.
        season_length: Steps of a season.
        max_parameters: The most weights that the model may have.
        max_latency_ms: The most milliseconds that an answer may take: where `stepwise`, one new
            step of one sequence; else a prediction for one sequence of `context` steps (128 where
            that is not known).
        max_memory_mb: The most memory that training may take, in MB of 10^6 bytes: the
            ``train_bytes`` of a `Cost`, with 32 sequences of `context` steps in a batch.
        train_budget_s: The most seconds that training may take, with the library's defaults, on
            so much data.
        streaming: Whether it must take one step at a time.
        causal: Whether it must not look ahead.
        profile: What the data say beside their size.
    """

    task: str | None = None
    application: str | None = None
    n_samples: int | None = None
    length: int | None = None
    channels: int | None = None
    vocabulary: int | None = None
    horizon: int | None = None
    season_length: int | None = None
    max_parameters: int | None = None
    max_latency_ms: float | None = None
    max_memory_mb: float | None = None
    train_budget_s: float | None = None
    streaming: bool | None = None
    causal: bool | None = None
    profile: Profile = field(default_factory=Profile)

    @property
    def context(self) -> int | None:
        """The steps that a model has to relate: of a series the part it looks back on."""
        if self.task != "forecasting":
            return self.length
        wanted = max(_CONTEXT, 2 * (self.season_length or 0), 2 * (self.horizon or 0))
        return wanted if self.length is None else min(self.length, wanted)

    @property
    def stepwise(self) -> bool:
        """Whether an answer is one new step rather than a prediction from a whole sequence."""
        return bool(self.streaming) or self.task == "generation"

    @property
    def unconstrained(self) -> Need:
        """The same need where nothing has to be kept to."""
        return replace(
            self,
            max_parameters=None,
            max_latency_ms=None,
            max_memory_mb=None,
            train_budget_s=None,
            streaming=None,
            causal=None,
        )

    @property
    def examples(self) -> int | None:
        """How much there is to learn from: labels, or for the other tasks steps to predict."""
        if self.task == "classification":
            return self.n_samples
        if self.task == "forecasting" and self.length is not None:
            return (self.n_samples or 1) * self.length
        if self.n_samples is None or self.length is None:
            return None
        return self.n_samples * self.length

    def __str__(self) -> str:
        """States the need in words."""
        unit = {"forecasting": "series", "generation": "texts"}.get(self.task or "", "samples")
        parts = [self.task or "any task"]
        if self.application:
            parts.append(self.application)
        counted = (
            (self.n_samples, unit),
            (self.length, "steps each" if self.n_samples else "steps"),
            (None if self.channels == 1 else self.channels, "channels"),
            (self.vocabulary, "tokens in the vocabulary"),
            (self.horizon, "steps to forecast"),
            (self.season_length, "steps a season"),
        )
        parts += [f"{number:,} {what}" for number, what in counted if number is not None]
        parts += self.profile.phrases()
        if self.max_parameters is not None:
            parts.append(f"at most {self.max_parameters:,} parameters")
        limits = (
            (self.max_latency_ms, "ms a new step" if self.stepwise else "ms a prediction"),
            (self.max_memory_mb, "MB to train"),
            (self.train_budget_s, "s of training"),
        )
        parts += [f"at most {most:,.6g} {what}" for most, what in limits if most is not None]
        parts += ["streaming"] * bool(self.streaming) + ["causal"] * bool(self.causal)
        return ", ".join(parts)


def make_need(task: str | None, application: str | None, data: Any, **stated: Any) -> Need:
    """Makes a need of what is stated and of the size of the data.

    Args:
        task: The task, or None to take the one that the application is an instance of.
        application: The application, or None.
        data: Something with a length or a shape, or a tuple of it and labels with the names ``X``
            and ``y``, or None.
        **stated: The other attributes of `Need`; what is stated wins over the data.

    Returns:
        The need.

    Raises:
        UnknownNameError: There is no such task or application.
        InputError: Neither a task nor an application nor data is given, a number is out of its
            range, or the data has no size.
    """
    if task is None and application is None and data is None:
        raise InputError(
            "nothing to rank the models by: give the task "
            f"({', '.join(TASKS)}) or the application, such as {next(iter(APPLICATIONS))!r}"
        )
    if task is not None and task not in TASKS:
        raise UnknownNameError("task", task, TASKS)
    if application is not None and application not in APPLICATIONS:
        raise UnknownNameError("application", application, APPLICATIONS)
    if task is None and application is not None:
        task = APPLICATIONS[application]
    labels = None
    if isinstance(data, tuple) and hasattr(data, "X") and hasattr(data, "y"):
        data, labels = data.X, data.y
    known = _size_of(data, task) if data is not None else {}
    for name, value in stated.items():
        if value is None:
            continue
        known[name] = _READERS.get(name, _count)(name, value)
    if task is None and "train_budget_s" in known:
        raise InputError(
            "train_budget_s needs a task, by which training is planned, got none: "
            f"give the task ({', '.join(TASKS)})"
        )
    need = Need(task=task, application=application, **known)
    if data is None:
        return need
    labels = labels if task == "classification" else None
    return replace(need, profile=profile_of(data, labels, task, need.season_length, need.horizon))


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise InputError(f"{name} must be True, False or None, got {value!r}")
    return value


def _count(name: str, value: Any) -> int:
    if isinstance(value, float) and value.is_integer():  # 1e6
        value = int(value)
    try:
        number = operator.index(value)
    except TypeError:
        raise InputError(f"{name} must be a whole number, got {value!r}") from None
    if isinstance(value, bool) or number < 1:
        raise InputError(f"{name} must be at least 1, got {value!r}")
    if number >= 2**63:
        raise InputError(f"{name} must be less than 2**63")
    return number


def _amount(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, Real):
        raise InputError(f"{name} must be a number above 0, got {value!r}")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not 0 < number < math.inf:  # NaN is not either
        raise InputError(f"{name} must be a finite number above 0, got {value!r}")
    return number


_READERS: dict[str, Callable[[str, Any], Any]] = {
    **dict.fromkeys(("streaming", "causal"), _flag),
    **dict.fromkeys(("max_latency_ms", "max_memory_mb", "train_budget_s"), _amount),
}


def _size_of(data: Any, task: str | None) -> dict[str, Any]:
    """Reads from arrays, frames, series, texts and lists how much data there is."""
    if isinstance(data, str):
        data = [data]
    columns = getattr(data, "columns", None)
    if columns is not None and "unique_id" in list(columns):  # many series in a long frame
        series = int(data["unique_id"].nunique())
        return _counts(n_samples=series, length=len(data) // max(series, 1))
    texts = text_column(data) if task in ("classification", "generation") else None
    if texts is not None:
        return _size_of_list(texts, task)
    shape = getattr(data, "shape", None)
    if shape is None:
        if not hasattr(data, "__len__"):
            raise InputError(
                f"data must have a length or a shape, got {type(data).__name__}; "
                "state n_samples and length instead"
            )
        return _size_of_list(data, task)
    shape = tuple(int(each) for each in shape)
    if task == "forecasting" and len(shape) in (1, 2):
        return _counts(n_samples=1, length=shape[0], channels=shape[1] if len(shape) == 2 else 1)
    if len(shape) == 1:  # texts, or sequences of different lengths
        return _size_of_list(data, task)
    return _counts(**dict(zip(("n_samples", "length", "channels"), shape, strict=False)))


def _size_of_list(data: Any, task: str | None) -> dict[str, Any]:
    count = len(data)
    if count == 0:
        return {}
    # iter() rather than data[0]: a pandas Series is indexed by its labels
    some = [each for each, _ in zip(iter(data), range(_TEXTS_READ), strict=False)]
    lengths = [
        len(each.split()) if isinstance(each, str) else len(each)
        for each in some
        if hasattr(each, "__len__")
    ]
    if lengths:
        return _counts(n_samples=count, length=max(round(sum(lengths) / len(lengths)), 1))
    if task == "forecasting":  # the numbers of one series
        return _counts(n_samples=1, length=count, channels=1)
    return _counts(n_samples=count)


def _counts(**sizes: int) -> dict[str, Any]:
    return {name: size for name, size in sizes.items() if size > 0}
