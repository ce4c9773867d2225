"""A scheme: Heun's, the explicit trapezoidal rule, a Runge-Kutta scheme of second order."""

from simcore.formulas.tree import Name
from simcore.models.grid.schemes.scheme import Scheme, arrays, named
from simcore.models.grid.system import DT, add, times


class Heun(Scheme):
    """u(t + dt) = u + dt/2 (f(u, t) + f(u + dt f(u, t), t + dt))."""

    growth = (1.0, 1.0, 1.0 / 2.0)

    def work(self, system):
        return [*arrays("stage", system, sampled=True), *arrays("rate", system)]

    def phases(self, kernels):
        end, rate = (named(role, kernels.system.variables) for role in ("stage", "rate"))
        first = kernels.stage(0, 0.0)
        kept = {rate[u]: known for u, known in first.rates.items()}
        to_end = {end[u]: add(Name(u), times(DT, known)) for u, known in first.rates.items()}
        second = kernels.stage(1, 1.0, end)
        mean = {u: times(0.5, add(Name(rate[u]), known)) for u, known in second.rates.items()}
        new = {u: add(Name(u), times(DT, known)) for u, known in mean.items()}
        return [
            *first.before,
            kernels.phase("heun_first", {**kept, **to_end}, at=1.0),
            *second.before,
            kernels.phase("heun_second", new, own_cell=True),
        ]
