"""The architectures that a test goes through: all of them, most only with the slow tests."""

from __future__ import annotations

from typing import Any

import pytest

from modelzoo import registry


def each_architecture(**traits: Any) -> list[Any]:
    """Every architecture that has the traits; all but the cheapest of each direction are slow."""
    names = registry.list_models(**traits)
    quick = cheapest(names)
    return [n if n in quick else pytest.param(n, marks=pytest.mark.slow) for n in names]


def cheapest(names: list[str]) -> set[str]:
    """The architecture of each direction that has the fewest weights."""
    cost = {name: registry.describe(name).cost().parameters for name in names}
    quick = set()
    for causal in (True, False):
        same = [name for name in registry.list_models(causal=causal) if name in cost]
        quick |= {min(same, key=cost.__getitem__)} if same else set()
    return quick
