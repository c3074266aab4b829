"""Transformer blocks (Vaswani et al., 2017) and the stack of them that builders ask for.

Our own rather than ``keras_nlp.layers.TransformerEncoder`` and ``TransformerDecoder``, with which
the tests check them to agree: those neither stream with a bounded cache nor know rotary and
relative positions or gates, and importing keras_nlp takes longer than building a model.
"""

from __future__ import annotations

from typing import Any

import keras

from modelzoo.errors import InputError, UnknownNameError, check_share, check_whole
from modelzoo.layers.attention import Attention
from modelzoo.layers.backbone import Backbone, Norm, build_unbuilt
from modelzoo.layers.dense import by_rows
from modelzoo.layers.int8 import dense, quantization_wanted
from modelzoo.layers.positions import LearnedPositions

POSITIONS = ("learned", "rotary", "relative", "none")
ACTIVATIONS = tuple(
    name
    for name, each in vars(keras.activations).items()
    if callable(each)
    and name not in ("get", "serialize", "deserialize")
    and name not in ("glu", "threshold")  # no functions of one value
)


@keras.saving.register_keras_serializable("modelzoo")
class FeedForward(keras.layers.Layer):
    """The position-wise network of a transformer block, plain or gated (Shazeer, 2020).

    Args:
        inner: Width of the hidden layer.
        activation: Any Keras activation name.
        gated: Multiply the activated half by a linear half of the same size (GEGLU with gelu).
        int8: Whether its weights are of eight bits; None for what is wanted where it is made.
        **kwargs: Passed on to ``keras.layers.Layer``.
    """

    def __init__(
        self,
        inner: int,
        *,
        activation: str = "gelu",
        gated: bool = False,
        int8: bool | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.supports_masking = True
        self.inner = inner
        self.activation = activation
        self.gated = gated
        self.int8 = quantization_wanted() if int8 is None else int8
        self.activate = keras.activations.get(activation)

    def build(self, input_shape: tuple) -> None:
        width = input_shape[-1]
        inner = self.inner * (1 + self.gated)
        made_in = {"int8": self.int8, "dtype": self.dtype_policy}
        self.expand = dense(inner, name="expand", **made_in)
        self.expand.build((None, None, width))
        self.contract = dense(width, name="contract", **made_in)
        self.contract.build((None, None, self.inner))
        self.built = True

    def call(self, x: Any) -> Any:
        hidden = by_rows(self.expand, x)  # (..., inner), twice that when gated
        if self.gated:
            hidden = self.activate(hidden[..., : self.inner]) * hidden[..., self.inner :]
        else:
            hidden = self.activate(hidden)
        return by_rows(self.contract, hidden)  # (..., D)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {
            "inner": self.inner,
            "activation": self.activation,
            "gated": self.gated,
            "int8": self.int8,
        }


@keras.saving.register_keras_serializable("modelzoo")
class TransformerBlock(keras.layers.Layer):
    """Attention and a feed-forward network, each with a residual path, a norm and dropout.

    Args:
        attention: The mixing over time.
        feedforward: The network at each step.
        pre_norm: Normalize what goes into each part (GPT-2) rather than what comes out (BERT).
        dropout: Share of each part's outputs dropped in training, in [0, 1).
        **kwargs: Passed on to ``keras.layers.Layer``.
    """

    def __init__(
        self,
        attention: Attention,
        feedforward: FeedForward,
        *,
        pre_norm: bool,
        dropout: float = 0.0,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.supports_masking = True
        self.attention = attention
        self.feedforward = feedforward
        self.pre_norm = pre_norm
        self.attention_norm = Norm(dtype=self.dtype_policy, name="attention_norm")
        self.feedforward_norm = Norm(dtype=self.dtype_policy, name="feedforward_norm")
        self.dropout = keras.layers.Dropout(dropout, dtype=self.dtype_policy, name="dropout")

    def build(self, input_shape: tuple) -> None:
        build_unbuilt(
            (self.attention_norm, self.attention, self.feedforward_norm, self.feedforward),
            input_shape,
        )
        self.built = True

    def call(self, x: Any, mask: Any = None, training: bool | None = None) -> Any:
        def attend(inner: Any) -> Any:
            return self.dropout(self.attention(inner, mask=mask), training=training)

        def transform(inner: Any) -> Any:
            return self.dropout(self.feedforward(inner), training=training)

        x = self._residual(x, attend, self.attention_norm)  # (B, T, D)
        return self._residual(x, transform, self.feedforward_norm)

    @property
    def reach(self) -> int | None:
        """How many steps back it attends, itself included; None for all."""
        return self.attention.window

    def initial_state(self, batch_size: int, max_length: int) -> Any:
        return self.attention.initial_state(batch_size, max_length)

    def step(self, x: Any, state: Any, position: Any) -> tuple[Any, Any]:
        new_state = state

        def attend(inner: Any) -> Any:
            nonlocal new_state
            attended, new_state = self.attention.step(inner, state, position)
            return attended

        x = self._residual(x, attend, self.attention_norm)  # (B, D)
        return self._residual(x, self.feedforward, self.feedforward_norm), new_state

    @property
    def prefills(self) -> bool:
        """Whether its attention can take several steps at once."""
        return hasattr(self.attention, "prefill")

    def prefill(self, x: Any, state: Any, position: Any, count: Any) -> tuple[Any, Any]:
        new_state = state

        def attend(inner: Any) -> Any:
            nonlocal new_state
            attended, new_state = self.attention.prefill(inner, state, position, count)
            return attended

        x = self._residual(x, attend, self.attention_norm)  # (B, K, D)
        return self._residual(x, self.feedforward, self.feedforward_norm), new_state

    def _residual(self, x: Any, part: Any, norm: Norm) -> Any:
        return x + part(norm(x)) if self.pre_norm else norm(x + part(x))

    def compute_output_shape(self, input_shape: tuple, **_: Any) -> tuple:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {
            "attention": keras.saving.serialize_keras_object(self.attention),
            "feedforward": keras.saving.serialize_keras_object(self.feedforward),
            "pre_norm": self.pre_norm,
            "dropout": self.dropout.rate,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> TransformerBlock:
        for key in ("attention", "feedforward"):
            config[key] = keras.saving.deserialize_keras_object(config[key])
        return cls(**config)


def transformer_backbone(
    *,
    causal: bool,
    pre_norm: bool,
    width: int,
    depth: int,
    heads: int,
    head_dim: int | None,
    feedforward: int | None,
    dropout: float,
    activation: str,
    gated: bool,
    positions: str,
    max_length: int,
) -> Backbone:
    """Stacks ``depth`` transformer blocks; the builders' docstrings describe each argument.

    Raises:
        InputError: A hyper-parameter is outside its range.
        UnknownNameError: ``positions`` is not one of ``POSITIONS``, or Keras has no such
            ``activation``.
    """
    if positions not in POSITIONS:
        raise UnknownNameError("kind of positions", positions, POSITIONS)
    if activation not in ACTIVATIONS:
        raise UnknownNameError("activation", activation, ACTIVATIONS)
    sizes = {"width": width, "depth": depth, "heads": heads, "max_length": max_length}
    optional = {"head_dim": head_dim, "feedforward": feedforward}
    for name, value in (sizes | {k: v for k, v in optional.items() if v is not None}).items():
        check_whole(name, value)
    check_share("dropout", dropout)
    if head_dim is None:
        if width % heads:
            raise InputError(
                f"width={width} does not divide into heads={heads}: "
                "change one of them or give head_dim"
            )
        head_dim = width // heads
    if positions == "rotary" and head_dim % 2:
        raise InputError(f"rotary positions need an even head_dim, got {head_dim}")
    learned = positions == "learned"
    blocks: list[keras.layers.Layer] = [
        TransformerBlock(
            Attention(
                heads,
                head_dim,
                causal=causal,
                window=None if learned or not causal else max_length,
                positions=positions if positions in ("rotary", "relative") else None,
                name="attention",
            ),
            FeedForward(
                feedforward or 4 * width, activation=activation, gated=gated, name="feedforward"
            ),
            pre_norm=pre_norm,
            dropout=dropout,
            name=f"block_{index}",
        )
        for index in range(depth)
    ]
    # GPT-2 normalizes once more after the last block; BERT once before the first.
    blocks = [*blocks, Norm(name="final_norm")] if pre_norm else [Norm(name="input_norm"), *blocks]
    if learned:
        blocks.insert(0, LearnedPositions(max_length, name="positions"))
    return Backbone(blocks, width=width, causal=causal, max_length=max_length if learned else None)
