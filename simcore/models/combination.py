"""A formula of named values, as the function that an observable or a function of means is made of."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from simcore.formulas.evaluate import evaluate
from simcore.formulas.tree import Name, Node, is_boolean, postorder


@dataclass(frozen=True)
class Combination:
    """The value of a formula from those of `names`, in this order: NumPy arrays over the samples, or means.

    numbers: what else the formula names. A comparison counts as 1 or 0.
    """

    tree: Node
    numbers: Mapping[str, Any]
    names: tuple[str, ...]

    def depends_on(self, names: Collection[str]) -> bool:
        """Whether the formula names one of these numbers."""
        return any(isinstance(node, Name) and node.name in names for node in postorder([self.tree]))

    def __call__(self, *values: Any) -> Any:
        value = evaluate(self.tree, {**self.numbers, **dict(zip(self.names, values, strict=True))})
        value = value * 1.0 if is_boolean(self.tree) else value
        return np.broadcast_to(value, np.shape(values[0])) if values else value
