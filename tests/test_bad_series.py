"""Series that a forecaster cannot use, or must take as they are."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from bad_input import QUICK, SMALLEST, answered, fit_refused, refused, table, untrained

from modelzoo import Forecaster

WAVE = 10 + np.sin(np.arange(60.0))


def quick(**changes):
    return Forecaster(SMALLEST, **(QUICK | {"horizon": 3, "context": 8} | changes))


def dated(frequency: str, steps: int = 14, begin: str = "2024-03-20", zone: str | None = None):
    """A series whose stamps do not say their frequency, as read from a file."""
    index = pd.date_range(begin, periods=steps, freq=frequency, tz=zone)
    return pd.Series(np.arange(steps, dtype=float), index=pd.DatetimeIndex(list(index)))


def without_zone(hours: pd.Series) -> pd.Series:
    return hours.set_axis(hours.index.tz_localize(None))


@pytest.fixture(scope="module")
def fitted():
    return untrained(quick(), WAVE)


SPRING = dated("h", 72, "2024-03-30", "Europe/Vienna")
AUTUMN = dated("h", 72, "2024-10-26", "Europe/Vienna")
MIXED = pd.concat([dated("D"), dated("h", 24, "2024-05-01")])

VALUES = {
    "infinite": (np.where(np.arange(60) == 3, np.inf, WAVE), "1 infinite .* first at 3; replace"),
    "all missing": ([np.nan, None], "y: every value is missing"),
    "beyond float32": (WAVE * 1e38, r"y: 1e\+39 at 0; float32 ends|y: .*e\+39 at 0; float32 ends"),
    "beyond float64": ([10**400] * 20, "y: int too large.*scale"),
    "numbers as text": (["1", "2"] * 15, r"y is not numeric: '1' \(str\) at 0; use pd\.to_numeric"),
    "a word in a column": (pd.DataFrame({"a": [1, 2], "b": [1, "x"]}), "'b' is not numeric: 'x'"),
    "a column of text": (pd.DataFrame({"a": [1, 2], "b": ["1", "2"]}), "column 'b'"),
    "complex": (WAVE.astype(complex), "Complex data not supported: y holds complex128"),
    "a dict": (np.array([1.0, {}, 2.0]), r"y is not numeric: \{\} \(dict\) at 1; .* must be a"),
    "dates": (pd.DataFrame({"a": [1], "t": [pd.Timestamp(0)]}), "make it the index"),
    "empty": ([], "y is empty"),
    "no columns": (pd.DataFrame(), "y is empty"),
    "no channels": (np.zeros((30, 0)), r"y is empty: 0 feature\(s\) \(shape=\(30, 0\)\)"),
    "three dimensions": (np.zeros((2, 2, 2)), r"got an array of shape \(2, 2, 2\)"),
    "number": ("5", "got str"),
    "sparse": (scipy.sparse.csr_matrix(np.ones((9, 1))), r"y is sparse.*toarray"),
    "ragged": ([1.0, [2.0]], "neither one series nor a list"),
    "generator": ((each for each in WAVE), "got generator"),
}
STAMPS = {
    "gap": (dated("D").drop(pd.Timestamp("2024-03-22")), "1 are missing: 2024-03-22 .*asfreq"),
    "gap of months": (dated("ME").drop("2024-05-31"), "'ME' 1 are missing: 2024-05-31"),
    "gap of periods": (dated("MS").to_period("M").drop("2024-05"), "gaps .* missing: 2024-05"),
    "gap of numbers": (pd.Series([1.0] * 4, [1701, 1702, 1704, 1705]), "missing: 1703"),
    "uneven numbers": (pd.Series([1.0] * 3, [0, 2, 5]), "the index is uneven"),
    "uneven periods": (
        pd.Series([1.0] * 4, pd.PeriodIndex.from_ordinals([0, 2, 5, 7], freq="2D")),
        "the index is uneven: 1970-01-01, 1970-01-03, 1970-01-06, 1970-01-08",
    ),
    "gap of long periods": (
        pd.Series([1.0] * 3, pd.PeriodIndex.from_ordinals([0, 2, 6], freq="2D")),
        "gaps in the periods: 1 are missing: 1970-01-05",
    ),
    "twice": (pd.concat([dated("D"), dated("D")[:1]]), "more than once: 2024-03-20.*groupby"),
    "not in order": (dated("D")[::-1], r"not in order; use y\.sort_index"),
    "mixed frequencies": (MIXED, "no frequency fits .*resample"),
    "once a month": (dated("D", 90).iloc[[0, 24, 47, 74]], r"to_period\('M'\)"),
    "hour left out in spring": (without_zone(SPRING), "missing: 2024-03-31 02:00:00"),
    "hour twice in autumn": (without_zone(AUTUMN), "more than once: 2024-10-27 02:00:00"),
    "one stamp ages ago": (
        pd.Series([1.0] * 6, pd.to_datetime(["1970", *pd.date_range("2024", periods=5, freq="s")])),
        "no frequency fits the time stamps \\(1970",
    ),
    "one number far away": (
        pd.Series([1.0] * 4, [0, 1, 2, 10**15]),
        "but 999999999999997 stamps are missing: 3, 4, 5, ...",
    ),
    "one period far away": (
        pd.Series([1.0] * 3, pd.PeriodIndex(["1970-01-01", "1970-01-02", "2024-01-01"], freq="s")),
        "gaps in the periods: 1704.* are missing: 1970-01-01 00:00:01, 1970-01-01 00:00:02",
    ),
    "infinite number": (pd.Series([1.0] * 3, [0.0, 1.0, np.inf]), "index of float64 .* no time"),
    "with a zone and without": (
        pd.Series([1.0, 2.0], [pd.Timestamp("2024", tz="UTC"), pd.Timestamp("2025")]),
        "tz-naive values in the index; bring all to one zone",
    ),
    "missing stamp": (pd.Series([1.0, 2.0], pd.to_datetime(["2020", None])), "missing time stamps"),
    "words": (pd.Series([1.0, 2.0], ["a", "b"]), "no time index"),
    "words in disorder": (pd.Series([1.0, 2.0, 3.0], ["b", "a", "b"]), "no time index"),
    "three levels": (pd.Series([1.0], pd.MultiIndex.from_tuples([("a", "b", 1)])), "3 levels"),
}
MANY = {
    "one all missing": (
        [WAVE, np.full(30, np.nan)],
        "element 1 of the list: every value is missing",
    ),
    "one with a gap": ({"a": WAVE, "b": dated("D").drop("2024-03-22")}, "series 'b': gaps"),
    "one is a word": ([[1.0], "b"], "element 1 of the list is 'b', not a series of numbers"),
    "one is a number": ({"a": [1.0], "b": 3.0}, r"series 'b' is 3\.0"),
    "none": ({}, "names no series"),
    "other channels": ([np.zeros((4, 2)), np.zeros((4, 3))], "element 1 .* has 3 channels"),
    "nested": ([[[1.0], [2.0]]], "is itself many series"),
    "long, no rows": (pd.DataFrame({"unique_id": [], "ds": [], "y": []}), "has no rows"),
    "long, no id": (pd.DataFrame({"ds": [1, 2], "y": [1.0, 2.0]}), "no unique_id"),
    "long, no time": (pd.DataFrame({"unique_id": ["a"], "y": [1.0]}), r"lacks \['ds'\]"),
    "long, more": (
        pd.DataFrame({"unique_id": ["a"], "ds": [1], "y": [1.0], "price": [2.0]}),
        "further columns.*future_covariates",
    ),
    "long, no date": (pd.DataFrame({"unique_id": "a", "ds": ["soon"], "y": 1.0}), "no date"),
    "long, twice": (
        pd.DataFrame({"unique_id": "a", "ds": [1, 2, 2], "y": 1.0}),
        "series 'a': 1 time stamp.* more than once: 2",
    ),
}


@table(VALUES | STAMPS | MANY)
def test_series_are_refused_with_place_and_remedy(fitted, tmp_path, given, says):
    fit_refused(says, quick(), tmp_path, given)
    if "generator" not in says:
        refused(says, fitted.predict, given)
        refused(says, fitted.score, given)


SHORT = {
    "a single point": (WAVE[:1], "has 1 steps; a horizon of 3 needs at least 5"),
    "horizon and one": (WAVE[:4], "has 4 steps; a horizon of 3 needs at least 5"),
    "all of many": ([WAVE[:2], WAVE[:4]], "the longest series has 4 steps"),
}


@table(SHORT)
def test_series_too_short_to_learn_from_are_refused_with_the_least(tmp_path, given, says):
    fit_refused(says, quick(), tmp_path, given)


PARAMETERS = {
    "a context of padding": ({"context": 10**9}, "ten times the 60 steps of the longest series"),
    "a season beyond counting": ({"season_length": 10**12}, "season_length must be at most"),
    "no context": ({"context": 0}, "context must be a whole number from 1, got 0"),
    "half a step": ({"horizon": 1.5}, r"horizon must be a whole number from 1, got 1\.5"),
    "levels in disorder": ({"quantiles": (0.9, 0.1)}, "ascending levels"),
    "no level": ({"quantiles": 0.5}, r"ascending levels in \(0, 1\), got 0\.5"),
    "a calendar of 5": ({"calendar": 5}, "list of names, got 5"),
    "an unknown calendar": ({"calendar": ["hourr"]}, "did you mean 'hour'"),
    "a rate of yes": ({"learning_rate": True}, "learning_rate must be a number above 0, got True"),
}


@table(PARAMETERS)
def test_parameters_out_of_their_range_are_refused(tmp_path, given, says):
    fit_refused(says, quick(**given), tmp_path, WAVE)


def test_forecasts_beyond_what_there_is_are_refused(fitted):
    refused("more than 10,000 times the 3 that", lambda: fitted.predict(horizon=10**9))
    late = pd.Series(WAVE, pd.date_range("2262-02-11", periods=60, unit="ns"))
    refused("3 steps after 2262-04-11 .* no dates in 'ns'", fitted.predict, late)


def test_pictures_that_cannot_be_written_are_refused(fitted, tmp_path):
    refused("cannot draw .*: No such file", lambda: fitted.plot(path=tmp_path / "no" / "a.png"))
    refused("cannot draw .*'xyz' is not supported", lambda: fitted.plot(path=tmp_path / "a.xyz"))


ANSWERS = {
    "a single point": (WAVE[:1], None),
    "shorter than the context": (WAVE[:5], None),
    "constant": (np.full(30, 7.0), None),
    "zeros": (np.zeros(30), None),
    "integers": (np.arange(60), None),
    "small integers": ((np.arange(60) % 100).astype("int8"), None),
    "truth values": (WAVE > 10, None),
    "negative": (-WAVE, None),
    "1e12": (WAVE * 1e12, None),
    "1e-12": (WAVE * 1e-12, None),
    "1e-300": (WAVE * 1e-300, None),
    "scales side by side": (np.stack([WAVE * 1e12, WAVE * 1e-12], axis=1), None),
    "a gap filled on request": (STAMPS["gap"][0].asfreq("D"), None),
    "missing at the end": ([*WAVE, np.nan], None),
    "masked": (np.ma.masked_greater(WAVE, 10.9), None),
    "hour left out in spring, with its zone": (SPRING, None),
    "hour twice in autumn, with its zone": (AUTUMN, None),
}


@table(ANSWERS)
def test_forecasts_are_finite(fitted, given, says):
    answered(says, fitted.predict, given)


@table({"constant": (np.full(30, 7.0), None), "zeros": (np.zeros(30), None)})
def test_forecasts_of_series_without_change_have_a_finite_score(fitted, given, says):
    answered(says, fitted.score, given)
    assert -1 < fitted.score(given) <= 0


def test_what_is_masked_is_missing(fitted):
    masked = np.ma.masked_array(WAVE, WAVE > 10.9)
    missing = np.where(WAVE > 10.9, np.nan, WAVE)
    pd.testing.assert_frame_equal(fitted.predict(masked), fitted.predict(missing))


def test_series_of_different_seasons_are_learned_with_a_warning():
    says = r"seasons of different lengths \(0 7, 1 24\), and a model has one, 7 steps"
    answered(says, lambda: untrained(quick(), [dated("D"), dated("h", 30)]).task_.season_length)


LEARNED = {
    "as short as can be, and constant": (np.full(5, 7.0), None),
    "a short one beside others of all scales": ([WAVE[:2], WAVE * 1e12, WAVE * 1e-12], None),
}


@pytest.mark.slow
@table(LEARNED)
def test_odd_series_are_learned_and_forecast_in_finite_numbers(given, says):
    model = quick()
    answered(says, lambda: model.fit(given).history_["loss"])
    forecast = model.predict()
    assert np.isfinite(forecast[list(model.quantiles)].to_numpy()).all()


TABLE = pd.DataFrame({"y": WAVE, "price": WAVE})


def test_covariates_beyond_float32_are_refused(tmp_path):
    says = r"covariate 'price': 1e\+39; float32 ends"
    fit_refused(says, quick(past_covariates=["price"]), tmp_path, TABLE.assign(price=1e39))


@pytest.fixture(scope="module")
def planned():
    return untrained(quick(future_covariates=["price"]), TABLE)


FUTURES = {
    "none": (None, r"reads future covariates \('price'\): give `future`.* 3 steps"),
    "too short": (pd.DataFrame({"price": [1.0]}), "lacks 3 of the 3 steps"),
    "another column": (pd.DataFrame({"cost": [1.0] * 3}), "lacks the future covariates 'price'"),
    "infinite": (pd.DataFrame({"price": [1.0, np.inf, 1.0]}), "'price': 1 infinite"),
    "words": (pd.DataFrame({"price": ["a", "b", "c"]}), "holds numbers in the training data"),
    "several columns": (np.zeros((3, 2)), r"3 rows of 1 columns .* shape \(3, 2\)"),
    "far away": (pd.DataFrame({"price": [1e300] * 3}), r"'price': 1e\+300; float32 ends"),
}


@table(FUTURES)
def test_futures_are_refused(planned, given, says):
    refused(says, lambda: planned.predict(future=given))


def test_a_gap_in_the_future_is_the_mean(planned):
    future = pd.DataFrame({"price": [1.0, np.nan, 2.0]})
    answered(None, lambda: planned.predict(future=future))
