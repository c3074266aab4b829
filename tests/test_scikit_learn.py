"""scikit-learn's own checks of estimators, all that apply but one, and ours of those of texts.

Trained eagerly: they fit some 150 networks for a moment each, and tracing takes ten times as long.
"""

from __future__ import annotations

import keras
import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import RegressorMixin, clone
from sklearn.model_selection import cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import parametrize_with_checks
from sklearn.utils.validation import check_is_fitted, validate_data

from modelzoo import Classifier, Forecaster, Generator, registry
from modelzoo.baselines import TfidfClassifier
from modelzoo.layers import Backbone
from modelzoo.testing import ConformanceError, check_text_estimator

SMALLEST = min(registry.list_models(), key=lambda name: registry.describe(name).cost().parameters)
QUICK = {"hparams": {"width": 4, "depth": 1}, "epochs": 1, "random_state": 0, "verbose": 0}


class Nothing(keras.layers.Layer):
    """Mixes no steps: what the checks are about is around the architecture."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, x, mask=None, training=None):
        return x


class Builder:
    """Builds next to nothing; unlike a function it looks the same in every process."""

    def __call__(self, *, width=4):
        return Backbone([Nothing()], width=width, causal=True)

    def __repr__(self):
        return "nothing"


CLASSIFIER = Classifier(
    Builder(), epochs=1, batch_size=32, learning_rate=0.2, random_state=0, verbose=0
)
# Rows come in batches, in an order drawn at random, and series are varied while they train: a row
# of weight 2 takes part in one update with twice the gradient, a row that is there twice in two.
EXPECTED_TO_FAIL = {
    "check_sample_weight_equivalence_on_dense_data": "training is stochastic, row by row"
}


@pytest.fixture
def eagerly():
    if keras.backend.backend() != "tensorflow":
        yield
        return
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # some are what the checks are about
@parametrize_with_checks(
    [CLASSIFIER], expected_failed_checks=lambda _: EXPECTED_TO_FAIL, xfail_strict=True
)
def test_the_classifier_passes(eagerly, estimator, check):
    check(estimator)


class NextOfEachRow(RegressorMixin, Forecaster):
    """A forecaster of one step, used as a regressor: a row is a series, y what follows it.

    scikit-learn's checks need samples that stand in rows; the rows of a forecaster's own table are
    steps, and what it forecasts are others.
    """

    def fit(self, X, y):
        X, y = validate_data(self, X, y, ensure_min_features=2, y_numeric=True)
        return super().fit(list(np.column_stack([X, y])))

    def predict(self, X):
        check_is_fitted(self)
        return super().predict(list(validate_data(self, X, reset=False)))[0.5].to_numpy()

    def score(self, X, y, sample_weight=None):
        return RegressorMixin.score(self, X, y, sample_weight)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.one_d_array = tags.input_tags.allow_nan = False
        tags.regressor_tags.poor_score = True  # where, as in the checks, columns are no steps
        return tags


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@parametrize_with_checks(
    [NextOfEachRow(Builder(), horizon=1, epochs=1, batch_size=64, random_state=0, verbose=0)]
)
def test_a_forecaster_of_rows_passes(eagerly, estimator, check):
    check(estimator)


def test_tags_say_what_the_estimators_take():
    tags = get_tags(CLASSIFIER)
    assert tags.estimator_type == "classifier" and tags.target_tags.required
    assert tags.input_tags.two_d_array and tags.input_tags.three_d_array
    assert not tags.input_tags.sparse and not tags.input_tags.allow_nan
    assert not tags.classifier_tags.multi_label
    texts = get_tags(Classifier(kind="text")).input_tags
    assert texts.string and texts.one_d_array and not texts.two_d_array
    assert get_tags(Classifier(multi_label=True)).classifier_tags.multi_label
    series = get_tags(Forecaster()).input_tags
    assert series.one_d_array and series.two_d_array and series.allow_nan
    assert get_tags(Generator()).input_tags.string
    assert not get_tags(Forecaster()).target_tags.required


def test_sample_weights_are_routed_through_a_pipeline_and_a_cross_validation(eagerly):
    X = [[0.0, 1.0, 0.0], [1.0, 0.0, 1.0]] * 6
    y = [0, 1] * 6
    seen = []

    class Watched(Classifier):
        def fit(self, X, y, sample_weight=None):
            seen.append(sample_weight)
            return super().fit(X, y, sample_weight)

    with config_context(enable_metadata_routing=True):
        watched = Watched(**CLASSIFIER.get_params(deep=False))
        watched.set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
        pipeline = make_pipeline(FunctionTransformer(), clone(watched))
        found = cross_validate(pipeline, X, y, cv=2, params={"sample_weight": [1, 2] * 6})
    assert len(seen) == 2 and all(list(each) == [1, 2] * 3 for each in seen)
    assert ((found["test_score"] >= 0) & (found["test_score"] <= 1)).all()


@pytest.mark.parametrize(
    "estimator",
    [
        pytest.param(Classifier(SMALLEST, **QUICK), marks=pytest.mark.slow),
        pytest.param(Generator(SMALLEST, context=16, **QUICK), marks=pytest.mark.slow),
        pytest.param(TfidfClassifier(), marks=pytest.mark.slow),
    ],
    ids=lambda each: type(each).__name__,
)
def test_estimators_of_texts_pass_our_own_checks(eagerly, estimator):
    check_text_estimator(estimator)


class Careless(TfidfClassifier):
    """Takes whatever is put before it."""

    def predict_proba(self, X):
        rows = [str(row) for row in (X if X is not None else [])]
        return super().predict_proba(rows) + 1e-2 * len(rows)


def test_our_own_checks_catch_what_they_are_for():
    with pytest.raises(ConformanceError) as caught:
        check_text_estimator(Careless())
    failures = caught.value.failures
    assert "expected a ValueError" in failures["what_is_no_text_is_refused"]
    assert failures["rows_are_answered_one_by_one"].startswith("answers one by one: differs")
