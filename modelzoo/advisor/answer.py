"""What `recommend` answers: candidates, what is expected of each, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, overload

from modelzoo.advisor.costing import Time
from modelzoo.advisor.experience import Expectation, charged
from modelzoo.advisor.need import Need
from modelzoo.advisor.prior import Reason
from modelzoo.registry.costs import Cost

if TYPE_CHECKING:
    from modelzoo.leaderboard import Comparison

_MEASURES = {
    "classification": "balanced accuracy",
    "forecasting": "MASE",
    "generation": "bits per character",
}


@dataclass(frozen=True)
class Expected:
    """What a candidate is expected to score on unseen data, by what it did on other problems.

    Attributes:
        measure: Balanced accuracy, MASE, or bits per character (of a masked model an upper bound).
        score: The median, problems like the one at hand counting most.
        low: The lower end of the interval that holds 80 % of them.
        high: The upper end.
        gap: The scaled loss, which compares problems: 0 is as good as the best on each of them,
            1 no better than a method that learns nothing, 2 the worst that counts.
        error: The standard error of the gap.
        seconds: What training took, the median; for the machine that times are predicted for.
        problems: How many similar problems it was measured on; where it is 0, the figures are what
            holds in general.
        sources: How many sources these come from.
        tied: Whether it is within one standard error of the first, or better.
    """

    measure: str
    score: float
    low: float
    high: float
    gap: float
    error: float
    seconds: float
    problems: int
    sources: int
    tied: bool

    @classmethod
    def of(cls, task: str, found: Expectation, slowness: float = 1.0) -> Expected:
        """Tells an expectation in the measure's own terms."""
        score, low, high = found.loss, found.low, found.high
        if task == "classification":
            score, low, high = 1 - found.loss, 1 - found.high, 1 - found.low
        return cls(
            measure=_MEASURES[task],
            score=score,
            low=low,
            high=high,
            gap=found.gap,
            error=found.error,
            seconds=slowness * found.seconds,
            problems=found.problems,
            sources=found.families,
            tied=found.tied,
        )

    @property
    def charged(self) -> float:
        """The gap, and what is charged for the time to train on this machine."""
        return charged(self.gap, self.seconds)

    @property
    def figures(self) -> str:
        """The score and its interval in words."""
        return f"{_rounded(self.score)} ({_rounded(self.low)} to {_rounded(self.high)})"


def _rounded(score: float) -> str:
    return f"{score:.2f}" if abs(score) < 100 else f"{score:,.0f}"


@dataclass(frozen=True)
class Recommendation:
    """An architecture or a baseline that is recommended, and why.

    Attributes:
        name: The architecture or baseline.
        baseline: Whether it is a baseline, one of `modelzoo.baselines`.
        size: The suggested size of an architecture's card, or None for the builder's defaults.
        expected: What it is expected to score; None where it was not measured on such problems.
        points: What the reasons add up to, by which architectures are ranked that were not
            measured; only differences mean something. None for a baseline.
        reasons: What speaks for it.
        reservations: What speaks against it.
        cost: What that size costs; None where the card states no formulas.
        time: How long that size takes, predicted; None where nothing was timed of it.
    """

    name: str
    baseline: bool = False
    size: str | None = None
    expected: Expected | None = None
    points: float | None = None
    reasons: tuple[Reason, ...] = ()
    reservations: tuple[Reason, ...] = ()
    cost: Cost | None = None
    time: Time | None = None


@dataclass(frozen=True, repr=False)
class Recommendations(Sequence[Recommendation]):
    """The recommended architectures and baselines in one list, best first.

    Attributes:
        need: What was asked for, as it was understood.
        ranked: The recommendations, the best architecture always among them.
        architectures: All architectures that can meet the need and no baseline, best first: also
            those that the list has no place for.
        excluded: The architectures and baselines that cannot meet the need, each with what failed.
        changes: What would bring another candidate to the first place, and what would not.
        advice: What to do whichever is chosen.
        slowness: Times which this machine was found to take as long as that of the records, and by
            which the predicted times are longer; None before it is calibrated.
        trials: What came out where they were tried on the data itself, which then had half a say in
            the order; None where they were not.
    """

    need: Need
    ranked: tuple[Recommendation, ...]
    architectures: tuple[Recommendation, ...]
    excluded: Mapping[str, str]
    changes: tuple[str, ...]
    advice: tuple[str, ...]
    slowness: float | None = None
    trials: Comparison | None = None

    @overload
    def __getitem__(self, index: int) -> Recommendation: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Recommendation, ...]: ...
    def __getitem__(self, index: int | slice) -> Recommendation | tuple[Recommendation, ...]:
        """Returns a recommendation by its rank from 0."""
        return self.ranked[index]

    def __len__(self) -> int:
        """Returns how many candidates are recommended."""
        return len(self.ranked)

    def __iter__(self) -> Iterator[Recommendation]:
        """Goes through the recommendations, best first."""
        return iter(self.ranked)

    def to_dict(self) -> dict[str, Any]:
        """Returns the list and what is said of it as plain data, ready for JSON."""
        return {
            "need": asdict(self.need),
            "recommendations": [asdict(each) for each in self.ranked],
            "excluded": dict(self.excluded),
            "changes": list(self.changes),
            "advice": list(self.advice),
            "slowness": self.slowness,
            "trials": None if self.trials is None else self.trials.to_dict(),
        }

    def __repr__(self) -> str:
        """Shows the recommendations as text."""
        from modelzoo.advisor.presentation import advice_as_text

        return advice_as_text(self)

    def _repr_html_(self) -> str:
        """Shows the recommendations in a notebook."""
        from modelzoo.advisor.presentation import advice_as_html

        return advice_as_html(self)
