"""Reads the registries of installed plugins, without importing a plugin's code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from modelzoo.errors import RegistryError
from modelzoo.registry.cards import Card
from modelzoo.registry.entry_points import GROUP, PluginSource, find_plugins
from modelzoo.registry.locating import read_beside
from modelzoo.registry.schema import read_cards


@dataclass(frozen=True)
class Plugins:
    """What the installed plugins declare.

    Attributes:
        distributions: Those that declare a registry, each once.
        cards: Their architectures by name.
        errors: What is wrong with those that cannot be used, by distribution.
    """

    distributions: tuple[str, ...]
    cards: dict[str, Card]
    errors: dict[str, str]


class Plugin(NamedTuple):
    """An installed distribution that declares a registry.

    Attributes:
        distribution: Its name.
        models: The architectures that it brings, sorted.
        error: What is wrong with it, or with some of its architectures; None where nothing is.
    """

    distribution: str
    models: tuple[str, ...]
    error: str | None


def read_plugins(filename: str, present: Mapping[str, Card]) -> Plugins:
    """Reads the registry file of every installed plugin.

    A plugin that cannot be read is noted with its distribution's name, and the others go on. An
    architecture whose name is taken already is left out and noted; the plugin's others are used.

    Args:
        filename: The name of the registry file in a plugin's package.
        present: The architectures that are declared already.

    Returns:
        The distributions, the architectures and the errors.
    """
    cards_of_plugins: dict[str, Card] = {}
    problems: dict[str, list[str]] = {}
    sources = find_plugins()
    for source in sources:
        try:
            cards = _read_plugin(source, filename)
        except Exception as error:  # a plugin's finder or file may fail in any way
            shown = "" if isinstance(error, RegistryError) else f"{type(error).__name__}: "
            problems.setdefault(source.distribution, []).append(f"{shown}{error}")
            cards = {}
        for name, card in cards.items():
            taken = present.get(name) or cards_of_plugins.get(name)
            if taken is None:
                cards_of_plugins[name] = card
            else:
                problems.setdefault(source.distribution, []).append(
                    f"model {name!r} is declared twice: by {taken.origin} and by {card.origin}; "
                    "the first one is kept"
                )
    return Plugins(
        tuple(dict.fromkeys(source.distribution for source in sources)),
        cards_of_plugins,
        {name: "; ".join(each) for name, each in problems.items()},
    )


def as_plugin(distribution: str, cards: Sequence[Card], error: str | None) -> Plugin:
    """What `list_plugins` says of a distribution.

    Args:
        distribution: Its name.
        cards: Its architectures; each is checked against its builder's source.
        error: What was wrong when they were read.
    """
    from modelzoo.registry.checking import check_card

    errors = [] if error is None else [error]
    for card in cards:
        try:
            check_card(card, importing=False)
        except RegistryError as problem:
            errors.append(str(problem))
    names = tuple(card.name for card in cards)
    return Plugin(distribution, names, "; ".join(errors) if errors else None)


def _read_plugin(source: PluginSource, filename: str) -> dict[str, Card]:
    package = source.package.partition(":")[0].strip()
    found = read_beside(package, filename)
    if found is None:
        raise RegistryError(
            f"package {package!r} of entry-point group {GROUP!r} has no {filename}; "
            "is it in the distribution's package data?"
        )
    path, content = found
    return read_cards(content, path, source.distribution)
