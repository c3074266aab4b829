"""Layers: what builders compose into a :class:`Backbone`, and what tasks put around it.

Importing this package makes every layer of the zoo known to Keras, so that
``keras.saving.load_model`` reads networks that were saved in Keras' own format.

Shapes everywhere: B batch, T time steps, D model width.
"""

from modelzoo.layers.attention import Attention
from modelzoo.layers.backbone import Backbone, Block, Norm
from modelzoo.layers.covariate_effect import CovariateEffect
from modelzoo.layers.forecast_mixture import ForecastMixture, PastContexts
from modelzoo.layers.int8 import Int8Dense, Int8TiedEmbedding
from modelzoo.layers.linear_skip import LinearSkip
from modelzoo.layers.ngrams import NgramScores, ScoreEnsemble
from modelzoo.layers.pinball import PinballLoss
from modelzoo.layers.pooling import MaskedPooling
from modelzoo.layers.positions import LearnedPositions
from modelzoo.layers.random_convolutions import ConvolutionScores
from modelzoo.layers.recurrent import RecurrentBlock, recurrent_backbone
from modelzoo.layers.silence import Silence
from modelzoo.layers.stems import SeriesStem
from modelzoo.layers.tokens import TiedEmbedding
from modelzoo.layers.transformer import FeedForward, TransformerBlock, transformer_backbone

__all__ = [
    "Attention",
    "Backbone",
    "Block",
    "ConvolutionScores",
    "CovariateEffect",
    "FeedForward",
    "ForecastMixture",
    "Int8Dense",
    "Int8TiedEmbedding",
    "LearnedPositions",
    "LinearSkip",
    "MaskedPooling",
    "NgramScores",
    "Norm",
    "PastContexts",
    "PinballLoss",
    "RecurrentBlock",
    "ScoreEnsemble",
    "SeriesStem",
    "Silence",
    "TiedEmbedding",
    "TransformerBlock",
    "recurrent_backbone",
    "transformer_backbone",
]
