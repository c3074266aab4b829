"""Holds a part of someone's data out, to score on what was not learned from."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from modelzoo.data.series import Series, SeriesPanel
from modelzoo.errors import InputError

SHARE = 0.2  # of the examples that is held out, at most a thousand of them
MOST = 1000
MOST_HORIZONS = 10  # of a series
_EVERY = round(1 / SHARE)


def single_labels(y: Any) -> list[Any]:
    """The labels of rows that have one each.

    Raises:
        InputError: Rows have several.
    """
    labels = list(y)
    if any(isinstance(each, list | tuple | set | np.ndarray) for each in labels):
        raise InputError(
            "this takes one label a row: compare with multi_label=True on parts of your own"
        )
    return labels


def hold_out_rows(labels: Sequence[Any]) -> tuple[list[int], list[int]]:
    """Numbers of the rows to learn from and of those held out, drawn the same way each time.

    Every class is on both sides where that can be.

    Args:
        labels: One for each row, hashable.

    Raises:
        InputError: There are fewer than five rows, or all have one label.
    """
    from sklearn.model_selection import train_test_split

    count = min(MOST, round(SHARE * len(labels)))
    column = pd.Series(list(labels), dtype=object)
    classes, _ = pd.factorize(column, use_na_sentinel=False)
    sizes = np.bincount(classes)
    if len(labels) < _EVERY or len(sizes) < 2:
        raise InputError("at least five rows and two different labels are needed")
    stratify = classes if sizes.min() > 1 and count >= len(sizes) else None
    rows = list(range(len(labels)))
    train, test = train_test_split(rows, test_size=count, random_state=0, stratify=stratify)
    return train, test


def rows_of(data: Any, rows: Sequence[int]) -> Any:
    """Some rows of a list, an array or a frame."""
    if hasattr(data, "iloc"):
        return data.iloc[rows]
    return data[rows] if isinstance(data, np.ndarray) else [data[row] for row in rows]


def hold_out_steps(series: pd.Series | pd.DataFrame, horizon: int) -> tuple[Any, Any]:
    """A series or table without its last `horizon` steps, and these; of many, those of each.

    Args:
        series: A series or table, or a long frame with ``unique_id`` and ``ds``.
        horizon: How many.

    Raises:
        InputError: It is too short to learn from what is left, or all are; of many, those that are
            are left out, with a warning.
    """
    if "unique_id" in getattr(series, "columns", ()):
        lengths = series.groupby("unique_id")["unique_id"].transform("size")
        _check_lengths(series.groupby("unique_id").size(), horizon)
        series = series[lengths >= _least(horizon) + horizon]
        from_end = series.sort_values("ds").groupby("unique_id").cumcount(ascending=False)
        from_end = from_end.reindex(series.index)
        return series[from_end >= horizon], series[from_end < horizon]
    _check_lengths([len(series)], horizon)
    return series.iloc[:-horizon], series.iloc[-horizon:]


def hold_out_horizons(panel: SeriesPanel, horizon: int) -> tuple[SeriesPanel, SeriesPanel]:
    """Series without their last horizons, and these.

    So many as make a fifth of the shortest series, ten at most, and at least one. Series that are
    too short for that are left out of both, with a warning.

    Args:
        panel: Series without covariates.
        horizon: Steps to forecast.

    Raises:
        InputError: All are too short.
    """
    known = [_without_missing_ends(one) for one in panel.series]
    _check_lengths([len(one) for one in known], horizon)
    kept = [one for one in known if len(one) >= _least(horizon) + horizon]
    shortest = min(map(len, kept))
    steps = horizon * max(1, min(MOST_HORIZONS, round(SHARE * shortest / horizon)))
    steps = min(steps, (shortest - _least(horizon)) // horizon * horizon)
    before = [one.until(len(one) - steps) for one in kept]
    after = [one.tail(steps) for one in kept]
    return replace(panel, series=before), replace(panel, series=after)


def _without_missing_ends(one: Series) -> Series:
    """A series from its first known value to its last: nothing can be scored on what is missing."""
    known = np.flatnonzero(np.isfinite(one.values).any(axis=1))
    return one.until(int(known[-1]) + 1).tail(int(known[-1]) + 1 - int(known[0]))


def _check_lengths(lengths: Iterable[int], horizon: int) -> None:
    """Tells that series are too short to hold a horizon out and to learn from the rest."""
    lengths, least = list(lengths), _least(horizon) + horizon
    short = sum(length < least for length in lengths)
    if short == len(lengths):
        raise InputError(
            f"{max(lengths)} steps are too few to learn from and to hold out the last {horizon}: "
            f"give {least} at least, or a shorter horizon"
        )
    if short:
        warnings.warn(
            f"{short} of {len(lengths)} series are shorter than {least} steps: they are left out",
            stacklevel=5,
        )


def _least(horizon: int) -> int:
    """Steps that a forecaster needs at least: the horizon and two."""
    return horizon + 2


def hold_out_texts(texts: Sequence[str]) -> tuple[list[str], list[str]]:
    """Texts to learn from, and every fifth, at most a thousand; of one alone its end.

    Raises:
        InputError: There is none, or but one, and too short to be cut.
    """
    if not texts:
        raise InputError("there is no text to learn from")
    if len(texts) == 1:
        (text,) = texts
        end = round(len(text) * (1 - SHARE))
        if not text[:end].strip() or not text[end:].strip():
            raise InputError(
                f"there are {len(text)} characters: too few to learn from some and measure on "
                "others"
            )
        return [text[:end]], [text[end:]]
    held_out = set(_every_fifth(len(texts)) or [len(texts) - 1])
    train = [text for row, text in enumerate(texts) if row not in held_out]
    return train, [texts[row] for row in sorted(held_out)]


def hold_out_pairs(count: int) -> tuple[list[int], list[int]]:
    """Numbers of the pairs to learn from, and of every fifth, at most a thousand.

    Raises:
        InputError: There are fewer than five.
    """
    held_out = _every_fifth(count)
    if not held_out:
        raise InputError(f"{count} pairs are too few to hold some out: give {_EVERY} or more")
    return sorted({*range(count)} - {*held_out}), held_out


def _every_fifth(count: int) -> list[int]:
    return list(range(_EVERY - 1, count, _EVERY))[:MOST]
