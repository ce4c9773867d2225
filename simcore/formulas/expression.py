"""A checked formula: what a model holds, and what the YAML file turns into."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from simcore.formulas.error import ExpressionError
from simcore.formulas.evaluate import evaluate
from simcore.formulas.notations import unknown_name
from simcore.formulas.tree import Name, Node, walk


@dataclass(frozen=True)
class Expression:
    """A formula of one line; made by `parse`. Two are equal if their texts are."""

    text: str
    tree: Node

    def __str__(self) -> str:
        return self.text

    @cached_property
    def names(self) -> frozenset[str]:
        """The variables that it needs."""
        return frozenset(node.name for node in walk(self.tree) if isinstance(node, Name))

    def require(self, known: Iterable[str]) -> None:
        """Raise `ExpressionError` at the first name that is not among the `known` ones."""
        known = tuple(known)
        for node in walk(self.tree):
            if isinstance(node, Name) and node.name not in known:
                raise ExpressionError(self.text, node.column, unknown_name(node.name, known))

    def evaluate(self, values: Mapping[str, Any]) -> Any:
        """The value where each name has its number or array; arrays broadcast as in NumPy.

        Raises `ExpressionError` for a name without a value. Out of range (1/0, log(-1)) is inf or nan.
        """
        self.require(values)
        return evaluate(self.tree, values)
