"""mean, sum, min and max of a formula over all sites, or over those of one sublattice (`mean_on(0, a)`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from simcore.formulas.tree import Binary, Call, Name, Negative, Node, Number, rewrite, walk
from simcore.models.spins.interactions import BASIS, INDICES
from simcore.models.spins.kernel_writer import KernelWriter
from simcore.models.spins.local_energy import total
from simcore.models.spins.observables.asked import Asked, Reduce
from simcore.spec.arrays import CellFunction

ON = "_on"


def reduction(asked: Asked) -> Node:
    """Over all sites."""
    return _reduced(asked, asked.call.function, asked.call.arguments[0], range(asked.system.geometry.basis))


def reduction_on(asked: Asked) -> Node:
    """Over the sites of the sublattice that the first argument names."""
    site = asked.sublattice()
    return _reduced(asked, asked.call.function.removesuffix(ON), asked.call.arguments[1], [site])


def _reduced(asked: Asked, reduce: str, argument: Node, sites: Sequence[int]) -> Node:
    (quick,) = rewrite([argument], _signs)
    values = asked.of_sites(quick, sites)
    if reduce in ("min", "max"):
        extreme = Call(reduce, tuple(values)) if len(values) > 1 else values[0]
        return asked.behind.reduced(of_cell(asked, extreme), cast(Reduce, reduce))
    found: Node = asked.behind.reduced(of_cell(asked, total(values)))
    sites_in_all = asked.system.geometry.cells * len(sites)
    return found if reduce == "sum" else Binary("/", found, Number(float(sites_in_all)))


def of_cell(asked: Asked, tree: Node) -> CellFunction:
    """A function of one cell that works out a readable formula."""
    function = KernelWriter("measured", asked.system, "What is measured at a cell.")
    return function.returns(*function.work_out([tree]))


def parity(number: Node) -> Node:
    """(-1)**number of a whole number: 1 or -1."""
    pairs = Call("floor", (Binary("*", Number(0.5), number),))
    odd = Binary("-", number, Binary("*", Number(2.0), pairs))
    return Binary("-", Number(1.0), Binary("*", Number(2.0), odd))


def _signs(node: Node) -> Node:
    """(-1)**(i + j) without a power, which takes ten times as long."""
    match node:
        case Binary("**", Number(-1.0), exponent) if _is_whole(exponent):
            return parity(exponent)
    return node


def _is_whole(tree: Node) -> bool:
    """Whether a formula of the position is a whole number for certain."""
    return all(map(_keeps_whole, walk(tree)))


def _keeps_whole(node: Node) -> bool:
    match node:
        case Number(float() as value):
            return value.is_integer()
        case Name(name):
            return name in (*INDICES, BASIS)
        case Binary("+" | "-" | "*") | Negative():
            return True
    return False
