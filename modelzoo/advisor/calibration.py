"""How much longer this machine takes than that of the records: one probe, remembered.

The probe is the training update that the records have as the shortest. What it took is kept in the
user's cache folder; whatever is wrong with that file, this machine counts as that of the records.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from modelzoo.evidence.experiment import Condition, find_experiment, list_experiments
from modelzoo.evidence.records import shipped_figures
from modelzoo.evidence.timing import UPDATE, milliseconds
from modelzoo.registry.disk_cache import recall, remember

FILE = "machine-speed"
SECONDS = 1.0
_LEAST, _MOST = 1e-3, 1e3  # no machine is further from that of the records


class Probe(NamedTuple):
    """What is timed, and what it took where the records were made."""

    experiment: str
    model: str
    at: Condition
    milliseconds: float


def calibrate() -> float:
    """Times this machine for about a second, and remembers what comes out.

    It imports Keras and builds a small network first, which takes some seconds more.

    Returns:
        Times which this machine takes as long as that of the records.
    """
    probe = _probe()
    timed = find_experiment(probe.experiment).timed
    assert timed is not None
    times = max(3, round(1_000 * SECONDS / probe.milliseconds))
    found = milliseconds(probe.model, timed(probe.at), 0, times)
    remember(FILE, {**probe._asdict(), "here": found})
    return found / probe.milliseconds


def known_slowness() -> float | None:
    """Times which this machine takes as long as that of the records; None before a calibration.

    What was remembered is compared with the records of today, which may be newer.
    """
    known = recall(FILE)
    if not isinstance(known, dict):
        return None
    probe, here = _probe(), known.get("here")
    same = all(known.get(name) == getattr(probe, name) for name in ("experiment", "model", "at"))
    if not same or isinstance(here, bool) or not isinstance(here, int | float):
        return None
    slowness = here / probe.milliseconds
    return slowness if math.isfinite(slowness) and _LEAST < slowness < _MOST else None


def _probe() -> Probe:
    """The shortest training update of the records."""
    probes = []
    for name in list_experiments():
        timed = find_experiment(name).timed
        if timed is not None:
            probes += [
                Probe(name, model, at, min(figures))
                for (model, at), figures in shipped_figures(name).items()
                if timed(at).what == UPDATE
            ]
    return min(probes, key=lambda probe: probe.milliseconds)
