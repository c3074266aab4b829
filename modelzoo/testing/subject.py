"""What a check is given: an architecture, and what was built and trained from it so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import numpy as np
from keras import ops

from modelzoo import registry
from modelzoo.errors import InputError
from modelzoo.estimators import Estimator
from modelzoo.estimators.building import build_backbone
from modelzoo.estimators.training import seeded
from modelzoo.registry.cards import Card
from modelzoo.registry.signatures import read_signature
from modelzoo.testing.toys import TOYS, Toy

JITTER = 0.1  # moves weights that start at zero, behind which a fault would not show


class Subject:
    """An architecture under test, in its smallest size.

    Whatever is built or trained is kept, so that checks share it.

    Args:
        model: Name of a registered architecture, or a builder.

    Attributes:
        name: What messages call it.
        builder: Hyper-parameters in, a backbone out.
        card: Its card; None for a builder that is not registered.
    """

    def __init__(self, model: str | Callable[..., Any]):
        self.model = model
        self.card: Card | None = None
        if callable(model):
            self.builder = model
            self.name = getattr(model, "__name__", repr(model))
        else:
            self.builder = registry.get_builder(model)
            self.name = model
            self.card = registry.describe(model)
        self._backbones: dict[tuple, Any] = {}
        self._estimators: dict[str, Estimator] = {}

    @cached_property
    def defaults(self) -> Mapping[str, Any]:
        """Every hyper-parameter with the builder's default."""
        return read_signature(self.builder).defaults

    @cached_property
    def smallest(self) -> dict[str, Any]:
        """The hyper-parameters of size ``tiny``, else of the cheapest size, else none."""
        if self.card is None or not self.card.sizes:
            return {}
        sizes = self.card.sizes
        chosen = next(iter(sizes))
        if "tiny" in sizes:
            chosen = "tiny"
        elif self.card.formulas is not None:
            cost = self.card.cost
            chosen = min(sizes, key=lambda size: cost(size).backbone_parameters)
        return self.card.resolve(chosen)

    @cached_property
    def variants(self) -> list[dict[str, Any]]:
        """The smallest size, and what the architecture can also be at that size.

        Those are the kinds of positions and the like that its sizes name, and the other way of
        each of its switches; not those that the builder refuses.
        """
        found = [self.smallest]
        candidates = []
        for size in self.card.sizes.values() if self.card is not None else ():
            kinds = {k: v for k, v in size.hyperparameters.items() if not _is_number(v)}
            candidates.append(self.smallest | kinds)
        effective = dict(self.defaults) | self.smallest
        for name, value in effective.items():
            if isinstance(value, bool):
                candidates.append(self.smallest | {name: not value})
        for candidate in candidates:
            if candidate not in found:
                try:
                    self.build(candidate)
                except InputError:
                    continue
                found.append(candidate)
        return found

    def told(self, hparams: Mapping[str, Any]) -> str:
        """How a message calls a variant."""
        changed = [f"{k}={v!r}" for k, v in hparams.items() if self.smallest.get(k, ...) != v]
        return f"with {', '.join(changed)}" if changed else "in its smallest size"

    def build(self, hparams: Mapping[str, Any], seed: int = 0) -> Any:
        """A new backbone with the weights it starts from."""
        with seeded(seed):
            backbone = build_backbone(self.model, hparams)
            backbone.build((None, None, backbone.width))
        return backbone

    def backbone(self, hparams: Mapping[str, Any]) -> Any:
        """The backbone of a variant, its trainable weights moved a little; always the same one."""
        key = tuple(sorted((k, repr(v)) for k, v in hparams.items()))
        if key not in self._backbones:
            self._backbones[key] = jitter(self.build(hparams))
        return self._backbones[key]

    def length_limited(self, hparams: Mapping[str, Any], length: int) -> dict[str, Any] | None:
        """A variant with another ``max_length``; None where the builder has no such argument."""
        return dict(hparams) | {"max_length": length} if "max_length" in self.defaults else None

    def fit(self, task: str) -> Estimator:
        """A new estimator, trained on the task's toy problem."""
        toy: Toy = TOYS[task]
        options = {"hparams": self.smallest, "random_state": 0, "verbose": 0}
        return toy.estimator(self.model, **options, **toy.options).fit(*toy.train)

    def fitted(self, task: str) -> Estimator:
        """The estimator trained on the task's toy problem; always the same one."""
        if task not in self._estimators:
            self._estimators[task] = self.fit(task)
        return self._estimators[task]


def jitter(backbone: Any) -> Any:
    """Moves every trainable weight of a backbone a little, the same way each time."""
    random = np.random.default_rng(1)
    for weight in backbone.trainable_weights:
        noise = JITTER * random.normal(size=tuple(weight.shape))
        weight.assign(ops.convert_to_numpy(weight.value) + noise.astype("float32"))
    return backbone


def inputs(backbone: Any, batch: int = 3, length: int = 9, seed: int = 0) -> np.ndarray:
    """Random embedded sequences (B, T, D) for a backbone."""
    random = np.random.default_rng(seed)
    return random.normal(size=(batch, length, backbone.width)).astype("float32")


def run(backbone: Any, x: np.ndarray, mask: np.ndarray | None = None) -> np.ndarray:
    """What a backbone makes of sequences (B, T, D), without dropout."""
    mask = None if mask is None else ops.convert_to_tensor(mask)
    return ops.convert_to_numpy(backbone(ops.convert_to_tensor(x), mask=mask, training=False))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
