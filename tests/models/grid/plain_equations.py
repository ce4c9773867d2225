"""Equations on a grid by NumPy alone, from the ghost-cell formulas: an independent judge of what the engine computes.

It takes the text of formulas from the experiment and lets Python evaluate it; no part of simcore is imported. A value
is an object that gives the array at any number of cells along an axis, ghost cells included.
"""

from __future__ import annotations

import re

import numpy as np

AXES = ("x", "y", "z")
OPERATORS = ("laplace", "dx", "dy", "dz", "d2x", "d2y", "d2z", "gradient_squared", "advect")
PERIODIC = "periodic"


class Value:
    """`at(axis, n)`: the array of the grid's shape whose entry at a cell is the value n cells further along an axis.

    at_face(axis, mirror, ghost): at the wall between two cells, given by how far they are. reads: the arrays that it is
    made of. degree: 0 of a number, 1 if it is linear in what it reads, else 2.
    """

    __array_ufunc__ = None  # so that NumPy's numbers leave arithmetic to this class

    def __init__(self, at, at_face=None, reads=frozenset(), degree=1):
        self.at, self.reads, self.degree = at, reads, degree
        self.at_face = at_face or (lambda axis, mirror, ghost: 0.5 * (at(axis, mirror) + at(axis, ghost)))

    @property
    def here(self):
        return self.at(0, 0)

    def _with(self, other, act, degree=lambda a, b: 2 * (max(a, b) > 0)):
        return combined(act, [self, other], degree(self.degree, degree_of(other)))

    def __add__(self, other):
        return self._with(other, lambda a, b: number(a) + number(b), max)

    def __radd__(self, other):
        return self._with(other, lambda a, b: number(b) + number(a), max)

    def __sub__(self, other):
        return self._with(other, lambda a, b: number(a) - number(b), max)

    def __rsub__(self, other):
        return self._with(other, lambda a, b: number(b) - number(a), max)

    def __mul__(self, other):
        return self._with(other, lambda a, b: number(a) * number(b), lambda a, b: max(a, b) if 0 in (a, b) else 2)

    __rmul__ = __mul__

    def __truediv__(self, other):
        return self._with(other, lambda a, b: number(a) / number(b), lambda a, b: a if b == 0 else 2)

    def __rtruediv__(self, other):
        return self._with(other, lambda a, b: number(b) / number(a))

    def __pow__(self, other):
        return self._with(other, lambda a, b: number(a) ** number(b))

    def __neg__(self):
        return combined(lambda a: -number(a), [self], self.degree)

    def __lt__(self, other):
        return self._with(other, lambda a, b: a < b)

    def __gt__(self, other):
        return self._with(other, lambda a, b: a > b)

    def __and__(self, other):
        return self._with(other, lambda a, b: a & b)

    def __or__(self, other):
        return self._with(other, lambda a, b: a | b)

    __rand__, __ror__ = __and__, __or__


def degree_of(value):
    return value.degree if isinstance(value, Value) else 0


def combined(act, parts, degree):
    """A function of values and numbers, cell by cell."""
    values = [part for part in parts if isinstance(part, Value)]
    return Value(
        lambda *where: act(*(p.at(*where) if isinstance(p, Value) else p for p in parts)),
        lambda *where: act(*(p.at_face(*where) if isinstance(p, Value) else p for p in parts)),
        frozenset().union(*(value.reads for value in values)),
        degree,
    )


def number(a):
    """A comparison counts as 0 or 1."""
    return a * 1.0 if np.asarray(a).dtype.kind == "b" else a


def lifted(act):
    """A function of numbers, of values too."""

    def function(*arguments):
        if not any(isinstance(a, Value) for a in arguments):
            return act(*map(number, arguments))
        highest = max(map(degree_of, arguments))
        return combined(lambda *numbers: act(*map(number, numbers)), arguments, 2 * (highest > 0))

    return function


def where(condition, chosen, other):
    parts = condition, chosen, other
    return combined(np.where, parts, 2 * (max(map(degree_of, parts)) > 0))


FUNCTIONS = {
    "sin": lifted(np.sin),
    "cos": lifted(np.cos),
    "tanh": lifted(np.tanh),
    "exp": lifted(np.exp),
    "sqrt": lifted(np.sqrt),
    "abs": lifted(np.abs),
    "where": where,
    "pi": np.pi,
}


class Plain:
    """One `model` section of `type: pde`, whose boundaries name every side. parameters: values, arrays for fields."""

    def __init__(self, model, parameters):
        grid = model["grid"]
        self.shape = tuple(grid["shape"])
        self.dimensions = len(self.shape)
        self.axes = AXES[: self.dimensions]
        self.h = np.broadcast_to(np.asarray(grid.get("spacing", 1.0), float), self.dimensions)
        self.origin = np.broadcast_to(np.asarray(grid.get("origin", 0.0), float), self.dimensions)
        self.order, self.upwind = model.get("order", 2), model.get("upwind", 1)
        self.grid_walls = self.sides(grid.get("boundary", PERIODIC))
        self.walls = {
            name: self.sides(field["boundary"]) if "boundary" in field else self.grid_walls
            for name, field in model["fields"].items()
        }
        self.expressions = model.get("expressions", {})
        self.parameters = parameters
        self.seconds = [name for name, text in model["equations"].items() if isinstance(text, dict)]
        self.texts = {}
        for name, text in model["equations"].items():
            if isinstance(text, dict):
                self.texts |= {name: f"{name}_t", f"{name}_t": text["tt"]}
                self.walls[f"{name}_t"] = {side: rate_of(wall) for side, wall in self.walls[name].items()}
            else:
                self.texts[name] = text
        self.periodic = all(wall == PERIODIC for walls in self._every_boundary() for wall in walls.values())

    def _every_boundary(self):
        yield self.grid_walls
        yield from self.walls.values()
        yield from (self.sides(e["boundary"]) for e in self.expressions.values() if isinstance(e, dict))

    def sides(self, boundary):
        """The wall at each side, `x-` and so on."""
        if boundary == PERIODIC or set(boundary) & {"value", "derivative", "mixed"}:
            boundary = dict.fromkeys(self.axes, boundary)
        return {f"{a}{end}": boundary.get(f"{a}{end}", boundary.get(a)) for a in self.axes for end in "-+"}

    def coordinate(self, axis):
        centres = self.origin[axis] + (np.arange(self.shape[axis]) + 0.5) * self.h[axis]
        shape = [1] * self.dimensions
        shape[axis] = -1
        return np.broadcast_to(centres.reshape(shape), self.shape)

    def sampled(self, array, walls, t, name=None):
        """An array as a value, its ghost cells from the walls at the time t."""
        name = name or f"array {len(self.kinds)}"
        self.kinds[name] = {side: wall if wall == PERIODIC else next(iter(wall)) for side, wall in walls.items()}
        array = np.broadcast_to(np.asarray(array), self.shape)

        def at(axis, n):
            if n == 0:
                return array
            places = np.arange(self.shape[axis]) + n
            return np.stack([self.cell(array, axis, place, walls, t) for place in places], axis)

        return Value(at, reads=frozenset([name]))

    def cell(self, array, axis, place, walls, t):
        """All cells with the index `place` along an axis, which may be that of a ghost cell."""
        cells = self.shape[axis]
        side = f"{self.axes[axis]}{'-' if place < 0 else '+'}"
        if 0 <= place < cells:
            return np.take(array, place, axis)
        if walls[side] == PERIODIC:
            return np.take(array, place % cells, axis)
        depth = -place if place < 0 else place - cells + 1
        inside = np.take(array, depth - 1 if place < 0 else cells - depth, axis)
        ((kind, given),) = walls[side].items()
        h = self.h[axis]
        if kind == "value":
            return 2.0 * self.along(given, axis, t) - inside
        if kind == "derivative":
            return inside + (2 * depth - 1) * h * self.along(given, axis, t)
        assert depth == 1, "mixed conditions have one ghost cell"
        a, b = self.along(given[0], axis, t), self.along(given[1], axis, t)
        return (b - inside * (a / 2.0 - 1.0 / h)) / (1.0 / h + a / 2.0)

    def along(self, text, axis, t):
        """A formula at a wall, over the cells along it."""
        if not isinstance(text, str):
            return text
        numbers = {name: value for name, value in self.parameters.items() if np.ndim(value) == 0}
        mesh = {name: np.take(self.coordinate(n), 0, axis) for n, name in enumerate(self.axes) if n != axis}
        return self.evaluated(text, {**numbers, **mesh, "t": t, "sin": np.sin, "cos": np.cos, "pi": np.pi})

    @staticmethod
    def evaluated(text, names):
        return eval(text, {"__builtins__": {}}, names)

    # -- operators ------------------------------------------------------------------------------------------------

    def first(self, u, axis):
        if self.order == 2:
            return (u.at(axis, 1) - u.at(axis, -1)) / (2 * self.h[axis])
        return (8 * (u.at(axis, 1) - u.at(axis, -1)) - (u.at(axis, 2) - u.at(axis, -2))) / (12 * self.h[axis])

    def second(self, u, axis):
        near = u.at(axis, 1) + u.at(axis, -1) - 2 * u.here
        if self.order == 2:
            return near / self.h[axis] ** 2
        return (16 * near - (u.at(axis, 2) + u.at(axis, -2) - 2 * u.here)) / (12 * self.h[axis] ** 2)

    def against(self, v, u, axis):
        v = v.here if isinstance(v, Value) else v
        c, f, b = u.here, u.at(axis, 1), u.at(axis, -1)
        if self.upwind == 1:
            return v * np.where(v > 0, c - b, f - c) / self.h[axis]
        rising = 2 * f + 3 * c - 6 * b + u.at(axis, -2)
        falling = -(2 * b + 3 * c - 6 * f + u.at(axis, 2))
        return v * np.where(v > 0, rising, falling) / (6 * self.h[axis])

    def operator(self, act, t):
        """On values; what it gives may be sampled again only if no wall is anywhere."""

        def call(*arguments):
            *given, last = arguments
            result = act(*given, self.everywhere(last))
            return self.sampled(result, self.grid_walls, t) if self.periodic else Value(only_here(result))

        return call

    def everywhere(self, u):
        """A number, too, as a value of the grid's shape.

        Beyond a wall at which an array has a given value, a formula F that is not linear is 2 F(wall) - F(mirror).
        """

        def at(axis, n):
            found = np.broadcast_to(number(u.at(axis, n) if isinstance(u, Value) else u), self.shape)
            if not n or degree_of(u) < 2:
                return found
            side, found = f"{self.axes[axis]}{'+' if n > 0 else '-'}", found.copy()
            if "value" not in {self.kinds[name].get(side) for name in u.reads}:
                return found
            for depth in range(min(abs(n), self.shape[axis])):
                mirror = (1 if n > 0 else -1) * (1 + 2 * depth - abs(n))
                beyond = 2.0 * number(u.at_face(axis, mirror, n)) - number(u.at(axis, mirror))
                cells = [slice(None)] * self.dimensions
                cells[axis] = self.shape[axis] - 1 - depth if n > 0 else depth
                found[tuple(cells)] = np.broadcast_to(beyond, self.shape)[tuple(cells)]
            return found

        return Value(at)

    def names(self, state, t):
        """All that a formula may name, of a state at the time t."""
        axes = range(self.dimensions)
        known = dict(FUNCTIONS) | {"t": t, "min": self.least, "max": self.greatest}
        known |= {
            "laplace": self.operator(lambda u: sum(self.second(u, axis) for axis in axes), t),
            "gradient_squared": self.operator(lambda u: sum(self.first(u, axis) ** 2 for axis in axes), t),
            "advect": self.operator(lambda *vu: sum(self.against(vu[n], vu[-1], n) for n in axes), t),
        }
        for axis, name in enumerate(self.axes):
            known[f"d{name}"] = self.operator(lambda u, axis=axis: self.first(u, axis), t)
            known[f"d2{name}"] = self.operator(lambda u, axis=axis: self.second(u, axis), t)
            known[name] = Value(lambda along, n, axis=axis: self.coordinate(axis) + n * self.h[axis] * (along == axis))
        known |= {
            "mean": lambda u: self.array(u).mean(),
            "integral": lambda u: self.array(u).sum() * self.h.prod(),
            "std": lambda u: self.array(u).std(),
            "at": self.value_at,
        }
        for name, value in self.parameters.items():
            known[name] = self.padded(value) if np.ndim(value) else value
        self.kinds = {}
        known |= {name: self.sampled(array, self.walls[name], t, name) for name, array in state.items()}
        self.named = {}
        steep = set()
        for name, given in self.expressions.items():
            text = given["value"] if isinstance(given, dict) else given
            value = self.evaluated(text, known)
            self.named[name] = self.array(value)
            words = set("".join(c if c.isalnum() or c == "_" else " " for c in text).split())
            if words & {*OPERATORS, *steep}:
                steep.add(name)
            if isinstance(given, dict):
                value = self.sampled(self.named[name], self.sides(given["boundary"]), t)
            elif name in steep:
                value = self.sampled(self.named[name], self.grid_walls, t)
            known[name] = value
        return known

    def padded(self, array):
        """A field of parameters: periodic, or the last cell once more."""

        def at(axis, n):
            places = np.arange(self.shape[axis]) + n
            last = self.shape[axis] - 1
            wraps = self.grid_walls[f"{self.axes[axis]}-"] == PERIODIC
            return np.take(array, places % (last + 1) if wraps else np.clip(places, 0, last), axis)

        return Value(at, lambda axis, mirror, ghost: at(axis, mirror))

    def array(self, value):
        return np.broadcast_to(number(value.here if isinstance(value, Value) else value), self.shape)

    def least(self, *values):
        return self.array(values[0]).min() if len(values) == 1 else lifted(np.minimum)(*values)

    def greatest(self, *values):
        return self.array(values[0]).max() if len(values) == 1 else lifted(np.maximum)(*values)

    def value_at(self, u, *point):
        cells = [
            min(int(np.floor((p - o) / h)), n - 1)
            for p, o, h, n in zip(point, self.origin, self.h, self.shape, strict=True)
        ]
        return self.array(u)[tuple(cells)]

    # -- in time --------------------------------------------------------------------------------------------------

    def rates(self, state, t):
        """d/dt of each variable."""
        names = self.names(state, t)
        return {name: self.array(self.evaluated(text, names)) for name, text in self.texts.items()}

    def measured(self, texts, state, t):
        """The observables."""
        names = self.names(state, t)
        return {name: float(self.evaluated(text, names)) for name, text in texts.items()}

    def expressed(self, state, t):
        """The named expressions as arrays."""
        self.names(state, t)
        return dict(self.named)


def only_here(array):
    def at(axis, n):
        assert n == 0, "an operator inside of an operator has no ghost cells"
        return array

    return at


def rate_of(wall):
    """Of a rate of change: d/dt of what is given, whose only terms in t are `c*sin(w*t)`."""
    if wall == PERIODIC:
        return wall
    ((kind, given),) = wall.items()
    waves = re.findall(r"([-\d.]+)\*sin\(([-\d.]+)\*t\)", str(given[1] if kind == "mixed" else given))
    slope = " + ".join(f"{c}*{w}*cos({w}*t)" for c, w in waves) or "0.0"
    return {kind: [given[0], slope] if kind == "mixed" else slope}
