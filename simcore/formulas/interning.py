"""Equal parts of trees as one object ("hash-consing"), so that whatever follows can go by identity."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from simcore.formulas.tree import Binary, Call, Name, Negative, Node, Number, Shifted, rewrite

COMMUTATIVE = ("+", "*", "==", "!=", "&", "|")


class Interned:
    """A table of the nodes met so far.

    Called with a node whose children came out of this table, it returns the first equal node that it met, in constant
    time. `a*b` equals `b*a`, to the last bit; 0.0 and -0.0 differ.
    """

    def __init__(self) -> None:
        self._nodes: dict[Hashable, Node] = {}
        self._ids: set[int] = set()

    def __call__(self, node: Node) -> Node:
        first = self._nodes.setdefault(_key(node), node)
        self._ids.add(id(first))
        return first

    def trees(self, roots: Sequence[Node]) -> list[Node]:
        """Whole trees, in time proportional to the nodes that did not come out of this table."""
        return rewrite(roots, self, known=self._ids)


def _key(node: Node) -> Hashable:
    match node:
        case Number(value):
            return Number, repr(value)
        case Name(name):
            return Name, name
        case Shifted(name, offsets):
            return Shifted, name, offsets
        case Negative(operand):
            return Negative, id(operand)
        case Binary(operator, left, right):
            sides = id(left), id(right)
            return operator, tuple(sorted(sides)) if operator in COMMUTATIVE else sides
        case Call(function, arguments):
            return Call, function, tuple(map(id, arguments))
    raise TypeError(f"not a node of an expression: {node!r}")
