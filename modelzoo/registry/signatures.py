"""Reads a builder's hyper-parameters and their defaults, from its source where that is enough."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from modelzoo.errors import RegistryError, suggestion
from modelzoo.registry.locating import find_missing, find_module, read_source

if TYPE_CHECKING:
    import ast


@dataclass(frozen=True)
class Signature:
    """What a builder can be called with.

    Attributes:
        defaults: Each hyper-parameter and its default.
        open: Whether the builder takes further keyword arguments (`**kwargs`).
    """

    defaults: Mapping[str, Any]
    open: bool = False


def read_signature(builder: str | Callable[..., Any]) -> Signature:
    """Reads the keyword arguments of a builder and their defaults.

    A builder named by its path is read from its module's source, so that no framework is
    imported. Only where the source does not say enough (the name is imported or assigned rather
    than defined, or a default is not a literal) is the builder imported and inspected.

    Args:
        builder: A path ``"package.module:function"`` or the function itself.

    Returns:
        The signature.

    Raises:
        RegistryError: There is no such module or function, or an argument has no default.
    """
    found = read_from_source(builder)
    if found is not None:
        return found
    return _inspected(import_builder(builder) if isinstance(builder, str) else builder)


def read_from_source(builder: str | Callable[..., Any]) -> Signature | None:
    """Does what `read_signature` does, without importing anything.

    Returns:
        The signature, or None where the source does not say enough.

    Raises:
        RegistryError: There is no such module or function, the module is not valid Python, or an
            argument has no default.
    """
    if not isinstance(builder, str):
        return _inspected(builder)
    module, _, function = builder.partition(":")
    source = read_source(module)
    if source is not None:
        return _from_source(source, module, function)
    if find_module(module) is None:
        raise _no_module(builder, module)
    return None  # an extension module, say


def import_builder(builder: str) -> Callable[..., Any]:
    """Imports the function that a builder path names.

    Args:
        builder: A path ``"package.module:function"``.

    Returns:
        The function.

    Raises:
        RegistryError: The module cannot be imported, or has no such function.
    """
    from importlib import import_module

    module_name, _, function_name = builder.partition(":")
    try:
        module = import_module(module_name)
    except (Exception, SystemExit) as error:  # whatever a plugin raises must name the plugin
        if isinstance(error, ModuleNotFoundError) and find_module(module_name) is None:
            raise _no_module(builder, module_name) from error
        reason = f"{type(error).__name__}: {error}"
        raise RegistryError(f"builder {builder!r} cannot be imported: {reason}") from error
    function = getattr(module, function_name, None)
    if function is None:
        public = [name for name in vars(module) if not name.startswith("_")]
        raise _no_function(module_name, function_name, read_source(module_name) or "", public)
    if not callable(function):
        raise RegistryError(f"builder {builder!r} is a {type(function).__name__}, not a function")
    return function


def _no_module(builder: str, module: str) -> RegistryError:
    missing, beside = find_missing(module)
    if "." in missing or not beside:
        hint = suggestion(missing, beside)
    else:  # too many names at the top to list them
        hint = suggestion(missing, beside).partition("choose from")[0]
        hint = hint or "is the distribution that has it installed?"
    return RegistryError(f"builder {builder!r}: there is no module named {missing!r}: {hint}")


def _no_function(
    module: str, function: str, source: str, public: Sequence[str] = ()
) -> RegistryError:
    return RegistryError(
        f"builder '{module}:{function}': module {module!r} has no {function!r}: "
        + suggestion(function, _functions(source) or public)
    )


def _functions(source: str) -> list[str]:
    """The public functions that a module's source defines."""
    import ast

    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError):
        return []
    names = (node.name for node in body if isinstance(node, ast.FunctionDef))
    return [name for name in names if not name.startswith("_")]


def _from_source(source: str, module: str, function: str) -> Signature | None:
    import ast
    import re

    builder = f"{module}:{function}"
    try:
        body = _parsed(source)
    except (SyntaxError, ValueError) as error:
        raise RegistryError(f"builder {builder!r}: its module is not valid: {error}") from error
    constants: dict[str, Any] = {}
    definition: ast.FunctionDef | None = None
    for node in body:
        if isinstance(node, ast.FunctionDef) and node.name == function:
            definition = node  # the last definition is the one that counts
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            _note_literal(constants, node.targets[0].id, node.value)
    if definition is None:
        # Whatever else binds a name names it somewhere, but for a star import or __getattr__.
        if re.search(rf"\b{function}\b|import \*|__getattr__", source):
            return None
        raise _no_function(module, function, source)
    arguments = definition.args
    positional = [*arguments.posonlyargs, *arguments.args]
    given = [None] * (len(positional) - len(arguments.defaults)) + list(arguments.defaults)
    pairs = [*zip(positional, given, strict=True)]
    pairs += zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    defaults: dict[str, Any] = {}
    for argument, value in pairs:
        if value is None:
            raise _no_default(builder, argument.arg)
        if isinstance(value, ast.Name) and value.id in constants:
            defaults[argument.arg] = constants[value.id]
        elif not _note_literal(defaults, argument.arg, value):
            return None
    return Signature(defaults, open=arguments.kwarg is not None)


@lru_cache(maxsize=64)  # a card is asked for the cost of many shapes
def _parsed(source: str) -> list[ast.stmt]:
    """The statements of a module, to be read only."""
    import ast

    return ast.parse(source).body


def _note_literal(into: dict[str, Any], name: str, value: Any) -> bool:
    import ast

    try:
        into[name] = ast.literal_eval(value)
    except (ValueError, TypeError, SyntaxError, RecursionError):
        into.pop(name, None)
        return False
    return True


def _inspected(builder: Callable[..., Any]) -> Signature:
    import inspect

    label = getattr(builder, "__qualname__", repr(builder))
    try:
        parameters = inspect.signature(builder).parameters.values()
    except (TypeError, ValueError) as error:
        raise RegistryError(f"the arguments of builder {label} cannot be read: {error}") from error
    defaults: dict[str, Any] = {}
    is_open = False
    for parameter in parameters:
        if parameter.kind is parameter.VAR_KEYWORD:
            is_open = True
        elif parameter.kind is not parameter.VAR_POSITIONAL:
            if parameter.default is parameter.empty:
                raise _no_default(label, parameter.name)
            defaults[parameter.name] = parameter.default
    return Signature(defaults, open=is_open)


def _no_default(builder: str, argument: str) -> RegistryError:
    return RegistryError(
        f"builder {builder!r}: argument {argument!r} has no default; a builder takes keyword "
        "arguments that all have one, so that the model can be built by its name alone"
    )
