"""What holds for all estimators: scikit-learn's conventions, precision, callbacks, display."""

from __future__ import annotations

import copy
import json
import pickle
import subprocess
import sys
from typing import Any

import keras
import numpy as np
import pytest
from architectures import cheapest
from matplotlib.figure import Figure
from sklearn import config_context
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV, TimeSeriesSplit
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import estimator_checks

import modelzoo
from modelzoo import Classifier, Forecaster, Generator, registry
from modelzoo.errors import InputError, UnknownNameError
from modelzoo.estimators import ESTIMATORS, create
from modelzoo.estimators.precision import PRECISIONS, building_in
from modelzoo.report import plot_history

BY_COST = sorted(registry.list_models(), key=lambda name: registry.describe(name).cost().parameters)
SMALLEST = BY_COST[0]
RANDOM = np.random.default_rng(0)
SERIES = RANDOM.normal(size=(40, 9))
SIGNS = np.where(SERIES[:, 0] > 0, "up", "down")
TEXTS = ["a fine good film", "a bad dull film"] * 20
MOODS = [1, 0] * 20
WAVE = np.sin(np.arange(90.0))
DOCUMENTS = ["abc abd abe " * 4] * 6
TRAIN: dict[str, tuple] = {
    "classification": (SERIES, SIGNS),
    "forecasting": (WAVE,),
    "generation": (DOCUMENTS,),
}
OWN = {"classification": {}, "forecasting": {"horizon": 4}, "generation": {"context": 8}}
TASKS = list(ESTIMATORS)


def quick(task: str, model: Any = SMALLEST, **changes: Any) -> Any:
    hparams = {"width": 8, "depth": 1}
    if isinstance(model, str) and "heads" in registry.hyperparameters(model):
        hparams["heads"] = 2
    options = {"hparams": hparams, "epochs": 2, "random_state": 0, "verbose": 0} | OWN[task]
    return ESTIMATORS[task](model, **(options | changes))


def answers(estimator: Any) -> np.ndarray:
    if isinstance(estimator, Classifier):
        return estimator.predict_proba(SERIES)
    if isinstance(estimator, Forecaster):
        return estimator.predict().to_numpy()
    return np.array([estimator.score(DOCUMENTS[:1])])


@pytest.fixture(scope="module")
def fitted() -> dict[str, Any]:
    return {task: quick(task).fit(*TRAIN[task]) for task in TASKS}


# scikit-learn's conventions

CHECKS = [
    "check_estimator_cloneable",
    "check_estimator_repr",
    "check_estimator_tags_renamed",
    "check_valid_tag_types",
    "check_get_params_invariance",
    "check_set_params",
    "check_no_attributes_set_in_init",
    "check_parameters_default_constructible",
    "check_do_not_raise_errors_in_init_or_set_param",
    "check_mixin_order",
]


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("check", [each for each in CHECKS if hasattr(estimator_checks, each)])
def test_scikit_learns_own_checks_of_an_estimator_pass(check, task):
    getattr(estimator_checks, check)(ESTIMATORS[task].__name__, quick(task))


@pytest.mark.parametrize("task", TASKS)
def test_fit_changes_no_parameter_and_sets_only_names_that_end_in_an_underscore(fitted, task):
    assert fitted[task].get_params() == quick(task).get_params()
    public = {name for name in vars(fitted[task]) if not name.startswith("_")}
    learned = public - set(quick(task).get_params(deep=False))
    assert learned and all(name.endswith("_") for name in learned)


def test_a_hyper_parameter_is_a_nested_parameter():
    model = Classifier(hparams={"width": 8})
    assert model.get_params()["hparams__width"] == 8
    assert "hparams__width" not in model.get_params(deep=False)
    assert model.set_params(hparams__depth=2) is model
    assert model.hparams == {"width": 8, "depth": 2}
    assert Classifier().set_params(hparams__width=4).hparams == {"width": 4}
    assert repr(model) == "Classifier(hparams={'depth': 2, 'width': 8})"


def test_a_nested_hyper_parameter_goes_over_hparams_of_the_same_call():
    model = Classifier(hparams={"dropout": 0.0})
    model.set_params(hparams__width=16, hparams={"width": 8, "depth": 1}, epochs=3)
    assert (model.hparams, model.epochs) == ({"width": 16, "depth": 1}, 3)


def test_setting_a_hyper_parameter_leaves_the_callers_mapping_and_a_clones_original_alone():
    mapping = {"width": 8}
    model = Classifier(hparams=mapping)
    copied = clone(model).set_params(hparams__width=16)
    assert (copied.hparams, model.hparams, mapping) == ({"width": 16}, {"width": 8}, {"width": 8})
    assert clone(copied).set_params(**copied.get_params()).get_params() == copied.get_params()


def test_a_pipeline_reaches_a_hyper_parameter():
    pipeline = Pipeline([("tame", FunctionTransformer()), ("classifier", Classifier())])
    pipeline.set_params(classifier__hparams__width=8, classifier__epochs=1)
    assert pipeline.get_params()["classifier__hparams__width"] == 8
    assert pipeline["classifier"].hparams == {"width": 8}


def test_a_wrong_name_is_told_a_parameters_at_once_a_hyper_parameters_in_fit():
    with pytest.raises(ValueError, match="Invalid parameter 'epoch'"):
        Classifier().set_params(epoch=3)
    with pytest.raises(UnknownNameError, match="did you mean 'width'"):
        quick("classification").set_params(hparams__widht=8).fit(SERIES, SIGNS)
    with pytest.raises(InputError, match="hparams must map names to values"):
        quick("classification", hparams=8).fit(SERIES, SIGNS)


class First(TimeSeriesSplit):
    """The first split alone, which is enough to see a search at work."""

    def split(self, X, y=None, groups=None):
        return list(super().split(X, y, groups))[:1]

    def get_n_splits(self, X=None, y=None, groups=None):
        return 1


SEARCHES = {
    "texts": ("classification", (TEXTS, MOODS), First(2)),
    "series": ("classification", (SERIES, SIGNS), First(2)),
    "time": ("forecasting", (WAVE,), First(2)),
    "documents": ("generation", (DOCUMENTS,), First(2)),
}


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind",
    [pytest.param(kind, marks=pytest.mark.slow) if kind == "texts" else kind for kind in SEARCHES],
)
def test_a_grid_search_chooses_the_architecture(kind):
    task, data, cv = SEARCHES[kind]
    estimator = quick(task, hparams={"width": 8, "depth": 1}, epochs=1)
    models = [name for name in BY_COST if "heads" not in registry.hyperparameters(name)][:2]
    search = GridSearchCV(estimator, {"model": models}, cv=cv, refit=False, error_score="raise")
    search.fit(*data)
    scores = dict(
        zip(search.cv_results_["param_model"], search.cv_results_["mean_test_score"], strict=True)
    )
    assert list(scores) == models and np.isfinite(list(scores.values())).all()
    assert scores[search.best_params_["model"]] == max(scores.values())


@pytest.mark.slow
def test_a_randomized_search_chooses_hyper_parameters():
    choices = {"hparams__width": [4, 8], "learning_rate": [1e-3, 1e-2]}
    search = RandomizedSearchCV(
        quick("forecasting", epochs=1),
        choices,
        n_iter=2,
        cv=First(2),
        random_state=0,
        error_score="raise",
    ).fit(WAVE)
    assert search.best_estimator_.hparams_["width"] == search.best_params_["hparams__width"]
    assert search.best_estimator_.hparams == {
        "width": search.best_params_["hparams__width"],
        "depth": 1,
    }


@pytest.mark.slow
def test_a_search_runs_in_several_processes():
    grid = {"hparams__width": [4]}  # each process fits one half
    model = quick("generation", epochs=1)  # what is trained soonest
    alone, side_by_side = (
        GridSearchCV(model, grid, cv=2, n_jobs=jobs, refit=False, error_score="raise")
        .fit(DOCUMENTS)
        .cv_results_
        for jobs in (None, 2)
    )
    for half in ("split0_test_score", "split1_test_score"):
        np.testing.assert_allclose(alone[half], side_by_side[half])


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize(
    "again", [lambda each: pickle.loads(pickle.dumps(each)), copy.deepcopy], ids=["pickle", "copy"]
)
def test_a_pickled_or_copied_estimator_answers_as_the_original(fitted, task, again):
    answers(fitted[task])  # leaves compiled programs behind, which must not get in the way
    other = again(fitted[task])
    assert (answers(other) == answers(fitted[task])).all()
    assert other.get_params() == fitted[task].get_params()


@pytest.mark.parametrize("task", TASKS)
def test_parameters_set_after_a_fit_change_nothing_of_what_was_fitted(fitted, task, tmp_path):
    changed = copy.copy(fitted[task]).set_params(model="no such one", precision="mixed_bfloat16")
    loaded = modelzoo.load(changed.save(tmp_path / "model.mz"))
    for other in (copy.deepcopy(changed), loaded):
        assert (answers(other) == answers(fitted[task])).all()
    assert (loaded.model, loaded.precision) == (fitted[task].model, "float32")


# precision


# The conformance suite has every architecture's layers compute in half precision.
@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(cheapest(registry.list_models())))
@pytest.mark.parametrize("task", TASKS)
def test_both_directions_train_and_answer_in_half_precision(task, name, tmp_path):
    policy = keras.config.dtype_policy()
    model = quick(task, name, precision="mixed_bfloat16", epochs=1).fit(*TRAIN[task])
    assert keras.config.dtype_policy() == policy
    check_precision(model, "bfloat16")
    assert (answers(modelzoo.load(model.save(tmp_path / "model.mz"))) == answers(model)).all()
    if task == "generation":
        assert len(model.generate("ab", 4, seed=0)) >= 2
    else:
        assert (answers(copy.deepcopy(model)) == answers(model)).all()


def test_float16_scales_the_loss():
    model = quick("classification", precision="mixed_float16", epochs=1).fit(SERIES, SIGNS)
    check_precision(model, "float16")
    assert isinstance(model.model_.optimizer, keras.optimizers.LossScaleOptimizer)


def check_precision(model: Any, computed: str) -> None:
    assert model.model_.get_layer("backbone").compute_dtype == computed
    assert {weight.dtype for weight in model.model_.trainable_weights} == {"float32"}
    assert {each.dtype for each in model.model_.outputs} == {"float32"}
    assert np.isfinite(model.history_["loss"]).all() and np.isfinite(answers(model)).all()


def test_half_precision_answers_much_as_single_precision_with_the_same_weights(fitted):
    half = quick("classification", precision="mixed_bfloat16", epochs=1).fit(SERIES, SIGNS)
    half.model_.set_weights(fitted["classification"].model_.get_weights())
    single = answers(fitted["classification"])
    np.testing.assert_allclose(answers(half), single, atol=0.03)
    assert (answers(half) != single).any()


def test_the_precision_is_the_estimators_whatever_keras_global_policy_is():
    with building_in("mixed_bfloat16"):
        model = quick("classification", epochs=1).fit(SERIES, SIGNS)
        assert keras.config.dtype_policy().name == "mixed_bfloat16"
    check_precision(model, "float32")


def test_a_failing_builder_leaves_keras_global_policy_as_it_was():
    def broken(*, width=8):
        raise RuntimeError("no backbone today")

    policy = keras.config.dtype_policy()
    with pytest.raises(RuntimeError, match="no backbone"):
        Classifier(broken, precision="mixed_bfloat16").fit(SERIES, SIGNS)
    assert keras.config.dtype_policy() == policy


def test_another_precision_is_refused_with_those_there_are():
    with pytest.raises(InputError, match=r"mixed_float16.*got 'float16'") as caught:
        quick("classification", precision="float16").fit(SERIES, SIGNS)
    assert all(repr(each) in str(caught.value) for each in PRECISIONS)
    assert create(SMALLEST, "generation", precision="mixed_bfloat16").precision == "mixed_bfloat16"


# callbacks and the choice of the epoch


class Interrupt(keras.callbacks.Callback):
    """Ctrl-C in the first batch of an epoch; and notes whether training was ended properly."""

    def __init__(self, epoch: int):
        super().__init__()
        self.at, self.now, self.ended = epoch, -1, False

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.now = epoch

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if self.now == self.at:
            raise KeyboardInterrupt

    def on_train_end(self, logs: Any = None) -> None:
        self.ended = True


class Epochs(keras.callbacks.Callback):
    """Keeps the weights of each epoch."""

    def __init__(self) -> None:
        super().__init__()
        self.weights: list[list[np.ndarray]] = []

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.weights.append(self.model.get_weights())

    def kept_by(self, model: Any) -> list[int]:
        """The epochs whose weights a model has."""
        has = model.model_.get_weights()
        return [
            epoch
            for epoch, weights in enumerate(self.weights)
            if all(np.array_equal(one, other) for one, other in zip(weights, has, strict=True))
        ]


def held_out(**changes: Any) -> Any:
    """A classifier that gets worse on what is held out: the labels are random."""
    return quick(
        "classification", epochs=12, learning_rate=0.02, validation_fraction=0.75, **changes
    )


NOISE = RANDOM.integers(0, 2, len(SERIES))


def test_the_kept_epoch_is_the_one_of_the_least_validation_loss():
    epochs = Epochs()
    model = held_out().fit(SERIES, NOISE, callbacks=epochs)
    assert model.best_epoch_ == int(np.argmin(model.history_["val_loss"]))
    assert model.best_epoch_ < len(model.history_["loss"]) - 1
    assert epochs.kept_by(model) == [model.best_epoch_]


def test_without_validation_the_last_epoch_is_kept(fitted, tmp_path):
    assert "val_loss" not in fitted["classification"].history_
    assert fitted["classification"].best_epoch_ == 1
    loaded = modelzoo.load(fitted["classification"].save(tmp_path / "model.mz"))
    assert loaded.best_epoch_ == 1


READ_BACK = """
import json, pathlib, sys, keras, modelzoo.layers
files = pathlib.Path(sys.argv[1]).glob("*.keras")
print(json.dumps({p.stem: keras.saving.load_model(p).count_params() for p in files}))
"""


def test_an_early_stopping_that_restores_weights_makes_the_choice_instead():
    epochs = Epochs()
    theirs = keras.callbacks.EarlyStopping(
        monitor="val_accuracy", mode="max", patience=9, restore_best_weights=True
    )
    model = held_out().fit(SERIES, NOISE, callbacks=[theirs, epochs])
    assert model.best_epoch_ == int(np.argmax(model.history_["val_accuracy"]))
    assert epochs.kept_by(model) == [model.best_epoch_]


def test_an_early_stopping_that_restores_nothing_stops_and_leaves_the_choice():
    epochs = Epochs()
    theirs = keras.callbacks.EarlyStopping(monitor="loss", mode="max", patience=2)
    model = held_out(patience=9).fit(SERIES, NOISE, callbacks=[theirs, epochs])
    assert 0 < theirs.stopped_epoch == len(model.history_["loss"]) - 1 < 7
    assert epochs.kept_by(model) == [int(np.argmin(model.history_["val_loss"]))]


def test_checkpoints_and_logs_of_keras_are_written(tmp_path):
    checkpoint = keras.callbacks.ModelCheckpoint(tmp_path / "best.keras", save_best_only=True)
    log = keras.callbacks.CSVLogger(str(tmp_path / "log.csv"))
    model = held_out().fit(SERIES, NOISE, callbacks=[checkpoint, log])
    lines = (tmp_path / "log.csv").read_text().splitlines()
    assert len(lines) == 1 + len(model.history_["loss"])
    best = keras.saving.load_model(tmp_path / "best.keras")
    for one, other in zip(best.get_weights(), model.model_.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.slow
def test_another_process_reads_the_networks_of_all_tasks_from_files_of_keras(fitted, tmp_path):
    for task, model in fitted.items():
        model.model_.save(tmp_path / f"{task}.keras")
    done = subprocess.run(
        [sys.executable, "-c", READ_BACK, str(tmp_path)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    read = json.loads(done.stdout.splitlines()[-1])
    assert read == {task: each.n_params_ for task, each in fitted.items()}


@pytest.mark.slow
@pytest.mark.parametrize("task", TASKS)
def test_tensorboard_gets_its_events(task, tmp_path):
    pytest.importorskip("tensorboard", reason="the extra 'tensorboard' is not installed")
    board = keras.callbacks.TensorBoard(str(tmp_path))
    held_out = 0.75 if task == "classification" else 0.25  # 30 rows at least
    quick(task, epochs=1, validation_fraction=held_out).fit(*TRAIN[task], callbacks=board)
    written = {path.parent.name for path in tmp_path.rglob("events.out.tfevents.*")}
    assert written == {"train", "validation"}


def test_a_missing_tensorboard_is_told_before_training_with_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "tensorboard", None)  # as if it were not installed
    board = keras.callbacks.TensorBoard(str(tmp_path))
    with pytest.raises(InputError, match="pip install tensorboard"):
        quick("classification").fit(SERIES, SIGNS, callbacks=board)


# Ctrl-C


def test_ctrl_c_keeps_the_best_epoch_and_says_which():
    epochs, interrupt = Epochs(), Interrupt(5)
    with pytest.warns(UserWarning, match=r"interrupted: .* 5 completed epochs, those of epoch \d"):
        model = held_out(patience=9).fit(SERIES, NOISE, callbacks=[epochs, interrupt])
    assert len(model.history_["loss"]) == 5
    assert epochs.kept_by(model) == [int(np.argmin(model.history_["val_loss"]))]
    assert model.best_epoch_ in epochs.kept_by(model)
    assert interrupt.ended
    assert model.predict(SERIES[:2]).shape == (2,)


def test_ctrl_c_without_validation_keeps_the_weights_as_they_are():
    with pytest.warns(UserWarning, match="interrupted: .* as they were, after 1 completed"):
        model = quick("classification", epochs=4).fit(SERIES, SIGNS, callbacks=Interrupt(1))
    assert model.best_epoch_ == 0
    assert np.isfinite(answers(model)).all()


def test_ctrl_c_in_the_first_epoch_leaves_an_estimator_that_is_not_fitted():
    model = quick("classification")
    with pytest.raises(KeyboardInterrupt):
        model.fit(SERIES, SIGNS, callbacks=Interrupt(0))
    with pytest.raises(NotFittedError):
        model.predict(SERIES)


# fits that fail


def broken(*, width: int = 8) -> Any:
    raise RuntimeError("no memory left")


@pytest.mark.slow
@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize(
    ("changed", "callback", "error"),
    [({}, Interrupt(0), KeyboardInterrupt), ({"model": broken, "hparams": None}, [], RuntimeError)],
    ids=["in training", "in building"],
)
def test_a_fit_that_fails_keeps_all_of_the_fit_before(fitted, task, changed, callback, error):
    model = copy.copy(fitted[task]).set_params(**changed)
    before, parts = answers(model), dict(vars(model))
    other = {"classification": (SERIES[:, :5], MOODS), "forecasting": (WAVE[:60],)}
    with pytest.raises(error):
        model.fit(*other.get(task, (["xyz xy " * 9],)), callbacks=callback)
    now = vars(model)
    assert now.keys() == parts.keys() and all(now[name] is parts[name] for name in parts)
    np.testing.assert_array_equal(answers(model), before)


def test_a_row_too_long_for_the_positions_leaves_nothing_to_predict_with():
    name = next(n for n in BY_COST if "positions" in registry.hyperparameters(n))
    limited = {"width": 8, "depth": 1, "heads": 2, "max_length": 4, "positions": "learned"}
    model = quick("classification", name, hparams=limited)
    with pytest.raises(InputError, match="9 steps is longer than the 4"):
        model.fit(SERIES, SIGNS)
    with pytest.raises(NotFittedError):
        model.predict(SERIES[:, :3])


@pytest.mark.parametrize(("steps", "held_out"), [(13, 4), (7, 0)])
def test_too_little_to_calibrate_on_is_told_before_training(steps, held_out):
    seen = Epochs()
    model = quick("forecasting", context=8, conformal=True)
    with pytest.raises(InputError, match=f"needs 9 held-out steps, there are {held_out}:"):
        model.fit(WAVE[:steps], callbacks=seen)
    assert not seen.weights and not vars(model).keys() & {"task_", "model_"}


# display


@pytest.mark.parametrize("task", TASKS)
def test_the_history_is_drawn_and_written(fitted, task, tmp_path):
    figure = fitted[task].plot_history()
    assert isinstance(figure, Figure)
    assert registry.describe(SMALLEST).title in figure.get_suptitle()
    fitted[task].plot_history(tmp_path / "history.png")
    assert (tmp_path / "history.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(NotFittedError):
        quick(task).plot_history()


def test_each_quantity_has_a_panel_and_the_kept_epoch_a_mark():
    history = {"loss": [3.0, 2.0], "accuracy": [0.1, 0.2], "val_loss": [3.0, 4.0]}
    loss, accuracy = plot_history(history, kept=1).axes
    lines = {line.get_label(): line.get_xydata().tolist() for line in loss.lines}
    assert lines["training"] == [[1, 3], [2, 2]]
    assert lines["held out"] == [[1, 3], [2, 4]]
    assert [x for x, _ in lines["kept: epoch 2"]] == [2, 2]
    assert (loss.get_ylabel(), accuracy.get_ylabel()) == ("loss", "accuracy")
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or not pyplot.get_fignums()


@pytest.mark.parametrize("task", TASKS)
def test_a_notebook_shows_parameters_and_once_fitted_a_summary(fitted, task):
    before = quick(task)._repr_html_()
    assert ESTIMATORS[task].__name__ in before and "weights" not in before
    after = fitted[task]._repr_html_()
    assert registry.describe(SMALLEST).title in after
    assert f"{fitted[task].n_params_:,}" in after and "epoch 2 was kept" in after
    bundle = fitted[task]._repr_mimebundle_()
    assert "epoch 2 was kept" in bundle["text/html"]
    assert bundle["text/plain"] == repr(fitted[task])


def test_a_pipeline_shows_its_fitted_estimator(fitted):
    pipeline = make_pipeline(FunctionTransformer(), fitted["classification"])
    assert "Classifier" in pipeline._repr_html_()


def test_the_summary_is_escaped_and_gives_way_to_plain_text():
    builder = registry.get_builder(SMALLEST)

    def mine(*, width=8):
        return builder(width=width, depth=1)

    mine.__name__ = "<b>mine</b>"
    model = quick("classification", mine, hparams=None, validation_fraction=0.75)
    shown = model.fit(SERIES, SIGNS)._repr_html_()
    assert "<b>mine" not in shown and "&lt;b&gt;mine" in shown
    assert "validation loss of that epoch" in shown
    with config_context(display="text"):
        assert not hasattr(model, "_repr_html_")
        assert "text/html" not in model._repr_mimebundle_()


def test_the_estimators_are_what_the_facade_gives():
    assert list(ESTIMATORS.values()) == [Classifier, Forecaster, Generator]
