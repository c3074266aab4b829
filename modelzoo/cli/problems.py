"""From the file or dataset that a command names to what an estimator is fitted on."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from modelzoo.cli.applicable import check_options
from modelzoo.cli.files import NAMING
from modelzoo.cli.settings import settings
from modelzoo.data.files import name_of
from modelzoo.data.held_out import (
    hold_out_pairs,
    hold_out_rows,
    hold_out_steps,
    hold_out_texts,
    rows_of,
)
from modelzoo.data.roles import Roles
from modelzoo.datasets import Split as Part
from modelzoo.datasets import labelled_files, series_files
from modelzoo.datasets.documents import read_documents, read_pairs
from modelzoo.datasets.labelled_files import Rows
from modelzoo.errors import FileError, InputError, StampsError, UnknownNameError

UNEVEN = {  # what to do in a file about time stamps that cannot be used
    "twice": "name the column that tells several series apart with --id, or keep one row for each",
    "order": "sort the rows by time",
    "gaps": "add a row for each, with an empty cell for the value",
    "periods": "write the first day of each instead",
    "uneven": "bring the rows to even steps, or name another column with --time",
}


class Problem(NamedTuple):
    """What to train on and what to score with.

    Attributes:
        train: The part to learn from.
        test: What is held out.
        horizon: Steps to forecast.
        season_length: Steps in a season, where it is known.
        columns: The file's columns that a classifier's inputs were read from, in order.
    """

    train: Part
    test: Part
    horizon: int | None = None
    season_length: int | None = None
    columns: list[str] | None = None


def read_problem(arguments: Namespace) -> Problem:
    """Reads the data that `--data` names and holds out a part to score with.

    A file's classes and texts are split at random (the same way each time); of a series the last
    `horizon` steps are held out. Datasets come with their own test part.
    """
    dataset = named_dataset(arguments.data, arguments.task)
    check_options(arguments, arguments.task, dataset=dataset is not None)
    if dataset is not None:
        # A series is continued by its test part only where nothing is left out between the two.
        train = dataset.before_test if dataset.task == "forecasting" else dataset.train
        return Problem(
            Part(*train),
            Part(*dataset.test),
            arguments.horizon or dataset.horizon,
            dataset.season_length,
        )
    return _READERS[arguments.task](arguments)


def named_dataset(name: str, task: str) -> Any | None:
    """Loads the dataset of this name; None where it is a file's name instead.

    Raises:
        InputError: The dataset is for another task.
        UnknownNameError: There is neither such a file nor such a dataset.
    """
    from modelzoo.datasets import list_datasets, load_dataset

    if name == "-" or Path(name).exists():
        return None
    if name not in list_datasets():
        if "/" in name or "\\" in name or "." in name:
            raise FileError(f"there is no file {name!r}")
        raise UnknownNameError("file or dataset", name, list_datasets(task))
    dataset = load_dataset(name)
    if dataset.task != task:
        raise InputError(f"the dataset {name!r} is for {dataset.task}, not for {task}")
    return dataset


def read_examples(arguments: Namespace) -> Any:
    """What `--data` names, all of it: rows with their labels, if any, series, texts or pairs."""
    if arguments.task is None:
        raise InputError("what is to be done with the data? say --task")
    dataset = named_dataset(arguments.data, arguments.task)
    check_options(arguments, arguments.task, dataset=dataset is not None)
    if dataset is not None:
        return dataset.before_test
    if arguments.task == "forecasting":
        return read_series(arguments.data, arguments)
    if arguments.task == "classification":
        rows = read_rows(arguments)
        return Part(rows.X, rows.labels)
    pairs = None
    if arguments.text is None:
        pairs = read_pairs(arguments.data, arguments.prompt, arguments.completion, NAMING)
    if pairs is not None:
        return Part(*pairs)
    return read_documents(arguments.data, arguments.text, NAMING)


def read_series(
    path: str, arguments: Namespace, roles: Roles | None = None
) -> pd.Series | pd.DataFrame:
    """Reads one series, or many where `id` names a column, with the covariates declared.

    Args:
        path: The file.
        arguments: `time`, `target` and `id` name the columns.
        roles: The columns beside the series; None for those that the options declare.

    Raises:
        InputError: A cell cannot be used, or the times are uneven; the message says what to do in
            the file or with which option.
    """
    from modelzoo.cli.training import say
    from modelzoo.data.series import SeriesPanel

    roles = declared(arguments) if roles is None else roles
    series = series_files.read_series(
        path,
        time=arguments.time,
        target=arguments.target,
        id=arguments.id,
        covariates=[str(each) for each in roles.names],
        drop=arguments.drop,
        naming=NAMING,
    )
    if arguments.id is None and "unique_id" in getattr(series, "columns", ()):
        say("the column unique_id tells the series apart (--id names another)")
    try:
        SeriesPanel.read(series, roles)
    except StampsError as error:
        one = "" if error.where == "y" else f", {error.where}"
        raise InputError(f"{name_of(path)}{one}: {error.problem}; {UNEVEN[error.kind]}") from error
    return series


def read_rows(arguments: Namespace, *, labelled: bool = False) -> Rows:
    """Reads the rows to classify, with their labels."""
    return labelled_files.read_rows(
        arguments.data,
        text=arguments.text,
        label=arguments.label,
        drop=[*arguments.drop, *([arguments.id] if arguments.id else [])],
        labelled=labelled,
        naming=NAMING,
    )


def declared(arguments: Namespace) -> Roles:
    """Which columns the options declare as covariates."""
    roles = ("past_covariates", "future_covariates", "static_covariates")
    return Roles.declare(*(getattr(arguments, role, ()) for role in roles))


def bare_series(series: Any, roles: Roles) -> Any:
    """A series without what stands beside it, by which a model is recommended."""
    if not roles.names:
        return series
    bare = series.drop(columns=list(roles.names))
    return bare if "unique_id" in bare.columns else bare.iloc[:, 0]


def _classification(arguments: Namespace) -> Problem:
    X, columns, labels, _ = read_rows(arguments, labelled=True)
    assert labels is not None
    # Several labels of a row are a list in JSON, and stand in one cell elsewhere.
    labels = [";".join(map(str, each)) if isinstance(each, list) else each for each in labels]
    several = settings(getattr(arguments, "set", [])).get("multi_label") is True

    def part(rows: list[int]) -> Part:
        y = [labels[row] for row in rows]
        return Part(rows_of(X, rows), [_several(label) for label in y] if several else y)

    train, test = hold_out_rows(labels)
    return Problem(part(train), part(test), columns=columns or None)


def _several(cell: Any) -> tuple[str, ...]:
    """The labels of a cell, set apart by semicolons, as `predict` writes them."""
    return tuple(sorted({label.strip() for label in str(cell).split(";")} - {""}))


def _forecasting(arguments: Namespace) -> Problem:
    series = read_series(arguments.data, arguments)
    horizon = arguments.horizon
    if horizon is None:
        raise InputError("how many steps are to be forecast? say --horizon H")
    train, test = hold_out_steps(series, horizon)
    return Problem(Part(train), Part(test), horizon)


def _generation(arguments: Namespace) -> Problem:
    pairs = None
    if arguments.text is None:
        pairs = read_pairs(arguments.data, arguments.prompt, arguments.completion, NAMING)
    if pairs is None:
        before, after = hold_out_texts(read_documents(arguments.data, arguments.text, NAMING))
        return Problem(Part(before), Part(after))
    train, test = (
        Part(*(rows_of(each, rows) for each in pairs)) for rows in hold_out_pairs(len(pairs[0]))
    )
    return Problem(train, test)


_READERS: dict[str, Callable[[Namespace], Problem]] = {
    "classification": _classification,
    "forecasting": _forecasting,
    "generation": _generation,
}
