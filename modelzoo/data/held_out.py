"""Holds a part of someone's data out, to score on what was not learned from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from modelzoo.errors import InputError

SHARE = 0.2  # of the examples that is held out, at most a thousand of them
MOST = 1000
MOST_HORIZONS = 10  # of a series


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
    sizes = pd.Series(list(labels)).value_counts(dropna=False)
    if count < 1 or len(sizes) < 2:
        raise InputError("at least five rows and two different labels are needed")
    stratify = labels if sizes.min() > 1 and count >= len(sizes) else None
    rows = list(range(len(labels)))
    train, test = train_test_split(rows, test_size=count, random_state=0, stratify=stratify)
    return train, test


def rows_of(data: Any, rows: Sequence[int]) -> Any:
    """Some rows of a list, an array or a frame."""
    if hasattr(data, "iloc"):
        return data.iloc[rows]
    return data[rows] if isinstance(data, np.ndarray) else [data[row] for row in rows]


def hold_out_steps(series: Any, steps: int, horizon: int | None = None) -> tuple[Any, Any]:
    """A series without its last steps, and these; of many, those of each.

    Args:
        series: A series or frame, an array (T,) or (T, C), a list of such, or a long frame with
            ``unique_id`` and ``ds``.
        steps: How many.
        horizon: Steps to forecast, of which twice as many and two must be left; by default `steps`.

    Raises:
        InputError: A series alone is shorter than that.
    """
    if isinstance(series, list) and series and not np.isscalar(series[0]):
        parts = [hold_out_steps(each, steps, horizon) for each in series]
        return [before for before, _ in parts], [after for _, after in parts]
    if "unique_id" in getattr(series, "columns", ()):
        from_end = series.sort_values("ds").groupby("unique_id").cumcount(ascending=False)
        from_end = from_end.reindex(series.index)
        return series[from_end >= steps], series[from_end < steps]
    horizon = horizon or steps
    least = horizon + 2 + steps  # of which a forecaster needs the horizon and two steps
    if len(series) < least:
        raise InputError(
            f"{len(series)} steps are too few to learn from and to hold out the last {steps}: "
            f"give {least} at least, or a shorter horizon"
        )
    values = series.iloc if hasattr(series, "iloc") else series
    return values[:-steps], values[-steps:]


def horizons_to_hold_out(length: int, horizon: int) -> int:
    """How many horizons of a series to hold out: a fifth of it, ten at most, and at least one.

    >>> horizons_to_hold_out(1000, 12), horizons_to_hold_out(60, 12)
    (10, 1)
    """
    return max(1, min(MOST_HORIZONS, round(SHARE * length / horizon)))


def hold_out_texts(texts: Sequence[str]) -> tuple[list[str], list[str]]:
    """Texts without every fifth, and these; of one alone its end.

    Raises:
        InputError: There is but one text, and too short to be cut.
    """
    if len(texts) == 1:
        (text,) = texts
        end = round(len(text) * (1 - SHARE))
        if not text[:end].strip() or not text[end:].strip():
            raise InputError(
                f"there are {len(text)} characters: too few to learn from some and measure on "
                "others"
            )
        return [text[:end]], [text[end:]]
    every = round(1 / SHARE)
    test = list(texts[every - 1 :: every]) or list(texts[-1:])
    train = [text for i, text in enumerate(texts) if i % every != every - 1][: len(texts) - 1]
    return train, test[:MOST]


def hold_out_pairs(count: int) -> tuple[list[int], list[int]]:
    """Numbers of the pairs to learn from, and of every fifth, which are held out.

    Raises:
        InputError: There are fewer than five.
    """
    every = round(1 / SHARE)
    if count < every:
        raise InputError(f"{count} pairs are too few to hold some out: give {every} or more")
    held_out = range(every - 1, count, every)
    return [row for row in range(count) if row % every != every - 1], list(held_out)[:MOST]
