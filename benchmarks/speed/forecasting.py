"""Fitting and forecasting many series, against a forecasting library on PyTorch."""

from __future__ import annotations

from typing import Any

from speed.contest import Case, Contestant, Goal, Part, Ticks, for_ever

BACKENDS = ("tensorflow", "jax")
DATASET = "m4_hourly"
SHAPE = {"context": 336, "width": 64, "depth": 2, "windows": 32, "updates": 500, "epochs": 5}
QUICK = {
    "context": 72,
    "width": 8,
    "depth": 1,
    "windows": 4,
    "updates": 4,
    "epochs": 4,
    "series": 2,
}
QUANTILES = (0.1, 0.5, 0.9)


def cases(quick: bool) -> list[Case]:
    """One architecture, over all series."""
    who = (
        *(Contestant(f"modelzoo, {on}", ours, "modelzoo", on, ours=True) for on in BACKENDS),
        Contestant("neuralforecast", library, "neuralforecast"),
    )
    shape = QUICK if quick else SHAPE
    size = f"{DATASET}, {shape['updates']} updates"
    return [Case("gru", size, who, shape, unequal=None)]


def series(case: Case) -> tuple[Any, Any]:
    """The dataset, and the long frame ``unique_id, ds, y`` of its training part."""
    from modelzoo import load_dataset

    data = load_dataset(DATASET)
    train = data.train.X
    if "series" in case.shape:
        train = train[train["unique_id"].isin(train["unique_id"].unique()[: case.shape["series"]])]
    return data, train


def ours(case: Case, ticks: Ticks) -> None:
    """`Forecaster.fit` and `predict`."""
    import keras

    from modelzoo import Forecaster

    data, train = series(case)
    shape = case.shape

    class Updates(keras.callbacks.Callback):
        done = 0

        def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
            self.done += 1

    def fit_and_predict() -> None:
        updates = Updates()
        forecaster = Forecaster(
            case.model,
            horizon=data.horizon,
            context=shape["context"],
            season_length=data.season_length,
            quantiles=QUANTILES,
            hparams={"width": shape["width"], "depth": shape["depth"]},
            batch_size=shape["windows"],
            epochs=shape["epochs"],
            validation_fraction=0.0,
            random_state=0,
            verbose=0,
        )
        forecaster.fit(train, callbacks=[updates])
        if "series" not in shape and updates.done != shape["updates"]:
            raise ValueError(f"{updates.done} updates rather than {shape['updates']}")
        forecaster.predict()
        ticks.parameters = forecaster.n_params_

    for_ever(ticks, fit_and_predict)


def library(case: Case, ticks: Ticks) -> None:
    """Neuralforecast's network of the same name, width and depth."""
    from speed.peers import nixtla

    nixtla.fit_and_predict(case, ticks)


PART = Part(
    title="Forecasting many series",
    about=(
        f"Fit and forecast of the 414 series of `{DATASET}`, 48 hours from {SHAPE['context']}, by "
        f"two GRU layers of width {SHAPE['width']}, {SHAPE['updates']} updates with "
        f"{SHAPE['windows']} windows each, three quantiles; compilation included. Around the two "
        "layers the networks differ: ours reads long contexts in patches and adds a linear path "
        "that is computed, neuralforecast has a decoder of dense layers; both with their defaults."
    ),
    unit="s",
    cases=cases,
    goals={"neuralforecast": Goal(at_least=1.5)},
    warm_up=0,
    rounds=2,
    seconds=0.0,
)
