"""The linear part of equations on a domain: stencils whose weights are arrays, since they differ next to faces."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from simcore.formulas.tree import Name, Node, Shifted, rewrite
from simcore.models.grid.coefficients import Varying
from simcore.models.grid.domain import IN_DOMAIN
from simcore.models.grid.linear_system import LinearSystem, Row
from simcore.models.grid.system import System

Take = Callable[[System, Callable[[Node], Node], Mapping[str, Any]], tuple[LinearSystem, System]]


@dataclass(frozen=True)
class DomainSplit:
    """cells: which belong to the domain; marks: the constant IN_DOMAIN; without: formulas as if all cells did."""

    cells: np.ndarray
    marks: np.ndarray
    halo: int
    without: Callable[[Node], Node]

    def take(
        self, take: Take, system: System, discrete: Callable[[Node], Node], numbers: Mapping[str, Any]
    ) -> tuple[LinearSystem, System]:
        """What `take` takes, the weights 0 outside of the domain, and the system without it."""
        varying = Varying({IN_DOMAIN: self.marks}, self.cells.shape, self.halo)
        known: dict[str, Any] = dict(numbers)
        implicit, rest = take(system, lambda tree: varying.named(discrete(tree), known), known)
        rates = {name: _read(tree) for name, tree in rest.rates.items()}
        before = tuple(replace(item, tree=_read(item.tree)) for item in rest.before)
        masked = LinearSystem(self._masked(implicit.rows), self._masked(implicit.inner), implicit.whole)
        return masked, replace(rest, rates=rates, before=before)

    def _masked(self, rows: Mapping[str, Row]) -> dict[str, Row]:
        return {
            name: {source: {o: self.cells * w for o, w in stencil.items()} for source, stencil in row.items()}
            for name, row in rows.items()
        }


def _read(tree: Node) -> Node:
    """The formula with reads in place of the names that `Varying` has given them."""

    def change(node: Node) -> Node:
        if isinstance(node, Name) and node.name.startswith(f"{IN_DOMAIN} "):
            return Shifted(IN_DOMAIN, ast.literal_eval(node.name.removeprefix(f"{IN_DOMAIN} ")))
        return node

    return rewrite([tree], change)[0]
