"""The one table of architectures: built-in, from plugins, and registered at run time."""

from __future__ import annotations

import os
import threading
import warnings
from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar, overload

from modelzoo.errors import InputError, PluginWarning, RegistryError, UnknownNameError
from modelzoo.registry.cards import APPLICATIONS, TASKS, Card

if TYPE_CHECKING:
    from modelzoo.registry.plugins import Plugin

FILENAME = "registry.yaml"
PACKAGE = "modelzoo"
BuilderType = TypeVar("BuilderType", bound=Callable[..., Any])


class Registry:
    """Architectures by name, read on the first query.

    Args:
        path: The registry file; by default the one that the package carries.
        plugins: Whether the registries of installed plugins are merged in.
    """

    def __init__(self, path: str | os.PathLike[str] | None = None, *, plugins: bool = True):
        self._path = path
        self._plugins = plugins
        self._lock = threading.RLock()
        self._declared: dict[str, Card] | None = None
        self._registered: dict[str, Card] = {}
        self._distributions: tuple[str, ...] = ()
        self._plugin_errors: dict[str, str] = {}

    def list_models(
        self,
        pattern: str = "*",
        *,
        task: str | None = None,
        family: str | None = None,
        causal: bool | None = None,
        streaming: bool | None = None,
        application: str | None = None,
        exclude: str | Iterable[str] | None = None,
    ) -> list[str]:
        """Lists the architectures that meet every given condition.

        Args:
            pattern: A name, with ``*``, ``?`` and ``[...]`` as in file names.
            task: Only those that support this task: classification, forecasting, generation.
                A card that rates no task supports all of them.
            family: Only those of this family.
            causal: Only those that are causal by default (True) or are not (False).
            streaming: Only those that can take one step at a time (True) or cannot (False).
            application: Only those whose card names this application.
            exclude: Names or patterns to leave out.

        Returns:
            The names, sorted.

        Raises:
            UnknownNameError: There is no such task, family or application.

        >>> "gru" in list_models("g*", task="forecasting")
        True
        """
        cards = self._cards()
        families = sorted({card.family for card in cards.values()})
        for what, asked, known in (
            ("task", task, TASKS),
            ("family", family, families),
            ("application", application, APPLICATIONS),
        ):
            if asked is not None and asked not in known:
                raise UnknownNameError(what, asked, known)
        for what, flag in (("causal", causal), ("streaming", streaming)):
            if flag is not None and not isinstance(flag, bool):
                raise InputError(f"{what} must be True, False or None, got {flag!r}")
        unwanted = [exclude] if isinstance(exclude, str) else exclude or ()
        if not isinstance(unwanted, Iterable):
            raise InputError(f"exclude must be names or patterns, got {exclude!r}")
        unwanted = list(unwanted)
        for each in (pattern, *unwanted):
            if not isinstance(each, str):
                raise InputError(f"names and patterns must be strings, got {each!r}")
        return sorted(
            name
            for name, card in cards.items()
            if fnmatchcase(name, pattern)
            and not any(fnmatchcase(name, each) for each in unwanted)
            and task in (None, *card.tasks)
            and family in (None, card.family)
            and causal in (None, card.traits.causal)
            and streaming in (None, card.traits.streaming)
            and application in (None, *(claim.application for claim in card.applications))
        )

    def describe(self, name: str) -> Card:
        """Returns the card of an architecture.

        Args:
            name: The architecture's name.

        Returns:
            The card; it prints as text and shows as HTML in a notebook.

        Raises:
            UnknownNameError: There is no such architecture.

        >>> describe("gru").traits.streaming
        True
        """
        cards = self._cards()
        if not isinstance(name, str) or name not in cards:
            raise UnknownNameError("model", name, sorted(cards))
        return cards[name]

    def search(self, text: str) -> list[str]:
        """Searches the whole text of all cards.

        Args:
            text: Some words, such as ``"long sequences small data"``.

        Returns:
            The names of the architectures that share a word with the text, best first.

        Raises:
            InputError: ``text`` is no string.

        >>> search("reads in both directions")[0]
        'bert'
        """
        from modelzoo.registry.searching import rank

        if not isinstance(text, str):
            raise InputError(f"what is searched for must be a text, got {text!r}")
        return [name for name, _ in rank(text, self._cards().values())]

    def get_builder(self, name: str) -> Callable[..., Any]:
        """Imports the function that builds an architecture.

        Args:
            name: The architecture's name.

        Returns:
            The builder: keyword arguments in, a backbone out.

        Raises:
            UnknownNameError: There is no such architecture.
            RegistryError: Its builder cannot be imported.
        """
        card = self.describe(name)
        if card.deprecated is not None:
            goes = f" and goes in {card.remove_in}" if card.remove_in else ""
            warnings.warn(
                f"model {name!r} is deprecated since {card.deprecated}{goes}",
                DeprecationWarning,
                stacklevel=2,
            )
        return card.load_builder()

    def hyperparameters(self, name: str) -> dict[str, Any]:
        """Returns the hyper-parameters of an architecture and their defaults.

        The builder is read, not imported, wherever its source says enough.

        Args:
            name: The architecture's name.

        Returns:
            Each argument of the builder with its default.

        Raises:
            UnknownNameError: There is no such architecture.
            RegistryError: The builder cannot be found.

        >>> hyperparameters("gru")["width"]
        128
        """
        return self.describe(name).hyperparameters()

    def resolve(
        self,
        name: str,
        size: str | None = None,
        hparams: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Puts hyper-parameters over those of a named size.

        Args:
            name: The architecture's name.
            size: The name of a size on its card, or None for the builder's defaults.
            hparams: Further arguments of the builder, which win over the size's.

        Returns:
            The arguments to call the builder with; what they leave out takes its default.

        Raises:
            UnknownNameError: There is no such architecture, size or hyper-parameter.
            RegistryError: The card itself names a hyper-parameter that the builder does not have.

        >>> resolve("gru", "tiny", {"dropout": 0.0})
        {'width': 32, 'depth': 1, 'dropout': 0.0}
        """
        return self.describe(name).resolve(size, hparams)

    def origin(self, name: str) -> str:
        """Returns what declared an architecture: a distribution, or a module at run time.

        >>> origin("gru")
        'modelzoo'
        """
        return self.describe(name).origin

    def check(self, name: str) -> None:
        """Checks a card against its builder: sizes, formulas and the builder's path.

        Listing reads the file alone; this reads the builder's source as well.

        Args:
            name: The architecture's name.

        Raises:
            RegistryError: Something on the card does not fit the builder.
        """
        from modelzoo.registry.checking import check_card

        check_card(self.describe(name))

    def plugin_errors(self) -> dict[str, str]:
        """Returns what is wrong with the plugins that could not be read, by distribution."""
        self._cards()
        return dict(self._plugin_errors)

    def list_plugins(self) -> list[Plugin]:
        """Lists the installed plugins: what each brings, and what is wrong with it.

        Their cards are checked against the source of their builders; nothing is imported.

        Returns:
            A record for each distribution that declares a registry, sorted by name. What was
            registered at run time belongs to none.
        """
        from modelzoo.registry.plugins import as_plugin

        self._cards()
        declared = (self._declared or {}).values()
        return [
            as_plugin(
                name,
                sorted((card for card in declared if card.origin == name), key=attrgetter("name")),
                self._plugin_errors.get(name),
            )
            for name in sorted(self._distributions)
        ]

    @overload
    def register(self, name: BuilderType) -> BuilderType: ...
    @overload
    def register(
        self, name: str | None = None, builder: None = None, **fields: Any
    ) -> Callable[[BuilderType], BuilderType]: ...
    @overload
    def register(self, name: str, builder: BuilderType, **fields: Any) -> BuilderType: ...
    @overload
    def register(self, name: str, builder: str, **fields: Any) -> str: ...
    def register(
        self, name: Any = None, builder: Any = None, *, replace: bool = False, **fields: Any
    ) -> Any:
        """Adds an architecture for the life of the process, as a decorator or by a call.

        The three ways: ``@register``, ``@register("name", summary=...)`` and
        ``register("name", builder, summary=...)``.

        Args:
            name: The architecture's name; by default that of the decorated function.
            builder: The function, or its path ``"package.module:function"``.
            replace: Whether to stand in for an architecture that has the name already.
            **fields: Fields of the card, as in a registry file; each has a default. `traits` may
                name some only; the others are taken to be the least favourable.

        Returns:
            The builder, or a decorator that returns it.

        Raises:
            RegistryError: The name is taken, or a field does not follow the schema.

        >>> @register("my_mixer", summary="Mixes by averaging.")
        ... def my_mixer(*, width=64): ...
        >>> "my_mixer" in list_models()
        True
        >>> unregister("my_mixer")
        """
        if callable(name):
            return self.register(name.__name__, name, replace=replace, **fields)
        if builder is None:

            def decorate(function: BuilderType) -> BuilderType:
                self._add(name or function.__name__, function, replace, fields)
                return function

            return decorate
        self._add(name, builder, replace, fields)
        return builder

    def unregister(self, name: str) -> None:
        """Takes back a registration; what it replaced is there again.

        Args:
            name: A name that was registered at run time.

        Raises:
            UnknownNameError: There is no such architecture.
            RegistryError: The architecture is declared in a file, not registered at run time.
        """
        with self._lock:
            if self._registered.pop(name, None) is None:
                card = self.describe(name)
                raise RegistryError(
                    f"{name!r} is declared by {card.origin}, not registered at run time; "
                    "`exclude` leaves it out of a listing"
                )

    def _add(self, name: str, builder: Any, replace: bool, fields: dict[str, Any]) -> None:
        from modelzoo.registry.schema import read_run_time_card

        card = read_run_time_card(name, builder, fields)
        with self._lock:
            present = self._cards().get(name)
            if present is not None and not replace:
                raise RegistryError(
                    f"model {name!r} is declared twice: by {present.origin} and by {card.origin}; "
                    "pass replace=True to stand in for it"
                )
            self._registered = {**self._registered, name: card}

    def _cards(self) -> dict[str, Card]:
        """Returns all cards by name, reading the files at the first call."""
        with self._lock:
            if self._declared is None:
                self._declared = self._read()
                for distribution, message in self._plugin_errors.items():
                    warnings.warn(
                        f"plugin {distribution!r} cannot be used, or not all of it: {message}",
                        PluginWarning,
                        stacklevel=4,
                    )
            return {**self._declared, **self._registered}

    def _read(self) -> dict[str, Card]:
        from modelzoo.registry.schema import read_cards

        label, content = self._read_file()
        cards = read_cards(content, label, PACKAGE)
        if self._plugins:
            from modelzoo.registry.plugins import read_plugins

            found = read_plugins(FILENAME, cards)
            cards = {**cards, **found.cards}
            self._distributions, self._plugin_errors = found.distributions, found.errors
        return cards

    def _read_file(self) -> tuple[str, bytes]:
        """Reads the registry file: of a wheel in the package, of a checkout beside it."""
        here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # the package
        candidates = [os.path.join(here, FILENAME), os.path.join(os.path.dirname(here), FILENAME)]
        for path in [os.fspath(self._path)] if self._path is not None else candidates:
            try:
                with open(path, "rb") as file:
                    return path, file.read()
            except FileNotFoundError:
                continue
            except NotADirectoryError:  # the package is inside a zip file
                break
        from modelzoo.registry.locating import read_beside

        found = read_beside(PACKAGE, FILENAME) if self._path is None else None
        if found is None:
            where = self._path if self._path is not None else " or ".join(candidates)
            raise RegistryError(f"there is no registry file at {where}; reinstall modelzoo")
        return found


_default = Registry()
list_models = _default.list_models
describe = _default.describe
search = _default.search
get_builder = _default.get_builder
hyperparameters = _default.hyperparameters
resolve = _default.resolve
origin = _default.origin
check = _default.check
list_plugins = _default.list_plugins
plugin_errors = _default.plugin_errors
register = _default.register
unregister = _default.unregister
