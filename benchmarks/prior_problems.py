"""The problems that the advisor's results table is measured on.

Real datasets of the package, cut down to several sizes, histories and horizons, what other packages
carry, and a few that are made by a rule, so that what makes a problem hard is known. Nobody chose
them by who wins. What comes from one source is one family: an advisor that is judged on it must not
have seen any of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import carried
import made_up
import numpy as np

from modelzoo.datasets import Split, load_dataset

TEST_ROWS = 1_000  # scored of a test part at most
TEST_HORIZONS = 10  # scored of a test series at most, in horizons
TEST_CHARACTERS = 20_000


@dataclass(frozen=True)
class Parts:
    """What is fitted on, what is scored on, and what an estimator has to be told."""

    train: Split
    test: Split
    parameters: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Problem:
    """A dataset, or a part of one.

    Attributes:
        name: Unlike all others.
        family: The source: what shares it must not be learned from when this is judged.
        task: ``"classification"``, ``"forecasting"`` or ``"generation"``.
        load: Reads or makes it.
    """

    name: str
    family: str
    task: str
    load: Callable[[], Parts]


# dataset: (family, numbers of training rows; None for all there are)
_CLASSIFICATION: dict[str, tuple[str, tuple[int | None, ...]]] = {
    "sst2": ("sst2", (100, 500, 2500)),
    "subjectivity": ("subjectivity", (100, 500, 2500)),
    "sms_spam": ("sms_spam", (200, 1000, None)),
    "names_18_languages": ("names_18_languages", (500, 3000)),
    "clinc150": ("clinc150", (1500, 5000)),
    "docstrings": ("docstrings", (300, None)),
    "babi_qa1": ("babi", (500, 2000)),
    "babi_qa6": ("babi", (500,)),
    "babi_qa15": ("babi", (1000,)),
    "xquad_en_sentences": ("xquad", (1500,)),
    "BasicMotions": ("BasicMotions", (None,)),
    "CBF": ("CBF", (None,)),
    "ECG200": ("ECG200", (40, None)),
    "ECGFiveDays": ("ECGFiveDays", (None,)),
    "GunPoint": ("GunPoint", (None,)),
    "ItalyPowerDemand": ("ItalyPowerDemand", (None,)),
    "JapaneseVowels": ("JapaneseVowels", (90, None)),
    "Lightning7": ("Lightning7", (None,)),
    "SwedishLeaf": ("SwedishLeaf", (150, None)),
    "SyntheticControl": ("SyntheticControl", (60, None)),
    "breast_cancer": ("breast_cancer", (60, None)),
    "digits": ("digits", (200, None)),
    "fsdd_4spk": ("fsdd_4spk", (None,)),
}

# dataset: (family, pairs of steps of history, None for all, and steps to forecast)
_FORECASTING: dict[str, tuple[str, tuple[tuple[int | None, int], ...]]] = {
    "airline_passengers": ("airline_passengers", ((60, 6), (None, 12))),
    "co2": ("co2", ((None, 12), (120, 12))),
    "elnino": ("elnino", ((120, 6), (None, 12))),
    "macrodata": ("macrodata", ((None, 4),)),
    "sunspots": ("sunspots", ((None, 11),)),
    "melbourne_min_temp": ("melbourne_min_temp", ((800, 7), (None, 30))),
    "seattle_weather": ("seattle_weather", ((None, 7),)),
    "opsd_germany_daily": ("opsd_germany_daily", ((200, 7), (1500, 28))),
    "national_illness": ("national_illness", ((200, 12), (None, 24))),
    "ETTh1": ("ETTh1", ((500, 24), (3000, 96))),
    "vic_electricity": ("vic_electricity", ((700, 48), (3000, 96))),
    "sp500_monthly": ("sp500_monthly", ((None, 6),)),
    "exchange_rate": ("exchange_rate", ((300, 10), (1500, 30))),
    "stocknet_prices": ("stocknet_prices", ((150, 5),)),
    "m4_hourly": ("m4_hourly", ((300, 24), (None, 48))),
}
_SERIES = 30  # of datasets of many series

# dataset: (family, numbers of characters to train on)
_GENERATION: dict[str, tuple[str, tuple[int, ...]]] = {
    "tinyshakespeare": ("tinyshakespeare", (10_000, 50_000, 200_000)),
    "names": ("names", (5_000, 50_000)),
    "pydoc_topics": ("pydoc_topics", (30_000, 150_000)),
    "wikitext2_valid_test": ("wikitext2_valid_test", (50_000, 200_000)),
    "tatoeba_en_es": ("tatoeba_en_es", (20_000, 100_000)),
    "scitldr_a": ("scitldr_a", (100_000,)),
    "sgd_turns": ("sgd_turns", (20_000, 100_000)),
    "chatterbot_english": ("chatterbot_english", (20_000,)),
}


def list_problems() -> list[Problem]:
    """All problems, the small ones first."""
    found = [*_classification(), *_forecasting(), *_generation()]
    found += [
        Problem(f"{how}: {each.name}", f"{how}: {each.family}", each.task, partial(_made, each))
        for how, rules in (("made up", made_up.PROBLEMS), ("carried", carried.PROBLEMS))
        for each in rules
    ]
    names = [each.name for each in found]
    assert len(names) == len(set(names)), "two problems of one name"
    return found


def _made(each: made_up.Rule) -> Parts:
    train, test, parameters = each.make(np.random.default_rng(0))
    return Parts(Split(*train), Split(*test), parameters)


def _classification() -> Iterator[Problem]:
    for name, (family, sizes) in _CLASSIFICATION.items():
        for size in sizes:
            yield Problem(
                f"{name}, {_all(size)} rows", family, "classification", partial(_rows, name, size)
            )


def _forecasting() -> Iterator[Problem]:
    for name, (family, cuts) in _FORECASTING.items():
        for history, horizon in cuts:
            yield Problem(
                f"{name}, {_all(history)} steps, {horizon} ahead",
                family,
                "forecasting",
                partial(_series, name, history, horizon),
            )


def _generation() -> Iterator[Problem]:
    for name, (family, sizes) in _GENERATION.items():
        for size in sizes:
            yield Problem(
                f"{name}, {size} characters", family, "generation", partial(_texts, name, size)
            )


def _all(number: int | None) -> str:
    return "all" if number is None else str(number)


def _rows(name: str, size: int | None) -> Parts:
    """So many rows of the training part, and at most a thousand of the test part, by chance."""
    dataset = load_dataset(name)
    return Parts(_some(dataset.train, size), _some(dataset.test, TEST_ROWS))


def _some(part: Split, size: int | None) -> Split:
    order = np.random.default_rng(0).permutation(len(part.y))[:size]
    X = part.X[order] if hasattr(part.X, "shape") else [part.X[each] for each in order]
    return Split(X, [part.y[each] for each in order])


def _series(name: str, history: int | None, horizon: int) -> Parts:
    """The latest steps before the test part, and its first few horizons."""
    dataset = load_dataset(name)
    before, after = dataset.before_test.X, dataset.test.X
    ahead = min(TEST_HORIZONS * horizon, len(after))
    if "unique_id" in getattr(before, "columns", ()):  # many series, one below the other
        kept = before["unique_id"].unique()[:_SERIES]
        before, after = (part[part["unique_id"].isin(kept)] for part in (before, after))
        if history is not None:
            before = before.groupby("unique_id").tail(history)
        after = after.groupby("unique_id").head(ahead)
    else:
        before = before if history is None else before.iloc[-history:]
        after = after.iloc[:ahead]
    parameters = {"horizon": horizon, "season_length": dataset.season_length}
    return Parts(Split(before), Split(after), parameters)


def _texts(name: str, size: int) -> Parts:
    """The first documents of the training part until there are so many characters."""
    dataset = load_dataset(name)
    return Parts(
        Split(_characters(dataset.train, size)), Split(_characters(dataset.test, TEST_CHARACTERS))
    )


def _characters(part: Split, size: int) -> list[str]:
    """Documents of so many characters in all; the last one is cut. Of pairs: what is answered."""
    kept: list[str] = []
    for text in part.X if part.y is None else part.y:
        left = size - sum(map(len, kept))
        if left <= 0:
            break
        kept.append(text[:left])
    return kept
