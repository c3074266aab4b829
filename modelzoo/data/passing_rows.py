"""What is kept of rows that pass by one at a time: an even sample, and a part to hold out."""

from __future__ import annotations

import hashlib
import heapq
import random
from typing import Any, Generic, TypeVar

import numpy as np

Item = TypeVar("Item")


def some_of(count: int, every: int) -> np.ndarray:
    """The numbers of one row in so many, rising.

    Drawn, always the same: every second row of labels that come in turns would be of one class.

    Args:
        count: Rows.
        every: Of how many rows one is read; of 1 all are.

    >>> some_of(4, every=1).tolist(), len(some_of(9, every=2))
    ([0, 1, 2, 3], 5)
    """
    if every == 1:
        return np.arange(count)
    return np.sort(np.random.default_rng(0).permutation(count)[: -(-count // every)])


class Thinned(Generic[Item]):
    """A sample of items that pass by, spread evenly over all of them and bounded in size.

    Every item is kept until they are too large together; then about half of those that are kept,
    and from then on about half, a quarter ... of those that come. Which ones is drawn, and the same
    for two samples of items of the same sizes.

    Args:
        most: Size of all items kept, at most.

    >>> sample = Thinned(most=4)
    >>> for item in range(100):
    ...     sample.add(item, size=1)
    >>> 1 <= len(sample.items) <= 4, sample.seen
    (True, 100)
    """

    def __init__(self, most: int):
        self.most = most
        self.items: list[Item] = []
        self.size = 0
        self.seen = 0
        self._places: list[tuple[float, int]] = []  # drawn number and size of each that is kept
        self._below = 1.0  # what is drawn for an item that is kept
        self._random = random.Random(0)

    def add(self, item: Item, size: int) -> None:
        """Takes note of the next item."""
        drawn = self._random.random()
        self.seen += 1
        if drawn < self._below:
            self.items.append(item)
            self._places.append((drawn, size))
            self.size += size
        while self.size > self.most and len(self.items) > 1:
            self._below /= 2
            least = min(self._places)[0]
            kept = [i for i, (n, _) in enumerate(self._places) if n < self._below or n == least]
            self.items = [self.items[i] for i in kept]
            self._places = [self._places[i] for i in kept]
            self.size = sum(each for _, each in self._places)


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
        self.hashes: set[int] = set()  # those of the rows that are held out
        self._alike: dict[int, list[tuple[int, Any]]] = {}  # rows by hash: the lowest hashes
        self._largest: list[int] = []  # a heap of these hashes, negated
        self._too_many: set[int] = set()  # hashes of more equal rows than are ever held out
        self._end = 1 << 64  # rows from this hash on are not kept
        self._kept = 0

    def add(self, row: Any, kept: Any) -> None:
        """Takes note of the next row, and what to keep of it should it be held out."""
        place, self.seen = self.seen, self.seen + 1
        number = self._hash(row)
        if number >= self._end or number in self._too_many:
            return
        if number not in self._alike:
            self._alike[number] = []
            heapq.heappush(self._largest, -number)
        self._alike[number].append((place, kept))
        self._kept += 1
        if len(self._alike[number]) > self.most:
            self._too_many.add(number)
            self._kept -= len(self._alike[number])
            self._alike[number] = []
        # Some of these may turn out to be too many, so there are spare ones.
        while len(self._alike) > 2 * self.most or self._kept > 8 * self.most:
            self._end = -heapq.heappop(self._largest)
            self._kept -= len(self._alike.pop(self._end))

    def choose(self, fraction: float, least: int) -> list[Any]:
        """What was kept of a share of the rows, of ``most`` at most; of less than ``least`` none.

        Equal rows that are more than there is room for are left to train on. From then on
        :meth:`__contains__` tells which rows are held out.
        """
        room = min(self.most, round(self.seen * fraction), self.seen - 1)
        chosen: list[tuple[int, Any]] = []
        hashes = set()
        for number, alike in sorted(self._alike.items(), key=lambda each: each[0]):
            if alike and len(alike) <= room - len(chosen):
                chosen += alike
                hashes.add(number)
        if len(chosen) < least:
            return []
        self.hashes = hashes
        return [kept for _, kept in sorted(chosen, key=lambda each: each[0])]

    def __contains__(self, row: Any) -> bool:
        return bool(self.hashes) and self._hash(row) in self.hashes

    def _hash(self, row: Any) -> int:
        content = row.encode() if isinstance(row, str) else np.asarray(row, "float64").tobytes()
        return int.from_bytes(hashlib.blake2b(content, digest_size=8, salt=self.salt).digest())
