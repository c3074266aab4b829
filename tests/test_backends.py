"""A model that was trained and saved on one of Keras' backends answers alike on the other."""

from __future__ import annotations

import os
import subprocess
import sys

import keras
import numpy as np
import pytest

from modelzoo import Classifier, Forecaster, Generator, registry

OTHER = "tensorflow" if keras.backend.backend() == "jax" else "jax"
QUICK = {"size": "tiny", "epochs": 1, "random_state": 0, "verbose": 0}
SERIES = np.random.default_rng(0).normal(size=(20, 12)).astype("float32")
ASK = """
import sys
import keras, numpy as np
import modelzoo
assert keras.backend.backend() == sys.argv[2]
folder = sys.argv[1]
series = np.load(folder + "/series.npy")
np.savez(
    folder + "/answers.npz",
    classes=modelzoo.load(folder + "/classifier.mz").predict_proba(series),
    moods=modelzoo.load(folder + "/reader.mz").predict_proba(["a good film", "bad"]),
    forecast=modelzoo.load(folder + "/forecaster.mz").predict().to_numpy(),
    nats=modelzoo.load(folder + "/generator.mz").score(["abab"]),
    text=modelzoo.load(folder + "/generator.mz").generate("ab", 8, temperature=0),
)
"""


@pytest.mark.slow
@pytest.mark.parametrize("model", registry.list_models())
def test_a_bundle_gives_equal_answers_on_the_other_backend(model, tmp_path):
    pytest.importorskip(OTHER)
    classifier = Classifier(model, **QUICK).fit(SERIES, [0, 1] * 10)
    reader = Classifier(model, **QUICK).fit(["a good film", "a bad film"] * 10, [0, 1] * 10)
    forecaster = Forecaster(model, horizon=3, context=8, **QUICK).fit(SERIES.ravel())
    generator = Generator(model, context=8, **QUICK).fit(["abab", "baba"] * 8)
    for name, estimator in (
        ("classifier", classifier),
        ("reader", reader),
        ("forecaster", forecaster),
        ("generator", generator),
    ):
        estimator.save(tmp_path / f"{name}.mz")
    np.save(tmp_path / "series.npy", SERIES)
    environment = os.environ | {"KERAS_BACKEND": OTHER, "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, "-c", ASK, str(tmp_path), OTHER]
    subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    answers = np.load(tmp_path / "answers.npz")
    np.testing.assert_allclose(answers["classes"], classifier.predict_proba(SERIES), atol=1e-4)
    moods = reader.predict_proba(["a good film", "bad"])
    np.testing.assert_allclose(answers["moods"], moods, atol=1e-4)
    np.testing.assert_allclose(answers["forecast"], forecaster.predict(), atol=1e-3)
    assert answers["nats"] == pytest.approx(generator.score(["abab"]), abs=1e-4)
    assert str(answers["text"]) == generator.generate("ab", 8, temperature=0)
