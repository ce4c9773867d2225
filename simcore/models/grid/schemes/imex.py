"""A scheme that solves for the linear part and steps through the rest, both of second order."""

from __future__ import annotations

import math
from collections.abc import Sequence

from simcore.expressions.tree import Name, Node
from simcore.models.contract import Solve
from simcore.models.grid.kernels import Kernels, Step, Work
from simcore.models.grid.schemes.scheme import Scheme, arrays, named
from simcore.models.grid.system import DT, System, add, subtract, times

GAMMA = 1.0 - math.sqrt(0.5)
DELTA = 1.0 - 1.0 / (2.0 * GAMMA)


class Imex(Scheme):
    """ARS(2,2,2) of U. M. Ascher, S. J. Ruuth, R. J. Spiteri, Appl. Numer. Math. 25, 151 (1997), section 2.6.

    With u' = L u + N(u, t), gamma = 1 - 1/sqrt(2), delta = 1 - 1/(2 gamma):

        (1 - gamma dt L) w = u + gamma dt N(u, t)
        (1 - gamma dt L) u(t + dt) = u + dt (delta N(u, t) + (1 - delta) N(w, t + gamma dt)) + (1 - gamma) dt L w

    where gamma dt L w is w less the right-hand side of its own equation. Both solves have the same matrix; the
    implicit half is L-stable, so no linear term limits the time step. `explicit_u` holds N(u, t).
    """

    def work(self, system: System) -> Sequence[Work]:
        return [
            *arrays("stage", system, sampled=True),
            *arrays("explicit", system),
            *(Work(f"right_{u}", u) for u in system.solvers),
        ]

    def phases(self, kernels: Kernels) -> Sequence[Step]:
        solvers, variables = kernels.system.solvers, kernels.system.variables
        stage, explicit, right = (named(role, variables) for role in ("stage", "explicit", "right"))
        first = kernels.stage(0, 0.0)
        begun: dict[str, Node] = {}
        for u, rate in first.rates.items():
            begun[explicit[u]] = rate
            begun[right[u] if u in solvers else stage[u]] = add(Name(u), times(times(GAMMA, DT), rate))
        second = kernels.stage(1, GAMMA, stage)
        ended: dict[str, Node] = {}
        for u, rate in second.rates.items():
            both = add(times(DELTA, Name(explicit[u])), times(1.0 - DELTA, rate))
            ended[right[u] if u in solvers else u] = add(Name(u), times(DT, both))
            if u in solvers:
                solved = subtract(subtract(Name(stage[u]), Name(u)), times(times(GAMMA, DT), Name(explicit[u])))
                ended[right[u]] = add(ended[right[u]], times((1.0 - GAMMA) / GAMMA, solved))
        return [
            *first.before,
            kernels.phase("imex_first", begun, at=GAMMA),
            *(Solve(solver.to(right[u], stage[u]), (right[u],), (stage[u],), GAMMA) for u, solver in solvers.items()),
            *second.before,
            kernels.phase("imex_second", ended, own_cell=True),
            *(Solve(solver.to(right[u], u), (right[u],), (u,)) for u, solver in solvers.items()),
        ]
