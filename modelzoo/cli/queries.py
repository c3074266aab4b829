"""The commands that only look things up: nothing here loads a framework."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from modelzoo.cli.options import COLUMNS
from modelzoo.cli.printing import fill, print_json, width
from modelzoo.errors import InputError

if TYPE_CHECKING:
    from modelzoo.registry.cards import Card


def list_models(arguments: Namespace) -> None:
    """Prints the names of the models that fit, and what each is."""
    from modelzoo import registry

    names = registry.list_models(
        arguments.pattern,
        task=arguments.task,
        family=arguments.family,
        causal=arguments.causal,
        streaming=arguments.streaming,
        application=arguments.application,
    )
    _print_cards([registry.describe(name) for name in names], as_json=arguments.json)


def search(arguments: Namespace) -> None:
    """Prints the models whose cards hold the words, best match first."""
    from modelzoo import registry

    names = registry.search(" ".join(arguments.words))
    _print_cards([registry.describe(name) for name in names], as_json=arguments.json)


def show(arguments: Namespace) -> None:
    """Prints a card with what its sizes cost, or one of its sizes."""
    from modelzoo import registry

    card = registry.describe(arguments.name)
    if arguments.size is not None:
        _show_size(card, arguments.size, as_json=arguments.json)
    elif arguments.json:
        print_json(card.to_dict())
    else:
        print(card)


def _show_size(card: Card, size: str, *, as_json: bool) -> None:
    from modelzoo.registry.presentation import human_bytes, human_flops

    cost = card.cost(size)  # first: it imports nothing
    hyperparameters = {**card.hyperparameters(), **card.resolve(size)}
    if as_json:
        print_json(
            {
                "name": card.name,
                "size": size,
                "hyperparameters": hyperparameters,
                "cost": vars(cost),
            }
        )
        return
    facts = {
        "parameters": f"{cost.parameters:,}",
        "of the embeddings": f"{cost.embedding_parameters:,}",
        "memory to load": human_bytes(cost.load_bytes),
        "memory to train": f"{human_bytes(cost.train_bytes)} "
        f"({cost.batch_size} sequences of {cost.length} steps)",
        "compute": f"{human_flops(cost.flops_per_token)} a token",
    }
    if cost.state_bytes:
        facts["streaming state"] = f"{human_bytes(cost.state_bytes)} after {cost.length} steps"
    print(f"{card.name}, size {size}\n")
    for name, value in [*hyperparameters.items(), ("", ""), *facts.items()]:
        print(f"{name:18}  {value}".rstrip())


def recommend(arguments: Namespace) -> None:
    """Prints the models and baselines that suit a problem, best first, and why."""
    from modelzoo import advisor

    if arguments.trials and arguments.data is None:
        raise InputError("--trials train on your own data: say --data FILE too")
    if arguments.calibrate or arguments.trials:
        from modelzoo.cli.startup import start_keras

        start_keras()
    data = None
    columns = [name for name in (*COLUMNS, "drop") if getattr(arguments, name)]
    if arguments.data is None and columns:
        raise InputError(f"--{columns[0]} names a column of a file: say --data FILE too")
    if arguments.data is not None:
        from modelzoo.cli.problems import read_examples

        data = read_examples(arguments)
    quiet: AbstractContextManager[object] = nullcontext()
    if arguments.trials:
        from modelzoo.cli.training import training_output

        quiet = training_output()  # what it says while it trains is no result
    with quiet:
        found = advisor.recommend(
            arguments.task,
            data=data,
            n_samples=arguments.n_samples,
            length=arguments.length,
            channels=arguments.channels,
            vocabulary=arguments.vocabulary,
            horizon=arguments.horizon,
            season_length=arguments.season_length,
            max_parameters=arguments.max_parameters,
            max_latency_ms=arguments.max_latency_ms,
            max_memory_mb=arguments.max_memory_mb,
            train_budget_s=arguments.train_budget_s,
            streaming=arguments.streaming or None,
            causal=arguments.causal or None,
            application=arguments.application,
            top=arguments.top,
            calibrate=arguments.calibrate,
            trials=arguments.trials,
            trial_budget_s=arguments.trial_budget_s,
        )
    if arguments.json:
        print_json(found.to_dict())
    else:
        print(found)
    if found.trials is not None:
        from modelzoo.cli.comparing import check

        check(found.trials)


def datasets(arguments: Namespace) -> None:
    """Prints the datasets, or what is known about one; none is loaded for it."""
    from modelzoo.datasets import list_datasets
    from modelzoo.datasets.catalogue import CATALOGUE
    from modelzoo.errors import UnknownNameError

    names = list_datasets(arguments.task) if arguments.name is None else [arguments.name]
    facts = []
    for name in names:
        if name not in CATALOGUE:
            raise UnknownNameError("dataset", name, CATALOGUE)
        known = {key: value for key, value in vars(CATALOGUE[name]).items() if value is not None}
        known["downloads"] = [file.url for file in known["downloads"]]
        del known["loader"]
        facts.append({"name": name, **known})
    if arguments.json:
        print_json(facts if arguments.name is None else facts[0])
    elif arguments.name is None:
        widest = max(map(len, names))
        for each in facts:
            line = f"{each['name']:{widest}}  {each['task']:14}  {each['title']}"
            print(line + ("  (needs a download)" if each["downloads"] else ""))
    else:
        for key, value in facts[0].items():
            if value:
                shown = ", ".join(value) if isinstance(value, list) else value
                print(fill(f"{key.replace('_', ' ')}: {shown}"))


def plugins(arguments: Namespace) -> None:
    """Prints the installed plugins, what each brings, and what is wrong with it."""
    import warnings

    from modelzoo import registry
    from modelzoo.errors import PluginWarning, UnknownNameError

    with warnings.catch_warnings():  # what they would say is in the list
        warnings.simplefilter("ignore", PluginWarning)
        found = registry.list_plugins()
    names = [each.distribution for each in found]
    for name in arguments.names:
        if name not in names:
            raise UnknownNameError("plugin", name, names)
    found = [each for each in found if not arguments.names or each.distribution in arguments.names]
    if arguments.check:
        from modelzoo.cli.checking_plugins import check_plugins

        check_plugins(found, arguments)
        return
    if arguments.json:
        print_json([each._asdict() for each in found])
        return
    if not found:
        print("no plugin is installed", file=sys.stderr)
    widest = max((len(each.distribution) for each in found), default=0)
    for each in found:
        brings = ", ".join(each.models) or "no model"
        print(fill(f"{each.distribution:{widest}}  {brings}"))
        if each.error is not None:
            print(fill(f"  error: {each.error}"))


def _print_cards(cards: Sequence[Card], *, as_json: bool) -> None:
    if as_json:
        print_json(
            [
                {
                    "name": card.name,
                    "title": card.title,
                    "family": card.family,
                    "tasks": dict(card.tasks),
                    "sizes": list(card.sizes),
                    "traits": vars(card.traits),
                    "origin": card.origin,
                }
                for card in cards
            ]
        )
        return
    if not cards:
        print("no model fits", file=sys.stderr)
    widest = max((len(card.name) for card in cards), default=0)
    for card in cards:
        line = f"{card.name:{widest}}  {card.family:11}  {' '.join(card.summary.split())}"
        print(_cut(line) if sys.stdout.isatty() else line)


def _cut(line: str) -> str:
    """Cuts a line at the terminal's edge, at a word."""
    columns = width()
    return line if len(line) <= columns else line[: columns - 4].rsplit(" ", 1)[0] + " ..."
