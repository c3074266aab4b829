"""Checks of what a card says against what its builder builds."""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import tree

from modelzoo.testing.expecting import expect
from modelzoo.testing.subject import Subject

LARGEST = 2_000_000  # weights; larger sizes are not built
LENGTHS = (3, 12)  # steps of state


def the_backbone_follows_its_contract(subject: Subject) -> None:
    """It says what the tasks ask: ``width``, ``causal``, ``streaming`` and ``max_length``."""
    for hparams in subject.variants:
        backbone = subject.backbone(hparams)
        where = subject.told(hparams)
        for name, kinds in (
            ("width", int),
            ("causal", bool),
            ("streaming", bool),
            ("max_length", int | None),
        ):
            value = getattr(backbone, name, "nothing")
            expect(isinstance(value, kinds), f"{where}: the backbone has {name}={value!r}")
        wanted = hparams.get("width", subject.defaults.get("width"))
        expect(
            wanted in (None, backbone.width),
            f"{where}: width={wanted} gives a backbone of width {backbone.width}",
        )


def the_card_agrees_with_the_backbone(subject: Subject) -> None:
    """The traits causal and streaming are those of the backbone in its smallest size."""
    if subject.card is None:
        return
    backbone = subject.backbone(subject.smallest)
    for trait in ("causal", "streaming"):
        said, found = getattr(subject.card.traits, trait), getattr(backbone, trait)
        expect(said == found, f"the card says {trait}: {said}, the backbone {found}")


def the_formula_counts_the_weights(subject: Subject) -> None:
    """The card's formula gives the exact number of weights, for each variant and small size."""
    card = subject.card
    if card is None or card.formulas is None:
        return
    shapes = list(subject.variants)
    for size in card.sizes:
        if card.cost(size).backbone_parameters <= LARGEST:
            shapes.append(card.resolve(size))
    shapes += [subject.smallest | {name: value} for name, value in _other_numbers(subject)]
    for hparams in shapes:
        said = card.cost(**hparams).backbone_parameters
        found = subject.build(hparams).count_params()
        expect(
            said == found,
            f"{subject.told(hparams)}: the card's formula says {said} weights, there are {found}",
        )


def the_formula_counts_the_state(subject: Subject) -> None:
    """The card's formula gives the exact number of floats of the streaming state."""
    card = subject.card
    if card is None or card.formulas is None:
        return
    for hparams in subject.variants:
        for variant in (hparams, subject.length_limited(hparams, max(LENGTHS) - 2)):
            if variant is None or not subject.backbone(variant).streaming:
                continue
            backbone = subject.backbone(variant)
            for length in LENGTHS:
                if backbone.max_length is not None and length > backbone.max_length:
                    continue
                said = card.cost(length=length, **variant).state_bytes // 4
                state = tree.flatten(backbone.initial_state(1, length))
                found = sum(int(np.prod(leaf.shape)) for leaf in state)
                expect(
                    said == found,
                    f"{subject.told(variant)}, {length} steps: the card's formula says {said} "
                    f"floats of state, there are {found}",
                )


def _other_numbers(subject: Subject) -> list[tuple[str, Any]]:
    """Each whole number of the smallest size, doubled."""
    numbers = [
        (name, 2 * value)
        for name, value in subject.smallest.items()
        if isinstance(value, int) and not isinstance(value, bool)
    ]
    return [(name, value) for name, value in numbers if name in subject.defaults]
