"""What a notebook shows of an estimator, beyond scikit-learn's box of parameters."""

from __future__ import annotations

import html
from typing import Any

from modelzoo import registry
from modelzoo.errors import UnknownNameError


def title_of(estimator: Any) -> str:
    """The architecture's title and the task: what a picture or a table is about."""
    return f"{_architecture(estimator.model)}, {estimator.task_.name}"


def html_with_summary(estimator: Any, diagram: str) -> str:
    """Puts a short table under scikit-learn's diagram of an estimator, once it is fitted.

    Args:
        estimator: An estimator, fitted or not.
        diagram: scikit-learn's HTML for it.

    Returns:
        HTML; for an estimator that is not fitted the diagram alone.
    """
    if not estimator.__sklearn_is_fitted__():
        return diagram
    history, kept = estimator.history_, estimator.best_epoch_
    rows = {
        "architecture": _architecture(estimator.model),
        "weights": f"{estimator.n_params_:,}",
        "epochs": f"{len(history['loss'])}, of which epoch {kept + 1} was kept",
    }
    if "val_loss" in history:
        rows["validation loss of that epoch"] = f"{history['val_loss'][kept]:.4g}"
    cells = "".join(
        f"<tr><th style='text-align: left'>{name}</th>"
        f"<td style='text-align: left'>{html.escape(value)}</td></tr>"
        for name, value in rows.items()
    )
    return f"<div>{diagram}<table>{cells}</table></div>"


def _architecture(model: Any) -> str:
    if callable(model):  # a builder that need not be registered
        return getattr(model, "__name__", repr(model))
    try:
        return registry.describe(model).title
    except UnknownNameError:  # since removed, or a plugin that is gone: its name says enough
        return str(model)
