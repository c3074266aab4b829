"""A training update: forward, loss, backward, and AdamW with clipped gradients."""

from __future__ import annotations

from typing import Any

import numpy as np

from speed.contest import Case, Contestant, Goal, Part, Ticks
from speed.tokens import LEARNING_RATE, SPECIAL, WEIGHT_DECAY, each_batch, token_batches

VOCABULARY = 96  # as of printable characters
TOKENS = 300_000  # of the text that ours trains on
RECURRENT = {"simple_rnn": "SimpleRNN", "lstm": "LSTM", "gru": "GRU"}
RECURRENT_SHAPES = ((32, 96, 64), (64, 128, 128), (16, 1024, 64))  # batch, length, width
TRANSFORMERS = ("gpt", "bert")
TRANSFORMER_SHAPES = ((12, 64, 128, 4), (16, 256, 256, 4))  # batch, length, width, depth
HEADS = 4
BACKENDS = ("tensorflow", "jax")


def cases(quick: bool) -> list[Case]:
    """Recurrent layers and transformers, each at several shapes."""
    recurrent = ((2, 8, 8),) if quick else RECURRENT_SHAPES
    transformer = ((2, 8, 8, 1),) if quick else TRANSFORMER_SHAPES
    found = [
        case_of(model, batch, length, width, 1, contestants("keras", stock_recurrent))
        for model in RECURRENT
        for batch, length, width in recurrent
    ]
    return found + [
        case_of(model, *shape, contestants("keras_hub", stock_transformer))
        for model in TRANSFORMERS
        for shape in transformer
    ]


def contestants(stock: str, work: Any) -> tuple[Contestant, ...]:
    """Ours and stock layers on each backend, and PyTorch."""
    return (
        *(Contestant(f"modelzoo, {on}", ours, "modelzoo", on, ours=True) for on in BACKENDS),
        *(Contestant(f"{stock}, {on}", work, stock, on) for on in BACKENDS),
        Contestant("torch", pytorch, "torch"),
    )


def case_of(
    model: str,
    batch: int,
    length: int,
    width: int,
    depth: int,
    who: tuple[Contestant, ...],
    *,
    heads: int = HEADS,
    vocabulary: int = VOCABULARY,
    tokens: int = TOKENS,
) -> Case:
    """An architecture at a shape, on a text of so many tokens."""
    size = f"{batch} x {length}, {width} wide" + (f", {depth} layers" if depth > 1 else "")
    shape = {
        "batch": batch,
        "length": length,
        "width": width,
        "depth": depth,
        "heads": heads,
        "vocabulary": vocabulary,
        "tokens": tokens,
    }
    # Stock layers lack a bias of each token, PyTorch's have a second one of each of four gates.
    return Case(model, size, who, shape, unequal=max(vocabulary, 4 * width))


def hparams_of(case: Case) -> dict[str, Any]:
    """Those of ours, that make it the network that the peers have."""
    shape = case.shape
    same = {"width": shape["width"], "depth": shape["depth"], "dropout": 0.0}
    if case.model in RECURRENT:
        return same | {"layer_norm": False}  # torch.nn has the layer alone
    return same | {"heads": shape["heads"], "positions": "learned"}


def ours(case: Case, ticks: Ticks, precision: str = "float32") -> None:
    """The whole of what a fit does, as long as it goes on."""
    from modelzoo import Generator

    shape = case.shape
    tokens = np.random.default_rng(0).integers(0, shape["vocabulary"] - SPECIAL, shape["tokens"])
    tokens[: shape["vocabulary"] - SPECIAL] = np.arange(shape["vocabulary"] - SPECIAL)
    generator = Generator(
        case.model,
        hparams=hparams_of(case),
        kind="tokens",
        context=shape["length"],
        batch_size=shape["batch"],
        learning_rate=LEARNING_RATE,
        epochs=10_000,
        validation_fraction=0.0,
        precision=precision,
        random_state=0,
        verbose=0,
    )
    generator.fit([tokens.tolist()], callbacks=[each_batch(ticks)])


def stock_recurrent(case: Case, ticks: Ticks) -> None:
    """Keras' own recurrent layer between its own reversible embedding."""
    import keras

    shape = case.shape
    tokens = keras.layers.ReversibleEmbedding(shape["vocabulary"], shape["width"])
    ids = keras.Input((shape["length"],), dtype="int32")
    layer = getattr(keras.layers, RECURRENT[case.model])
    y = layer(shape["width"], return_sequences=True)(tokens(ids))  # (B, T, D)
    fit(keras.Model(ids, tokens(y, reverse=True)), case, ticks)


def stock_transformer(case: Case, ticks: Ticks) -> None:
    """KerasHub's blocks, embedding and positions."""
    import keras
    import keras_hub

    shape = case.shape
    tokens = keras_hub.layers.TokenAndPositionEmbedding(
        shape["vocabulary"], shape["length"], shape["width"]
    )
    causal = case.model == "gpt"
    block = keras_hub.layers.TransformerDecoder if causal else keras_hub.layers.TransformerEncoder
    ids = keras.Input((shape["length"],), dtype="int32")
    y = tokens(ids)  # (B, T, D)
    for _ in range(shape["depth"]):
        y = block(4 * shape["width"], shape["heads"], activation="gelu", normalize_first=True)(y)
    y = keras.layers.LayerNormalization()(y)
    fit(keras.Model(ids, tokens.token_embedding(y, reverse=True)), case, ticks)


def fit(model: Any, case: Case, ticks: Ticks) -> None:
    """Keras' fit over arrays in memory."""
    import keras

    parts = zip(*token_batches(case), strict=True)
    ids, targets, weights = (np.concatenate(part) for part in parts)
    model.compile(
        optimizer=keras.optimizers.AdamW(
            LEARNING_RATE, weight_decay=WEIGHT_DECAY, global_clipnorm=1.0
        ),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    model.fit(
        ids,
        targets,
        sample_weight=None if case.model != "bert" else weights,
        batch_size=case.shape["batch"],
        epochs=100_000,
        verbose=0,
        callbacks=[each_batch(ticks)],
    )


def pytorch(case: Case, ticks: Ticks) -> None:
    """The equal network in plain PyTorch."""
    from speed.peers import pytorch

    pytorch.train(case, ticks)


PART = Part(
    title="Training: an update",
    about=(
        "Forward, loss, backward and AdamW with gradients clipped to a norm of 1, on tokens of a "
        f"vocabulary of {VOCABULARY}, embedded and read out with one matrix; float32, no dropout. "
        "Ours is timed within `Generator.fit`, which draws each batch; stock Keras layers within "
        "`Model.fit` over arrays, PyTorch in the usual loop over tensors, with its fused AdamW. "
        "Recurrent architectures are one layer without norms, as `torch.nn` has it; transformers "
        "have learned positions and norms before each part. PyTorch's simple and LSTM layers have "
        "a second bias; KerasHub's and Keras' embedding has no bias for reading out."
    ),
    unit="ms",
    cases=cases,
    goals={"torch": Goal(at_least=1.0), "keras_hub": Goal(at_least=1.5)},
)
