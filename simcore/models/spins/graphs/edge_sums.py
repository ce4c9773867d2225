"""Sums over the edges of a site, in formulas and in the source of kernels.

In a readable formula such a sum is a call of a function that no user can name; its argument is what one edge adds. In
there, `near("s")` stands for the value of an array at the other end, `along("J")` for that of a table of the edges.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from simcore.formulas.tree import Binary, Call, Name, Node, postorder, rewrite, substitute
from simcore.models.spins.graphs.graph import middle_table, near_table, start_table, stop_table

if TYPE_CHECKING:
    from simcore.models.spins.kernel_writer import KernelWriter

Way = Literal["out", "in", "all"]
"""The edges of which a site is the first end, those of which it is the second, and both."""

SUM = "sum over edges"
NEAR, ALONG = "@near", "@edge"


def edge_sum(kind: str, way: Way, tree: Node) -> Node:
    """The sum over the edges of one kind."""
    return Call(f"{SUM} {kind} {way}", (tree,))


def near(array: str) -> Name:
    """The value of an array at the other end of an edge."""
    return Name(f"{array}{NEAR}")


def along(table: str) -> Name:
    """The value of a table at an edge."""
    return Name(f"{table}{ALONG}")


def joined(tree: Node) -> Node:
    """With one sum over all edges in place of two equal ones, over those that lead out and those that lead in."""
    return rewrite([tree], _joined)[0]


def _joined(node: Node) -> Node:
    if not (isinstance(node, Binary) and node.operator == "+" and _is_sum(node.right)):
        return node
    assert isinstance(node.right, Call)
    kind, way = _of(node.right)
    if way != "in":
        return node
    partner = edge_sum(kind, "out", node.right.arguments[0])
    found = _replaced(node.left, partner, edge_sum(kind, "all", node.right.arguments[0]))
    return node if found is None else found


def _replaced(addends: Node, old: Node, new: Node) -> Node | None:
    """A sum with one of its terms replaced; None if it has no such term."""
    if addends == old:
        return new
    if isinstance(addends, Binary) and addends.operator == "+":
        if addends.right == old:
            return Binary("+", addends.left, new)
        left = _replaced(addends.left, old, new)
        return None if left is None else Binary("+", left, addends.right)
    return None


def _is_sum(node: Node) -> bool:
    return isinstance(node, Call) and node.function.startswith(f"{SUM} ")


def _of(node: Call) -> tuple[str, str]:
    kind, way = node.function.removeprefix(f"{SUM} ").split()
    return kind, way


def with_sums_worked_out(function: KernelWriter, trees: Sequence[Node]) -> list[Node]:
    """The formulas with variables in place of sums over edges, after lines that work these out, each loop once."""
    found = [node for node in postorder(trees) if _is_sum(node)]
    if not found:
        return list(trees)
    trees = [joined(tree) for tree in trees]
    loops: dict[tuple[str, str], dict[Call, None]] = {}
    for node in postorder(trees):
        if isinstance(node, Call) and _is_sum(node):
            loops.setdefault(_of(node), {})[node] = None
    values: dict[Node, Node] = {}
    for (kind, way), sums in loops.items():
        totals = [function.let("total", "0.0") for _ in sums]
        _write_loop(function, kind, way, [node.arguments[0] for node in sums], totals)
        values |= {node: Name(total) for node, total in zip(sums, totals, strict=True)}
    return rewrite(trees, lambda node: values.get(node, node) if isinstance(node, Call) else node)


def _write_loop(function: KernelWriter, kind: str, way: str, terms: Sequence[Node], totals: Sequence[str]) -> None:
    first = middle_table(kind) if way == "in" else start_table(kind)
    last = middle_table(kind) if way == "out" else stop_table(kind)
    edge = function.local("edge")
    with function.block(f"for {edge} in range({function.read(first)}, {function.read(last)}):"):
        names = dict.fromkeys(node.name for node in postorder(terms) if isinstance(node, Name))
        read: dict[str, Node] = {}
        place = ""
        for name in names:
            if name.endswith(NEAR):
                place = place or function.let("place", f"{function.argument(near_table(kind))}[{edge}]")
                array = function.argument(name.removesuffix(NEAR))
                read[name] = Name(function.let(f"{array}_near", f"{array}[{place}]"))
            elif name.endswith(ALONG):
                table = function.argument(name.removesuffix(ALONG))
                read[name] = Name(function.let(f"{table}_here", f"{table}[{edge}]"))
        texts = function.work_out([substitute(term, read) for term in terms])
        for total, text in zip(totals, texts, strict=True):
            function.line(f"{total} += {text}")
