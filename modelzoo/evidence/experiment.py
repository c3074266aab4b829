"""What an experiment is: a claim, how it is tried, and the function that tries it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from modelzoo.errors import UnknownNameError

if TYPE_CHECKING:
    from modelzoo.evidence.timing import Timed

Condition = int | str


@dataclass(frozen=True)
class Experiment:
    """A measurement that any architecture can be put to.

    What is expected of an architecture stands in its card, as the band of a claim.

    Attributes:
        name: By which cards and the command line call it; that of its module.
        title: A few words.
        claim: What it is to show.
        protocol: What is trained or run, and what is measured.
        figure: The name of the figure, with its unit.
        varied: What differs between the conditions, such as ``"steps"``.
        conditions: Where it is measured.
        quick: The condition of a quick run, which is smaller in all else too.
        measure: ``(model, condition, seed, quick)`` to the figure.
        trivial: The figure of a method that learns nothing, by condition; empty where there is no
            such thing.
        more_is_better: Whether a larger figure is better; None where neither is.
        seeds: Those of the published results.
        minutes: What it takes for one architecture, all conditions and seeds, on two cores.
        source: The paper that the problem comes from.
        timed: Where the figure is the time of something in milliseconds: what that is at each
            condition. The advisor's cost model is fitted to all that was timed.
        applies: Whether there is anything to measure of an architecture, by its name; None where
            there is of every one.
    """

    name: str
    title: str
    claim: str
    protocol: str
    figure: str
    varied: str
    conditions: tuple[Condition, ...]
    quick: Condition
    measure: Callable[[str, Condition, int, bool], float]
    source: str
    minutes: float
    trivial: Mapping[Condition, float]
    more_is_better: bool | None = None
    seeds: tuple[int, ...] = (0, 1, 2, 3, 4)
    timed: Callable[[Condition], Timed] | None = None
    applies: Callable[[str], bool] | None = None

    def learns(self, figure: float, at: Condition) -> bool | None:
        """Whether a figure is better than that of a method that learns nothing, by half at least.

        None where there is no such method.
        """
        if at not in self.trivial:
            return None
        trivial = self.trivial[at]
        return figure > 1.5 * trivial if self.more_is_better else figure < 0.5 * trivial

    def named(self, at: Condition) -> str:
        """A condition in words."""
        return f"{at} {self.varied}" if isinstance(at, int) else at


@cache
def list_experiments() -> list[str]:
    """The names of all experiments: each is a module of its own."""
    package = import_module("modelzoo.evidence.experiments")
    return sorted(each.name for each in iter_modules(package.__path__))


@cache
def find_experiment(name: str) -> Experiment:
    """The experiment of a name.

    Raises:
        UnknownNameError: There is none.
    """
    if name not in list_experiments():
        raise UnknownNameError("experiment", name, list_experiments())
    return import_module(f"modelzoo.evidence.experiments.{name}").EXPERIMENT
