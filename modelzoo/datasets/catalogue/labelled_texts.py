"""Published texts to classify."""

from __future__ import annotations

from modelzoo.datasets.catalogue.entry import Entry

_LOADERS = "modelzoo.datasets.labelled_texts"

ENTRIES: dict[str, Entry] = {}
