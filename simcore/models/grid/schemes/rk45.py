"""Adaptive Runge-Kutta steps of fifth order, their error estimated by a fourth-order solution."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from simcore.formulas.tree import Binary, Call, Name, Node, Number
from simcore.models.grid.kernels import Kernels, Step, Work
from simcore.models.grid.schemes.scheme import Scheme, arrays, named
from simcore.models.grid.system import DT, System, add, times
from simcore.spec.phases import Adaptive

SHARES = (0.0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1.0, 1.0)
WEIGHTS = (
    (1 / 5,),
    (3 / 40, 9 / 40),
    (44 / 45, -56 / 15, 32 / 9),
    (19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729),
    (9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656),
    (35 / 384, 0.0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84),
)
ERROR = (71 / 57600, 0.0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40)
BEND = (
    -12715105075 / 11282082432,
    0.0,
    87487479700 / 32700410799,
    -10690763975 / 1880347072,
    701980252875 / 199316789632,
    -1453857185 / 822651844,
    69997945 / 29380423,
)


class RK45(Scheme):
    """The pair of J. R. Dormand and P. J. Prince, J. Comp. Appl. Math. 6, 19 (1980): the fifth-order solution goes on.

    Seven rates k1 to k7 are kept, k7 at the end of the step, for the interpolation of outputs; `BEND` is that of
    E. Hairer, S. P. Norsett, G. Wanner, Solving Ordinary Differential Equations I, 2nd ed., section II.6 (`contd5`).
    """

    adapts = True

    def work(self, system: System) -> Sequence[Work]:
        stages = [work for role in ("stage", "next") for work in arrays(role, system, sampled=True)]
        return [*stages, *(work for number in range(1, 8) for work in arrays(f"rate{number}", system))]

    def phases(self, kernels: Kernels) -> Sequence[Step]:
        variables = kernels.system.variables
        roles = named("stage", variables), named("next", variables)
        steps: list[Step] = []
        for number, share in enumerate(SHARES):
            stage = kernels.stage(number, share, roles[(number + 1) % 2] if number else None)
            results = {f"rate{number + 1}_{u}": rate for u, rate in stage.rates.items()}
            if number < 6:
                write = roles[number % 2]
                results |= {write[u]: _moved(u, rate, WEIGHTS[number]) for u, rate in stage.rates.items()}
            at = SHARES[min(number + 1, 6)]
            steps += [*stage.before, kernels.phase(f"rk45_{number + 1}", results, at=at, own_cell=True)]
        return steps

    def adaptive(self, kernels: Kernels) -> Adaptive:
        variables = kernels.system.variables
        proposed = named("next", variables)
        scaled = [self._scaled_error(u, proposed[u]) for u in variables]
        worst = scaled[0] if len(scaled) == 1 else Call("max", tuple(scaled))
        return Adaptive(
            arrays=variables,
            proposed=tuple(proposed.values()),
            error=kernels.function("scaled_error", [worst]),
            order=4,
            slopes=tuple((f"rate1_{u}", f"rate7_{u}") for u in variables),
            bends=tuple(
                tuple((f"rate{n + 1}_{u}", weight) for n, weight in enumerate(BEND) if weight) for u in variables
            ),
        )

    def _scaled_error(self, variable: str, proposed: str) -> Node:
        rates = [(weight, Name(f"rate{n + 1}_{variable}")) for n, weight in enumerate(ERROR) if weight]
        error = Call("abs", (times(DT, _sum(rates)),))
        size = Call("max", (Call("abs", (Name(variable),)), Call("abs", (Name(proposed),))))
        return Binary("/", error, add(Name("absolute_tolerance"), times(Name("relative_tolerance"), size)))


def _moved(variable: str, rate: Node, weights: Sequence[float]) -> Node:
    """u + dt sum(weight k), the last k being `rate`, the others kept in arrays."""
    *kept, last = weights
    terms: list[tuple[float, Node]] = [(w, Name(f"rate{n + 1}_{variable}")) for n, w in enumerate(kept) if w]
    return add(Name(variable), times(DT, _sum([*terms, (last, rate)])))


def _sum(terms: Sequence[tuple[float, Node]]) -> Node:
    return reduce(add, (times(Number(weight), term) for weight, term in terms))
