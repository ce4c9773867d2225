"""Small models in time with known solutions."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from simcore.config import parameter
from simcore.spec.arrays import CellFunction, StateArray
from simcore.spec.model import Model
from simcore.spec.observables import Observable
from simcore.spec.parameters import Parameters
from simcore.spec.phases import Adaptive, Phase

CELLS = 3000


def value(u, i):
    """u at this cell."""
    return u[i]


class Rate(Parameters):
    rate: float = parameter(1.0)


class Growth(Model):
    """du/dt = rate u, by explicit Euler; u starts at 1, but for one cell of 1e300."""

    clock: ClassVar = "time"
    parameters: Rate = Rate()

    def state(self):
        start = np.ones(CELLS)
        start[2345] = 1e300
        return [StateArray("u", (CELLS,), "float64", start)]

    def phases(self):
        source = "def grow(u, i, rate, dt):\n    return u[i] + dt * rate * u[i]"
        return [Phase(CellFunction(source), "u", own_cell=True)]

    def observables(self):
        return [Observable("least", value, "min")]

    def rate_of_change(self):
        source = "def change(u, i, rate):\n    return abs(rate * u[i])"
        return Observable("change", CellFunction(source), "max", hidden=True)


def slope(a, b):
    """Source of k = f(a, t + c dt) for du/dt = cos(t) u, with c = b."""
    return CellFunction(f"def slope({a}, i, time, dt):\n    return math.cos(time + {b} * dt) * {a}[i]")


class Swinging(Model):
    """du/dt = cos(t) u, so u = u(0) exp(sin t).

    By P. Bogacki and L. F. Shampine's pair of orders 3 and 2, Appl. Math. Lett. 2, 321 (1989).
    """

    clock: ClassVar = "time"
    parameters: Rate = Rate()

    def state(self):
        work = [
            StateArray(name, (CELLS,), "float64", np.zeros(CELLS), work=True)
            for name in ("v", "k1", "k2", "k3", "k4", "w")
        ]
        return [StateArray("u", (CELLS,), "float64", np.linspace(1.0, 2.0, CELLS)), *work]

    def phases(self):
        half = CellFunction("def half(u, k1, i, dt):\n    return u[i] + 0.5 * dt * k1[i]")
        later = CellFunction("def later(u, k2, i, dt):\n    return u[i] + 0.75 * dt * k2[i]")
        proposal = CellFunction(
            "def proposal(u, k1, k2, k3, i, dt):\n    return u[i] + dt * (2 * k1[i] + 3 * k2[i] + 4 * k3[i]) / 9"
        )
        return [
            Phase(slope("u", 0.0), "k1"),
            Phase(half, "w"),
            Phase(slope("w", 0.5), "k2"),
            Phase(later, "w"),
            Phase(slope("w", 0.75), "k3"),
            Phase(proposal, "v"),
            Phase(slope("v", 1.0), "k4"),
        ]

    def adaptive(self):
        error = CellFunction(
            "def error(u, v, k1, k2, k3, k4, i, dt):\n"
            "    difference = dt * (-5 / 72 * k1[i] + 1 / 12 * k2[i] + 1 / 9 * k3[i] - 1 / 8 * k4[i])\n"
            "    return abs(difference) / (1e-9 * max(abs(u[i]), abs(v[i])))"
        )
        return Adaptive(("u",), ("v",), error, 2, (("k1", "k4"),))

    def observables(self):
        return [Observable("greatest", value, "max")]
