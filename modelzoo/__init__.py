"""A model zoo for sequences: text, speech and time series, on Keras 3.

Names are resolved on first use, so that importing the package and asking the registry cost no
framework.

>>> import modelzoo
>>> "gru" in modelzoo.list_models(task="forecasting", streaming=True)
True
"""

from __future__ import annotations

from importlib import import_module

__version__ = "0.1.0"

TYPE_CHECKING = (
    False  # for type checkers it is True; importing typing would cost as much as all else
)
if TYPE_CHECKING:
    from typing import Any

    from modelzoo.advisor import recommend
    from modelzoo.bundle import load
    from modelzoo.comparison import compare
    from modelzoo.datasets import list_datasets, load_dataset
    from modelzoo.errors import ModelZooError
    from modelzoo.estimators import Classifier, Forecaster, Generator, create
    from modelzoo.registry import (
        describe,
        get_builder,
        list_models,
        register,
        search,
        unregister,
    )

_HOME = {
    "Classifier": "modelzoo.estimators",
    "Forecaster": "modelzoo.estimators",
    "Generator": "modelzoo.estimators",
    "ModelZooError": "modelzoo.errors",
    "compare": "modelzoo.comparison",
    "create": "modelzoo.estimators",
    "describe": "modelzoo.registry",
    "get_builder": "modelzoo.registry",
    "list_datasets": "modelzoo.datasets",
    "list_models": "modelzoo.registry",
    "load": "modelzoo.bundle",
    "load_dataset": "modelzoo.datasets",
    "recommend": "modelzoo.advisor",
    "register": "modelzoo.registry",
    "search": "modelzoo.registry",
    "unregister": "modelzoo.registry",
}
_MODULES = ("baselines", "datasets", "errors", "metrics", "models", "registry", "testing")

__all__ = [
    "Classifier",
    "Forecaster",
    "Generator",
    "ModelZooError",
    "__version__",
    "compare",
    "create",
    "describe",
    "get_builder",
    "list_datasets",
    "list_models",
    "load",
    "load_dataset",
    "recommend",
    "register",
    "search",
    "unregister",
]


def __getattr__(name: str) -> Any:
    """Imports a public name on its first use (PEP 562)."""
    if name in _HOME:
        value = getattr(import_module(_HOME[name]), name)
        globals()[name] = value
        return value
    if name in _MODULES:
        return import_module(f"modelzoo.{name}")
    raise AttributeError(f"module 'modelzoo' has no attribute {name!r}", name=name)


def __dir__() -> list[str]:
    return sorted({*__all__, *_MODULES})
