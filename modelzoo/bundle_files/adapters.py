"""What `adapter.json` holds, by task: what was learned from the data beside the weights.

The tasks' own ``state`` methods write it, in `modelzoo.tasks` and `modelzoo.data`; what they come
to hold must be described here too, or it is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modelzoo.bundle_files.shapes import (
    anything,
    choice,
    either,
    flag,
    list_of,
    names_to,
    number,
    numbers,
    optional,
    record,
    short_text,
    text,
    whole,
)
from modelzoo.errors import BundleError

LARGEST_ID = 2**31 - 1
LONGEST = 2**24  # steps or tokens of a context or horizon
_LONGEST_SHAPE = 4096  # steps: a network computes with much memory for wide convolutions
_MOST_SETTINGS = 20
_MOST_NGRAMS = 2**20

_name = either(number, text, flag, choice(None), expected="a name or a number")


def _label(value: Any, where: str) -> None:
    """A class: a name, a number, or (nested) tuples of them, which JSON has as lists."""
    if isinstance(value, list):
        for item in value:
            _label(item, where)
    else:
        _name(value, where)


def _key(value: Any, where: str) -> None:
    """The name of a series or column, as `modelzoo.data.naming` writes it."""
    if isinstance(value, dict):
        record({"tuple": list_of(_key)})(value, where)
    else:
        _name(value, where)


def _normalizer(value: Any, where: str) -> None:
    if isinstance(value, dict) and value.get("type") == "Sequence":
        record({"type": text, "normalizers": list_of(_normalizer, most=5)})(value, where)
    else:
        record({"type": choice("NFC", "Lowercase")})(value, where)


def _places(value: Any, where: str) -> None:
    """Tokens with their ids, which have no gaps: a library might make room for the largest."""
    if not isinstance(value, dict):
        raise BundleError(f"{where}: expected an object of tokens")
    if any(type(place) is not int for place in value.values()):
        raise BundleError(f"{where}: an id is not a whole number")
    if set(value.values()) != set(range(len(value))):
        raise BundleError(f"{where}: the ids of the tokens are not 0 to {len(value) - 1}")


_setting = either(number, flag, short_text, choice(None), expected="a setting")


def _settings(value: Any, where: str) -> None:
    """Further settings of the tokenizers library: plain ones, for they vary by its version."""
    names_to(_setting)(value, where)
    if len(value) > _MOST_SETTINGS:
        raise BundleError(f"{where}: {len(value)} settings, at most {_MOST_SETTINGS} are read")


def _model(value: Any, where: str) -> None:
    if not isinstance(value, dict):
        raise BundleError(f"{where}: expected an object")
    choice("WordLevel", "BPE")(value.get("type"), f"{where}.type")
    _places(value.get("vocab"), f"{where}.vocab")
    merge = either(text, list_of(text, 2, 2), expected="a pair of tokens")
    list_of(merge)(value.get("merges", []), f"{where}.merges")
    own = {"type", "vocab", "merges"}
    _settings({key: each for key, each in value.items() if key not in own}, where)


def _splitter(value: Any, where: str) -> None:
    """How text is split: never by a pattern of the file's own, which could take for ever."""
    if not isinstance(value, dict):
        raise BundleError(f"{where}: expected an object")
    choice("Whitespace", "ByteLevel", "Split")(value.get("type"), f"{where}.type")
    if value["type"] == "Split":
        record({"Regex": choice(r"[\s\S]")})(value.get("pattern"), f"{where}.pattern")
    _settings({key: each for key, each in value.items() if key != "pattern"}, where)


_nothing = choice(None)
_TOKENIZER = record(
    {
        "version": short_text,
        "truncation": _nothing,
        "padding": _nothing,
        "added_tokens": list_of(anything, most=0),
        "normalizer": optional(_normalizer),
        "pre_tokenizer": optional(_splitter),
        "post_processor": _nothing,
        "decoder": optional(_settings),
        "model": _model,
    }
)
_VOCABULARY = record({"kind": choice("word", "character", "bpe"), "tokenizer": _TOKENIZER})
_IDS = record({"kind": choice("tokens"), "ids": list_of(whole(), 1)})


def _vocabulary_or_ids(value: Any, where: str) -> None:
    of_ids = isinstance(value, dict) and value.get("kind") == "tokens"
    (_IDS if of_ids else _VOCABULARY)(value, where)


_LABELS = list_of(_label, 2)
_CLASSIFICATION = record(
    {
        "kind": choice("text", "tokens", "series"),
        "multi_label": flag,
        "labels": either(
            _LABELS, record({"classes": _LABELS, "indicator": flag}), expected="two classes or more"
        ),
        "vocabulary": optional(_VOCABULARY),
        "n_tokens": optional(whole(1, LARGEST_ID)),
        "scaler": optional(record({"mean": numbers, "scale": numbers})),
        "stride": choice(1, 2, 4, 8, 16, 32, 64),
        "longest": optional(whole(1, _LONGEST_SHAPE)),
        "max_tokens": optional(whole(1)),
        "ngrams": optional(record({"longest": whole(1, 16), "size": whole(1, _MOST_NGRAMS)})),
    },
    optional_keys=("longest", "ngrams"),  # of older bundles, which have none
)

_INDEX = either(
    record(
        {"kind": choice("range"), "name": optional(text), "start": whole(), "step": whole()},
    ),
    record(
        {"kind": choice("period"), "name": optional(text), "start": whole(), "freq": short_text}
    ),
    record(
        {
            "kind": choice("datetime"),
            "name": optional(text),
            "stamps": list_of(whole()),
            "unit": choice("s", "ms", "us", "ns"),
            "zone": optional(short_text),
            "freq": optional(short_text),
        }
    ),
    expected="an index of numbers, periods or time stamps",
)


def _rows(value: Any, where: str) -> None:
    """Steps of one or several channels, of which values may be missing; quick, for many."""
    if not isinstance(value, list):
        raise BundleError(f"{where}: expected a list of steps")
    for row in value:
        if not isinstance(row, list):
            raise BundleError(f"{where}: expected a list of channels at each step")
        for item in row:
            if item is not None and type(item) is not float:
                number(item, where)


def _beside(value: Any, where: str) -> None:
    """Columns of covariates as pairs of name and cells; false or nothing where there are none."""
    if value is None or value is False:
        return
    list_of(list_of(anything, 2, 2))(value, where)
    for name, cells in value:
        _key(name, where)
        list_of(_key)(cells, where)


def _column(value: Any, where: str) -> None:
    list_of(anything, 4, 4)(value, where)
    _key(value[0], where)
    number(value[1], where)
    number(value[2], where)
    optional(list_of(_name))(value[3], where)


_SERIES = record(
    {
        "id": _key,
        "index": _INDEX,
        "values": _rows,
        "spread": optional(numbers),
        "covariates": _beside,
    }
)
_FORECASTING = record(
    {
        "context": whole(1, LONGEST),
        "horizon": whole(1, LONGEST),
        "quantiles": list_of(number, 1),
        "season_length": whole(1, LARGEST_ID),
        "history": record(
            {
                "form": choice("series", "table", "list", "long"),
                "channels": list_of(_key, 1),
                "series": list_of(_SERIES, 1),
            }
        ),
        "covariates": record(
            {
                "past": list_of(_key),
                "future": list_of(_key),
                "static": list_of(_key),
                "calendar": list_of(short_text, most=20),
                "columns": list_of(_column),
            }
        ),
        "offsets": optional(list_of(numbers)),
        "mixture": flag,
    },
    optional_keys=("mixture",),  # of older bundles, which have none
)
_GENERATION = record(
    {
        "vocabulary": _vocabulary_or_ids,
        "context": whole(2, LONGEST),
        "causal": flag,
        "pairs": flag,
    }
)
_BY_TASK = {
    "classification": _CLASSIFICATION,
    "forecasting": _FORECASTING,
    "generation": _GENERATION,
}


def check_adapter(adapter: Any, task: str, path: object) -> dict[str, Any]:
    """Checks what a task has learned.

    Args:
        adapter: The content of `adapter.json`.
        task: The task.
        path: The bundle, for messages.

    Returns:
        The content.

    Raises:
        BundleError: It does not hold what this task writes.
    """
    where = f"{path}: adapter.json"
    _BY_TASK[task](adapter, where)
    if task == "classification":
        _check_kind(adapter, where)
    if task == "forecasting":
        _check_forecasting(adapter, where)
    return adapter


def _check_kind(adapter: dict[str, Any], where: str) -> None:
    needed = {"text": "vocabulary", "tokens": "n_tokens", "series": "scaler"}
    for kind, name in needed.items():
        if adapter[name] is None and kind == adapter["kind"]:
            raise BundleError(f"{where}: a classifier of {kind} needs its {name}")
        if adapter[name] is not None and kind != adapter["kind"]:
            raise BundleError(f"{where}.{name}: a classifier of {adapter['kind']} has none")
    other = "ngrams" if adapter["kind"] == "series" else "longest"
    if adapter.get(other) is not None:
        raise BundleError(f"{where}.{other}: a classifier of {adapter['kind']} has none")
    scaler = adapter["scaler"]
    if scaler and (not scaler["mean"] or len(scaler["mean"]) != len(scaler["scale"])):
        raise BundleError(f"{where}.scaler: mean and scale are not of the same channels")
    if isinstance(adapter["labels"], dict) != adapter["multi_label"]:
        raise BundleError(f"{where}.labels: not those of a classifier of that kind")
    if len({repr(each) for each in classes_of(adapter)}) < len(classes_of(adapter)):
        raise BundleError(f"{where}.labels: a class is there twice")


def classes_of(adapter: Mapping[str, Any]) -> list[Any]:
    """The classes in what a classifier learned."""
    labels = adapter["labels"]
    return labels["classes"] if isinstance(labels, dict) else labels


def _check_forecasting(adapter: dict[str, Any], where: str) -> None:
    levels = adapter["quantiles"]
    if levels != sorted(set(levels)) or not 0 < levels[0] <= levels[-1] < 1:
        raise BundleError(f"{where}.quantiles: not ascending levels between 0 and 1")
    channels = len(adapter["history"]["channels"])
    for place, series in enumerate(adapter["history"]["series"]):
        here = f"{where}.history.series[{place}]"
        steps = len(series["values"])
        if not steps or any(len(row) != channels for row in series["values"]):
            raise BundleError(f"{here}: not {channels} values at each of one step or more")
        if series["index"].get("step") == 0 or len(series["index"].get("stamps", "x" * steps)) != (
            steps
        ):
            raise BundleError(f"{here}: the index does not fit the {steps} steps")
        if series["spread"] is not None and len(series["spread"]) != channels:
            raise BundleError(f"{here}: spread is not that of {channels} channels")
    offsets = adapter["offsets"]
    if offsets is not None and (
        len(offsets) != adapter["horizon"] or any(len(row) != len(levels) for row in offsets)
    ):
        raise BundleError(f"{where}.offsets: not one for each step and level")
    described = [str(column[0]) for column in adapter["covariates"]["columns"]]
    for role in ("past", "future", "static"):
        for name in adapter["covariates"][role]:
            if str(name) not in described:
                raise BundleError(f"{where}.covariates: {str(name)[:60]!r} is not described")
