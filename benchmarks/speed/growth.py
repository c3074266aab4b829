"""How time and memory grow with the length, for each architecture: nobody else takes part."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from modelzoo import registry
from speed.contest import Case, Contestant, Part, Ticks, for_ever
from speed.generation import writer_of
from speed.plots import STYLES, repeatable, save
from speed.tokens import LEARNING_RATE, SPECIAL, each_batch

BACKENDS = ("tensorflow", "jax")
LENGTHS = (128, 256, 512, 1024, 2048, 4096)
SHAPE = {"width": 64, "depth": 2, "vocabulary": 96, "tokens": 40_000}
UPDATE, WRITING = "an update", "writing a text"


def cases(quick: bool) -> list[Case]:
    """A case an architecture and what it does, a contestant a length and backend."""
    lengths, shape = ((8, 16), SHAPE | {"width": 8}) if quick else (LENGTHS, SHAPE)
    work = {UPDATE: update, WRITING: write}
    return [
        Case(
            model,
            what,
            tuple(
                Contestant(f"T = {length}, {on}", partial(work[what], length), "modelzoo", on)
                for length in lengths
                for on in BACKENDS
            ),
            shape,
        )
        for what in work
        for model in registry.list_models()
        if what == UPDATE or registry.describe(model).traits.streaming
    ]


def update(length: int, case: Case, ticks: Ticks) -> None:
    """Training on one sequence at a time."""
    from modelzoo import Generator

    shape = case.shape
    rng = np.random.default_rng(0)
    generator = Generator(
        case.model,
        hparams={"width": shape["width"], "depth": shape["depth"], "dropout": 0.0},
        kind="tokens",
        context=length,
        batch_size=1,
        learning_rate=LEARNING_RATE,
        epochs=10_000,
        validation_fraction=0.0,
        random_state=0,
        verbose=0,
    )
    tokens = rng.integers(0, shape["vocabulary"] - SPECIAL, shape["tokens"])
    generator.fit([tokens.tolist()], callbacks=[each_batch(ticks)])


def write(length: int, case: Case, ticks: Ticks) -> None:
    """Writing a text of so many tokens from nothing."""
    from modelzoo.tasks.sampling import Sampling

    known = registry.hyperparameters(case.model)
    hparams = {"max_length": length} if "max_length" in known else {}
    task, writer = writer_of(case.model, case.shape, hparams, ticks)
    for_ever(ticks, lambda: task.generate(writer, [[0]], length - 1, Sampling(seed=0)))


def exponent(values: Mapping[int, float]) -> float | None:
    """The power of the length that the growth over its last two doublings is like.

    >>> exponent({1: 9.0, 2: 1.0, 4: 4.0, 8: 16.0}), exponent({1: 1.0})
    (2.0, None)
    """
    lengths = sorted(values)
    if len(lengths) < 3 or values[lengths[-3]] <= 0 or values[lengths[-1]] <= 0:
        return None
    times = values[lengths[-1]] / values[lengths[-3]]
    return math.log(times) / math.log(lengths[-1] / lengths[-3])


def measured(record: Mapping[str, Any], backend: str) -> dict[int, tuple[float, float]]:
    """Seconds and peak memory in MiB of each length, of those that were measured."""
    return {
        int(each["name"].split(",")[0].removeprefix("T = ")): (
            statistics.median(each["seconds"]),
            each["memory"] / 2**20,
        )
        for each in record["contestants"]
        if each["backend"] == backend and each["seconds"]
    }


def table(records: Sequence[Mapping[str, Any]]) -> list[str]:
    """Lines of the page: a row an architecture and backend, a column a length."""
    lines = [
        f"| | | backend |{''.join(f' {length:,} |' for length in LENGTHS)} time | memory |",
        "|---|---|---|" + "---|" * (len(LENGTHS) + 2),
    ]
    for record in records:
        for backend in BACKENDS:
            found = measured(record, backend)
            cells = [
                f"{1000 * found[length][0]:,.1f} ms, {found[length][1]:,.0f} MiB"
                if length in found
                else ""
                for length in LENGTHS
            ]
            start = min((memory for _, memory in found.values()), default=0.0)
            grown = {length: memory - start for length, (_, memory) in found.items()}
            powers = [
                "" if power is None else f"T^{power:.2f}"
                for power in (
                    exponent({length: seconds for length, (seconds, _) in found.items()}),
                    exponent(grown),
                )
            ]
            row = [record["model"], record["size"], backend, *cells, *powers]
            lines.append(f"| {' | '.join(row)} |")
    return lines


def draw(records: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Draws seconds and memory over the length, a line an architecture and backend."""
    from matplotlib.figure import Figure

    with repeatable():
        works = list(dict.fromkeys(record["size"] for record in records))
        figure = Figure(figsize=(9, 1 + 3.5 * len(works)), layout="constrained")
        axes = figure.subplots(len(works), 2, squeeze=False)
        models = list(dict.fromkeys(record["model"] for record in records))
        for record in records:
            row = axes[works.index(record["size"])]
            colour, mark = STYLES[models.index(record["model"]) % len(STYLES)]
            for backend, line in zip(BACKENDS, ("-", ":"), strict=True):
                found = sorted(measured(record, backend).items())
                for axis, number in zip(row, (0, 1), strict=True):
                    axis.plot(
                        [length for length, _ in found],
                        [values[number] for _, values in found],
                        color=colour,
                        marker=mark,
                        linestyle=line,
                        markersize=4,
                        label=f"{record['model']}, {backend}",
                    )
        for row, what in zip(axes, works, strict=True):
            for axis, unit in zip(row, ("seconds", "MiB at the peak"), strict=True):
                axis.set(xscale="log", yscale="log", xlabel="T", ylabel=unit, title=what)
        axes[0, 0].legend(frameon=False, fontsize="x-small")
        save(figure, path)


PART = Part(
    title="Growth with the length",
    about=(
        "One sequence of T steps: an update of training on it, and writing as many tokens; width "
        f"{SHAPE['width']}, {SHAPE['depth']} layers. The last columns are the power of T that the "
        "growth over the last two doublings is like: of the time, and of the peak of memory beyond "
        "that of the least length. Wanted: T^1 of recurrent architectures, of attention no more "
        "than T^2 in time and less in memory. Architectures that do not stream write in blocks, "
        "and are left out there."
    ),
    unit="ms",
    cases=cases,
    table=table,
    draw=draw,
    warm_up=1,
    rounds=3,
    seconds=0.2,
)
