"""The lattice Boltzmann method in two dimensions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import AfterValidator
from pydantic import Field as Key

from simcore.config import Shape, parameter
from simcore.errors import InvalidValueError
from simcore.formulas import ExpressionError, parse
from simcore.formulas.evaluate import evaluate
from simcore.models.grid.domain import Blank, DomainKey
from simcore.models.grid.fluids import d2q9
from simcore.spec.arrays import Periodic, Side, StateArray, Wall
from simcore.spec.model import Model
from simcore.spec.observables import Field, Observable
from simcore.spec.parameters import Parameters
from simcore.spec.phases import Phase

NAMES = tuple(f"f{k}" for k in range(9))
DIRECTIONS = ((0, 0), (1, 0), (0, 1), (-1, 0), (0, -1), (1, 1), (-1, 1), (-1, -1), (1, -1))
WEIGHTS = (d2q9.REST, *(d2q9.AXIS,) * 4, *(d2q9.DIAGONAL,) * 4)
SideName = Literal["x-", "x+", "y-", "y+"]


def _formula(text: str) -> str:
    parse(text).require(("x", "y"))
    return text


Text = Annotated[str, AfterValidator(_formula)]


class LatticeBoltzmannParameters(Parameters):
    viscosity: float = parameter(0.1, unit="cell^2/step", doc="kinematic viscosity", above=0.0)
    force_x: float = parameter(0.0, unit="1/(cell step^2)", doc="force on each cell along x")
    force_y: float = parameter(0.0, unit="1/(cell step^2)", doc="force on each cell along y")
    lid_velocity: float = parameter(
        0.0, unit="cell/step", doc="of the wall `lid`, along itself", at_least=-0.3, at_most=0.3
    )
    magic: float = parameter(3.0 / 16.0, doc="of trt: 3/16 puts walls half-way exactly in a Poiseuille flow", above=0.0)


class LatticeBoltzmann(Model):
    """A weakly compressible fluid: D2Q9, BGK or two relaxation rates, walls half-way between cells by bounce-back.

    Lengths are in cells, times in steps; the speed of sound is 1/sqrt(3). One sweep is one step.
    """

    axes: ClassVar[tuple[str, ...]] = ("x", "y")
    reference: ClassVar[str] = (
        "T. Krueger et al., The Lattice Boltzmann Method, Springer (2017); I. Ginzburg, F. Verhaeghe, D. d'Humieres, "
        "Commun. Comput. Phys. 3, 427 (2008)"
    )
    example: ClassVar[str] = """
name: channel
model:
  type: lattice_boltzmann
  shape: [64, 32]
  walls: [y-, y+]
  parameters: {viscosity: 0.1, force_x: 1e-5}
run: {sweeps: 20000, measure_every: 100}
"""

    shape: Shape = Key(description="cells along x and y")
    parameters: LatticeBoltzmannParameters = LatticeBoltzmannParameters()
    collision: Literal["trt", "bgk"] = Key(default="trt", description="two relaxation rates, or one")
    walls: tuple[SideName, ...] = Key(default=(), description="sides that are walls, both of an axis; others periodic")
    lid: SideName | None = Key(default=None, description="the wall that moves along itself")
    domain: DomainKey | None = Key(
        default=None,
        description='the cells with fluid: a condition, "(x - 20)**2 + (y - 16)**2 > 25", or {file: map.png}',
    )
    density: Text = Key(default="1", description="at the start, a formula of x and y")
    velocity: tuple[Text, Text] = Key(default=("0", "0"), description="at the start, formulas of x and y")

    # -- cells -----------------------------------------------------------------------------------------------------

    @cached_property
    def _mesh(self) -> dict[str, np.ndarray]:
        return dict(zip("xy", np.ix_(*(np.arange(n) + 0.5 for n in self.shape)), strict=True))

    @cached_property
    def _fluid(self) -> np.ndarray:
        """Bool: whether each cell holds fluid."""
        if self.domain is None:
            return np.ones(self.shape, bool)
        return self.domain.cells(tuple(self.shape), self._mesh, {}, "model.domain")

    @cached_property
    def _wall(self) -> np.ndarray:
        """What each cell is, int8, with a ghost cell on each side."""
        cells = np.where(self._fluid, d2q9.FLUID, d2q9.OBSTACLE).astype(np.int8)
        for axis, name in enumerate("xy"):
            width = [(1, 1) if along == axis else (0, 0) for along in range(2)]
            if f"{name}-" in self.walls:
                cells = np.pad(cells, width, constant_values=d2q9.WALL)
            else:
                cells = np.pad(cells, width, mode="wrap")
        if self.lid is not None:
            place: list[Any] = [slice(1, -1), slice(1, -1)]
            place["xy".index(self.lid[0])] = 0 if self.lid[1] == "-" else -1
            cells[tuple(place)] = d2q9.LID
        return cells

    def check(self, dt: float | None) -> None:
        """Refuse sides and starts that do not fit."""
        if len(self.shape) != 2:
            raise InvalidValueError("model.shape", f"has two axes, not {len(self.shape)}")
        for side in self.walls:
            other = side[0] + ("+" if side[1] == "-" else "-")
            if other not in self.walls:
                raise InvalidValueError(
                    "model.walls", f"an axis has walls at both ends or is periodic; give {other}, too"
                )
        if self.lid is not None and self.lid not in self.walls:
            raise InvalidValueError("model.lid", f"{self.lid} is no wall; give walls: [{self.lid[0]}-, {self.lid[0]}+]")
        if self.lid is None and self.parameters.lid_velocity:
            raise InvalidValueError("model.parameters.lid_velocity", "no wall moves; give lid: y+, say")
        self._start  # noqa: B018

    # -- the state -------------------------------------------------------------------------------------------------

    @cached_property
    def _start(self) -> list[np.ndarray]:
        """The equilibrium of the density and the velocity that are given."""
        found = []
        for path, text in (("density", self.density), ("velocity", self.velocity[0]), ("velocity", self.velocity[1])):
            try:
                values = np.broadcast_to(np.asarray(evaluate(parse(text).tree, self._mesh), float), self.shape)
            except ExpressionError as error:
                raise InvalidValueError(f"model.{path}", str(error)) from None
            if not np.isfinite(values[self._fluid]).all():
                raise InvalidValueError(f"model.{path}", f"'{text}' is not finite in some cell")
            found.append(np.where(self._fluid, values, path == "density"))
        density, *velocity = found
        if (density <= 0).any():
            raise InvalidValueError("model.density", "must be above 0 in every cell")
        if (np.hypot(*velocity) > 0.5).any():
            raise InvalidValueError(
                "model.velocity", "is in cells a step and must stay well below the speed of sound, 0.577"
            )
        return [_equilibrium(k, density, *velocity) for k in range(9)]

    def state(self) -> Sequence[StateArray]:
        """What leaves each cell, by direction."""
        sides: list[tuple[Side, Side]] = [
            (Wall(1.0, 0.0), Wall(1.0, 0.0)) if f"{name}-" in self.walls else (Periodic(), Periodic()) for name in "xy"
        ]
        return [
            StateArray(name, tuple(self.shape), "float64", values, tuple(sides), halo=1, hidden=True)
            for name, values in zip(NAMES, self._start, strict=True)
        ]

    def constants(self) -> Mapping[str, Any]:
        """The walls and the relaxation rates."""
        given = self.parameters
        even = 1.0 / (3.0 * given.viscosity + 0.5)
        odd = even if self.collision == "bgk" else 1.0 / (given.magic / (1.0 / even - 0.5) + 0.5)
        speed = given.lid_velocity if self.lid is not None else 0.0
        lid = (speed, 0.0) if self.lid is not None and self.lid[0] == "y" else (0.0, speed)
        share = self._fluid.size / int(self._fluid.sum())
        rates = {"even_rate": even, "odd_rate": odd, "lid_x": lid[0], "lid_y": lid[1]}
        return {"wall": self._wall, "cells_per_fluid": share, **rates}

    def coordinates(self) -> Mapping[str, np.ndarray]:
        """The centres of the cells."""
        return {name: values.ravel() for name, values in self._mesh.items()}

    def phases(self) -> Sequence[Phase]:
        """One step."""
        return [Phase(d2q9.stream_and_collide, writes=NAMES)]

    # -- what is measured ------------------------------------------------------------------------------------------

    def observables(self) -> Sequence[Observable]:
        """Means over the fluid, and the force on obstacles."""
        speed = "cell/step"
        return [
            Observable("density", d2q9.density_of_cell, doc="mean density of the fluid"),
            Observable("velocity_x", d2q9.velocity_x_of_cell, unit=speed, doc="mean velocity along x"),
            Observable("velocity_y", d2q9.velocity_y_of_cell, unit=speed, doc="mean velocity along y"),
            Observable("energy", d2q9.energy_of_cell, unit="cell^2/step^2", doc="mean of u^2/2"),
            Observable("fastest", d2q9.speed_of_cell, "max", unit=speed, doc="greatest speed"),
            Observable("drag_x", d2q9.drag_x_of_cell, "sum", doc="force on the obstacles along x"),
            Observable("drag_y", d2q9.drag_y_of_cell, "sum", doc="force on the obstacles along y"),
        ]

    def result_fields(self) -> Sequence[Field]:
        """Density and velocity, NaN in obstacles."""
        blank = Blank.of(self._fluid)
        given = self.parameters
        return [
            Field("density", NAMES, Flow(blank), doc="density"),
            Field("ux", NAMES, Flow(blank, 0, given.force_x), unit="cell/step", doc="velocity along x"),
            Field("uy", NAMES, Flow(blank, 1, given.force_y), unit="cell/step", doc="velocity along y"),
        ]


@dataclass(frozen=True, eq=False)
class Flow:
    """Makes a field from the nine arrays: the density, or the velocity along an axis."""

    blank: Blank
    axis: int | None = None
    force: float = 0.0

    def __call__(self, *arrays: np.ndarray) -> np.ndarray:
        density = np.sum(arrays, axis=0)
        if self.axis is None:
            return self.blank(density)
        momentum = sum(c[self.axis] * f for c, f in zip(DIRECTIONS, arrays, strict=True)) - 0.5 * self.force
        return self.blank(momentum / density)


def _equilibrium(k: int, density: np.ndarray, ux: np.ndarray, uy: np.ndarray) -> np.ndarray:
    along = DIRECTIONS[k][0] * ux + DIRECTIONS[k][1] * uy
    return WEIGHTS[k] * density * (1.0 + 3.0 * along + 4.5 * along**2 - 1.5 * (ux**2 + uy**2))
