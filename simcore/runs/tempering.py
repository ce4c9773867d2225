"""Tempering: systems at the temperatures of a ladder, which exchange their states.

K. Hukushima, K. Nemoto, J. Phys. Soc. Jpn. 65, 1604 (1996). Every `every` sweeps neighbours on the ladder, the even and
the odd pairs in turn, exchange their spins with the probability min(1, exp((1/T_1 - 1/T_2)(E_1 - E_2))). Whether they
do is decided by random numbers of the run and the step, so that no bit depends on the workers. Each place on the ladder
keeps its own random numbers and proposals; only the spins move.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from pydantic import BeforeValidator, Field

from simcore.config import Count, Section
from simcore.random import PhaseStream
from simcore.storage.result import Group, Variable

if TYPE_CHECKING:
    from simcore.runs.experiment import Experiment

PARAMETER = "model.parameters.temperature"
MOST_VALUES = 1024
MADE: dict[str, Any] = {"geometric": np.geomspace, "linspace": np.linspace}
FORMS = "a list, {geometric: [first, last, number]} or {linspace: [first, last, number]}"
WALKER, ATTEMPTED, ACCEPTED, FROM_END, ROUND_TRIPS = range(5)
"""The columns of what is kept of each place of the ladder: the walker that is there; how often an exchange with the
next place was attempted and accepted; and of each walker by its number: at which end it was last (1 the first, 2 the
last), and its round trips."""
COLUMNS = 5


def _values(given: object) -> object:
    if isinstance(given, Mapping):
        return _generated(given)
    return tuple(given) if isinstance(given, list) else given


def _generated(rule: Mapping[str, object]) -> tuple[float, ...]:
    kind, numbers = next(iter(rule.items())) if len(rule) == 1 else (None, None)
    if kind not in MADE or not isinstance(numbers, list | tuple) or len(numbers) != 3:
        raise ValueError(f"must be {FORMS}")
    first, last, count = numbers
    if type(count) is not int or not 2 <= count <= MOST_VALUES:
        raise ValueError(f"the number of values of {kind} must be from 2 to {MOST_VALUES}")
    if not all(type(end) in (int, float) and 0.0 < end < math.inf for end in (first, last)):
        raise ValueError(f"the ends of {kind} must be finite numbers above 0")
    return tuple(float(f"{value:.12g}") for value in MADE[kind](float(first), float(last), count))


class Tempering(Section):
    """Systems at several temperatures which exchange their states."""

    parameter: str = Field(default=PARAMETER, description="what the places of the ladder differ in")
    values: Annotated[
        tuple[Annotated[float, Field(gt=0.0)], ...],
        BeforeValidator(_values, json_schema_input_type=Any),
        Field(min_length=2, max_length=MOST_VALUES),
    ] = Field(description=f"the ladder: {FORMS}")
    every: Count = Field(default=1, description="sweeps between two attempts to exchange")


class Ladder:
    """What the places of a ladder know of each other. kept: int64, (places, COLUMNS), part of the state of a run."""

    def __init__(self, temperatures: tuple[float, ...], sites: int, key: int, every: int) -> None:
        self.betas = 1.0 / np.array(temperatures)
        self._sites, self._key, self._every = sites, key, every
        self.kept = np.zeros((len(temperatures), COLUMNS), np.int64)
        self.begin()

    def begin(self) -> None:
        """The walkers in order, and nothing counted."""
        self.kept[:] = 0
        self.kept[:, WALKER] = np.arange(len(self.kept))
        self._at_ends()

    def exchanges(self, step: int, energies: np.ndarray) -> list[int]:
        """The places that exchange with the next one at a step, counted here. energies: per site, of each place."""
        first = (step // self._every) % 2
        chances = PhaseStream(self._key, step).uniform((len(self.betas) - 1,))
        found = []
        for place in range(first, len(self.betas) - 1, 2):
            self.kept[place, ATTEMPTED] += 1
            gain = (self.betas[place] - self.betas[place + 1]) * (energies[place] - energies[place + 1]) * self._sites
            if gain >= 0.0 or chances[place] < np.exp(gain):
                self.kept[place, ACCEPTED] += 1
                self.kept[[place, place + 1], WALKER] = self.kept[[place + 1, place], WALKER]
                found.append(place)
        self._at_ends()
        return found

    def _at_ends(self) -> None:
        """A round trip leads from the first place to the last and back."""
        first, last = int(self.kept[0, WALKER]), int(self.kept[-1, WALKER])
        if self.kept[first, FROM_END] == 2:
            self.kept[first, ROUND_TRIPS] += 1
        self.kept[first, FROM_END] = 1
        if self.kept[last, FROM_END] == 1:
            self.kept[last, FROM_END] = 2


def exchanges_group(experiment: Experiment, kept: np.ndarray) -> Group:
    """How often neighbours on the ladder exchange their states, and how often walkers go from end to end and back.

    `attempts` and `rate` of each pair of neighbours, `round_trips` of each walker, and `walker`, who is where at the
    end. kept: as of a `Ladder`.
    """
    name, values, unit = experiment.system_axis
    attempts, accepted = kept[:-1, ATTEMPTED], kept[:-1, ACCEPTED]
    rate = np.where(attempts > 0, accepted / np.maximum(attempts, 1), np.nan)
    variables = {
        "attempts": Variable(("pair",), attempts, "1", "attempts to exchange the states of a pair of neighbours"),
        "rate": Variable(("pair",), rate, "1", "share of the attempts that were accepted"),
        "round_trips": Variable(
            ("walker",), kept[:, ROUND_TRIPS], "1", "round trips of a walker, from end to end and back"
        ),
        "place": Variable(("walker",), np.argsort(kept[:, WALKER]), "1", "the place of a walker on the ladder, from 0"),
    }
    pairs = np.sqrt(values[:-1] * values[1:])
    labels = {
        "pair": Variable(("pair",), pairs, unit, f"{name} between the two, their geometric mean"),
        "walker": Variable(("walker",), np.arange(len(kept)), "1", "walker"),
    }
    return Group(variables, labels)
