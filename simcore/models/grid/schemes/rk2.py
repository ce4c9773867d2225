"""The midpoint rule, a Runge-Kutta scheme of second order."""

from __future__ import annotations

from collections.abc import Sequence

from simcore.formulas.tree import Name
from simcore.models.grid.kernels import Kernels, Step, Work
from simcore.models.grid.schemes.scheme import Scheme, arrays, named
from simcore.models.grid.system import DT, System, add, times


class RK2(Scheme):
    """u(t + dt) = u + dt f(u + dt/2 f(u, t), t + dt/2)."""

    growth = (1.0, 1.0, 1.0 / 2.0)

    def work(self, system: System) -> Sequence[Work]:
        return arrays("stage", system, sampled=True)

    def phases(self, kernels: Kernels) -> Sequence[Step]:
        middle = named("stage", kernels.system.variables)
        first = kernels.stage(0, 0.0)
        to_middle = {middle[u]: add(Name(u), times(times(0.5, DT), rate)) for u, rate in first.rates.items()}
        second = kernels.stage(1, 0.5, middle)
        new = {u: add(Name(u), times(DT, rate)) for u, rate in second.rates.items()}
        return [
            *first.before,
            kernels.phase("rk2_first", to_middle, at=0.5),
            *second.before,
            kernels.phase("rk2_second", new, own_cell=True),
        ]
