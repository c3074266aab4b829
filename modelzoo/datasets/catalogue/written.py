"""Published texts and pairs of texts to learn to write: prose, dialogue, translation, answers."""

from __future__ import annotations

from modelzoo.datasets.catalogue.entry import Entry

_LOADERS = "modelzoo.datasets.written"

ENTRIES: dict[str, Entry] = {}
