"""Ctrl-C that is not lost.

Python raises KeyboardInterrupt in whatever code runs when the signal is looked at, and while a
network is built and traced that is often a callback of the garbage collector: a destructor of
TensorFlow's graphs, or JAX's. What is raised there is dropped, what is raised in a bare ``except:``
is too, and an extension module that is just loading makes an ImportError of it. The program would
go on as if no key had been pressed. So each signal is noted before it is raised, and raised again
where it has got lost.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType


class _Noting:
    """A handler of SIGINT that raises as Python's own does, and notes that it has."""

    def __init__(self) -> None:
        self.unanswered = False
        self.closed = False  # its block is over; who kept it may have put it back

    def __call__(self, number: int, frame: FrameType | None) -> None:
        self.unanswered = not self.closed
        signal.default_int_handler(number, frame)


@contextlib.contextmanager
def never_lost() -> Iterator[None]:
    """Has Ctrl-C end the block, whatever a library makes of the KeyboardInterrupt.

    Nothing changes outside the main thread, which alone handles signals, and where the program has
    a handler of its own. Blocks may be nested.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed in the block and got lost, or came out of it as
            another error.
    """
    noting = _Noting()
    try:
        handler = signal.getsignal(signal.SIGINT)
        is_closed = isinstance(handler, _Noting) and handler.closed
        if _in_main_thread() and (handler is signal.default_int_handler or is_closed):
            signal.signal(signal.SIGINT, noting)
        raise_lost()  # in an outer block, before this one
        yield
        raise_lost()
    except Exception:
        raise_lost()
        raise
    finally:
        try:
            _restore(noting)
        except KeyboardInterrupt:  # one more came before it was done
            _restore(noting)
            raise


def raise_lost() -> None:
    """Raises the KeyboardInterrupt that got lost in the block around the caller, if one did."""
    noting = _installed()
    if noting is not None and noting.unanswered:
        raise KeyboardInterrupt


def answered() -> None:
    """Says that a KeyboardInterrupt was caught and acted upon, so that it is not raised again."""
    noting = _installed()
    if noting is not None:
        noting.unanswered = False


def _installed() -> _Noting | None:
    """The handler of the block around the caller."""
    handler = signal.getsignal(signal.SIGINT)
    if isinstance(handler, _Noting) and not handler.closed and _in_main_thread():
        return handler
    return None


def _restore(noting: _Noting) -> None:
    noting.closed = True
    if signal.getsignal(signal.SIGINT) is noting:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
