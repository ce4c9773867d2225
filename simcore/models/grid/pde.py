"""Partial differential equations that the experiment itself writes."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from simcore.models.grid.equation import EquationKey, FormulaKey, Formulas, NamedKey
from simcore.models.grid.equations import GridEquations
from simcore.models.grid.field import FieldSection
from simcore.models.grid.parameters import FreeParameters


class Pde(GridEquations):
    """Your own partial differential equations: any fields, any right-hand sides, one fused kernel."""

    reference: ClassVar[str] = "docs/equations.md; J. E. Pearson, Science 261, 189 (1993) for the example"
    example: ClassVar[str] = """
name: gray-scott
model:
  type: pde
  grid: {shape: [256, 256], spacing: 1.0, boundary: periodic}
  parameters: {Du: 0.16, Dv: 0.08, F: 0.035, k: 0.065}
  fields:
    u: {initial: "1"}
    v: {initial: "where((abs(x - 128) < 10) & (abs(y - 128) < 10), 0.5, 0)"}
  equations:
    u: "Du*laplace(u) - u*v**2 + F*(1 - u)"
    v: "Dv*laplace(v) + u*v**2 - (F + k)*v"
  scheme: euler
run: {seed: 1, dt: 1.0, t_end: 5000, measure_every: 100}
output:
  observables: {mean_v: "mean(v)"}
  fields: {every: 1000 steps, names: [v]}
"""

    parameters: FreeParameters = Field(
        default=FreeParameters.model_validate({}), description="numbers, or fields: {file: D.npy}"
    )
    fields: dict[str, FieldSection] = Field(description="name: {initial: ..., boundary: ..., dtype: ...}")
    expressions: dict[str, NamedKey] = Field(default={}, description="name: formula, or {value: ..., boundary: ...}")
    equations: dict[str, EquationKey] = Field(description="field: formula of du/dt, or {tt: formula}")
    noise: dict[str, FormulaKey] = Field(default={}, description="field: amplitude g of white noise")

    def formulas(self) -> Formulas:
        """As the experiment writes them."""
        return Formulas(self.equations, self.expressions, self.noise)
