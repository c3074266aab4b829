"""The table of datasets: one record each, and the function that reads it.

A new dataset is a record here and a loader: a function of the record that returns the parts,
``{"train": (X, y), "test": (X, y)}`` and perhaps ``"validation"``. A dataset with files names them
as `Download` records; its loader asks `fetch` for their paths.
"""

from __future__ import annotations

from modelzoo.datasets.catalogue import embedded, labelled_texts, prices, sequences, series, written
from modelzoo.datasets.catalogue.entry import Entry

__all__ = ["CATALOGUE", "Entry"]

CATALOGUE: dict[str, Entry] = {
    **embedded.ENTRIES,
    **series.ENTRIES,
    **prices.ENTRIES,
    **sequences.ENTRIES,
    **labelled_texts.ENTRIES,
    **written.ENTRIES,
}
