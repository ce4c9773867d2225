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


FUNCTIONS: dict[str, Function] = {
    "abs": Function(apply=np.abs),
    "conj": Function(apply=np.conj),
    "cos": Function(apply=np.cos),
    "cosh": Function(apply=np.cosh),
    "exp": Function(apply=np.exp),
    "floor": Function(apply=np.floor, real=True),
    "imag": Function(apply=np.imag),
    "log": Function(apply=np.log),
    "max": Function(2, None, apply=partial(_folded, np.maximum), real=True),
    "min": Function(2, None, apply=partial(_folded, np.minimum), real=True),
    "real": Function(apply=np.real),
    "sign": Function(apply=np.sign, real=True),
    "sin": Function(apply=np.sin),
    "sinh": Function(apply=np.sinh),
    "sqrt": Function(apply=np.sqrt),
    "tan": Function(apply=np.tan),
    "tanh": Function(apply=np.tanh),
    "where": Function(3, 3, apply=np.where),
}
"""conj, imag and real are those of complex numbers; of a real number: itself, 0, itself."""

CONSTANTS: dict[str, float] = {"e": math.e, "pi": math.pi}
