"""The tree of a checked expression: frozen, hashable nodes, equal if the formulas are equal.

`column` (from 1, in the text of the expression) serves messages only and does not count for equality, so that
equal subexpressions can be found by a dictionary.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

INTERPOLATED = "interpolated"
STEPPED = "stepped"
"""The function of a call that looks up a table, an array of shape (2, n), at a place: no text has one."""
ARITHMETIC = ("+", "-", "*", "/", "**")
COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")
LOGICAL = ("&", "|")
LIST = "[]"
"""The function of a call that stands for a list: `[a, b]` is Call(LIST, (a, b))."""


@dataclass(frozen=True, slots=True)
class Number:
    """A literal, or a constant such as pi."""

    value: float | complex
    column: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Name:
    """A variable: a coordinate, a parameter, a field."""

    name: str
    column: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Shifted:
    """A field, or a coordinate, shifted by a number of cells along each axis, produced by operators only."""

    name: str
    offsets: tuple[int, ...]
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
    """A function of `vocabulary.FUNCTIONS`, or an operator that the reader of the text knows, and its arguments."""

    function: str
    arguments: tuple[Node, ...]
    column: int = field(default=1, compare=False)


Node = Number | Name | Shifted | Negative | Binary | Call


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


def postorder(roots: Sequence[Node], known: Container[int] = ()) -> Iterator[Node]:
    """Every node once, children first; a node that several parents share (the same object) comes once.

    What lies at and below a node whose `id` is `known` is left out.

    It takes time in proportion to the nodes, where `walk` takes time in proportion to the formula written out.
    """
    seen: set[int] = set()
    waiting = [(root, False) for root in reversed(roots)]
    while waiting:
        node, ready = waiting.pop()
        if ready:
            yield node
        elif id(node) not in seen and id(node) not in known:
            seen.add(id(node))
            waiting.append((node, True))
            waiting.extend((child, False) for child in reversed(children(node)))


def with_children(node: Node, new: Sequence[Node]) -> Node:
    """The same node with other children, as many as it has."""
    match node:
        case Negative():
            return replace(node, operand=new[0])
        case Binary():
            return replace(node, left=new[0], right=new[1])
        case Call():
            return replace(node, arguments=tuple(new))
    return node


def rewrite(roots: Sequence[Node], change: Callable[[Node], Node], known: Container[int] = ()) -> list[Node]:
    """`change` on every node, its children changed before; shared nodes stay shared. Raises what `change` raises.

    A node whose `id` is `known` stays as it is, with all below it.
    """
    changed: dict[int, Node] = {}
    for node in postorder(roots, known):
        below = children(node)
        new = [changed.get(id(child), child) for child in below]
        same = all(was is now for was, now in zip(below, new, strict=True))
        changed[id(node)] = change(node if same else with_children(node, new))
    return [changed.get(id(root), root) for root in roots]


def substitute(node: Node, values: Mapping[str, Node]) -> Node:
    """The tree with each `Name` of `values` replaced; what is put in is not looked into."""
    return rewrite([node], lambda part: values.get(part.name, part) if isinstance(part, Name) else part)[0]
