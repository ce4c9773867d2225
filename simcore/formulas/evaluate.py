"""The value of a tree by NumPy, node by node."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from simcore.formulas.cell_functions import BITS
from simcore.formulas.tree import ARITHMETIC, Binary, Call, Name, Negative, Node, Number, is_boolean
from simcore.formulas.vocabulary import FUNCTIONS

OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": operator.pow,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "&": operator.and_,
    "|": operator.or_,
}


def evaluate(node: Node, values: Mapping[str, Any]) -> Any:
    """The value of `node`; a comparison that meets arithmetic counts as 0 or 1. Out of range is inf or nan, unsaid."""
    with np.errstate(all="ignore"):
        return _value(node, values)


def _value(node: Node, values: Mapping[str, Any]) -> Any:
    match node:
        case Number(value):
            return np.asarray(value)[()]
        case Name(name):
            return np.asarray(values[name])[()]
        case Negative(operand):
            return -_number(operand, values)
        case Binary(symbol, left, right) if symbol in ARITHMETIC:
            return OPERATORS[symbol](_number(left, values), _number(right, values))
        case Binary(symbol, left, right):
            return OPERATORS[symbol](_value(left, values), _value(right, values))
        case Call("where", (condition, chosen, other)):
            return np.where(_value(condition, values), _number(chosen, values), _number(other, values))
        case Call("interpolated", (table, place)):
            return _interpolated(_value(table, values), _number(place, values))
        case Call("stepped", (table, place)):
            return _stepped(_value(table, values), _number(place, values))
        case Call(function, (operand,)) if function in BITS:
            return BITS[function](_value(operand, values))
        case Call(function, arguments):
            return FUNCTIONS[function].apply(*(_number(argument, values) for argument in arguments))
    raise TypeError(f"not a node of an expression: {node!r}")


def _interpolated(table: Any, place: Any) -> Any:
    """As `cell_functions.interpolated`, operation by operation."""
    inside = np.clip(place, table[0, 0], table[0, -1])
    low = np.clip(np.searchsorted(table[0], inside, side="right") - 1, 0, table.shape[1] - 2)
    share = (inside - table[0, low]) / (table[0, low + 1] - table[0, low])
    between = table[1, low] + share * (table[1, low + 1] - table[1, low])
    return np.where(place >= table[0, -1], table[1, -1], between)


def _stepped(table: Any, place: Any) -> Any:
    """As `cell_functions.stepped`."""
    last = np.clip(np.searchsorted(table[0], place, side="right") - 1, 0, table.shape[1] - 1)
    return table[1, last]


def _number(node: Node, values: Mapping[str, Any]) -> Any:
    """NumPy would add truth values as "or", and refuse to subtract them."""
    value = _value(node, values)
    return value * 1.0 if is_boolean(node) else value
