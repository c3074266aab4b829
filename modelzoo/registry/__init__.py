"""The architectures there are: cards, search, builders by name, plugins. Imports no framework.

`registry.yaml` declares the built-in ones; `table` merges them with those of plugins and those
registered at run time, and the functions here are its methods.
"""

from modelzoo.registry.table import (
    Registry,
    check,
    describe,
    get_builder,
    hyperparameters,
    list_models,
    list_plugins,
    origin,
    plugin_errors,
    register,
    resolve,
    search,
    unregister,
)

__all__ = [
    "Registry",
    "check",
    "describe",
    "get_builder",
    "hyperparameters",
    "list_models",
    "list_plugins",
    "origin",
    "plugin_errors",
    "register",
    "resolve",
    "search",
    "unregister",
]
