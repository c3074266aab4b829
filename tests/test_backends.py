"""A model that was trained and saved on one of Keras' backends answers alike on the other."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from modelzoo import Classifier, Forecaster, Generator, registry

OTHER = "tensorflow" if keras.backend.backend() == "jax" else "jax"
QUICK = {"epochs": 1, "random_state": 0, "verbose": 0}
SERIES = np.random.default_rng(0).normal(size=(20, 12)).astype("float32")
ASK = """
import sys
import keras, numpy as np
import modelzoo
assert keras.backend.backend() == sys.argv[2]
folder = sys.argv[1]
series = np.load(folder + "/series.npy")
for model in sys.argv[3:]:
    own = folder + "/" + model
    np.savez(
        own + "/answers.npz",
        classes=modelzoo.load(own + "/classifier.mz").predict_proba(series),
        moods=modelzoo.load(own + "/reader.mz").predict_proba(["a good film", "bad"]),
        forecast=modelzoo.load(own + "/forecaster.mz").predict().to_numpy(),
        nats=modelzoo.load(own + "/generator.mz").score(["abab"]),
        text=modelzoo.load(own + "/generator.mz").generate("ab", 8, temperature=0),
    )
"""


def train(model: str) -> dict[str, Any]:
    heads = {"heads": 2} if "heads" in registry.hyperparameters(model) else {}
    options = QUICK | {"hparams": {"width": 8, "depth": 1} | heads}
    films = ["a good film", "a bad film"] * 10
    return {
        "classifier": Classifier(model, **options).fit(SERIES, [0, 1] * 10),
        "reader": Classifier(model, **options).fit(films, [0, 1] * 10),
        "forecaster": Forecaster(model, horizon=3, context=8, **options).fit(SERIES.ravel()),
        "generator": Generator(model, context=8, **options).fit(["abab", "baba"] * 8),
    }


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, dict[str, Any]], Path]:
    """Estimators of every architecture here, and what a process on the other backend answers."""
    pytest.importorskip(OTHER)
    folder = tmp_path_factory.mktemp("bundles")
    np.save(folder / "series.npy", SERIES)
    estimators = {model: train(model) for model in registry.list_models()}
    for model, tasks in estimators.items():
        (folder / model).mkdir()
        for name, estimator in tasks.items():
            estimator.save(folder / model / f"{name}.mz")
    environment = os.environ | {"KERAS_BACKEND": OTHER, "TF_CPP_MIN_LOG_LEVEL": "3"}
    # One process for all of them: most of its time goes into starting.
    command = [sys.executable, "-c", ASK, str(folder), OTHER, *estimators]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    print(done.stderr)  # shown where a test fails since there are no answers
    return estimators, folder


@pytest.mark.slow
@pytest.mark.parametrize("model", registry.list_models())
def test_a_bundle_gives_equal_answers_on_the_other_backend(model, trained):
    estimators, folder = trained
    classifier, reader, forecaster, generator = estimators[model].values()
    answers = np.load(folder / model / "answers.npz")
    np.testing.assert_allclose(answers["classes"], classifier.predict_proba(SERIES), atol=1e-4)
    moods = reader.predict_proba(["a good film", "bad"])
    np.testing.assert_allclose(answers["moods"], moods, atol=1e-4)
    np.testing.assert_allclose(answers["forecast"], forecaster.predict(), atol=1e-3)
    assert answers["nats"] == pytest.approx(generator.score(["abab"]), abs=1e-4)
    assert str(answers["text"]) == generator.generate("ab", 8, temperature=0)
