"""A comparison ranks all candidates on the same data, and survives those that fail."""

from __future__ import annotations

import json
import os
import signal
import warnings

import numpy as np
import pandas as pd
import pytest
from rich.console import Console
from scipy import sparse

from modelzoo import compare, create, list_models, recommend
from modelzoo.baselines import MajorityClassifier, TfidfClassifier, baselines_for
from modelzoo.cli.scoring import Scored
from modelzoo.comparison import _networks
from modelzoo.errors import InputError, UnknownNameError
from modelzoo.interrupts import never_lost
from modelzoo.leaderboard import Comparison, Row
from modelzoo.trials import folder_of

TEXTS = ["good fun", "a good film", "so bad", "a bad film"] * 6
MOODS = ["+", "+", "-", "-"] * 6
TRAIN, TEST = (TEXTS, MOODS), (["a good one", "bad and dull"], ["+", "-"])
QUICK = {"epochs": 1, "width": 8, "depth": 1}


class Constant(MajorityClassifier):
    """A classifier that does something else than the others when it is fitted."""

    def __init__(self, does=None):
        super().__init__()
        self.does = does

    def __sklearn_clone__(self):
        return Constant(self.does)

    def fit(self, X, y):
        if self.does is not None:
            self.does()
        return super().fit(X, y)


def fail():
    raise RuntimeError("no weights\nleft")


@pytest.fixture(scope="module")
def found() -> Comparison:
    return compare("classification", TRAIN, TEST, list_models()[:1], verbose=0, **QUICK)


def test_baselines_and_models_are_ranked_together_best_first(found):
    names = [name for name, _ in baselines_for("classification", TEXTS)]
    assert {row.name for row in found.rows if row.baseline} == set(names)
    assert [row.name for row in found.rows if not row.baseline] == list_models()[:1]
    scores = [row.score for row in found.rows]
    assert scores == sorted(scores, reverse=True) and found.measure == "accuracy"
    assert found.network.parameters == found.network.estimator.n_params_
    assert all(row.seconds > 0 for row in found.rows) and not found.interrupted


def test_a_table_of_one_column_of_texts_meets_the_baselines_of_texts():
    table, later = (pd.DataFrame({"text": part[0]}) for part in (TRAIN, TEST))
    found = compare("classification", (table, MOODS), (later, TEST[1]), [])
    assert {row.name: row.score for row in found.rows} == {
        "TF-IDF + logistic regression": 1.0,
        "majority class": 0.5,
    }


def test_networks_of_token_ids_meet_n_grams_of_them():
    tune = [1, 2, 3, 1, 2, 3, 4]
    options = {"kind": "tokens", "verbose": 0, **QUICK}
    network = list_models(causal=True)[:1]
    found = compare("generation", [tune] * 12, [tune] * 3, network, **options)
    assert [row.failure for row in found.rows] == [None, None]
    assert "n-gram" in found.verdict and "cannot be compared" not in found.verdict


def test_of_equals_the_baseline_stands_first():
    found = compare("classification", TRAIN, TEST, {"majority again": MajorityClassifier()})
    names = [row.name for row in found.rows]
    assert names.index("majority class") < names.index("majority again")


def test_smaller_errors_rank_first():
    season = np.tile([1.0, 5.0, 2.0, 8.0], 12) + np.random.default_rng(0).normal(size=48) / 10
    shape = {"horizon": 4, "season_length": 4}
    naive = {name: model for name, model in baselines_for("forecasting", **shape)[:2]}
    found = compare("forecasting", season[:40], season[40:], naive, baselines=False, **shape)
    assert [row.name for row in found.rows] == list(naive)  # seasonal naive, then drift
    measures = ["MASE", "MAE", "RMSE", "sMAPE", "pinball", "coverage"]
    assert list(found.rows[0].scores) == measures


def test_it_is_shown_as_frame_as_json_and_as_text(found):
    frame = found.to_frame()
    assert frame["name"].tolist() == [row.name for row in found.rows]
    assert frame["accuracy"].tolist() == [row.score for row in found.rows]
    told = json.loads(json.dumps(found.to_dict()))
    assert [row["name"] for row in told["rows"]] == [row.name for row in found.rows]
    assert told["verdict"] == found.verdict and told["more_is_better"] is True
    lines = str(found).splitlines()
    assert [line.split()[0] for line in lines[1 : 1 + len(found.rows)]] == [
        "baseline" if row.baseline else "network" for row in found.rows
    ]
    assert lines[-1] == f"{found.verdict}."
    assert found.verdict.startswith(found.network.name)
    console = Console(record=True, width=120, file=open(os.devnull, "w"))  # noqa: SIM115
    console.print(found)
    assert found.network.name in console.export_text()


def test_one_that_fails_is_listed_with_its_error_and_the_others_go_on(capsys):
    models = {"broken": Constant(fail), "sound": Constant()}
    found = compare("classification", TRAIN, TEST, models, verbose=1)
    last = found.rows[-1]
    assert (last.name, last.failure) == ("broken", "failed: RuntimeError: no weights left")
    assert np.isnan(last.score) and not last.scores
    assert {row.name for row in found.rows} >= {"sound", "majority class"}
    assert "broken failed: RuntimeError: no weights left" in str(found)
    assert json.loads(json.dumps(found.to_dict()))["rows"][-1]["failure"] == last.failure
    assert found.to_frame()["accuracy"].isna().sum() == 1
    shown = capsys.readouterr().out.splitlines()
    assert len(shown) == len(found.rows) and shown[-2].startswith("broken failed")


def test_what_every_candidate_refuses_is_an_error():
    with pytest.raises(InputError, match="24 examples, y 3 labels"):
        compare("classification", (TEXTS, MOODS[:3]), TEST, [])
    with pytest.raises(RuntimeError, match="no weights"):
        compare("classification", TRAIN, TEST, {"broken": Constant(fail)}, baselines=False)


def interrupt():
    raise KeyboardInterrupt


def press_ctrl_c_in_an_import():
    try:
        signal.raise_signal(signal.SIGINT)
    except KeyboardInterrupt:
        raise ImportError("initialization failed") from None


def keep_what_there_is():
    """What the zoo's training does on Ctrl-C: it warns and goes on with the weights it has."""
    warnings.warn("interrupted: kept the best weights of 2 completed epochs", stacklevel=2)


@pytest.mark.parametrize("how", [interrupt, keep_what_there_is, press_ctrl_c_in_an_import])
def test_ctrl_c_keeps_what_was_finished(how, default_sigint):
    models = {"first": Constant(), "second": Constant(how)}
    # within a command, which it isn't to end a second time
    with never_lost(), pytest.warns(UserWarning, match="1 of 2 candidates were finished"):
        found = compare("classification", TRAIN, TEST, models, baselines=False)
    assert [row.name for row in found.rows] == ["first"] and found.interrupted
    assert found.to_dict()["interrupted"] is True


@pytest.mark.skipif(os.name == "nt", reason="signals are sent otherwise there")
def test_ctrl_c_during_the_training_of_a_network_ends_the_comparison(monkeypatch, default_sigint):
    import keras

    class Impatient(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 1:
                os.kill(os.getpid(), signal.SIGINT)

    network = create(list_models()[0], "classification", width=8, depth=1, epochs=3, verbose=0)
    fit = type(network).fit
    monkeypatch.setattr(
        type(network), "fit", lambda self, X, y: fit(self, X, y, callbacks=[Impatient()])
    )
    with pytest.warns(UserWarning, match="2 of 3 candidates were finished"):
        found = compare("classification", TRAIN, TEST, {"net": network})
    assert found.interrupted and all(row.baseline for row in found.rows)


def test_what_has_checkpoints_is_not_trained_again(tmp_path, monkeypatch):
    network = create(list_models()[0], "classification", random_state=0, **QUICK)
    how = {"models": {"mine / 8": network}, "baselines": False, "checkpoint_dir": tmp_path}
    before = compare("classification", TRAIN, TEST, **how)
    monkeypatch.setattr("keras.Model.fit", None)
    again = compare("classification", TRAIN, TEST, **how)
    assert again.rows[0].scores == before.rows[0].scores
    assert [path.parent for path in tmp_path.iterdir()] == [tmp_path]


@pytest.mark.parametrize("name", ["..", ".", "", "a/../.."])
def test_checkpoints_of_a_candidate_are_in_the_folder_whatever_its_name(name, tmp_path):
    assert folder_of(tmp_path, name).resolve().parent == tmp_path.resolve()


def test_other_warnings_of_a_fit_are_passed_on():
    def grumble():
        warnings.warn("three texts are cut", stacklevel=2)

    with pytest.warns(UserWarning, match="three texts are cut"):
        compare("classification", TRAIN, TEST, {"grumbling": Constant(grumble)}, verbose=0)


def test_estimators_that_are_handed_in_are_not_fitted_themselves():
    mine = MajorityClassifier()
    found = compare("classification", TRAIN, TEST, {"mine": mine}, baselines=False)
    assert not hasattr(mine, "classes_") and hasattr(found.rows[0].estimator, "classes_")


def test_without_names_the_recommended_models_take_part_in_the_recommended_sizes():
    networks = dict(_networks("classification", TEXTS, None, {"epochs": 1}))
    best = recommend("classification", data=TEXTS).architectures[:3]
    assert {name: each.size for name, each in networks.items()} == {
        each.name: each.size for each in best
    }
    assert all(each.epochs == 1 and each.verbose == 0 for each in networks.values())


def covariate_forms():
    table = pd.DataFrame({0: np.arange(40.0), 1: np.ones(40)})
    long = pd.concat(
        table.rename(columns={0: "y"}).assign(unique_id=name, ds=range(40)) for name in "ab"
    )
    return {
        "a table": (table, np.arange(40.0)),
        "an array": (table.to_numpy(), np.arange(40.0)),
        "tables": ([table, table], [np.arange(40.0)] * 2),
        "a long frame": (long, [np.arange(40.0)] * 2),
    }


@pytest.mark.parametrize("form", covariate_forms())
def test_models_are_recommended_for_the_series_without_what_stands_beside(form):
    X, bare = covariate_forms()[form]
    options = {"horizon": 4, "season_length": 1}
    networks = dict(_networks("forecasting", X, None, options | {"past_covariates": [1]}))
    best = recommend("forecasting", data=bare, **options).architectures[:3]
    assert {name: each.size for name, each in networks.items()} == {
        each.name: each.size for each in best
    }
    assert all(each.past_covariates == [1] for each in networks.values())


@pytest.mark.parametrize("models", [[], {"mine": Constant(fail)}])
def test_a_parameter_that_no_candidate_has_is_told_before_anything_is_fitted(models):
    with pytest.raises(UnknownNameError, match="did you mean 'max_iter'"):
        compare("classification", TRAIN, TEST, models, max_itre=3)


def test_an_estimator_that_is_handed_in_keeps_its_own_parameters():
    mine = {"mine": TfidfClassifier(max_iter=700)}
    found = compare("classification", TRAIN, TEST, mine, max_iter=500)
    estimators = {row.name: row.estimator for row in found.rows}
    assert estimators["mine"].max_iter == 700
    assert estimators["TF-IDF + logistic regression"].max_iter == 500


def test_wrong_names_are_told_before_anything_is_fitted():
    name = list_models()[0]
    broken = {"models": {"broken": Constant(fail)}}
    with pytest.raises(UnknownNameError, match=f"did you mean '{name}'"):
        compare("classification", TRAIN, TEST, [name, name + "x"])
    with pytest.raises(UnknownNameError, match="did you mean 'width'"):
        compare("classification", TRAIN, TEST, [name], widht=3)
    with pytest.raises(UnknownNameError, match="did you mean 'classification'"):
        compare("classificaton", TRAIN, TEST, **broken)
    for wrong, message in (
        ({"models": name}, "models must be a list of names"),
        ({"models": [], "baselines": False}, "nothing to compare"),
        ({**broken, "verbose": 3}, "verbose must be"),
    ):
        with pytest.raises(InputError, match=message):
            compare("classification", TRAIN, TEST, **wrong)
    with pytest.raises(InputError, match="a tuple of 3"):
        compare("classification", (TEXTS, MOODS, None), TEST, [])


def test_scores_that_are_no_number_rank_last_and_are_null_in_json():
    rows = compare("forecasting", np.ones(20), np.ones(4), [], horizon=2, season_length=1).rows
    assert all(np.isnan(row.score) for row in rows)  # a flat series has no scale for an error
    found = Comparison("forecasting", (Row("net", False, {"MASE": 1.0}), *rows))
    assert "cannot be compared with" in found.verdict
    assert found.to_dict()["rows"][-1]["scores"]["MASE"] is None
    json.dumps(found.to_dict(), allow_nan=False)
    assert Comparison("forecasting", rows).verdict == "no network has been scored"


def test_an_upper_bound_is_shown_as_one_and_loses_to_nothing():
    bits = "bits per character"
    rows = Row("n-gram", True, {bits: 2.0}), Row("net", False, {bits: 2.5}, bound=True)
    found = Comparison("generation", rows)
    assert "≤ 2.500" in str(found) and "≤ 2.000" not in str(found)
    assert found.verdict == "net cannot be compared with n-gram"
    assert [row["bound"] for row in found.to_dict()["rows"]] == [False, True]


def test_what_fit_tells_is_valid_json_and_says_what_is_a_bound():
    baselines = {"naive": float("nan"), "drift": 2.0, "broken": "failed: no"}
    told = Scored("bits per character", float("nan"), baselines, "", bound=True).to_dict()
    json.dumps(told, allow_nan=False)
    assert told["score"] is None and told["bound"] is True
    assert told["baselines"] == {"naive": None, "drift": 2.0, "broken": "failed: no"}
    assert "≤ 2.500" in str(Scored("bits per character", 2.5, {}, "", bound=True))


def test_several_labels_a_row_have_baselines_too():
    tags = [("good", "long") if mood == "+" else () for mood in MOODS]
    frame = pd.DataFrame({name: [int(name in row) for row in tags] for name in ("long", "good")})
    for y in (tags, frame, sparse.csr_matrix(frame)):
        found = compare("classification", (TEXTS, y), (TEXTS, y), [], multi_label=True)
        scores = {row.name: row.score for row in found.rows}
        assert scores == {"TF-IDF + logistic regression": 1.0, "majority class": 0.5}
