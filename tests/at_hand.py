"""Datasets that tests share: loaded once, and whether they can be loaded without the network."""

from __future__ import annotations

import functools
import os
from pathlib import Path

from modelzoo.datasets import Dataset, load_dataset
from modelzoo.datasets.catalogue import CATALOGUE
from modelzoo.datasets.download import FOLDER_VARIABLE, cache_folder


@functools.cache
def loaded(name: str) -> Dataset:
    return load_dataset(name)


def is_at_hand(name: str) -> bool:
    """Whether every file of a dataset lies in a folder that is looked in before the network."""
    folders = [cache_folder(), *map(Path, filter(None, [os.environ.get(FOLDER_VARIABLE)]))]
    return all(
        any((folder / file.place).is_file() for folder in folders)
        for file in CATALOGUE[name].downloads
    )
