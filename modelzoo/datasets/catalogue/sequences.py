"""Published sequences of numbers to classify: the UCR and UEA archives, speech."""

from __future__ import annotations

from modelzoo.datasets.catalogue.entry import Entry

_LOADERS = "modelzoo.datasets.sequences"

ENTRIES: dict[str, Entry] = {}
