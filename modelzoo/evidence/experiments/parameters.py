"""Weights of an architecture at one width."""

from __future__ import annotations

from modelzoo.evidence.experiment import Condition, Experiment


def measure(model: str, width: Condition, seed: int, quick: bool) -> float:
    """The number of weights of the network that is built."""
    from modelzoo.evidence.learning import backbone

    built = backbone(model, int(width))
    built.build((None, 16, int(width)))
    return built.count_params()


EXPERIMENT = Experiment(
    name="parameters",
    title="Parameters",
    claim="What an architecture costs in weights at the same width and depth.",
    protocol="The weights of two blocks are counted, without embeddings and output layer.",
    figure="weights",
    varied="wide",
    conditions=(64, 256),
    quick=64,
    measure=measure,
    trivial={},
    more_is_better=None,
    seeds=(0,),
    source="counted",
    minutes=0.2,
)
