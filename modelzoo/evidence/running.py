"""Runs experiments: again, or for an architecture that they have not seen."""

from __future__ import annotations

import math
import os
import platform
import time
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from modelzoo import registry
from modelzoo.errors import TrainingError
from modelzoo.evidence.experiment import Condition, Experiment
from modelzoo.evidence.records import Record, add_record, key, load_records


class Run(NamedTuple):
    """One architecture at one condition with one seed."""

    experiment: Experiment
    model: str
    at: Condition
    seed: int
    quick: bool

    def __str__(self) -> str:
        """The run in a line."""
        return f"{self.experiment.name}, {self.experiment.named(self.at)}: {self.model}" + (
            ", quick" if self.quick else f", seed {self.seed}"
        )


def planned(
    experiment: Experiment,
    models: Sequence[str] | None = None,
    seeds: Sequence[int] | None = None,
    *,
    quick: bool = False,
) -> list[Run]:
    """The runs of an experiment, the first seed of all of them first.

    Args:
        experiment: What to run.
        models: Names of architectures; None for all that are registered. One that the experiment
            cannot be put to has no runs.
        seeds: None for those of the published results.
        quick: One small run an architecture: whether it runs, and learns at all.
    """
    if models is None:
        models = registry.list_models()
    if experiment.applies is not None:
        models = [model for model in models if experiment.applies(model)]
    conditions = experiment.conditions
    if quick:
        seeds, conditions = (0,), (experiment.quick,)
    return [
        Run(experiment, model, at, seed, quick)
        for seed in seeds or experiment.seeds
        for model in models
        for at in conditions  # last: one network may answer for several
    ]


def run_all(runs: Iterable[Run], folder: Path | None = None) -> Iterator[tuple[Run, Record, bool]]:
    """Runs one after another.

    Args:
        runs: From `planned`.
        folder: Where records are kept, each as soon as it is there; what is kept there already is
            not run again. None keeps nothing, as do quick runs.

    Yields:
        The run, its record, and whether it was measured now.
    """
    for run in runs:
        keeping = None if run.quick else folder
        known = None if keeping is None else _kept(run, keeping)
        record = measure(run) if known is None else known
        if keeping is not None and known is None:
            add_record(run.experiment.name, record, keeping)
        yield run, record, known is None


def _kept(run: Run, folder: Path) -> Record | None:
    wanted = (run.model, run.at, run.seed)
    found = (each for each in load_records(run.experiment.name, folder) if key(each) == wanted)
    return next(found, None)


def measure(run: Run) -> Record:
    """Measures one run, and notes where.

    Raises:
        TrainingError: The figure is no number: training has diverged.
    """
    begin = time.perf_counter()
    figure = run.experiment.measure(run.model, run.at, run.seed, run.quick)
    seconds = time.perf_counter() - begin
    if not math.isfinite(figure):
        raise TrainingError(f"{run}: {run.experiment.figure} is {figure}: training has diverged")
    return {
        "model": run.model,
        "at": run.at,
        "seed": run.seed,
        "figure": float(f"{figure:.8g}"),
        "seconds": round(seconds, 1),
        "machine": machine(),
        "versions": versions(),
        "date": time.strftime("%Y-%m-%d"),
    }


def machine() -> str:
    """The machine in words, and the threads where the environment limits them."""
    threads = os.environ.get("OMP_NUM_THREADS")
    limit = f", OMP_NUM_THREADS={threads}" if threads else ""
    return f"{os.cpu_count()} cores, {platform.machine()}{limit}"


def versions() -> dict[str, str]:
    """The versions of what computes."""
    import keras

    backend = keras.backend.backend()
    packages = ("modelzoo", "keras", backend, "numpy")
    return {"python": platform.python_version(), **{name: version(name) for name in packages}}
