"""Real data to try models on, with source, licence and citation; most of it needs no network.

Listing costs nothing: pandas and the packages that carry the data are imported on loading.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple

from modelzoo.datasets.catalogue import CATALOGUE, Entry
from modelzoo.errors import FileError, UnknownNameError

__all__ = ["Dataset", "Split", "list_datasets", "load_dataset"]


class Split(NamedTuple):
    """One part of a dataset, in the order that ``fit`` takes: ``estimator.fit(*dataset.train)``.

    Attributes:
        X: Sequences or texts to classify (N), the series to forecast, the documents to learn, or
            for pairs the prompts (N).
        y: The labels (N) for classification, the completions (N) for pairs, else None.
    """

    X: Any
    y: Any = None


@dataclass(frozen=True)
class Dataset:
    """A dataset, split once and for all, and where it comes from.

    Attributes:
        name: The name that `load_dataset` takes.
        title: A readable name.
        task: ``"classification"``, ``"forecasting"`` or ``"generation"``.
        description: What an example is, and how the parts were made.
        source: Where the data comes from.
        licence: Under which terms.
        citation: What to cite.
        train: The part to fit on.
        test: The part to score on; for forecasting it continues what stands before it.
        validation: A part to choose by, where there is one; for forecasting it stands between the
            other two.
        season_length: Forecasting: steps in a season.
        horizon: Forecasting: the usual number of steps to forecast.
        frequency: Forecasting: the pandas frequency of the index.
        units: What the numbers mean.
        reference: Published scores on these parts, and where they were read.
        extras: What the parts cannot hold, by name and then by part, which the description
            explains: either something for each row in its order, as
            ``extras["groups"]["train"]`` (which rows belong together: a speaker, a dialogue; for
            `sklearn.model_selection.LeaveOneGroupOut` and the like) or
            ``extras["references"]["test"]`` (all completions that count as right), or a `Split` of
            further rows.
    """

    name: str
    title: str
    task: str
    description: str
    source: str
    licence: str
    citation: str
    train: Split
    test: Split
    validation: Split | None = None
    season_length: int | None = None
    horizon: int | None = None
    frequency: str | None = None
    units: str | None = None
    reference: str | None = None
    extras: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def before_test(self) -> Split:
        """All that may be known before the test part: training and validation part in one.

        >>> data = load_dataset("sunspots")
        >>> data.before_test is data.train  # there is no validation part
        True
        """
        if self.validation is None:
            return self.train
        return Split(*(_joined(*pair) for pair in zip(self.train, self.validation, strict=True)))

    def __repr__(self) -> str:
        return (
            f"Dataset({self.name!r}: {self.title}; {self.task}, {len(self.train.X)} train, "
            f"{len(self.test.X)} test)"
        )


def list_datasets(task: str | None = None) -> list[str]:
    """Names of the datasets, in alphabetical order.

    Args:
        task: Only those of this task: ``"classification"``, ``"forecasting"``, ``"generation"``.

    Raises:
        UnknownNameError: If no dataset has this task.

    >>> "pydoc_topics" in list_datasets("generation")
    True
    """
    tasks = {entry.task for entry in CATALOGUE.values()}
    if task is not None and task not in tasks:
        raise UnknownNameError("task", task, sorted(tasks))
    return sorted(name for name, entry in CATALOGUE.items() if task in (None, entry.task))


def load_dataset(name: str) -> Dataset:
    """Loads a dataset by name.

    Args:
        name: One of `list_datasets`.

    Returns:
        The dataset; each call returns fresh arrays.

    Raises:
        UnknownNameError: If there is no such dataset.
        FileError: If its file is neither there nor can be downloaded.

    >>> sunspots = load_dataset("sunspots")
    >>> len(sunspots.train.X), len(sunspots.test.X), sunspots.season_length
    (276, 33, 11)
    """
    if not isinstance(name, str) or name not in CATALOGUE:
        raise UnknownNameError("dataset", name, sorted(CATALOGUE))
    entry = CATALOGUE[name]
    module_name, function_name = entry.loader.split(":")
    loader = getattr(importlib.import_module(module_name), function_name)
    try:
        parts = loader(entry)
    except FileError as error:
        if entry.alternative is None:
            raise
        raise FileError(
            f"{error}. A dataset that needs no network: load_dataset({entry.alternative!r})"
        ) from error
    known: dict[str, Any] = {
        part: value if part == "extras" else Split(*value) for part, value in parts.items()
    }
    shared = {field.name for field in fields(Entry)} & {field.name for field in fields(Dataset)}
    return Dataset(name=name, **{key: getattr(entry, key) for key in shared}, **known)


def _joined(first: Any, second: Any) -> Any:
    """Two parts, one behind the other, of the same kind as each."""
    if first is None or second is None:
        return first
    if isinstance(first, list):
        return first + list(second)
    if hasattr(first, "iloc"):
        import pandas as pd

        numbered = "unique_id" in getattr(first, "columns", ())  # a long frame: its time is within
        return pd.concat([first, second], ignore_index=numbered)
    import numpy as np

    return np.concatenate([first, second])
