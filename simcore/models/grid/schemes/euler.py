"""The explicit Euler scheme."""

from __future__ import annotations

from collections.abc import Sequence

from simcore.formulas.tree import Name
from simcore.models.grid.kernels import Kernels, Step
from simcore.models.grid.schemes.scheme import Scheme
from simcore.models.grid.system import DT, add, times


class Euler(Scheme):
    """u(t + dt) = u + dt f(u, t), of first order: one phase for all fields."""

    growth = (1.0, 1.0)
    stages = False
    takes_seconds = False

    def phases(self, kernels: Kernels) -> Sequence[Step]:
        stage = kernels.stage(0, 0.0)
        new = {name: add(Name(name), times(DT, rate)) for name, rate in stage.rates.items()}
        return [*stage.before, kernels.phase("euler", new)]
