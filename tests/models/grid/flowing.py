"""Models with fluxes, and their operators as matrices, by plain NumPy."""

from __future__ import annotations

import numpy as np

from simcore.models.grid.pde import Pde
from tests.physics.oracles.plain import Stepper

FACE = {"x-": (0, 0), "x+": (0, 1), "y-": (1, 0), "y+": (1, 1)}


def model(equations, *, shape=(8,), spacing=1.0, boundary="periodic", directory=".", **keys):
    """equations: of all fields, or that of u; a field starts at 0 unless `fields` says more."""
    equations = equations if isinstance(equations, dict) else {"u": equations}
    fields = {name: {"initial": 0} for name in equations} | keys.pop("fields", {})
    grid = {"shape": list(shape), "spacing": spacing, "boundary": boundary, **keys.pop("grid", {})}
    raw = {"grid": grid, "fields": fields, "equations": equations, **keys}
    return Pde.model_validate(raw, context={"directory": directory})


def rate(given, *, time=0.0, **fields):
    """du/dt of the first field for these values of the fields, by the kernel of one step of Euler."""
    stepper = Stepper(given, 1.0)
    stepper.time = time
    for name, values in fields.items():
        stepper.inside(name)[...] = values
        stepper.fill(name, time)
    first = next(iter(given.field_sections))
    before = stepper.inside(first).copy()
    with np.errstate(all="ignore"):
        return stepper.step().inside(first) - before


def matrix(given):
    """du/dt = A u + b of a linear equation for one field: A, of shape (cells, cells), and b."""
    n = int(np.prod(given.grid.shape))
    shift = rate(given, u=0.0).ravel()
    columns = [rate(given, u=unit.reshape(given.grid.shape)).ravel() - shift for unit in np.eye(n)]
    return np.array(columns).T, shift


def steady(given, source=0.0):
    """The u with du/dt + source = 0, of shape grid.shape."""
    a, b = matrix(given)
    right = -(b + np.broadcast_to(source, given.grid.shape).ravel())
    return np.linalg.solve(a, right).reshape(given.grid.shape)


def order_of(errors):
    """Between successive halvings of the spacing."""
    return np.log2(np.array(errors[:-1]) / np.array(errors[1:]))
