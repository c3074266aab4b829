"""How glibc hands memory back, which decides how fast TensorFlow trains on a CPU."""

from __future__ import annotations

import ctypes
import functools
import os
import platform

HEAP = 64 << 20  # bytes of the heaps that glibc gives to threads other than the main one
_M_TOP_PAD = -2  # from malloc.h


@functools.cache
def keep_freed_heaps() -> bool:
    """Lets the process keep a heap's worth of freed memory instead of returning it at once.

    A training step frees all it allocated. glibc then unmaps the emptied heaps of TensorFlow's
    threads, and the next step has the kernel map and zero the same pages again: half of the time
    of a transformer's step (`python benchmarks/memory.py`). The setting holds for the process and
    changes no result; a user's own ``MALLOC_TOP_PAD_`` in the environment is left alone.

    Returns:
        Whether the setting was made: False where the C library is another one.
    """
    if platform.libc_ver()[0] != "glibc" or "MALLOC_TOP_PAD_" in os.environ:
        return False
    return bool(ctypes.CDLL(None).mallopt(_M_TOP_PAD, HEAP))
