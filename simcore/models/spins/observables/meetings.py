"""`mean_over(nn, a*b)`, `sum_over(square, ...)`: a formula of the spins at the ends of bonds, or around plaquettes.

Of every bond or plaquette of one kind that the lattice has, with an energy or without: chirality, vortices, skyrmion
number. Beyond an antiperiodic end spins are seen negative; what would reach beyond an open end does not exist.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from simcore.config import hint
from simcore.formulas import Expression
from simcore.formulas.simplify import simplify
from simcore.formulas.tree import Binary, Call, Name, Node, Number, substitute
from simcore.models.spins.formula_syntax import in_components, spin_name
from simcore.models.spins.geometry import Corner
from simcore.models.spins.graphs.system import GraphSystem
from simcore.models.spins.kernel_writer import KernelWriter
from simcore.models.spins.local_energy import total
from simcore.models.spins.observables.asked import Asked
from simcore.models.spins.observables.correlation import FarCell
from simcore.models.spins.observables.reductions import of_cell
from simcore.models.spins.spin import Angle

OVER = "_over"


def over_meetings(asked: Asked) -> Node:
    """The sum over all bonds or plaquettes of the kind that the first argument names, or their mean."""
    system, (kind, formula) = asked.system, asked.call.arguments
    members = _members(asked, kind)
    if isinstance(system, GraphSystem):
        return _over_edges(asked, system, kind, formula)
    at_corners = system.interactions.at_corners(len(members[0]))
    known = (*system.parameters, *at_corners)
    tree = in_components(Expression(asked.text, formula), system.spin, len(members[0]), known)
    function = KernelWriter("met", system, "A formula of the spins that meet in bonds or plaquettes of a cell.")
    values: list[Node] = []
    for corners in members:
        read: dict[str, Node] = {}
        far = [FarCell(function, system, offset) for _, offset in corners]
        for number, ((site, _), cell) in enumerate(zip(corners, far, strict=True)):
            for component, array in enumerate(system.arrays.of_site(site)):
                value = system.value_of(Name(cell.read(array)))
                read[spin_name(number, component).name] = _seen(asked, value, cell.sign)
            for name, (field, corner) in at_corners.items():
                if corner == number and name in _names(formula):
                    read[name] = Name(cell.read(system.interactions.field_array(field, site)))
        value = simplify(substitute(tree, read))
        present = system.present([offset for _, offset in corners])
        values.append(value if present is None else Call("where", (present, value, Number(0.0))))
    found = asked.behind.reduced(function.returns(*function.work_out([total(values)])))
    if asked.call.function == f"sum{OVER}":
        return found
    return Binary("/", found, Number(float(sum(_count(asked, corners) for corners in members))))


def corners_of(asked: Asked, kind: Node) -> int:
    """How many spins a formula of the bonds or plaquettes of a kind names."""
    return len(_members(asked, kind)[0])


def _over_edges(asked: Asked, system: GraphSystem, kind: Node, formula: Node) -> Node:
    assert isinstance(kind, Name)
    at_corners = system.interactions.at_corners(2)
    tree = in_components(Expression(asked.text, formula), system.spin, 2, (*system.parameters, *at_corners))
    found = asked.behind.reduced(of_cell(asked, system.over_edges(tree, kind.name)))
    edges = len(system.geometry.graph.edges[kind.name])
    if asked.call.function == f"sum{OVER}":
        return found
    if not edges:
        raise asked.error(f"finds no edges of the kind '{kind.name}'", kind)
    return Binary("/", found, Number(float(edges)))


def _members(asked: Asked, kind: Node) -> list[tuple[Corner, ...]]:
    """The corners of the bonds or plaquettes of a kind, of one cell."""
    lattice = asked.lattice
    origin = (0,) * lattice.dimensions
    found: dict[str, list[tuple[Corner, ...]]] = {}
    for bond in lattice.bonds:
        found.setdefault(bond.kind, []).append(((bond.source, origin), (bond.target, bond.offset)))
    for plaquette in lattice.plaquettes:
        found.setdefault(plaquette.kind, []).append(plaquette.corners)
    name = kind.name if isinstance(kind, Name) else ""
    if name not in found:
        raise asked.error(f"finds no bonds or plaquettes of the kind '{name}'; {hint(name, found)}", kind)
    if len({len(corners) for corners in found[name]}) > 1:
        raise asked.error(f"finds plaquettes '{name}' of different numbers of corners; give them two kinds", kind)
    return found[name]


def _seen(asked: Asked, value: Node, sign: str | None) -> Node:
    if sign is None:
        return value
    if not isinstance(asked.system.spin, Angle):
        return Binary("*", Name(sign), value)
    turn = Binary("*", Number(math.pi / 2.0), Binary("-", Number(1.0), Name(sign)))
    return Binary("+", value, turn)


def _names(tree: Node) -> frozenset[str]:
    return Expression("", tree).names


def _count(asked: Asked, corners: Sequence[Corner]) -> int:
    """How many of them there are: one for each cell, but for those across an open end."""
    geometry = asked.system.geometry
    spans = np.ptp([offset for _, offset in corners], axis=0).tolist()
    sides = zip(geometry.shape, geometry.wrap, spans, strict=True)
    return math.prod(n - span if wrap == "open" else n for n, wrap, span in sides)
