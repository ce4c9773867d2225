"""Conditions on named values, in words: `size >= 32 or not (1 < temperature <= 2)`."""

from __future__ import annotations

import ast
from itertools import pairwise

from simcore.formulas.error import ExpressionError
from simcore.formulas.expression import Expression
from simcore.formulas.fold import fold
from simcore.formulas.parse import Reader, one_line, python_tree
from simcore.formulas.tree import Binary, Name, Node, is_boolean

_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "==", "&": "|", "|": "&"}


def parse_condition(text: str) -> Expression:
    """The condition that `text` stands for; raises `ExpressionError`.

    Beside what `parse` reads: `and`, `or`, `not`, chains such as `1 < x <= 2`, and names with points in them. No value
    may be NaN: `not (x < 1)` is read as `x >= 1`.
    """
    line = one_line(text)
    tree = _ConditionReader(line, (), False).node(python_tree(line), 0)
    if not is_boolean(tree):
        raise ExpressionError(line, 1, "is a number; a comparison is expected, such as size >= 32")
    return Expression(line, fold(line, tree))


class _ConditionReader(Reader):
    """Turns the words into comparisons joined by & and |."""

    def node(self, tree: ast.expr, depth: int) -> Node:
        match tree:
            case ast.BoolOp(op=op, values=values):
                parts = [self._truth(value, depth) for value in values]
                return self._joined("&" if isinstance(op, ast.And) else "|", parts)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return _opposite(self._truth(operand, depth))
            case ast.Attribute():
                return Name(self._dotted(tree), self.column(tree))
        return super().node(tree, depth)

    def comparison(self, tree: ast.Compare, depth: int) -> Node:
        """A chain is true if all its comparisons are."""
        sides = [self.node(side, depth + 1) for side in (tree.left, *tree.comparators)]
        if any(map(is_boolean, sides)):
            raise self.error(tree, "compares numbers, not comparisons")
        parts = [self.binary(tree, op, *pair) for op, pair in zip(tree.ops, pairwise(sides), strict=True)]
        return self._joined("&", parts)

    def _truth(self, tree: ast.expr, depth: int) -> Node:
        node = self.node(tree, depth + 1)
        if not is_boolean(node):
            raise self.error(tree, f"{self.source(tree)!r} is a number; and, or, not stand between comparisons")
        return node

    def _joined(self, operator: str, parts: list[Node]) -> Node:
        """By halves, so that a thousand parts nest no deeper than ten."""
        if len(parts) == 1:
            return parts[0]
        half = (len(parts) + 1) // 2
        left, right = self._joined(operator, parts[:half]), self._joined(operator, parts[half:])
        return Binary(operator, left, right, right.column)

    def _dotted(self, tree: ast.expr) -> str:
        match tree:
            case ast.Attribute(value=value, attr=attr):
                return f"{self._dotted(value)}.{attr}"
            case ast.Name(id=name):
                return name
        raise self.error(tree, f"{self.source(tree)!r} is not allowed; a name or a path is expected")


def _opposite(node: Node) -> Node:
    assert isinstance(node, Binary)
    if node.operator in "&|":
        return Binary(_OPPOSITE[node.operator], _opposite(node.left), _opposite(node.right), node.column)
    return Binary(_OPPOSITE[node.operator], node.left, node.right, node.column)
