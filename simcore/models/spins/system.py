"""Spins, lattice and energy as algorithms and observables need them: what a formula reads at a cell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import Any

import numpy as np

from simcore.formulas.simplify import simplify
from simcore.formulas.tree import Binary, Call, Name, Node, Number, Shifted, substitute
from simcore.models.spins.colouring.general import colour_classes
from simcore.models.spins.formula_syntax import spin_name
from simcore.models.spins.geometry import Geometry, Offset
from simcore.models.spins.interactions import INDICES, Interactions
from simcore.models.spins.linear import field_components, term_fields, term_slopes
from simcore.models.spins.local_energy import LocalEnergy, Term, local_energy, total
from simcore.models.spins.spin import Spin, States
from simcore.models.spins.spin_arrays import SpinArrays
from simcore.spec.arrays import Periodic, StateArray
from simcore.spec.phases import Sites

VALUES = "state_values"


@dataclass(frozen=True)
class SpinSystem:
    """One Hamiltonian on one lattice. parameters: the numbers of the model, `temperature` among them.

    scheduled: which of them change from step to step; what is proved holds for all their values.

    Formulas for kernels ("readable" ones) name parameters and constants as `Name`, cells of arrays as `Shifted`, and
    the indices `i`, `j`, ... of the cell with its ghost cells.
    """

    interactions: Interactions
    parameters: Mapping[str, float]
    scheduled: frozenset[str] = frozenset()

    @property
    def spin(self) -> Spin:
        return self.interactions.spin

    @property
    def geometry(self) -> Geometry:
        return self.interactions.geometry

    @cached_property
    def arrays(self) -> SpinArrays:
        """The names of the arrays of the spins."""
        return SpinArrays(self.spin, self.geometry)

    @property
    def indices(self) -> tuple[str, ...]:
        """The names of the indices of a cell."""
        return INDICES[: self.geometry.dimensions]

    @property
    def halo(self) -> int:
        """How many ghost cells the arrays have."""
        return self.interactions.reach

    @property
    def fixed_neighbours(self) -> bool:
        """Whether all sites of a sublattice have the same neighbours, at fixed offsets."""
        return True

    def classes(self, site: int) -> list[Sites | None]:
        """Sets of cells of which the spins at the site `site` may be updated at once; None for all."""
        offsets = {offset for other, offset in self.local(site).sites if other == site and any(offset)}
        return colour_classes(self.geometry.shape, offsets, self.geometry.wrap)

    def times(self, local: LocalEnergy, term: Term) -> np.ndarray | int:
        """How many terms one of a local energy stands for: one, or a number for each site."""
        return 1

    @cached_property
    def names(self) -> frozenset[str]:
        """All names that kernels may be given: parameters, constants, arrays."""
        disorder = self.interactions.arrays
        return frozenset((*self.parameters, *self.constants(), *self.arrays.names, *disorder, *self.indices))

    def local(self, site: int) -> LocalEnergy:
        """The energy of the spin at the site `site` of a cell."""
        return local_energy(self.interactions, site)

    def energy(self, local: LocalEnergy, own: Sequence[Node], terms: Iterable[Term] | None = None) -> Node:
        """The local energy, readable, for an own spin of the components `own` (values, not indices of states).

        terms: those that are summed; all by default.
        """
        spins = {spin_name(0, c).name: node for c, node in enumerate(own)}
        chosen = local.terms if terms is None else terms
        return total(substitute(self.readable(local, term.tree, term.numbers), spins) for term in chosen)

    def field(self, local: LocalEnergy) -> tuple[Node, ...] | None:
        """The local field A of an energy C + sum of A_c a_c, readable.

        None if the energy is not linear in the spin for all values of the parameters. The components a_c of an angle
        are its cosine and its sine.
        """
        fields = term_fields(local, self.spin)
        return None if fields is None else self._summed(local, fields)

    def slopes(self, local: LocalEnergy) -> tuple[Node, ...]:
        """The local field if the energy is linear at the values of the parameters, which is for the caller to know."""
        return self._summed(local, term_slopes(local, self.spin))

    def _summed(self, local: LocalEnergy, fields: list[tuple[Term, tuple[Node, ...]]]) -> tuple[Node, ...]:
        return tuple(
            total(self.readable(local, field[c], term.numbers) for term, field in fields if field[c] != Number(0.0))
            for c in range(field_components(self.spin))
        )

    def readable(self, local: LocalEnergy, tree: Node, numbers: Iterable[int]) -> Node:
        """A formula of neighbours, readable; 0 if one of the sites `numbers` lies beyond an open end.

        The own spin stays `spin_name(0, c)`.
        """
        spins = {
            spin_name(n, c).name: self.value(site, c, offset)
            for n, (site, offset) in enumerate(local.sites)
            if n
            for c in range(self.spin.components)
        }
        cells = {index: self._cell(index) for index in self.indices}
        read = simplify(substitute(substitute(tree, cells), spins))
        present = self.present(local.sites[number][1] for number in numbers)
        return read if present is None else Call("where", (present, read, Number(0.0)))

    def value(self, site: int, component: int = 0, offset: Offset | None = None) -> Node:
        """A component of the value of the spin at the site `site` of the cell at `offset` from this one, readable."""
        cell = (0,) * self.geometry.dimensions if offset is None else offset
        return self.value_of(Shifted(self.arrays.name(site, component), cell))

    def value_of(self, stored: Node) -> Node:
        """The value of what an array holds."""
        if not isinstance(self.spin, States):
            return stored
        if (spacing := self.spin.spacing) is None:
            return Call("entry", (Name(VALUES), stored))
        value = simplify(Binary("+", Number(self.spin.states[0]), Binary("*", Number(spacing), stored)))
        return Binary("+", Number(0.0), stored) if value is stored else value  # 8 bits would not hold a product

    def present(self, offsets: Iterable[Offset]) -> Node | None:
        """The condition that the cells at these offsets lie within the open ends; None if they always do."""
        conditions: list[Node] = []
        listed = list(offsets)
        for axis, (index, wrap) in enumerate(zip(self.indices, self.geometry.wrap, strict=True)):
            along = [offset[axis] for offset in listed]
            if wrap != "open" or not along:
                continue
            if (low := min(along)) < 0:
                conditions.append(Binary(">=", Name(index), Number(self.halo - low)))
            if (high := max(along)) > 0:
                conditions.append(Binary("<", Name(index), Binary("-", Name(f"end_{index}"), Number(high))))
        return reduce(lambda left, right: Binary("&", left, right), conditions) if conditions else None

    def _cell(self, index: str) -> Node:
        """The number of the cell along an axis, from 0."""
        return simplify(Binary("-", Name(index), Number(float(self.halo))))

    def constants(self) -> dict[str, Any]:
        """Numbers and tables that formulas name beside the parameters."""
        found: dict[str, Any] = dict(self.interactions.numbers)
        for index, side, wrap in zip(self.indices, self.geometry.shape, self.geometry.wrap, strict=True):
            if wrap == "open":
                found[f"end_{index}"] = self.halo + side
        if isinstance(self.spin, States) and self.spin.spacing is None:
            found[VALUES] = np.array([*self.spin.states, 0.0])
        return found

    @property
    def fixed(self) -> dict[str, float]:
        """The parameters that have one value."""
        return {name: value for name, value in self.parameters.items() if name not in self.scheduled}

    @cached_property
    def numbers(self) -> dict[str, float]:
        """The values of all numbers that the formulas of the Hamiltonian name, but for those that change."""
        return {**self.fixed, **self.interactions.numbers}

    def disorder(self) -> list[StateArray]:
        """The arrays of couplings and fields, which no phase writes; see `quenched`."""
        shape, halo = self.geometry.shape, self.halo
        periodic = ((Periodic(), Periodic()),) * len(shape)
        return [
            StateArray(
                name,
                shape,
                "float64",
                self.geometry.arranged(self.interactions.values(name, self.parameters)),
                periodic,
                halo,
                hidden=True,
            )
            for name in self.interactions.stored
        ]
