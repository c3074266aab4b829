"""Backtests: every fold from nothing but what stands before it, beside the baselines."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from modelzoo import Forecaster, registry
from modelzoo.baselines import Drift, SeasonalNaive, baselines_for
from modelzoo.errors import InputError, UnknownNameError
from modelzoo.evaluation import verdict

SMALLEST = min(registry.list_models(), key=lambda name: registry.describe(name).cost().parameters)
MONTHS = pd.date_range("2010-01-31", periods=120, freq="ME")
SERIES = pd.Series(
    10 + np.sin(np.arange(120) * np.pi / 6) + 0.2 * np.random.default_rng(0).normal(size=120),
    index=MONTHS,
)


def quick(**changes):
    options = {"horizon": 6, "context": 24, "epochs": 1, "random_state": 0, "verbose": 0}
    return Forecaster(SMALLEST, hparams={"width": 8, "depth": 1}, **(options | changes))


def alone(forecaster, y, **options):
    """A backtest without the baselines that take time."""
    return forecaster.backtest(y, **options, baselines="naive")


@pytest.fixture(scope="module")
def tested():
    return quick().backtest(SERIES, folds=3)


def test_every_fold_is_forecast_from_its_origin(tested):
    frame = tested.predictions
    assert frame.columns.tolist() == ["fold", "ds", "y", 0.1, 0.5, 0.9, "naive"]
    assert frame.groupby("fold").size().tolist() == [6, 6, 6]
    assert frame["ds"].tolist() == list(MONTHS[-18:])  # step is the horizon: each step once
    assert frame["y"].tolist() == SERIES[-18:].tolist()


def test_metrics_are_those_of_the_predictions(tested):
    frame = tested.predictions
    for fold, rows in frame.groupby("fold"):
        error = np.abs(rows["y"] - rows[0.5]).mean()
        naive = np.abs(rows["y"] - rows["naive"]).mean()
        assert tested.metrics.loc[fold, "MAE"] == pytest.approx(error)
        assert tested.baselines["seasonal naive"].loc[fold, "MAE"] == pytest.approx(naive)
        assert tested.metrics.loc[fold, "skill"] == pytest.approx(1 - error / naive)
        inside = (rows[0.1] <= rows["y"]) & (rows["y"] <= rows[0.9])
        assert tested.metrics.loc[fold, "coverage"] == pytest.approx(inside.mean())
        error, past = rows["y"] - rows[0.5], SERIES[: -18 + 6 * fold].to_numpy()
        size = (rows["y"].abs() + rows[0.5].abs()) / 2
        scale = np.abs(past[12:] - past[:-12]).mean()  # of a forecast by the month a year ago
        losses = [
            np.maximum(q * (rows["y"] - rows[q]), (q - 1) * (rows["y"] - rows[q])).mean()
            for q in (0.1, 0.5, 0.9)
        ]
        expected = {
            "MASE": error.abs().mean() / scale,
            "RMSE": np.sqrt((error**2).mean()),
            "sMAPE": 100 * (error.abs() / size).mean(),
            "pinball": np.mean(losses),
        }
        for name, value in expected.items():
            assert tested.metrics.loc[fold, name] == pytest.approx(value), name
    folds = tested.metrics.drop("all")
    assert tested.metrics.loc["all", "RMSE"] == pytest.approx(folds["RMSE"].mean())
    assert set(tested.metrics) >= {"MASE", "MAE", "RMSE", "sMAPE", "pinball", "coverage", "skill"}


def test_the_naive_forecast_repeats_the_season_before_the_origin(tested):
    first = tested.predictions.query("fold == 0")
    assert first["naive"].tolist() == SERIES[-30:-24].tolist()


def test_nothing_forecast_was_ever_trained_on():
    changed = SERIES.copy()
    changed.iloc[-12:] = 1e6  # what two folds are to forecast
    one, other = (alone(quick(), each, folds=2) for each in (SERIES, changed))
    first = [frame.predictions.query("fold == 0")[0.5].tolist() for frame in (one, other)]
    assert first[0] == first[1]


@pytest.mark.slow
def test_no_covariate_lets_a_panel_see_what_it_forecasts():
    random = np.random.default_rng(3)
    parts = []
    for name, steps in (("a", 120), ("b", 80)):
        plan, wind = random.normal(size=(2, steps))
        y = 10 + plan + np.r_[0, wind[:-1]]
        part = pd.DataFrame({"ds": MONTHS[-steps:], "y": y, "plan": plan, "wind": wind})
        parts.append(part.assign(unique_id=name, kind=name))
    long = pd.concat(parts, ignore_index=True)
    left = long.groupby("unique_id").cumcount(ascending=False)
    changed = long.copy()
    changed.loc[left < 12, "y"] = 1e5  # what two folds are to forecast
    changed.loc[left < 12, "wind"] = 77.0
    changed.loc[left < 6, "plan"] = 55.0  # known ahead, but not that far
    options = {
        "past_covariates": ["wind"],
        "future_covariates": ["plan"],
        "static_covariates": ["kind"],
    }
    one, other = (alone(quick(**options), each, folds=2) for each in (long, changed))
    first = [frame.predictions.query("fold == 0")[[0.1, 0.5, 0.9]] for frame in (one, other)]
    pd.testing.assert_frame_equal(*first, check_exact=True)


@pytest.mark.slow
def test_refitting_trains_on_what_became_known():
    fitted_once, refitted = (
        alone(quick(), SERIES, folds=2, refit=refit).predictions for refit in (False, True)
    )
    firsts = [frame.query("fold == 0")[0.5].to_numpy() for frame in (fitted_once, refitted)]
    lasts = [frame.query("fold == 1")[0.5].to_numpy() for frame in (fitted_once, refitted)]
    np.testing.assert_array_equal(*firsts)
    assert not np.allclose(*lasts, rtol=1e-6)


@pytest.mark.slow
def test_refitting_may_skip_folds():
    fitted_on = []

    class Noting(SeasonalNaive):
        def fit(self, X, y=None):
            fitted_on.append(len(X.series[0]))
            return super().fit(X, y)

    alone(Noting(horizon=6), SERIES, folds=5, refit=2)
    assert fitted_on == [90, 102, 114]


def test_the_estimator_itself_stays_as_it_is():
    model = quick()
    alone(model, SERIES, folds=1, horizon=3)
    assert not hasattr(model, "model_") and model.horizon == 6


def test_folds_may_overlap_and_have_another_horizon():
    frame = alone(quick(), SERIES, folds=4, horizon=12, step=3).predictions
    begins = frame.groupby("fold")["ds"].min().tolist()
    assert begins == [MONTHS[-21], MONTHS[-18], MONTHS[-15], MONTHS[-12]]


@pytest.mark.slow
def test_many_series_and_channels_are_told_apart():
    frame = alone(quick(), [SERIES, SERIES[:90]], folds=1).predictions
    assert frame.groupby("unique_id").size().tolist() == [6, 6]
    table = pd.DataFrame({"a": SERIES, "b": -SERIES})
    assert set(alone(quick(), table, folds=1).predictions["channel"]) == {"a", "b"}


@pytest.mark.slow
def test_future_covariates_are_those_that_came():
    known = np.random.default_rng(1).normal(size=120)
    table = pd.DataFrame({"y": 5 * known, "known": known})
    options = {"epochs": 5, "season_length": 1}
    result = quick(future_covariates=["known"], **options).backtest(table, folds=2)
    assert result.metrics.loc["all", "skill"] > 0.8
    assert not result.failures and result.verdict.count("beats") == 1  # they read no covariates
    assert "earns its place" in result.verdict


def test_all_baselines_forecast_the_same_folds(tested):
    assert list(tested.baselines) == [name for name, _ in baselines_for("forecasting")]
    assert not tested.failures
    for name, baseline in baselines_for("forecasting", horizon=6):
        assert tested.baselines[name].index.tolist() == [0, 1, 2, "all"]
        assert tested.baselines[name].columns.tolist() == tested.metrics.columns.tolist()
        if name == "drift":
            first = baseline.fit(SERIES[:-18]).predict()[0.5] - SERIES[-18:-12]
            assert tested.baselines[name].loc[0, "MAE"] == pytest.approx(first.abs().mean())
            last = baseline.predict(SERIES[:-6])[0.5] - SERIES[-6:]
            assert tested.baselines[name].loc[2, "MAE"] == pytest.approx(last.abs().mean())
    assert (tested.baselines["seasonal naive"]["skill"] == 0).all()


def test_the_verdict_says_in_words_who_wins(tested):
    errors = {name: each.loc["all", "MAE"] for name, each in tested.baselines.items()}
    own = float(tested.metrics.loc["all", "MAE"])
    said = verdict("forecasting", SMALLEST, own, errors)
    best = min(errors, key=errors.get)
    better = (tested.metrics["MAE"] < tested.baselines[best]["MAE"])[[0, 1, 2]].sum()
    assert tested.verdict == f"{said} (better than {best} in {better} of 3 folds)"
    text = str(tested)
    assert "80%" in text and all(f"\n{name} " in text for name in [SMALLEST, *errors])
    told = json.loads(json.dumps(tested.to_dict()))
    assert told["metrics"]["all"]["MAE"] > 0
    assert told["baselines"]["drift"]["all"]["MAE"] == errors["drift"]
    assert tested.means.loc["Theta", "MAE"] == errors["Theta"]
    assert "<table" in tested._repr_html_() and "Theta" in tested._repr_html_()


@pytest.mark.slow
def test_a_baseline_has_its_name_and_is_not_compared_with_itself():
    noise = np.random.default_rng(3).normal(size=100).cumsum()
    naive = SeasonalNaive(horizon=5, season_length=1)
    found = alone(naive, noise, folds=2)
    assert found.verdict == "seasonal naive was compared with no baseline"
    assert found.metrics.loc["all", "skill"] == 0 and not found.baselines
    drift = alone(Drift(horizon=5, season_length=1), noise, folds=2)
    assert drift.verdict.startswith("drift ") and list(drift.baselines) == ["seasonal naive"]
    others = [name for name, _ in baselines_for("forecasting")[1:]]
    assert list(naive.backtest(noise, folds=1).baselines) == others


def test_a_baseline_that_fails_is_told_and_the_others_go_on(monkeypatch):
    def fail(*_):
        raise RuntimeError("no\nslope")

    monkeypatch.setattr(SeasonalNaive, "continued", fail)
    found = alone(Drift(horizon=5), SERIES, folds=2)
    assert found.failures == {"seasonal naive": "RuntimeError: no slope"}
    assert found.verdict == "drift cannot be compared with seasonal naive"
    assert "seasonal naive failed: RuntimeError: no slope" in str(found)
    assert found.to_dict()["failures"] == found.failures


def test_an_unknown_choice_of_baselines_is_refused():
    with pytest.raises(UnknownNameError, match="did you mean 'naive'"):
        Drift(horizon=5).backtest(SERIES, baselines="naiv")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"folds": 0}, "folds"),
        ({"step": -1}, "step"),
        ({"folds": 20}, "120 steps: 20 folds of 6"),
        ({"horizon": 2.5}, "horizon"),
        ({"refit": 0}, "refit.*True nor False.*got 0"),
        ({"refit": "x"}, "refit.*got 'x'"),
    ],
)
def test_impossible_folds_are_refused(arguments, says):
    with pytest.raises(InputError, match=says):
        alone(quick(), SERIES, **arguments)


@pytest.mark.slow
def test_channels_with_gaps_at_their_ends_are_scored_where_they_are_known():
    late, early = SERIES.copy(), SERIES.copy()
    late.iloc[:110] = np.nan  # begins after the first origins
    early.iloc[-6:] = np.nan  # is not known in the last fold
    table = pd.DataFrame({"full": SERIES, "late": late, "early": early})
    found = quick().backtest(table, folds=3)
    assert np.isfinite(found.metrics.to_numpy()).all() and not found.failures
    assert all(np.isfinite(each.to_numpy()).all() for each in found.baselines.values())
    single = alone(SeasonalNaive(horizon=6), SERIES, folds=3)
    both = alone(SeasonalNaive(horizon=6), table[["full", "early"]], folds=3)
    assert both.metrics.loc[2, "MAE"] == single.metrics.loc[2, "MAE"]


def test_a_fold_of_which_nothing_became_known_counts_for_nothing():
    values = np.sin(np.arange(40.0))
    values[-2] = np.nan  # a holiday
    tested = alone(Drift(horizon=1), values, folds=3)
    errors = tested.metrics["MAE"]
    assert errors.isna().tolist() == [False, True, False, False]
    assert errors["all"] == pytest.approx((errors[0] + errors[2]) / 2)
    assert tested.baselines["seasonal naive"]["MAE"].isna().sum() == 1
    values[-3:] = np.nan
    with pytest.raises(InputError, match="no true value is known in any fold"):
        alone(Drift(horizon=1), values, folds=3)


def test_a_flat_series_spoils_no_mean_and_json_stays_json():
    found = alone(SeasonalNaive(horizon=6, season_length=12), [SERIES, SERIES * 0 + 5], folds=1)
    assert found.metrics.loc["all", "MASE"] > 0
    flat = alone(SeasonalNaive(horizon=6, season_length=12), SERIES * 0 + 5, folds=1)
    assert flat.metrics.loc["all", "skill"] == 0
    assert "ties with" in alone(Drift(horizon=6), SERIES * 0 + 5, folds=1).verdict
    assert "NaN" not in json.dumps(flat.to_dict())


def test_without_a_median_nothing_is_trained():
    with pytest.raises(InputError, match=r"quantile 0\.5"):
        alone(quick(quantiles=(0.9,)), SERIES)
