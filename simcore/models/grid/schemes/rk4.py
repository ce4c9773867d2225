"""The classical Runge-Kutta scheme of fourth order."""

from __future__ import annotations

from collections.abc import Sequence

from simcore.formulas.tree import Name, Number
from simcore.models.grid.kernels import Kernels, Step, Work
from simcore.models.grid.schemes.scheme import Scheme, arrays, named
from simcore.models.grid.system import DT, System, add, times


class RK4(Scheme):
    """Four rates k1 to k4, u(t + dt) = u + dt (k1 + 2 k2 + 2 k3 + k4)/6.

    E. Hairer, S. P. Norsett, G. Wanner, Solving Ordinary Differential Equations I, 2nd ed., table II.1.2. Three work
    arrays for each variable: two stages, one of which is read while the other is written, and the sum so far.
    """

    growth = (1.0, 1.0, 1.0 / 2.0, 1.0 / 6.0, 1.0 / 24.0)

    def work(self, system: System) -> Sequence[Work]:
        stages = [work for role in ("stage", "next") for work in arrays(role, system, sampled=True)]
        return [*stages, *arrays("sum", system)]

    def phases(self, kernels: Kernels) -> Sequence[Step]:
        variables = kernels.system.variables
        one, two, sums = (named(role, variables) for role in ("stage", "next", "sum"))
        steps: list[Step] = []
        for number, (share, read, write, ahead, weight) in enumerate(
            ((0.0, {}, one, 0.5, 1.0), (0.5, one, two, 0.5, 2.0), (0.5, two, one, 1.0, 2.0))
        ):
            stage = kernels.stage(number, share, read)
            results = {}
            for u, rate in stage.rates.items():
                results[write[u]] = add(Name(u), times(times(ahead, DT), rate))
                results[sums[u]] = add(Name(sums[u]), times(weight, rate)) if number else rate
            steps += [*stage.before, kernels.phase(f"rk4_{number + 1}", results, at=ahead, own_cell=number > 0)]
        last = kernels.stage(3, 1.0, one)
        sixth = times(Number(1.0 / 6.0), DT)
        new = {u: add(Name(u), times(sixth, add(Name(sums[u]), rate))) for u, rate in last.rates.items()}
        return [*steps, *last.before, kernels.phase("rk4_4", new, own_cell=True)]
