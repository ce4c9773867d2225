"""Traffic on a ring road, by the cellular automaton of Nagel and Schreckenberg."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from pydantic import Field as Key

from simcore.config import parameter
from simcore.errors import InvalidValueError
from simcore.random import Stream
from simcore.spec.arrays import Periodic, StateArray
from simcore.spec.model import Model
from simcore.spec.observables import Observable
from simcore.spec.parameters import Parameters
from simcore.spec.phases import Phase

NO_CAR = -1


def choose_speed(car, i, most, slowing, random):
    """Faster by 1, not faster than `most` nor into the car ahead; then slower by 1 with probability `slowing`."""
    here = car[i]
    speed = min(here + 1, most)
    for ahead in range(most, 0, -1):
        if car[i + ahead] != NO_CAR:
            speed = min(speed, ahead - 1)
    if speed > 0 and random[0] < slowing:
        speed -= 1
    return speed if here != NO_CAR else NO_CAR


def drive(car, i, most):
    """The car that arrives here: the one that lies as many cells behind as it is fast."""
    found = NO_CAR
    for speed in range(most + 1):
        if car[i - speed] == speed:
            found = speed
    return found


def speed_of_cell(car, i):
    return car[i] if car[i] != NO_CAR else 0


def stands(car, i):
    return car[i] == 0


def is_car(car, i):
    return car[i] != NO_CAR


def mean_speed(flow, density):
    return flow / density


class TrafficParameters(Parameters):
    slowing: float = parameter(0.25, doc="probability to be slower by 1 for no reason", at_least=0.0, at_most=1.0)


class Traffic(Model):
    """Cars on a ring of cells: each is faster by 1, brakes for the car ahead, may dawdle, and drives; all at once."""

    axes: ClassVar[tuple[str, ...]] = ("x",)
    reference: ClassVar[str] = "K. Nagel, M. Schreckenberg, J. Phys. I France 2, 2221 (1992)"
    example: ClassVar[str] = """
name: traffic
model: {type: traffic, cells: 1000, cars: 150, most: 5, parameters: {slowing: 0.25}}
run: {seed: 1, thermalization: 1000, sweeps: 10000, measure_every: 10}
"""

    cells: int = Key(default=1000, ge=2, le=2**40, description="of the road")
    cars: int = Key(default=150, ge=1, le=2**40, description="on it, at places that are drawn")
    most: int = Key(default=5, ge=1, le=16, description="greatest speed, in cells a step")
    parameters: TrafficParameters = TrafficParameters()

    def check(self, dt: float | None) -> None:
        """Refuse more cars than there is room for."""
        if self.cars > self.cells:
            raise InvalidValueError("model.cars", f"{self.cars} cars have no room on {self.cells} cells")
        if self.cells <= self.most:
            raise InvalidValueError("model.cells", f"must be more than the greatest speed, {self.most}")

    def _placed(self, stream: Stream) -> np.ndarray:
        road = np.full(self.cells, NO_CAR, np.int8)
        road[np.argsort(stream.uniform(self.cells), kind="stable")[: self.cars]] = 0
        return road

    def state(self) -> Sequence[StateArray]:
        """The speed of the car in each cell, -1 where there is none."""
        sides = ((Periodic(), Periodic()),)
        return [StateArray("car", (self.cells,), "int8", self._placed, sides, halo=self.most, doc="speed of the car")]

    def constants(self) -> Mapping[str, Any]:
        """The greatest speed."""
        return {"most": self.most}

    def phases(self) -> Sequence[Phase]:
        """One step."""
        return [Phase(choose_speed, writes="car", draws=1), Phase(drive, writes="car")]

    def observables(self) -> Sequence[Observable]:
        """The fundamental diagram."""
        return [
            Observable("flow", speed_of_cell, unit="cars/step", doc="cars that pass a place in a step"),
            Observable("density", is_car, unit="cars/cell", doc="cars per cell", conserved=True),
            Observable(
                "mean_speed", mean_speed, of=("flow", "density"), unit="cells/step", doc="mean speed of the cars"
            ),
            Observable("standing", stands, unit="cars/cell", doc="cars that stand, per cell"),
        ]
