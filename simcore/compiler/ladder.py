"""The exchange of states between the places of a ladder, by the workers themselves, within a slice.

K. Hukushima, K. Nemoto, J. Phys. Soc. Jpn. 65, 1604 (1996). The places of a ladder are systems that differ in numbers.
Every so many steps neighbours on the ladder, the even and the odd pairs in turn, exchange their states with the
probability

    min(1, exp(E_1(x_1)/T_1 + E_2(x_2)/T_2 - E_2(x_1)/T_2 - E_1(x_2)/T_1))

where E_1(x_2) is the energy of the state of place 2 with the numbers of place 1. All workers meet, each makes the same
decisions, from the same energies and from random numbers of the run and the step, moves a part of the states, and all
meet again. So no bit depends on the workers. Each place keeps its own random numbers and proposals.

An exchange belongs to the beginning of the next step: what is measured and kept at a step is the state before it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from simcore.random import uniform_of_steps

WALKER, ATTEMPTED, ACCEPTED, FROM_END, ROUND_TRIPS = range(5)
"""The columns of what is kept of each place of the ladder: the walker that is there; how often an exchange with the
next place was attempted and accepted; and of each walker by its number: at which end it was last (1 the first, 2 the
last), and its round trips."""
COLUMNS = 5
_AT_ONCE = 128  # exchanges whose random numbers are made together


class Shared(Protocol):
    """An array in shared memory, however it came here."""

    array: np.ndarray


@dataclass(frozen=True)
class Ladder:
    """What the workers know of a ladder, and the memory that they share for it.

    every: steps between two attempts. sites: by which `energy` is divided; column: where
    it stands in a sample. key: of the random numbers. states: the arrays that are exchanged. probed: whether energies
    depend on the place, so that each state has to be measured with the numbers of the other place, too; fixed: the
    arrays that then come from there. temperatures: float64, of each place. kept: int64, (places, COLUMNS). chances:
    float64, (places, 2): of each pair the sum of the probabilities to exchange, and how many these are. energies:
    float64, (places, 2): of the state of each place with its own numbers, and with those of its partner; where they are
    NaN, because the numbers of the places have changed, no exchange is tried. walk: int16, (exchanges of a slice,
    places): the walker at each place after each exchange. flags: int64, one for each worker.
    """

    every: int
    sites: int
    column: int
    key: int
    states: tuple[str, ...]
    probed: bool
    fixed: tuple[str, ...]
    temperatures: Shared
    kept: Shared
    chances: Shared
    energies: Shared
    walk: Shared
    flags: Shared

    def begin(self) -> None:
        """The walkers in order, and nothing counted."""
        begin(self.kept.array)
        self.chances.array[:] = 0.0
        self.energies.array[:] = 0.0

    def due(self, step: int) -> bool:
        """Whether states are exchanged between this step and the next."""
        return step > 0 and step % self.every == 0

    def made(self, before: int, step: int) -> int:
        """How many exchanges lie between the end of the step `before` and that of `step`."""
        return max(0, step - 1) // self.every - max(0, before - 1) // self.every


def first_of_pairs(step: int, every: int) -> int:
    """The first place that has a partner behind it: even and odd pairs in turn."""
    return (step // every) % 2


def partners(places: int, first: int) -> Iterator[tuple[int, int]]:
    """Each place that has a partner, and that."""
    for place in range(first, places - 1, 2):
        yield place, place + 1
        yield place + 1, place


def probabilities(energies: np.ndarray, temperatures: Sequence[float], sites: int, first: int) -> dict[int, float]:
    """The probability that each of the places `first`, `first + 2`, ... exchanges its state with the next one.

    energies: per site, (places, 2), as of a `Ladder`.
    """
    found = {}
    own, other = energies[:, 0].tolist(), energies[:, 1].tolist()
    for place in range(first, len(temperatures) - 1, 2):
        one, two = temperatures[place], temperatures[place + 1]
        gain = sites * ((own[place] - other[place + 1]) / one + (own[place + 1] - other[place]) / two)
        found[place] = math.exp(min(gain, 0.0))
    return found


def begin(kept: np.ndarray) -> None:
    """The walkers in order, and nothing counted. kept: int64, (places, COLUMNS)."""
    kept[:, WALKER] = np.arange(len(kept))
    begin_count(kept)


def begin_count(kept: np.ndarray) -> None:
    """The walkers where they are, and nothing counted."""
    kept[:, [ATTEMPTED, ACCEPTED, FROM_END, ROUND_TRIPS]] = 0
    _at_ends(kept)


def count(kept: np.ndarray, attempted: Iterable[int], exchanged: Sequence[int]) -> None:
    """Note which places have tried to exchange their states with the next one, and which have done so."""
    kept[list(attempted), ATTEMPTED] += 1
    for place in exchanged:
        kept[place, ACCEPTED] += 1
        kept[[place, place + 1], WALKER] = kept[[place + 1, place], WALKER]
    _at_ends(kept)


def _at_ends(kept: np.ndarray) -> None:
    """A round trip leads from the first place to the last and back."""
    first, last = int(kept[0, WALKER]), int(kept[-1, WALKER])
    if kept[first, FROM_END] == 2:
        kept[first, ROUND_TRIPS] += 1
    kept[first, FROM_END] = 1
    if kept[last, FROM_END] == 1:
        kept[last, FROM_END] = 2


class Exchanges:
    """One worker's part in the exchanges of a ladder.

    rank: of the worker. arrays: by name, all copies of all places. meet: waits for all workers; false if they are told
    to stop.
    """

    def __init__(self, ladder: Ladder, rank: int, arrays: dict[str, np.ndarray], meet: Callable[[], bool]) -> None:
        self._ladder, self._rank, self._arrays, self.meet = ladder, rank, arrays, meet
        self._chances: tuple[int, list[list[float]]] = 0, []

    def array(self, name: str) -> np.ndarray:
        """An array of all places."""
        return self._arrays[name]

    def swap(self, name: str, second: str) -> None:
        """Let the two copies of an array change places."""
        self._arrays[name], self._arrays[second] = self._arrays[second], self._arrays[name]

    def all_well(self, status: int) -> bool | None:
        """Meet, after a stretch that ended with `status`: whether it was 0 for all workers; None if told to stop."""
        flags = self._ladder.flags.array
        flags[self._rank] = status
        return not flags.any() if self.meet() else None

    def exchange(self, step: int, number: int) -> bool:
        """Exchange states after `step`, and meet; false if told to stop. number: of the exchange in the slice."""
        ladder = self._ladder
        first = first_of_pairs(step, ladder.every)
        energies = self._energies
        chances: dict[int, float] = {}
        if not np.isnan(energies[:, 0]).any():
            chances = probabilities(energies, ladder.temperatures.array.tolist(), ladder.sites, first)
        numbers = self._numbers(step)
        found = [place for place, chance in chances.items() if numbers[place] < chance]
        for place in found[self._rank :: len(ladder.flags.array)]:
            for name in ladder.states:
                array = self._arrays[name]
                one = array[place].copy()
                array[place] = array[place + 1]
                array[place + 1] = one
        if self._rank == 0:
            kept = ladder.kept.array
            count(kept, chances, found)
            ladder.walk.array[number] = kept[:, WALKER]
            for place, chance in chances.items():
                ladder.chances.array[place] += chance, 1.0
        return self.meet()

    @property
    def _energies(self) -> np.ndarray:
        energies = self._ladder.energies.array
        return energies if self._ladder.probed else energies[:, [0, 0]]

    def _numbers(self, step: int) -> list[float]:
        """A number for each pair; those of many exchanges are made at once."""
        begin, rows = self._chances
        place = (step - begin) // self._ladder.every
        if not 0 <= place < len(rows):
            steps = step + self._ladder.every * np.arange(_AT_ONCE)
            rows = uniform_of_steps(self._ladder.key, steps, len(self._ladder.kept.array) - 1).tolist()
            self._chances, place = (step, rows), 0
        return rows[place]
