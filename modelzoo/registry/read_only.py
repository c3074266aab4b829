"""A dictionary that cannot be changed."""

from __future__ import annotations

from typing import Any, NoReturn


class ReadOnlyDict(dict[str, Any]):
    """A dictionary that cannot be changed: what a frozen card holds."""

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("a card cannot be changed; copy the mapping with dict(...) first")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickles and copies by building anew, since items cannot be set."""
        return (ReadOnlyDict, (dict(self),))
