"""What `bundle.json` holds: which network to build, by which estimator, and how it was trained."""

from __future__ import annotations

from typing import Any

from modelzoo.bundle_files.layout import ADAPTER, CARD, FORMAT, OLDEST_FORMAT, WEIGHTS
from modelzoo.bundle_files.shapes import (
    Check,
    anything,
    choice,
    either,
    flag,
    list_of,
    names_to,
    number,
    optional,
    record,
    short_text,
    text,
    whole,
)
from modelzoo.errors import BundleError
from modelzoo.registry.cards import TASKS

_history = list_of(optional(number), most=1_000_000)


def _digest(value: Any, where: str) -> None:
    text(value, where)
    if len(value) != 64 or not set(value) <= set("0123456789abcdef"):
        raise BundleError(f"{where}: not a sha256 in hexadecimal digits")


_SCORES = record(
    {
        "measure": short_text,
        "score": optional(number),
        "baselines": names_to(either(optional(number), text, expected="a score or a failure")),
        "verdict": text,
        "bound": flag,
    }
)
_KEYS: dict[str, Check] = {
    "format": whole(OLDEST_FORMAT, FORMAT),
    "versions": record({"modelzoo": short_text, "keras": short_text}),
    "task": choice(*TASKS),
    "architecture": short_text,
    "origin": short_text,
    "hparams": names_to(anything),
    "parameters": names_to(anything),
    "history": names_to(_history),
    "best_epoch": whole(0),
    "feature_names": optional(list_of(text)),
    "sha256": record({ADAPTER: _digest, WEIGHTS: _digest, CARD: _digest}),
}
_SINCE_3: dict[str, Check] = {
    "origin_version": optional(short_text),
    "scores": optional(_SCORES),
}
_AT_TIMES: dict[str, Check] = {"feature_count": whole(1)}  # of arrays, whose columns have no names
_BY_FORMAT = {2: record(_KEYS), 3: record(_KEYS | _SINCE_3 | _AT_TIMES, _AT_TIMES)}


def check_header(header: Any, path: object, version: str) -> dict[str, Any]:
    """Checks the content of a bundle's header, and fills in what its format did not have yet.

    Args:
        header: The content.
        path: The bundle, for messages.
        version: That of modelzoo, for messages.

    Returns:
        The header as today's format has it.

    Raises:
        BundleError: It is of a format that is not read, or does not follow its own.
    """
    if not isinstance(header, dict):
        raise BundleError(f"{path}: bundle.json holds a {type(header).__name__}, not an object")
    found = header.get("format")
    if type(found) is int and found < OLDEST_FORMAT:
        raise BundleError(
            f"{path} is in format {found}, written by an earlier modelzoo; this modelzoo {version} "
            f"reads formats {OLDEST_FORMAT} to {FORMAT}: fit again"
        )
    if type(found) is not int or found > FORMAT:
        raise BundleError(
            f"{path} is in format {str(found)[:20]}; this modelzoo {version} reads formats "
            f"{OLDEST_FORMAT} to {FORMAT}: upgrade it"
        )
    _BY_FORMAT[found](header, f"{path}: bundle.json")
    return dict.fromkeys([*_SINCE_3, *_AT_TIMES]) | header
