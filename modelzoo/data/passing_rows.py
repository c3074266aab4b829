"""What is kept of rows that pass by one at a time: an even sample, and a part to hold out."""

from __future__ import annotations

import hashlib
import heapq
from typing import Any, Generic, TypeVar

import numpy as np

Item = TypeVar("Item")


class Thinned(Generic[Item]):
    """A sample of items that pass by, spread evenly over all of them and bounded in size.

    Every item is kept until they are too large together; then every second one of those kept, and
    from then on every second, fourth ... that comes.

    Args:
        most: Size of all items kept, at most.

    >>> sample = Thinned(most=4)
    >>> for item in range(9):
    ...     sample.add(item, size=1)
    >>> sample.items
    [0, 4, 8]
    """

    def __init__(self, most: int):
        self.most = most
        self.items: list[Item] = []
        self.sizes: list[int] = []
        self.size = 0
        self.seen = 0
        self.every = 1

    def add(self, item: Item, size: int) -> None:
        """Takes note of the next item."""
        if self.seen % self.every == 0:
            self.items.append(item)
            self.sizes.append(size)
            self.size += size
        self.seen += 1
        while self.size > self.most and len(self.items) > 1:
            self.items, self.sizes = self.items[::2], self.sizes[::2]
            self.size = sum(self.sizes)
            self.every *= 2


class HeldOut:
    """Rows to validate on, chosen by a hash of what they hold.

    So a loader may give its rows in another order each time, and equal rows are on the same side.

    Args:
        most: Rows to hold out at most.
        seed: Draws which.
    """

    def __init__(self, most: int, seed: int):
        self.most = most
        self.salt = int(seed).to_bytes(8, "big")
        self.seen = 0
        self.limit = -1  # the largest hash of a row that is held out
        self._lowest: list[tuple[int, int, Any]] = []  # a heap of those with the lowest hashes

    def add(self, row: Any, kept: Any) -> None:
        """Takes note of the next row, and what to keep of it should it be held out."""
        entry = (-self._hash(row), self.seen, kept)
        self.seen += 1
        if len(self._lowest) < self.most:
            heapq.heappush(self._lowest, entry)
        else:
            heapq.heappushpop(self._lowest, entry)

    def choose(self, fraction: float, least: int) -> list[Any]:
        """What was kept of a share of the rows, of ``most`` at most; of less than ``least`` none.

        From then on :meth:`__contains__` tells which rows those are.
        """
        count = min(self.most, round(self.seen * fraction))
        if count < least:
            return []
        lowest = sorted(self._lowest, reverse=True)
        self.limit = -lowest[count - 1][0]
        chosen = [entry for entry in lowest if -entry[0] <= self.limit]
        return [kept for _, _, kept in sorted(chosen, key=lambda entry: entry[1])]

    def __contains__(self, row: Any) -> bool:
        return self._hash(row) <= self.limit

    def _hash(self, row: Any) -> int:
        content = row.encode() if isinstance(row, str) else np.asarray(row, "float64").tobytes()
        return int.from_bytes(hashlib.blake2b(content, digest_size=8, salt=self.salt).digest())
