"""Numbers over the whole field: mean, integral, min, max, std and at, in terms of what the engine reduces.

The one implementation of each, for equations, noise, named expressions and observables.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from simcore.formulas.complex_parts import complex_nodes
from simcore.formulas.tree import Binary, Call, Name, Node, Number, rewrite
from simcore.models.grid.boundary import AXES

VOLUME = Name("cell_volume")


@dataclass(frozen=True)
class WholeField:
    """One real number over all cells, reduced in the fixed order of the engine.

    point: where the one cell lies at which the formula is taken instead, a constant formula for each axis.
    """

    name: str
    tree: Node
    reduce: Literal["mean", "sum", "min", "max"]
    point: tuple[Node, ...] = ()

    @property
    def cell(self) -> tuple[str, ...]:
        """The names of the constants that hold the index of that cell."""
        return tuple(f"{self.name}_cell_{axis}" for axis, _ in zip(AXES, self.point, strict=False))


def without_std(tree: Node) -> Node:
    """Every std(u) written out as sqrt(mean(abs(u - mean(u))**2)): of the differences, so that no digit is lost."""

    def written_out(node: Node) -> Node:
        if not (isinstance(node, Call) and node.function == "std"):
            return node
        (operand,) = node.arguments
        difference = Binary("-", operand, Call("mean", (operand,), node.column))
        squared = Binary("**", Call("abs", (difference,)), Number(2.0))
        return Call("sqrt", (Call("mean", (squared,), node.column),), node.column)

    return rewrite([tree], written_out)[0]


def take_apart(name: str, call: Call, complex_names: Collection[str]) -> tuple[list[WholeField], Node]:
    """What has to be reduced for a call of one of `REDUCTIONS`, and the value in terms of their names.

    integral: the sum times the volume of a cell. at(u, x, y): u of the cell that holds the point. A complex mean is one
    of each part. `std` has gone by `without_std`.
    """
    tree = call.arguments[0]
    complex_valued = id(tree) in complex_nodes([tree], complex_names)
    match call.function:
        case "min" | "max" as extreme:
            return [WholeField(name, tree, extreme)], Name(name)
        case "mean":
            return _parts(name, tree, "mean", complex_valued)
        case "integral":
            sums, total = _parts(name, tree, "sum", complex_valued)
            return sums, Binary("*", VOLUME, total)
        case "at":
            return _parts(name, tree, "sum", complex_valued, call.arguments[1:])
    raise ValueError(f"{call.function} is no reduction")


def _parts(
    name: str, tree: Node, reduce: Literal["mean", "sum"], complex_valued: bool, point: tuple[Node, ...] = ()
) -> tuple[list[WholeField], Node]:
    if not complex_valued:
        return [WholeField(name, tree, reduce, point)], Name(name)
    parts = [WholeField(f"{name}_{part}", Call(part, (tree,)), reduce, point) for part in ("real", "imag")]
    imaginary = Binary("*", Number(1j), Name(parts[1].name))
    return parts, Binary("+", Name(parts[0].name), imaginary)
