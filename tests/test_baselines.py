"""Baselines speak the interface of the networks, and do what their names say."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.model_selection import cross_val_score
from sklearn.utils import get_tags

from modelzoo import baselines
from modelzoo.baselines import (
    Drift,
    ExponentialSmoothing,
    LinearClassifier,
    MajorityClassifier,
    MiniRocketClassifier,
    NearestNeighbourClassifier,
    NGramLanguageModel,
    SeasonalNaive,
    TfidfClassifier,
    Theta,
    baselines_for,
)
from modelzoo.data.series import SeriesPanel
from modelzoo.datasets import load_dataset
from modelzoo.errors import InputError, UnknownNameError

ALL = [(task, name) for task in baselines._BASELINES for name, _ in baselines_for(task)]
TEXTS = ["good fun", "a good film", "what fun", "so bad", "a bad film", "bad and dull"] * 3
MOODS = ["+", "+", "+", "-", "-", "-"] * 3
FORECASTERS = [SeasonalNaive, Drift, Theta, ExponentialSmoothing]


def seasonal(steps: int = 60, noise: float = 0.5) -> pd.Series:
    time = np.arange(steps)
    values = 50 + 0.5 * time + 10 * np.sin(2 * np.pi * time / 12)
    index = pd.date_range("2015-01-01", periods=steps, freq="MS")
    return pd.Series(values + noise * np.random.default_rng(0).normal(size=steps), index=index)


@pytest.mark.parametrize(("task", "name"), ALL)
def test_a_clone_has_the_parameters_and_the_constructor_only_stores(task, name):
    estimator = dict(baselines_for(task))[name]
    before = dict(vars(estimator))
    assert before == estimator.get_params() == clone(estimator).get_params()


def test_the_baselines_for_a_problem_fit_its_data_and_take_its_parameters():
    assert [type(each) for _, each in baselines_for("classification", TEXTS)] == [
        MajorityClassifier,
        TfidfClassifier,
    ]
    assert [type(each) for _, each in baselines_for("classification", np.zeros((3, 4, 2)))] == [
        MajorityClassifier,
        LinearClassifier,
        NearestNeighbourClassifier,
        MiniRocketClassifier,
    ]
    assert len(baselines_for("classification", [[1, 2, 3], [4]])) == 5  # ids: words or numbers
    for _, estimator in baselines_for("forecasting", seasonal(), horizon=7, season_length=12):
        assert (estimator.horizon, estimator.season_length) == (7, 12)
    with pytest.raises(UnknownNameError, match="did you mean 'forecasting'"):
        baselines_for("forecast")


@pytest.mark.parametrize(
    "texts",
    [pd.DataFrame({"text": TEXTS}), np.array(TEXTS, dtype=object)[:, None], [None, *TEXTS[1:]]],
    ids=["table", "array", "first missing"],
)
def test_texts_are_told_from_numbers_as_the_classifier_tells_them(texts):
    kinds = [type(each) for _, each in baselines_for("classification", texts)]
    assert kinds == [MajorityClassifier, TfidfClassifier]


def test_importing_the_baselines_imports_no_framework():
    program = (
        "import sys, modelzoo.baselines as b; early = [m for m in ('sklearn', 'numpy') "
        "if m in sys.modules]; [b.baselines_for(t) for t in b._BASELINES]; "
        "print(early, [m for m in ('keras', 'tensorflow') if m in sys.modules])"
    )
    root = Path(__file__).resolve().parents[1]
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=root)
    assert run.stdout.strip() == "[] []", run.stdout + run.stderr
    assert set(baselines.__all__) <= set(dir(baselines))
    with pytest.raises(AttributeError, match="no attribute 'Oracle'"):
        _ = baselines.Oracle


@pytest.mark.parametrize("labels", [["+", "-"], [1, 0], [("a", 1), ("b", 2)], [True, "no"]])
def test_classifiers_answer_in_the_labels_they_were_taught(labels):
    y = [labels[0] if mood == "+" else labels[1] for mood in MOODS]
    model = TfidfClassifier().fit(TEXTS, y)
    assert model.predict(["a good one", "so dull"]).tolist() == labels
    assert model.score(TEXTS, y) == 1
    chances = model.predict_proba(["good"])
    assert chances.shape == (1, 2) and chances.sum() == pytest.approx(1)


def test_the_majority_class_ignores_what_it_sees():
    model = MajorityClassifier().fit([[1], [2], [3]], ["x", "y", "y"])
    assert model.predict([[9], [1]]).tolist() == ["y", "y"]
    assert model.predict_proba([[1]]).tolist() == [[pytest.approx(1 / 3), pytest.approx(2 / 3)]]
    weighted = MajorityClassifier().fit([[1], [2], [3]], ["x", "y", "y"], sample_weight=[5, 1, 1])
    assert weighted.predict([[0]]).tolist() == ["x"]


@pytest.mark.parametrize(
    "model", [LinearClassifier(), NearestNeighbourClassifier(), MiniRocketClassifier(840, 0)]
)
def test_numeric_baselines_read_sequences_of_any_length(model):
    X = [np.full((length, 2), sign * 5.0) for length in (3, 5, 4) for sign in (1, -1)]
    y = ["up", "down"] * 3
    assert model.fit(X, y).score(X, y) == 1
    longer = [np.full((9, 2), 5.0), np.full((1, 2), -5.0)]
    assert model.predict(longer).tolist() == ["up", "down"]
    assert len(model.predict([])) == 0
    with pytest.raises(InputError, match="3 channels"):
        model.predict([np.zeros((4, 3))])


def test_real_sequences_are_told_apart_far_better_than_by_majority():
    data = load_dataset("breast_cancer")
    majority = MajorityClassifier().fit(*data.train).score(*data.test)
    for model in (LinearClassifier(), NearestNeighbourClassifier()):
        assert model.fit(*data.train).score(*data.test) > majority + 0.25
    assert cross_val_score(MajorityClassifier(), *data.train, cv=3).mean() == pytest.approx(
        majority, abs=0.02
    )


def test_classifiers_refuse_what_they_cannot_learn():
    with pytest.raises(InputError, match="3 examples, y 2 labels"):
        MajorityClassifier().fit([1, 2, 3], [0, 1])
    with pytest.raises(InputError, match="at least two"):
        MajorityClassifier().fit([1, 2], [0, 0])


LEVELS = np.array([[sign * 5.0, other * 5.0] for sign in (1, -1) for other in (1, -1)] * 5)
TAGS = [{name for name, on in zip("ab", row > 0, strict=True) if on} for row in LEVELS]
CODES = pd.DataFrame({"b": LEVELS[:, 1] > 0, "never": False, "a": LEVELS[:, 0] > 0}).astype(int)


@pytest.mark.parametrize("name", [name for name, _ in baselines_for("classification")])
@pytest.mark.parametrize("y", [TAGS, CODES], ids=["sets", "table"])
def test_classifiers_answer_any_number_of_labels_in_the_form_they_were_taught(name, y):
    X = [np.stack([row] * (3 + n % 3)) for n, row in enumerate(LEVELS)]
    if name.startswith("TF-IDF"):
        X = [("up " if a > 0 else "down ") + ("left" if b > 0 else "right") for a, b in LEVELS]
    parameters = {"multi_label": True, "n_features": 840, "random_state": 0}
    model = dict(baselines_for("classification", **parameters))[name]
    weights = np.arange(1, 21)
    answers = model.fit(X, y, weights).predict(X)
    assert isinstance(answers, np.ndarray if y is CODES else list) and len(answers) == 20
    constant = name == "majority class"
    assert model.score(X, y) == (0.25 if constant else 1)
    assert get_tags(model).classifier_tags.multi_label
    assert len(model.predict([])) == 0
    if hasattr(model, "predict_proba"):
        assert model.predict_proba(X).shape == (20, len(model.classes_))
    if y is CODES:
        assert model.classes_.tolist() == ["b", "never", "a"] and answers.shape == (20, 3)
    elif not constant:
        assert set(answers) == {("a", "b"), ("a",), ("b",), ()}


@pytest.mark.parametrize("name", [name for name, _ in baselines_for("classification")])
def test_class_weights_count_as_sample_weights_of_their_rows(name):
    X = np.random.default_rng(0).normal(size=(40, 12))
    y = np.where(X[:, 0] + np.random.default_rng(1).normal(size=40) > 1, "rare", "common").tolist()
    if name.startswith("TF-IDF"):
        X = [
            " ".join("+-"[int(value > 0)] * (1 + place) for place, value in enumerate(x)) for x in X
        ]
    parameters = {"n_features": 840, "random_state": 0}

    def scores(**weights):
        return dict(baselines_for("classification", **parameters))[name].fit(X, y, **weights)

    weighted = scores(class_weight={"rare": 9.0}, sample_weight=[2.0] * 40)._scores(X)
    same = scores(sample_weight=[18.0 if label == "rare" else 2.0 for label in y])._scores(X)
    np.testing.assert_array_equal(weighted, same)
    counts = {label: 40 / (2 * y.count(label)) for label in set(y)}
    balanced = scores(class_weight="balanced")._scores(X)
    np.testing.assert_array_equal(balanced, scores(class_weight=counts)._scores(X))
    unequal = not np.allclose(weighted, scores()._scores(X))
    assert unequal == (name != "nearest neighbour")  # which says that it ignores them


def test_weights_that_cannot_be_used_are_refused():
    for weights, says in (
        ({"class_weight": {"*": 2}}, "class_weight names '\\*'"),
        ({"class_weight": 3}, "balanced"),
        ({"sample_weight": [1, 2]}, "18 numbers, one a row"),
        ({"sample_weight": [0] * 18}, "every weight is zero"),
    ):
        with pytest.raises(InputError, match=says):
            MajorityClassifier().fit(TEXTS, MOODS, **weights)
    with pytest.raises(InputError, match="multi_label=True"):
        MajorityClassifier(multi_label=True).fit([0] * 20, TAGS, class_weight="balanced")


def test_the_majority_of_label_sets_is_the_most_frequent_set():
    y = [{"a"}, {"a", "b"}, {"b", "c"}, {"b", "c"}]  # by itself, "b" alone is in more than half
    model = MajorityClassifier(multi_label=True).fit([0] * 4, y)
    assert model.predict([0]) == [("b", "c")] and model.score([0] * 4, y) == 0.5
    assert model.predict_proba([0]).tolist() == [[0.5, 0.75, 0.5]]
    weighted = MajorityClassifier(multi_label=True).fit([0] * 4, y, sample_weight=[5, 1, 1, 1])
    assert weighted.predict([0]) == [("a",)]
    with pytest.raises(InputError, match="4 examples, y 3 labels"):
        model.fit([0] * 4, y[:3])
    with pytest.raises(InputError, match="multi_label=True"):
        MajorityClassifier().fit([0] * 4, y)


def test_of_several_neighbours_the_labels_of_most_are_answered():
    X = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [90.0, 90.0]]
    y = [{"a", "b"}, {"a"}, {"b", "a"}, {"c"}]
    model = NearestNeighbourClassifier(3, multi_label=True).fit(X, y)
    assert model.predict([[0.0, 0.0]]) == [("a", "b")]
    np.testing.assert_allclose(model.predict_proba([[0.0, 0.0]]), [[1, 2 / 3, 0]])
    one = NearestNeighbourClassifier(3).fit(X, ["a", "b", "a", "b"])
    np.testing.assert_allclose(one.predict_proba([[0.0, 0.0]]), [[2 / 3, 1 / 3]])


@pytest.mark.parametrize("kind", FORECASTERS)
def test_forecasts_continue_the_index_and_quantiles_do_not_cross(kind):
    model = kind(horizon=15, quantiles=(0.05, 0.5, 0.95)).fit(seasonal())
    out = model.predict()
    assert out.index.equals(pd.date_range("2020-01-01", periods=15, freq="MS"))
    assert list(out.columns) == [0.05, 0.5, 0.95] and model.season_length_ == 12
    assert (np.diff(out.to_numpy(), axis=1) > 0).all()
    width = (out[0.95] - out[0.05]).to_numpy()
    assert width[14] > width[0]


def test_the_seasonal_naive_forecast_repeats_the_last_season():
    y = seasonal()
    out = SeasonalNaive(horizon=24).fit(y).predict()
    np.testing.assert_allclose(out[0.5], np.tile(y.to_numpy()[-12:], 2))
    width = (out[0.9] - out[0.1]).to_numpy()
    np.testing.assert_allclose(width[12:], np.sqrt(2) * width[:12])


def test_the_seasonal_naive_forecast_looks_further_back_for_missing_values():
    model = SeasonalNaive(horizon=3, season_length=3).fit([1.0, 2, 3, 4, np.nan, 6])
    assert model.predict()[0.5].tolist() == [4, 2, 6]
    short = SeasonalNaive(horizon=2, season_length=12).fit([1.0, 2.0])
    assert short.predict()[0.5].tolist() == [2, 2]


def test_exponential_smoothing_follows_trend_and_season():
    y = seasonal(84)
    model = ExponentialSmoothing(horizon=12).fit(y.iloc[:72])
    truth, out = y.iloc[72:], model.predict()
    naive = SeasonalNaive(horizon=12).fit(y.iloc[:72]).predict()
    assert (truth - out[0.5]).abs().mean() < 0.5 * (truth - naive[0.5]).abs().mean()
    assert ((truth >= out[0.1]) & (truth <= out[0.9])).mean() >= 0.5


def test_drift_goes_on_along_the_line_from_the_first_value_to_the_last():
    y = np.cumsum(np.random.default_rng(0).normal(0.3, 1, size=101))
    out = Drift(horizon=4, quantiles=(0.025, 0.5, 0.975)).fit(y).predict()
    slope = (y[-1] - y[0]) / 100
    np.testing.assert_allclose(out[0.5], y[-1] + slope * np.arange(1, 5))
    deviation = np.std(np.diff(y), ddof=1)
    steps = np.arange(1, 5)
    half = 1.959964 * deviation * np.sqrt(steps * (1 + steps / 100))  # section 5.5 of the book
    np.testing.assert_allclose(out[0.975] - out[0.5], half, rtol=1e-6)


def test_drift_counts_the_time_over_missing_values():
    gaps = Drift(horizon=2).fit([1.0, np.nan, 3.0, np.nan, np.nan, 6.0, np.nan]).predict()
    assert gaps[0.5].tolist() == gaps[0.9].tolist() == [8.0, 9.0]  # a straight line all the way
    walk = np.cumsum(np.random.default_rng(1).normal(size=4000))
    thinned = walk.copy()
    thinned[np.random.default_rng(2).random(4000) < 0.6] = np.nan
    thinned[[0, -1]] = walk[[0, -1]]
    whole, some = (Drift(horizon=1).fit(each).predict() for each in (walk, thinned))
    assert (some[0.9] - some[0.1])[4000] == pytest.approx((whole[0.9] - whole[0.1])[4000], rel=0.1)


def test_theta_follows_half_the_trend_and_all_of_the_season():
    y = seasonal(84)
    truth, train = y.iloc[72:], y.iloc[:72]
    out, naive = (kind(horizon=12).fit(train).predict() for kind in (Theta, SeasonalNaive))
    assert (truth - out[0.5]).abs().mean() < 0.6 * (truth - naive[0.5]).abs().mean()
    line = Theta(horizon=10).fit(np.arange(50.0)).predict()[0.5].to_numpy()
    assert line[-1] - line[0] == pytest.approx(9 / 2, rel=0.01)


@pytest.mark.parametrize("kind", [Drift, Theta])
def test_the_interval_of_a_random_walk_holds_what_it_says(kind):
    random = np.random.default_rng(0)
    walks = list(np.cumsum(random.normal(size=(100, 64)), axis=1))
    out = kind(horizon=4, season_length=1).fit([walk[:60] for walk in walks]).predict()
    truth = np.concatenate([walk[60:] for walk in walks])
    assert 0.72 < ((out[0.1] <= truth) & (truth <= out[0.9])).mean() < 0.88


@pytest.mark.parametrize("level", [0.0, -30.0, 20.0])
def test_theta_takes_the_season_out_of_series_of_any_sign(level):
    wave = 10 * np.sin(2 * np.pi * np.arange(72) / 12) + level
    out = Theta(horizon=12, season_length=12).fit(wave).predict()
    np.testing.assert_allclose(out[0.5], wave[:12], atol=0.5)


@pytest.mark.parametrize("kind", FORECASTERS)
@pytest.mark.parametrize("steps", [1, 2, 9, 30])
def test_a_series_that_never_changes_goes_on_so_however_short(kind, steps):
    out = kind(horizon=3, season_length=4).fit(np.full(steps, 3.0)).predict()
    np.testing.assert_allclose(out.to_numpy(), 3.0, atol=1e-6)


@pytest.mark.parametrize("kind", [Theta, ExponentialSmoothing])
def test_a_series_too_short_to_smooth_is_forecast_by_its_last_value(kind):
    short = [3.0, 1.0, 4.0, 1.0, 5.0, np.nan, 9.0, 2.0, 6.0]
    naive = SeasonalNaive(horizon=3, season_length=1).fit(pd.Series(short).interpolate())
    pd.testing.assert_frame_equal(kind(horizon=3).fit(short).predict(), naive.predict())


@pytest.mark.parametrize("kind", FORECASTERS)
def test_the_horizon_asked_for_leaves_the_forecaster_as_it_is(kind):
    model = kind(horizon=3).fit(seasonal(36))
    (longer,) = model.continued(model.panel_, 5)
    assert longer.shape == (5, 1, 3) and model.horizon == 3
    np.testing.assert_allclose(longer[:3, 0], model.predict().to_numpy())


@pytest.mark.parametrize("kind", FORECASTERS)
def test_missing_values_leave_no_hole_in_a_forecast(kind):
    y = seasonal(48)
    y.iloc[[0, 5, 6, 20, 46, 47]] = np.nan
    out = kind(horizon=6).fit(y).predict()
    assert np.isfinite(out.to_numpy()).all() and len(out) == 6
    assert (out[0.5] - seasonal(54).iloc[48:].to_numpy()).abs().max() < 25


@pytest.mark.parametrize("kind", FORECASTERS)
def test_forecasters_read_every_form_of_series(kind):
    y = seasonal(40)
    table = pd.DataFrame({"a": y, "b": -y})
    out = kind(horizon=2).fit(table).predict()
    assert out.columns.tolist() == [(c, q) for c in "ab" for q in (0.1, 0.5, 0.9)]
    long = pd.concat(
        y.iloc[:n].rename("y").rename_axis("ds").reset_index().assign(unique_id=name)
        for name, n in (("short", 5), ("long", 40))
    )
    out = kind(horizon=2).fit(long).predict()
    assert out["unique_id"].tolist() == ["short"] * 2 + ["long"] * 2
    assert np.isfinite(out[0.5]).all() and (out[0.1] <= out[0.9]).all()
    assert len(kind(horizon=2).fit([y.to_numpy(), [1.0, 2.0]]).predict()) == 4


@pytest.mark.parametrize("kind", FORECASTERS)
def test_another_history_is_continued_from_its_own_end(kind):
    y = seasonal()
    model = kind(horizon=3).fit(y.iloc[:48])
    later = model.predict(y)
    assert later.index.equals(SeriesPanel.read(y).future_index(0, 3))
    expected = y.iloc[-1] if kind is Drift else y.iloc[-12]
    assert abs(later[0.5].iloc[0] - expected) < 12


def test_skill_is_zero_for_the_naive_forecast_and_more_for_what_is_better():
    y = seasonal()
    assert SeasonalNaive(horizon=6).fit(y).score(y) == 0
    assert 0.3 < ExponentialSmoothing(horizon=6).fit(y).score(y) < 1
    with pytest.raises(InputError, match="two seasons"):
        SeasonalNaive(horizon=6).fit(y).score(y.iloc[:20])


def test_where_the_naive_forecast_makes_no_error_the_score_is_the_error_as_a_share():
    month = np.arange(1.0, 13.0)
    years = pd.Series(np.tile(month, 8), pd.date_range("2010", periods=96, freq="MS"))
    assert SeasonalNaive(horizon=6).fit(years).score(years) == 0
    drift = Drift(horizon=6).fit(years[:90])
    missed = np.abs(drift.predict()[0.5] - years[90:]).sum()
    assert drift.score(years[90:]) == pytest.approx(-missed / years[90:].sum())
    assert drift.score(1e6 * years) == pytest.approx(drift.score(years))  # whatever the unit
    assert Drift(horizon=6).fit(0 * years).score(0 * years) == 0


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"horizon": 0}, "horizon must be at least 1"),
        ({"season_length": 0}, "season_length must be at least 1"),
        ({"quantiles": (0.9, 0.1)}, "ascend"),
        ({"quantiles": (0.5, 1.0)}, "ascending levels"),
    ],
)
def test_forecasters_refuse_impossible_parameters(parameters, message):
    with pytest.raises(InputError, match=message):
        SeasonalNaive(**parameters).fit([1.0, 2.0, 3.0])


@given(
    st.lists(st.text("ab ", max_size=12), min_size=1, max_size=4).filter(any),
    st.integers(1, 5),
    st.text("ab c", max_size=6),
)
@settings(max_examples=40, deadline=None)
def test_ngram_chances_sum_to_one_and_agree_with_the_perplexity(texts, n, probe):
    model = NGramLanguageModel(n=n).fit(texts)
    codes = [0, *model._codes.encode(probe)]
    nats = 0.0
    for place in range(1, len(codes)):
        chances = model._ngrams.chances(codes[:place])
        assert chances.sum() == pytest.approx(1) and chances[0] == 0
        nats -= np.log(chances[codes[place]])
    if probe:
        result = model.perplexity([probe])
        assert result.nats_per_token * len(probe) == pytest.approx(nats)
        assert result.n_tokens == result.n_characters == len(probe)


def test_ngrams_do_not_reach_across_documents():
    model = NGramLanguageModel(n=4).fit(["ab", "cd"])
    apart, together = model.perplexity(["ab", "cd"]), model.perplexity(["abcd"])
    assert apart.nats_per_token < together.nats_per_token
    one, other = model.perplexity(["ab"]), model.perplexity(["cd"])
    total = 2 * one.nats_per_token + 2 * other.nats_per_token
    assert 4 * apart.nats_per_token == pytest.approx(total)


def test_longer_ngrams_know_real_text_better_up_to_a_point():
    data = load_dataset("pydoc_topics")
    bits = [
        NGramLanguageModel(n=n).fit(*data.train).perplexity(data.test.X).bits_per_character
        for n in (1, 3, 6)
    ]
    assert bits[0] > bits[1] > bits[2] and 1 < bits[2] < 3


def test_ngram_writing_is_repeatable_and_keeps_its_limits():
    model = NGramLanguageModel(n=4).fit(["to be or not to be, that is the question"] * 3)
    assert model.generate("to ", 20, seed=1) == model.generate("to ", 20, seed=1)
    assert len({model.generate("t", 30, temperature=3.0, seed=seed) for seed in range(5)}) > 1
    assert model.generate("that is the ", 50, temperature=0) == "that is the question"
    assert model.generate("to", 0) == "to"
    batch = model.generate(["to ", "Ω"], 5, seed=0)
    assert batch[0].startswith("to ") and batch[1].startswith("Ω")
    assert [len(each) for each in batch] <= [8, 6]
    assert batch == model.generate(("to ", "Ω", "be"), 5, seed=0)[:2]  # a text depends on no other
    assert model.generate([]) == []


def test_ngrams_write_with_the_arguments_of_the_generator():
    from modelzoo import Generator

    own, network = (
        inspect.signature(kind.generate).parameters for kind in (NGramLanguageModel, Generator)
    )
    assert list(own.values()) == list(network.values())  # names, places, defaults and types


def test_ngrams_count_token_ids_as_they_count_characters():
    texts = ["to be or not to be", "that is the question", "to"]
    ids = [[ord(each) for each in text] for text in texts]
    model, other = NGramLanguageModel(n=4).fit(texts), NGramLanguageModel(n=4).fit(ids)
    assert (other.kind_, other.tokens_) == ("tokens", [ord(each) for each in model.tokens_])
    assert other.perplexity(ids[:2]) == model.perplexity(texts[:2])
    assert other.perplexity([[9999]]) == model.perplexity(["Ω"])  # one unknown token
    written = other.generate([[116, 111], []], 12, seed=0)
    assert ["".join(map(chr, each)) for each in written] == model.generate(["to", ""], 12, seed=0)
    assert isinstance(written[0][-1], int)
    assert other.generate([116], 0) == [116] and other.generate("", 0) == []


def test_ngrams_complete_prompts_of_token_ids():
    prompts, completions = [[1], [2]] * 30, [[7, 8, 9], [9, 8]] * 30
    model = NGramLanguageModel(n=4, kind="tokens").fit(prompts, completions)
    assert model.generate([[1], [2]], 8, temperature=0) == [[7, 8, 9], [9, 8]]
    assert model.perplexity([[1]], [[7, 8, 9]]).n_tokens == 3
    drawn = model.generate([1], 20, temperature=5.0, seed=0, n=50)
    assert {token for each in drawn for token in each} == {1, 2, 7, 8, 9}  # and no separator
    with pytest.raises(InputError, match="give the completions as y"):
        model.perplexity([[1]])


@pytest.mark.parametrize(
    ("kind", "X", "says"),
    [
        ("auto", [[1, 2], ["a"]], "row 1 of X must be a sequence of whole numbers"),
        ("tokens", ["ab"], "row 0 of X must be a sequence of whole numbers"),
        ("text", [[1, 2]], "X must be a list of texts"),
        ("tokens", [[], []], "the sequences are empty"),
        ("notes", [[1]], "notes"),
    ],
)
def test_ngrams_refuse_what_is_not_of_the_declared_kind(kind, X, says):
    with pytest.raises((InputError, UnknownNameError), match=says):
        NGramLanguageModel(kind=kind).fit(X)


def test_ngrams_end_a_text_before_a_stop():
    model = NGramLanguageModel(n=4).fit(["to be or not to be, that is the question"])
    settings = {"max_new_tokens": 30, "temperature": 0}
    assert model.generate("that", stop=" is", **settings) == "that"
    assert model.generate("that is", stop=["stop", "st", "io"], **settings) == "that is the que"
    assert model.generate("that", stop="never", **settings) == "that is the question"
    ids = NGramLanguageModel(n=2).fit([[1, 2, 3, 4]])
    assert ids.generate([1], 9, 0, stop=4) == [1, 2, 3]
    for each, wrong in ((model, 4), (model, ""), (ids, "4")):
        with pytest.raises(InputError, match="stop must be"):
            each.generate(stop=wrong)


def test_ngrams_draw_several_texts_for_a_prompt():
    model = NGramLanguageModel(n=2).fit(["abcdef", "badcfe"] * 3)
    one = model.generate("a", 8, seed=0, n=3)
    assert len(one) == 3 and len(set(one)) > 1 and all(each.startswith("a") for each in one)
    assert model.generate(["a", "b"], 8, seed=0, n=3)[0] == one
    assert model.generate("a", 8, seed=0) == one[0]
    with pytest.raises(InputError, match="n must be"):
        model.generate("a", n=0)


def test_a_stream_of_ngrams_gives_what_is_written_otherwise():
    model = NGramLanguageModel(n=3).fit(["to be or not to be"] * 2)
    settings = {"max_new_tokens": 20, "seed": 3, "stop": "or"}
    pieces = list(model.generate("to", stream=True, **settings))
    assert "".join(pieces) == model.generate("to", **settings)
    assert pieces[0] == "to" and len(pieces) > 1 and all(pieces)
    ids = NGramLanguageModel(n=2).fit([[1, 2, 3, 4]])
    assert list(ids.generate([1], 9, 0, stream=True)) == [1, 2, 3, 4]
    for wrong in ({"prompt": ["a", "b"]}, {"n": 2}, {"beams": 2}):
        with pytest.raises(InputError, match="stream=True gives one text"):
            model.generate(stream=True, **wrong)
    with pytest.raises(InputError, match="temperature"):
        model.generate("to", stream=True, temperature=-1)  # at once, not at the first piece


def test_a_repetition_penalty_makes_what_was_written_less_likely():
    model = NGramLanguageModel(n=1).fit(["aaaabbcc"])
    assert model.generate("", 3, 0) == "aaa"
    assert model.generate("", 3, 0, repetition_penalty=20) == "abc"
    assert model.generate("a", 1, 0, repetition_penalty=20) == "ab"  # the prompt counts
    assert model.generate("c", 3, 0, repetition_penalty=0.01) == "cccc"


def test_ngrams_have_no_beam_search():
    with pytest.raises(InputError, match="leave beams at 1, got 4"):
        NGramLanguageModel().fit("abc").generate("a", beams=4)


def test_top_k_and_top_p_leave_only_the_likeliest_characters():
    model = NGramLanguageModel(n=1).fit(["aaaaabbbccd" * 20])

    def written(**limits):
        return set("".join(model.generate([""] * 200, 1, seed=0, **limits)))

    assert written() == set("abcd")
    assert written(top_k=1) == written(top_p=1e-9) == set("a")
    assert written(top_k=2) == written(top_p=0.6) == set("ab")
    assert written(top_k=10**12, top_p=1.0) == set("abcd")
    assert written(top_k=3, top_p=0.55) == set("ab")  # the nucleus of what top-k left
    assert written(temperature=1e-9) == set("a")


def test_a_single_string_is_one_document():
    one, listed = (NGramLanguageModel(n=3).fit(each) for each in ("abcabc", ["abcabc"]))
    assert one.perplexity("abc") == listed.perplexity(["abc"])
    assert one.score("abc") == listed.score(["abc"])
    assert one.n_ngrams_ == listed.n_ngrams_


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_new_tokens": -1},
        {"max_new_tokens": 2.0},
        {"max_new_tokens": True},
        {"temperature": -1},
        {"temperature": float("inf")},
        {"temperature": "1"},
        {"top_k": -1},
        {"top_k": 1.5},
        {"top_p": 0},
        {"top_p": 1.1},
        {"top_p": float("nan")},
        {"seed": -1},
        {"seed": "a"},
        {"repetition_penalty": 0},
        {"n": 1.5},
        {"beams": 0},
    ],
)
def test_ngrams_refuse_a_setting_out_of_its_range(wrong):
    (name,) = wrong
    with pytest.raises(InputError, match=f"{name} must be"):
        NGramLanguageModel().fit("abc").generate("a", **wrong)


def test_ngrams_refuse_what_they_cannot_learn():
    for call, message in (
        (lambda: NGramLanguageModel(n=0).fit(["a"]), "n must be at least 1"),
        (lambda: NGramLanguageModel().fit([""]), "empty"),
        (lambda: NGramLanguageModel().fit(["a", 3]), "row 1 is 3"),
        (lambda: NGramLanguageModel().fit(["a"]).perplexity([]), "empty"),
    ):
        with pytest.raises(InputError, match=message):
            call()


def test_the_n_gram_model_learns_pairs_and_scores_their_completions_only():
    prompts, completions = ["a", "b"] * 30, ["xyz", "zy"] * 30
    model = NGramLanguageModel(n=4).fit(prompts, completions)
    assert model.generate(["a", "b"], 8, temperature=0) == ["xyz", "zy"]
    result = model.perplexity(["a", "b"], ["xyz", "zy"])
    assert result.n_characters == result.n_tokens == 5 and result.perplexity < 1.2
    assert model.score(["a"], ["xyz"]) > model.score(["a"], ["zy"])
    with pytest.raises(InputError, match="2 prompts, y 1"):
        model.fit(["a", "b"], ["x"])
