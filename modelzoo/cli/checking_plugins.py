"""The command `plugins --check`: the conformance suite against the models of installed plugins."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from argparse import Namespace
from typing import NamedTuple

from modelzoo.cli import Failure, printable
from modelzoo.registry.plugins import Plugin

GRACE = 60  # seconds beyond the limit, in which a process starts and says where it hangs


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
    """Runs the suite in a process of its own, which may hang, crash or end."""
    child = subprocess.Popen(
        [sys.executable, "-m", "modelzoo.testing", model, f"--timeout={timeout}"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    try:
        said, complaints = child.communicate(timeout=timeout + GRACE)
    except subprocess.TimeoutExpired:  # native code that Python cannot end
        child.kill()
        said, complaints = child.communicate()
    said = said.strip()
    if child.returncode == 0 and said.endswith("all checks passed"):
        return Outcome(model, True, "")
    if not said or child.returncode < 0:
        ended = f"the process ended with {child.returncode}"
        said = "\n".join(filter(None, [said, complaints.strip(), ended]))
    return Outcome(model, False, said)


def _show(distribution: str, outcome: Outcome) -> None:
    told = "passes all checks" if outcome.passed else "fails"
    print(f"{distribution}: model {outcome.model!r} {told}", flush=True)
    if outcome.said:
        print(textwrap.indent(printable(outcome.said), "  "), flush=True)
