"""The phases of a sweep one after the other, in plain Python: which belong together, and what they make of a state."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from simcore.compiler.kernels import written
from simcore.compiler.reference import NotEnumerable, Place, PlainCells, State
from simcore.spec.phases import Phase

if TYPE_CHECKING:
    from simcore.models.spins.spin_model import SpinModel

UNKNOWN = 10**6
"""What a work array holds before it is written: no state, and beyond every table."""


@dataclass(frozen=True)
class Moves:
    """A move is one phase, or several that hand things on in work arrays, as those of an exchange."""

    model: SpinModel

    @cached_property
    def plain(self) -> PlainCells:
        return PlainCells(self.model)

    @cached_property
    def phases(self) -> list[Phase]:
        """Raises Entangled if a step is made of other things, too."""
        found = [item for item in self.model.phases() if isinstance(item, Phase)]
        if len(found) < len(self.model.phases()):
            raise NotEnumerable("a step is more than phases of cells")
        return found

    @cached_property
    def groups(self) -> list[list[int]]:
        """The numbers of the phases of each move."""
        groups: list[list[int]] = [[]]
        for number in range(len(self.phases)):
            groups[-1].append(number)
            if not self._asked_later(number + 1):
                groups.append([])
        return [group for group in groups if group]

    def _asked_later(self, first: int) -> bool:
        """Whether a phase from `first` on reads a work array that none writes before it."""
        work = {array.name for array in self.plain.arrays if array.work}
        renewed: set[str] = set()
        for phase in self.phases[first:]:
            named = {array for array, _ in phase.reads.values()} | set(self.plain.arguments(phase.update))
            if named & work - renewed:
                return True
            renewed |= set(written(phase))
        return False

    @cached_property
    def work(self) -> State:
        """The work arrays as they are before a move."""
        return {array.name: [UNKNOWN] * self.plain.layout.cells for array in self.plain.arrays if array.work}

    def conflicts(self, state: State, random: Iterator[float]) -> set[tuple[int, Place]]:
        """The phases, by number, and the places such that one cell reads what another one writes at the same time.

        Found by an update of every cell in this state. If a phase reads from one copy of an array and writes
        another, there are none.
        """
        found: set[tuple[int, Place]] = set()
        for number, phase in enumerate(self.phases):
            if phase.sites is not None or phase.own_cell:
                cells = self.plain.sites(phase)
                places = {(name, cell) for name in written(phase) for cell in cells}
                for cell in cells:
                    log: list[Place] = []
                    self.plain.update(phase, state, cell, [next(random) for _ in range(phase.draws)], log)
                    found |= {(number, place) for place in places.intersection(log) if place[1] != cell}
        return found

    def after(self, group: Sequence[int], state: State, random: Iterator[float]) -> State:
        """A state after a move that takes its random numbers from `random`."""
        for number in group:
            phase = self.phases[number]
            numbers = {cell: [next(random) for _ in range(phase.draws)] for cell in self.plain.sites(phase)}
            state = self.plain.after(phase, state, numbers)
        return state


def changed(state: State, arrays: Sequence[str], cells: Sequence[int], values: Sequence[Sequence[Any]]) -> State:
    """With new values of `arrays` at `cells`."""
    after = state | {name: list(state[name]) for name in arrays}
    for cell, new in zip(cells, values, strict=True):
        for name, value in zip(arrays, new, strict=True):
            after[name][cell] = value
    return after
