"""The visible list of what an expression may call and which names have a fixed value."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial, reduce
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Arity:
    """How many arguments something takes (`most` None: any number)."""

    fewest: int = 1
    most: int | None = 1

    def arity(self) -> str:
        """The number of arguments in words."""
        if self.most == 0:
            return "no arguments"
        if self.most is None:
            return f"at least {self.fewest} arguments"
        if self.most != self.fewest:
            return f"{self.fewest} to {self.most} arguments"
        return f"{self.fewest} argument{'s' if self.fewest > 1 else ''}"

    def accepts(self, count: int) -> bool:
        """Whether it can be called with `count` arguments."""
        return self.fewest <= count and (self.most is None or count <= self.most)


@dataclass(frozen=True)
class Function(Arity):
    """A function of expressions and its NumPy form; `real`: it needs real numbers."""

    apply: Callable[..., Any] = field(kw_only=True)
    real: bool = field(default=False, kw_only=True)


def _folded(pairwise: Callable[[Any, Any], Any], *values: Any) -> Any:
    return reduce(pairwise, values)


def _heaviside(x: Any) -> Any:
    return np.heaviside(x, 0.5)


FUNCTIONS: dict[str, Function] = {
    "abs": Function(apply=np.abs),
    "acos": Function(apply=np.arccos, real=True),
    "asin": Function(apply=np.arcsin, real=True),
    "atan": Function(apply=np.arctan, real=True),
    "atan2": Function(2, 2, apply=np.arctan2, real=True),
    "ceil": Function(apply=np.ceil, real=True),
    "conj": Function(apply=np.conj),
    "cos": Function(apply=np.cos),
    "cosh": Function(apply=np.cosh),
    "erf": Function(apply=np.vectorize(math.erf, otypes=[float]), real=True),
    "exp": Function(apply=np.exp),
    "floor": Function(apply=np.floor, real=True),
    "heaviside": Function(apply=_heaviside, real=True),
    "hypot": Function(2, 2, apply=np.hypot, real=True),
    "imag": Function(apply=np.imag),
    "log": Function(apply=np.log),
    "log10": Function(apply=np.log10, real=True),
    "max": Function(2, None, apply=partial(_folded, np.maximum), real=True),
    "min": Function(2, None, apply=partial(_folded, np.minimum), real=True),
    "mod": Function(2, 2, apply=np.mod, real=True),
    "real": Function(apply=np.real),
    "round": Function(apply=np.rint, real=True),
    "sign": Function(apply=np.sign, real=True),
    "sin": Function(apply=np.sin),
    "sinh": Function(apply=np.sinh),
    "sqrt": Function(apply=np.sqrt),
    "tan": Function(apply=np.tan),
    "tanh": Function(apply=np.tanh),
    "where": Function(3, 3, apply=np.where),
}
"""conj, imag and real are those of complex numbers; of a real number: itself, 0, itself. heaviside(0) is 1/2, round
goes to the even number of two, mod(a, b) has the sign of b, atan2(y, x) is the angle of the point (x, y)."""

OTHER_NAMES = {
    "arccos": "acos(x)",
    "arcsin": "asin(x)",
    "arctan": "atan(x)",
    "arctan2": "atan2(y, x)",
    "ceiling": "ceil(x)",
    "cbrt": "sign(x)*abs(x)**(1/3)",
    "clip": "min(max(x, a), b)",
    "expm1": "exp(x) - 1",
    "fabs": "abs(x)",
    "fmod": "mod(a, b)",
    "H": "heaviside(x)",
    "if": "where(condition, a, b)",
    "ifelse": "where(condition, a, b)",
    "int": "floor(x)",
    "lg": "log10(x)",
    "ln": "log(x)",
    "log2": "log(x)/log(2)",
    "maximum": "max(a, b)",
    "minimum": "min(a, b)",
    "piecewise": "where(condition, a, b)",
    "pow": "a**b",
    "power": "a**b",
    "relu": "max(x, 0)",
    "rint": "round(x)",
    "select": "where(condition, a, b)",
    "sgn": "sign(x)",
    "sigmoid": "1/(1 + exp(-x))",
    "square": "x**2",
    "sinc": "where(x == 0, 1, sin(x)/x)",
    "step": "heaviside(x)",
    "theta": "heaviside(x)",
}
"""What other packages and textbooks call a function, and what it is here."""

CONSTANTS: dict[str, float] = {"e": math.e, "pi": math.pi}
