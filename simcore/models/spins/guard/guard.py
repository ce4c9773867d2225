"""Proposed moves at random sites of a state: what decides on each, and what the energy as it is written says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from simcore.formulas.monomials import ROUNDING
from simcore.models.spins.algorithms import ATTEMPTS
from simcore.models.spins.algorithms.audit import Audit
from simcore.models.spins.algorithms.kawasaki import PARTNER
from simcore.models.spins.graphs.interactions import GraphInteractions
from simcore.models.spins.guard.blame import differing
from simcore.models.spins.guard.edges import EdgeEnergy
from simcore.models.spins.guard.proposals import Proposals
from simcore.models.spins.guard.reads import Called, Given, Read
from simcore.models.spins.guard.written import Index, Instances, Values, WrittenEnergy
from simcore.models.spins.spin import States
from simcore.models.spins.system import SpinSystem
from simcore.random import Stream
from simcore.spec.arrays import Periodic, Side

FEW = 64
"""So many moves or fewer are the same ones in every run of a process; what is made for them is kept."""

MOST_AUDITS = 16
"""So many audits, those of exchanges counted twice, are looked at in one call."""

AUDITS_DRAW = 64 << 8
"""The draw of the random numbers that choose them, which no proposal has."""

TOLERANCE = 1e-9
"""The share of the sizes of the terms that two ways to work out an energy may lie apart, beside what rounding explains;
and how much two probabilities may."""

EXCESS = 64.0
"""How many times the rounding error of one way, as more digits show it, both ways may lie apart."""


@dataclass(frozen=True)
class Moves:
    """Of one audit: the cells, and those of the partners; the terms that contain what changes; what is proposed."""

    index: Index
    partner_index: Index
    terms: tuple[Instances, ...]
    proposals: Proposals


@dataclass(frozen=True)
class Found:
    """What decides on each move, and what should. kinds: what each formula contributes to the cost.

    size: of the terms that change, by their absolute values. rounding: what adding up all terms may cost.
    """

    decides: np.ndarray
    exact: np.ndarray
    size: np.ndarray
    rounding: np.ndarray
    kinds: Mapping[tuple[str, ...], np.ndarray]


class Scene:
    """A state and the numbers of a run, for both ways to work out an energy. precise: with more digits."""

    def __init__(
        self, system: SpinSystem, state: Mapping[str, np.ndarray], given: Mapping[str, Any], *, precise: bool = False
    ) -> None:
        self.state, self.given = state, given
        self.values = Values(system.arrays, state, precise=precise)
        periodic: tuple[tuple[Side, Side], ...] = ((Periodic(), Periodic()),) * system.geometry.dimensions
        sides = dict.fromkeys(system.interactions.stored, periodic)
        sides |= dict.fromkeys(system.arrays.names, system.arrays.boundary)
        reads = {name: Read(state[name], side, system.halo, self.values.dtype) for name, side in sides.items()}
        self.known: dict[str, Any] = {**given, **reads}


@dataclass(frozen=True, eq=False)
class Guard:
    """Of one lattice, energy and algorithm, whatever the values of the parameters."""

    system: SpinSystem
    audits: Sequence[Audit]

    @cached_property
    def _written(self) -> WrittenEnergy | EdgeEnergy:
        interactions = self.system.interactions
        return EdgeEnergy(interactions) if isinstance(interactions, GraphInteractions) else WrittenEnergy(interactions)

    @cached_property
    def _functions(self) -> list[tuple[Called, Called | None]]:
        return [(Called(*audit.function), Called(*audit.asked) if audit.asked else None) for audit in self.audits]

    @cached_property
    def _kept(self) -> dict[tuple[int, int], Moves]:
        return {}

    def fault(self, state: Mapping[str, np.ndarray], given: Mapping[str, Any], moves: int, key: int) -> str:
        """What is wrong, "" if nothing is found.

        state: the arrays without ghost cells. given: the numbers and tables that kernels are given. moves: how many are
        tried, about. key: of the random numbers. An audit of names that are not given, in a model that has changed what
        its kernels are given, is left out.
        """
        if any(name not in state for name in (*self.system.arrays.names, *self.system.interactions.stored)):
            return ""
        chosen = self._chosen(key)
        each = max(1, -(-moves // max(1, sum(map(self._weight, chosen)))))
        scene = Scene(self.system, state, given)
        for number in chosen:
            audit, tried = self.audits[number], self._moves(number, each, key)
            if len(tried.index[0]) and self._told(number, scene):
                found = self._found(number, tried, scene)
                wrong = ~_agree(audit, found, given)
                if wrong.any():
                    wrong &= ~self._rounding(number, tried, scene, found)
                if wrong.any():
                    return self._report(number, tried, scene, found, int(np.argmax(wrong)))
        return ""

    def _weight(self, number: int) -> int:
        """How many changes of a spin an audit is worth: an exchange is two."""
        return 1 if self.audits[number].bond is None else 2

    def _chosen(self, key: int) -> list[int]:
        """The audits that are looked at, by number: all, or if there are very many some that the key draws."""
        numbers = list(range(len(self.audits)))
        if sum(map(self._weight, numbers)) <= MOST_AUDITS:
            return numbers
        count = MOST_AUDITS // max(map(self._weight, numbers))
        return sorted(np.argsort(Stream(key, draw=AUDITS_DRAW).uniform(len(numbers)), kind="stable")[:count].tolist())

    def _told(self, number: int, scene: Scene) -> bool:
        """Whether all that the functions of an audit name is given."""
        own = {*self.audits[number].names.values(), *self.system.indices, PARTNER}
        functions = (called for called in self._functions[number] if called is not None)
        return all(called.needs - own <= scene.known.keys() for called in functions)

    def _moves(self, number: int, count: int, key: int) -> Moves:
        if count > FEW:
            return self._made(number, count, key)
        if (number, count) not in self._kept:
            self._kept[number, count] = self._made(number, count, 0)
        return self._kept[number, count]

    def _made(self, number: int, count: int, key: int) -> Moves:
        audit, geometry = self.audits[number], self.system.geometry
        count = min(count, self._written.most_moves)
        proposals = Proposals.drawn(self.system.spin, geometry.cells, count, key, number)
        cells = proposals.cells
        index: Index = np.unravel_index(cells, geometry.shape)
        places = cells * geometry.basis + audit.site
        if audit.bond is None:
            terms = [found.about([places]) for found in self._written.of_site(audit.site, cells)]
            return Moves(index, index, tuple(terms), proposals)
        there = [at + step for at, step in zip(index, audit.bond.offset, strict=True)]
        sides = list(zip(there, geometry.shape, geometry.wrap, strict=True))
        inside = np.all([(wrap != "open") | ((at >= 0) & (at < n)) for at, n, wrap in sides], axis=0)
        index, cells, places = tuple(at[inside] for at in index), cells[inside], places[inside]
        partner_index: Index = tuple(at[inside] % n for at, n, _ in sides)
        partners = np.ravel_multi_index(partner_index, geometry.shape)
        second = [found.without(places) for found in self._written.of_site(audit.bond.target, partners)]
        both = [places, partners * geometry.basis + audit.bond.target]
        terms = [found.about(both) for found in (*self._written.of_site(audit.site, cells), *second)]
        return Moves(index, partner_index, tuple(terms), proposals)

    # -- one audit -------------------------------------------------------------------------------------------------

    def _found(self, number: int, tried: Moves, scene: Scene) -> Found:
        audit = self.audits[number]
        old, new, alternatives = self._changes(audit, tried, scene.values)
        kinds: dict[tuple[str, ...], np.ndarray] = {}
        sizes, all_sizes = np.zeros(len(tried.index[0])), np.zeros(len(tried.index[0]))
        with np.errstate(all="ignore"):
            for terms in tried.terms:
                energies = terms.energies(scene.values, alternatives, scene.given)
                apart = (energies != energies[:, :1]).any(axis=1)
                size = np.abs(energies).sum(axis=1)
                sizes, all_sizes = sizes + np.where(apart, size, 0.0).sum(axis=0), all_sizes + size.sum(axis=0)
                kinds[terms.kind] = kinds.get(terms.kind, 0.0) + (energies - energies[:, :1]).sum(axis=0)
            exact = _expected(audit, sum(kinds.values(), np.zeros((len(alternatives[0]), 1))), scene.given)
        decides = self._decides(number, tried, scene, old, new)
        return Found(decides, exact, sizes, ROUNDING * all_sizes, {kind: part[-1] for kind, part in kinds.items()})

    def _changes(self, audit: Audit, tried: Moves, values: Values) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
        """What the arrays hold before and after, and the alternatives."""
        old = values.stored(audit.site, tried.index)
        if audit.bond is not None:
            other = values.stored(audit.bond.target, tried.partner_index)
            one, two = values.value(old), values.value(other)
            return old, other, [np.stack([one, two]), np.stack([two, one])]
        if audit.kind == "shares":
            assert isinstance(self.system.spin, States)
            states = np.arange(self.system.spin.count)
            every = np.broadcast_to(states[:, np.newaxis, np.newaxis], (len(states), len(old), 1))
            return old, old, [values.value(every)]
        new = tried.proposals.new(self.system.spin, old)
        return old, new, [np.stack([values.value(old), values.value(new)])]

    def _decides(self, number: int, tried: Moves, scene: Scene, old: np.ndarray, new: np.ndarray) -> np.ndarray:
        audit, (called, asked) = self.audits[number], self._functions[number]
        known = dict(scene.known)
        if audit.names:
            for which, stored in (("new", new), ("old", old)):
                shown = stored if audit.stored else scene.values.value(stored)
                known |= {audit.names[f"{which}{c}"]: shown[:, c] for c in range(shown.shape[1])}
        if asked is not None:
            known[PARTNER] = Given(self._each(asked, known, tried.partner_index))
        return self._each(called, known, tried.index)

    def _each(self, called: Called, known: Mapping[str, Any], index: Index) -> np.ndarray:
        """Of shape (moves,), or (values, moves) if there are several."""
        indices = [at + self.system.halo for at in index]
        result = called({**known, **dict(zip(self.system.indices, indices, strict=True))}, indices)
        if isinstance(result, tuple):
            return np.stack([np.broadcast_to(part, index[0].shape) for part in result])
        return np.broadcast_to(np.asarray(result), index[0].shape)

    def _rounding(self, number: int, tried: Moves, scene: Scene, found: Found) -> np.ndarray:
        """Which moves agree but for the rounding errors of the formulas, as more digits show them."""
        audit = self.audits[number]
        wide = {name: np.longdouble(v) if isinstance(v, float) else v for name, v in scene.given.items()}
        precise = self._found(number, tried, Scene(self.system, scene.state, wide, precise=True))
        apart = sum((np.abs(precise.kinds[kind] - part) for kind, part in found.kinds.items()), np.zeros(1))
        if audit.kind == "cost":
            apart = apart + np.abs(precise.decides - found.decides)
        return _agree(audit, found, scene.given, EXCESS * apart)

    def _report(self, number: int, tried: Moves, scene: Scene, found: Found, move: int) -> str:
        audit = self.audits[number]
        old, new, _ = self._changes(audit, tried, scene.values)
        here = [at[move : move + 1] + self.system.halo for at in tried.index]
        one, two = (scene.values.value(spin[move : move + 1]) for spin in (old, new))
        costs = {kind: part[move] for kind, part in found.kinds.items()}
        term = differing(self.system, audit, scene.known, here, one, two, costs)
        cell = list(self.system.geometry.site_at(tuple(int(at[move]) for at in tried.index)))
        site = f"{cell}, basis site {audit.site}" if self.system.geometry.basis > 1 else f"{cell}"
        what = {"cost": "costs", "chance": "has the probability", "shares": "has the probabilities"}[audit.kind]
        decides, exact = (_shown(part[..., move]) for part in (found.decides, found.exact))
        return (
            f"{term}: moves are not decided by the energy as it is written. At site {site} a move {what} {decides} in "
            f"the kernels and {exact} by the formulas. This is a fault of simcore; please report it with the experiment"
        )


def _agree(audit: Audit, found: Found, given: Mapping[str, Any], slack: Any = 0.0) -> np.ndarray:
    """Of each move; if the energy is non-finite, nothing is reported."""
    allowed = TOLERANCE * found.size + found.rounding + slack
    if audit.kind != "cost":
        allowed = TOLERANCE + 4.0 * allowed / float(given["temperature"])
    with np.errstate(all="ignore"):
        near = np.abs(found.decides - found.exact) <= allowed
    agree = near | ~np.isfinite(found.exact)
    return (agree if agree.ndim == 1 else agree.all(axis=0)) | ~np.isfinite(found.size)


def _expected(audit: Audit, energy: np.ndarray, given: Mapping[str, Any]) -> np.ndarray:
    """energy: of each alternative more than of the first one, of shape (alternatives, moves)."""
    if audit.kind == "cost":
        return np.asarray(energy[1])
    temperature = given["temperature"]
    if audit.kind == "chance":
        return np.asarray(ATTEMPTS * np.exp(-np.maximum(energy[1], 0.0) / temperature))
    weights = np.exp(-(energy - energy.min(axis=0)) / temperature)
    sums = np.cumsum(weights, axis=0)
    found = sums[:-1] / sums[-1:]
    return np.asarray(found[0] if len(found) == 1 else found)


def _shown(numbers: np.ndarray) -> str:
    return ", ".join(f"{number:.9g}" for number in np.atleast_1d(numbers))
