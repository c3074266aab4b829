"""How much more memory a process holds at its peak once it trains on sequences of some length.

Measured in a process of its own, since the peak of a process never falls. It first trains a small
network, so that loading the framework and compiling are behind it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from modelzoo.errors import TrainingError
from modelzoo.evidence.timing import UPDATE, Timed

UPDATES = 2
_SHORT = 16  # steps of the sequences before


def megabytes(model: str, timed: Timed, seed: int) -> float:
    """What a network and training updates of it add to the peak of a process, in MB of 10^6 bytes.

    Args:
        model: The name of an architecture.
        timed: A training update of so many sequences; recurrent networks train with the loop that
            long trainings have.
        seed: Of the weights and the sequences.

    Raises:
        TrainingError: The process failed: memory ran out, or it does not know the architecture, as
            it was registered in this process alone.
    """
    sizes = map(str, (timed.length, timed.rows, timed.width, timed.depth, seed))
    paths = os.pathsep.join(each or os.getcwd() for each in sys.path)
    child = subprocess.run(
        # -P: imports are from where they are here, not from the working folder before all
        [sys.executable, "-P", "-m", "modelzoo.evidence.memory", model, *sizes],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": paths, "TF_CPP_MIN_LOG_LEVEL": "3"},
        check=False,
    )
    if child.returncode:
        why = f"signal {-child.returncode} ended it, as where memory runs out"
        if child.returncode > 0:
            why = (child.stderr.strip().splitlines() or [f"it ended with {child.returncode}"])[-1]
        raise TrainingError(f"measuring the memory of {model} failed: {why}")
    return int(child.stdout.split()[-1]) / 1e6


def _measure(model: str, length: int, rows: int, width: int, depth: int, seed: int) -> int:
    """What training adds to the peak of this process, in bytes."""
    import numpy as np

    from modelzoo.estimators.training import quiet_retracing, seeded
    from modelzoo.evidence.timing import prepare_update
    from modelzoo.layers.recurrence import WORTH, long_training

    rng = np.random.default_rng(seed)
    peaks = []
    with seeded(seed), quiet_retracing(), long_training(WORTH):
        for steps in (_SHORT, length):
            update = prepare_update(model, Timed(UPDATE, steps, rows, width, depth), rng)
            for _ in range(UPDATES):
                update()
            peaks.append(peak_memory())
    return peaks[1] - peaks[0]


def peak_memory() -> int:
    """The most memory that this process has held at once, in bytes; not on Windows."""
    import resource

    status = Path("/proc/self/status")
    if status.exists():  # the other counts what the parent held before this program was loaded
        lines = status.read_text().splitlines()
        return 1024 * next(int(each.split()[1]) for each in lines if each.startswith("VmHWM"))
    unit = 1 if sys.platform == "darwin" else 1024
    return unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    print(_measure(sys.argv[1], *map(int, sys.argv[2:])))
