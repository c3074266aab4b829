"""The GPT-style decoder (Radford et al., 2018 and 2019)."""

from __future__ import annotations

from modelzoo.layers import Backbone, transformer_backbone


def gpt(
    *,
    width: int = 128,
    depth: int = 4,
    heads: int = 4,
    head_dim: int | None = None,
    feedforward: int | None = None,
    dropout: float = 0.1,
    activation: str = "gelu",
    gated: bool = False,
    positions: str = "rotary",
    max_length: int = 1024,
) -> Backbone:
    """Stacks causal transformer blocks, normalized before each part as in GPT-2.

    Args:
        width: Model width D.
        depth: Number of blocks.
        heads: Number of attention heads.
        head_dim: Size of each head; None for ``width // heads``.
        feedforward: Hidden size of each block's feed-forward network; None for ``4 * width``.
        dropout: Share of each part's outputs dropped in training, in [0, 1).
        activation: Keras activation of the feed-forward network.
        gated: Gate the feed-forward network (Shazeer, 2020), with half as many weights again.
        positions: ``"rotary"`` (Su et al., 2021), ``"relative"`` (T5's buckets), ``"learned"`` (one
            vector a position, as in the paper) or ``"none"``.
        max_length: With learned positions the number of them: longer sequences are an error. With
            the others, how far back each step attends: sequences of any length go, and generation
            needs no more memory than this.

    Returns:
        A causal, streaming backbone (B, T, D) to (B, T, D).

    Raises:
        InputError: A hyper-parameter is outside its range.
        UnknownNameError: ``positions`` is not one of the four, or Keras has no such ``activation``.
    """
    return transformer_backbone(
        causal=True,
        pre_norm=True,
        width=width,
        depth=depth,
        heads=heads,
        head_dim=head_dim,
        feedforward=feedforward,
        dropout=dropout,
        activation=activation,
        gated=gated,
        positions=positions,
        max_length=max_length,
    )
