"""Nixtla's neuralforecast."""

from __future__ import annotations

from neuralforecast import NeuralForecast
from neuralforecast.losses.pytorch import MQLoss
from neuralforecast.models import GRU

from speed.contest import Case, Ticks, for_ever
from speed.forecasting import QUANTILES, series
from speed.peers.pytorch import use_threads


def fit_and_predict(case: Case, ticks: Ticks) -> None:
    """Trains one network on all series, and forecasts each."""
    use_threads()
    data, train = series(case)
    shape = case.shape

    def run() -> None:
        network = GRU(
            h=data.horizon,
            input_size=shape["context"],
            encoder_n_layers=shape["depth"],
            encoder_hidden_size=shape["width"],
            loss=MQLoss(quantiles=list(QUANTILES)),
            max_steps=shape["updates"],
            batch_size=shape["windows"],
            windows_batch_size=shape["windows"],
            scaler_type="standard",
            random_seed=1,
            accelerator="cpu",
            logger=False,
            enable_progress_bar=False,
            enable_checkpointing=False,
            enable_model_summary=False,
        )
        forecaster = NeuralForecast(models=[network], freq=1)
        forecaster.fit(df=train)
        forecaster.predict()
        ticks.parameters = sum(each.numel() for each in network.parameters())

    for_ever(ticks, run)
