"""The command line: from arguments to an exit code.

Loading it costs little, for `modelzoo list` is to be over before a framework would have started:
each command's code is imported when the command runs.

Exit codes: 0 done, 1 failed, 2 wrong usage or unusable input, 130 interrupted.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from modelzoo.errors import ModelZooError, UnknownNameError

if TYPE_CHECKING:
    import argparse

DONE, FAILED, UNUSABLE, INTERRUPTED = 0, 1, 2, 130


class Failure(Exception):
    """A command that ran to its end and has not done what it was to do."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command.

    Args:
        argv: The arguments after the program's name; by default those of this process.

    Returns:
        The exit code. Errors are one line on standard error; `--debug` shows above it where they
        arose.
    """
    try:
        return _run(argv)
    except KeyboardInterrupt:
        print("\nmodelzoo: interrupted", file=sys.stderr)
        return INTERRUPTED


def _run(argv: Sequence[str] | None) -> int:
    from modelzoo.cli.parser import build_parser
    from modelzoo.interrupts import never_lost

    _keep_frameworks_quiet()
    _replace_closed_streams()
    try:
        arguments = build_parser().parse_args(argv)
    except SystemExit as stop:  # --help and --version end here too
        return int(stop.code or 0)
    try:
        with never_lost(), warnings.catch_warnings():
            warnings.showwarning = _warn
            warnings.simplefilter("ignore", DeprecationWarning)  # news for developers
            _command(arguments.run)(arguments)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        _forget_standard_output()
        return DONE
    except Exception as error:
        if arguments.debug:
            import traceback

            sys.stderr.write(printable(traceback.format_exc()))
        return _report(error)
    return DONE


def _command(path: str) -> Callable[[argparse.Namespace], None]:
    """Imports the function that runs a command."""
    from importlib import import_module

    module, _, function = path.partition(":")
    return getattr(import_module(module), function)


def _report(error: Exception) -> int:
    """Says in one line what went wrong; the exit code."""
    message = in_one_line(str(error)) or type(error).__name__
    message += "".join(f" ({in_one_line(note)})" for note in getattr(error, "__notes__", ()))
    if isinstance(error, ModelZooError):
        message += _hint(error)
        print(f"modelzoo: error: {message}", file=sys.stderr)
        return UNUSABLE
    if isinstance(error, OSError | Failure):
        print(f"modelzoo: error: {message}", file=sys.stderr)
        return FAILED
    kind = type(error).__name__
    print(f"modelzoo: error: {kind}: {message} (--debug shows where)", file=sys.stderr)
    return FAILED


def printable(text: str) -> str:
    """Text without what a terminal would obey, such as the escape sequences of a hostile file."""
    return "".join(each if each.isprintable() or each in "\n\t" else "\ufffd" for each in text)


def in_one_line(text: str) -> str:
    """The same in one line."""
    return printable(" ".join(text.split()))


def _hint(error: ModelZooError) -> str:
    """What else there is to say where a model was asked for by the name of a baseline."""
    if not isinstance(error, UnknownNameError) or not str(error).startswith("unknown model "):
        return ""
    from modelzoo.baselines import is_baseline

    if not is_baseline(error.name):
        return ""
    return " (that is a baseline: `modelzoo compare` runs it, and Python has modelzoo.baselines)"


def _warn(message: Warning | str, *_: object, **__: object) -> None:
    """Shows a warning in one line."""
    print(f"modelzoo: warning: {in_one_line(str(message))}", file=sys.stderr)


def _keep_frameworks_quiet() -> None:
    """Sets, unless the user has, what TensorFlow and its like read when they are imported."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
    os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


def _replace_closed_streams() -> None:
    """Has what the caller closed, such as by `>&-`, write nowhere: Python has None there."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            nowhere = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 (until the end)
            setattr(sys, name, nowhere)


def _forget_standard_output() -> None:
    """Points standard output nowhere, so that Python's own flush at exit does not fail again."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
