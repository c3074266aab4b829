"""Where contestants compute: on the processor, or on a GPU of NVIDIA's."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

CPU, GPU = "cpu", "cuda"  # by PyTorch's names
A_GPU = "a GPU"  # what is missing where there is none


def gpu_at_hand() -> bool:
    """Whether there is one that is not hidden, to judge by its driver: no framework is loaded."""
    if os.environ.get("CUDA_VISIBLE_DEVICES", "0") in ("", "-1"):
        return False
    return shutil.which("nvidia-smi") is not None or any(Path("/dev").glob("nvidia[0-9]*"))


def gpu_in_words() -> str:
    """The GPU and its driver, as far as the system tells."""
    # The first one that frameworks see; nvidia-smi itself does not look at the variable.
    first = os.environ.get("CUDA_VISIBLE_DEVICES", "0").split(",")[0]
    command = ["nvidia-smi", f"--id={first}", "--query-gpu=name,driver_version"]
    try:
        done = subprocess.run(
            [*command, "--format=csv,noheader"], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return A_GPU
    name, _, driver = done.stdout.strip().partition(", ")
    return f"{name}, driver {driver}"
