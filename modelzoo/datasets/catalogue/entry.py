"""What is known of a dataset before it is loaded."""

from __future__ import annotations

from dataclasses import dataclass

from modelzoo.datasets.download import Download


@dataclass(frozen=True)
class Entry:
    """What is known of a dataset before it is loaded; the fields mean what `Dataset`'s do.

    Attributes:
        loader: ``"module:function"``, imported on loading.
        downloads: The files it needs; none for embedded data.
        alternative: A dataset for the same kind of problem that needs no network.
    """

    title: str
    task: str
    loader: str
    description: str
    source: str
    licence: str
    citation: str
    season_length: int | None = None
    horizon: int | None = None
    frequency: str | None = None
    units: str | None = None
    reference: str | None = None
    downloads: tuple[Download, ...] = ()
    alternative: str | None = None
