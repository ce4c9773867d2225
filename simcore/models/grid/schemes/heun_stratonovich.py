"""The scheme of Heun, for noise in the sense of Stratonovich."""

from __future__ import annotations

from collections.abc import Sequence

from simcore.formulas.tree import Name, Node, Number
from simcore.models.grid.kernels import Kernels, Step, Work
from simcore.models.grid.noise import increments
from simcore.models.grid.schemes.scheme import Scheme, arrays, named
from simcore.models.grid.system import DT, System, add, times


class HeunStratonovich(Scheme):
    """A predictor and a corrector with the same noise dW = sqrt(dt/V) N(0, 1):

        w = u + dt f(u, t) + g(u, t) dW
        u(t + dt) = u + dt/2 (f(u, t) + f(w, t + dt)) + 1/2 (g(u, t) + g(w, t + dt)) dW

    It converges to the solution in the sense of Stratonovich, weakly with order 1, strongly with order 1 if each field
    has its own noise; without noise it is of second order. P. E. Kloeden and E. Platen, Numerical Solution of
    Stochastic Differential Equations, Springer (1992), sections 4.9 and 15.1. Three work arrays for each variable.
    """

    growth = (1.0, 1.0, 1.0 / 2.0)
    noisy = True

    def work(self, system: System) -> Sequence[Work]:
        drawn = [Work(f"drawn_{variable}", variable) for variable in system.noise]
        return [*arrays("stage", system, sampled=True), *arrays("half", system), *drawn]

    def phases(self, kernels: Kernels) -> Sequence[Step]:
        variables = kernels.system.variables
        predicted, half = named("stage", variables), named("half", variables)
        first = kernels.stage(0, 0.0)
        drawn, normals = increments(dict.fromkeys(first.noise, Number(1.0)), kernels.system.complex_names)
        begun: dict[str, Node] = {}
        for u, rate in first.rates.items():
            begun[predicted[u]] = add(Name(u), times(DT, rate))
            begun[half[u]] = add(Name(u), times(times(0.5, DT), rate))
        for u, amplitude in first.noise.items():
            jump = times(amplitude, drawn[u])
            begun[predicted[u]] = add(begun[predicted[u]], jump)
            begun[half[u]] = add(begun[half[u]], times(0.5, jump))
            begun[f"drawn_{u}"] = drawn[u]
        second = kernels.stage(1, 1.0, predicted)
        ended = {u: add(Name(half[u]), times(times(0.5, DT), rate)) for u, rate in second.rates.items()}
        for u, amplitude in second.noise.items():
            ended[u] = add(ended[u], times(times(0.5, amplitude), Name(f"drawn_{u}")))
        return [
            *first.before,
            kernels.phase("heun_predictor", begun, normals=normals),
            *second.before,
            kernels.phase("heun_corrector", ended, own_cell=True),
        ]
