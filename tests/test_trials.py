"""Trials give the better candidates more time, and these go on from where they stopped."""

from __future__ import annotations

import time
from typing import ClassVar

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator
from sklearn.pipeline import make_pipeline

from modelzoo import compare, create, list_models
from modelzoo.errors import InputError
from modelzoo.estimators.pausing import TimeLimit
from modelzoo.tournament import FINAL_SEEDS, expected_loss
from modelzoo.trials import seeded

TEXTS = ["good fun", "a good film", "so bad", "a bad film"] * 6
MOODS = ["+", "+", "-", "-"] * 6
TRAIN, TEST = (TEXTS, MOODS), (["a good one", "bad and dull"], ["+", "-"])
QUICK = {"epochs": 3, "width": 8, "depth": 1, "random_state": 0, "verbose": 0}
MODEL = list_models()[0]


class Learner(BaseEstimator):
    """Scores what it is told to, notes each of its fits, and needs so many to be through."""

    fits: ClassVar[list[tuple]] = []

    def __init__(self, name="", good=0.5, losses=(1.0, 0.9), random_state=0, does=None, needs=1):
        self.name = name
        self.good = good
        self.losses = losses
        self.random_state = random_state
        self.does = does
        self.needs = needs

    def fit(self, X, y, checkpoint_dir=None, callbacks=()):
        left = [each._until - time.monotonic() for each in callbacks]
        self.fits.append((self.name, self.random_state, left, checkpoint_dir))
        if self.does is not None:
            self.does()
        done = [each[:2] for each in self.fits].count((self.name, self.random_state))
        for each in callbacks:
            each.reached = done < self.needs
        self.history_ = {"loss": [9.0] * len(self.losses), "val_loss": list(self.losses)}
        return self

    def score(self, X, y):
        return self.good + 0.1 * self.random_state


@pytest.fixture(autouse=True)
def fits() -> list[tuple]:
    Learner.fits.clear()
    return Learner.fits


def learners(scores: dict[str, float], **options) -> dict[str, Learner]:
    return {name: Learner(name, good, **options) for name, good in scores.items()}


def test_every_seed_is_fitted_and_the_scores_are_their_mean_with_their_spread(fits):
    models = learners({"a": 0.2, "b": 0.5}, random_state=3)
    found = compare("classification", TRAIN, TEST, models, baselines=False, seeds=3)
    assert [(name, seed) for name, seed, *_ in fits] == [
        (name, seed) for seed in (3, 4, 5) for name in "ab"
    ]
    best = found.rows[0]
    assert (best.name, best.seeds, best.estimator.random_state) == ("b", 3, 3)
    assert best.score == pytest.approx(0.5 + 0.4) and best.spread == pytest.approx(0.1)
    assert "0.900 ± 0.100" in str(found) and not best.cut
    assert found.to_dict()["rows"][0]["spread"] == best.spread


def test_one_that_fails_with_a_seed_has_failed():
    def fail_second():
        if len(Learner.fits) == 2:
            raise RuntimeError("no weights left")

    models = {"a": Learner("a", 0.9, does=fail_second), "b": Learner("b")}
    found = compare("classification", TRAIN, TEST, {"a": models["a"]}, seeds=2)
    assert "no weights left" in found.rows[-1].failure and found.rows[-1].name == "a"


def test_with_a_budget_the_better_half_goes_on_and_the_last_two_have_two_seeds(fits):
    models = learners({"a": 0.1, "b": 0.7, "c": 0.3, "d": 0.9, "e": 0.2}, needs=3)
    found = compare("classification", TRAIN, TEST, models, baselines=False, budget_s=100)
    names = [name for name, *_ in fits]
    assert names == [*"abcde", *"bcd", *"bd", *"bd"]
    assert [seed for _, seed, *_ in fits] == [0] * 10 + [1] * 2
    rows = {row.name: row for row in found.rows}
    assert rows["e"].seeds == 1 and rows["e"].cut
    # A second seed that was cut would not make the score a better one.
    assert rows["d"].seeds == 1 and not rows["d"].cut
    assert found.rows[0].name == "d"


def test_a_slow_starter_goes_on(fits):
    models = learners({"good": 0.9, "fair": 0.8, "poor": 0.2, "slow": 0.1}, needs=3)
    models["slow"].losses = (3.0, 3.0, 2.9, 1.0)  # will be best if it goes on so
    compare("classification", TRAIN, TEST, models, baselines=False, budget_s=100)
    twice = {name for name, *_ in fits if [each[0] for each in fits].count(name) > 1}
    assert "slow" in twice and "poor" not in twice


def test_an_expected_loss_goes_on_as_it_fell_in_the_second_half():
    assert expected_loss(Learner(losses=(4.0, 3.0, 2.5, 2.0)).fit(None, None)) == 1.0
    assert expected_loss(Learner(losses=(4.0, 2.0, 3.0, 9.0)).fit(None, None)) == 2.0
    assert expected_loss(Learner(losses=(4.0,)).fit(None, None)) == 4.0
    assert expected_loss(object()) == np.inf


def test_the_time_is_shared_and_what_one_leaves_the_others_have(fits):
    models = learners({"a": 0.1, "b": 0.7, "c": 0.3}, needs=2)
    compare("classification", TRAIN, TEST, models, baselines=False, budget_s=80)
    seconds = [left[0] for _, _, left, _ in fits]
    # A round of three, then two with two seeds: the round may take a third of the time.
    assert seconds == pytest.approx([80 / 9, 80 / 6, 80 / 3, 40, 80, 40, 80], abs=1)


def test_each_goes_on_from_its_own_checkpoints_which_are_gone_afterwards(fits):
    models = learners({"a": 0.1, "b": 0.7, "c": 0.3}, needs=2)
    compare("classification", TRAIN, TEST, models, baselines=False, budget_s=80)
    folders = {
        (name, seed): {each[3] for each in fits if each[:2] == (name, seed)}
        for name, seed, *_ in fits
    }
    assert all(len(each) == 1 for each in folders.values())
    assert len(set.union(*folders.values())) == len(folders)
    assert not any(folder.parent.exists() for each in folders.values() for folder in each)


@pytest.mark.parametrize("wrong", [0, -1, True, "1", float("nan")])
def test_a_budget_is_seconds(wrong):
    with pytest.raises(InputError, match="budget_s must be a number above 0"):
        compare("classification", TRAIN, TEST, [], budget_s=wrong)
    with pytest.raises(InputError, match="n_jobs must be a whole number but 0"):
        compare("classification", TRAIN, TEST, [], n_jobs=0)
    with pytest.raises(InputError, match="seeds must be a whole number from 1"):
        compare("classification", TRAIN, TEST, [], seeds=0)


def test_workers_find_what_one_process_finds():
    alone, together = (
        compare("classification", TRAIN, TEST, [], n_jobs=jobs).rows for jobs in (1, 2)
    )
    assert [(row.name, row.scores) for row in together] == [(row.name, row.scores) for row in alone]


@pytest.mark.parametrize(
    ("own", "later"),
    [
        (3, [3, 4, 5]),
        (np.int64(3), [3, 4, 5]),
        (None, [None] * 3),
    ],
)
def test_seeds_follow_the_own_one_also_within_a_pipeline(own, later):
    pipeline = make_pipeline(Learner(random_state=own))
    found = [seeded(pipeline, seed).get_params()["learner__random_state"] for seed in range(3)]
    assert found == later


@pytest.mark.parametrize("make", [np.random.RandomState, np.random.default_rng])
def test_of_a_random_state_each_seed_draws_another(make):
    found = [seeded(Learner(random_state=make(0)), seed).random_state for seed in (1, 2, 3)]
    again = [seeded(Learner(random_state=make(0)), seed).random_state for seed in (1, 2, 3)]
    assert len(set(found)) == 3 and found == again


def test_what_is_no_estimator_is_told_before_anything_is_fitted(fits):
    with pytest.raises(InputError, match="'odd' is no estimator"):
        compare("classification", TRAIN, TEST, {"a": Learner("a"), "odd": object()})
    assert not fits


def test_one_that_fails_when_it_goes_on_keeps_its_score():
    def fail_where_it_goes_on():
        if len(Learner.fits) in (4, 5):
            raise RuntimeError("no memory left")

    models = learners({"a": 0.9, "b": 0.1, "c": 0.5}, does=fail_where_it_goes_on, needs=3)
    found = compare("classification", TRAIN, TEST, models, baselines=False, budget_s=50)
    assert [row.name for row in found.rows] == ["a", "c", "b"]
    assert found.rows[0].score == 0.9 and found.rows[0].cut and found.rows[0].seeds == 1
    assert "there was no time to train to the end: a, c, b" in str(found)


def test_who_was_fitted_to_the_end_is_not_fitted_again(fits):
    models = learners({"a": 0.1, "b": 0.7, "c": 0.3})
    found = compare("classification", TRAIN, TEST, models, baselines=False, budget_s=80)
    runs = [(name, seed) for name, seed, *_ in fits]
    assert len(runs) == len(set(runs)) == 5
    assert [row.seeds for row in found.rows] == [FINAL_SEEDS, FINAL_SEEDS, 1]


def test_another_seed_that_fails_where_it_was_not_asked_for_changes_nothing():
    def fail_at_last():
        if len(Learner.fits) > 1:
            raise RuntimeError("no memory left")

    models = {"a": Learner("a", 0.9, does=fail_at_last)}
    found = compare("classification", TRAIN, TEST, models, baselines=False, budget_s=50)
    assert next((row.name, row.score, row.seeds) for row in found.rows) == ("a", 0.9, 1)


def test_another_seed_has_to_have_the_time_that_the_first_took(fits):
    models = {"a": Learner("a", 0.9, does=lambda: time.sleep(0.3))}
    compare("classification", TRAIN, TEST, models, baselines=False, budget_s=0.5)
    assert len(fits) == 1


class Stop(keras.callbacks.Callback):
    """Has the time be over after so many epochs."""

    def __init__(self, limit, epochs):
        super().__init__()
        self.limit, self.epochs = limit, epochs

    def on_epoch_end(self, epoch, logs=None):
        if epoch + 1 == self.epochs:
            self.limit._until = 0.0


def test_what_is_compiled_with_the_first_batch_belongs_to_setting_up(monkeypatch):
    now = iter([1.0, 9.0, 9.5, 12.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(now))
    limit = TimeLimit(100.0)
    limit.on_train_begin()
    limit.on_train_batch_begin(0)
    assert limit.began == 1.0
    limit.on_train_batch_begin(1)
    assert limit.began == 9.0
    limit.on_train_batch_begin(2)
    assert limit.began == 9.0


def test_training_that_ran_out_of_time_goes_on_as_if_it_had_not(tmp_path):
    whole = create(MODEL, "classification", **QUICK).fit(*TRAIN)
    limit = TimeLimit(time.monotonic() + 1000)
    short = create(MODEL, "classification", **QUICK)
    short.fit(*TRAIN, callbacks=[Stop(limit, 1), limit], checkpoint_dir=tmp_path)
    assert limit.reached and len(short.history_["loss"]) == 1
    further = create(MODEL, "classification", **QUICK).fit(*TRAIN, checkpoint_dir=tmp_path)
    assert further.history_["loss"] == whole.history_["loss"]
    np.testing.assert_array_equal(further.predict_proba(TEST[0]), whole.predict_proba(TEST[0]))


def test_without_any_time_a_single_batch_is_trained_and_counts_as_no_epoch(tmp_path):
    options = QUICK | {"batch_size": 2}
    whole = create(MODEL, "classification", **options).fit(*TRAIN)
    for updates in (1, 2):
        limit = TimeLimit(time.monotonic())
        network = create(MODEL, "classification", **options)
        network.fit(*TRAIN, callbacks=[limit], checkpoint_dir=tmp_path)
        assert limit.reached and len(network.history_["loss"]) == 1  # the mean so far
        assert network.best_epoch_ == 0 and "<table>" in network._repr_html_()
        assert int(network.model_.optimizer.iterations) == updates
        assert len(network.predict(TEST[0])) == len(TEST[0])
    further = create(MODEL, "classification", **options).fit(*TRAIN, checkpoint_dir=tmp_path)
    assert further.history_["loss"] == pytest.approx(whole.history_["loss"], rel=1e-6)
    np.testing.assert_allclose(
        further.predict_proba(TEST[0]), whole.predict_proba(TEST[0]), rtol=1e-5
    )


@pytest.mark.slow
def test_a_cluster_of_dask_does_the_work():
    from distributed import Client, LocalCluster
    from joblib import parallel_config

    how = {"models": [MODEL], **QUICK}
    alone = compare("classification", TRAIN, TEST, **how)
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster),
        parallel_config("dask"),
    ):
        together = compare("classification", TRAIN, TEST, **how)
    assert [(row.name, row.scores) for row in together.rows] == [
        (row.name, row.scores) for row in alone.rows
    ]
    assert together.network.estimator.predict(TEST[0]).tolist()


def test_curves_and_answers_are_drawn(tmp_path):
    found = compare("classification", TRAIN, TEST, [MODEL], **QUICK)
    for draw, name in ((found.plot_curves, "curves.png"), (found.plot_answers, "answers.png")):
        figure = draw(tmp_path / name)
        assert (tmp_path / name).stat().st_size > 1000 and figure.axes
    curve = found.plot_curves().axes[0].lines[0].get_ydata()
    assert len(curve) == QUICK["epochs"]
    alone = compare("classification", TRAIN, TEST, [])
    with pytest.raises(InputError, match="no network has been trained"):
        alone.plot_curves()


@pytest.mark.parametrize("many", [False, True])
def test_the_forecast_of_the_best_is_drawn_beside_what_came(many):
    season = np.tile([1.0, 5.0, 2.0, 8.0], 12)
    train, test = season[:40], season[40:]
    if many:
        train, test = [train, train], [test, test]
    found = compare("forecasting", train, test, [], horizon=4, season_length=4)
    labels = found.plot_answers().axes[0].get_legend_handles_labels()[1]
    assert {"history", "forecast", "actual"} <= set(labels)


@pytest.mark.parametrize("many", [False, True])
def test_the_forecast_is_drawn_with_what_is_known_ahead(many):
    days = pd.date_range("2020-01-01", periods=48, freq="D")
    table = pd.DataFrame({"y": np.tile([1.0, 5.0, 2.0, 8.0], 12), "promo": 0.0}, index=days)
    train, test = table[:40], table[40:]
    if many:
        train, test = [train, train], [test, test]
    shape = {"horizon": 4, "season_length": 4, "future_covariates": ["promo"]}
    found = compare("forecasting", train, test, [MODEL], baselines=False, **shape, **QUICK)
    labels = found.plot_answers().axes[0].get_legend_handles_labels()[1]
    assert {"history", "forecast", "actual"} <= set(labels)
