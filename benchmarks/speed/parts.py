"""The parts, by name, in the order of the page."""

from __future__ import annotations

from speed import (
    batch_prediction,
    encoding,
    forecasting,
    generation,
    gpu,
    growth,
    minirocket,
    queries,
    training,
)
from speed.contest import Part

PARTS: dict[str, Part] = {
    "training": training.PART,
    "generation": generation.PART,
    "first_generation": generation.FIRST,
    "long_generation": generation.LONG,
    "queries": queries.PART,
    "first_forecast": queries.FORECAST,
    "batch_prediction": batch_prediction.PART,
    "encoding": encoding.PART,
    "forecasting": forecasting.PART,
    "minirocket": minirocket.PART,
    "growth": growth.PART,
    "gpu_training": gpu.TRAINING,
    "gpu_generation": gpu.GENERATION,
}
