"""The leapfrog scheme, for equations of second order in time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from simcore.formulas.tree import Binary, Call, Name, Node, Number, postorder, substitute
from simcore.models.grid.kernels import Kernels, Step
from simcore.models.grid.schemes.scheme import Scheme
from simcore.models.grid.system import DT, add, times


def now(velocity: str) -> str:
    """What a velocity at the time of its field is called."""
    return f"{velocity}_now"


def at_one_time(
    velocities: Mapping[str, str], rates: Mapping[str, Node], named: Mapping[str, Node], measured: Mapping[str, Node]
) -> tuple[dict[str, Node], dict[str, Node], dict[str, Node]]:
    """The rates, named expressions (in order of need) and measured formulas, with every velocity at the time of u.

    v(t) = v(t - dt/2) + dt/2 a(u(t), t); at the start it is there already. No rate of a velocity names a velocity.
    """
    moved: dict[str, Node] = {v: Name(now(v)) for v in velocities.values()}
    late = set(moved)  # all that names a velocity
    for name, tree in named.items():
        if any(isinstance(node, Name) and node.name in late for node in postorder([tree])):
            late.add(name)
    share = Call("where", (Binary("==", Name("step"), Number(0.0)), Number(0.0), Number(0.5)))
    order = {name: tree for name, tree in named.items() if name not in late}
    order |= {now(v): add(Name(v), times(times(share, DT), rates[v])) for v in velocities.values()}
    order |= {name: substitute(tree, moved) for name, tree in named.items() if name in late}
    rates, measured = ({n: substitute(tree, moved) for n, tree in trees.items()} for trees in (rates, measured))
    return rates, order, measured


class Leapfrog(Scheme):
    """u'' = a(u, t): v(t + dt/2) = v(t - dt/2) + dt a(u, t); u(t + dt) = u + dt v(t + dt/2). Of second order.

    The array `u_t` holds v, half a step behind u. It starts at t = 0, so the first step is half a step for it,
    which is the exact Taylor series to second order. What is measured takes v at the time of u, see `at_one_time`.
    """

    lag = 0.5
    stages = False
    takes_firsts = False
    takes_velocities = False

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
