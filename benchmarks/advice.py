"""A recommendation as the command line prints it, for README's first screen.

`python benchmarks/advice.py` prints it, `--write` puts it into README.md.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import tempfile

import bookkeeping

from modelzoo.cli import main

COMMAND = "modelzoo recommend --task forecasting --data elnino --horizon 12 --top 2"
BEGIN, END = "<!-- advice: written by benchmarks/advice.py -->", "<!-- end of advice -->"


def advice() -> str:
    """The command and what it prints, as a block of Markdown.

    Raises:
        RuntimeError: The command failed.
    """
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        status = main(COMMAND.split()[1:])
    if status:
        raise RuntimeError(f"{COMMAND} failed with status {status}")
    return f"```\n$ {COMMAND}\n{printed.getvalue().rstrip()}\n```"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="put it into README.md")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = folder  # where no machine was timed yet
        block = advice()
    if parser.parse_args().write:
        bookkeeping.put_between(bookkeeping.ROOT / "README.md", BEGIN, END, block)
    else:
        print(block)
