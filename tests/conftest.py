"""What every test shares: a quiet TensorFlow, and the folder of the project."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")  # the same figures on every machine


@pytest.fixture(scope="session")
def project() -> Path:
    """The folder that holds setup.cfg and registry.yaml."""
    return Path(__file__).resolve().parents[1]
