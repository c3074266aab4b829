"""Real data to try models on, with source, licence and citation; most of it needs no network.

Listing costs nothing: pandas and the packages that carry the data are imported on loading.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple

from modelzoo.datasets.catalogue import CATALOGUE, Entry
from modelzoo.errors import FileError, InputError, UnknownNameError, check_path

__all__ = ["Dataset", "Split", "list_datasets", "load_dataset", "read"]


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


_READ = {  # what names columns for each task
    "classification": ("text", "label", "drop"),
    "forecasting": ("time", "target", "id", "covariates", "drop"),
    "generation": ("text", "prompt", "completion"),
}


def read(
    path: str | os.PathLike[str],
    task: str,
    *,
    text: str | None = None,
    label: str | None = None,
    prompt: str | None = None,
    completion: str | None = None,
    time: str | None = None,
    target: str | None = None,
    id: str | None = None,
    covariates: Sequence[str] = (),
    drop: Sequence[str] = (),
) -> Split:
    r"""Reads a file or folder of your own, as ``modelzoo fit --data`` does.

    Tables are CSV, TSV (commas, tabs or semicolons below a header line) or lines of JSON
    (``.jsonl``, an object each). Text is UTF-8.

    Args:
        path: What there is to read, for

            - classification: a table; a folder with a sub-folder a class, of ``.txt`` or ``.wav``
              files; a folder of ``.wav`` files named ``label_...``; a ``.ts`` file of the UEA
              archive; a ``.tsv`` file of the UCR archive. Recordings become log-mel spectrograms.
            - forecasting: a table, a row a step.
            - generation: a ``.txt`` file, in which a blank line ends a text; a folder of them, a
              text each; lines of JSON, a string or an object each; a table.
        task: ``"classification"``, ``"forecasting"`` or ``"generation"``.
        text: The column of texts, by default ``text``. Without one, a classifier's table is read
            as numbers.
        label: The column of labels; by default ``label``, ``class``, ``target`` or ``y``.
        prompt: The column of prompts for a generator; by default ``prompt``, where there is one.
        completion: The column of their completions; by default ``completion``.
        time: The column of the time of each step; by default one of the usual name.
        target: The column of the values to forecast; by default one of the usual name.
        id: The column that tells several series apart; by default ``unique_id``, if there is one.
        covariates: Columns beside a series, to be declared to the ``Forecaster`` too.
        drop: Columns to leave out.

    Returns:
        X, and y where there is one: what the estimator of the task takes in ``fit``.

    Raises:
        FileError: The file cannot be read; the message names it, and the line or byte.
        InputError: A column is missing and has no usual name, a cell is of no use (the message
            names the column and the line), or an argument is not read for this task.
        UnknownNameError: There is no such column or task; the nearest is named.

    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp(), "films.csv")
    >>> _ = path.write_text("text,stars\nso good,5\nbad film,1\n")
    >>> X, y = read(path, "classification", label="stars")
    >>> X, y
    (['so good', 'bad film'], ['5', '1'])
    """
    if task not in _READ:
        raise UnknownNameError("task", task, _READ)
    check_path("path", path, of="file or folder")
    given = {
        "text": text,
        "label": label,
        "prompt": prompt,
        "completion": completion,
        "time": time,
        "target": target,
        "id": id,
        "covariates": [*covariates] or None,
        "drop": [*drop] or None,
    }
    for name, value in given.items():
        if value is not None and name not in _READ[task]:
            raise InputError(f"{name} is not read for {task}, which reads {', '.join(_READ[task])}")
    if text is not None and (prompt is not None or completion is not None):
        raise InputError("text names documents, prompt and completion name pairs: give one kind")
    if task == "classification":
        from modelzoo.datasets.labelled_files import read_rows

        rows = read_rows(path, text=text, label=label, drop=drop, labelled=True)
        return Split(rows.X, rows.labels)
    if task == "forecasting":
        from modelzoo.datasets.series_files import read_series

        names = {"time": time, "target": target, "id": id, "covariates": covariates, "drop": drop}
        return Split(read_series(path, **names))  # type: ignore[arg-type]
    from modelzoo.datasets.documents import read_documents, read_pairs

    pairs = read_pairs(path, prompt, completion) if text is None else None
    return Split(read_documents(path, text)) if pairs is None else Split(*pairs)


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
