"""The parts, by name, in the order of the page."""

from __future__ import annotations

from speed import generation, queries, training
from speed.contest import Part

PARTS: dict[str, Part] = {
    "training": training.PART,
    "generation": generation.PART,
    "first_generation": generation.FIRST,
    "long_generation": generation.LONG,
    "queries": queries.PART,
    "first_forecast": queries.FORECAST,
}
