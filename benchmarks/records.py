"""The records of measurements: a file of JSON an application, a record a run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bookkeeping import RESULTS, write_whole

Record = dict[str, Any]

# What a run is told apart by. Measured again it replaces its record of the same commit.
KEY = ("application", "dataset", "model", "size", "horizon", "seed")


def key(record: Record) -> tuple:
    return tuple(record[name] for name in KEY)


def load(application: str, folder: Path = RESULTS) -> list[Record]:
    """All records of an application, those of older commits too, in the order of measurement."""
    path = folder / f"{application}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else []


def latest(records: list[Record]) -> list[Record]:
    """The last record of each run, whatever its commit."""
    return list({key(record): record for record in records}.values())


def add(record: Record, folder: Path = RESULTS) -> None:
    """Appends a record to the file of its application, in place of the one it repeats."""
    kept = [
        other
        for other in load(record["application"], folder)
        if (key(other), other["commit"]) != (key(record), record["commit"])
    ]
    text = json.dumps([*kept, record], indent=1, ensure_ascii=False)
    write_whole(folder / f"{record['application']}.json", text + "\n")
