"""The reflections of a spin by which cluster algorithms turn it: they keep the energy of every bond.

A reflection R is its own inverse. With E(R a, R b) = E(a, b) for each bond, a bond has only two energies when its spins
are turned or not, E(a, b) and E(R a, b), so that the turns form an Ising model: U. Wolff, Phys. Rev. Lett. 62, 361
(1989); F. Niedermayer, Phys. Rev. Lett. 61, 2026 (1988). States are reflected by a permutation, angles and vectors
about a plane of random direction, real numbers about 0.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, product
from typing import Any

import numpy as np

from simcore.errors import InvalidValueError
from simcore.formulas.evaluate import evaluate
from simcore.formulas.simplify import simplify
from simcore.formulas.tree import Binary, Call, Name, Negative, Node, Number, Shifted, rewrite, substitute, walk
from simcore.models.spins.clusters.bonds import PATH, refuse_unless_bonds
from simcore.models.spins.formula_syntax import spin_name
from simcore.models.spins.interactions import Interaction
from simcore.models.spins.kernel_writer import KernelWriter
from simcore.models.spins.proofs import same, unchanged
from simcore.models.spins.spin import Angle, Spin, States, Vector
from simcore.models.spins.system import SpinSystem
from simcore.random import next_integer, next_normal, next_uniform

TURNS, TURN_COUNT = "cluster_turns", "cluster_turn_count"
MOST_LISTED = 32
"""Of more states than that only the reversal of their order is tried."""
CLOSE = 1e-12
PIVOT = "_pivot"  # no user can write it


@dataclass(frozen=True)
class Reflections(ABC):
    """Those of one kind of spin. numbers: how many numbers say which one it is."""

    system: SpinSystem

    @property
    def numbers(self) -> int:
        return 0

    def bond_in_the_way(self) -> str:
        """The key below `model.hamiltonian` of a bond without these symmetries; empty if all have them."""
        known = self.system.numbers
        for term in self.system.interactions.terms:
            if len(term.corners) == 2 and not self._keeps(term, known):
                return ".".join(term.path)
        return ""

    @abstractmethod
    def _keeps(self, term: Interaction, known: Mapping[str, float]) -> bool:
        """Whether the energy of a bond is the same when both spins are reflected."""

    @property
    def alone(self) -> bool:
        """Whether they lead from any value of a spin to any other one."""
        return True

    def refuse(self, algorithm: str) -> None:
        """Raise InvalidValueError for an energy of which an algorithm of this name cannot make clusters."""
        refuse_unless_bonds(self.system, algorithm)
        if bond := self.bond_in_the_way():
            reason = f"turns spins by reflections, and model.hamiltonian.{bond} is not proved to keep its energy then"
            raise InvalidValueError(PATH, f"{algorithm} {reason}; use metropolis or heat_bath")

    def unreached(self, algorithm: str) -> str:
        """Why an algorithm of this name does not reach all states, and what to write; empty if it does."""
        if self.alone:
            return ""
        reason = (
            "reflects spins, which keep their absolute values" if isinstance(self, OfNumbers) else "reflects states"
        )
        return f"{algorithm} {reason}, and does not reach every state: mix it in, algorithm: [metropolis, {algorithm}]"

    def constants(self) -> Mapping[str, Any]:
        """What the functions name."""
        return {}

    def draw(self, function: KernelWriter) -> list[str]:
        """Lines that draw a reflection from `random`; the texts of its numbers, between -1 and 1 or whole."""
        return []

    @abstractmethod
    def reflected(self, function: KernelWriter, old: Sequence[str], drawn: Sequence[str]) -> list[str]:
        """Lines that reflect what the arrays hold; drawn: the numbers of the reflection."""


def reflections_of(system: SpinSystem) -> Reflections:
    """The reflections of the spins of a system."""
    spin = system.spin
    if isinstance(spin, States):
        return OfStates(system)
    if isinstance(spin, Angle):
        return OfAngles(system)
    return OfVectors(system) if isinstance(spin, Vector) else OfNumbers(system)


@dataclass(frozen=True)
class OfStates(Reflections):
    """Exchanges of two states, reversals of their cyclic order: those that keep the energies, one drawn at random."""

    @property
    def spin(self) -> States:
        assert isinstance(self.system.spin, States)
        return self.system.spin

    @property
    def numbers(self) -> int:
        return 0 if self.spin.count == 2 else 1

    @cached_property
    def turns(self) -> np.ndarray:
        """The permutations, of shape (number, states); int64."""
        bonds = [term for term in self.system.interactions.terms if len(term.corners) == 2]
        energies = [self._classes(term.tree) for term in bonds]
        found = [
            turn
            for turn in self._candidates()
            if all(np.array_equal(kind[np.ix_(turn, turn)], kind) for kind in energies)
        ]
        return np.array(found, dtype=np.int64).reshape(len(found), self.spin.count)

    def _candidates(self) -> Iterator[np.ndarray]:
        count, every = self.spin.count, np.arange(self.spin.count)
        reverse = every[::-1]
        antiperiodic = "antiperiodic" in self.system.geometry.wrap
        found: dict[bytes, np.ndarray] = {reverse.tobytes(): reverse}
        if 2 < count <= MOST_LISTED:
            for first, second in combinations(range(count), 2):
                turn = every.copy()
                turn[[first, second]] = second, first
                found[turn.tobytes()] = turn
            for total in range(count):
                turn = (total - every) % count
                found[turn.tobytes()] = turn
        for turn in found.values():
            if not antiperiodic or np.array_equal(turn[reverse], reverse[turn]):
                yield turn

    def _classes(self, tree: Node) -> np.ndarray:
        """A number for the energy of each pair of states, equal for those that are proved to be equal."""
        known = self.system.numbers
        tree = substitute(_arrays_as_names(tree), {name: Number(float(value)) for name, value in known.items()})
        free = {node.name for node in walk(tree) if isinstance(node, Name)} - {spin_name(0).name, spin_name(1).name}
        states = np.array(self.spin.states)
        count = self.spin.count
        if not free:
            pair = {spin_name(0).name: states[:, np.newaxis], spin_name(1).name: states}
            values = np.broadcast_to(np.asarray(evaluate(tree, pair), float), (count, count)).ravel()
            order = np.argsort(values, kind="stable")
            scale = float(np.abs(values).max()) or 1.0
            classes = np.zeros(count * count, dtype=np.int64)
            classes[order] = np.concatenate([[0], np.cumsum(np.diff(values[order]) > CLOSE * scale)])
            return classes.reshape(count, count)
        representatives: list[Node] = []
        classes = np.zeros((count, count), dtype=np.int64)
        for a, b in product(range(count), repeat=2):
            pair_of_numbers = {spin_name(0).name: Number(states[a]), spin_name(1).name: Number(states[b])}
            energy = simplify(substitute(tree, pair_of_numbers))
            number = next((n for n, other in enumerate(representatives) if same(energy, other)), len(representatives))
            if number == len(representatives):
                representatives.append(energy)
            classes[a, b] = number
        return classes

    def _keeps(self, term: Interaction, known: Mapping[str, float]) -> bool:
        return len(self.turns) > 0

    @property
    def alone(self) -> bool:
        reached, waiting = {0}, [0]
        while waiting:
            new = {int(state) for state in self.turns[:, waiting.pop()]} - reached
            reached |= new
            waiting += new
        return len(reached) == self.spin.count

    def constants(self) -> Mapping[str, Any]:
        if not self.numbers:
            return {}
        return {TURNS: self.turns.ravel(), TURN_COUNT: len(self.turns)}

    def draw(self, function: KernelWriter) -> list[str]:
        if not self.numbers:
            return []
        draw = f"{function.use(next_integer)}({function.argument('random')}, 0, {function.argument(TURN_COUNT)})"
        return [function.let("turn", draw)]

    def reflected(self, function: KernelWriter, old: Sequence[str], drawn: Sequence[str]) -> list[str]:
        if not self.numbers:
            return [function.let("turned", f"1 - {old[0]}")]
        entry = f"{function.argument(TURNS)}[np.int64({drawn[0]}) * {self.spin.count} + {old[0]}]"
        return [function.let("turned", entry)]


@dataclass(frozen=True)
class OfAngles(Reflections):
    """p - a, with a uniform angle p."""

    @property
    def numbers(self) -> int:
        return 1

    def _keeps(self, term: Interaction, known: Mapping[str, float]) -> bool:
        turned: dict[str, Node] = {spin_name(n).name: Binary("-", Name(PIVOT), spin_name(n)) for n in range(2)}
        return unchanged(_arrays_as_names(term.tree), turned, known)

    def draw(self, function: KernelWriter) -> list[str]:
        return [function.let("pivot", f"{function.use(next_uniform)}({function.argument('random')})")]

    def reflected(self, function: KernelWriter, old: Sequence[str], drawn: Sequence[str]) -> list[str]:
        turned = function.let("unwrapped", f"6.283185307179586 * {drawn[0]} - {old[0]}")
        whole = f"np.floor(({turned} + 3.141592653589793) / 6.283185307179586)"
        return [function.let("turned", f"{turned} - 6.283185307179586 * {whole}")]


@dataclass(frozen=True)
class OfVectors(Reflections):
    """a - 2 (a r) r, with a unit vector r of random direction."""

    @property
    def numbers(self) -> int:
        return self.system.spin.components

    def _keeps(self, term: Interaction, known: Mapping[str, float]) -> bool:
        """By the reflections in the planes of two components each, which generate all of O(n)."""
        tree, spin = _arrays_as_names(term.tree), self.system.spin
        return all(
            unchanged(tree, _reflected_in_plane(spin, first, second), known)
            for first, second in combinations(range(spin.components), 2)
        )

    def draw(self, function: KernelWriter) -> list[str]:
        random, normal = function.argument("random"), function.use(next_normal)
        parts = [function.let(f"axis{c}", f"{normal}({random})") for c in range(self.numbers)]
        length = function.let("length", f"np.sqrt({' + '.join(f'{part} * {part}' for part in parts)})")
        scale = function.let("scale", f"1.0 / {length} if {length} > 0.0 else 0.0")
        return [
            function.let(f"unit{c}", f"{part} * {scale} if {length} > 0.0 else {1.0 if c == 0 else 0.0}")
            for c, part in enumerate(parts)
        ]

    def reflected(self, function: KernelWriter, old: Sequence[str], drawn: Sequence[str]) -> list[str]:
        square = function.let("axis_square", " + ".join(f"{r} * {r}" for r in drawn))
        along = " + ".join(f"{a} * {r}" for a, r in zip(old, drawn, strict=True))
        twice = function.let("twice", f"2.0 * ({along}) / {square}")
        new = [function.let(f"mirrored{c}", f"{a} - {twice} * {drawn[c]}") for c, a in enumerate(old)]
        # One Newton step of 1/sqrt at 1, so that rounding errors of the length do not add up.
        unit = function.let("unit_length", f"1.5 - 0.5 * ({' + '.join(f'{a} * {a}' for a in new)})")
        return [function.let(f"turned{c}", f"{a} * {unit}") for c, a in enumerate(new)]


@dataclass(frozen=True)
class OfNumbers(Reflections):
    """-a."""

    def _keeps(self, term: Interaction, known: Mapping[str, float]) -> bool:
        turned: dict[str, Node] = {spin_name(n).name: Negative(spin_name(n)) for n in range(2)}
        return unchanged(_arrays_as_names(term.tree), turned, known)

    @property
    def alone(self) -> bool:
        return False

    def reflected(self, function: KernelWriter, old: Sequence[str], drawn: Sequence[str]) -> list[str]:
        return [function.let("turned", f"-{old[0]}")]


def _reflected_in_plane(spin: Spin, first: int, second: int) -> dict[str, Node]:
    """a_i, a_j replaced by a_i cos p + a_j sin p, a_i sin p - a_j cos p at both ends of a bond."""
    cosine, sine = (Call(name, (Name(PIVOT),)) for name in ("cos", "sin"))
    found: dict[str, Node] = {}
    for end in range(2):
        a, b = spin_name(end, first), spin_name(end, second)
        found[a.name] = Binary("+", Binary("*", a, cosine), Binary("*", b, sine))
        found[b.name] = Binary("-", Binary("*", a, sine), Binary("*", b, cosine))
    return found


def _arrays_as_names(tree: Node) -> Node:
    """Drawn numbers are any numbers: what is proved holds for all of them."""
    return rewrite([tree], lambda n: Name(f"{n.name}{n.offsets}") if isinstance(n, Shifted) else n)[0]
