"""Every state of a tiny lattice, and the probability of every change that a phase of the sweep makes."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from simcore.compiler.kernels import written
from simcore.compiler.reference import State, TransitionCache
from simcore.models.spins.checking.energies import DirectEnergy
from simcore.models.spins.checking.energy_change import disorder
from simcore.models.spins.checking.moves import Moves, changed
from simcore.models.spins.spin import States

if TYPE_CHECKING:
    from simcore.models.spins.spin_model import SpinModel


class NoState(ValueError):
    """An update returns what no spin can be."""


@dataclass(frozen=True)
class Chain:
    """The Markov chain of a model of discrete states on a lattice with few of them; the last site changes fastest."""

    model: SpinModel

    @cached_property
    def sweep(self) -> Moves:
        """What a sweep is made of. Raises Entangled if that is more than phases."""
        return Moves(self.model)

    @cached_property
    def memory(self) -> TransitionCache:
        return TransitionCache(self.sweep.plain, self.sweep.phases)

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

        Raises NoState for updates that are wrong, Entangled for those of another kind.
        """
        return [self._matrix(group) for group in self.sweep.groups]

    @property
    def spin(self) -> States:
        assert isinstance(self.model.system.spin, States)
        return self.model.system.spin

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
        fixed = self.sweep.plain.state(disorder(self.model)) | self.sweep.work
        for indices in self.indices.reshape(len(self.indices), len(names), -1).tolist():
            yield fixed | dict(zip(names, indices, strict=True))

    def _after(self, group: Sequence[int], state: State) -> list[tuple[State, float]]:
        """The states after the phases of a move, and their probabilities."""
        reached = [(state, 1.0)]
        for number in group:
            arrays = written(self.sweep.phases[number])
            cells = self.sweep.plain.sites(self.sweep.phases[number])
            reached = [
                (changed(before, arrays, cells, [new for new, _ in choice]), chance * _product(choice))
                for before, chance in reached
                for choice in itertools.product(*(self.memory.outcomes(number, cell, before) for cell in cells))
            ]
        return reached


def _product(choice: Sequence[tuple[Any, float]]) -> float:
    found = 1.0
    for _, chance in choice:
        found *= chance
    return found
