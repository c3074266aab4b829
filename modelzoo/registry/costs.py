"""What a model of one shape costs, from the formulas of its card."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from modelzoo.errors import check_whole
from modelzoo.registry.read_only import ReadOnlyDict

BYTES_PER_WEIGHT = 4  # float32
TRAINING_COPIES = 4  # weights, gradients and the two moments of Adam


@dataclass(frozen=True)
class Cost:
    """What a model of one shape costs; all from formulas, nothing is built.

    Attributes:
        parameters: All weights: backbone and token embeddings.
        backbone_parameters: Weights of the backbone, which is what a builder returns.
        embedding_parameters: Weights of the token embeddings, tied with the output.
        load_bytes: Memory to load the weights, as float32.
        train_bytes: Memory to train: weights, gradients and Adam's two moments as float32,
            and the activations of a batch (an estimate).
        flops_per_token: Floating-point operations of a forward pass through the backbone, a
            token. Training costs about three times as much; scoring a token against the whole
            vocabulary adds two operations for each of `embedding_parameters`.
        activations_per_token: Floats kept for the backward pass, a token (an estimate).
        state_bytes: Streaming state of a sequence after `length` steps, as float32.
        length: The number of steps that the figures are for.
        batch_size: The number of sequences in a training batch.
    """

    parameters: int
    backbone_parameters: int
    embedding_parameters: int
    load_bytes: int
    train_bytes: int
    flops_per_token: int
    activations_per_token: int
    state_bytes: int
    length: int
    batch_size: int


@dataclass(frozen=True)
class Formulas:
    """The formulas of a card, over the builder's hyper-parameters and `length`.

    Attributes:
        parameters: Weights of the backbone.
        flops_per_token: Forward floating-point operations a token, two for a multiply-add.
        activations_per_token: Floats kept for the backward pass, an estimate.
        state: Floats of streaming state a sequence after `length` steps.
        where: Names that the formulas share, each a formula itself, computed in order.
    """

    parameters: str | int | float
    flops_per_token: str | int | float
    activations_per_token: str | int | float
    state: str | int | float
    where: Mapping[str, str | int | float] = field(default_factory=ReadOnlyDict)

    def cost(
        self, values: Mapping[str, Any], *, vocabulary: int, length: int, batch_size: int
    ) -> Cost:
        """Computes them.

        Args:
            values: All hyper-parameters.
            vocabulary: Number of token embeddings; 0 for the backbone alone.
            length: Steps of a sequence.
            batch_size: Sequences of a training batch.

        Raises:
            InputError: The width is no whole number from 1.
            RegistryError: A formula cannot be computed.
        """
        from modelzoo.registry.formula import evaluate

        check_whole("width", values["width"])
        known = {**values, "length": length}
        for name, formula in self.where.items():
            known[name] = evaluate(formula, known)

        backbone = round(evaluate(self.parameters, known))
        embedding = vocabulary * round(evaluate("width", known)) if vocabulary else 0
        activations = round(evaluate(self.activations_per_token, known))
        parameters = backbone + embedding
        kept = activations * length * batch_size
        return Cost(
            parameters=parameters,
            backbone_parameters=backbone,
            embedding_parameters=embedding,
            load_bytes=BYTES_PER_WEIGHT * parameters,
            train_bytes=BYTES_PER_WEIGHT * (TRAINING_COPIES * parameters + kept),
            flops_per_token=round(evaluate(self.flops_per_token, known)),
            activations_per_token=activations,
            state_bytes=BYTES_PER_WEIGHT * round(evaluate(self.state, known)),
            length=length,
            batch_size=batch_size,
        )
