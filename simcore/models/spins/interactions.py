"""A Hamiltonian on a lattice: what each bond, site and plaquette of a cell contributes, and the numbers it names."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from simcore.compiler.argument_names import CELL_INDICES as INDICES
from simcore.errors import InvalidValueError
from simcore.formulas import Expression, ExpressionError
from simcore.formulas.evaluate import evaluate
from simcore.formulas.simplify import simplify
from simcore.formulas.tree import Binary, Name, Node, Number, Shifted, rewrite, substitute, walk
from simcore.models.array_file import ArrayFile
from simcore.models.spins.disorder import Disorder
from simcore.models.spins.formula_syntax import LETTERS, in_components
from simcore.models.spins.geometry import Corner, Geometry, Offset
from simcore.models.spins.hamiltonian import ByKind, Hamiltonian
from simcore.models.spins.spin import LARGEST, Spin

BASIS = "basis"

Path = tuple[str, ...]


@dataclass(frozen=True)
class Interaction:
    """A term of the energy that every cell has.

    tree: a formula of the spins of the corners (`language.spin_name`), parameters, named numbers, arrays of disorder
    (`Shifted`, relative to the cell), and the number of the cell along each axis, from 0 (`INDICES`). corners: (basis
    site, offset of its cell); the first offset is zero. kind: interactions of one kind are the same function of their
    corners, but for disorder. path: of its formula, below `hamiltonian`.
    """

    tree: Node
    corners: tuple[Corner, ...]
    kind: Path
    path: Path


@dataclass(frozen=True, eq=False)
class Interactions:
    """All terms of a Hamiltonian on a lattice. Raises ExpressionError if a formula does not fit, see `Checker`.

    parameters: the names of the model's parameters.
    """

    hamiltonian: Hamiltonian
    geometry: Geometry
    spin: Spin
    parameters: Collection[str]

    @cached_property
    def terms(self) -> tuple[Interaction, ...]:
        """Sites, bonds, plaquettes, in this order."""
        return (*self._sites(), *self._meetings())

    @cached_property
    def reach(self) -> int:
        """How many cells apart, along any axis, two spins of a term may lie."""
        spans = (np.ptp([offset for _, offset in term.corners], axis=0) for term in self.terms)
        return max((int(span.max()) for span in spans), default=0)

    @cached_property
    def numbers(self) -> dict[str, float]:
        """Couplings that are given for each kind, as numbers with names of their own: `J_nn`."""
        couplings = self.hamiltonian.couplings.items()
        return {
            f"{name}_{kind}": number
            for name, coupling in couplings
            if isinstance(coupling, Mapping)
            for kind, number in coupling.items()
        }

    @cached_property
    def arrays(self) -> dict[str, tuple[str, int]]:
        """The arrays of couplings and fields: (name in the experiment, number of the bond or the site) by name."""
        found: dict[str, tuple[str, int]] = {}
        for name, coupling in self.hamiltonian.couplings.items():
            if not isinstance(coupling, Mapping):
                users = self._users(name)
                found |= {_numbered(name, number, len(users)): (name, number) for number in range(len(users))}
        for name in self.hamiltonian.fields:
            found |= {_numbered(name, site, self.geometry.basis): (name, site) for site in range(self.geometry.basis)}
        return found

    @property
    def stored(self) -> tuple[str, ...]:
        """Those of `arrays` that are arrays of the state."""
        return tuple(self.arrays)

    def values(self, array: str, numbers: Mapping[str, float]) -> np.ndarray:
        """What an array of disorder holds: float64 of the lattice's shape. Raises InvalidValueError."""
        name, number = self.arrays[array]
        shape = self.geometry.shape
        source = self.hamiltonian.couplings.get(name, self.hamiltonian.fields.get(name))
        if isinstance(source, Disorder):
            return source.draw(name, number, shape)
        is_field = name in self.hamiltonian.fields
        path = f"model.hamiltonian.{'fields' if is_field else 'couplings'}.{name}"
        count = self.geometry.basis if is_field else len(self._users(name))
        if isinstance(source, ArrayFile):
            full = shape if count == 1 else (*shape, count)
            values = np.asarray(source.load(full, path), float).reshape(*shape, count)[..., number]
        else:
            assert isinstance(source, Expression)
            site = number if is_field else self.members(name)[number][1][0][0]
            tree = self.placed(source, site)
            cells = dict(zip(INDICES, np.indices(shape, sparse=True), strict=False))
            values = np.broadcast_to(np.asarray(evaluate(tree, {**numbers, **cells}), float), shape)
        if not (np.abs(values) <= LARGEST).all():
            raise InvalidValueError(
                path, f"must be finite, between {-LARGEST:g} and {LARGEST:g}, at every {'site' if is_field else 'bond'}"
            )
        return values

    def members(self, coupling: str) -> list[tuple[str, tuple[Corner, ...]]]:
        """(kind, corners) of the bonds and plaquettes of a cell whose formula names a coupling, in order."""
        return [self._named[number][1:3] for number in self._users(coupling)]

    def check_fields(self, numbers: Mapping[str, float]) -> None:
        """Raise InvalidValueError for a field or a coupling that does not fit or is not finite."""
        given = {**self.hamiltonian.couplings, **self.hamiltonian.fields}
        for array, (name, _) in self.arrays.items():
            if not isinstance(given[name], Disorder):
                self.values(array, numbers)

    def placed(self, expression: Expression, site: int, *, spins: int = 0, known: Collection[str] = ()) -> Node:
        """A formula of the place of the site `site` of every cell, in terms of `INDICES`; raises ExpressionError.

        spins: 1 if it may name the spin `a` there. known: other names, beside the parameters.
        """
        dimensions = self.geometry.dimensions
        places = (*self.geometry.axes, BASIS, *INDICES[:dimensions])
        tree = in_components(expression, self.spin, spins, (*self.parameters, *places, *known))
        positions = {
            axis: self._coordinate(number, site)
            for number, axis in enumerate(self.geometry.axes)
            if axis in expression.names
        }
        return substitute(tree, {**positions, BASIS: Number(float(site))})

    def at_site(self, expression: Expression, site: int) -> Node:
        """A formula of the spin `a` at the site `site` of every cell, its place and the fields; raises ExpressionError.

        In the form of `Interaction.tree`.
        """
        tree = self.placed(expression, site, spins=1, known=self.hamiltonian.fields)
        origin = (0,) * self.geometry.dimensions
        arrays = {name: Shifted(self.field_array(name, site), origin) for name in self.hamiltonian.fields}
        return substitute(tree, arrays)

    def meeting(self, expression: Expression, corners: int) -> Node:
        """The formula of a bond or a plaquette of so many corners; raises ExpressionError.

        It may name a field at each corner, see `at_corners`.
        """
        couplings = self.hamiltonian.couplings
        at_corners = self.at_corners(corners)
        for node in walk(expression.tree):
            if isinstance(node, Name) and node.name in self.hamiltonian.fields:
                wanted = ", ".join(f"{node.name}_{letter}" for letter in LETTERS[:corners])
                reason = f"'{node.name}' has a value at each site; write {wanted}"
                raise ExpressionError(expression.text, node.column, reason)
            if isinstance(node, Name) and node.name in at_corners and node.name in (*self.parameters, *couplings):
                reason = f"'{node.name}' is a name of its own and the field '{at_corners[node.name][0]}' at a corner"
                raise ExpressionError(expression.text, node.column, f"{reason}; rename one of them")
        return in_components(expression, self.spin, corners, (*self.parameters, *couplings, *at_corners))

    def at_corners(self, corners: int) -> dict[str, tuple[str, int]]:
        """(field, number of the corner) by what formulas of bonds and plaquettes write: `eps_a`, `eps_b`, ..."""
        return {
            f"{name}_{letter}": (name, corner)
            for name in self.hamiltonian.fields
            for corner, letter in enumerate(LETTERS[:corners])
        }

    def field_array(self, field: str, site: int) -> str:
        """The name of the array that holds a field at the site `site` of every cell."""
        return _numbered(field, site, self.geometry.basis)

    def _coordinate(self, axis: int, site: int) -> Node:
        """The Cartesian coordinate of a site, from the numbers of its cell."""
        total: Node = Number(0.0)
        for index, fraction, vector in zip(INDICES, self.geometry.positions[site], self.geometry.vectors, strict=False):
            place = Binary("+", Name(index), Number(float(fraction)))
            total = Binary("+", total, Binary("*", place, Number(float(vector[axis]))))
        return simplify(total)

    def _sites(self) -> Iterator[Interaction]:
        expression = self.hamiltonian.sites
        if expression is None or expression.tree == Number(0.0):
            return
        origin = (0,) * self.geometry.dimensions
        for site in range(self.geometry.basis):
            yield Interaction(self.at_site(expression, site), ((site, origin),), ("sites", str(site)), ("sites",))

    def _meetings(self) -> Iterator[Interaction]:
        """Bonds, and plaquettes."""
        origin = (0,) * self.geometry.dimensions
        for number, (key, kind, corners, expression) in enumerate(self._named):
            tree = self.meeting(expression, len(corners))
            values: dict[str, Node] = {}
            for name in expression.names & self.hamiltonian.couplings.keys():
                values[name] = Name(f"{name}_{kind}")
                if not isinstance(self.hamiltonian.couplings[name], Mapping):
                    users = self._users(name)
                    values[name] = Shifted(_numbered(name, users.index(number), len(users)), origin)
            for name, (field, corner) in self.at_corners(len(corners)).items():
                site, offset = corners[corner]
                values[name] = Shifted(self.field_array(field, site), offset)
            yield Interaction(substitute(tree, values), corners, (key, kind), self._path(key, kind))

    def _path(self, key: str, kind: str) -> Path:
        by_kind: ByKind = getattr(self.hamiltonian, key)
        return (key, kind) if kind in by_kind.given else (key,)

    @cached_property
    def _named(self) -> list[tuple[str, str, tuple[Corner, ...], Expression]]:
        """(bonds or plaquettes, kind, corners, formula) of each that has a formula other than 0."""
        origin = (0,) * self.geometry.dimensions
        bonds = [("bonds", b.kind, ((b.source, origin), (b.target, b.offset))) for b in self.geometry.bonds]
        plaquettes = [("plaquettes", p.kind, p.corners) for p in self.geometry.plaquettes]
        listed = [
            (key, kind, corners, getattr(self.hamiltonian, key).of(kind))
            for key, kind, corners in [*bonds, *plaquettes]
        ]
        return [entry for entry in listed if entry[3] is not None and entry[3].tree != Number(0.0)]

    def _users(self, coupling: str) -> list[int]:
        """The bonds and plaquettes, as numbers in `_named`, whose formula names a coupling."""
        return [number for number, (*_, expression) in enumerate(self._named) if coupling in expression.names]


def _numbered(name: str, number: int, count: int) -> str:
    return f"{name}{number}" if count > 1 else name


def moved(tree: Node, shift: Offset) -> Node:
    """The formula of a cell as it is read from another one, which lies at `shift`: its arrays so much further back."""

    def change(node: Node) -> Node:
        if isinstance(node, Shifted):
            return replace(node, offsets=tuple(o - s for o, s in zip(node.offsets, shift, strict=True)))
        return node

    return rewrite([tree], change)[0]
