"""The commands that ask and start nothing: what they accept, and their help."""

from __future__ import annotations

import argparse
from typing import Any

from modelzoo.cli.options import (
    COLUMNS,
    DATA,
    add_columns,
    add_command,
    add_json,
    add_max_memory,
    positive,
)
from modelzoo.registry.cards import APPLICATIONS, TASKS


def add_queries(commands: Any) -> None:
    """Adds them all."""
    for add in (_list, _show, _search, _recommend, _evidence, _datasets, _plugins, _inspect):
        add(commands)


def _list(commands: Any) -> None:
    command = add_command(
        commands,
        "list",
        "queries:list_models",
        "list the models, all or those that fit",
        ["modelzoo list", "modelzoo list 'g*'", "modelzoo list --task forecasting --streaming"],
    )
    command.add_argument("pattern", nargs="?", default="*", help="a name with * and ? as wildcards")
    command.add_argument("--task", choices=TASKS, help="fit for this task")
    command.add_argument("--family", help="of this family, as `modelzoo show` names it")
    command.add_argument(
        "--application", choices=APPLICATIONS, metavar="WORD", help="known for this application"
    )
    flag = argparse.BooleanOptionalAction
    command.add_argument("--causal", action=flag, help="sees only the past, or not")
    command.add_argument("--streaming", action=flag, help="goes on step by step, or not")
    add_json(command)


def _show(commands: Any) -> None:
    command = add_command(
        commands,
        "show",
        "queries:show",
        "show a model's card, and what each of its sizes costs",
        [
            "modelzoo show {forecasting}",
            "modelzoo show {generation} --size {size}",
            "modelzoo show {classification} --json",
        ],
    )
    command.add_argument("name", help="a model, as `modelzoo list` names it")
    command.add_argument("--size", help="the cost of this size only")
    add_json(command)


def _search(commands: Any) -> None:
    command = add_command(
        commands,
        "search",
        "queries:search",
        "search all the cards for words",
        ["modelzoo search long sequences small data", "modelzoo search translation --json"],
    )
    command.add_argument("words", nargs="+", help="words that the card should hold")
    add_json(command)


def _recommend(commands: Any) -> None:
    command = add_command(
        commands,
        "recommend",
        "queries:recommend",
        "recommend models and baselines for a problem, with reasons",
        [
            "modelzoo recommend --task forecasting",
            "modelzoo recommend --task classification --n-samples 500 --length 200",
            "modelzoo recommend --task forecasting --data sales.csv --streaming",
            "modelzoo recommend --application sentiment-analysis --max-parameters 1000000",
            "modelzoo recommend --task forecasting --max-latency-ms 5 --calibrate",
            "modelzoo recommend --task forecasting --data elnino --horizon 12 --trials",
        ],
    )
    command.add_argument("--task", choices=TASKS, help="what is to be done")
    command.add_argument("--application", choices=APPLICATIONS, metavar="WORD", help="what for")
    command.add_argument("--data", metavar="DATA", help=f"its size decides too: {DATA}")
    command.add_argument("--n-samples", type=positive, metavar="N", help="number of sequences")
    command.add_argument("--length", type=positive, metavar="T", help="steps in a sequence")
    command.add_argument("--channels", type=positive, metavar="C", help="numbers in a step")
    command.add_argument("--vocabulary", type=positive, metavar="V", help="different tokens")
    command.add_argument("--horizon", type=positive, metavar="H", help="steps to forecast")
    command.add_argument("--season-length", type=positive, metavar="S", help="steps in a season")
    command.add_argument("--max-parameters", type=positive, metavar="N", help="at most so many")
    command.add_argument(
        "--max-latency-ms",
        type=float,
        metavar="MS",
        help="at most so long for a prediction, or for a new step (streaming, generation)",
    )
    command.add_argument(
        "--max-memory-mb", type=float, metavar="MB", help="at most so much memory to train"
    )
    command.add_argument(
        "--train-budget-s", type=float, metavar="S", help="at most so long to train by default"
    )
    command.add_argument("--streaming", action="store_true", help="must go on step by step")
    command.add_argument("--causal", action="store_true", help="must see only the past")
    command.add_argument(
        "--calibrate",
        action="store_true",
        help="first time this machine for a second, once and for all; loads Keras",
    )
    command.add_argument(
        "--trials",
        action="store_true",
        help="train the first of them, and baselines, on most of the data and score them on the "
        "rest; half of the order rests on that",
    )
    command.add_argument(
        "--trial-budget-s",
        type=float,
        default=300.0,
        metavar="S",
        help="about how long the trials may take (300)",
    )
    command.add_argument(
        "--top",
        type=positive,
        default=3,
        metavar="N",
        help="how many (3); the best model always",
    )
    add_columns(command, COLUMNS, "the --data file")
    add_json(command)


def _evidence(commands: Any) -> None:
    evidence = commands.add_parser(
        "evidence",
        help="see what was measured of the claims in the cards, or measure it again",
        description="The experiments behind the claims in the cards.",
    )
    actions = evidence.add_subparsers(metavar="ACTION", required=True, parser_class=type(evidence))
    command = add_command(
        actions, "list", "evidence:list_all", "list the experiments", ["modelzoo evidence list"]
    )
    add_json(command)
    command = add_command(
        actions,
        "show",
        "evidence:show",
        "show an experiment, what it measured, and the claims that stand or fall with it",
        ["modelzoo evidence show {experiment}"],
    )
    _add_experiment(command)
    add_json(command)
    command = add_command(
        actions,
        "run",
        "evidence:run",
        "measure again, or an architecture that was not measured yet",
        [
            "modelzoo evidence run --quick",
            "modelzoo evidence run {experiment} --models {generation} --seeds 0 --out results",
        ],
    )
    command.add_argument("names", nargs="*", metavar="NAME", help="these experiments; else all")
    command.add_argument(
        "--quick",
        action="store_true",
        help="one small run an architecture: whether it works, and learns; nothing is kept",
    )
    command.add_argument(
        "--models", metavar="NAME,...", help="these architectures; else all that are registered"
    )
    command.add_argument(
        "--seeds", metavar="N,...", help="these seeds; else those of the published results"
    )
    command.add_argument(
        "--out",
        metavar="FOLDER",
        help="keep the results there, and do not measure again what is kept there already",
    )
    command = add_command(
        actions,
        "plot",
        "evidence:plot",
        "draw what an experiment measured",
        ["modelzoo evidence plot {experiment} --out {experiment}.png"],
    )
    _add_experiment(command)
    command.add_argument(
        "-o", "--out", metavar="FILE", help="the picture; else NAME.png in this folder"
    )


def _add_experiment(command: Any) -> None:
    command.add_argument("name", help="an experiment, as `modelzoo evidence list` names it")
    command.add_argument(
        "--results", metavar="FOLDER", help="what `run --out` has kept; else what was shipped"
    )


def _datasets(commands: Any) -> None:
    command = add_command(
        commands,
        "datasets",
        "queries:datasets",
        "list the datasets to try models on, or show one",
        ["modelzoo datasets", "modelzoo datasets --task forecasting", "modelzoo datasets sunspots"],
    )
    command.add_argument("name", nargs="?", help="show this one")
    command.add_argument("--task", choices=TASKS, help="those for this task")
    add_json(command)


def _plugins(commands: Any) -> None:
    command = add_command(
        commands,
        "plugins",
        "queries:plugins",
        "list the installed plugins, what they bring, and what is wrong with them",
        ["modelzoo plugins", "modelzoo plugins --json", "modelzoo plugins --check"],
    )
    command.add_argument("names", nargs="*", metavar="NAME", help="these distributions only")
    command.add_argument(
        "--check",
        action="store_true",
        help="import and run their models: the conformance suite, about a minute each",
    )
    command.add_argument(
        "--timeout", type=positive, default=900, metavar="S", help="seconds for a model (900)"
    )
    add_json(command)


def _inspect(commands: Any) -> None:
    command = add_command(
        commands,
        "inspect",
        "inspecting:inspect",
        "check a saved model and show what it holds, without loading it",
        ["modelzoo inspect mails.mz", "modelzoo inspect mails.mz --json"],
    )
    command.add_argument("model", metavar="MODEL.mz", help="what `modelzoo fit` has saved")
    add_max_memory(command)
    add_json(command)
