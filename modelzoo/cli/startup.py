"""Starts Keras without the lines that its native libraries write while they load."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator


def start_keras() -> None:
    """Imports Keras and its backend; what they have to say is shown only if that fails."""
    if "keras" not in sys.modules:
        with _native_output_held_back():
            import keras  # noqa: F401


@contextlib.contextmanager
def _native_output_held_back() -> Iterator[None]:
    """Holds back what is written to the process's standard error, also by C++ code.

    TensorFlow reports missing CUDA drivers there before its own log level applies.
    """
    try:
        own = os.dup(2)
    except OSError:  # closed by the caller: there is nothing to hold back
        yield
        return
    with tempfile.TemporaryFile() as held:
        sys.stderr.flush()
        os.dup2(held.fileno(), 2)
        failed = True
        try:
            yield
            failed = False
        finally:
            os.dup2(own, 2)
            os.close(own)
            if failed:
                held.seek(0)
                sys.stderr.write(held.read().decode(errors="replace"))
