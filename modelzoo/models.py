"""Every registered architecture by name: ``from modelzoo.models import gru``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from modelzoo import registry
from modelzoo.errors import UnknownNameError


def __getattr__(name: str) -> Callable[..., Any]:
    """Imports the builder of that name, which may come from a plugin."""
    if name.startswith("_"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        registry.describe(name)
    except UnknownNameError as error:
        if _asked_by_import():
            # Python replaces an AttributeError by its own text, without the nearest name.
            raise ImportError(str(error), name=__name__) from error
        raise AttributeError(str(error), name=name, obj=sys.modules[__name__]) from error
    return registry.get_builder(name)


def __dir__() -> list[str]:
    return registry.list_models()


def _asked_by_import() -> bool:
    """Says whether a ``from modelzoo.models import name`` is what asks."""
    from dis import opmap

    caller = sys._getframe(2)
    return caller.f_code.co_code[caller.f_lasti] == opmap["IMPORT_FROM"]
