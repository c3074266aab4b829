"""Backtests: forecasts of the end of series, fold by fold, from nothing but what stands before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone

from modelzoo.baselines import baselines_for
from modelzoo.data.series import Series, SeriesPanel
from modelzoo.errors import InputError, UnknownNameError, check_levels, check_whole
from modelzoo.evaluation import verdict
from modelzoo.metrics import finite_or_none
from modelzoo.walking import forecast_measures, mean_measures, seasonal_naive

BASELINES = ("all", "naive")


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
        baselines: The same rows for each baseline, by its name.
        nominal: The coverage that the outermost quantiles should have.
        failures: Why baselines have no measures, by name.
    """

    name: str
    predictions: pd.DataFrame
    metrics: pd.DataFrame
    baselines: Mapping[str, pd.DataFrame]
    nominal: float
    failures: Mapping[str, str] = field(default_factory=dict)

    @property
    def verdict(self) -> str:
        """In words, which baselines are beaten by MAE, and in how many folds the best of them."""
        errors = self.metrics["MAE"]
        others = {name: float(each.loc["all", "MAE"]) for name, each in self.baselines.items()}
        others |= dict.fromkeys(self.failures, float("nan"))
        said = verdict("forecasting", self.name, float(errors["all"]), others)
        if not self.baselines:
            return said or f"{self.name} was compared with no baseline"
        best = min(self.baselines, key=lambda name: others[name])
        better = int((errors < self.baselines[best]["MAE"]).iloc[:-1].sum())
        return f"{said} (better than {best} in {better} of {len(errors) - 1} folds)"

    @property
    def means(self) -> pd.DataFrame:
        """The means of the folds: a row for what was tested, and one for each baseline."""
        tables = {self.name: self.metrics, **self.baselines}
        return pd.DataFrame({name: each.loc["all"] for name, each in tables.items()}).T

    def __str__(self) -> str:
        failed = [f"{name} failed: {reason}" for name, reason in self.failures.items()]
        told = f"coverage is of the interval that should hold {self.nominal:.0%}"
        tables = [each.round(3).to_string() for each in (self.metrics, self.means)]
        return "\n".join([tables[0], "", tables[1], *failed, told, self.verdict])

    def _repr_html_(self) -> str:
        tables = [each.round(3).to_html() for each in (self.metrics, self.means)]
        return f"{''.join(tables)}<p>{escape(self.verdict)}</p>"

    def to_dict(self) -> dict[str, Any]:
        """Measures and verdict in JSON types."""
        return {
            "model": self.name,
            "metrics": _as_json(self.metrics),
            "baselines": {name: _as_json(each) for name, each in self.baselines.items()},
            "failures": dict(self.failures),
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
    baselines: str = "all",
) -> Backtest:
    """Measures a forecaster on the end of series, from nothing but what stands before.

    The baselines are trained when it is and forecast what it does; covariates they do not read. One
    that fails is told with its error, and the others go on.

    Args:
        forecaster: An estimator, fitted or not; copies of it are trained.
        whole: One series or many.
        folds: Origins to forecast from.
        horizon: Steps to forecast from each; None for the forecaster's.
        step: Steps between two origins; None for the horizon.
        refit: True trains before each fold, n before every n-th one, False before the first alone.
        baselines: ``"all"`` of the task, or ``"naive"``: the seasonal naive forecast alone.

    Raises:
        InputError: An argument is out of range, or a series is too short.
        UnknownNameError: ``baselines`` is neither of its two values.
    """
    if baselines not in BASELINES:
        raise UnknownNameError("choice of baselines", baselines, BASELINES)
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
    fitted = clone(forecaster).set_params(horizon=horizon)
    rivals: dict[str, Any] = {}
    failures: dict[str, str] = {}
    predictions, scores, references = [], [], []
    rival_scores: dict[str, list[dict[str, float]]] = {}
    for fold in range(folds):
        back = reach - fold * step  # steps from the origin to the end
        known = SeriesPanel(
            [one.until(len(one) - back) for one in whole.series], whole.channels, whole.form
        )
        train = not fold or bool(refit and fold % refit == 0)
        if train and fold:
            fitted = clone(forecaster).set_params(horizon=horizon)
            rivals = {name: clone(each) for name, each in rivals.items()}
        if train:
            fitted.fit(known)
        _, season = fitted.trained_on()
        if not fold:
            rivals = _rivals(fitted, season, baselines)
        truths = [one.values[len(past) :][:horizon] for one, past in _both(whole, known)]  # (H, C)
        naive = [seasonal_naive(past.values, season, horizon) for past in known.series]  # (H, C)
        forecasts = fitted.continued(known, horizon)  # (H, C, Q) each
        rows = _rows(whole, known, truths, forecasts, naive, levels)
        predictions += [row.assign(fold=fold) for row in rows]
        # All are measured on the same steps: those that each of them could forecast.
        scored = [
            np.where(np.isfinite(point) & np.isfinite(one).all(axis=-1), truth, np.nan)
            for truth, point, one in zip(truths, naive, forecasts, strict=True)
        ]
        scores.append(_measured(scored, forecasts, levels, known, season))
        points = [each[..., None] for each in naive]
        references.append(_measured(scored, points, [0.5], known, season))
        for name, rival in list(rivals.items()):
            try:
                if train:
                    rival.fit(known)
                answers = rival.continued(known, horizon)
                found = _measured(scored, answers, levels, known, season)
            except Exception as error:  # whatever it is, the others are to have their turn
                failures[name] = f"{type(error).__name__}: {' '.join(str(error).split())}"
                del rivals[name]
            else:
                rival_scores.setdefault(name, []).append(found)
    if not any(scores):
        raise InputError("no true value is known in any fold: nothing can be scored")
    naive_errors = _with_mean(references)["MAE"]
    frame = pd.concat(predictions, ignore_index=True)
    return Backtest(
        name=_name(forecaster),
        predictions=frame[["fold", *(c for c in frame.columns if c != "fold")]],
        metrics=_with_skill(_with_mean(scores), naive_errors),
        baselines={
            name: _with_skill(_with_mean(rival_scores[name]), naive_errors) for name in rivals
        },
        nominal=levels[-1] - levels[0],
        failures=failures,
    )


def _rivals(fitted: Any, season: int, which: str) -> dict[str, Any]:
    """The baselines to compare a forecaster with, by name, not yet fitted: never with itself."""
    roles = ("past_covariates", "future_covariates", "static_covariates")
    shared = ("horizon", "quantiles", "random_state", *roles)
    own = {name: getattr(fitted, name) for name in shared if hasattr(fitted, name)}
    found = baselines_for("forecasting", **own, season_length=season)
    found = found if which == "all" else found[:1]  # the simplest, the seasonal naive, stands first
    return {name: each for name, each in found if type(each) is not type(fitted)}


def _both(whole: SeriesPanel, known: SeriesPanel) -> Iterable[tuple[Series, Series]]:
    return zip(whole.series, known.series, strict=True)


def _rows(
    whole: SeriesPanel,
    known: SeriesPanel,
    truths: Sequence[np.ndarray],
    forecasts: Sequence[np.ndarray],
    naive: Sequence[np.ndarray],
    levels: Sequence[float],
) -> list[pd.DataFrame]:
    """The forecasts of one fold, a table a series and channel."""
    rows = []
    for i, (one, past) in enumerate(_both(whole, known)):
        steps = slice(len(past), len(past) + len(truths[i]))
        for c, channel in enumerate(whole.channels):
            row = pd.DataFrame({"ds": one.index[steps], "y": truths[i][:, c]})
            row[list(levels)] = forecasts[i][:, c]
            row["naive"] = naive[i][:, c]
            if len(whole.channels) > 1:
                row.insert(0, "channel", [channel] * len(row))
            if whole.form in ("long", "list"):
                row.insert(0, "unique_id", [one.id] * len(row))
            rows.append(row)
    return rows


def _measured(
    truths: Sequence[np.ndarray],
    forecasts: Sequence[np.ndarray],
    levels: Sequence[float],
    known: SeriesPanel,
    season: int,
) -> dict[str, float]:
    """The measures of one fold: means over the series of which something is known, if any is."""
    found = [
        forecast_measures(truth, quantiles, levels, past.values, season)
        for truth, quantiles, past in zip(truths, forecasts, known.series, strict=True)
    ]
    return mean_measures([each for each in found if each]) if any(found) else {}


def _with_skill(metrics: pd.DataFrame, naive_errors: pd.Series) -> pd.DataFrame:
    perfect = 1.0 - (naive_errors == 0)  # no better than a naive forecast that is perfect too
    ratio = metrics["MAE"] / naive_errors.replace(0, np.nan)
    return metrics.assign(skill=(1 - ratio).where(metrics["MAE"] > 0, perfect))


def _with_mean(scores: Sequence[Mapping[str, float]]) -> pd.DataFrame:
    """A row a fold, NaN where nothing is known of it (a holiday), and the mean of the others."""
    index = pd.Index([*range(len(scores)), "all"], name="fold")
    return pd.DataFrame([*scores, mean_measures([each for each in scores if each])], index=index)


def _as_json(frame: pd.DataFrame) -> dict[str, dict[str, float | None]]:
    rows = frame.to_dict("index")
    return {str(f): {k: finite_or_none(v) for k, v in row.items()} for f, row in rows.items()}


def _name(forecaster: Any) -> str:
    """What a forecaster is called: the name of its architecture, or that of a baseline."""
    for name, each in baselines_for("forecasting"):
        if type(each) is type(forecaster):
            return name
    model = getattr(forecaster, "model", None)
    if model is None:
        return type(forecaster).__name__
    return model if isinstance(model, str) else getattr(model, "__name__", repr(model))
