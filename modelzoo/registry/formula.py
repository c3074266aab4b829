"""Arithmetic formulas of the cards, evaluated over a walked syntax tree: never by `eval`."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from modelzoo.errors import RegistryError, suggestion

MAX_CHARACTERS = 2_000
MAX_NODES = 500
MAX_BITS = 4_096  # the size an intermediate whole number may reach
MAX_EXPONENT = 64

_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
_UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Not: operator.not_,
}
_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_FUNCTIONS: dict[str, Callable[..., Any]] = {"min": min, "max": max, "ceil": math.ceil}


def evaluate(formula: str | int | float, values: Mapping[str, object]) -> int | float:
    """Computes a formula.

    A formula may use numbers, names, text in quotes, ``+ - * / // % **``, comparisons,
    ``and``, ``or``, ``not``, ``a if condition else b``, ``min``, ``max`` and ``ceil``. As in
    Python, ``head_dim or width // heads`` takes the right side where the left one is None or 0.

    Args:
        formula: The formula, at most 2,000 characters; a number stands for itself.
        values: What each name stands for: numbers, booleans, text or None.

    Returns:
        The value, an int or a float.

    Raises:
        RegistryError: The formula has a name that is not in `values`, uses something that is not
            listed above, or cannot be computed.

    >>> evaluate("depth * 3 * (width * width + 2 * width)", {"width": 8, "depth": 2})
    480
    """
    if isinstance(formula, int | float):
        return formula
    tree = _parse(formula)
    try:
        result = _value(tree, formula, values)
    except (ArithmeticError, TypeError, ValueError) as error:
        if isinstance(error, RegistryError):
            raise
        raise RegistryError(f"formula {formula!r} cannot be computed: {error}") from error
    if isinstance(result, bool) or not isinstance(result, int | float):
        raise RegistryError(f"formula {formula!r} gives {result!r}, not a number")
    if isinstance(result, float) and not math.isfinite(result):
        raise RegistryError(f"formula {formula!r} gives {result!r}, not a finite number")
    return result


def names(formula: str | int | float) -> set[str]:
    """Returns the names that a formula uses, without the functions it calls.

    >>> sorted(names("max(width, 3) * depth"))
    ['depth', 'width']
    """
    if isinstance(formula, int | float):
        return set()
    nodes = list(ast.walk(_parse(formula)))
    called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
    return {node.id for node in nodes if isinstance(node, ast.Name) and id(node) not in called}


@lru_cache(maxsize=512)  # the same few formulas are computed for many shapes
def _parse(formula: str) -> ast.expr:
    if len(formula) > MAX_CHARACTERS:
        raise RegistryError(
            f"a formula has {len(formula):,} characters; at most {MAX_CHARACTERS:,} are read"
        )
    try:
        tree = ast.parse(formula.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        reason = getattr(error, "msg", None) or error
        raise RegistryError(f"formula {formula!r} is not an expression: {reason}") from error
    for count, _ in enumerate(ast.walk(tree), 1):
        if count > MAX_NODES:
            raise RegistryError(f"formula {formula[:60]!r}... is too long: simplify it")
    return tree


def _value(node: ast.expr, formula: str, values: Mapping[str, object]) -> Any:
    """Computes one node; every kind of node that is not named here is refused."""
    match node:
        case ast.Constant(value=bool() | int() | float() | str() | None as constant):
            return _checked(constant, formula)
        case ast.Name(id=name):
            if name not in values:
                hint = suggestion(name, values)
                raise RegistryError(f"unknown name {name!r} in formula {formula!r}: {hint}")
            return values[name]
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            first = _number(_value(left, formula, values), formula)
            second = _number(_value(right, formula, values), formula)
            if isinstance(op, ast.Pow) and abs(second) > MAX_EXPONENT:
                raise RegistryError(
                    f"formula {formula!r} raises to the power {second}; the limit is {MAX_EXPONENT}"
                )
            return _checked(_BINARY[type(op)](first, second), formula)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return not _value(operand, formula, values)
        case ast.UnaryOp(op=op, operand=operand) if type(op) in _UNARY:
            return _UNARY[type(op)](_number(_value(operand, formula, values), formula))
        case ast.BoolOp(op=op, values=parts):
            stop_at = isinstance(op, ast.Or)
            result: Any = None
            for part in parts:
                result = _value(part, formula, values)
                if bool(result) is stop_at:
                    break
            return result
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return _value(body if _value(test, formula, values) else orelse, formula, values)
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            return all(_comparisons(left, ops, comparators, formula, values))
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in _FUNCTIONS:
            numbers = [_number(_value(each, formula, values), formula) for each in arguments]
            if not numbers or (name == "ceil") != (len(numbers) == 1):
                raise RegistryError(
                    f"formula {formula!r} calls {name} with {len(numbers)} argument(s)"
                )
            return _FUNCTIONS[name](*numbers)
    found = ast.unparse(node)
    raise RegistryError(f"formula {formula!r} uses {found!r}, which a formula may not contain")


def _comparisons(
    left: ast.expr,
    ops: list[ast.cmpop],
    comparators: list[ast.expr],
    formula: str,
    values: Mapping[str, object],
) -> Iterator[bool]:
    first = _value(left, formula, values)
    for op, comparator in zip(ops, comparators, strict=True):
        if type(op) not in _COMPARE:
            raise RegistryError(f"formula {formula!r} may compare with == != < <= > >= only")
        second = _value(comparator, formula, values)
        yield _COMPARE[type(op)](first, second)
        first = second


def _number(value: Any, formula: str) -> int | float:
    if not isinstance(value, int | float):
        raise RegistryError(f"formula {formula!r} computes with {value!r}, which is not a number")
    return value


def _checked(value: Any, formula: str) -> Any:
    if isinstance(value, complex) or (isinstance(value, int) and value.bit_length() > MAX_BITS):
        raise RegistryError(f"formula {formula!r} reaches a number beyond any real size")
    return value
