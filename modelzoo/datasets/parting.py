"""Parts of sets that are published whole: drawn alike everywhere, and no group is in two parts."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence


def stable_hash(text: str) -> int:
    """The same number on every machine and in every version: to draw by."""
    return int(hashlib.sha256(text.encode()).hexdigest(), 16)


def parted(
    groups: Sequence[str], shares: Mapping[str, float], strata: Sequence[str] | None = None
) -> dict[str, list[int]]:
    """Draws the rows of each part.

    Groups come in the order of their hashes; the first part with room for all rows of a group
    takes it, and the training part takes those that fit nowhere else.

    Args:
        groups: What each row belongs to (N).
        shares: The share of the rows of each part but ``"train"``.
        strata: The class of each row (N), of which each part gets its share; None for one class.

    Returns:
        The rows of each part, ``"train"`` first; groups follow each other in a mixed order.

    >>> parted(["a", "b", "b", "c", "d"], {"test": 0.4})
    {'train': [1, 2, 0], 'test': [4, 3]}
    """
    strata = [""] * len(groups) if strata is None else strata
    rows: dict[str, list[int]] = {}
    for row, group in enumerate(groups):
        rows.setdefault(group, []).append(row)
    room = {part: _quotas(Counter(strata), share) for part, share in shares.items()}
    drawn: dict[str, list[int]] = {part: [] for part in ("train", *shares)}
    for group in sorted(rows, key=stable_hash):
        needed = Counter(strata[row] for row in rows[group])
        part = next((part for part, left in room.items() if needed <= left), "train")
        if part in room:
            room[part] -= needed
        drawn[part] += rows[group]
    return drawn


def linked(pairs: Sequence[tuple[str, str]]) -> list[str]:
    """Groups pairs (N) that share a left or a right side, be it through other pairs.

    Returns:
        The name of each pair's group: the left side of one of its pairs.

    >>> linked([("Go.", "Ve."), ("Go.", "Vete."), ("Leave.", "Vete."), ("Hi.", "Hola.")])
    ['Leave.', 'Leave.', 'Leave.', 'Hi.']
    """
    above: dict[tuple[str, str], tuple[str, str]] = {}

    def top(side: tuple[str, str]) -> tuple[str, str]:
        while above.setdefault(side, side) != side:
            above[side] = above[above[side]]  # halves the way for the next one
            side = above[side]
        return side

    for left, right in pairs:
        above[top(("right", right))] = top(("left", left))
    return [top(("left", left))[1] for left, _ in pairs]


def _quotas(counts: Counter[str], share: float) -> Counter[str]:
    """Rows of each class that a part has room for: rounded so that their sum is as well."""
    exact = {name: share * count for name, count in counts.items()}
    quotas = Counter({name: int(number) for name, number in exact.items()})
    missing = round(share * counts.total()) - quotas.total()
    for name in sorted(exact, key=lambda name: (quotas[name] - exact[name], name))[:missing]:
        quotas[name] += 1
    return quotas
