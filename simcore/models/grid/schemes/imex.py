"""Schemes that solve for the linear part and step through the rest."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from simcore.formulas.tree import Name, Node
from simcore.models.grid.kernels import Kernels, Step, Work
from simcore.models.grid.noise import increments
from simcore.models.grid.schemes.scheme import Scheme, arrays, named
from simcore.models.grid.solvers import SolveBetween
from simcore.models.grid.system import DT, System, add, subtract, times
from simcore.spec.phases import Solve

Tableau = tuple[tuple[float, ...], ...]


class Imex(Scheme):
    """An implicit-explicit Runge-Kutta scheme of U. M. Ascher, S. J. Ruuth, R. J. Spiteri, Appl. Numer. Math. 25, 151
    (1997), for u' = L u + N(u, t), L linear with what walls add:

        (1 - gamma dt L) U[i] = R[i] = u + dt sum_j<i (explicit[i][j] N[j] + implicit[i][j] L U[j]),  U[0] = u

    at the times t + shares[i] dt; U of the last stage is u(t + dt). gamma dt L U[i] is U[i] less R[i]. All solves have
    the same matrix, and the implicit half is L-stable: no linear term in it limits the time step.

    The rows of the tables are the stages from 1 on; implicit[i][j] counts the stages from 1 on, the diagonal left out.
    """

    takes_seconds = False
    gamma: ClassVar[float]
    shares: ClassVar[tuple[float, ...]]
    explicit: ClassVar[Tableau]
    implicit: ClassVar[Tableau]

    def work(self, system: System) -> Sequence[Work]:
        stages, solved = len(self.explicit), self._solved(system)
        found = [*arrays("stage", system, sampled=True), *(Work(f"right_{u}", u) for u in solved)] if stages > 1 else []
        if stages == 1:
            found = arrays("right", system)
        if stages > 2:
            found += [Work(f"next_{u}", u, True) for u in system.variables if u not in solved]
        for number in range(stages - 1):
            found += arrays(f"explicit{number}", system)
        for number in range(1, stages - 1):
            found += [Work(f"implicit{number}_{u}", u) for u in solved]
        return found

    @staticmethod
    def _solved(system: System) -> list[str]:
        return [u for u in system.variables if any(u in solver.variables for solver in system.solvers)]

    def phases(self, kernels: Kernels) -> Sequence[Step]:
        system, stages = kernels.system, len(self.explicit)
        solved = self._solved(system)
        right = named("right", system.variables)
        steps: list[Step] = []
        values: dict[str, str] | None = None
        now: dict[str, str] = {}
        for number in range(stages):
            stage = kernels.stage(number, self.shares[number], values)
            last = number == stages - 1
            reached = self._reached(system, number + 1)
            results: dict[str, Node] = {}
            jumps, normals = increments(stage.noise, system.complex_names) if system.noise else ({}, 0)
            for u, rate in stage.rates.items():
                if not last:
                    results[f"explicit{number}_{u}"] = rate
                if number and u in solved and not last:
                    results[f"implicit{number}_{u}"] = subtract(Name(now[u]), Name(right[u]))
                total = add(Name(u), times(DT, self._explicit(number, u, rate)))
                if u in solved:
                    for j, weight in enumerate(self.implicit[number], 1):
                        if weight:
                            known: Node = Name(f"implicit{j}_{u}")
                            if j == number:
                                known = subtract(Name(now[u]), Name(right[u]))
                            total = add(total, times(weight / self.gamma, known))
                if u in jumps:
                    total = add(total, jumps[u])
                results[right[u] if u in solved or stages == 1 else reached[u]] = total
            share = self.shares[number + 1]
            name = f"imex_{number + 1}"
            steps += [*stage.before, kernels.phase(name, results, at=share, own_cell=stages > 1, normals=normals)]
            for solver in system.solvers:
                sources, targets = (tuple(names[u] for u in solver.variables) for names in (right, reached))
                call = SolveBetween(solver, sources, targets, share)
                steps.append(Solve(call, sources, targets, share, solver.set_up))
            values = now = reached
        if stages == 1 and (left := {u: Name(right[u]) for u in system.variables if u not in solved}):
            steps.append(kernels.phase("imex_unsolved", left, own_cell=True))
        return steps

    def _explicit(self, number: int, variable: str, rate: Node) -> Node:
        """The weighted sum of N up to this stage, whose own is `rate`."""
        total: Node | None = None
        for j, weight in enumerate(self.explicit[number]):
            if weight:
                term = times(weight, rate if j == number else Name(f"explicit{j}_{variable}"))
                total = term if total is None else add(total, term)
        assert total is not None
        return total

    def _reached(self, system: System, number: int) -> dict[str, str]:
        """The arrays of U of a stage: the state at the end.

        Those of variables that are not solved for take turns: one must not be written while the last one is read.
        """
        if number == len(self.explicit):
            return {u: u for u in system.variables}
        solved = self._solved(system)
        return {u: f"next_{u}" if number % 2 == 0 and u not in solved else f"stage_{u}" for u in system.variables}

    def multiply(self, explicit: np.ndarray, implicit: np.ndarray, dt: float) -> np.ndarray:
        """What a step multiplies waves by, N u = explicit u and L u = implicit u; matrices on the last two axes."""
        one = np.eye(explicit.shape[-1])
        inverse = np.linalg.inv(one - self.gamma * dt * implicit)
        stages = [np.broadcast_to(one, explicit.shape)]
        for outer, inner in zip(self.explicit, self.implicit, strict=True):
            right = one + dt * sum(w * explicit @ u for w, u in zip(outer, stages, strict=True) if w)
            right = right + dt * sum(w * implicit @ u for w, u in zip(inner, stages[1:], strict=True) if w)
            stages.append(inverse @ right)
        return stages[-1]


class Imex1(Imex):
    """The semi-implicit Euler scheme, (1 - dt L) u(t + dt) = u + dt N(u, t), of first order.

    With noise g(u, t) sqrt(dt/V) N(0, 1) is added to the right side, in the sense of Ito: of weak order 1, strong order
    1/2 (1 if g is constant): P. E. Kloeden and E. Platen, Numerical Solution of Stochastic Differential Equations,
    Springer (1992), section 12.2.
    """

    noisy = True
    gamma = 1.0
    shares = (0.0, 1.0)
    explicit = ((1.0,),)
    implicit = ((),)


_GAMMA = 1.0 - math.sqrt(0.5)
_DELTA = 1.0 - 1.0 / (2.0 * _GAMMA)


class Imex2(Imex):
    """ARS(2,2,2), section 2.6, of second order."""

    gamma = _GAMMA
    shares = (0.0, _GAMMA, 1.0)
    explicit = ((_GAMMA,), (_DELTA, 1.0 - _DELTA))
    implicit = ((), (1.0 - _GAMMA,))


class Imex3(Imex):
    """ARS(4,4,3), section 2.8, of third order."""

    gamma = 0.5
    shares = (0.0, 1 / 2, 2 / 3, 1 / 2, 1.0)
    explicit = ((1 / 2,), (11 / 18, 1 / 18), (5 / 6, -5 / 6, 1 / 2), (1 / 4, 7 / 4, 3 / 4, -7 / 4))
    implicit = ((), (1 / 6,), (-1 / 2, 1 / 2), (3 / 2, -3 / 2, 1 / 2))
