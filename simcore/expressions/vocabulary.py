"""The visible list of what an expression may call and which names have a fixed value."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, reduce
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Function:
    """A function of expressions: its NumPy form, and how many arguments it takes (`most` None: any number)."""

    apply: Callable[..., Any]
    fewest: int = 1
    most: int | None = 1

    def arity(self) -> str:
        """The number of arguments in words."""
        if self.most is None:
            return f"at least {self.fewest} arguments"
        return f"{self.fewest} argument{'s' if self.fewest > 1 else ''}"

    def accepts(self, count: int) -> bool:
        """Whether it can be called with `count` arguments."""
        return self.fewest <= count and (self.most is None or count <= self.most)


def _folded(pairwise: Callable[[Any, Any], Any], *values: Any) -> Any:
    return reduce(pairwise, values)


FUNCTIONS: dict[str, Function] = {
    "abs": Function(np.abs),
    "cos": Function(np.cos),
    "cosh": Function(np.cosh),
    "exp": Function(np.exp),
    "floor": Function(np.floor),
    "log": Function(np.log),
    "max": Function(partial(_folded, np.maximum), 2, None),
    "min": Function(partial(_folded, np.minimum), 2, None),
    "sign": Function(np.sign),
    "sin": Function(np.sin),
    "sinh": Function(np.sinh),
    "sqrt": Function(np.sqrt),
    "tan": Function(np.tan),
    "tanh": Function(np.tanh),
    "where": Function(np.where, 3, 3),
}

CONSTANTS: dict[str, float] = {"e": math.e, "pi": math.pi}
