"""The heat equation du/dt = D laplace(u) in one, two and three dimensions, by explicit Euler steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from simcore.config import Section, parameter
from simcore.expressions.evaluate import evaluate
from simcore.models.contract import Model, Observable, Parameters, Phase, StateArray
from simcore.models.grid.field import FieldSection
from simcore.models.grid.grid import Grid

PATH = "model.fields.u"


def step_1d(u, i, D, dt, inverse_hx2):
    """u + dt D (u[i-1] - 2 u[i] + u[i+1]) / hx**2, second order in hx, first in dt. Looks one cell far.

    A constant field stays the same to the last bit; a sum of differences gains and loses nothing.
    """
    return u[i] + dt * D * inverse_hx2 * ((u[i - 1] + u[i + 1]) - 2.0 * u[i])


def step_2d(u, i, j, D, dt, inverse_hx2, inverse_hy2):
    """As `step_1d`, with the second differences along x and y."""
    twice = 2.0 * u[i, j]
    along_x = dt * D * inverse_hx2 * ((u[i - 1, j] + u[i + 1, j]) - twice)
    along_y = dt * D * inverse_hy2 * ((u[i, j - 1] + u[i, j + 1]) - twice)
    return u[i, j] + (along_x + along_y)


def step_3d(u, i, j, k, D, dt, inverse_hx2, inverse_hy2, inverse_hz2):
    """As `step_1d`, with the second differences along x, y and z."""
    twice = 2.0 * u[i, j, k]
    along_x = dt * D * inverse_hx2 * ((u[i - 1, j, k] + u[i + 1, j, k]) - twice)
    along_y = dt * D * inverse_hy2 * ((u[i, j - 1, k] + u[i, j + 1, k]) - twice)
    along_z = dt * D * inverse_hz2 * ((u[i, j, k - 1] + u[i, j, k + 1]) - twice)
    return u[i, j, k] + (along_x + along_y + along_z)


def value_1d(u, i):
    """u at this cell."""
    return u[i]


def value_2d(u, i, j):
    """u at this cell."""
    return u[i, j]


def value_3d(u, i, j, k):
    """u at this cell."""
    return u[i, j, k]


STEPS = (step_1d, step_2d, step_3d)
VALUES = (value_1d, value_2d, value_3d)


class HeatParameters(Parameters):
    D: float = parameter(unit="length^2/time", doc="diffusivity", at_least=0.0)


class HeatFields(Section):
    u: FieldSection


class Heat(Model):
    """du/dt = D laplace(u): diffusion of heat, or of anything that spreads down its gradient."""

    clock: ClassVar[Literal["sweep", "time"]] = "time"
    reference: ClassVar[str] = "J. Crank, The Mathematics of Diffusion, 2nd ed., Oxford (1975), chapter 8"
    example: ClassVar[str] = """
name: heat
model:
  type: heat
  grid: {shape: [128, 128], spacing: 1.0, boundary: {value: 0.0}}
  parameters: {D: 1.0}
  fields: {u: {initial: "sin(pi*x/128)*sin(pi*y/128)"}}
run: {seed: 1, dt: 0.1, steps: 20000, measure_every: 100}
"""

    grid: Grid
    parameters: HeatParameters
    fields: HeatFields

    def state(self) -> Sequence[StateArray]:
        """The field u, with one ghost cell around it."""
        field = self.fields.u
        start = field.start(self.grid, self.parameters.model_dump(), PATH)
        sides = field.walls(self.grid, 1, self.parameters.model_dump(), lambda tree: float(evaluate(tree, {})), PATH)
        return [StateArray("u", self.grid.shape, field.dtype, start, sides, halo=1, doc="temperature")]

    def constants(self) -> Mapping[str, Any]:
        """1/h**2 along each axis."""
        return {f"inverse_h{axis}2": 1.0 / h**2 for axis, h in zip(self.grid.axes, self.grid.spacing, strict=True)}

    def phases(self) -> Sequence[Phase]:
        """All cells at once."""
        return [Phase(STEPS[len(self.grid.shape) - 1], "u")]

    def observables(self) -> Sequence[Observable]:
        """Mean, least and greatest value of u."""
        value = VALUES[len(self.grid.shape) - 1]
        return [
            Observable("mean_u", value, "mean", doc="mean of u over all cells"),
            Observable("min_u", value, "min", doc="least value of u"),
            Observable("max_u", value, "max", doc="greatest value of u"),
        ]

    def coordinates(self) -> Mapping[str, Any]:
        """The centres of the cells."""
        return self.grid.coordinates()

    def stability_limit(self) -> float:
        """The largest stable step, 1/(2 D sum 1/h**2); infinite where D is 0.

        Mode by mode, u is multiplied by 1 - 4 D dt sum sin**2/h**2, which must not pass -1. Walls make it no worse:
        a ghost cell `scale` u + `shift` adds D (1 + scale)/h**2 >= 0 to a diagonal whose least eigenvalue, with
        scale = -1, is again at least -4 D sum 1/h**2.
        """
        rate = 2.0 * self.parameters.D * sum(self.constants().values())
        return 1.0 / rate if rate else float("inf")

    def check(self, dt: float | None) -> None:
        """Refuse a field that does not fit."""
        self.fields.u.check(self.grid, self.parameters.model_dump(), PATH)
