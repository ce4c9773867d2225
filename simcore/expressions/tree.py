"""The tree of a checked expression: frozen, hashable nodes, equal where the formulas are equal.

`column` (from 1, in the text of the expression) serves messages only and does not count for equality, so that
equal subexpressions can be found by a dictionary.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

ARITHMETIC = ("+", "-", "*", "/", "**")
COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")
LOGICAL = ("&", "|")


@dataclass(frozen=True, slots=True)
class Number:
    """A literal, or a constant such as pi."""

    value: float
    column: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Name:
    """A variable: a coordinate, a parameter, a field."""

    name: str
    column: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Negative:
    """Minus its operand."""

    operand: Node
    column: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Binary:
    """`left operator right`, the operator one of ARITHMETIC, COMPARISONS or LOGICAL."""

    operator: str
    left: Node
    right: Node
    column: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    """A function of `vocabulary.FUNCTIONS` and its arguments."""

    function: str
    arguments: tuple[Node, ...]
    column: int = field(default=1, compare=False)


Node = Number | Name | Negative | Binary | Call


def children(node: Node) -> tuple[Node, ...]:
    """The nodes right below this one."""
    match node:
        case Negative(operand):
            return (operand,)
        case Binary(_, left, right):
            return (left, right)
        case Call(_, arguments):
            return arguments
    return ()


def walk(node: Node) -> Iterator[Node]:
    """This node and all below it, each before its children."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        yield current
        waiting.extend(reversed(children(current)))


def is_boolean(node: Node) -> bool:
    """Whether the value is true or false rather than a number."""
    return isinstance(node, Binary) and node.operator in COMPARISONS + LOGICAL
