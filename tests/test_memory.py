"""Freed heaps are kept, on the C library that would otherwise hand them back at every step."""

from __future__ import annotations

import platform

import pytest

from modelzoo.estimators.memory import _SETTINGS, keep_freed_heaps


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
