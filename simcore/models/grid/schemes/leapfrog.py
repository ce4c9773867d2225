"""The leapfrog scheme, for equations of second order in time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simcore.expressions.tree import Binary, Call, Name, Number
from simcore.models.grid.kernels import Kernels, Step
from simcore.models.grid.schemes.scheme import Scheme
from simcore.models.grid.system import DT, add, times


class Leapfrog(Scheme):
    """u'' = a(u, t): v(t + dt/2) = v(t - dt/2) + dt a(u, t); u(t + dt) = u + dt v(t + dt/2). Of second order.

    The array `u_t` holds v, half a step behind u. It starts at t = 0, so the first step is half a step for it,
    which is the exact Taylor series to second order.
    """

    lag = 0.5

    def reach(self, rates: np.ndarray) -> float | None:
        """2/omega, omega the largest |lambda|."""
        return 2.0 / float(np.abs(rates).max()) if rates.any() else None

    def phases(self, kernels: Kernels) -> Sequence[Step]:
        stage = kernels.stage(0, 0.0)
        share = Call("where", (Binary("==", Name("step"), Number(1.0)), Number(0.5), Number(1.0)))
        results = {}
        for u, v in kernels.system.velocities.items():
            results[v] = add(Name(v), times(times(share, DT), stage.rates[v]))
            results[u] = add(Name(u), times(DT, results[v]))
        return [*stage.before, kernels.phase("leapfrog", results)]
