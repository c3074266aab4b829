"""The simple recurrent network (Elman, 1990)."""

from __future__ import annotations

import keras

from modelzoo.layers import Backbone, recurrent_backbone


def simple_rnn(
    *,
    width: int = 128,
    depth: int = 2,
    dropout: float = 0.1,
    bidirectional: bool = False,
    layer_norm: bool = True,
) -> Backbone:
    """Stacks simple recurrent layers: one tanh of the input and the last output a step.

    Args:
        width: Hidden size D of every layer; even when ``bidirectional``.
        depth: Number of layers; residual paths run around each when there are several.
        dropout: Share of each layer's outputs dropped in training, in [0, 1).
        bidirectional: Read both ways, each direction with half the width. The backbone is then
            not causal and does not stream.
        layer_norm: Normalize before each recurrence and once at the end (Ba et al., 2016).

    Returns:
        A causal, streaming backbone (B, T, D) to (B, T, D), unless ``bidirectional``.

    Raises:
        InputError: A hyper-parameter is outside its range.
    """
    return recurrent_backbone(
        keras.layers.SimpleRNN,
        width=width,
        depth=depth,
        dropout=dropout,
        bidirectional=bidirectional,
        layer_norm=layer_norm,
    )
