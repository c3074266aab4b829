"""Numeric sequences for classification: regular arrays or ragged lists, checked and scaled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from modelzoo.data.columns import check_numeric
from modelzoo.data.interchange import as_pandas
from modelzoo.data.magnitude import LARGEST, TOO_LARGE
from modelzoo.errors import InputError, InputTypeError


def read_sequences(X: Any) -> list[np.ndarray]:
    """Reads numeric sequences of equal or different lengths.

    Args:
        X: Array (N, T) or (N, T, C), a DataFrame with one sequence a row, or a list of arrays
            (T_i,) or (T_i, C).

    Returns:
        A list of N float64 arrays (T_i, C).

    Raises:
        InputError: No rows, no steps, values that are not finite numbers, columns of a DataFrame
            that hold no numbers, or rows that disagree in their number of channels.
    """
    X = as_pandas(X)
    check_dense(X)
    if isinstance(X, pd.DataFrame):
        check_numeric(X)
    if isinstance(X, pd.Series):  # of arrays, it should be: numbers alone are told below
        X = list(X)
    rows: Any = list(X) if _is_ragged(X) else _regular(X)
    if isinstance(rows, np.ndarray) and rows.size and rows.dtype.kind in "biuf":
        whole = rows.astype("float64").reshape(*rows.shape[:2], -1)
        if whole.min() >= -LARGEST and whole.max() <= LARGEST:  # neither is true of NaN
            return list(whole)
    sequences = [_read_row(row, number) for number, row in enumerate(rows)]
    if not sequences:
        raise InputError("X has no rows")
    channels = sequences[0].shape[1]
    for number, sequence in enumerate(sequences):
        if sequence.shape[1] != channels:
            raise InputError(
                f"row {number} of X has {sequence.shape[1]} channels, row 0 has {channels}"
            )
    return sequences


def check_dense(X: Any) -> None:
    """Checks that data are no sparse matrix, which has no series in it.

    Raises:
        InputError: They are.
    """
    if hasattr(X, "toarray"):
        raise InputError("X is sparse, and a sequence has a value at each step: use X.toarray()")


class Scaler:
    """Standardizes each channel by the mean and spread of the training data.

    Attributes:
        mean: (C,) mean of each channel over all steps of all sequences.
        scale: (C,) standard deviation, 1 for a channel that never changes.
    """

    def __init__(self, mean: np.ndarray, scale: np.ndarray):
        self.mean = mean
        self.scale = scale

    @classmethod
    def learn(cls, sequences: Sequence[np.ndarray]) -> Scaler:
        """Measures sequences (T_i, C)."""
        steps = np.concatenate(sequences)
        return cls.of(steps.mean(axis=0), steps.std(axis=0), np.abs(steps).max(axis=0))

    @classmethod
    def of(cls, mean: np.ndarray, deviation: np.ndarray, largest: np.ndarray) -> Scaler:
        """Takes mean, standard deviation and largest magnitude of each channel (C,)."""
        tiny = deviation <= 1e-12 * np.maximum(largest, 1e-300)
        return cls(mean, np.where(tiny, 1.0, deviation))

    def transform(self, sequences: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Standardized float32 copies.

        Raises:
            InputError: Another number of channels than in the training data, or a value so far
                from it that float32 does not hold the distance.
        """
        if sequences[0].shape[1] != len(self.mean):
            raise InputError(
                f"X has {sequences[0].shape[1]} channels, the training data had {len(self.mean)}"
            )
        ends = np.cumsum([len(row) for row in sequences])
        steps = np.concatenate(sequences, dtype="float64")  # (steps of all, C)
        steps -= self.mean
        with np.errstate(over="ignore"):
            steps /= self.scale
            steps = steps.astype("float32")
        if not np.isfinite(steps).all():
            step = int((~np.isfinite(steps)).any(axis=1).argmax())
            number = int(np.searchsorted(ends, step, side="right"))
            raise InputError(
                f"row {number} of X holds {np.abs(sequences[number]).max():.3g}, too far from "
                f"the training data (mean {self.mean.max():.3g}, spread "
                f"{self.scale.min():.3g}): check its unit"
            )
        return [steps[end - len(row) : end] for row, end in zip(sequences, ends, strict=True)]

    def state(self) -> dict[str, list[float]]:
        """JSON-able form."""
        return {"mean": self.mean.tolist(), "scale": self.scale.tolist()}

    @classmethod
    def from_state(cls, state: dict[str, list[float]]) -> Scaler:
        """The inverse of :meth:`state`."""
        return cls(np.array(state["mean"], float), np.array(state["scale"], float))


class Moments:
    """Mean and spread of sequences that come in parts (Chan et al., 1979).

    Args:
        channels: C.
    """

    def __init__(self, channels: int):
        self.count = 0
        self.mean = np.zeros(channels)
        self.squares = np.zeros(channels)  # sum of squared distances from the mean
        self.largest = np.zeros(channels)

    def add(self, sequences: Sequence[np.ndarray]) -> None:
        """Takes note of more sequences (T_i, C).

        Raises:
            InputError: They have another number of channels.
        """
        steps = np.concatenate(sequences)
        if steps.shape[1] != len(self.mean):
            raise InputError(
                f"X has {steps.shape[1]} channels, the rows before had {len(self.mean)}"
            )
        mean, count = steps.mean(axis=0), self.count + len(steps)
        apart = mean - self.mean
        self.squares += ((steps - mean) ** 2).sum(axis=0)
        self.squares += apart**2 * self.count * len(steps) / count
        self.mean = self.mean + apart * len(steps) / count
        self.largest = np.maximum(self.largest, np.abs(steps).max(axis=0))
        self.count = count

    def scaler(self) -> Scaler:
        """Standardizes by all sequences that were added."""
        return Scaler.of(self.mean, np.sqrt(self.squares / self.count), self.largest)


def _is_ragged(X: Any) -> bool:
    if not isinstance(X, (list, tuple)):
        return False
    try:
        return len({np.shape(row) for row in X}) > 1
    except ValueError:  # of a row that is ragged itself, which is told later
        return True


def _regular(X: Any) -> np.ndarray:
    if isinstance(X, np.ma.MaskedArray) and X.mask.any():  # numpy would read what is masked
        raise InputError("X has masked values: fill or drop them first, as X.filled(0) does")
    try:
        array = np.asarray(X)
    except ValueError as error:
        raise InputError(f"X is not an array of numbers: {error}") from error
    if array.ndim not in (2, 3):
        single = ". Reshape your data: a single series is X[None]" if array.ndim == 1 else ""
        got = f"shape {array.shape}" if array.ndim else type(X).__name__
        raise InputError(f"X must be (rows, steps) or (rows, steps, channels), got {got}{single}")
    if len(array) and not array.shape[1]:
        raise InputError(
            f"X has 0 feature(s) (shape={array.shape}) while a minimum of 1 is required: its rows "
            "have no steps"
        )
    return array


def _read_row(row: Any, number: int) -> np.ndarray:
    try:
        values = np.asarray(row)
    except ValueError as error:
        raise InputError(f"row {number} of X is not numeric: {error}") from error
    if values.dtype.kind == "c":
        raise InputError(
            f"Complex data not supported: row {number} of X holds {values.dtype}; stack real and "
            "imaginary parts as channels"
        )
    if values.dtype.kind not in "biufO":
        raise InputError(f"row {number} of X holds {values.dtype}, not numbers")
    if values.dtype == object:
        for place, value in enumerate(values.flat):
            if value is not None and (np.ndim(value) or not np.isreal(value)):
                kind = InputError if isinstance(value, str | bytes) else InputTypeError
                raise kind(
                    f"row {number} of X holds {value!r:.40} ({type(value).__name__}) as its value "
                    f"{place}, not a number"
                )
    try:
        values = values.astype("float64")
    except (TypeError, ValueError, OverflowError) as error:
        kind = InputTypeError if isinstance(error, TypeError) else InputError
        raise kind(f"row {number} of X is not numeric: {error}") from error
    if values.ndim == 1:
        values = values[:, None]
    if values.ndim != 2 or not values.size:
        raise InputError(f"row {number} of X has no steps: shape {values.shape}")
    bad = ~(np.abs(values) <= LARGEST)
    if bad.any():
        step, channel = np.argwhere(bad)[0]
        value = values[step, channel]
        raise InputError(
            f"row {number} of X holds {value} at step {step}, channel {channel}: "
            + (
                TOO_LARGE
                if np.isfinite(value)
                else "fill or drop missing and infinite values first"
            )
        )
    return values
