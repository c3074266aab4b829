"""The command `modelzoo demo`."""

from __future__ import annotations

from argparse import Namespace


def demo(arguments: Namespace) -> None:
    """Runs the demonstration on a real series."""
    from modelzoo.cli.files import check_picture
    from modelzoo.cli.startup import start_keras

    check_picture(arguments.out)
    start_keras()
    from modelzoo.demo import run

    if run(arguments.dataset, arguments.out).interrupted:
        raise KeyboardInterrupt
