"""The network of the classification task: a backbone, and what simple methods see beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
from keras import ops

from modelzoo.layers.backbone import Backbone
from modelzoo.layers.ngrams import NgramScores, ScoreEnsemble
from modelzoo.layers.pooling import MaskedPooling
from modelzoo.layers.random_convolutions import ConvolutionScores
from modelzoo.layers.stems import SeriesStem

if TYPE_CHECKING:
    from modelzoo.tasks.classification import Classification

TOKENS_DROPPED = 0.1  # share of the tokens of a row that training hides (Iyyer et al., 2015)


def classification_network(task: Classification, backbone: Backbone) -> keras.Model:
    """Assembles stem, backbone, masked pooling and a head, and a fitted classifier beside them.

    Args:
        task: Says what goes in and comes out.
        backbone: Mixes the steps.

    Returns:
        A model from ``ids`` (B, T), or from ``values`` (B, T, C) and their ``mask`` (B, T), to
        probabilities (B, K): a softmax over the classes, or their sigmoids.
    """
    classes = len(task.labels)
    beside, fitted = [], None
    if task.kind == "series":
        assert task.scaler is not None
        values = keras.Input((None, len(task.scaler.mean)), name="values")  # (B, T, C)
        mask = keras.Input((None,), dtype="bool", name="mask")  # (B, T)
        inputs = {"values": values, "mask": mask}
        if task.longest is not None:
            shapes = ConvolutionScores(classes, task.longest, dtype="float32", name="shapes")
            fitted = shapes(values, mask=mask)
        x = SeriesStem(backbone.width, task.stride, name="stem")(values, mask=mask)
        if task.stride > 1:
            mask = mask[:, :: task.stride]
        # Beside the backbone: what the stem sees anywhere suffices for many small sets.
        beside = [MaskedPooling(False, name="stem_pooling")(x, mask=mask)]  # (B, 2 D)
    else:
        ids = keras.Input((None,), dtype="int32", name="ids")  # (B, T)
        inputs = {"ids": ids}
        mask = ops.not_equal(ids, 0)
        if task.ngrams is not None:
            ngrams = NgramScores(classes, **task.ngrams.state(), dtype="float32", name="ngrams")
            fitted = ngrams(ids)
        x = keras.layers.Embedding(task.n_ids, backbone.width, name="stem")(ids)  # (B, T, D)
        x = keras.layers.Dropout(TOKENS_DROPPED, (None, None, 1), name="token_dropout")(x)
        x = keras.layers.Dropout(0.1, name="stem_dropout")(x)
    x = backbone(x, mask=mask)  # (B, T, D)
    x = MaskedPooling(backbone.causal, name="pooling")(x, mask=mask)  # (B, 2 D)
    x = ops.concatenate([x, *beside], axis=-1)
    x = keras.layers.Dropout(0.2, name="head_dropout")(x)
    scores: Any = keras.layers.Dense(classes, dtype="float32", name="head")(x)  # (B, K)
    if fitted is not None:
        # Beside the backbone: on a few thousand rows nothing simple is stronger.
        scores = ScoreEnsemble(dtype="float32", name="scores")([scores, fitted])  # (B, K)
    outputs = keras.layers.Activation(
        "sigmoid" if task.multi_label else "softmax", dtype="float32", name="probabilities"
    )(scores)  # (B, K)
    return keras.Model(inputs, outputs, name=task.name)
