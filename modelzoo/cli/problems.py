"""From the file or dataset that a command names to what an estimator is fitted on."""

from __future__ import annotations

import warnings
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from modelzoo.cli.files import (
    check_column,
    choose_column,
    read_documents,
    read_pairs,
    read_table,
    usual_column,
)
from modelzoo.cli.rows import read_rows
from modelzoo.cli.settings import settings
from modelzoo.data.roles import Roles
from modelzoo.errors import FileError, InputError, UnknownNameError

TIME_NAMES = ("ds", "time", "date", "datetime", "timestamp", "month", "week", "day", "year")
TARGET_NAMES = ("y", "value", "target")
HELD_OUT = 0.2  # share of a file's examples that score a model, at most a thousand of them
MOST_HELD_OUT = 1000


class Part(NamedTuple):
    """Inputs, and targets where the task has some: the arguments of `fit`."""

    X: Any
    y: Any = None


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
    """The inputs that `--data` names, all of them: the rows, the series or the texts."""
    if arguments.task is None:
        raise InputError("what is to be done with the data? say --task")
    dataset = named_dataset(arguments.data, arguments.task)
    if dataset is not None:
        return dataset.before_test.X
    if arguments.task == "forecasting":
        return read_series(arguments.data, arguments)
    if arguments.task == "classification":
        return read_rows(arguments.data, arguments).X
    pairs = None
    if arguments.text is None:
        pairs = read_pairs(arguments.data, arguments.prompt, arguments.completion)
    return read_documents(arguments.data, arguments.text) if pairs is None else pairs[0]


def read_series(
    path: str, arguments: Namespace, roles: Roles | None = None
) -> pd.Series | pd.DataFrame:
    """Reads one series, or many where `id` names a column, with the covariates declared.

    Args:
        path: The file.
        arguments: `time`, `target` and `id` name the columns.
        roles: The columns beside the series; None for those that the options declare.

    Returns:
        A series with an index of time, a table of it and its covariates, or a long frame
        `unique_id, ds, y` with them.
    """
    beside = [str(name) for name in (declared(arguments) if roles is None else roles).names]
    table = read_table(path, [arguments.id])
    for name in beside:
        check_column(name, table.columns)
    left_out = {*arguments.drop, *beside}
    columns = [str(column) for column in table.columns if column not in left_out]
    if len(columns) == 1 and arguments.time is None:  # no time at all: the steps are counted
        values = _numbers(table[columns[0]])
        return table[beside].assign(**{columns[0]: values}) if beside else values
    two = columns if len(columns) == 2 else []
    time = _choose(arguments.time, two[:1], "time", TIME_NAMES, table)
    target = _choose(arguments.target, two[1:], "target", TARGET_NAMES, table)
    values, stamps = _numbers(table[target]), _times(table[time])
    if arguments.id is not None:
        long = pd.DataFrame({"unique_id": table[arguments.id], "ds": stamps, "y": values})
        return long.join(table[beside])
    series = pd.Series(values.to_numpy(), index=pd.Index(stamps, name=time), name=target)
    if not beside:
        return series
    return series.to_frame().join(table[beside].set_axis(series.index))


def read_future(path: str, arguments: Namespace, roles: Roles) -> pd.DataFrame:
    """Reads the future covariates of the steps to forecast, on their time stamps."""
    table = read_table(path, [arguments.id])
    names = [str(name) for name in roles.future]
    for name in names:
        check_column(name, table.columns)
    time = arguments.time or usual_column(TIME_NAMES, table.columns)
    if time is None:
        return table[names]
    check_column(time, table.columns)
    stamps = _times(table[time])
    if arguments.id is not None:
        return table[names].assign(unique_id=table[arguments.id], ds=stamps)
    return table[names].set_axis(pd.Index(stamps, name=time))


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


def _choose(given: str | None, only: list[str], what: str, usual: Any, table: pd.DataFrame) -> str:
    if given is None and only:
        return only[0]
    return choose_column(what, given, usual, table)


def _numbers(column: pd.Series) -> pd.Series:
    try:
        return pd.to_numeric(column).astype("float64")
    except (ValueError, TypeError):
        bad = column[pd.to_numeric(column, errors="coerce").isna() & column.notna()]
        where = f"{bad.iloc[0]!r} in line {bad.index[0] + 2}" if len(bad) else "something else"
        raise InputError(f"column {column.name!r} should hold numbers, found {where}") from None


def _times(column: pd.Series) -> pd.Series:
    """Dates from text; whole numbers stay as they are: years, or steps."""
    if pd.api.types.is_integer_dtype(column):
        return column
    parsed = pd.to_datetime(column, format="ISO8601", errors="coerce")
    if parsed.isna().any():
        with warnings.catch_warnings():  # that each is read by itself; what fails is told below
            warnings.simplefilter("ignore")
            parsed = pd.to_datetime(column, errors="coerce")
    if parsed.isna().any():
        at = int(parsed.isna().argmax())
        raise InputError(
            f"column {column.name!r} should hold times such as 2024-03-31, "
            f"found {column.iloc[at]!r} in line {at + 2}"
        )
    return parsed


def _classification(arguments: Namespace) -> Problem:
    from sklearn.model_selection import train_test_split

    X, columns, labels, _ = read_rows(arguments.data, arguments, labelled=True)
    assert labels is not None
    rows = list(range(len(labels)))
    rarest = min(labels.count(each) for each in set(labels))
    held_out = min(MOST_HELD_OUT, round(HELD_OUT * len(rows)))
    if held_out < 1 or len(set(labels)) < 2:
        raise InputError("at least five rows and two different labels are needed")
    stratify = labels if rarest > 1 and held_out >= len(set(labels)) else None
    train, test = train_test_split(rows, test_size=held_out, random_state=0, stratify=stratify)

    several = settings(getattr(arguments, "set", [])).get("multi_label") is True

    def part(chosen: list[int]) -> Part:
        y = [labels[i] for i in chosen]
        return Part(
            [X[i] for i in chosen] if isinstance(X, list) else X.iloc[chosen],
            [_several(label) for label in y] if several else y,
        )

    return Problem(part(train), part(test), columns=columns)


def _several(cell: str) -> tuple[str, ...]:
    """The labels of a cell, set apart by semicolons, as `predict` writes them."""
    return tuple(sorted({label.strip() for label in cell.split(";")} - {""}))


def _forecasting(arguments: Namespace) -> Problem:
    series = read_series(arguments.data, arguments)
    horizon = arguments.horizon
    if horizon is None:
        raise InputError("how many steps are to be forecast? say --horizon H")
    return Problem(*split_series(series, horizon), horizon)


def split_series(series: pd.Series | pd.DataFrame, horizon: int) -> tuple[Part, Part]:
    """Holds out the last `horizon` steps, of each series where there are many."""
    if "unique_id" in getattr(series, "columns", ()):
        from_end = series.sort_values("ds").groupby("unique_id").cumcount(ascending=False)
        from_end = from_end.reindex(series.index)
        return Part(series[from_end >= horizon]), Part(series[from_end < horizon])
    if len(series) <= 2 * horizon:
        raise InputError(
            f"{len(series)} steps are too few to learn from and to hold out the last {horizon}"
        )
    return Part(series.iloc[:-horizon]), Part(series.iloc[-horizon:])


def _generation(arguments: Namespace) -> Problem:
    pairs = None
    if arguments.text is None:
        pairs = read_pairs(arguments.data, arguments.prompt, arguments.completion)
    if pairs is not None:
        return _problem_of_pairs(*pairs)
    texts = read_documents(arguments.data, arguments.text)
    if len(texts) == 1:  # one long text: its end is held out
        end = round(len(texts[0]) * (1 - HELD_OUT))
        if not texts[0][:end].strip() or not texts[0][end:].strip():
            raise InputError(
                f"{arguments.data} holds {len(texts[0])} characters: too few to learn from some "
                "and measure on others"
            )
        return Problem(Part([texts[0][:end]]), Part([texts[0][end:]]))
    every = max(2, round(1 / HELD_OUT))
    test = texts[every - 1 :: every] or texts[-1:]
    train = [text for i, text in enumerate(texts) if i % every != every - 1][: len(texts) - 1]
    return Problem(Part(train), Part(test[:MOST_HELD_OUT]))


def _problem_of_pairs(prompts: list[str], completions: list[str]) -> Problem:
    every = round(1 / HELD_OUT)
    if len(prompts) < every:
        raise InputError(f"{len(prompts)} pairs are too few to hold some out: give {every} or more")

    def part(held_out: bool, most: int | None) -> Part:
        rows = [i for i in range(len(prompts)) if (i % every == every - 1) == held_out][:most]
        return Part([prompts[i] for i in rows], [completions[i] for i in rows])

    return Problem(part(False, None), part(True, MOST_HELD_OUT))


_READERS: dict[str, Callable[[Namespace], Problem]] = {
    "classification": _classification,
    "forecasting": _forecasting,
    "generation": _generation,
}
