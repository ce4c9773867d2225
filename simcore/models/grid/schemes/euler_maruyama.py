"""The scheme of Euler and Maruyama, for noise."""

from __future__ import annotations

from collections.abc import Sequence

from simcore.expressions.tree import Name
from simcore.models.grid.kernels import Kernels, Step
from simcore.models.grid.noise import increments
from simcore.models.grid.schemes.scheme import Scheme
from simcore.models.grid.system import DT, add, times


class EulerMaruyama(Scheme):
    """u(t + dt) = u + dt f(u, t) + g(u, t) sqrt(dt/V) N(0, 1), in the sense of Ito.

    Strong order 1/2 (1 where g is constant), weak order 1: P. E. Kloeden and E. Platen, Numerical Solution of
    Stochastic Differential Equations, Springer (1992), chapters 10 and 14.
    """

    growth = (1.0, 1.0)
    takes_seconds = False
    noisy = True

    def phases(self, kernels: Kernels) -> Sequence[Step]:
        stage = kernels.stage(0, 0.0)
        noise, normals = increments(stage.noise, kernels.system.complex_names)
        new = {name: add(Name(name), times(DT, rate)) for name, rate in stage.rates.items()}
        new |= {name: add(new[name], jump) for name, jump in noise.items()}
        return [*stage.before, kernels.phase("euler_maruyama", new, normals=normals)]
