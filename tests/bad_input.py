"""Tables of bad input: their rows, and what must hold of every refusal and of every answer."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pytest

from modelzoo import registry
from modelzoo.errors import ModelZooError, RowsWarning

SMALLEST = min(registry.list_models(), key=lambda name: registry.describe(name).cost().parameters)
QUICK: dict[str, Any] = {
    "hparams": {"width": 8, "depth": 1},
    "epochs": 1,
    "random_state": 0,
    "verbose": 0,
}


def untrained(estimator: Any, *given: Any) -> Any:
    """Fits an estimator but for the weights: what is wrong with data is told before they matter."""

    def nothing(self: Any, *_: Any) -> None:
        self.history_, self.best_epoch_ = {"loss": [0.0]}, 0

    with mock.patch.object(type(estimator), "_train", nothing):
        return estimator.fit(*given)


def table(rows: dict[str, tuple]) -> pytest.MarkDecorator:
    """Runs a test with each row of a table: its name, what is handed in, what is said of it."""
    cases = [pytest.param(*row, id=name) for name, row in rows.items()]
    return pytest.mark.parametrize(("given", "says"), cases)


def refused(says: str, call: Callable[..., Any], *given: Any) -> None:
    """Checks that a call is refused, as an error of ours that is a ValueError and says so."""
    with pytest.raises(ModelZooError) as caught:
        call(*given)
    assert isinstance(caught.value, ValueError)
    assert re.search(says, str(caught.value), re.DOTALL), str(caught.value)


def fit_refused(says: str, estimator: Any, folder: Path, *given: Any) -> None:
    """Checks that a fit is refused before training: nothing is learned, nothing is written."""
    refused(says, lambda: estimator.fit(*given, checkpoint_dir=folder / "checkpoints"))
    assert not any(name.endswith("_") for name in vars(estimator))
    assert not any(path.is_file() for path in folder.rglob("*"))


def answered(says: str | None, call: Callable[..., Any], *given: Any) -> None:
    """Checks that a call answers in finite numbers, and warns of what it must and nothing else."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        answer = call(*given)
    numbers = np.asarray(answer)
    if numbers.dtype.kind != "U":
        assert np.isfinite(numbers.astype(float)).all() and numbers.size
    told = [str(each.message) for each in caught if each.category in (UserWarning, RowsWarning)]
    assert len(told) == (says is not None), told
    if says is not None:
        assert re.search(says, told[0]), told[0]
