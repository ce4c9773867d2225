"""Every state of a tiny lattice, and the probability of every change that a phase of the sweep makes."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from simcore.models.contract import Phase, Reduction, Solve
from simcore.models.montecarlo.checking.energies import DirectEnergy
from simcore.models.montecarlo.checking.energychange import disorder
from simcore.models.montecarlo.spin import States
from simcore.models.montecarlo.spinmodel import SpinModel
from simcore.program.kernels import written
from simcore.program.plain import Memory, Place, PlainCells, State

UNKNOWN = 10**6
"""What a work array holds before it is written: no state, and beyond every table."""


class NoState(ValueError):
    """An update returns what no spin can be."""


@dataclass(frozen=True)
class Chain:
    """The Markov chain of a model of discrete states on a lattice with few of them; the last site changes fastest."""

    model: SpinModel

    @cached_property
    def plain(self) -> PlainCells:
        return PlainCells(self.model)

    @cached_property
    def phases(self) -> list[Phase]:
        """Raises TypeError where a step is made of other things, too."""
        found = [item for item in self.model.phases() if not isinstance(item, (Reduction, Solve))]
        if len(found) < len(self.model.phases()):
            raise TypeError("a sweep with a Reduction or a Solve")
        return found

    @cached_property
    def memory(self) -> Memory:
        return Memory(self.plain, self.phases)

    @cached_property
    def indices(self) -> np.ndarray:
        """The states of the spins (their indices), int8 of shape (states, places): array by array, cell by cell."""
        count = self.spin.count
        places = self.model.geometry.sites
        digits = np.unravel_index(np.arange(count**places), (count,) * places)
        return np.stack(digits, axis=1).astype(np.int8)

    @cached_property
    def energies(self) -> np.ndarray:
        """Of each state."""
        geometry = self.model.geometry
        by_site = self.indices.reshape(-1, geometry.basis, *geometry.shape)
        values = np.array(self.spin.states)[np.moveaxis(by_site, 1, -1)]
        return DirectEnergy(self.model.system)(values[..., np.newaxis])

    @cached_property
    def moves(self) -> list[Any]:
        """A matrix (SciPy, CSR) over the states for each phase; for those that work arrays tie together, one for all.

        Raises NoState for updates that are wrong, Entangled and TypeError for those of another kind.
        """
        return [self._matrix(group) for group in self._groups()]

    @property
    def spin(self) -> States:
        assert isinstance(self.model.system.spin, States)
        return self.model.system.spin

    def _groups(self) -> list[list[int]]:
        """The numbers of the phases of each move: what one leaves in a work array is taken within the move."""
        work = {array.name for array in self.plain.arrays if array.work}
        groups: list[list[int]] = [[]]
        for number in range(len(self.phases)):
            groups[-1].append(number)
            if not self._asked_later(number + 1, work):
                groups.append([])
        return [group for group in groups if group]

    def _asked_later(self, first: int, work: set[str]) -> bool:
        """Whether a phase from `first` on reads a work array that none writes before it."""
        renewed: set[str] = set()
        for phase in self.phases[first:]:
            if (self._named(phase) & work) - renewed:
                return True
            renewed |= set(written(phase))
        return False

    def _named(self, phase: Phase) -> set[str]:
        """The arrays that a phase reads."""
        return {array for array, _ in phase.reads.values()} | set(self.plain.arguments(phase.update))

    def _matrix(self, group: Sequence[int]) -> Any:
        from scipy.sparse import coo_array

        names, count = self.model.system.arrays.names, self.spin.count
        rows, after, chances = [], [], []
        for row, state in enumerate(self._states()):
            for reached, chance in self._after(group, state):
                rows.append(row)
                after.append([index for name in names for index in reached[name]])
                chances.append(chance)
        indices = np.array(after)
        if not ((indices >= 0) & (indices < count)).all():
            wrong = indices[(indices < 0) | (indices >= count)][0]
            raise NoState(f"an update returns {wrong}; the numbers of the states go from 0 to {count - 1}")
        columns = indices @ count ** np.arange(indices.shape[1])[::-1]
        return coo_array((chances, (rows, columns)), shape=(len(self.indices),) * 2).tocsr()

    def _states(self) -> Iterator[State]:
        names = self.model.system.arrays.names
        fixed = self.plain.state(disorder(self.model))
        for array in self.plain.arrays:
            if array.work:
                fixed[array.name] = [UNKNOWN] * self.plain.layout.cells
        for indices in self.indices.reshape(len(self.indices), len(names), -1).tolist():
            yield fixed | dict(zip(names, indices, strict=True))

    def _after(self, group: Sequence[int], state: State) -> list[tuple[State, float]]:
        """The states after the phases of a move, and their probabilities."""
        reached = [(state, 1.0)]
        for number in group:
            arrays = written(self.phases[number])
            cells = self.plain.sites(self.phases[number])
            reached = [
                (_changed(before, arrays, cells, [new for new, _ in choice]), chance * _product(choice))
                for before, chance in reached
                for choice in itertools.product(*(self.memory.outcomes(number, cell, before) for cell in cells))
            ]
        return reached

    def conflicts(self) -> Iterator[tuple[int, Place]]:
        """The phases and places such that one cell reads what another one writes in the same phase, in place."""
        for number, phase in enumerate(self.phases):
            if phase.sites is None and not phase.own_cell:
                continue
            cells = self.plain.sites(phase)
            places = {(name, cell): cell for name in written(phase) for cell in cells}
            for cell in cells:
                for place in self.memory.reads.get((number, cell), ()):
                    if places.get(place, cell) != cell:
                        yield number, place


def _changed(state: State, arrays: Sequence[str], cells: Sequence[int], values: Sequence[Sequence[Any]]) -> State:
    after = state | {name: list(state[name]) for name in arrays}
    for cell, new in zip(cells, values, strict=True):
        for name, value in zip(arrays, new, strict=True):
            after[name][cell] = value
    return after


def _product(choice: Sequence[tuple[Any, float]]) -> float:
    found = 1.0
    for _, chance in choice:
        found *= chance
    return found
