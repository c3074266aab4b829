"""Recurrent blocks on Keras' own layers and cells."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from modelzoo.errors import InputError, check_share, check_whole
from modelzoo.layers.backbone import Backbone, Norm, build_unbuilt
from modelzoo.layers.recurrence import has_compiled_training, train_recurrence


@keras.saving.register_keras_serializable("modelzoo")
class RecurrentBlock(keras.layers.Layer):
    """One recurrent layer with optional normalization before it and a residual path around it.

    ``y = x + dropout(rnn(norm(x)))``, the residual and the norm as asked for.

    Args:
        forward: A Keras recurrent layer with ``return_sequences=True``; its cell does the steps.
        backward: The same with ``go_backwards=True`` for a block that reads both ways, or None.
            The two outputs are concatenated, so each has half the block's width.
        layer_norm: Normalize the input of the recurrence.
        residual: Add the input to the output; forward and backward must then sum to its width.
        dropout: Share of the recurrence's outputs dropped in training, in [0, 1).
        **kwargs: Passed on to ``keras.layers.Layer``.
    """

    def __init__(
        self,
        forward: keras.layers.RNN,
        backward: keras.layers.RNN | None = None,
        *,
        layer_norm: bool = True,
        residual: bool = True,
        dropout: float = 0.0,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.supports_masking = True
        self.forward = forward
        self.backward = backward
        self.residual = residual
        self.norm = Norm(dtype=self.dtype_policy, name="norm") if layer_norm else None
        self.dropout = keras.layers.Dropout(dropout, dtype=self.dtype_policy, name="dropout")

    def build(self, input_shape: tuple) -> None:
        build_unbuilt((self.norm, self.forward, self.backward), input_shape)
        self.built = True

    def call(self, x: Any, mask: Any = None, training: bool | None = None) -> Any:
        inner = x if self.norm is None else self.norm(x)  # (B, T, D)
        y = self._read(self.forward, inner, mask, training)  # (B, T, D) or (B, T, D / 2)
        if self.backward is not None:
            reverse = self._read(self.backward, inner, mask, training)  # last step first
            y = ops.concatenate([y, ops.flip(reverse, axis=1)], axis=-1)  # (B, T, D)
        y = self.dropout(y, training=training)
        return x + y if self.residual else y

    def _read(self, layer: keras.layers.RNN, x: Any, mask: Any, training: bool | None) -> Any:
        # Only in training, so that what is exported and what bundles predict is Keras' own.
        same = keras.backend.standardize_dtype(x.dtype) == layer.compute_dtype
        if training and same and has_compiled_training(layer):
            return train_recurrence(layer, x, mask)
        return layer(x, mask=mask, training=training)

    def initial_state(self, batch_size: int, max_length: int) -> Any:
        """The cell's own initial state: its size does not depend on ``max_length``."""
        return tuple(self.forward.cell.get_initial_state(batch_size=batch_size))

    def step(self, x: Any, state: Any, position: Any) -> tuple[Any, Any]:
        """One step of the cell, (B, D) to (B, D), at the same cost however long the sequence."""
        inner = x if self.norm is None else self.norm(x)
        y, state = self.forward.cell(inner, list(state), training=False)
        return (x + y if self.residual else y), tuple(state)

    def compute_output_shape(self, input_shape: tuple, **_: Any) -> tuple:
        units = self.forward.units + (self.backward.units if self.backward is not None else 0)
        return (*input_shape[:-1], units)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {
            "forward": keras.saving.serialize_keras_object(self.forward),
            "backward": self.backward and keras.saving.serialize_keras_object(self.backward),
            "layer_norm": self.norm is not None,
            "residual": self.residual,
            "dropout": self.dropout.rate,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> RecurrentBlock:
        for key in ("forward", "backward"):
            config[key] = config[key] and keras.saving.deserialize_keras_object(config[key])
        return cls(**config)


def recurrent_backbone(
    layer: type[keras.layers.RNN],
    *,
    width: int,
    depth: int,
    dropout: float,
    bidirectional: bool,
    layer_norm: bool,
) -> Backbone:
    """Stacks ``depth`` recurrent blocks, with residual paths when there are several.

    Args:
        layer: The Keras recurrent layer to stack, for example ``keras.layers.GRU``.
        width: D, the hidden size; even when ``bidirectional``.
        depth: Number of layers, at least 1.
        dropout: Share of each layer's outputs dropped in training, in [0, 1).
        bidirectional: Read both ways, each direction with half the width; not causal then.
        layer_norm: Normalize before each recurrence and once at the end.

    Returns:
        The backbone; it streams unless ``bidirectional``.

    Raises:
        InputError: A hyper-parameter is outside its range.
    """
    check_whole("width", width)
    check_whole("depth", depth)
    check_share("dropout", dropout)
    if bidirectional and width % 2:
        raise InputError(f"a bidirectional model needs an even width, got width={width}")
    units = width // 2 if bidirectional else width
    blocks: list[keras.layers.Layer] = [
        RecurrentBlock(
            layer(units, return_sequences=True, name="forward"),
            layer(units, return_sequences=True, go_backwards=True, name="backward")
            if bidirectional
            else None,
            layer_norm=layer_norm,
            residual=depth > 1,
            dropout=dropout,
            name=f"block_{index}",
        )
        for index in range(depth)
    ]
    if layer_norm:
        blocks.append(Norm(name="final_norm"))
    return Backbone(blocks, width=width, causal=not bidirectional)
