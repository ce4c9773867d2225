"""The Runge-Kutta scheme of third order that keeps what a step of Euler keeps."""

from __future__ import annotations

from collections.abc import Sequence

from simcore.formulas.tree import Name, Node
from simcore.models.grid.kernels import Kernels, Step, Work
from simcore.models.grid.schemes.scheme import Scheme, arrays, named
from simcore.models.grid.system import DT, System, add, times


class SSPRK3(Scheme):
    """Three steps of Euler, of which means are taken:

        v = u + dt f(u, t)
        w = 3/4 u + 1/4 (v + dt f(v, t + dt))
        u(t + dt) = 1/3 u + 2/3 (w + dt f(w, t + dt/2))

    If a step of Euler of that length creates no new extrema, nor does this. C.-W. Shu, S. Osher, J. Comp. Phys. 77, 439
    (1988), eq. 2.18. Two work arrays for each variable.
    """

    growth = (1.0, 1.0, 1.0 / 2.0, 1.0 / 6.0)

    def work(self, system: System) -> Sequence[Work]:
        return [work for role in ("stage", "next") for work in arrays(role, system, sampled=True)]

    def phases(self, kernels: Kernels) -> Sequence[Step]:
        variables = kernels.system.variables
        stages = ({u: u for u in variables}, named("stage", variables), named("next", variables))
        steps: list[Step] = []
        for number, (share, weight, at) in enumerate(((0.0, 1.0, 1.0), (1.0, 1.0 / 4.0, 0.5), (0.5, 2.0 / 3.0, 1.0))):
            read, write = stages[number], stages[(number + 1) % 3]
            stage = kernels.stage(number, share, read if number else None)
            results: dict[str, Node] = {}
            for u, rate in stage.rates.items():
                moved = add(Name(read[u]), times(DT, rate))
                results[write[u]] = add(times(1.0 - weight, Name(u)), times(weight, moved)) if number else moved
            steps += [*stage.before, kernels.phase(f"ssprk3_{number + 1}", results, at=at, own_cell=number > 0)]
        return steps
