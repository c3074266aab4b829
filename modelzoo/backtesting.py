"""Walking a forecaster forward over series: each step is forecast once, from what came before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone

from modelzoo.data.series import SeriesPanel
from modelzoo.data.windows import last_season
from modelzoo.errors import InputError, check_whole
from modelzoo.metrics import coverage, mae, mase, median, pinball_loss, rmse, smape


def walk_forward(
    forecaster: Any, whole: SeriesPanel, starts: Sequence[int]
) -> list[np.ndarray | None]:
    """Forecasts every ``horizon`` steps from all that is known by then.

    Args:
        forecaster: Fitted; has ``horizon`` and ``continued``.
        whole: The series.
        starts: For each series the first step to forecast, at least 1.

    Returns:
        For each series of T steps its quantiles (T - start, C, Q), or None where T is ``start`` or
        less.
    """
    horizon = forecaster.horizon
    places = [
        (i, origin)
        for i, (one, start) in enumerate(zip(whole.series, starts, strict=True))
        for origin in range(start, len(one), horizon)
    ]
    if not places:
        return [None] * len(starts)
    # Every origin is a series of its own, so that a network answers all of them at once.
    known = [whole.series[i].until(origin) for i, origin in places]
    pieces: list[list[np.ndarray]] = [[] for _ in starts]
    panel = SeriesPanel(known, whole.channels, "list")
    for (i, _), piece in zip(places, forecaster.continued(panel, horizon), strict=True):
        pieces[i].append(piece)  # (H, C, Q)
    return [
        np.concatenate(each)[: len(one) - start] if each else None
        for one, start, each in zip(whole.series, starts, pieces, strict=True)
    ]


def forecast_measures(
    truth: np.ndarray,
    quantiles: np.ndarray,
    levels: Sequence[float],
    past: np.ndarray,
    season_length: int,
) -> dict[str, float]:
    """How good the forecast of one series is, in every usual measure.

    Args:
        truth: What came (H, C), NaN where unknown.
        quantiles: The forecast (H, C, Q).
        levels: Its Q levels.
        past: What stands before (T, C), by which MASE is scaled.
        season_length: Steps in a season, for MASE.

    Returns:
        MASE, MAE, RMSE and sMAPE of the median, the pinball loss over all levels, and the coverage
        of the interval between the outermost ones.
    """
    middle = median(quantiles, levels)
    season = max(1, min(season_length, len(past) - 1))
    return {
        "MASE": mase(truth, middle, past, season) if len(past) > 1 else float("nan"),
        "MAE": mae(truth, middle),
        "RMSE": rmse(truth, middle),
        "sMAPE": smape(truth, middle),
        "pinball": pinball_loss(truth, quantiles, levels),
        "coverage": coverage(truth, quantiles[..., 0], quantiles[..., -1]),
    }


@dataclass(frozen=True)
class Backtest:
    """What a backtest found.

    Attributes:
        name: What was tested.
        predictions: A row a step forecast: ``fold``, the series and channel where there are
            several, the time ``ds``, the truth ``y``, a column a quantile, and ``naive``, the
            seasonal naive forecast.
        metrics: A row a fold and one, ``"all"``, with the mean of the folds: MASE, MAE, RMSE,
            sMAPE, pinball loss, coverage of the outermost quantiles, and ``skill``, 1 - MAE / MAE
            of the seasonal naive forecast.
        baseline: The same rows for the point measures of the seasonal naive forecast.
        nominal: The coverage that the outermost quantiles should have.
    """

    name: str
    predictions: pd.DataFrame
    metrics: pd.DataFrame
    baseline: pd.DataFrame
    nominal: float

    @property
    def verdict(self) -> str:
        """In words, whether the seasonal naive forecast is beaten."""
        skill = self.metrics["skill"]
        better = int((skill.iloc[:-1] > 0).sum())
        if skill["all"] > 0:
            said = f"{self.name} beats the seasonal naive forecast by {skill['all']:.0%}"
        else:
            said = f"{self.name} does not beat the seasonal naive forecast: use that instead"
        return f"{said} (better in {better} of {len(skill) - 1} folds)"

    def __str__(self) -> str:
        shown = self.metrics.assign(**{"naive MASE": self.baseline["MASE"]})
        return (
            f"{shown.round(3).to_string()}\n"
            f"coverage is of the interval that should hold {self.nominal:.0%}\n{self.verdict}"
        )

    def _repr_html_(self) -> str:
        shown = self.metrics.assign(**{"naive MASE": self.baseline["MASE"]})
        return f"{shown.round(3).to_html()}<p>{self.verdict}</p>"

    def as_dict(self) -> dict[str, Any]:
        """Measures and verdict in JSON types."""
        return {
            "model": self.name,
            "metrics": _as_json(self.metrics),
            "baseline": _as_json(self.baseline),
            "nominal_coverage": self.nominal,
            "verdict": self.verdict,
        }


def backtest(
    forecaster: Any,
    whole: SeriesPanel,
    *,
    folds: int = 3,
    horizon: int | None = None,
    step: int | None = None,
    refit: bool = False,
) -> Backtest:
    """Measures a forecaster on the end of series, from nothing but what stands before.

    Args:
        forecaster: An estimator, fitted or not; copies of it are trained.
        whole: One series or many.
        folds: Origins to forecast from.
        horizon: Steps to forecast from each; None for the forecaster's.
        step: Steps between two origins; None for the horizon.
        refit: Train before each fold rather than before the first one only.

    Raises:
        InputError: An argument is out of range, or a series is too short.
    """
    horizon = forecaster.horizon if horizon is None else horizon
    step = horizon if step is None else step
    for name, value in (("folds", folds), ("horizon", horizon), ("step", step)):
        check_whole(name, value)
    reach = horizon + (folds - 1) * step
    short = [one for one in whole.series if len(one) <= reach + horizon]
    if short:
        raise InputError(
            f"series {short[0].id!r} has {len(short[0])} steps: {folds} folds of {horizon} every "
            f"{step} steps take the last {reach}, and leave too few to learn from; ask for fewer "
            "folds or a shorter horizon, or leave such series out"
        )
    predictions, scores, references = [], [], []
    fitted = None
    for fold in range(folds):
        back = reach - fold * step  # steps from the origin to the end
        known = SeriesPanel(
            [one.until(len(one) - back) for one in whole.series], whole.channels, whole.form
        )
        if fitted is None or refit:
            fitted = clone(forecaster).set_params(horizon=horizon)
            fitted.fit(known)
        _, season = fitted.trained_on()
        rows, measures, reference = _scored(fitted, whole, known, horizon, season)
        predictions += [row.assign(fold=fold) for row in rows]
        scores.append(measures)
        references.append(reference)
    metrics, baseline = _with_mean(scores), _with_mean(references)
    ratio = metrics["MAE"] / baseline["MAE"].replace(0, np.nan)
    frame = pd.concat(predictions, ignore_index=True)
    levels = [float(level) for level in forecaster.quantiles]
    return Backtest(
        name=_name(forecaster),
        predictions=frame[["fold", *(c for c in frame.columns if c != "fold")]],
        metrics=metrics.assign(skill=(1 - ratio).fillna((metrics["MAE"] == 0).astype(float))),
        baseline=baseline,
        nominal=levels[-1] - levels[0],
    )


def _scored(
    fitted: Any, whole: SeriesPanel, known: SeriesPanel, horizon: int, season: int
) -> tuple[list[pd.DataFrame], dict[str, float], dict[str, float]]:
    """The forecasts of one fold, and the measures of the network and of the naive forecast."""
    levels = [float(level) for level in fitted.quantiles]
    rows, scores, references = [], [], []
    forecasts = fitted.continued(known, horizon)
    for one, past, quantiles in zip(whole.series, known.series, forecasts, strict=True):
        origin = len(past)
        truth = one.values[origin : origin + horizon]  # (H, C)
        naive = _seasonal_naive(past.values, season, horizon)
        for c, channel in enumerate(whole.channels):
            row = pd.DataFrame({"ds": one.index[origin : origin + horizon], "y": truth[:, c]})
            row[levels] = quantiles[:, c]
            row["naive"] = naive[:, c]
            if len(whole.channels) > 1:
                row.insert(0, "channel", [channel] * horizon)
            if whole.form in ("long", "list"):
                row.insert(0, "unique_id", [one.id] * horizon)
            rows.append(row)
        if np.isfinite(truth).any():
            own = past.values
            scores.append(forecast_measures(truth, quantiles, levels, own, season))
            point = forecast_measures(truth, naive[:, :, None], [0.5], own, season)
            references.append({k: point[k] for k in ("MASE", "MAE", "RMSE", "sMAPE")})
    if not scores:
        raise InputError("no true value is known in a fold: nothing can be scored")
    return rows, _mean(scores), _mean(references)


def _mean(scores: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {name: float(np.mean([score[name] for score in scores])) for name in scores[0]}


def _with_mean(scores: Sequence[Mapping[str, float]]) -> pd.DataFrame:
    index = pd.Index([*range(len(scores)), "all"], name="fold")
    return pd.DataFrame([*scores, _mean(scores)], index=index)


def _as_json(frame: pd.DataFrame) -> dict[str, dict[str, float]]:
    return {str(fold): row for fold, row in frame.to_dict("index").items()}


def _name(forecaster: Any) -> str:
    model = getattr(forecaster, "model", None)
    if model is None:
        return type(forecaster).__name__
    return model if isinstance(model, str) else getattr(model, "__name__", repr(model))


def skill(forecaster: Any, history: SeriesPanel, whole: SeriesPanel, season_length: int) -> float:
    """1 - MAE / MAE of the seasonal naive forecast: 1 is perfect, 0 as good, below 0 worse.

    Forecast is every ``horizon`` steps, from all that stands before. Where the time stamps
    continue those of the training series, that includes the training series and every step of X is
    scored; elsewhere the first two seasons, or the first ``horizon`` steps if that is more, are
    given and not scored.

    Args:
        forecaster: Fitted; has ``horizon``, ``quantiles`` and ``continued``.
        history: The training series, or their end.
        whole: One series or many.
        season_length: Steps in a season.

    Raises:
        InputError: No series is long enough, or no quantile stands for the median.
    """
    starts = [max(2 * season_length, forecaster.horizon)] * len(whole)
    if _continues(history, whole):
        starts = [len(one) for one in history.series]
        whole = history.append(whole)
    starts = [
        max(start, _first_known(one.values))
        for start, one in zip(starts, whole.series, strict=True)
    ]
    error = reference = 0.0
    scored = 0
    forecasts = walk_forward(forecaster, whole, starts)
    for one, start, quantiles in zip(whole.series, starts, forecasts, strict=True):
        if quantiles is None:
            continue
        truth = one.values[start:]  # (T, C)
        naive = np.concatenate(
            [
                _seasonal_naive(one.values[:origin], season_length, forecaster.horizon)
                for origin in range(start, len(one), forecaster.horizon)
            ]
        )[: len(truth)]
        usable = np.isfinite(truth) & np.isfinite(naive)
        scored += int(usable.sum())
        error += float(np.abs(truth - median(quantiles, forecaster.quantiles))[usable].sum())
        reference += float(np.abs(truth - naive)[usable].sum())
    if not scored:
        raise InputError(
            f"scoring needs more than {starts[0]} steps (two seasons of {season_length}, and a "
            f"horizon of {forecaster.horizon}), or a series that continues the training series"
        )
    return 1 - error / reference if reference else float(error == 0)


def _continues(history: SeriesPanel, later: SeriesPanel) -> bool:
    """Whether each series of ``later`` begins with the stamp that follows one of ``history``."""
    if len(history) != len(later) or len(history.channels) != len(later.channels):
        return False
    if history.form != later.form:
        return False
    tails = {one.id: one for one in later.series}
    if len(tails) != len(later) or set(tails) != {one.id for one in history.series}:
        return False
    try:
        follows = [history.future_index(i, 1)[0] for i in range(len(history))]
    except InputError:  # an index without a step has nothing that follows
        return False
    begins = [tails[one.id].index[0] for one in history.series]
    return all(
        type(begin) is type(follow) and begin == follow
        for begin, follow in zip(begins, follows, strict=True)
    )


def _first_known(values: np.ndarray) -> int:
    """How many steps (T, C) it takes until every channel has shown a value; T if one never does."""
    known = np.isfinite(values).cumsum(axis=0).all(axis=1)
    return int(known.argmax()) + 1 if known.any() else len(values)


def _seasonal_naive(values: np.ndarray, season: int, horizon: int) -> np.ndarray:
    """The last season (T, C) repeated: (horizon, C)."""
    repeated = np.arange(horizon) % season
    return np.stack([last_season(column, season)[repeated] for column in values.T], axis=1)
