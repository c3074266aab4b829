"""Recommends architectures: state the need, filter by it, rank what is left, suggest a size."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, overload

from modelzoo import registry
from modelzoo.advisor.calibration import calibrate as time_this_machine
from modelzoo.advisor.calibration import known_slowness
from modelzoo.advisor.costing import Time, times_of
from modelzoo.advisor.filtering import broken, costs_of, suggested_size, unmet
from modelzoo.advisor.need import Need, make_need
from modelzoo.advisor.prior import Prior, Reason, data_amount, trait_prior
from modelzoo.advisor.profile import Profile
from modelzoo.errors import InputError
from modelzoo.registry.cards import Cost

_UNBALANCED, _SEASONAL, _NOISY = 0.8, 0.8, 0.6  # shares from which there is something to say
_SEASONS = 5  # to tell a season from noise
_EXAMPLES = {
    "classification": "labelled samples",
    "forecasting": "time steps",
    "generation": "tokens",
}
_BASELINES = {
    "classification": "the majority class; for texts TF-IDF with logistic regression, for series "
    "MiniRocket with ridge regression",
    "forecasting": "the seasonal naive forecast, Theta, exponential smoothing and NLinear",
    "generation": "an n-gram language model",
}


@dataclass(frozen=True)
class Recommendation:
    """An architecture that is recommended, and why.

    Attributes:
        name: The architecture.
        size: The suggested size of its card, or None for the builder's defaults.
        score: What the reasons add up to; only differences between scores mean something.
        reasons: What speaks for it.
        reservations: What speaks against it.
        cost: What that size costs; None where the card states no formulas.
        time: How long that size takes; None where nothing was timed of the architecture.
    """

    name: str
    size: str | None
    score: float
    reasons: tuple[Reason, ...]
    reservations: tuple[Reason, ...]
    cost: Cost | None
    time: Time | None = None


@dataclass(frozen=True, repr=False)
class Recommendations(Sequence[Recommendation]):
    """The recommended architectures, best first.

    Attributes:
        need: What was asked for, as it was understood.
        ranked: The recommendations.
        excluded: The architectures that cannot meet the need, each with what failed.
        advice: What to do whichever is chosen.
        slowness: Times which this machine was found to take as long as that of the records, and by
            which the predicted times are longer; None before it is calibrated.
    """

    need: Need
    ranked: tuple[Recommendation, ...]
    excluded: Mapping[str, str]
    advice: tuple[str, ...]
    slowness: float | None = None

    @overload
    def __getitem__(self, index: int) -> Recommendation: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Recommendation, ...]: ...
    def __getitem__(self, index: int | slice) -> Recommendation | tuple[Recommendation, ...]:
        """Returns a recommendation by its rank from 0."""
        return self.ranked[index]

    def __len__(self) -> int:
        """Returns how many architectures are recommended."""
        return len(self.ranked)

    def __iter__(self) -> Iterator[Recommendation]:
        """Goes through the recommendations, best first."""
        return iter(self.ranked)

    def to_dict(self) -> dict[str, Any]:
        """Returns all of it as plain dictionaries, lists and scalars, ready for JSON."""
        return {
            "need": asdict(self.need),
            "recommendations": [asdict(each) for each in self.ranked],
            "excluded": dict(self.excluded),
            "advice": list(self.advice),
            "slowness": self.slowness,
        }

    def __repr__(self) -> str:
        """Shows the recommendations as text."""
        from modelzoo.advisor.presentation import advice_as_text

        return advice_as_text(self)

    def _repr_html_(self) -> str:
        """Shows the recommendations in a notebook."""
        from modelzoo.advisor.presentation import advice_as_html

        return advice_as_html(self)


def recommend(
    task: str | None = None,
    *,
    data: Any = None,
    n_samples: int | None = None,
    length: int | None = None,
    channels: int | None = None,
    vocabulary: int | None = None,
    horizon: int | None = None,
    season_length: int | None = None,
    max_parameters: int | None = None,
    max_latency_ms: float | None = None,
    max_memory_mb: float | None = None,
    train_budget_s: float | None = None,
    streaming: bool | None = None,
    causal: bool | None = None,
    application: str | None = None,
    top: int = 3,
    calibrate: bool = False,
    prior: Prior = trait_prior,
) -> Recommendations:
    """Recommends architectures for a need, with reasons.

    Args:
        task: classification, forecasting or generation; by default that of `application`. One of
            the two is needed, or at least `data`.
        data: The data itself: an array, a series or frame, texts, or a list; with labels, a part
            of a dataset such as ``load_dataset(name).train``. Its size is looked at, and in some of
            it what is missing, seasons, trend, noise and the balance of the labels; what is stated
            below wins.
        n_samples: Number of sequences: labelled samples, series or texts.
        length: Steps T of a sequence; of a series all of its history, of a text its tokens.
        channels: Channels C of a numeric series.
        vocabulary: Number V of tokens.
        horizon: Steps H to forecast.
        season_length: Steps of a season.
        max_parameters: The most weights that the model may have.
        max_latency_ms: The most milliseconds that an answer may take: one new step where
            `streaming` is asked for or the task is generation, else a prediction for one sequence
            of the steps that have to be related (128 where `length` is not known).
        max_memory_mb: The most memory that training may take, in MB of 10^6 bytes, an estimate
            for 32 sequences of so many steps in a batch.
        train_budget_s: The most seconds that training may take with the library's defaults. Times
            are predicted from what was measured of the built-in architectures; the others, and
            those whose cost is not known, are left out where it is limited.
        streaming: True where the model must take one step at a time; else it is free to.
        causal: True where the model must not look ahead; else it is free to.
        application: What is to be built, such as ``"weather-forecasting"``.
        top: How many to recommend at most, at least 1.
        calibrate: True to time this machine for a second first, which takes some more to import
            Keras: predicted times are then this machine's, also those of later calls.
        prior: Scores a card for a need and says why; by default by the card's traits.

    Returns:
        The recommendations, best first; empty where no architecture meets the constraints.

    Raises:
        UnknownNameError: There is no such task or application.
        InputError: Neither a task nor an application nor data is given, a number is out of its
            range, the data has no size, or training is limited without a task.

    >>> best = recommend("forecasting", length=500, streaming=True)[0]
    >>> best.cost.parameters < 1_000_000
    True
    """
    if isinstance(top, bool) or not isinstance(top, int) or top < 1:
        raise InputError(f"top must be a whole number of at least 1, got {top!r}")
    need = make_need(
        task,
        application,
        data,
        n_samples=n_samples,
        length=length,
        channels=channels,
        vocabulary=vocabulary,
        horizon=horizon,
        season_length=season_length,
        max_parameters=max_parameters,
        max_latency_ms=max_latency_ms,
        max_memory_mb=max_memory_mb,
        train_budget_s=train_budget_s,
        streaming=streaming,
        causal=causal,
    )
    slowness = time_this_machine() if calibrate else known_slowness()
    ranked: list[Recommendation] = []
    excluded: dict[str, str] = {}
    for name in registry.list_models():
        card = registry.describe(name)
        costs = costs_of(card, need)
        times = times_of(card, need, costs, slowness or 1.0)
        failure = broken(card) or unmet(card, need, costs, times)
        if failure is not None:
            excluded[name] = failure
            continue
        score, reasons = prior(card, need)
        size = suggested_size(card, need, costs, times)
        ranked.append(
            Recommendation(
                name=name,
                size=size,
                score=round(score, 3),
                reasons=tuple(each for each in reasons if each.points > 0),
                reservations=tuple(each for each in reasons if each.points <= 0),
                cost=costs.get(size),
                time=times.get(size),
            )
        )
    ranked.sort(key=_order)
    return Recommendations(need, tuple(ranked[:top]), excluded, _advice(need), slowness)


def _order(each: Recommendation) -> tuple[float, float, str]:
    """Best first; among equals the one with fewer weights."""
    return (-each.score, each.cost.parameters if each.cost else float("inf"), each.name)


def _advice(need: Need) -> tuple[str, ...]:
    if need.task is None:
        return ()
    baseline = f"Compare with {_BASELINES[need.task]}"
    if data_amount(need) == "little":
        baseline += (
            f" first: with {need.examples:,} {_EXAMPLES[need.task]} a simple method often does as "
            "well or better"
        )
    return (f"{baseline}.", *_advice_on(need.profile))


def _advice_on(profile: Profile) -> Iterator[str]:
    """What to look out for with such data."""
    if profile.largest_class is not None and profile.largest_class > _UNBALANCED:
        yield (
            f"Always answering the largest class is right in {profile.largest_class:.0%} of the "
            "cases: look at balanced accuracy or macro F1 beside accuracy."
        )
    if profile.seasons is None or profile.seasons < _SEASONS:  # of few, noise looks like a season
        return
    if profile.seasonal_strength is not None and profile.seasonal_strength > _SEASONAL:
        yield (
            f"The season of {profile.season_length} steps explains most of what varies beside the "
            "trend: a forecast that is no better than repeating the last one (seasonal naive) has "
            "missed it."
        )
    if profile.noise is not None and profile.noise > _NOISY:
        yield (
            f"{profile.noise:.0%} of the variance is neither trend nor a season of "
            f"{profile.season_length} steps: where it does not repeat itself otherwise, no model "
            "forecasts it, so look at the intervals."
        )
