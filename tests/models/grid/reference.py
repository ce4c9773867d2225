"""A plain NumPy evaluation of formulas on a periodic grid, and random formulas to evaluate; it shares no code with what
it judges but the reader of texts.
"""

from __future__ import annotations

from functools import reduce
from itertools import product

import numpy as np

from simcore.formulas.tree import Binary, Call, Name, Negative, Number
from simcore.models.grid.operators import GridNames

FIELDS = ("u", "v")
NUMBERS = {"a": 0.75, "b": -1.5}
SPACING = {"x": 0.5, "y": 0.25, "z": 0.3}
ORIGIN = {"x": -1.0, "y": 0.125, "z": 2.0}
CONSTANTS = {
    **{f"inverse_h{axis}": 1.0 / h for axis, h in SPACING.items()},
    **{f"inverse_h{axis}2": 1.0 / h**2 for axis, h in SPACING.items()},
    **{f"h{axis}": h for axis, h in SPACING.items()},
    **{f"origin_{axis}": origin for axis, origin in ORIGIN.items()},
}
SHAPES = {1: (7,), 2: (5, 4), 3: (4, 3, 5)}


def names(dimensions):
    return GridNames(("x", "y", "z")[:dimensions], frozenset(FIELDS))


def padded_fields(dimensions, halo, rng, complex_numbers=False):
    """Random fields with periodic ghost cells."""
    fields = {}
    for name in FIELDS:
        inner = rng.normal(size=SHAPES[dimensions])
        if complex_numbers:
            inner = inner + 1j * rng.normal(size=SHAPES[dimensions])
        fields[name] = np.pad(inner, halo, mode="wrap")
    return fields


class Reference:
    """Values of trees on padded arrays; what is rolled in from the far end stays among the ghost cells."""

    def __init__(self, fields, halo, order=2, upwind=1):
        shape = next(iter(fields.values())).shape
        self.halo, self.order, self.upwind_order, self.axes = halo, order, upwind, ("x", "y", "z")[: len(shape)]
        centres = [
            ORIGIN[axis] + (np.arange(n) - halo + 0.5) * SPACING[axis] for axis, n in zip(self.axes, shape, strict=True)
        ]
        mesh = dict(zip(self.axes, np.meshgrid(*centres, indexing="ij"), strict=True))
        self.values = {**fields, **mesh, **{name: np.full(shape, value) for name, value in NUMBERS.items()}}
        self.shape = shape

    def inner(self, tree):
        """The values without ghost cells."""
        with np.errstate(all="ignore"):
            values = np.broadcast_to(self.value(tree), self.shape)
        return values[tuple(slice(self.halo, n - self.halo) for n in self.shape)] * 1.0

    def value(self, node):
        match node:
            case Number(value):
                return np.full(self.shape, value)
            case Name(name):
                return self.values[name]
            case Negative(operand):
                return -self.number(operand)
            case Binary("**", base, Number(exponent)):
                return self.power(self.number(base), int(exponent))
            case Binary(operator, left, right):
                return self.binary(operator, self.value(left), self.value(right))
            case Call(function, arguments):
                condition = [self.value(argument) for argument in arguments[:1] if function == "where"]
                return self.call(function, [*condition, *map(self.number, arguments[len(condition) :])])
        raise AssertionError(node)

    def number(self, node):
        """A comparison counts as 0 or 1."""
        return self.value(node) * 1.0

    def power(self, base, exponent):
        """By squares, from the top."""
        if exponent < 0:
            return 1.0 / self.power(base, -exponent)
        result = np.ones(self.shape) if exponent == 0 else base
        for bit in bin(exponent)[3:]:
            result = result * result
            result = result * base if bit == "1" else result
        return result

    def binary(self, operator, left, right):
        logical = {"&": np.logical_and, "|": np.logical_or, "<": np.less, "<=": np.less_equal, ">": np.greater}
        logical |= {">=": np.greater_equal, "==": np.equal, "!=": np.not_equal}
        if operator in logical:
            return logical[operator](left, right)
        arithmetic = {"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide}
        return arithmetic[operator](left * 1.0, right * 1.0)

    def call(self, function, values):
        if function in ("abs", "sign", "sqrt", "floor", "where", "exp", "conj", "real", "imag"):
            return getattr(np, function)(*values)
        if function in ("min", "max"):
            return reduce({"min": np.minimum, "max": np.maximum}[function], values)
        return getattr(self, function)(*values)

    def at(self, u, axis, cells):
        return np.roll(u, -cells, axis)

    def first(self, u, axis):
        scale = CONSTANTS[f"inverse_h{self.axes[axis]}"]
        near, far = (self.at(u, axis, n) - self.at(u, axis, -n) for n in (1, 2))
        return 0.5 * scale * near if self.order == 2 else 1 / 12 * scale * (8 * near - far)

    def second(self, u, axis):
        scale = CONSTANTS[f"inverse_h{self.axes[axis]}2"]
        near, far = (self.at(u, axis, -n) + self.at(u, axis, n) - 2 * u for n in (1, 2))
        return scale * near if self.order == 2 else 1 / 12 * scale * (16 * near - far)

    def upwind(self, u, axis, velocity):
        scale = CONSTANTS[f"inverse_h{self.axes[axis]}"]
        difference = np.subtract(self.at(u, axis, 1), u)
        d = {n: self.at(difference, axis, n) for n in (-2, -1, 0, 1)}
        if self.upwind_order == 1:
            return velocity * (scale * np.where(velocity > 0, d[-1], d[0]))
        rising, falling = 2 * d[0] + 5 * d[-1] - d[-2], 2 * d[-1] + 5 * d[0] - d[1]
        return velocity * (1 / 6 * scale * np.where(velocity > 0, rising, falling))

    def laplace(self, u):
        return sum((self.second(u, axis) for axis in range(1, len(self.axes))), self.second(u, 0))

    def gradient_squared(self, u):
        squares = [self.first(u, axis) ** 2 for axis in range(len(self.axes))]
        return reduce(np.add, squares)

    def divergence(self, *fluxes):
        return reduce(np.add, [self.first(flux, axis) for axis, flux in enumerate(fluxes)])

    def advect(self, *arguments):
        *velocity, u = arguments
        return reduce(np.add, [self.upwind(u, axis, v) for axis, v in enumerate(velocity)])

    def dx(self, u):
        return self.first(u, 0)

    def dy(self, u):
        return self.first(u, 1)

    def dz(self, u):
        return self.first(u, 2)

    def d2x(self, u):
        return self.second(u, 0)

    def d2y(self, u):
        return self.second(u, 1)

    def d2z(self, u):
        return self.second(u, 2)


def operators(dimensions):
    """How each operator of a grid is called, with braces for its arguments."""
    single = ["laplace({})", "gradient_squared({})"]
    single += [f"d{power}{axis}({{}})" for axis in "xyz"[:dimensions] for power in ("", "2")]
    listed = ", ".join(["{}"] * dimensions)
    return [*single, f"divergence({listed})", f"advect({listed}, {{}})"]


FORMS = ["({} + {})", "({} - {})", "{}*{}", "{}/{}", "(-{})", "min({}, {})", "max({}, {}, {})", "abs({})", "sign({})"]
FORMS += ["sqrt(abs({}))", "floor({})", "where({} < {}, {}, {})", "where(({} > {}) & ({} <= {}) | ({} != {}), {}, {})"]
FORMS += ["2*({} >= {})", *(f"({{}})**{power}" for power in (-2, 0, 1, 2, 3, 4, 7, 8))]


def formula(rng, dimensions, depth):
    """The text of a random formula, out of operations whose rounding IEEE 754 fixes."""
    if depth == 0 or rng.random() < 0.1:
        return str(rng.choice([*FIELDS, *FIELDS, *NUMBERS, *"xyz"[:dimensions], "2", "0.5", "1.25"]))
    form = str(rng.choice(FORMS if rng.random() < 0.7 else operators(dimensions)))
    return form.format(*(formula(rng, dimensions, depth - 1) for _ in range(form.count("{}"))))


def cells(shape):
    return product(*map(range, shape))
