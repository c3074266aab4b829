"""Writes the tiny bundles that show that a released format is still read, and what they answer.

Run it once for each new format, `python tests/bundles/write.py`; what older ones wrote stays as it
is. `answers.json` holds what the models said when they were saved.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd

import modelzoo

FOLDER = Path(__file__).parent
TINY = {"width": 4, "depth": 1, "epochs": 1, "random_state": 0, "verbose": 0}
X = np.random.default_rng(0).normal(size=(20, 6)).round(2)
SERIES = pd.Series(
    np.sin(np.arange(60.0)).round(3), pd.period_range("2020-01", periods=60, freq="M")
)


def answers(models: dict) -> dict:
    """What a model of each task says."""
    return {
        "classification": models["classification"].predict_proba(X[:2]).tolist(),
        "forecasting": models["forecasting"].predict().to_numpy().tolist(),
        "generation": [float(models["generation"].score(["ab cd"]))],
    }


def main() -> None:
    from modelzoo import bundle

    models = {
        "classification": modelzoo.create("gru", task="classification", **TINY).fit(
            X, ["up", "down"] * 10
        ),
        "forecasting": modelzoo.create("gru", task="forecasting", horizon=3, context=8, **TINY).fit(
            SERIES
        ),
        "generation": modelzoo.create("gru", task="generation", context=16, **TINY).fit(
            ["ab cd " * 50]
        ),
    }
    for task, model in models.items():
        model.save(FOLDER / f"format{bundle.FORMAT}-{task}.mz")
    file = FOLDER / "answers.json"
    told = json.loads(file.read_text()) if file.exists() else {}
    told[str(bundle.FORMAT)] = answers(models)
    file.write_text(json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
