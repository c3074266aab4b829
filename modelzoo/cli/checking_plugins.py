"""The command `plugins --check`: the conformance suite against the models of installed plugins."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import textwrap
from argparse import Namespace
from typing import IO, NamedTuple

from modelzoo.cli import Failure, printable
from modelzoo.registry.plugins import Plugin

GRACE = 60  # seconds beyond the limit, in which a process starts and says where it hangs
MOST_SAID = 100_000  # bytes of what a process writes that are shown


class Outcome(NamedTuple):
    """What the suite said of a model: whether it passed, and what is wrong with it otherwise."""

    model: str
    passed: bool
    said: str


def check_plugins(plugins: list[Plugin], arguments: Namespace) -> None:
    """Checks every model of plugins, and prints what each check found.

    Raises:
        Failure: Something is wrong with one.
    """
    found, sound = [], True
    for plugin in plugins:
        if not arguments.json and plugin.error is not None:
            print(f"{plugin.distribution}: error: {printable(plugin.error)}", flush=True)
        outcomes = []
        for model in plugin.models:
            outcome = _run_suite(model, arguments.timeout)
            outcomes.append(outcome)
            if not arguments.json:
                _show(plugin.distribution, outcome)
        sound = sound and plugin.error is None and all(each.passed for each in outcomes)
        checks = [each._asdict() for each in outcomes]
        found.append({**plugin._asdict(), "checks": checks})
    if arguments.json:
        print(json.dumps(found, indent=2))
    if not sound:
        raise Failure("a plugin does not keep its promises")


def _run_suite(model: str, timeout: int) -> Outcome:
    """Runs the suite in a process of its own, which may hang, crash, end or write without end.

    It writes to files: a pipe would stay open for as long as a process that the plugin has started
    keeps it. Such processes end with the suite, those that stay in its group.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as complaints:
        child = subprocess.Popen(
            # -P: imports are from where they are here, not from the working folder before all
            [sys.executable, "-P", "-m", "modelzoo.testing", model, f"--timeout={timeout}"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=complaints,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            start_new_session=True,
        )
        try:
            with contextlib.suppress(subprocess.TimeoutExpired):  # native code may hang for ever
                child.wait(timeout + GRACE)
        finally:
            _end_group(child)
            child.wait()
        said = _end_of(output)
        if child.returncode == 0 and said.endswith("all checks passed"):
            return Outcome(model, True, "")
        if not said or child.returncode < 0:
            ended = f"the process ended with {child.returncode}"
            said = "\n".join(filter(None, [said, _end_of(complaints), ended]))
    return Outcome(model, False, said)


def _end_of(file: IO[bytes]) -> str:
    """The text in a file or, of a long one, its last part, where the errors are."""
    length = file.seek(0, os.SEEK_END)
    file.seek(max(0, length - MOST_SAID))
    text = file.read(MOST_SAID).decode(errors="replace").strip()
    return text if length <= MOST_SAID else f"(the end of {length:,} bytes)\n{text}"


def _end_group(child: subprocess.Popen[bytes]) -> None:
    """Ends a process, and those of its group that outlive it."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):  # none is left
            os.killpg(child.pid, signal.SIGKILL)
    else:  # Windows
        child.kill()


def _show(distribution: str, outcome: Outcome) -> None:
    told = "passes all checks" if outcome.passed else "fails"
    print(f"{distribution}: model {outcome.model!r} {told}", flush=True)
    if outcome.said:
        print(textwrap.indent(printable(outcome.said), "  "), flush=True)
