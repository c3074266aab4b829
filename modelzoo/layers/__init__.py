"""Sequence-mixing layers: what builders compose into a :class:`Backbone`.

Shapes everywhere: B batch, T time steps, D model width.
"""

from modelzoo.layers.attention import Attention
from modelzoo.layers.backbone import Backbone, Block, Norm
from modelzoo.layers.positions import LearnedPositions
from modelzoo.layers.recurrent import RecurrentBlock, recurrent_backbone
from modelzoo.layers.silence import Silence
from modelzoo.layers.transformer import FeedForward, TransformerBlock, transformer_backbone

__all__ = [
    "Attention",
    "Backbone",
    "Block",
    "FeedForward",
    "LearnedPositions",
    "Norm",
    "RecurrentBlock",
    "Silence",
    "TransformerBlock",
    "recurrent_backbone",
    "transformer_backbone",
]
