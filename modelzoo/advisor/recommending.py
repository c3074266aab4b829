"""Recommends: state the need, filter by it, suggest sizes, rank what is left."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from modelzoo import registry
from modelzoo.advisor.answer import Recommendation, Recommendations
from modelzoo.advisor.calibration import calibrate as time_this_machine
from modelzoo.advisor.calibration import known_slowness
from modelzoo.advisor.costing import Time, times_of
from modelzoo.advisor.experience import kind_of
from modelzoo.advisor.filtering import broken, costs_of, suggested_size, unmet
from modelzoo.advisor.need import Need, make_need
from modelzoo.advisor.prior import Reason, data_amount, trait_prior
from modelzoo.advisor.profile import Profile
from modelzoo.advisor.ranking import rank
from modelzoo.advisor.trying import try_out
from modelzoo.errors import InputError, check_positive
from modelzoo.evidence.verdicts import BUILT_IN
from modelzoo.registry.cards import Card
from modelzoo.registry.costs import Cost

_UNBALANCED, _SEASONAL, _NOISY = 0.8, 0.8, 0.6  # shares from which there is something to say
_SEASONS = 5  # to tell a season from noise
_LITTLE_GAIN = 0.05  # of a linear forecast over repetition, of which there is something to say
_EXAMPLES = {
    "classification": "labelled samples",
    "forecasting": "time steps",
    "generation": "tokens",
}


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
    trials: bool = False,
    trial_budget_s: float = 300.0,
) -> Recommendations:
    """Recommends architectures and baselines for a need in one list, with reasons.

    They are ranked by what they did on problems like the one at hand, by a table of real runs, and
    a little by how long they train; those within one standard error of the first are called ties.
    What was not measured on such problems, a plugin for instance, stands behind, ranked by the
    traits of its card. Of baselines only the time to train was measured: with any other constraint
    they are left out.

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
            those whose cost is not known, are left out where it is limited. Baselines have to keep
            to it with what they took on similar problems.
        streaming: True where the model must take one step at a time; else it is free to.
        causal: True where the model must not look ahead; else it is free to.
        application: What is to be built, such as ``"weather-forecasting"``.
        top: How many to recommend at most, at least 1; where no architecture is among them, the
            best one is added.
        calibrate: True to time this machine for a second first, which takes some more to import
            Keras: predicted times are then this machine's, also those of later calls.
        trials: True to train the first `top` architectures and baselines, and the simplest baseline
            in any case, on most of the data and score them on the rest: a fifth of the rows or
            texts, of a series as many horizons as make a fifth, ten at most. The order of those
            then rests half on that and half on what was expected. Needs `data`, and for
            classification its labels.
        trial_budget_s: About how many seconds the trials may take, shared as by the budget of
            :func:`modelzoo.compare`.

    Returns:
        The recommendations, best first; empty where nothing meets the constraints. Who wants
        architectures alone takes its `architectures`.

    Raises:
        UnknownNameError: There is no such task or application.
        InputError: Neither a task nor an application nor data is given, a number is out of its
            range, the data has no size, training is limited without a task, or there is nothing to
            make trials with.

    >>> best = recommend("forecasting", length=500, streaming=True).architectures[0]
    >>> best.cost.parameters < 1_000_000
    True
    """
    if isinstance(top, bool) or not isinstance(top, int) or top < 1:
        raise InputError(f"top must be a whole number of at least 1, got {top!r}")
    check_positive("trial_budget_s", trial_budget_s)
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
    found: list[Recommendation] = []
    excluded: dict[str, str] = {}
    comparable: set[str] = set()
    for name in registry.list_models():
        card = registry.describe(name)
        costs = costs_of(card, need)
        times = times_of(card, need, costs, slowness or 1.0)
        cannot = broken(card)
        failure = cannot or unmet(card, need, costs, times)
        if failure is None:
            found.append(_judged(card, need, costs, times))
        else:
            excluded[name] = failure
        free = cannot or unmet(card, need.unconstrained, costs, times)
        if free is None and card.origin == BUILT_IN:  # a plugin may have a model of the same name
            comparable.add(name)
    ranked, without, changes = rank(need, found, comparable, slowness or 1.0)
    found_out = None
    if trials:
        found_out, names = try_out(need, data, ranked, top, trial_budget_s)
        place = {name: number for number, name in enumerate(names)}
        ranked = tuple(sorted(ranked, key=lambda each: place.get(each.name, len(place))))
    architectures = tuple(each for each in ranked if not each.baseline)
    shown = ranked[:top]
    if all(each.baseline for each in shown):
        shown += architectures[:1]
    return Recommendations(
        need=need,
        ranked=shown,
        architectures=architectures,
        excluded=excluded | without,
        changes=changes,
        advice=tuple(_advice(need, ranked)),
        slowness=slowness,
        trials=found_out,
    )


def _judged(
    card: Card, need: Need, costs: Mapping[str | None, Cost], times: Mapping[str | None, Time]
) -> Recommendation:
    """An architecture with the size that suits the need, and what its traits say."""
    points, reasons = trait_prior(card, need)
    size = suggested_size(card, need, costs, times)
    wanted = suggested_size(card, need.unconstrained, costs, times)
    if size != wanted:  # other problems were measured with that one
        told = f"The constraints allow no size as large as the data suggest ({wanted})."
        reasons.append(Reason(told, 0.0, "constraints"))
    return Recommendation(
        name=card.name,
        size=size,
        points=round(points, 3),
        reasons=tuple(each for each in reasons if each.points > 0),
        reservations=tuple(each for each in reasons if each.points <= 0),
        cost=costs.get(size),
        time=times.get(size),
    )


def _advice(need: Need, ranked: Collection[Recommendation]) -> Iterator[str]:
    """What to do whichever is chosen."""
    if need.task is None:
        return
    if not any(each.baseline for each in ranked):
        little = data_amount(need) == "little"
        yield "Compare with baselines (`modelzoo compare` trains them too)" + (
            f" first: with {need.examples:,} {_EXAMPLES[need.task]} a simple method often does as "
            "well or better."
            if little
            else "."
        )
    elif kind_of(need) is None:
        yield (
            "It is not known whether these are texts or numbers, and figures of both are mixed: "
            "give the data, or say vocabulary for texts, channels for numbers."
        )
    yield from _advice_on(need.profile)


def _advice_on(profile: Profile) -> Iterator[str]:
    """What to look out for with such data."""
    if profile.linear_gain is not None and profile.linear_gain < _LITTLE_GAIN:
        yield (
            f"On the last part of the series a linear forecast errs {profile.linear_error} "
            "repeating the last value or season: there may be little to learn from so much "
            "history. Compare with simple methods, which then often forecast best."
        )
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
