"""The operations that a card's formula states are those that the backend counts."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest

from modelzoo import registry
from modelzoo.estimators.building import build_backbone

# Formulas leave out what grows with the width alone: norms, activations, softmax, residual sums.
MOST_BESIDE = 0.2
SHAPES: list[tuple[dict[str, Any], int]] = [
    ({"width": 64, "depth": 2}, 128),
    ({"width": 128, "depth": 1}, 64),
    ({"width": 64, "depth": 1, "gated": True, "head_dim": 32}, 64),
    ({"width": 64, "depth": 1, "feedforward": 96}, 64),
    ({"width": 64, "depth": 1, "bidirectional": True}, 64),
]
CASES = [
    (name, hyperparameters, length)
    for name in registry.list_models()
    for hyperparameters, length in SHAPES
    if set(hyperparameters) <= set(registry.hyperparameters(name))
    and registry.describe(name).formulas is not None
]


def counted(function: Callable[..., Any], *shapes: tuple[int, ...]) -> float:
    """The operations of a function of float32 tensors, by the backend's own count."""
    if keras.backend.backend() == "jax":
        import jax

        arguments = [jax.ShapeDtypeStruct(shape, np.float32) for shape in shapes]
        return jax.jit(function).lower(*arguments).cost_analysis()["flops"]
    return _counted_by_tensorflow(function, shapes)


def _counted_by_tensorflow(
    function: Callable[..., Any], shapes: tuple[tuple[int, ...], ...]
) -> float:
    import tensorflow as tf

    arguments = [tf.TensorSpec(shape, "float32") for shape in shapes]
    graph = tf.function(function, autograph=False).get_concrete_function(*arguments).graph
    profiler = tf.compat.v1.profiler
    options = profiler.ProfileOptionBuilder(profiler.ProfileOptionBuilder.float_operation())
    total = profiler.profile(graph, options=options.with_empty_output().build()).total_float_ops
    # Its table has no entry for products that are written as Einstein's sums.
    sums = (each for each in graph.get_operations() if each.type == "Einsum")
    return total + sum(map(_of_einsum, sums))


def _of_einsum(operation: Any) -> int:
    """Two operations for every combination of the letters."""
    letters = operation.get_attr("equation").decode().split("->")[0].split(",")
    sizes = {
        letter: size
        for word, tensor in zip(letters, operation.inputs, strict=True)
        for letter, size in zip(word, tensor.shape, strict=True)
    }
    return 2 * math.prod(sizes.values())


@pytest.mark.parametrize(("name", "hyperparameters", "length"), CASES, ids=str)
@pytest.mark.filterwarnings("ignore")
def test_a_formula_states_the_operations_that_the_backend_counts(name, hyperparameters, length):
    card, width = registry.describe(name), hyperparameters["width"]
    known = registry.hyperparameters(name)
    chosen = {**hyperparameters, "dropout": 0.0}
    network = build_backbone(name, {key: chosen[key] for key in chosen if key in known})
    network.build((None, length, width))
    stated = card.cost(length=length, **hyperparameters).flops_per_token
    # A loop over the steps is counted once, however many there are: of what reads step by step
    # one is counted by itself.
    if card.traits.parallel:
        found = counted(lambda x: network(x, training=False), (1, length, width)) / length
    elif network.streaming:
        state = network.initial_state(1, length)
        found = counted(lambda x: network.step(x, state, 0)[0], (1, width))
    else:
        found = counted(lambda x: network(x, training=False), (1, 1, width))
    assert stated <= found <= (1 + MOST_BESIDE) * stated, found / stated
