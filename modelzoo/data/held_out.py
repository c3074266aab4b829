"""Holds a part of someone's data out, to score on what was not learned from."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from modelzoo.data.series import SeriesPanel
from modelzoo.errors import InputError

SHARE = 0.2  # of the examples that is held out, at most a thousand of them
MOST = 1000
MOST_HORIZONS = 10  # of a series
_EVERY = round(1 / SHARE)


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
    if len(labels) < _EVERY or len(sizes) < 2:
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


def hold_out_steps(series: pd.Series | pd.DataFrame, horizon: int) -> tuple[Any, Any]:
    """A series or table without its last `horizon` steps, and these; of many, those of each.

    Args:
        series: A series or table, or a long frame with ``unique_id`` and ``ds``.
        horizon: How many.

    Raises:
        InputError: A series alone is too short to learn from what is left.
    """
    if "unique_id" in getattr(series, "columns", ()):
        from_end = series.sort_values("ds").groupby("unique_id").cumcount(ascending=False)
        from_end = from_end.reindex(series.index)
        return series[from_end >= horizon], series[from_end < horizon]
    least = _least(horizon) + horizon
    if len(series) < least:
        raise InputError(
            f"{len(series)} steps are too few to learn from and to hold out the last {horizon}: "
            f"give {least} at least, or a shorter horizon"
        )
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
    least = _least(horizon) + horizon
    kept = [one for one in panel.series if len(one) >= least]
    if not kept:
        longest = max(map(len, panel.series))
        raise InputError(
            f"{longest} steps are too few to learn from and to hold out {horizon}: give {least} at "
            "least, or a shorter horizon"
        )
    if len(kept) < len(panel):
        warnings.warn(
            f"{len(panel) - len(kept)} of {len(panel)} series are shorter than {least} steps: they "
            "are left out",
            stacklevel=4,
        )
    shortest = min(map(len, kept))
    steps = horizon * max(1, min(MOST_HORIZONS, round(SHARE * shortest / horizon)))
    steps = min(steps, (shortest - _least(horizon)) // horizon * horizon)
    before = [one.until(len(one) - steps) for one in kept]
    after = [one.tail(steps) for one in kept]
    return replace(panel, series=before), replace(panel, series=after)


def _least(horizon: int) -> int:
    """Steps that a forecaster needs at least: the horizon and two."""
    return horizon + 2


def hold_out_texts(texts: Sequence[str]) -> tuple[list[str], list[str]]:
    """Texts to learn from, and every fifth, at most a thousand; of one alone its end.

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
