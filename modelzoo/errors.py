"""Every error the package raises on purpose: one root, each also the builtin one would catch.

What is wrong with an argument or with data is always a ``ValueError`` too, so that whoever feeds
models what others have handed in needs to catch one error only.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from numbers import Integral, Real


class ModelZooError(Exception):
    """Root of all errors raised by modelzoo."""


class UnknownNameError(ModelZooError, KeyError, ValueError):
    """A name that is not known; the message offers the nearest one that is."""

    def __init__(self, what: str, name: object, known: Iterable[str], where: str = ""):
        self.name = name
        super().__init__(f"unknown {what} {name!r}{where}: {suggestion(name, known)}")

    def __str__(self) -> str:  # KeyError would show the repr of its argument
        return str(self.args[0])

    def __reduce__(self) -> tuple:  # the constructor takes other arguments than `args`
        return (_restore_unknown_name, (self.args[0], self.name))


class RegistryError(ModelZooError, ValueError):
    """A registry file or a registration that does not follow the schema."""


class InputError(ModelZooError, ValueError):
    """Data or an argument that cannot be used as given."""


class InputTypeError(InputError, TypeError):
    """Data that hold something of a type that is of no use, such as a dict for a number."""


class StampsError(InputError):
    """Time stamps that cannot be used as given.

    Attributes:
        kind: ``"twice"``, ``"order"``, ``"gaps"``, ``"periods"`` (uneven, but one a period) or
            ``"uneven"``.
        where: What they belong to.
        problem: What is wrong, in words.
        advice: What to do about it in Python, which the message ends with.
    """

    def __init__(self, kind: str, where: str, problem: str, advice: str):
        super().__init__(kind, where, problem, advice)
        self.kind, self.where, self.problem, self.advice = kind, where, problem, advice

    def __str__(self) -> str:
        return f"{self.where}: {self.problem}; {self.advice}"


class FileError(ModelZooError, OSError, ValueError):
    """A file that is missing, unreadable or not what it should be."""


class BundleError(ModelZooError, ValueError):
    """A saved model that cannot be read or written."""


class TrainingError(ModelZooError, FloatingPointError):
    """Training that came to numbers which are no longer finite, before anything was learned."""


class CheckpointWarning(UserWarning):
    """A checkpoint that cannot be read or written; training goes on without it."""


class RowsWarning(UserWarning):
    """Some rows of the data are not used as they stand, or hardly.

    Attributes:
        says: The message, with fields for ``rows``, for all rows and for the share.
        rows: How many rows it is about.
    """

    def __init__(self, says: str, rows: int, of: int):
        super().__init__(says, rows, of)
        self.says, self.rows, self.of = says, rows, of

    def __str__(self) -> str:
        return self.says.format(self.rows, self.of, self.rows / self.of)


class PluginWarning(UserWarning):
    """A plugin whose registry cannot be used; everything else goes on without it."""


def suggestion(name: object, known: Iterable[str]) -> str:
    """Says which known name is nearest, or lists what there is.

    Args:
        name: What was asked for.
        known: The valid names.

    Returns:
        A sentence part such as ``did you mean 'gru'?`` or ``choose from 'gru', 'lstm'``.

    >>> suggestion("grue", ["gru", "lstm"])
    "did you mean 'gru'?"
    >>> suggestion("zebra", ["gru", "lstm"])
    "choose from 'gru', 'lstm'"
    """
    import difflib  # here, because queries that succeed should not pay for it

    names = [str(each) for each in known]
    close = difflib.get_close_matches(str(name).lower(), names, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]!r}?"
    if not names:
        return "there is none to choose from"
    return "choose from " + ", ".join(repr(each) for each in names)


def check_whole(name: str, value: object, least: int = 1, most: int | None = None) -> None:
    """Checks that a parameter is a whole number from ``least`` up, and to ``most`` if that is one.

    Raises:
        InputError: It is not; the message names the parameter and what was received.

    >>> check_whole("horizon", 2.5)
    Traceback (most recent call last):
    modelzoo.errors.InputError: horizon must be a whole number from 1, got 2.5
    """
    if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
        raise InputError(f"{name} must be a whole number from {least}, got {value!r}")
    if most is not None and int(value) > most:
        raise InputError(f"{name} must be at most {most}, got {value!r}")


def check_positive(name: str, value: object) -> None:
    """Checks that a parameter is a number above zero.

    Raises:
        InputError: It is not; the message names the parameter and what was received.

    >>> check_positive("budget_s", 0)
    Traceback (most recent call last):
    modelzoo.errors.InputError: budget_s must be a number above 0, got 0
    """
    if isinstance(value, bool) or not isinstance(value, Real) or not float(value) > 0:
        raise InputError(f"{name} must be a number above 0, got {value!r}")


def check_path(name: str, value: object, of: str = "file") -> None:
    """Checks that an argument is a path: text, or an object that stands for one.

    By itself, since Python takes a number for a file that is open already, and an empty path for
    the folder one is in.

    Raises:
        InputError: It is not; the message names the argument and what was received.

    >>> check_path("checkpoint_dir", 3, of="folder")
    Traceback (most recent call last):
    modelzoo.errors.InputError: checkpoint_dir must be the path of a folder, got 3
    """
    if not isinstance(value, str | os.PathLike) or value == "":
        raise InputError(f"{name} must be the path of a {of}, got {value!r:.60}")


def check_share(name: str, value: object) -> None:
    """Checks that a parameter is a number in [0, 1).

    Raises:
        InputError: It is not; the message names the parameter and what was received.
    """
    if not isinstance(value, Real) or not 0 <= float(value) < 1:
        raise InputError(f"{name} must be in [0, 1), got {value!r}")


def check_levels(quantiles: Iterable[float]) -> tuple[float, ...]:
    """Quantile levels as floats.

    Raises:
        InputError: They are not ascending numbers in (0, 1).

    >>> check_levels([0.1, 0.5])
    (0.1, 0.5)
    """
    try:
        levels = tuple(float(level) for level in quantiles)
    except (TypeError, ValueError):
        levels = ()
    if not levels or list(levels) != sorted(set(levels)) or not 0 < levels[0] <= levels[-1] < 1:
        raise InputError(f"quantiles must be ascending levels in (0, 1), got {quantiles!r}")
    return levels


def _restore_unknown_name(message: str, name: object) -> UnknownNameError:
    error = UnknownNameError.__new__(UnknownNameError)
    Exception.__init__(error, message)
    error.name = name
    return error
