"""A model on a grid stepped by plain NumPy: every phase over all cells at once, nothing compiled.

It reads the contract as the engine does (old values are read while new ones are written; ghost cells are filled from
the last axis to the first; a stage's walls are those of its time), so that whole runs take milliseconds and the engine
has something to be equal to.
"""

from __future__ import annotations

import inspect
import re

import numpy as np

from simcore.spec.arrays import CellFunction, Periodic
from simcore.spec.phases import Phase, Reduction

VECTORS = {
    "where": np.where,
    "truth": lambda condition: np.where(condition, 1.0, 0.0),
    "minimum": np.minimum,
    "maximum": np.maximum,
    "sign": np.sign,
    "scaled": np.multiply,
    "divided": np.divide,
}
REDUCE = {"mean": np.mean, "sum": np.sum, "min": np.min, "max": np.max}


def plain(function):
    """A generated function over index arrays, and the names of its arguments."""
    assert isinstance(function, CellFunction)
    module = {"np": np, "complex": lambda a, b: a + 1j * b, **function.uses, **VECTORS}
    exec(function.source, module)
    kernel = module[re.match(r"def (\w+)", function.source)[1]]
    return kernel, list(inspect.signature(kernel).parameters)


class Stepper:
    """The state of a model at a time; `step()` makes one step of length dt."""

    def __init__(self, model, dt, seed=None):
        model.check(dt)
        self.model, self.dt, self.steps, self.time = model, dt, 0, 0.0
        self.described = {array.name: array for array in model.state()}
        self.phases = list(model.phases())
        self.halo = max(array.halo for array in self.described.values())
        self.random = np.random.default_rng(seed)
        self.numbers = {**dict(model.parameters), **model.constants(), "dt": dt}
        shape = next(iter(self.described.values())).shape
        self.cells = np.ix_(*(np.arange(n) + self.halo for n in shape))
        self.arrays = {}
        for name, array in self.described.items():
            self.arrays[name] = np.zeros([n + 2 * self.halo for n in shape], array.dtype)
            if not array.work:
                self.inside(name)[...] = array.initial
                self.fill(name, 0.0)

    def inside(self, name):
        """The cells without their ghosts."""
        return self.arrays[name][tuple(slice(self.halo, n - self.halo) for n in self.arrays[name].shape)]

    def call(self, function, time, **more):
        kernel, names = plain(function)
        given = {**self.numbers, **self.arrays, **dict(zip("ijk", self.cells, strict=False)), **more}
        given |= {"step": self.steps + 1, "time": time}
        return kernel(*(given[name] for name in names))

    def step(self, times=1):
        for _ in range(times):
            for phase in self.phases:
                self.make(phase)
            self.steps += 1
            self.time = self.steps * self.dt
        return self

    def make(self, phase):
        if isinstance(phase, Reduction):
            value = np.broadcast_to(self.call(phase.value, self.time), [a.size for a in self.cells])
            self.numbers[phase.name] = REDUCE[phase.reduce](value)
        elif isinstance(phase, Phase):
            shape = [a.size for a in self.cells]
            draws = tuple(self.random.random(shape) for _ in range(phase.draws))
            new = self.call(phase.update, self.time, **({"random": draws} if draws else {}))
            writes = (phase.writes,) if isinstance(phase.writes, str) else phase.writes
            for name, values in zip(writes, new if isinstance(new, tuple) else (new,), strict=True):
                self.arrays[name] = self.arrays[name].copy()
                self.inside(name)[...] = values
                self.fill(name, self.time + phase.at * self.dt)
        else:
            views = {name: self.inside(name) for name in {*phase.reads, *phase.writes}}
            phase.call(views, self.time, self.dt)
            for name in phase.writes:
                self.fill(name, self.time + phase.at * self.dt)

    def fill(self, name, time):
        array, halo = self.arrays[name], self.halo
        for axis in reversed(range(array.ndim if self.described[name].halo else 0)):
            lines, n = np.moveaxis(array, axis, 0), array.shape[axis] - 2 * halo
            for end, side in enumerate(self.described[name].boundary[axis]):
                for depth in range(1, halo + 1):
                    ghost = halo - depth if end == 0 else n + halo + depth - 1
                    if isinstance(side, Periodic):
                        lines[ghost] = lines[(ghost - halo) % n + halo]
                        continue
                    mirror = halo + depth - 1 if end == 0 else n + halo - depth
                    scale, shift = (
                        self.coefficient(part, axis, mirror, array, time) for part in (side.scale, side.shift)
                    )
                    lines[ghost] = scale * lines[mirror] + shift

    def coefficient(self, part, axis, mirror, array, time):
        if not isinstance(part, CellFunction):
            return part
        index = [np.arange(n) for n in array.shape]
        index[axis] = np.array([mirror])
        kernel, names = plain(part)
        given = {**self.numbers, **dict(zip("ijk", np.ix_(*index), strict=False)), "time": time}
        values = np.broadcast_to(kernel(*(given[n] for n in names)), [a.size for a in index])
        return np.moveaxis(values, axis, 0)[0]
