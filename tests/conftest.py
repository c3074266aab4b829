"""What every test shares: a quiet TensorFlow, and the folder of the project."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")  # the same figures on every machine
# JAX compiles every network anew, alike or not, which takes most of the time of most tests: its
# cache, which the processes of the tests share, compiles each once. And XLA, TensorFlow's too, need
# not try hard; but at level 0 what it makes of a network for series trains to NaN on JAX.
CACHE = Path(__file__).resolve().parents[1] / ".pytest_cache" / "jax"
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(CACHE))
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "-1")
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=1")


@pytest.fixture(scope="session")
def project() -> Path:
    """The folder that holds setup.cfg and registry.yaml."""
    return Path(__file__).resolve().parents[1]


@pytest.fixture
def default_sigint() -> Iterator[None]:
    """Python's own answer to Ctrl-C, which a process that was started in the background lacks."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
