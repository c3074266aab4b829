"""Backtests: forecasts of the end of series, fold by fold, from nothing but what stands before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone

from modelzoo.data.series import SeriesPanel
from modelzoo.errors import InputError, check_levels, check_whole
from modelzoo.evaluation import verdict
from modelzoo.metrics import finite_or_none
from modelzoo.walking import forecast_measures, mean_measures, seasonal_naive


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
        errors, naive = self.metrics["MAE"], self.baseline["MAE"]
        said = verdict("forecasting", self.name, errors["all"], {"seasonal naive": naive["all"]})
        better = int((errors < naive).iloc[:-1].sum())
        return f"{said} (better in {better} of {len(errors) - 1} folds)"

    def __str__(self) -> str:
        shown = self.metrics.assign(**{"naive MASE": self.baseline["MASE"]})
        return (
            f"{shown.round(3).to_string()}\n"
            f"coverage is of the interval that should hold {self.nominal:.0%}\n{self.verdict}"
        )

    def _repr_html_(self) -> str:
        shown = self.metrics.assign(**{"naive MASE": self.baseline["MASE"]})
        return f"{shown.round(3).to_html()}<p>{self.verdict}</p>"

    def to_dict(self) -> dict[str, Any]:
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
    refit: bool | int = False,
) -> Backtest:
    """Measures a forecaster on the end of series, from nothing but what stands before.

    Args:
        forecaster: An estimator, fitted or not; copies of it are trained.
        whole: One series or many.
        folds: Origins to forecast from.
        horizon: Steps to forecast from each; None for the forecaster's.
        step: Steps between two origins; None for the horizon.
        refit: True trains before each fold, n before every n-th one, False before the first alone.

    Raises:
        InputError: An argument is out of range, or a series is too short.
    """
    horizon = forecaster.horizon if horizon is None else horizon
    step = horizon if step is None else step
    for name, value in (("folds", folds), ("horizon", horizon), ("step", step)):
        check_whole(name, value)
    if not isinstance(refit, bool):
        check_whole("refit, if neither True nor False,", refit)
    levels = check_levels(forecaster.quantiles)
    if not levels[0] <= 0.5 <= levels[-1]:
        raise InputError(
            f"backtesting needs the quantile 0.5 or one on either side of it, got {levels}"
        )
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
        if fitted is None or (refit and fold % refit == 0):
            fitted = clone(forecaster).set_params(horizon=horizon)
            fitted.fit(known)
        _, season = fitted.trained_on()
        rows, measures, reference = _scored(fitted, whole, known, horizon, season)
        predictions += [row.assign(fold=fold) for row in rows]
        scores.append(measures)
        references.append(reference)
    metrics, baseline = _with_mean(scores), _with_mean(references)
    perfect = 1.0 - (baseline["MAE"] == 0)  # no better than a naive forecast that is perfect too
    ratio = metrics["MAE"] / baseline["MAE"].replace(0, np.nan)
    frame = pd.concat(predictions, ignore_index=True)
    return Backtest(
        name=_name(forecaster),
        predictions=frame[["fold", *(c for c in frame.columns if c != "fold")]],
        metrics=metrics.assign(skill=(1 - ratio).where(metrics["MAE"] > 0, perfect)),
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
        naive = seasonal_naive(past.values, season, horizon)
        for c, channel in enumerate(whole.channels):
            row = pd.DataFrame({"ds": one.index[origin : origin + horizon], "y": truth[:, c]})
            row[levels] = quantiles[:, c]
            row["naive"] = naive[:, c]
            if len(whole.channels) > 1:
                row.insert(0, "channel", [channel] * horizon)
            if whole.form in ("long", "list"):
                row.insert(0, "unique_id", [one.id] * horizon)
            rows.append(row)
        measures = forecast_measures(truth, quantiles, levels, past.values, season)
        point = forecast_measures(truth, naive[:, :, None], [0.5], past.values, season)
        if measures and point:
            scores.append(measures)
            references.append({k: point[k] for k in ("MASE", "MAE", "RMSE", "sMAPE")})
    if not scores:
        raise InputError("no true value is known in a fold: nothing can be scored")
    return rows, mean_measures(scores), mean_measures(references)


def _with_mean(scores: Sequence[Mapping[str, float]]) -> pd.DataFrame:
    index = pd.Index([*range(len(scores)), "all"], name="fold")
    return pd.DataFrame([*scores, mean_measures(scores)], index=index)


def _as_json(frame: pd.DataFrame) -> dict[str, dict[str, float | None]]:
    rows = frame.to_dict("index")
    return {str(f): {k: finite_or_none(v) for k, v in row.items()} for f, row in rows.items()}


def _name(forecaster: Any) -> str:
    model = getattr(forecaster, "model", None)
    if model is None:
        return type(forecaster).__name__
    return model if isinstance(model, str) else getattr(model, "__name__", repr(model))
