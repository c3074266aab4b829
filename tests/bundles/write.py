"""Writes the tiny bundles that show that a released format is still read, and what they answer.

Run it once for each new format, `python tests/bundles/write.py`; what older ones wrote stays as it
is, also of this format. `answers.json` holds what the models said when they were saved.
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
MONTHS = pd.Series(
    np.sin(np.arange(200.0)).round(3), pd.period_range("2000-01", periods=200, freq="M")
)


MOODS = ["good fun", "so bad"]
FITS = {  # task, parameters and data
    "classification": ("classification", {}, (X, ["up", "down"] * 10)),
    "shapes": ("classification", {}, (X, ["up", "down"] * 10)),  # series, with convolutions
    "texts": ("classification", {}, (MOODS * 10, ["+", "-"] * 10)),
    "forecasting": ("forecasting", {"horizon": 3, "context": 8}, (SERIES,)),
    "mixture": ("forecasting", {"horizon": 3, "context": 18}, (MONTHS,)),  # of simple forecasts
    "generation": ("generation", {"context": 16}, (["ab cd " * 50],)),
}
ASKED = {
    "classification": lambda model: model.predict_proba(X[:2]).tolist(),
    "shapes": lambda model: model.predict_proba(X[:2]).tolist(),
    "texts": lambda model: model.predict_proba(MOODS).tolist(),  # classified, with n-grams
    "forecasting": lambda model: model.predict().to_numpy().tolist(),
    "mixture": lambda model: model.predict().to_numpy().tolist(),
    "generation": lambda model: [float(model.score(["ab cd"]))],
}


def answers(models: dict) -> dict:
    """What each of some models says, by name."""
    return {name: ASKED[name](model) for name, model in models.items()}


def main() -> None:
    from modelzoo import bundle

    file = FOLDER / "answers.json"
    told = json.loads(file.read_text()) if file.exists() else {}
    said = told.setdefault(str(bundle.FORMAT), {})
    for name, (task, own, data) in FITS.items():
        if name not in said:
            model = modelzoo.create("gru", task=task, **own, **TINY).fit(*data)
            model.save(FOLDER / f"format{bundle.FORMAT}-{name}.mz")
            said |= answers({name: model})
    file.write_text(json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
