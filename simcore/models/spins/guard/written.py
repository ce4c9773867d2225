"""The energy of the terms that contain given sites, from the formulas as they are written.

It shares the formulas, the list of bonds and plaquettes and the drawn numbers with the kernels, and nothing of what
these make of them: no local energies, no ghost cells, no fields, no tables, no generated source.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from simcore.formulas.evaluate import evaluate
from simcore.formulas.tree import Node, Number
from simcore.models.spins.formula_syntax import spin_name
from simcore.models.spins.geometry import Corner
from simcore.models.spins.interactions import INDICES, Interactions, Path
from simcore.models.spins.spin import Angle, States
from simcore.models.spins.spin_arrays import SpinArrays

Index = tuple[np.ndarray, ...]
"""Of cells: the number along each axis."""


class Values:
    """Spins and numbers of a state at some cells, as float64 or, `precise`, with more digits if there are any."""

    def __init__(self, arrays: SpinArrays, state: Mapping[str, np.ndarray], *, precise: bool = False) -> None:
        self.spin, self._arrays, self._state = arrays.spin, arrays, state
        self.dtype: Any = np.longdouble if precise else np.float64
        self._states = np.array(self.spin.states, self.dtype) if isinstance(self.spin, States) else None

    def stored(self, site: int, cells: Index) -> np.ndarray:
        """What the arrays hold, of the shape of the indices and one axis for components."""
        names = self._arrays.of_site(site)
        if len(names) == 1:
            return self._state[names[0]][cells][..., np.newaxis]
        return np.stack([self._state[name][cells] for name in names], axis=-1)

    def value(self, stored: np.ndarray) -> np.ndarray:
        """Of what the arrays hold."""
        if self._states is not None:
            return self._states[stored]
        return stored.astype(self.dtype)

    def spins(self, sites: np.ndarray, cells: Index) -> np.ndarray:
        """The values at cells of shape (I, moves), of the sites of each of the I, int64 of shape (I,)."""
        if (sites == sites[0]).all():
            return self.value(self.stored(int(sites[0]), cells))
        rows = (self.stored(int(site), tuple(axis[row] for axis in cells)) for row, site in enumerate(sites))
        return self.value(np.stack(list(rows)))

    def numbers(self, arrays: Sequence[str], cells: Index) -> np.ndarray:
        """Of an array for each of the I."""
        if len(set(arrays)) == 1:
            return self._state[arrays[0]][cells].astype(self.dtype)
        rows = (self._state[name][tuple(axis[row] for axis in cells)] for row, name in enumerate(arrays))
        return np.stack(list(rows)).astype(self.dtype)


@dataclass(frozen=True)
class Corners:
    """One corner of some terms, for some moves. sites: int64 of shape (I,); cells: indices of shape (I, moves).

    turned: whether its spin is seen negative, or None. changed: for each place that changes (one, or two that are
    exchanged), of which of the moves it is this corner, or whether it is of all or none.
    """

    sites: np.ndarray
    cells: Index
    places: np.ndarray
    turned: np.ndarray | None
    changed: tuple[np.ndarray | bool, ...] = ()

    def about(self, places: Sequence[np.ndarray]) -> Corners:
        """With what changes."""
        found = [self.places == place for place in places]
        return replace(
            self, changed=tuple(bool(here.all()) if here.all() or not here.any() else here for here in found)
        )


def _whole(mask: np.ndarray) -> np.ndarray | bool:
    """True or False if it is the same for all."""
    return bool(mask.all()) if mask.all() or not mask.any() else mask


@dataclass(frozen=True)
class Instances:
    """The terms of one formula that contain a site, for each of some sites: I of them for each.

    present: which of them exist, or None. cells: those that they belong to; arrays: for each name the array that each
    of the I reads there; numbers: of couplings that are given for the kind. indices: the numbers of the cells.
    at: the number of the corner whose cell an array is read at, for those that are not read at `cells`.
    """

    kind: Path
    tree: Node
    corners: tuple[Corners, ...]
    present: np.ndarray | None
    cells: Index
    arrays: Mapping[str, tuple[str, ...]]
    numbers: Mapping[str, float]
    indices: Mapping[str, np.ndarray]
    at: Mapping[str, int] = field(default_factory=dict)

    def energies(self, state: Values, alternatives: Sequence[np.ndarray], numbers: Mapping[str, Any]) -> np.ndarray:
        """Of shape (I, alternatives, moves).

        alternatives: for each place that changes its spins, of shape (alternatives, moves, components).
        """
        spin = state.spin
        values = self.known(state, numbers)
        for number, corner in enumerate(self.corners):
            value = state.spins(corner.sites, corner.cells)[:, np.newaxis]
            for here, new in zip(corner.changed, alternatives, strict=True):
                if isinstance(here, np.ndarray):
                    value = np.where(here[:, np.newaxis, :, np.newaxis], new, value)
                elif here:
                    value = new[np.newaxis]
            if corner.turned is not None:
                negative = value + np.pi if isinstance(spin, Angle) else -value
                value = np.where(corner.turned[:, np.newaxis, :, np.newaxis], negative, value)
            values |= {spin_name(number, c).name: value[..., c] for c in range(spin.components)}
        shape = (self.cells[0].shape[0], alternatives[0].shape[0], self.cells[0].shape[1])
        found = np.broadcast_to(np.asarray(evaluate(self.tree, values)), shape)
        return found if self.present is None else np.where(self.present[:, np.newaxis], found, 0.0)

    def known(self, state: Values, numbers: Mapping[str, Any]) -> dict[str, Any]:
        """All that the formula names beside spins, of shapes that broadcast to (I, alternatives, moves)."""
        values: dict[str, Any] = {**numbers, **self.numbers}
        values |= {name: index[:, np.newaxis] for name, index in self.indices.items()}
        for name, of in self.arrays.items():
            cells = self.corners[self.at[name]].cells if name in self.at else self.cells
            values[name] = state.numbers(of, cells)[:, np.newaxis]
        return values

    def about(self, places: Sequence[np.ndarray]) -> Instances:
        """With the places that change, int64 of shape (moves,) each: basis * (number of the cell) + basis site."""
        return replace(self, corners=tuple(corner.about(places) for corner in self.corners))

    def without(self, places: np.ndarray) -> Instances:
        """Only those that do not contain these places."""
        apart = np.all([corner.places != places for corner in self.corners], axis=0)
        return replace(self, present=apart if self.present is None else self.present & apart)


@dataclass(frozen=True, eq=False)
class WrittenEnergy:
    """The terms of a Hamiltonian on its lattice."""

    interactions: Interactions

    @property
    def most_moves(self) -> int:
        """How many moves are looked at together."""
        return 2**20

    def of_site(self, site: int, cells: np.ndarray) -> list[Instances]:
        """The terms that contain the site `site` of each cell, by number, int64 of shape (moves,)."""
        found = [
            self._instances(kind, tree, names, numbers, site, corners, cells)
            for kind, tree, names, numbers, corners in self._meetings
            if any(site == basis for members in corners for basis, _ in members)
        ]
        hamiltonian = self.interactions.hamiltonian
        if hamiltonian.sites is not None:
            arrays = {name: self._array(name, site) for name in hamiltonian.fields if name in hamiltonian.sites.names}
            alone: list[tuple[tuple[int, tuple[int, ...]], ...]] = [
                ((site, (0,) * self.interactions.geometry.dimensions),)
            ]
            terms = self._instances(("sites",), self._sites[site], [arrays], {}, site, alone, cells)
            found.append(replace(terms, indices=dict(zip(INDICES, terms.cells, strict=False))))
        return found

    @cached_property
    def _sites(self) -> list[Node]:
        hamiltonian = self.interactions.hamiltonian
        assert hamiltonian.sites is not None
        return [
            self.interactions.placed(hamiltonian.sites, site, spins=1, known=hamiltonian.fields)
            for site in range(self.interactions.geometry.basis)
        ]

    @cached_property
    def _meetings(self) -> list[tuple[Path, Node, list[dict[str, str]], dict[str, float], list[tuple[Corner, ...]]]]:
        """For each formula of a kind: arrays that its bonds or plaquettes read, numbers, and corners of each."""
        found: dict[Any, tuple[Path, Node, list[dict[str, str]], dict[str, float], list[tuple[Corner, ...]]]] = {}
        users: dict[str, int] = {}
        for key, kind, corners in self._listed():
            expression = getattr(self.interactions.hamiltonian, key).of(kind)
            if expression is None or expression.tree == Number(0.0):
                continue
            arrays, numbers = {}, {}
            for name, coupling in self.interactions.hamiltonian.couplings.items():
                if name not in expression.names:
                    continue
                if not isinstance(coupling, Mapping):
                    arrays[name] = self._array(name, users.get(name, 0))
                    users[name] = users.get(name, 0) + 1
                else:
                    numbers[name] = coupling[kind]
            for name, (of, corner) in self.interactions.at_corners(len(corners)).items():
                if name in expression.names:
                    arrays[name] = self._array(of, corners[corner][0])
            tree = self.interactions.meeting(expression, len(corners))
            entry = found.setdefault((key, kind, len(corners)), ((key, kind), tree, [], numbers, []))
            entry[2].append(arrays)
            entry[4].append(corners)
        return list(found.values())

    def _listed(self) -> Iterator[tuple[str, str, tuple[Corner, ...]]]:
        geometry = self.interactions.geometry
        origin = (0,) * geometry.dimensions
        yield from (("bonds", b.kind, ((b.source, origin), (b.target, b.offset))) for b in geometry.bonds)
        yield from (("plaquettes", p.kind, p.corners) for p in geometry.plaquettes)

    def _array(self, name: str, number: int) -> str:
        names = {origin: array for array, origin in self.interactions.arrays.items()}
        return names[name, number]

    def _instances(
        self,
        kind: Path,
        tree: Node,
        arrays: list[dict[str, str]],
        numbers: Mapping[str, float],
        site: int,
        meetings: list[tuple[Corner, ...]],
        cells: np.ndarray,
    ) -> Instances:
        """A term belongs to the cell of its first corner: each of its corners at a site is one term of that site."""
        geometry = self.interactions.geometry
        here = np.stack(np.unravel_index(cells, geometry.shape), axis=-1)
        wanted = [
            (names, corners, np.array(offset))
            for names, corners in zip(arrays, meetings, strict=True)
            for basis, offset in corners
            if basis == site
        ]
        firsts, _, within = self._placed(here - np.stack([offset for *_, offset in wanted])[:, np.newaxis])
        found = []
        for number in range(len(meetings[0])):
            steps = np.stack([np.array(corners[number][1]) for _, corners, _ in wanted])[:, np.newaxis]
            at, turned, inside = self._placed(firsts + steps)
            sites = np.array([corners[number][0] for _, corners, _ in wanted])
            index = tuple(np.moveaxis(at, -1, 0))
            places = np.ravel_multi_index(index, geometry.shape) * geometry.basis + sites[:, np.newaxis]
            found.append(Corners(sites, index, places, turned if turned.any() else None))
            within = within & inside
        read = {name: tuple(names[name] for names, *_ in wanted) for name in wanted[0][0]}
        present = None if within.all() else within
        first = tuple(np.moveaxis(firsts, -1, 0))
        ends = {} if kind == ("sites",) else self.interactions.at_corners(len(meetings[0]))
        ends_of = {name: ends[name][1] for name in read if name in ends}
        return Instances(kind, tree, tuple(found), present, first, read, numbers, {}, ends_of)

    def _placed(self, cells: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Within the lattice, with whether an antiperiodic end was passed an odd number of times, and no open one."""
        shape, wrap = np.array(self.interactions.geometry.shape), np.array(self.interactions.geometry.wrap)
        turns = cells // shape
        turned = (turns[..., wrap == "antiperiodic"].sum(axis=-1) % 2).astype(bool)
        return cells - turns * shape, turned, ~(turns[..., wrap == "open"] != 0).any(axis=-1)
