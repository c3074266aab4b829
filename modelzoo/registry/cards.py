"""What is known about an architecture: its card, and the price of each of its sizes."""

from __future__ import annotations

import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from modelzoo.errors import (
    InputError,
    PluginWarning,
    RegistryError,
    UnknownNameError,
    check_whole,
    suggestion,
)
from modelzoo.registry.costs import Cost, Formulas
from modelzoo.registry.read_only import ReadOnlyDict

if TYPE_CHECKING:
    from modelzoo.registry.measured import Measured
    from modelzoo.registry.signatures import Signature

TASKS = ("classification", "forecasting", "generation")
SUITED = ("poor", "fair", "good", "strong")  # how well an architecture suits a task, rising
TRAITS: Mapping[str, tuple[object, ...]] = {
    "causal": (True, False),
    "streaming": (True, False),
    "cost": ("linear", "quadratic"),
    "parallel": (True, False),
    "data_appetite": ("low", "medium", "high"),
    "memory": ("short", "medium", "long"),
}
# What people build, and the task that it is an instance of (None: more than one).
APPLICATIONS: Mapping[str, str | None] = {
    "chatbots": "generation",
    "question-answering": None,
    "content-creation": "generation",
    "machine-translation": "generation",
    "summarization": "generation",
    "sentiment-analysis": "classification",
    "text-classification": "classification",
    "speech-recognition": None,
    "stock-forecasting": "forecasting",
    "weather-forecasting": "forecasting",
    "energy-forecasting": "forecasting",
    "medical-diagnosis": "classification",
    "time-series-analysis": None,
    "time-series-forecasting": "forecasting",
    "time-series-classification": "classification",
}
_COST_OPTIONS = {"size", "vocabulary", "length", "batch_size"}  # of `Card.cost`, beside the rest
LONG_IMPORT = 30  # seconds, of a builder's module: no built-in one takes as long with its framework


@dataclass(frozen=True)
class Reference:
    """A paper: title, year and where it can be read."""

    title: str
    year: int
    link: str


@dataclass(frozen=True)
class Claim:
    """A sentence about an architecture and what backs it.

    Attributes:
        text: The sentence.
        evidence: Ids of the card's references.
        application: The application that the sentence is about, where it is about one.
        about: The trait or task that the sentence explains, where it explains one.
        measured: The experiment that the sentence stands or falls with, where there is one.
    """

    text: str
    evidence: tuple[str, ...]
    application: str | None = None
    about: str | None = None
    measured: Measured | None = None


@dataclass(frozen=True)
class Traits:
    """What matters for a choice, in words that can be compared.

    Attributes:
        causal: By default the output at a step depends on this and earlier steps only.
        streaming: Can take one step at a time with a state that it carries along.
        cost: How compute grows with the length: ``linear`` or ``quadratic``.
        parallel: Trains on all steps of a sequence at once.
        data_appetite: How much data it wants before it is worth its cost: low, medium, high.
        memory: How far back it can use what it read: short, medium, long.
    """

    causal: bool
    streaming: bool
    cost: str
    parallel: bool
    data_appetite: str
    memory: str


@dataclass(frozen=True)
class Published:
    """The parameter count that a system is known by, from its paper or its authors' correction.

    Attributes:
        parameters: The count.
        vocabulary: The system's number of token embeddings.
        source: Id of the paper among the card's references.
        embeddings: Whether the count includes the token embeddings; else it is to be compared
            with `Cost.backbone_parameters`.
    """

    parameters: int
    vocabulary: int
    source: str
    embeddings: bool = True


@dataclass(frozen=True)
class Size:
    """A named set of hyper-parameters.

    Attributes:
        hyperparameters: Arguments of the builder.
        published: The count stated by a paper, where the size is a system known by name.
    """

    hyperparameters: Mapping[str, Any]
    published: Published | None = None


@dataclass(frozen=True, repr=False)
class Card:
    """All that is known about an architecture.

    Attributes:
        name: The name it is built by.
        title: The name it is read by.
        family: The kind of architecture, such as ``recurrent`` or ``transformer``.
        builder: Path ``"package.module:function"`` of its builder, or the function itself.
        summary: What it is, in a sentence or two.
        traits: What matters for a choice.
        strengths: What speaks for it.
        weaknesses: What speaks against it.
        applications: What it has been used for.
        tasks: The tasks it supports, each with how well it suits: poor, fair, good or strong.
        sizes: Named sets of hyper-parameters.
        references: The papers that the claims name, by id.
        formulas: What `cost` computes with; None where the card states none.
        origin: The distribution, or the module at run time, that declared it.
        declared_in: The file that declares it, for messages; empty at run time.
        since: The version of that distribution that brought it.
        deprecated: The version that deprecated it.
        remove_in: The version that will no longer have it.
    """

    name: str
    title: str
    family: str
    builder: str | Callable[..., Any]
    summary: str
    traits: Traits
    strengths: tuple[Claim, ...] = ()
    weaknesses: tuple[Claim, ...] = ()
    applications: tuple[Claim, ...] = ()
    tasks: Mapping[str, str] = field(default_factory=ReadOnlyDict)
    sizes: Mapping[str, Size] = field(default_factory=ReadOnlyDict)
    references: Mapping[str, Reference] = field(default_factory=ReadOnlyDict)
    formulas: Formulas | None = None
    origin: str = "run time"
    declared_in: str = ""
    since: str | None = None
    deprecated: str | None = None
    remove_in: str | None = None

    def __hash__(self) -> int:
        """Hashes by what names a card; equality still compares every field."""
        return hash((self.name, self.origin))

    @property
    def place(self) -> str:
        """Where the card is declared, as messages name it: the file and the entry."""
        return f"{self.declared_in or self.origin}: {self.name}"

    def signature(self) -> Signature:
        """Returns what the builder can be called with, without importing it where that is enough.

        Raises:
            RegistryError: There is no such builder, or an argument of it has no default.
        """
        from modelzoo.registry.signatures import read_signature

        with self._naming_the_builder():
            return read_signature(self.builder)

    def signature_from_source(self) -> Signature | None:
        """Returns what `signature` does, or None where that would take an import.

        Raises:
            RegistryError: As `signature`.
        """
        from modelzoo.registry.signatures import read_from_source

        with self._naming_the_builder():
            return read_from_source(self.builder)

    def load_builder(self) -> Callable[..., Any]:
        """Imports the builder.

        Raises:
            RegistryError: It cannot be imported.
        """
        if not isinstance(self.builder, str):
            return self.builder
        from modelzoo.registry.signatures import import_builder

        with self._naming_the_builder(), self._telling_of_a_long_import():
            return import_builder(self.builder)

    @contextmanager
    def _telling_of_a_long_import(self) -> Iterator[None]:
        """Warns, while an import goes on and on, of whose it is."""
        if str(self.builder).partition(":")[0] in sys.modules:
            yield
            return
        timer = threading.Timer(LONG_IMPORT, self._tell_of_a_long_import)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _tell_of_a_long_import(self) -> None:
        warnings.warn(
            f"model {self.name!r}, declared by {self.origin}: its builder {self.builder!r} has "
            f"been importing for {LONG_IMPORT} s; `modelzoo plugins --check` shows where it is",
            PluginWarning,
            stacklevel=2,
        )

    @contextmanager
    def _naming_the_builder(self) -> Iterator[None]:
        """Adds where the builder is declared to an error about it."""
        try:
            yield
        except RegistryError as error:
            place = f"model {self.name!r} (declared by {self.origin}), key 'builder'"
            file = f"{self.declared_in}: " if self.declared_in else ""
            raise RegistryError(f"{file}{place}: {error}") from error

    def hyperparameters(self) -> dict[str, Any]:
        """Returns the builder's hyper-parameters and their defaults, without importing it."""
        return dict(self.signature().defaults)

    def resolve(
        self, size: str | None = None, hyperparameters: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Puts hyper-parameters over those of a size.

        Args:
            size: The name of one of `sizes`, or None for none of them.
            hyperparameters: Further arguments of the builder, which win over the size's.

        Returns:
            The arguments that differ from the builder's defaults or repeat them on purpose.

        Raises:
            UnknownNameError: There is no such size or hyper-parameter.
        """
        return self._resolved(self.signature(), size, hyperparameters or {})

    def _resolved(
        self, signature: Signature, size: str | None, hyperparameters: Mapping[str, Any]
    ) -> dict[str, Any]:
        if size is not None and (not isinstance(size, str) or size not in self.sizes):
            raise UnknownNameError(f"size of {self.name!r}", size, self.sizes)
        of_size = self.sizes[size].hyperparameters if size is not None else {}
        for name in hyperparameters:
            if name not in signature.defaults and not signature.open:
                raise UnknownNameError(
                    f"hyper-parameter of {self.name!r}", name, signature.defaults
                )
        for name in of_size:
            if name not in signature.defaults and not signature.open:
                raise RegistryError(
                    f"{self.place}.sizes.{size}.{name}: unknown "
                    f"hyper-parameter {name!r}: {suggestion(name, signature.defaults)}"
                )
        return {**of_size, **hyperparameters}

    def cost(
        self,
        size: str | None = None,
        *,
        vocabulary: int | None = None,
        length: int = 128,
        batch_size: int = 32,
        **hyperparameters: Any,
    ) -> Cost:
        """Computes parameters, memory and compute of a shape, without building anything.

        Args:
            size: The name of one of `sizes`, or None for the builder's defaults.
            vocabulary: Number of token embeddings, at least 0. By default that of the published
                system where the size is one (whether or not its paper counts them), else 0: the
                backbone alone.
            length: Steps of a sequence, at least 1.
            batch_size: Sequences of a training batch, at least 1.
            **hyperparameters: Arguments of the builder, which win over the size's.

        Returns:
            The cost.

        Raises:
            UnknownNameError: There is no such size or hyper-parameter.
            InputError: A number is out of its range, the card states no formulas, or they take
                what only an import of the builder tells.
            RegistryError: A formula of the card cannot be computed.
        """
        check_whole("vocabulary", 0 if vocabulary is None else vocabulary, least=0)
        check_whole("length", length)
        check_whole("batch_size", batch_size)
        if self.formulas is None:
            raise InputError(f"the card of {self.name!r} states no cost formulas")
        signature = self.signature_from_source()
        if signature is None:
            raise InputError(
                f"the cost of {self.name!r} is not known before its code is imported: its builder "
                f"should be a function of {str(self.builder).partition(':')[0]!r} with literals "
                "as defaults"
            )
        given = self._resolved(signature, size, hyperparameters)
        published = self.sizes[size].published if size is not None else None
        if vocabulary is None:
            vocabulary = published.vocabulary if published else 0
        for name, value in given.items():
            if isinstance(value, (int, float)) and value < 0:
                raise InputError(f"{name} must not be negative, got {value!r}")
        return self.formulas.cost(
            {**signature.defaults, **given},
            vocabulary=vocabulary,
            length=length,
            batch_size=batch_size,
        )

    def cost_if_known(self, hyperparameters: Mapping[str, Any]) -> Cost | None:
        """What the backbone costs a step, where nothing of a plugin need be imported to tell.

        Args:
            hyperparameters: Arguments of the builder.

        Returns:
            The cost at a length and a batch of 1; None where the card does not tell.

        Raises:
            ModelZooError, TypeError, OverflowError: The arguments are none that the formula can be
                computed for.
        """
        if (
            self.formulas is None
            or self.signature_from_source() is None
            or _COST_OPTIONS & {*hyperparameters}
        ):
            return None
        return self.cost(length=1, batch_size=1, **hyperparameters)

    def to_dict(self) -> dict[str, Any]:
        """Returns the card as plain dictionaries, lists and scalars, ready for JSON."""
        from modelzoo.registry.presentation import card_as_dict

        return card_as_dict(self)

    def __repr__(self) -> str:
        """Shows the card as text."""
        from modelzoo.registry.presentation import card_as_text

        return card_as_text(self)

    def _repr_html_(self) -> str:
        """Shows the card in a notebook."""
        from modelzoo.registry.presentation import card_as_html

        return card_as_html(self)
