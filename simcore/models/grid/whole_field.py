"""Numbers over the whole field: mean, integral, min, max, std and at, in terms of what the engine reduces.

The one implementation of each, for equations, noise, named expressions and observables.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from simcore.formulas import parse
from simcore.formulas.complex_parts import complex_nodes
from simcore.formulas.tree import Binary, Call, Name, Node, Number, rewrite, substitute
from simcore.formulas.vocabulary import Arity
from simcore.models.grid.boundary import AXES
from simcore.plugins import Registry

VOLUME = Name("cell_volume")
BASIC: Mapping[str, Arity] = {
    "at": Arity(2, 4),
    "integral": Arity(),
    "max": Arity(),
    "mean": Arity(),
    "min": Arity(),
}
"""What the engine reduces by itself; min and max of two and more are the functions of numbers."""


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


@dataclass(frozen=True)
class Macro(Arity):
    """A number over the whole field that is written in terms of the others.

    formula: of `a`, `b`, `c`, the arguments in order: `sqrt(mean(a**2))`.
    """

    formula: str = "a"

    def written_out(self, call: Call) -> Node:
        """The formula of the arguments of a call. Raises ExpressionError if it is none."""
        tree = parse(self.formula, BASIC, complex_numbers=True).tree
        return substitute(tree, dict(zip("abcd", call.arguments, strict=False)))


_OWN: Mapping[str, Macro] = {"std": Macro(formula="sqrt(mean(abs(a - mean(a))**2))")}
MACROS: Registry[Macro] = Registry("simcore.reductions", _OWN, Macro)
REDUCTIONS: Mapping[str, Arity] = ChainMap(MACROS, BASIC)  # type: ignore[arg-type]
"""By name; std is taken of the differences, so that no digit is lost. Installed packages may add to the list."""


def without_macros(tree: Node) -> Node:
    """Every call of `MACROS` written out."""

    def written_out(node: Node) -> Node:
        macro = MACROS.get(node.function) if isinstance(node, Call) and node.function in MACROS else None
        return node if macro is None else macro.written_out(node)  # type: ignore[arg-type]

    return rewrite([tree], written_out)[0]


def take_apart(name: str, call: Call, complex_names: Collection[str]) -> tuple[list[WholeField], Node]:
    """What has to be reduced for a call of one of `REDUCTIONS`, and the value in terms of their names.

    integral: the sum times the volume of a cell. at(u, x, y): u of the cell that holds the point. A complex mean is one
    of each part. `MACROS` have gone by `without_macros`.
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
