"""The terms of a measurement: parts, cases, contestants, and goals for the ratio of two of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

from speed.devices import A_GPU, CPU, GPU, gpu_at_hand

# What a contestant's package needs to be imported, where it is not modelzoo that brings it along.
NEEDED = {
    "torch": ("torch",),
    "transformers": ("torch", "transformers"),
    "keras_hub": ("keras_hub",),
    "neuralforecast": ("neuralforecast",),
    "aeon": ("aeon",),
    "jax": ("jax",),
}


class Ticks(Protocol):
    """What a contestant tells of its work; see `worker`.

    Attributes:
        parameters: The network's parameters, for contestants that have one.
        memory: The peak in bytes, for those whose work is a process apart; None for the peak of
            the contestant's own process.
    """

    parameters: int | None
    memory: int | None

    def __call__(self, units: int = 1) -> None:
        """Says that so many units are done since the last call, and another begins."""

    def paused(self) -> AbstractContextManager[None]:
        """What is done within is neither timed nor counted."""


Work = Callable[["Case", Ticks], None]  # goes on for ever: it is ended from outside


@dataclass(frozen=True)
class Contestant:
    """One of those that do the same work.

    Attributes:
        name: Unlike the others of its case.
        work: Does it.
        package: Whose work it is: ``"modelzoo"``, or a peer.
        backend: Keras' backend; empty for what runs on none.
        ours: Whether it is what the others are compared with.
        device: Where it computes: ``CPU`` or ``GPU``.
    """

    name: str
    work: Work
    package: str
    backend: str = ""
    ours: bool = False
    device: str = CPU

    def missing(self) -> list[str]:
        """The modules it needs that are not installed, and the GPU where it needs one."""
        needed = (*NEEDED.get(self.package, ()), *NEEDED.get(self.backend, ()))
        modules = [name for name in needed if find_spec(name) is None]
        return [*modules, A_GPU] if self.device == GPU and not gpu_at_hand() else modules

    def meets(self, peer: Contestant) -> bool:
        """Whether ours is compared with a peer: on the same backend, or with one of no backend."""
        return self.ours and not peer.ours and peer.backend in ("", self.backend)


@dataclass(frozen=True)
class Case:
    """A setting that contestants meet in.

    Attributes:
        model: The architecture, or whatever else names a row of the page.
        size: The shape, in words.
        contestants: Who takes part, in the order of turns.
        shape: The shape in numbers, by name.
        amount: What a unit of work makes, such as tokens; the page shows it a second.
        unequal: How many parameters peers may have more or less than ours, for reasons that the
            part tells; None where the networks are not meant to be equal.
        unit: In place of the part's, for a case that makes something else.
    """

    model: str
    size: str
    contestants: tuple[Contestant, ...]
    shape: Mapping[str, Any] = field(default_factory=dict)
    amount: float | None = None
    unequal: int | None = 0
    unit: str = ""


@dataclass(frozen=True)
class Goal:
    """Where the comparison with a peer is to get to: one of three kinds of figure.

    Attributes:
        at_least: Times as fast as the peer.
        at_most: Times as long as the peer takes.
        more: Seconds beyond the peer's, at most.
    """

    at_least: float | None = None
    at_most: float | None = None
    more: float | None = None

    def figure(self, ours: float, peer: float) -> float:
        """The figure of two durations in seconds.

        >>> Goal(at_least=2).figure(1.0, 3.0), Goal(at_most=2).figure(1.0, 4.0)
        (3.0, 0.25)
        >>> Goal(more=10).figure(12.0, 3.0)
        9.0
        """
        if self.more is not None:
            return ours - peer
        return ours / peer if self.at_most is not None else peer / ours

    def met(self, figure: float) -> bool:
        """Whether a figure is as good as wanted."""
        if self.at_least is not None:
            return figure >= self.at_least
        bound = self.more if self.more is not None else self.at_most
        return bound is not None and figure <= bound

    def shown(self, figure: float) -> str:
        """A figure in its unit.

        >>> Goal(at_least=2).shown(3.14159), Goal(more=10).shown(9)
        ('3.14', '+9.0 s')
        """
        return f"{figure:+.1f} s" if self.more is not None else f"{figure:.2f}"

    def __str__(self) -> str:
        """The goal in a few words.

        >>> print(Goal(at_least=1.5), Goal(at_most=3), Goal(more=10), sep=", ")
        ≥ 1.5, ≤ 3, ≤ +10 s
        """
        if self.at_least is not None:
            return f"≥ {self.at_least:g}"
        return f"≤ +{self.more:g} s" if self.more is not None else f"≤ {self.at_most:g}"


FASTER = Goal()  # no goal: times as fast as the peer


@dataclass(frozen=True)
class Part:
    """Cases of one kind, measured in the same way.

    Attributes:
        title: What is measured, for the page.
        about: Under what circumstances: sentences for the page.
        unit: What the page shows of a contestant: ``"ms"``, ``"s"``, or what is made, a second.
        cases: Gives the cases, tiny ones where ``quick`` is true.
        goals: By the peer's package.
        fresh: Whether each turn takes a process of its own: what is done once only.
        warm_up: Units done before the first turn.
        rounds: Turns of each contestant.
        seconds: A turn's length at least; it ends with the unit of work that is then under way.
        table: Makes the lines of the page's table from records; None for one of comparisons.
        draw: Draws records into a file, all of them in one picture; None to draw comparisons.
        unmeasured: What the page says where there are no records.
    """

    title: str
    about: str
    unit: str
    cases: Callable[[bool], list[Case]]
    goals: Mapping[str, Goal] = field(default_factory=dict)
    fresh: bool = False
    warm_up: int = 3
    rounds: int = 10
    seconds: float = 0.5
    table: Callable[[Sequence[Mapping[str, Any]]], list[str]] | None = None
    draw: Callable[[Sequence[Mapping[str, Any]], Path], None] | None = None
    unmeasured: str = "Not measured yet."


def for_ever(ticks: Ticks, unit: Callable[[], Any], units: int = 1) -> None:
    """Does a unit of work again and again, as `Work` does."""
    while True:
        ticks(units)
        unit()


def turns(contestants: tuple[Contestant, ...], rounds: int) -> Iterator[Contestant]:
    """The order of turns: all of them once a round, so that noise falls on all alike.

    >>> a, b = (Contestant(name, for_ever, "") for name in "ab")
    >>> [each.name for each in turns((a, b), 3)]
    ['a', 'b', 'a', 'b', 'a', 'b']
    """
    for _ in range(rounds):
        yield from contestants
