"""Runs the command line: `python -m modelzoo`."""

from __future__ import annotations

import sys

from modelzoo.cli import main

if __name__ == "__main__":
    sys.exit(main())
