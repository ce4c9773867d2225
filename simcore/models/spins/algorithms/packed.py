"""Spins of two states on square and cubic lattices, 64 in a word: the same algorithms, many times faster.

A sweep goes through the two colours of a checkerboard as the general kernels do, with the same probabilities, and other
random numbers. Energy and magnetisation are counted from the words; the array of spins is written where something else
is measured, and where a slice of steps ends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from simcore.formulas.simplify import simplify
from simcore.formulas.tree import Binary, Name, Node, Number, substitute
from simcore.models.spins import thermodynamics
from simcore.models.spins.algorithms.algorithm import Algorithm
from simcore.models.spins.algorithms.in_turn import InTurn
from simcore.models.spins.connectivity import Remark
from simcore.models.spins.energy_table import EnergyTable
from simcore.models.spins.formula_syntax import spin_name
from simcore.models.spins.kernel_writer import KernelWriter
from simcore.models.spins.local_energy import Term, total
from simcore.models.spins.packed.update import update_colour
from simcore.models.spins.packed.words import count, pack, unpack, words_shape
from simcore.models.spins.spin import States
from simcore.models.spins.system import SpinSystem
from simcore.spec.arrays import CellFunction, StateArray
from simcore.spec.observables import Observable
from simcore.spec.phases import AnyPhase, CompactPhase, Phase

WORDS, RULE, CELL = "packed_words", "packed_rule", "packed_cell"
UPPER, UNLIKE = "packed_upper", "packed_unlike"
LEAST_LINE, LEAST_SIDE = 64, 4
"""The shortest last side, below which words are half empty, and the shortest of the others."""


def fits(system: SpinSystem, members: Sequence[Algorithm]) -> bool:
    """Whether spins can be packed: two states, even sides, periodic, equal bonds between nearest neighbours only."""
    geometry, spin = system.geometry, system.spin
    if not all(member.packs and member.options.packed for member in members):
        return False
    if not isinstance(spin, States) or spin.count != 2 or not system.fixed_neighbours or geometry.basis > 1:
        return False
    sides, dimensions = geometry.shape, geometry.dimensions
    if dimensions not in (2, 3) or set(geometry.wrap) != {"periodic"}:
        return False
    if any(side % 2 for side in sides) or min(sides) < LEAST_SIDE or sides[-1] < LEAST_LINE:
        return False
    local = system.local(0)
    table = EnergyTable(system, local)
    nearest = {
        tuple(step * (axis == own) for axis in range(dimensions)) for own in range(dimensions) for step in (-1, 1)
    }
    return {offset for _, offset in local.sites[1:]} == nearest and len(table.groups) == 1 and table.fits(2)


class Packed(InTurn):
    """Sweeps of the members in turn, on packed spins."""

    def state(self) -> Sequence[StateArray]:
        shape = self.system.geometry.shape
        cells = words_shape(shape)
        return [StateArray(WORDS, shape, "uint64", np.zeros(shape[:0]), work=True, hidden=True, cells=cells)]

    def constants(self) -> Mapping[str, Any]:
        rules = {f"{RULE}{number}": member.rule() for number, member in enumerate(self.members)}
        return {**super().constants(), **rules, CELL: 0}

    def phases(self) -> Sequence[AnyPhase]:
        stages: list[CellFunction] = []
        tallies = [_tally(member) for member in self.members]
        for number, tally in enumerate(tallies):
            stages += [self._update(number, colour, counted=tally is not None) for colour in range(2)]
        spins = self.system.arrays.names
        tally = next((tally for tally in tallies if tally), None)
        enter, leave = self._turned(pack), self._turned(unpack)
        return [CompactPhase(tuple(stages), enter, leave, self._count(), spins, (WORDS,), tally, (UPPER, UNLIKE))]

    def energy(self) -> Observable:
        """From the spins in the upper state and the bonds that join unlike spins, both for a site."""
        local = self.system.local(0)
        counted = [term for term in local.terms if term.counted]
        lower, upper = (total(self._value(term, state, state) for term in counted) for state in range(2))
        bond = next(term for term in counted if len(term.numbers) == 2)
        mixed = total(self._value(bond, own, 1 - own) for own in range(2))
        like = total(self._value(bond, state, state) for state in range(2))
        unlike = Binary("*", Number(0.5), Binary("-", mixed, like))
        share = Name(UPPER)
        sites = total((Binary("*", share, upper), Binary("*", Binary("-", Number(1.0), share), lower)))
        tree = total((sites, Binary("*", Name(UNLIKE), unlike)))
        return self._measured(thermodynamics.energy(self.system), tree, "The energy from what is counted.")

    def magnetization(self) -> Sequence[Observable]:
        first, *others = thermodynamics.magnetization(self.system)
        spin = self.system.spin
        assert isinstance(spin, States)
        lower, upper = spin.states
        tree = Binary("+", Number(lower), Binary("*", Number(upper - lower), Name(UPPER)))
        return [self._measured(first, tree, "The mean spin from what is counted."), *others]

    def remarks(self) -> Sequence[Remark]:
        return [("kernel", "64 spins in a word", False)]

    def _value(self, term: Term, own: int, other: int) -> Node:
        """A term for two states, 0 or 1, of the spin and of its neighbour."""
        assert isinstance(self.system.spin, States)
        states = self.system.spin.states
        spins: dict[str, Node] = {
            spin_name(number).name: Number(float(states[other if number else own])) for number in term.numbers
        }
        return simplify(substitute(term.tree, spins))

    def _measured(self, usual: Observable, tree: Node, doc: str) -> Observable:
        function = KernelWriter(usual.name, self.system, doc)
        cell = (CELL,) * self.system.geometry.dimensions
        value = function.returns(*function.work_out([tree]))
        return Observable(usual.name, value, unit=usual.unit, doc=usual.doc, cell=cell)

    def _update(self, number: int, colour: int, *, counted: bool) -> CellFunction:
        rule = f"{RULE}{number}"
        given = f"{WORDS}, {rule}, random, {colour}, {self._half}, {self._across}, first, last"
        lines = [f"changed = update_colour({given})", f"return {'changed' if counted else '0'}"]
        return self._function(f"update_{number}_{colour}", lines, update_colour, rule, "random")

    def _count(self) -> CellFunction:
        line = f"return count({WORDS}, {self._half}, {self._across}, first, last)"
        return self._function("count_words", [line], count)

    def _turned(self, function: Any) -> CellFunction:
        """`pack` or `unpack` for a range of rows."""
        spins, name = self.system.arrays.names[0], function.__name__
        if self.system.geometry.dimensions == 2:
            lines = [f"{name}({WORDS}, {spins}, 0, {self._half}, 1, first, last)"]
        else:
            lines = [
                f"across = {self._across}",
                "for row in range(first, last):",
                "    begin = row * across",
                f"    {name}({WORDS}, {spins}[row], begin, {self._half}, across, begin, begin + across)",
            ]
        return self._function(f"{name}_rows", lines, function)

    @property
    def _half(self) -> str:
        """The source of half a line."""
        return f"{self.system.arrays.names[0]}.shape[{self.system.geometry.dimensions - 1}] // 2"

    @property
    def _across(self) -> str:
        """The source of the lines in a row."""
        return f"{self.system.arrays.names[0]}.shape[1]" if self.system.geometry.dimensions == 3 else "1"

    def _function(self, name: str, lines: Sequence[str], function: Any, *more: str) -> CellFunction:
        arguments = (WORDS, self.system.arrays.names[0], *more, "first", "last")
        source = "".join(f"    {line}\n" for line in lines)
        return CellFunction(f"def {name}({', '.join(arguments)}):\n{source}", {function.__name__: function})


def _tally(member: Algorithm) -> str | None:
    """What the phases of a member count."""
    return next((phase.tally for phase in member.phases() if isinstance(phase, Phase)), None)
