"""The command `modelzoo demo`."""

from __future__ import annotations

import json
from argparse import Namespace


def demo(arguments: Namespace) -> None:
    """Runs the demonstration on a real series."""
    from modelzoo.cli.files import check_picture
    from modelzoo.cli.startup import start_keras

    check_picture(arguments.out)
    start_keras()
    from modelzoo.demo import run

    found = run(arguments.dataset, arguments.out, aside=arguments.json)
    if arguments.json:
        print(json.dumps(found.to_dict(), indent=2, ensure_ascii=False))
    if found.interrupted:
        raise KeyboardInterrupt
