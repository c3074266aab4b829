"""How glibc hands memory back, which decides how fast TensorFlow trains on a CPU; and its lack."""

from __future__ import annotations

import ctypes
import functools
import os
import platform

HEAP = 64 << 20  # bytes of the heaps that glibc gives to threads other than the main one
LARGEST = 32 << 20  # bytes up to which memory may come from a heap at all
_M_TOP_PAD, _M_MMAP_THRESHOLD = -2, -3  # from malloc.h
_SETTINGS = ("MALLOC_TOP_PAD_", "MALLOC_MMAP_THRESHOLD_", "GLIBC_TUNABLES")


@functools.cache
def keep_freed_heaps() -> bool:
    """Lets the process keep a heap's worth of freed memory instead of returning it at once.

    A training step frees all it allocated. glibc then unmaps the emptied heaps of TensorFlow's
    threads, and the next step has the kernel map and zero the same pages again: half of the time
    of a transformer's step (`python benchmarks/memory.py`). Setting that pad stops glibc from
    raising the size beyond which memory bypasses the heaps, so that is set to its highest value
    too. Both hold for the process and change no result; settings that the user made in the
    environment are left alone.

    Returns:
        Whether the settings were made: not where the C library is another one, or the user's stand.
    """
    if platform.libc_ver()[0] != "glibc" or any(name in os.environ for name in _SETTINGS):
        return False
    library = ctypes.CDLL(None)
    return bool(library.mallopt(_M_TOP_PAD, HEAP) and library.mallopt(_M_MMAP_THRESHOLD, LARGEST))


def ran_out_of_memory(error: BaseException) -> bool:
    """Whether Python, numpy or a backend lacked memory; a backend's error tells it in words."""
    status = f"{type(error).__name__} {error!s:.200}"
    return isinstance(error, MemoryError) or any(
        each in status for each in ("ResourceExhausted", "RESOURCE_EXHAUSTED")
    )
