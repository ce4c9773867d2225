"""The section `tempering`: systems at the temperatures of a ladder, which exchange their states; what is told of them.

The exchanges are made by the workers: see `simcore.compiler.ladder`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from pydantic import BeforeValidator, Field

from simcore.compiler.ladder import ACCEPTED, ATTEMPTED, ROUND_TRIPS, WALKER
from simcore.config import Count, Section
from simcore.storage.result import Group, Variable

if TYPE_CHECKING:
    from simcore.runs.experiment import Experiment

PARAMETER = "model.parameters.temperature"
MOST_VALUES = 1024
MADE: dict[str, Any] = {"geometric": np.geomspace, "linspace": np.linspace}
FORMS = "a list, {geometric: [first, last, number]} or {linspace: [first, last, number]}"


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


def exchanges_group(experiment: Experiment, kept: np.ndarray, walk: np.ndarray) -> Group:
    """How often neighbours on the ladder exchange their states, and how often walkers go from end to end and back.

    `attempts` and `rate` of each pair of neighbours, `round_trips` of each walker, its `place` at the end, and its
    `walk`: the place after each exchange. kept, walk: as of a `compiler.ladder.Ladder`.
    """
    assert experiment.tempering is not None
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
    if len(walk):
        places = np.argsort(walk, axis=1).astype(np.int16).T
        text = "the place of a walker on the ladder after the exchange that follows a step, from 0"
        variables["walk"] = Variable(("walker", "step"), places, "1", text)
    every = experiment.tempering.every
    labels = {
        "pair": Variable(("pair",), pairs, unit, f"{name} between the two, their geometric mean"),
        "walker": Variable(("walker",), np.arange(len(kept)), "1", "walker"),
        "step": Variable(("step",), every * np.arange(1, len(walk) + 1), "1", "step"),
    }
    return Group(variables, labels)
