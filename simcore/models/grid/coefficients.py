"""The linear part of equations whose coefficients may vary in space, at the cells where they are largest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from simcore.formulas.tree import Name, Node, Shifted, rewrite
from simcore.models.grid.linear import split
from simcore.models.grid.linear_system import LinearSystem, Row
from simcore.models.grid.system import System

MOST = 12  # cells at which coefficients are taken


@dataclass(frozen=True)
class Varying:
    """Arrays that nobody changes, coordinates and parameters: with `halo` ghost cells, or of length 1 along an axis."""

    arrays: Mapping[str, np.ndarray]
    shape: tuple[int, ...]
    halo: int

    def named(self, tree: Node, found: dict[str, np.ndarray]) -> Node:
        """The formula with a name for each array and shift, its values put into `found`."""

        def change(node: Node) -> Node:
            if not isinstance(node, Shifted) or node.name not in self.arrays:
                return node
            name = f"{node.name} {node.offsets}"
            found[name] = self._shifted(self.arrays[node.name], node.offsets)
            return Name(name)

        return rewrite([tree], change)[0]

    def _shifted(self, array: np.ndarray, offsets: tuple[int, ...]) -> np.ndarray:
        cut = (
            slice(None) if size == 1 else slice(self.halo + o, self.halo + o + n)
            for size, n, o in zip(array.shape, self.shape, offsets, strict=True)
        )
        return array[tuple(cut)]


@dataclass(frozen=True)
class Discrete:
    """The formulas of intermediates and rates on the grid, and by the names in them what varies over it."""

    formulas: Mapping[str, Node]
    varying: Mapping[str, np.ndarray]


def on_grid(system: System, discrete: Callable[[Node], Node], varying: Varying) -> Discrete:
    """The formulas of a system, without numbers of the experiment."""
    found: dict[str, np.ndarray] = {}
    trees = {item.name: item.tree for item in system.intermediates} | dict(system.rates)
    formulas = {name: varying.named(discrete(tree), found) for name, tree in trees.items()}
    return Discrete(formulas, found)


def largest_linear_part(
    system: System, discrete: Discrete, numbers: Mapping[str, Any], shape: tuple[int, ...]
) -> LinearSystem:
    """All linear terms, the coefficients frozen: weights that vary are arrays of shape (cells, 1).

    The cells are those in which some weight is least or greatest; what depends on time is taken at t = 0.
    """
    values: dict[str, Any] = {**numbers, **discrete.varying, "t": 0.0, "dt": 1.0}
    formulas = discrete.formulas
    rows = {name: split(tree, formulas, values).stencils for name, tree in formulas.items()}
    weights = [w for row in rows.values() for stencil in row.values() for w in stencil.values() if np.ndim(w)]
    if weights:
        cells = _extremes(weights, shape)
        rows = {name: _taken(row, cells, shape) for name, row in rows.items()}
    return LinearSystem(
        {name: rows[name] for name in system.rates}, {item.name: rows[item.name] for item in system.intermediates}
    )


def _extremes(weights: list[np.ndarray], shape: tuple[int, ...]) -> np.ndarray:
    """Flat indices, those with the largest sum of moduli first if there are too many."""
    total = np.zeros(shape)
    for weight in weights:
        total = total + np.abs(weight)
    fit = np.isfinite(total).ravel()
    found = {int(np.where(fit, total.ravel(), -1.0).argmax())}
    for weight in weights:
        for part in (np.real(weight), np.imag(weight)):
            whole = np.broadcast_to(part, shape).ravel()
            found |= {int(np.where(fit, sign * whole, -np.inf).argmax()) for sign in (1.0, -1.0)}
    order = sorted(found, key=lambda cell: (-total.ravel()[cell], cell))
    return np.array([cell for cell in order if fit[cell]][:MOST], int)


def _taken(row: Row, cells: np.ndarray, shape: tuple[int, ...]) -> Row:
    def at(weight: Any) -> Any:
        return np.broadcast_to(weight, shape).ravel()[cells][:, None] if np.ndim(weight) else weight

    return {name: {offsets: at(weight) for offsets, weight in stencil.items()} for name, stencil in row.items()}
