"""The Kuramoto-Sivashinsky equation."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from simcore.config import Section
from simcore.models.grid.equations import SchemeName
from simcore.models.grid.field import FieldSection
from simcore.models.grid.parameters import EquationParameters
from simcore.models.grid.presets.preset import Preset, starting


class KuramotoSivashinskyParameters(EquationParameters):
    """It has none."""


class KuramotoSivashinskyFields(Section):
    h: FieldSection = starting({"random": {"uniform": [-0.1, 0.1]}})


class KuramotoSivashinsky(Preset):
    """dh/dt = -laplace(h) - laplace(laplace(h)) - |grad h|^2/2.

    Chaos in space and time, of flame fronts and of films.
    """

    equations: ClassVar = {"h": "-bend - laplace(bend) - 0.5*gradient_squared(h)"}
    expressions: ClassVar = {"bend": "laplace(h)"}
    reference: ClassVar[str] = (
        "Y. Kuramoto and T. Tsuzuki, Prog. Theor. Phys. 55, 356 (1976); "
        "G. I. Sivashinsky, Acta Astronaut. 4, 1177 (1977)"
    )
    example: ClassVar[str] = """
name: kuramoto-sivashinsky
model:
  type: kuramoto_sivashinsky
  grid: {shape: [256], extent: 100.53096491487338}
  fields: {h: {initial: "cos(x/16)*(1 + sin(x/16))"}}
run: {seed: 1, dt: 0.05, t_end: 100.0, measure_every: 20}
output:
  observables: {width: "std(h)"}
  fields: {every: 100 steps}
"""

    parameters: KuramotoSivashinskyParameters = KuramotoSivashinskyParameters()
    fields: KuramotoSivashinskyFields = KuramotoSivashinskyFields()
    scheme: SchemeName = Field(default="imex", description="how a step is made")
