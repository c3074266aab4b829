"""The one class every builder returns: a stack of blocks that mixes an embedded sequence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol, runtime_checkable

import keras

from modelzoo.errors import InputError


@runtime_checkable
class Block(Protocol):
    """A Keras layer that a :class:`Backbone` can stack.

    ``call(x, mask=None, training=None)`` maps (B, T, D) to (B, T, D). The two methods below are
    needed for streaming only; a block that lacks them still trains, predicts and generates.

    A causal block whose output depends on the last few steps only, wherever they stand, may say how
    many as its ``reach``, the step itself included: of a long prompt the rest is then not read.

    A block that can take several steps at once may have ``prefill(x, state, position, count)``,
    which returns what ``count`` calls of ``step`` would: x (B, K, D) is K steps from ``position``
    on, of which the first ``count``, a scalar tensor from 1 to K, are real; (B, K, D) and the new
    state come out. Prompts are then read in pieces rather than token after token.
    """

    def initial_state(self, batch_size: int, max_length: int) -> Any:
        """The state before the first step: nested tensors, batch axis first; ``()`` for none."""

    def step(self, x: Any, state: Any, position: Any) -> tuple[Any, Any]:
        """One time step: x (B, D) and the state in, (B, D) and the new state out."""


def build_unbuilt(layers: Iterable[keras.layers.Layer | None], input_shape: tuple) -> None:
    """Builds each layer for one input shape; a layer read back from a file is built already."""
    for layer in layers:
        if layer is not None and not layer.built:
            layer.build(input_shape)


@keras.saving.register_keras_serializable("modelzoo")
class Backbone(keras.layers.Layer):
    """Mixes an embedded sequence: (B, T, D) in, (B, T, D) out.

    Args:
        blocks: Layers applied in order, each following :class:`Block`.
        width: D, the size of the last axis.
        causal: Whether the output at step t depends on inputs up to t only.
        max_length: The longest T that the positions allow, or None for no limit.
        name: Name of the Keras layer, and so the first part of its weights' paths.
        **kwargs: Passed on to ``keras.layers.Layer``.
    """

    def __init__(
        self,
        blocks: Sequence[keras.layers.Layer],
        *,
        width: int,
        causal: bool,
        max_length: int | None = None,
        name: str = "backbone",
        **kwargs: Any,
    ):
        super().__init__(name=name, **kwargs)
        self.supports_masking = True
        self.blocks = list(blocks)
        self.width = width
        self.causal = causal
        self.max_length = max_length

    @property
    def streaming(self) -> bool:
        """Whether the sequence can be fed one step at a time, at bounded cost a step."""
        return self.causal and all(isinstance(block, Block) for block in self.blocks)

    @property
    def reach(self) -> int | None:
        """How many of the last steps an output depends on, itself included; None for all."""
        reach = 1
        for block in self.blocks:
            own = getattr(block, "reach", None)
            if own is None:
                return None
            reach += own - 1
        return reach

    def check_length(self, length: int | None) -> None:
        """Raises if a sequence is longer than the positions allow.

        Args:
            length: Number of time steps, or None when it is not known yet.

        Raises:
            InputError: ``length`` exceeds ``max_length``.
        """
        if self.max_length is not None and length is not None and length > self.max_length:
            raise InputError(
                f"a sequence of {length} steps is longer than the {self.max_length} learned "
                f"positions of this model: shorten it, raise max_length, or choose "
                f"positions='rotary', which have no limit"
            )

    def build(self, input_shape: tuple) -> None:
        build_unbuilt(self.blocks, input_shape)
        self.built = True

    def call(self, x: Any, mask: Any = None, training: bool | None = None) -> Any:
        """Mixes whole sequences.

        Args:
            x: (B, T, D) float.
            mask: (B, T) bool, True where a step is real; None when all are.
            training: Whether dropout is active.

        Returns:
            (B, T, D) float; where the mask is False the values mean nothing.
        """
        self.check_length(x.shape[1])
        for block in self.blocks:
            x = block(x, mask=mask, training=training)  # (B, T, D)
        return x

    def initial_state(self, batch_size: int, max_length: int) -> tuple:
        """The streaming state before the first step, one entry a block.

        Args:
            batch_size: Number of sequences fed side by side.
            max_length: Number of steps that will be fed at most; bounds the memory of attention.

        Returns:
            A tuple with one (nested) state a block.

        Raises:
            InputError: The backbone cannot stream, or has fewer positions than ``max_length``.
        """
        if not self.streaming:
            raise InputError(
                "this backbone cannot stream: it is not causal, or one of its blocks has no step()"
            )
        self.check_length(max_length)
        return tuple(block.initial_state(batch_size, max_length) for block in self.blocks)

    def step(self, x: Any, state: tuple, position: Any) -> tuple[Any, tuple]:
        """Feeds one time step; equal to the same step of :meth:`call`.

        Args:
            x: (B, D) float, the embedded inputs of this step.
            state: What :meth:`initial_state` or the previous :meth:`step` returned.
            position: Scalar integer, the index of this step, from 0.

        Returns:
            (B, D) output and the new state.
        """
        new_state = []
        for block, block_state in zip(self.blocks, state, strict=True):
            x, block_state = block.step(x, block_state, position)  # (B, D)
            new_state.append(block_state)
        return x, tuple(new_state)

    @property
    def prefills(self) -> bool:
        """Whether several steps can be fed at once, by :meth:`prefill`."""
        able = (getattr(each, "prefills", hasattr(each, "prefill")) for each in self.blocks)
        return self.streaming and all(able)

    def prefill(self, x: Any, state: tuple, position: Any, count: Any) -> tuple[Any, tuple]:
        """Feeds several time steps at once; equal to as many calls of :meth:`step`.

        Args:
            x: (B, K, D) float, the embedded inputs of these steps.
            state: What :meth:`initial_state`, :meth:`step` or :meth:`prefill` returned.
            position: Scalar integer, the index of the first of them.
            count: Scalar integer from 1 to K: how many of them are real.

        Returns:
            (B, K, D) output, which means nothing from step ``count`` on, and the new state.
        """
        new_state = []
        for block, block_state in zip(self.blocks, state, strict=True):
            x, block_state = block.prefill(x, block_state, position, count)  # (B, K, D)
            new_state.append(block_state)
        return x, tuple(new_state)

    def compute_output_shape(self, input_shape: tuple, **_: Any) -> tuple:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {
            "blocks": [keras.saving.serialize_keras_object(block) for block in self.blocks],
            "width": self.width,
            "causal": self.causal,
            "max_length": self.max_length,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Backbone:
        blocks = [keras.saving.deserialize_keras_object(block) for block in config.pop("blocks")]
        return cls(blocks, **config)


@keras.saving.register_keras_serializable("modelzoo")
class Norm(keras.layers.LayerNormalization):
    """Layer normalization over the last axis (Ba et al., 2016), as a block that streams."""

    reach = 1

    def call(self, x: Any, mask: Any = None, training: bool | None = None) -> Any:
        return super().call(x)

    def initial_state(self, batch_size: int, max_length: int) -> tuple:
        return ()

    def step(self, x: Any, state: tuple, position: Any) -> tuple[Any, tuple]:
        return super().call(x), state

    def prefill(self, x: Any, state: tuple, position: Any, count: Any) -> tuple[Any, tuple]:
        return super().call(x), state
