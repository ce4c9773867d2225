"""Models with fluxes, and their operators as matrices, by plain NumPy."""

from __future__ import annotations

import numpy as np

from simcore.models.grid.linear import waves
from simcore.models.grid.pde import Pde
from tests.physics.oracles.plain import Stepper, plain


def model(equations, *, shape=(8,), spacing=1.0, boundary="periodic", directory=".", **keys):
    """equations: of all fields, or that of u; a field starts at 0 unless `fields` says more."""
    equations = equations if isinstance(equations, dict) else {"u": equations}
    sections = keys.pop("fields", {})
    fields = {name: {"initial": 0, **sections.get(name, {})} for name in equations}
    grid = {"shape": list(shape), "spacing": spacing, "boundary": boundary, **keys.pop("grid", {})}
    raw = {"grid": grid, "fields": fields, "equations": equations, **keys}
    return Pde.model_validate(raw, context={"directory": directory})


class Steps(Stepper):
    """A stepper that reads the source of each function once, and may start from given values."""

    def __init__(self, given, dt, seed=None, **fields):
        super().__init__(given, dt, seed)
        self.known = {}
        self.put(**fields)

    def put(self, **fields):
        for name, values in fields.items():
            self.inside(name)[...] = values
            self.fill(name, 0.0)

    def call(self, function, time, **more):
        if id(function) not in self.known:
            self.known[id(function)] = function, *plain(function)
        _, kernel, names = self.known[id(function)]
        given = {**self.numbers, **self.arrays, **dict(zip("ijk", self.cells, strict=False)), **more}
        given |= {"step": self.steps + 1, "time": time}
        return kernel(*(given[name] for name in names))


class Rates(Steps):
    """du/dt of the first field, by the kernel of one step of Euler."""

    def __init__(self, given):
        super().__init__(given, 1.0)

    def of(self, **fields):
        self.put(**fields)
        first = next(iter(self.model.field_sections))
        before = self.inside(first).copy()
        with np.errstate(all="ignore"):
            for phase in self.phases:
                self.make(phase)
        return self.inside(first) - before


def rate(given, **fields):
    """du/dt of the first field for these values of the fields."""
    return Rates(given).of(**fields)


def matrix(given):
    """du/dt = A u + b of a linear equation for one field: A, of shape (cells, cells), and b."""
    n, rates = int(np.prod(given.grid.shape)), Rates(given)
    shift = rates.of(u=0.0).ravel()
    columns = [rates.of(u=unit.reshape(given.grid.shape)).ravel() - shift for unit in np.eye(n)]
    return np.array(columns).T, shift


def steady(given, source=0.0):
    """The u with du/dt + source = 0, of shape grid.shape."""
    a, b = matrix(given)
    right = -(b + np.broadcast_to(source, given.grid.shape).ravel())
    return np.linalg.solve(a, right).reshape(given.grid.shape)


def order_of(errors):
    """Between successive halvings of the spacing."""
    return np.log2(np.array(errors[:-1]) / np.array(errors[1:]))


def implicit_symbol(given, angles):
    """What the one implicit solver of a model of one field multiplies exp(i theta . cell) by, of shape (waves,)."""
    (solver,) = given._plan[1].system.solvers
    return solver.walled.linear.symbols(waves(angles))["u", "u"]
