"""Linear systems applied by NumPy to whole fields, with the ghost cells that the walls give."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from simcore.formulas.evaluate import evaluate
from simcore.formulas.tree import Name, Node, postorder
from simcore.models.grid.linear import Stencil
from simcore.models.grid.linear_system import LinearSystem, Row
from simcore.spec.arrays import Periodic, Side

Walls = tuple[tuple[Side, Side], ...]
"""The lower and the upper side along each axis; scale and shift are numbers, or formulas (`Node`)."""


@dataclass(frozen=True)
class Places:
    """The cells: shape; spacing and origin along each axis; numbers: the values of all names but x, y, z and t."""

    axes: tuple[str, ...]
    shape: tuple[int, ...]
    spacing: tuple[float, ...]
    origin: tuple[float, ...]
    numbers: Mapping[str, Any]

    def mesh(self, halo: int) -> dict[str, np.ndarray]:
        """`x`, `y`, `z` with `halo` cells beyond both ends, each shaped to broadcast."""
        along = [
            lower + (np.arange(-halo, n + halo) + 0.5) * h
            for lower, n, h in zip(self.origin, self.shape, self.spacing, strict=True)
        ]
        return dict(zip(self.axes, np.ix_(*along), strict=True))


@dataclass
class Walled:
    """A linear system on a grid. walls: of each variable and each intermediate.

    On a domain the weights are arrays; near: the same system as if all cells belonged to it; inside: those that do.
    """

    linear: LinearSystem
    places: Places
    walls: Mapping[str, Walls]
    near: LinearSystem | None = None
    inside: np.ndarray | None = None

    def __post_init__(self) -> None:
        self.halo = self.linear.reach
        self._mesh = self.places.mesh(self.halo)

    @property
    def constant(self) -> LinearSystem:
        """The system with weights that are numbers."""
        return self.linear if self.near is None else self.near

    @property
    def unknowns(self) -> int:
        """How many numbers a solve finds."""
        cells = np.prod(self.places.shape) if self.inside is None else self.inside.sum()
        return len(self.linear.rows) * int(cells)

    def sides(self) -> Iterator[tuple[str, int, int, Side]]:
        """(name, axis, end, side) of all sides beyond which some stencil reads."""
        for name in {*self.linear.rows, *self.linear.inner}:
            for axis in range(len(self.places.axes)):
                if any(o[axis] for row in self.linear.formulas.values() for o in row.get(name, {})):
                    yield from ((name, axis, end, side) for end, side in enumerate(self.walls[name][axis]))

    @property
    def periodic(self) -> bool:
        """Whether no stencil reads beyond a wall."""
        return all(isinstance(side, Periodic) for _, _, _, side in self.sides())

    @property
    def moves(self) -> bool:
        """Whether what the walls add changes in time."""
        return any(not isinstance(side, Periodic) and "t" in _names(side.shift) for _, _, _, side in self.sides())

    @property
    def scales_vary(self) -> bool:
        """Whether the scale of some ghost cells varies along its side."""
        return any(not isinstance(side, Periodic) and _names(side.scale) for _, _, _, side in self.sides())

    @property
    def scale_moves(self) -> str | None:
        """The name of an array whose ghost cells' scale changes in time."""
        moving = (n for n, _, _, side in self.sides() if not isinstance(side, Periodic) and "t" in _names(side.scale))
        return next(moving, None)

    def times(self, fields: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """L u: the rates without what walls add."""
        return self._applied(fields, None)

    def shift(self, time: float) -> dict[str, np.ndarray]:
        """What the walls add to the rates."""
        return self._applied({name: np.zeros(self.places.shape) for name in self.linear.rows}, time)

    def _applied(self, fields: Mapping[str, np.ndarray], time: float | None) -> dict[str, np.ndarray]:
        values, padded = dict(fields), dict[str, np.ndarray]()

        def formula(row: Row) -> np.ndarray:
            total = np.zeros(self.places.shape)
            for source, stencil in row.items():
                if source not in padded:
                    shifted = source in self.linear.rows or source in self.linear.whole
                    padded[source] = self.padded(source, values[source], time if shifted else None)
                total = total + self._over(padded[source], stencil)
            return total

        for name, row in self.linear.inner.items():
            values[name] = formula(row)
        return {name: formula(row) for name, row in self.linear.rows.items()}

    def _over(self, padded: np.ndarray, stencil: Stencil) -> np.ndarray:
        total: Any = 0.0
        for offsets, weight in stencil.items():
            cut = tuple(
                slice(self.halo + o, self.halo + o + n) for o, n in zip(offsets, self.places.shape, strict=True)
            )
            total = total + weight * padded[cut]
        return total

    def padded(self, name: str, values: np.ndarray, time: float | None) -> np.ndarray:
        """With ghost cells, filled as the engine does, from the last axis to the first; time: None for no shifts."""
        halo = self.halo
        kinds = [self._coefficients(side) for pair in self.walls[name] for side in pair]
        found = np.zeros([n + 2 * halo for n in self.places.shape], np.result_type(values, *kinds))
        found[tuple(slice(halo, halo + n) for n in self.places.shape)] = values
        for axis in reversed(range(found.ndim)):
            lines, n = np.moveaxis(found, axis, 0), self.places.shape[axis]
            for end, side in enumerate(self.walls[name][axis]):
                for depth in range(1, halo + 1):
                    ghost = halo - depth if end == 0 else n + halo + depth - 1
                    if isinstance(side, Periodic):
                        lines[ghost] = lines[(ghost - halo) % n + halo]
                        continue
                    mirror = halo + depth - 1 if end == 0 else n + halo - depth
                    lines[ghost] = self._at(side.scale, axis, mirror, 0.0) * lines[mirror]
                    if time is not None:
                        lines[ghost] += self._at(side.shift, axis, mirror, time)
        return found

    def scale(self, side: Side, axis: int, mirror: int) -> Any:
        """A number, or an array over the cells along the side; mirror: counted without ghost cells."""
        inside = tuple(slice(self.halo, self.halo + n) for k, n in enumerate(self.places.shape) if k != axis)
        value = np.asarray(self._at(side.scale, axis, mirror + self.halo, 0.0))
        return value if value.ndim == 0 else np.broadcast_to(value, self._along(axis))[inside]

    def _along(self, axis: int) -> tuple[int, ...]:
        return tuple(n + 2 * self.halo for k, n in enumerate(self.places.shape) if k != axis)

    def _at(self, coefficient: Any, axis: int, mirror: int, time: float) -> Any:
        """A number, or an array over the padded cells along the side."""
        if not isinstance(coefficient, Node):
            return coefficient
        here = dict(self._mesh)
        name = self.places.axes[axis]
        here[name] = np.take(here[name], [mirror], axis)
        value = np.asarray(evaluate(coefficient, {**self.places.numbers, **here, "t": time}))
        return value if value.ndim == 0 else np.take(value, 0, axis)

    def _coefficients(self, side: Side) -> Any:
        """Something of the type that the ghost cells need."""
        if isinstance(side, Periodic):
            return 0.0
        sample = {**self.places.numbers, **dict.fromkeys(self.places.axes, 0.0), "t": 0.0}
        given = (side.scale, side.shift)
        return np.result_type(
            float, *(np.asarray(evaluate(c, sample) if isinstance(c, Node) else c).dtype for c in given)
        )


def _names(coefficient: Any) -> set[str]:
    if not isinstance(coefficient, Node):
        return set()
    return {node.name for node in postorder([coefficient]) if isinstance(node, Name)}
