"""How glibc hands memory back, which decides how fast training is on a CPU; and memory's lack."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import platform
import threading
from collections.abc import Iterator

import keras

HEAP = 64 << 20  # bytes of the heaps that glibc gives to threads other than the main one
LARGEST = 32 << 20  # bytes up to which memory may come from a heap at all
# From malloc.h.
_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_THRESHOLD, _M_MMAP_MAX, _M_ARENA_MAX = -1, -2, -3, -4, -8
_NEVER, _MOST_MAPPED = -1, 65_536  # glibc's own default of how much may bypass the heaps
_SETTINGS = (
    "GLIBC_TUNABLES",
    "MALLOC_ARENA_MAX",
    "MALLOC_MMAP_MAX_",
    "MALLOC_MMAP_THRESHOLD_",
    "MALLOC_TOP_PAD_",
    "MALLOC_TRIM_THRESHOLD_",
)

_lock = threading.Lock()
_blocks = 0  # that are open, of all threads


@functools.cache
def keep_freed_heaps() -> bool:
    """Lets the process keep a heap's worth of freed memory instead of returning it at once.

    A training step frees all it allocated. glibc then unmaps the emptied heaps of TensorFlow's
    threads, and the next step has the kernel map and zero the same pages again: half of the time
    of a transformer's step (`python benchmarks/memory.py`). Setting that pad stops glibc from
    raising the size beyond which memory bypasses the heaps, so that is set to its highest value
    too. On JAX threads that have not allocated yet share one heap, for `all_freed_kept`. All hold
    for the process and change no result; settings that the user made in the environment are left
    alone.

    Returns:
        Whether the settings were made: not where the C library is another one, or the user's stand.
    """
    if platform.libc_ver()[0] != "glibc" or any(name in os.environ for name in _SETTINGS):
        return False
    library = ctypes.CDLL(None)
    if keras.backend.backend() == "jax":
        library.mallopt(_M_ARENA_MAX, 1)
    return bool(library.mallopt(_M_TOP_PAD, HEAP) and library.mallopt(_M_MMAP_THRESHOLD, LARGEST))


@contextlib.contextmanager
def all_freed_kept() -> Iterator[None]:
    """Keeps on JAX whatever is freed within the block, and returns it to the system after it.

    XLA asks for all the memory of an update at once, which is more than glibc's heaps have by
    default, so that it would be mapped and zeroed anew each time. It still is where another thread
    computed before `keep_freed_heaps` was first called: XLA's threads then have, or inherit, heaps
    of their own, which are too small. Blocks may be nested, and open in several threads; nothing
    changes where `keep_freed_heaps` has made no settings.
    """
    global _blocks
    if not keep_freed_heaps() or keras.backend.backend() != "jax":
        yield
        return
    library = ctypes.CDLL(None)
    with _lock:
        _blocks += 1
        library.mallopt(_M_MMAP_MAX, 0)
        library.mallopt(_M_TRIM_THRESHOLD, _NEVER)
    try:
        yield
    finally:
        with _lock:
            _blocks -= 1
            if not _blocks:
                library.mallopt(_M_MMAP_MAX, _MOST_MAPPED)
                library.mallopt(_M_TRIM_THRESHOLD, HEAP)
                library.malloc_trim(HEAP)


def ran_out_of_memory(error: BaseException) -> bool:
    """Whether Python, numpy or a backend lacked memory; a backend's error tells it in words."""
    status = f"{type(error).__name__} {error!s:.200}"
    return isinstance(error, MemoryError) or any(
        each in status for each in ("ResourceExhausted", "RESOURCE_EXHAUSTED")
    )
