"""The section `tempering`: systems at the temperatures of a ladder, which exchange their states; what is told of them.

The exchanges are made by the workers: see `simcore.compiler.ladder`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from pydantic import BeforeValidator, Field, model_validator

from simcore.compiler.ladder import ACCEPTED, ATTEMPTED, ROUND_TRIPS, WALKER
from simcore.config import Count, Section
from simcore.config.generated import LISTED, by_rule
from simcore.spec.parameters import PARAMETERS
from simcore.storage.result import Group, Variable

if TYPE_CHECKING:
    from simcore.runs.experiment import Experiment

TEMPERATURE = "temperature"
PARAMETER = f"{PARAMETERS}{TEMPERATURE}"
MOST_VALUES = 1024
PARTS = (8, 4, 2)
ROUNDS = len(PARTS)
"""The values are adapted after these parts of the thermalisation."""
POINT = "point"
"""The dimension of a ladder of several parameters, as of a `zip` in a sweep."""


def _values(given: object) -> object:
    if isinstance(given, Mapping):
        return by_rule(given, MOST_VALUES, above_zero=True)
    return tuple(given) if isinstance(given, list) else given


Values = Annotated[
    tuple[float, ...],
    BeforeValidator(_values, json_schema_input_type=Any),
    Field(min_length=2, max_length=MOST_VALUES),
]


class Tempering(Section):
    """Systems at several temperatures, or values of other parameters, which exchange their states."""

    parameter: str | None = Field(default=None, description=f"what the places of the ladder differ in: {PARAMETER}")
    values: Values | None = Field(default=None, description=f"the ladder: {LISTED}")
    parameters: Annotated[dict[str, Values], Field(min_length=1)] | None = Field(
        default=None, description="several at once, in place of parameter and values: {model.parameters.h: [...], ...}"
    )
    every: Count = Field(
        default_factory=lambda: 1, description="sweeps between two attempts to exchange; by default run.measure_every"
    )
    adapt: bool = Field(default=False, description="find values by thermalisation at which all pairs exchange alike")

    @model_validator(mode="after")
    def _one_ladder(self) -> Tempering:
        if self.parameters is None:
            if self.values is None:
                raise ValueError(f"give values: {LISTED}")
            return self
        if self.values is not None or self.parameter is not None:
            raise ValueError("give either parameter and values, or parameters")
        if len({len(values) for values in self.parameters.values()}) > 1:
            counts = ", ".join(f"{len(values)} of {path}" for path, values in self.parameters.items())
            raise ValueError(f"parameters must have as many values each, not {counts}")
        return self

    @property
    def ladder(self) -> Mapping[str, tuple[float, ...]]:
        """By the path of each parameter its value at each place."""
        return self.parameters if self.parameters is not None else {self.parameter or PARAMETER: self.values or ()}

    @property
    def places(self) -> int:
        """How many systems there are."""
        return len(next(iter(self.ladder.values())))

    @property
    def steps(self) -> list[dict[str, float]]:
        """By the path of each parameter its value, of one place after the other."""
        return [dict(zip(self.ladder, values, strict=True)) for values in zip(*self.ladder.values(), strict=True)]

    def measured(self, every: int) -> Tempering:
        """The same for a run that measures every so many sweeps: exchanges need the energies."""
        return self if "every" in self.model_fields_set else self.model_copy(update={"every": every})

    def with_values(self, values: np.ndarray) -> Tempering:
        """The same with other values, float64, (places, parameters)."""
        columns = [tuple(column) for column in values.T.tolist()]
        if self.parameters is None:
            return self.model_copy(update={"values": columns[0]})
        return self.model_copy(update={"parameters": dict(zip(self.ladder, columns, strict=True))})

    def adaptations(self, thermalization: int) -> list[int]:
        """The steps at which the values are adapted: after an eighth, a quarter and half of the thermalisation."""
        if not self.adapt:
            return []
        found = (thermalization // part // self.every * self.every for part in PARTS)
        return sorted({step for step in found if step > 0})

    def key_of_values(self, path: str) -> tuple[str, ...]:
        """Where in this section the values of a parameter stand."""
        return ("values",) if self.parameters is None else ("parameters", path)


def axis_of(tempering: Tempering, taken: Collection[str]) -> tuple[str, Mapping[str, np.ndarray]]:
    """The dimension of the places, and its coordinates by name.

    taken: names of other dimensions, in place of which a parameter of that name has its whole path.
    """
    names = {path: path.removeprefix(PARAMETERS) for path in tempering.ladder}
    found = {path if name in taken else name: np.array(tempering.ladder[path]) for path, name in names.items()}
    if tempering.parameters is None:
        return next(iter(found)), found
    return POINT, {POINT: np.arange(tempering.places), **found}


def exchanges_group(experiment: Experiment, kept: np.ndarray, walk: np.ndarray) -> Group:
    """How often neighbours on the ladder exchange their states, and how often walkers go from end to end and back.

    `attempts` and `rate` of each pair of neighbours, `round_trips` of each walker, its `place` at the end, and its
    `walk`: the place after each exchange. kept, walk: as of a `compiler.ladder.Ladder`.
    """
    assert experiment.tempering is not None
    name, coordinates = experiment.system_axis
    values = coordinates[name].data
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
    geometric = name == TEMPERATURE
    pairs = np.sqrt(values[:-1] * values[1:]) if geometric else 0.5 * (values[:-1] + values[1:])
    between = "their geometric mean" if geometric else "their mean"
    if len(walk):
        places = np.argsort(walk, axis=1).astype(np.int16).T
        text = "the place of a walker on the ladder after the exchange that follows a step, from 0"
        variables["walk"] = Variable(("walker", "step"), places, "1", text)
    every = experiment.tempering.every
    labels = {
        "pair": Variable(("pair",), pairs, coordinates[name].units, f"{name} between the two, {between}"),
        "walker": Variable(("walker",), np.arange(len(kept)), "1", "walker"),
        "step": Variable(("step",), every * np.arange(1, len(walk) + 1), "1", "step"),
    }
    return Group(variables, labels)
