"""Training that goes on from the fit before: what must be as it was then."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modelzoo.errors import InputError
from modelzoo.tasks.generation import Generation


def continued_task(
    before: Generation, *, kind: str, context: int | None, pairs: bool
) -> Generation:
    """The task of the fit before, to learn more of, or to learn pairs with from now on.

    Raises:
        InputError: The sequences are of another kind, or another context is asked for.
    """
    if context not in (None, before.context):
        raise InputError(
            f"warm_start goes on with the context of the fit before, {before.context}, "
            f"got context={context!r}: leave it as it was, or set warm_start=False"
        )
    if before.kind != kind:
        raise InputError(
            f"warm_start goes on with {before.kind}, got {kind}: "
            "fit on the same, or set warm_start=False"
        )
    return Generation(before.vocabulary, before.context, before.causal, pairs)


def check_same_network(before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Checks that what a network was built from has not changed.

    Args:
        before: The architecture as ``model`` and every hyper-parameter, of the fit before.
        now: The same of this fit.

    Raises:
        InputError: They differ; the message names what changed.
    """
    then = {name: _as_saved(value) for name, value in before.items()}
    changed = [name for name, value in now.items() if then.get(name) != _as_saved(value)]
    if "model" in changed:
        changed = ["model"]  # another architecture has other hyper-parameters anyway
    if changed:
        raise InputError(
            f"warm_start goes on with the network of the fit before, but {', '.join(changed)} "
            "changed: set it back, or set warm_start=False to train a new network"
        )


def _as_saved(value: Any) -> Any:
    """A hyper-parameter as a file gives it back: tuples have become lists."""
    return list(value) if isinstance(value, tuple) else value
