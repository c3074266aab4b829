"""One model in several threads and processes: the answers are as alone."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import joblib
import numpy as np
import pytest

from modelzoo import Classifier, Forecaster, Generator, registry

SMALLEST = min(registry.list_models(), key=lambda name: registry.describe(name).cost().parameters)
QUICK = {"hparams": {"width": 4, "depth": 1}, "epochs": 1, "random_state": 0, "verbose": 0}
SERIES = np.random.default_rng(0).normal(size=(24, 6))
WAVE = np.sin(np.arange(60.0))


@cache
def classifier():
    return Classifier(SMALLEST, **QUICK).fit(SERIES, [0, 1] * 12)


def forecaster():
    return Forecaster(SMALLEST, horizon=2, context=6, **QUICK).fit(WAVE)


@cache
def generator():
    return Generator(SMALLEST, context=8, **QUICK).fit(["abc abd abe " * 4] * 6)


@cache
def quantized():
    writing = Generator("gpt", context=8, **QUICK | {"hparams": {"width": 4, "heads": 1}})
    return writing.fit(["abc abd abe " * 4] * 6).quantize()


def write_or_score(model, n):
    return model.score(["abc"]) if n % 2 else model.generate(["ab"] * 6, 6, seed=n)


ASKED = {
    "quantized": (quantized, write_or_score),
    "probabilities": (classifier, lambda model, n: model.predict_proba(SERIES[n : n + 9]).tolist()),
    "forecasts": (forecaster, lambda model, n: model.predict(WAVE[: 30 + n]).to_numpy().tolist()),
    "texts": (generator, lambda model, n: model.generate("ab", 6, seed=n)),
    "scores": (generator, lambda model, n: model.score(["abc abd " * (n + 1)])),
}


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=[pytest.mark.slow] * (kind != "texts")) for kind in ASKED]
)
def test_threads_that_share_a_model_get_the_answers_of_one_alone(kind):
    fit, ask = ASKED[kind]
    model = fit()
    with ThreadPoolExecutor(4) as threads:  # they compile what is needed at the same time, too
        together = [*threads.map(lambda n: ask(model, n % 4), range(16))]
    alone = [ask(model, n) for n in range(4)]
    assert together == alone * 4


def test_a_copy_and_a_question_leave_the_callers_random_state_alone():
    model = generator()
    before = random.getstate(), np.random.get_state()[1].tolist()
    again = joblib.hash(model.__getstate__()["model_"])
    restored = Generator.__new__(Generator)
    restored.__setstate__(model.__getstate__())
    restored.generate("ab", 2, seed=0)
    assert joblib.hash(restored.model_.get_weights()) == again
    assert (random.getstate(), np.random.get_state()[1].tolist()) == before


def answer(model):
    return model.predict_proba(SERIES)


@pytest.mark.slow
def test_a_fitted_model_answers_alike_in_other_processes():
    model = classifier()
    with joblib.Parallel(n_jobs=2) as processes:
        for each in processes(joblib.delayed(answer)(model) for _ in range(2)):
            # To rounding: with other threads the sums are of another order.
            np.testing.assert_allclose(each, answer(model), atol=1e-6)
