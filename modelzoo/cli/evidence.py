"""The command `evidence`: what stands behind the claims of the cards."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelzoo import registry
from modelzoo.cli.printing import fill, print_json
from modelzoo.errors import FileError, InputError, UnknownNameError
from modelzoo.evidence import Experiment, Verdict, find_experiment, list_experiments, verdict_on
from modelzoo.evidence.records import SHIPPED, figures_of, in_words, load_records, short_number
from modelzoo.evidence.verdicts import CONTRADICTED, Figures

if TYPE_CHECKING:
    from modelzoo.registry.cards import Card, Claim


def list_all(arguments: Namespace) -> None:
    """Prints the experiments, and how much was measured of each."""
    rows: list[dict[str, Any]] = [
        {"name": name, "title": find_experiment(name).title, "runs": len(load_records(name))}
        for name in list_experiments()
    ]
    if arguments.json:
        print_json(rows)
        return
    widest = max(len(row["name"]) for row in rows)
    for row in rows:
        print(f"{row['name']:{widest}}  {row['title']} ({row['runs']} runs)")


def show(arguments: Namespace) -> None:
    """Prints an experiment, its results, and the claims that name it."""
    experiment = find_experiment(arguments.name)
    records = load_records(experiment.name, _folder(arguments))
    figures = figures_of(records)
    claims = list(_claims_on(experiment, None if arguments.results is None else figures))
    if arguments.json:
        print_json(
            {
                **{
                    key: value
                    for key, value in vars(experiment).items()
                    if key not in ("measure", "quick", "timed", "applies")
                },
                "claims": [
                    {"model": card.name, "claim": claim.text, **vars(verdict)}
                    for card, claim, verdict in claims
                ],
                "records": records,
            }
        )
        return
    print(f"{experiment.name} · {experiment.title}\n")
    seeds = len(experiment.seeds)
    cost = f"{seeds} seed{'s' * (seeds > 1)}; about {experiment.minutes:g} minutes an architecture."
    for text in (experiment.claim, experiment.protocol, cost, f"Source: {experiment.source}."):
        print(fill(text, indent=""))
    print()
    for line in _table(experiment, figures):
        print(line)
    for where in sorted({_where(record) for record in records}):
        print(fill(f"Measured on {where}.", indent=""))
    if claims:
        print("\nClaims")
    for card, claim, verdict in claims:
        label = verdict.label.upper() if verdict.label == CONTRADICTED else verdict.label
        print(fill(f"  {card.name}: {claim.text} [{label}]"))


def run(arguments: Namespace) -> None:
    """Measures, and prints what comes out beside what ships with the package."""
    experiments = [find_experiment(name) for name in arguments.names or list_experiments()]
    models = arguments.models.split(",") if arguments.models else None
    for name in models or ():
        if name not in registry.list_models():
            raise UnknownNameError("model", name, registry.list_models())
    seeds = _seeds(arguments.seeds)
    folder = None if arguments.out is None else Path(arguments.out)
    if folder is not None and folder.exists() and not folder.is_dir():
        raise FileError(f"{folder} is a file: name a folder to keep the results in")

    from modelzoo.cli.startup import start_keras
    from modelzoo.evidence.running import planned, run_all

    start_keras()
    for experiment in experiments:
        shipped = figures_of(load_records(experiment.name))
        runs = planned(experiment, models, seeds, quick=arguments.quick)
        if not runs:
            print(f"{experiment.name}: there is nothing to measure of {arguments.models}")
        for each, record, is_new in run_all(runs, folder):
            line = f"{each}: {experiment.figure} {short_number(record['figure'])}"
            known = shipped.get((each.model, each.at))
            learns = experiment.learns(record["figure"], each.at)
            if each.quick and learns is not None:
                line += ", learns" if learns else ", has learned little"
            elif known is not None and not each.quick:
                line += f", shipped {in_words(known)}"
            how = f"{record['seconds']:.0f} s" if is_new else f"kept in {folder}"
            print(f"{line}, {how}", flush=True)


def plot(arguments: Namespace) -> None:
    """Draws the results of an experiment."""
    experiment = find_experiment(arguments.name)
    folder = _folder(arguments)
    figures = figures_of(load_records(experiment.name, folder))
    if not figures:
        raise InputError(
            f"nothing was measured of {experiment.name!r} in {folder}: "
            f"modelzoo evidence run {experiment.name} --out FOLDER measures it"
        )
    from modelzoo.cli.files import check_picture
    from modelzoo.evidence.plotting import plot_experiment

    out = arguments.out or f"{experiment.name}.png"
    check_picture(out)
    plot_experiment(experiment, figures, out)
    print(f"wrote {out}")


def _folder(arguments: Namespace) -> Path:
    return SHIPPED if arguments.results is None else Path(arguments.results)


def _claims_on(
    experiment: Experiment, figures: Figures | None
) -> Iterator[tuple[Card, Claim, Verdict]]:
    for name in registry.list_models():
        card = registry.describe(name)
        for claim in (*card.strengths, *card.weaknesses):
            if claim.measured is not None and claim.measured.experiment == experiment.name:
                yield card, claim, verdict_on(claim, card, figures)


def _table(experiment: Experiment, figures: Figures) -> Iterator[str]:
    """The median of each architecture by condition, its range and the number of seeds."""
    if not figures:
        yield "Not measured yet."
        return
    rows = [[experiment.figure, *map(experiment.named, experiment.conditions)]]
    for model in dict.fromkeys(model for model, _ in figures):
        cells = [
            in_words(figures[model, at]) if (model, at) in figures else "-"
            for at in experiment.conditions
        ]
        rows.append([model, *cells])
    if experiment.trivial:
        trivial = [short_number(experiment.trivial[at]) for at in experiment.conditions]
        rows.append(["learns nothing", *trivial])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _where(record: dict[str, Any]) -> str:
    versions = [f"{name} {number}" for name, number in record.get("versions", {}).items()]
    return "; ".join([str(record.get("machine", "an unknown machine")), ", ".join(versions)])


def _seeds(text: str | None) -> list[int] | None:
    if text is None:
        return None
    try:
        seeds = [int(each) for each in text.split(",")]
    except ValueError:
        seeds = [-1]
    if min(seeds) < 0:
        raise InputError(f"--seeds takes whole numbers from 0, separated by commas, got {text!r}")
    return seeds
