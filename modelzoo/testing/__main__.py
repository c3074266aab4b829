"""Checks an architecture: `python -m modelzoo.testing NAME`; the exit status is 0 where it passes.

What is wrong is printed, with tracebacks. `modelzoo plugins --check` runs this for every model of
every plugin, in a process of its own: code that hangs, crashes or ends it takes nothing along.
"""

from __future__ import annotations

import argparse
import faulthandler
import sys
import traceback
from collections.abc import Sequence
from typing import Any

from modelzoo.estimators import Classifier, Estimator, Generator
from modelzoo.testing.subject import Subject
from modelzoo.testing.suite import ConformanceError, check_model, check_text_estimator
from modelzoo.testing.toys import TOYS


def main(given: Sequence[str] | None = None) -> int:
    """Runs the suite; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m modelzoo.testing", description=__doc__)
    parser.add_argument("model", help="the name of a registered architecture")
    parser.add_argument(
        "--check", action="append", metavar="NAME", help="this check alone (may be repeated)"
    )
    parser.add_argument(
        "--timeout", type=float, metavar="S", help="after S seconds show where it is, and end"
    )
    arguments = parser.parse_args(given)
    if arguments.timeout is not None:
        faulthandler.dump_traceback_later(arguments.timeout, exit=True, file=sys.stdout)
    try:
        subject = Subject(arguments.model)
        subject.build(subject.smallest)  # what cannot be built fails every check alike
        check_model(subject, checks=arguments.check)
        if arguments.check is None:
            for estimator in text_estimators(subject):
                check_text_estimator(estimator)
    except ConformanceError as error:
        # One fault often fails many checks. Not told by the last line, which may be a note that all
        # errors of an architecture have.
        by_fault = {error.failures[check]: shown for check, shown in error.tracebacks.items()}
        for shown in by_fault.values():
            print(shown)
        print(error)
        return 1
    except (Exception, SystemExit):
        traceback.print_exc(file=sys.stdout)
        return 1
    finally:
        faulthandler.cancel_dump_traceback_later()
    print(f"{arguments.model}: all checks passed")
    return 0


def text_estimators(subject: Subject) -> list[Estimator]:
    """The architecture in its smallest size as a classifier and a generator, trained for a moment.

    Those whose tasks its card names.
    """
    options: dict[str, Any] = {
        "hparams": subject.smallest,
        "epochs": 1,
        "random_state": 0,
        "verbose": 0,
    }
    estimators: dict[str, Estimator] = {
        "classification": Classifier(subject.model, **options),
        "generation": Generator(subject.model, context=16, **options),
    }
    named = TOYS if subject.card is None else subject.card.tasks
    return [each for task, each in estimators.items() if task in named]


if __name__ == "__main__":
    sys.exit(main())
