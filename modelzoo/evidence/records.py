"""What was measured: a file of JSON an experiment, one record a run."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from modelzoo.errors import FileError
from modelzoo.evidence.experiment import Condition
from modelzoo.strict_json import read_json

SHIPPED = Path(__file__).parent / "results"
# What a run is told apart by; the rest is what came out, and where.
KEY = ("model", "at", "seed")
_TYPES: dict[str, tuple[type, ...]] = {
    "model": (str,),
    "at": (int, str),
    "seed": (int,),
    "figure": (int, float),
}

Record = dict[str, Any]


def key(record: Record) -> tuple:
    """What a record's run is told apart by."""
    return tuple(record[name] for name in KEY)


def load_records(experiment: str, folder: Path = SHIPPED) -> list[Record]:
    """The records of an experiment, in the order of measurement; none where there is no file.

    Raises:
        FileError: The file holds something else.
    """
    path = folder / f"{experiment}.json"
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise FileError(f"cannot read {path}: {error.strerror or error}") from error
    found = read_json(content, str(path))
    if not isinstance(found, list) or not all(map(_is_record, found)):
        raise FileError(
            f"{path}: not the results of an experiment: expected a list of records with "
            f"{', '.join(_TYPES)}"
        )
    return found


def _is_record(value: object) -> bool:
    return isinstance(value, dict) and all(
        isinstance(value.get(name), types) and not isinstance(value[name], bool)
        for name, types in _TYPES.items()
    )


def add_record(experiment: str, record: Record, folder: Path) -> None:
    """Puts a record into the file of its experiment, in place of the one that it repeats."""
    from modelzoo.atomic_files import replacing

    kept = [each for each in load_records(experiment, folder) if key(each) != key(record)]
    lines = ",\n".join(json.dumps(each, ensure_ascii=False) for each in [*kept, record])
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(folder / f"{experiment}.json") as file:
        file.write(f"[\n{lines}\n]\n".encode())


@cache
def shipped_figures(experiment: str) -> dict[tuple[str, Condition], tuple[float, ...]]:
    """The figures of the shipped results, by architecture and condition, one a seed."""
    return figures_of(load_records(experiment))


def figures_of(records: Iterable[Record]) -> dict[tuple[str, Condition], tuple[float, ...]]:
    """The figures by architecture and condition, in the order of the seeds."""
    found: dict[tuple[str, Condition], dict[int, float]] = {}
    for each in records:
        found.setdefault((each["model"], each["at"]), {})[each["seed"]] = each["figure"]
    return {
        where: tuple(figure for _, figure in sorted(by_seed.items()))
        for where, by_seed in found.items()
    }


def in_words(figures: Sequence[float]) -> str:
    """The median, and between which figures it stands.

    >>> in_words([0.2, 0.25, 0.9])
    '0.25 (0.2 to 0.9, 3 seeds)'
    >>> in_words([0.99998, 0.99999]), in_words([0.5])
    ('1 (2 seeds)', '0.5 (1 seed)')
    """
    low, middle, high = map(short_number, (min(figures), statistics.median(figures), max(figures)))
    seeds = f"{len(figures)} seed{'s' * (len(figures) > 1)}"
    return f"{middle} ({seeds})" if low == high else f"{middle} ({low} to {high}, {seeds})"


def short_number(figure: float) -> str:
    """Three digits; of large numbers all before the point.

    >>> short_number(0.00021), short_number(1234.5), short_number(0.123456)
    ('0.00021', '1,234', '0.123')
    """
    return f"{figure:,.0f}" if abs(figure) >= 1000 else f"{figure:.3g}"
