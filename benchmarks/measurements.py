"""What is measured: the table of applications, and the runs that it stands for."""

from __future__ import annotations

import fnmatch
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bookkeeping import ROOT


@dataclass(frozen=True)
class Application:
    """One script, and what it is run with.

    Attributes:
        name: What `--only` takes, and the name of its file of records.
        title: For people.
        script: Its path in the project.
        datasets: Values of its `--dataset`, README shows the first one; where there is a single
            one, the option is not given.
        horizons: Values of its `--horizon`; none where it is left to the script.
        options: Further arguments.
    """

    name: str
    title: str
    script: str
    datasets: tuple[str, ...]
    horizons: tuple[int, ...] = ()
    options: tuple[str, ...] = ()


def _example(name: str, *datasets: str) -> Application:
    return Application(name, name.replace("_", " "), f"examples/{name}.py", datasets)


APPLICATIONS = (
    _example("content_creation", "tinyshakespeare", "names"),
    _example("chatbot", "sgd_turns", "chatterbot_english"),
    _example("translation", "tatoeba_en_es"),
    _example("summarization", "scitldr_a"),
    _example(
        "question_answering", "babi_qa1", "babi_qa2", "babi_qa6", "babi_qa15", "xquad_en_sentences"
    ),
    _example("sentiment", "sst2", "subjectivity"),
    _example("text_classification", "clinc150", "sms_spam", "names_18_languages"),
    _example("speech_recognition", "fsdd_4spk", "JapaneseVowels"),
    Application(
        "speech_recognition_of_others",
        "speech recognition, of speakers never heard",
        "examples/speech_recognition.py",
        ("fsdd_4spk",),
        options=("--speakers",),
    ),
    _example("stocks", "exchange_rate", "sp500_monthly", "stocknet_prices"),
    _example(
        "weather_and_energy",
        "melbourne_min_temp",
        "seattle_weather",
        "co2_mauna_loa",
        "ETTh1",
        "vic_electricity",
        "opsd_germany_daily",
    ),
    _example("medical_diagnosis", "ECG200", "ECGFiveDays", "breast_cancer"),
    _example("illness_forecast", "national_illness"),
    _example(
        "time_series_classification",
        "GunPoint",
        "ItalyPowerDemand",
        "SyntheticControl",
        "CBF",
        "SwedishLeaf",
        "Lightning7",
        "BasicMotions",
    ),
    Application(
        "long_horizon",
        "long horizons",
        "benchmarks/long_horizon.py",
        ("ETTh1",),
        horizons=(96, 192, 336, 720),
    ),
    Application("m4", "M4 competition, hourly", "benchmarks/m4.py", ("m4_hourly",)),
    Application(
        "characters",
        "characters, as nanoGPT",
        "benchmarks/characters.py",
        ("tinyshakespeare",),
    ),
    Application(
        "characters_longer",
        "characters, 2,500 updates",
        "benchmarks/characters.py",
        ("tinyshakespeare",),
        options=("--updates", "2500"),
    ),
)


@dataclass(frozen=True)
class Run:
    """One run of an application's script."""

    application: Application
    dataset: str
    model: str
    seed: int
    size: str | None = None
    horizon: int | None = None
    quick: bool = False

    @property
    def arguments(self) -> list[str]:
        """The script and its arguments, as people would type them behind ``python``."""
        chosen = {
            "--dataset": self.dataset if len(self.application.datasets) > 1 else None,
            "--model": self.model,
            "--size": self.size,
            "--horizon": self.horizon,
            "--seed": self.seed,
        }
        given = [(name, str(value)) for name, value in chosen.items() if value is not None]
        options = [each for pair in given for each in pair]
        further = [*self.application.options, *(["--quick"] if self.quick else [])]
        return [self.application.script, *options, *further]

    @property
    def command(self) -> list[str]:
        """What to start."""
        script, *options = self.arguments
        return [sys.executable, str(ROOT / script), *options]

    def __str__(self) -> str:
        horizon = "" if self.horizon is None else f", {self.horizon} steps"
        size = "" if self.size is None else f" ({self.size})"
        return (
            f"{self.application.name}/{self.dataset}{horizon}: {self.model}{size}, seed {self.seed}"
        )


def planned(
    wanted: Sequence[str],
    models: Sequence[str],
    seeds: Sequence[int],
    *,
    size: str | None = None,
    quick: bool = False,
    applications: Sequence[Application] = APPLICATIONS,
) -> list[Run]:
    """The runs of some applications, or of some of their datasets.

    Args:
        wanted: Patterns of ``application`` or ``application/dataset``; none for all.
        models: Architectures.
        seeds: One run each.
        size: A named size of the architectures; None for their builders' defaults.
        quick: Whether only to see that they run.
        applications: The table.

    Raises:
        ValueError: A pattern is that of nothing.
    """
    for pattern in wanted:
        if not any(_matches(each, set_, pattern) for each, set_ in _pairs(applications)):
            names = ", ".join(each.name for each in applications)
            raise ValueError(f"nothing is called {pattern!r}: there are {names}")
    return [
        Run(application, dataset, model, seed, size, horizon, quick)
        for application, dataset in _pairs(applications)
        if not wanted or any(_matches(application, dataset, pattern) for pattern in wanted)
        for horizon in application.horizons or (None,)
        for model in models
        for seed in seeds
    ]


def _pairs(applications: Sequence[Application]) -> Iterator[tuple[Application, str]]:
    return ((each, dataset) for each in applications for dataset in each.datasets)


def _matches(application: Application, dataset: str, pattern: str) -> bool:
    names = (application.name, f"{application.name}/{dataset}")
    return any(fnmatch.fnmatchcase(name, pattern) for name in names)
