"""Freed memory is kept, on the C library that would otherwise hand it back at every step."""

from __future__ import annotations

import ctypes
import platform
import subprocess
import sys
from types import SimpleNamespace

import keras
import pytest

from modelzoo.estimators import memory
from modelzoo.estimators.memory import _SETTINGS, all_freed_kept, keep_freed_heaps


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch):
    for name in _SETTINGS:
        monkeypatch.delenv(name, raising=False)


def set_anew() -> bool:
    return keep_freed_heaps.__wrapped__()  # without the cache that makes it once a process


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the setting is glibc's")
def test_glibc_takes_the_settings():
    assert set_anew()


@pytest.mark.parametrize("name", _SETTINGS)
def test_what_the_user_set_is_left_alone(name, monkeypatch):
    monkeypatch.setenv(name, "131072")
    assert not set_anew()


def test_another_c_library_is_left_alone(monkeypatch):
    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    assert not set_anew()


@pytest.fixture
def told(monkeypatch):
    """What the C library is told within blocks on JAX, as names and values."""
    names = {memory._M_MMAP_MAX: "mapped", memory._M_TRIM_THRESHOLD: "trimmed"}
    heard: list[tuple[str, int]] = []
    library = SimpleNamespace(
        mallopt=lambda name, value: heard.append((names[name], value)),
        malloc_trim=lambda pad: heard.append(("returned, but for", pad)),
    )
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    monkeypatch.setattr(memory, "keep_freed_heaps", lambda: True)
    monkeypatch.setattr(ctypes, "CDLL", lambda _: library)
    return heard


def test_jax_keeps_all_until_the_outermost_block_ends(told):
    kept, returned = [("mapped", 0), ("trimmed", -1)], ("returned, but for", memory.HEAP)
    with pytest.raises(ZeroDivisionError), all_freed_kept():
        with all_freed_kept():
            assert told == 2 * kept
        assert told == 2 * kept
        raise ZeroDivisionError
    assert told[4:] == [("mapped", 65_536), ("trimmed", memory.HEAP), returned]


@pytest.mark.parametrize("backend, made", [("tensorflow", True), ("jax", False)])
def test_nothing_more_is_kept_elsewhere(told, backend, made, monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: backend)
    monkeypatch.setattr(memory, "keep_freed_heaps", lambda: made)
    with all_freed_kept():
        pass
    assert not told


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the setting is glibc's")
def test_what_was_kept_is_returned():
    """In a process of its own, since what was allocated before decides what can be returned."""
    program = """
import os

import keras
import numpy as np

from modelzoo.estimators.memory import all_freed_kept

keras.backend.backend = lambda: "jax"
PAGE = os.sysconf("SC_PAGE_SIZE")


def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * PAGE >> 20


before = resident()
with all_freed_kept():
    np.ones(200 << 17)  # 200 MiB, freed at once
    within = resident()
print(within - before, resident() - before)
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    within, after = map(int, run.stdout.split())
    assert within >= 190
    assert after <= 100
