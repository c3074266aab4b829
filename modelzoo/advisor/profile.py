"""What the data say of themselves beside their size: gaps, seasons, trend, noise, balance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modelzoo.advisor.landmark import linear_gain
from modelzoo.errors import ModelZooError

if TYPE_CHECKING:
    import numpy as np

_ROWS = 2_000  # read of texts and sequences: enough for shares and percentiles
_SERIES, _STEPS = 50, 5_000  # read of series: so many of them, of each the latest steps
_HORIZON = 8  # steps ahead that are tried where nobody says how many, or a season of more
_NOTABLE = 0.005  # smaller shares of missing values are not worth a word


@dataclass(frozen=True)
class Profile:
    """What the data say; None is what they do not tell, or what was not looked at.

    Attributes:
        lengths: Steps of a sequence, words of a text: the 10th, 50th and 90th percentile.
        missing: Share of the values that are missing.
        vocabulary: Number of different words in the texts that were read.
        classes: Number of different labels.
        largest_class: Share of the most frequent label: the accuracy of always answering it.
        season_length: Steps of the season that the time stamps suggest.
        seasonal_strength: How much of what is left without the trend is season, from 0 to 1: one
            minus the variance of the remainder over that of season and remainder (Wang, Smith,
            Hyndman: Characteristic-based clustering for time series data, 2006). The median over
            the series.
        trend_strength: The same of trend and remainder.
        noise: Variance of the remainder over that of the series; where a season is known.
        seasons: How many seasons the longest series has.
        linear_gain: How much less a linear forecast errs than repetition does, on the last part of
            the series: 0.1 is a tenth less, -0.1 a tenth more; see
            `modelzoo.advisor.landmark.linear_gain`.
    """

    lengths: tuple[int, int, int] | None = None
    missing: float | None = None
    vocabulary: int | None = None
    classes: int | None = None
    largest_class: float | None = None
    season_length: int | None = None
    seasonal_strength: float | None = None
    trend_strength: float | None = None
    noise: float | None = None
    seasons: float | None = None
    linear_gain: float | None = None

    def phrases(self) -> list[str]:
        """What there is to say, a few words each."""
        said = []
        if self.lengths is not None and self.lengths[0] != self.lengths[2]:
            said.append(f"{self.lengths[0]:,} to {self.lengths[2]:,} steps in most")
        if self.missing is not None and self.missing > _NOTABLE:
            said.append(f"{self.missing:.1%} missing")
        if self.vocabulary is not None:
            said.append(f"{self.vocabulary:,} different words in up to {_ROWS:,} texts")
        if self.classes is not None and self.largest_class is not None:
            said.append(f"{self.classes:,} classes, the largest {self.largest_class:.0%}")
        if self.seasonal_strength is not None:
            said.append(
                f"seasonal strength {self.seasonal_strength:.2f} at {self.season_length} steps"
            )
        if self.trend_strength is not None:
            said.append(f"trend strength {self.trend_strength:.2f}")
        if self.noise is not None:
            said.append(f"noise {self.noise:.0%}")
        if self.linear_gain is not None:
            said.append(f"a linear forecast errs {self.linear_error} repetition")
        return said

    @property
    def linear_error(self) -> str:
        """How much less or more a linear forecast errs, in words that something follows."""
        gain = self.linear_gain or 0.0
        if abs(gain) < _NOTABLE:
            return "as much as"
        if gain < -1:
            return "more than twice as much as"
        return f"{abs(gain):.0%} {'less' if gain > 0 else 'more'} than"


def profile_of(
    data: Any,
    labels: Any,
    task: str | None,
    season_length: int | None = None,
    horizon: int | None = None,
) -> Profile:
    """Looks at a part of the data.

    Args:
        data: Series, sequences of numbers, or texts, as an estimator takes them.
        labels: The labels of classification; None where there are none.
        task: What is to be done; None looks at nothing but labels.
        season_length: Steps of a season, where it is known.
        horizon: Steps to forecast, where that is known.

    Returns:
        The profile; of data that cannot be read, an empty one: to refuse them is up to ``fit``.
    """
    found: dict[str, Any] = {}
    for look in (
        lambda: {} if labels is None else _balance(labels),
        lambda: _of_series(data, season_length, horizon) if task == "forecasting" else {},
        lambda: _of_rows(data) if task in ("classification", "generation") else {},
    ):
        with suppress(ModelZooError, TypeError, ValueError, ArithmeticError):
            found |= look()
    return Profile(**found)


def text_column(data: Any) -> Any:
    """The one column of a table of texts; None of anything else."""
    if not (hasattr(data, "iloc") and hasattr(data, "columns")) or data.shape[1] != 1:
        return None
    column = data.iloc[:, 0]
    return column if len(column) and isinstance(column.iloc[0], str) else None


def _balance(labels: Any) -> dict[str, Any]:
    """Counts single labels; of several a row there is no largest class."""
    import numpy as np

    column = np.asarray(labels, dtype=object)
    if column.ndim == 2 and column.shape[1] == 1:
        column = column[:, 0]
    if column.ndim != 1 or any(isinstance(each, list | tuple | set) for each in column):
        return {}
    counts = Counter(str(each) for each in column if each is not None and each == each)
    if not counts:
        return {}
    return {"classes": len(counts), "largest_class": max(counts.values()) / counts.total()}


def _of_rows(data: Any) -> dict[str, Any]:
    import numpy as np

    if isinstance(data, str):
        data = [data]
    texts = text_column(data)
    if texts is not None:
        data = texts
    elif hasattr(data, "iloc") and hasattr(data, "columns"):  # a row is a sequence, or a table's
        missing = data.iloc[:_ROWS].isna().to_numpy()
        if not missing.size:
            return {}
        return {"lengths": (missing.shape[1],) * 3, "missing": float(missing.mean())}
    lengths, missing, size, words = [], 0, 0, set()
    for row, _ in zip(iter(data), range(_ROWS), strict=False):
        if isinstance(row, str):
            said = row.lower().split()
            words.update(said)
            lengths.append(len(said))
        else:
            values = np.isnan(np.asarray(row, dtype=float))
            missing, size = missing + int(values.sum()), size + values.size
            lengths.append(len(values))
    if not lengths:
        return {}
    found: dict[str, Any] = {"lengths": _percentiles(lengths)}
    if words:
        found["vocabulary"] = len(words)
    if size:
        found["missing"] = missing / size
    return found


def _percentiles(lengths: Any) -> tuple[int, int, int]:
    import numpy as np

    low, middle, high = np.percentile(list(lengths), (10, 50, 90)).round().astype(int).tolist()
    return low, middle, high


def _of_series(data: Any, season_length: int | None, horizon: int | None) -> dict[str, Any]:
    import numpy as np

    series, guessed = _read_series(data)
    season = season_length or guessed
    channels = [column for each in series[:_SERIES] for column in each[-_STEPS:].T]
    longest = max(map(len, series))
    found: dict[str, Any] = {
        "lengths": _percentiles(map(len, series)),
        "missing": float(np.mean([np.isnan(each).mean() for each in channels])),
    }
    parts = [each for each in map(lambda x: _strengths(x, season), channels) if each is not None]
    if parts:
        trend, seasonal, noise = np.median(parts, axis=0).tolist()
        found["trend_strength"] = trend
        if season > 1:  # else all that repeats itself would be called noise
            found |= {"season_length": season, "seasons": longest / season}
            found |= {"seasonal_strength": seasonal, "noise": noise}
    ahead = horizon or max(season, _HORIZON)
    with suppress(ValueError, ArithmeticError):
        found["linear_gain"] = linear_gain(channels[:_SERIES], ahead, season)
    return found


def _read_series(data: Any) -> tuple[list[np.ndarray], int]:
    """Each series as (T, C), and the season that their time stamps suggest, 1 for none.

    Bare numbers have no time stamps: for them pandas, which takes a while, is not imported.
    """
    import numpy as np

    if isinstance(data, list) and data and isinstance(data[0], int | float):
        return [np.asarray(data, dtype=float)[:, None]], 1
    from modelzoo.data.series import SeriesPanel

    panel = SeriesPanel.read(data)
    return [np.asarray(each.values, dtype=float) for each in panel.series], panel.season_length


def _strengths(series: np.ndarray, season: int) -> tuple[float, float, float] | None:
    """Strength of trend and season, and the share of noise, by classical decomposition.

    None where there is less than three seasons (or eight steps), or nothing varies.
    """
    import numpy as np

    known = np.flatnonzero(np.isfinite(series))
    if len(known) < max(3 * season, 8):
        return None
    whole = np.interp(np.arange(known[0], known[-1] + 1), known, series[known])
    width = season if season > 1 else 7
    weights = np.ones(width) / width
    if width % 2 == 0:  # the usual 2 x season average, which has a middle
        weights = np.convolve(weights, [0.5, 0.5])
    margin = len(weights) // 2
    if len(whole) < max(2 * season, 2) + 2 * margin:
        return None
    trend = np.convolve(whole, weights, mode="valid")
    whole = whole[margin : len(whole) - margin]
    left = whole - trend
    seasonal = np.zeros_like(left)
    if season > 1:
        phase = np.arange(len(left)) % season
        means = np.array([left[phase == each].mean() for each in range(season)])
        seasonal = (means - means.mean())[phase]
    noise = left - seasonal
    if whole.std() <= 1e-9 * np.abs(whole).max():  # constant but for rounding
        return None

    def strength(part: Sequence[float] | np.ndarray) -> float:
        both = np.var(part + noise)
        return float(max(0.0, 1 - noise.var() / both)) if both > 0 else 0.0

    return strength(trend), strength(seasonal), float(min(1.0, noise.var() / whole.var()))
