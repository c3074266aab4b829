"""Trains an architecture on a made-up problem, in the same way whichever the architecture is."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from modelzoo import registry
from modelzoo.estimators.building import build_backbone
from modelzoo.estimators.memory import all_freed_kept
from modelzoo.estimators.training import quiet_retracing, seeded, warm_up_and_decay
from modelzoo.evidence.timing import DEPTH, WIDTH, hyperparameters
from modelzoo.interrupts import raise_lost

ROWS = 64  # sequences in a batch
LEARNING_RATE = 2e-3  # the peak
TEST_ROWS = 512

# Inputs, (B, T) int tokens or (B, T, C) floats; targets, (B, T) classes or numbers; and weights,
# (B, T), zero where nothing is asked.
Sample = tuple[np.ndarray, np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Problem:
    """Sequences without end, and what is to be answered at their steps.

    Attributes:
        sample: Draws so many sequences.
        vocabulary: Number V of tokens; None where the inputs are numbers.
        classes: Number of answers to choose from; None where the answer is a number.
    """

    sample: Callable[[np.random.Generator, int], Sample]
    vocabulary: int | None = None
    classes: int | None = None


def learn(model: str, problem: Problem, *, updates: int, seed: int) -> keras.Model:
    """Trains a network of width 64 and two blocks on fresh sequences at every update.

    Adam with a linear warm-up over the first twentieth and a cosine to zero over the rest, peak
    0.002, gradients clipped to a norm of 1, 64 sequences an update, no dropout: one recipe for
    all, tuned for none.

    Args:
        model: The name of an architecture.
        problem: What to learn.
        updates: Number of updates.
        seed: Of the weights and the sequences.

    Returns:
        The network: inputs to (B, T, classes) logits or (B, T, 1) numbers.
    """
    drawn = _Batches(problem, updates, seed)
    with seeded(seed):
        network = build(model, problem, drawn[0][0].shape[1:])
    network.compile(
        keras.optimizers.Adam(warm_up_and_decay(LEARNING_RATE, updates), global_clipnorm=1.0),
        loss="mse"
        if problem.classes is None
        else keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    network.optimizer.build(network.trainable_variables)
    with quiet_retracing(), all_freed_kept():
        network.fit(drawn, epochs=1, verbose=0, shuffle=False)
    raise_lost()
    return network


def build(
    model: str,
    problem: Problem,
    shape: tuple[int, ...],
    *,
    width: int = WIDTH,
    depth: int = DEPTH,
) -> keras.Model:
    """Builds the network, untrained: an embedding, the architecture, and a dense layer.

    Args:
        model: The name of an architecture.
        problem: What it is for.
        shape: (T,) of tokens or (T, C) of numbers; networks take other lengths too.
        width: D.
        depth: Blocks.
    """
    mixing = backbone(model, width, depth)
    if problem.vocabulary is None:
        inputs = keras.Input((None, *shape[1:]))
        x = keras.layers.Dense(width)(inputs)  # (B, T, D)
    else:
        inputs = keras.Input((None,), dtype="int32")
        x = keras.layers.Embedding(problem.vocabulary, width)(inputs)  # (B, T, D)
    outputs = keras.layers.Dense(problem.classes or 1)(mixing(x))
    return keras.Model(inputs, outputs)


def backbone(model: str, width: int, depth: int = DEPTH) -> Any:
    """Builds some blocks of an architecture, without dropout; its other parts are its defaults."""
    return build_backbone(model, hyperparameters(width, depth, registry.hyperparameters(model)))


def least_milliseconds(function: Callable[[], Any], times: int) -> float:
    """The least time of some calls, after one that is not counted.

    The least, since whatever else the machine does can only add to it. Of a function that takes
    long, so many calls as fit into ten seconds, and three at least.
    """
    function()
    taken: list[float] = []
    while len(taken) < times and (len(taken) < 3 or sum(taken) < 10_000):
        begin = time.perf_counter()
        function()
        taken.append(1_000 * (time.perf_counter() - begin))
    return min(taken)


def squared_error(network: keras.Model, problem: Problem, seed: int) -> float:
    """The mean squared error of the answers on new sequences."""
    inputs, targets, weights = problem.sample(_test_generator(seed), TEST_ROWS)
    answers = _answers(network, inputs)[..., 0]
    return float(np.average((answers - targets) ** 2, weights=weights))


def accuracy(network: keras.Model, problem: Problem, seed: int) -> float:
    """The share of right answers on new sequences."""
    inputs, targets, weights = problem.sample(_test_generator(seed), TEST_ROWS)
    answers = _answers(network, inputs).argmax(-1)
    return float(np.average(answers == targets, weights=weights))


def _answers(network: keras.Model, inputs: np.ndarray) -> np.ndarray:
    with quiet_retracing():
        return network.predict(inputs, batch_size=ROWS, verbose=0)


def _test_generator(seed: int) -> np.random.Generator:
    return np.random.default_rng((seed, 1))


class _Batches(keras.utils.PyDataset):
    """The training sequences of each update, drawn from the seed and its number."""

    def __init__(self, problem: Problem, updates: int, seed: int):
        super().__init__()
        self._problem, self._updates, self._seed = problem, updates, seed

    def __len__(self) -> int:
        return self._updates

    def __getitem__(self, update: int) -> Sample:
        rng = np.random.default_rng((self._seed, 0, update))
        inputs, targets, weights = self._problem.sample(rng, ROWS)
        # Keras divides by the number of steps: what is not asked must not make the rest smaller.
        return inputs, targets[..., None], weights * (weights.size / weights.sum())
