"""Whether a function of one cell is seen to read arrays around it only: then rows can be made out of turn."""

from __future__ import annotations

import ast
from collections.abc import Collection


def reads_near(definition: str, arrays: Collection[str], halo: int) -> bool:
    """Whether the function whose source is `definition` reads `arrays` at `i - halo` to `i + halo` of axis 0 alone.

    False if that cannot be seen: an array is given to another function, an index is worked out, there is no source.
    """
    tree = ast.parse(definition)
    nodes = list(ast.walk(tree))
    if sum(isinstance(node, (ast.FunctionDef, ast.Lambda, ast.comprehension)) for node in nodes) != 1:
        return False
    near = {id(node.value) for node in nodes if isinstance(node, ast.Subscript) and _offset(node) <= halo}
    names = [node for node in nodes if isinstance(node, ast.Name)]
    return all(
        id(name) in near if name.id in arrays else isinstance(name.ctx, ast.Load) or name.id != "i" for name in names
    )


def _offset(read: ast.Subscript) -> float:
    """How far from `i` the first index of a read is."""
    first = read.slice.elts[0] if isinstance(read.slice, ast.Tuple) and read.slice.elts else read.slice
    match first if isinstance(read.ctx, ast.Load) else None:
        case ast.Name("i"):
            return 0
        case ast.BinOp(ast.Name("i"), ast.Add() | ast.Sub(), ast.Constant(int() as offset)):
            return abs(offset)
    return float("inf")
