"""Linear solves of (1 - gamma dt L) w = r on the whole grid, by one worker while the others wait.

One process makes each solve, from start to end, with the one-threaded transforms of `scipy.fft` (pocketfft) or one
factorisation of SuperLU: what it computes depends on the arrays alone, not on the number of workers.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from simcore.models.contract import Periodic, Side
from simcore.models.grid.linear import LinearOperator, Stencil

Walls = tuple[tuple[Side, Side], ...]


@dataclass
class LinearSolve(ABC):
    """Called as `Solve.call` wants it: the array `source` is r, `target` becomes w."""

    operator: LinearOperator
    shape: tuple[int, ...]
    gamma: float
    source: str = ""
    target: str = ""
    _ready: tuple[float, Any] | None = field(default=None, repr=False, compare=False)

    def to(self, source: str, target: str) -> LinearSolve:
        """The same solve between other arrays."""
        return replace(self, source=source, target=target, _ready=None)

    def __call__(self, arrays: Mapping[str, np.ndarray], time: float, dt: float) -> None:
        if self._ready is None or self._ready[0] != dt:
            self._ready = dt, self.prepare(self.gamma * dt, arrays[self.source].dtype)
        arrays[self.target][...] = self.solve(arrays[self.source], self._ready[1])

    @abstractmethod
    def prepare(self, step: float, dtype: np.dtype) -> Any:
        """What can be worked out once for all solves with (1 - step L)."""

    @abstractmethod
    def solve(self, right: np.ndarray, prepared: Any) -> np.ndarray:
        """The solution for a right-hand side."""


class FourierSolve(LinearSolve):
    """Where all sides are periodic: mode by mode, with the symbol of the finite differences."""

    def prepare(self, step: float, dtype: np.dtype) -> np.ndarray:
        real = dtype.kind == "f"
        angles = [2.0 * np.pi * np.fft.fftfreq(n) for n in self.shape]
        if real:
            angles[-1] = 2.0 * np.pi * np.fft.rfftfreq(self.shape[-1])
        return 1.0 / (1.0 - step * self.operator.symbol(np.stack(np.meshgrid(*angles, indexing="ij"))))

    def solve(self, right: np.ndarray, prepared: np.ndarray) -> np.ndarray:
        from scipy import fft

        if right.dtype.kind == "c":
            return fft.ifftn(fft.fftn(right, workers=1) * prepared, workers=1)
        return fft.irfftn(fft.rfftn(right, workers=1) * prepared, s=self.shape, workers=1)


@dataclass
class SparseSolve(LinearSolve):
    """Where there are walls: a sparse LU factorisation (SuperLU).

    walls: of the variable (under "") and of the intermediates, each shift a number or an array over the grid.
    """

    walls: Mapping[str, Walls] = field(default_factory=dict)

    def prepare(self, step: float, dtype: np.dtype) -> Any:
        from scipy.sparse import csc_matrix, identity
        from scipy.sparse.linalg import splu

        matrix, shift = self._assemble(self.operator, "")
        kind = np.complex128 if dtype.kind == "c" or np.iscomplexobj(matrix.data) else np.float64
        system = csc_matrix(identity(matrix.shape[0], kind) - step * matrix, dtype=kind)
        return splu(system), step * shift, kind

    def solve(self, right: np.ndarray, prepared: Any) -> np.ndarray:
        factors, shift, kind = prepared
        return factors.solve((right.ravel() + shift).astype(kind)).reshape(self.shape)

    def _assemble(self, operator: LinearOperator, name: str) -> tuple[Any, np.ndarray]:
        """The matrix of an operator, and what the walls add."""
        matrix, shift = stencil_matrix(operator.own, self.shape, self.walls[""])
        for part in operator.through:
            inner, inner_shift = self._assemble(part.inner, part.name)
            outer, outer_shift = stencil_matrix(part.stencil, self.shape, self.walls[part.name])
            matrix = matrix + outer @ inner
            # the walls of an intermediate of which something is left stand in its own phase
            shift = shift + outer @ inner_shift + (outer_shift if part.whole else 0.0)
        return matrix, shift


def stencil_matrix(stencil: Stencil, shape: tuple[int, ...], walls: Walls) -> tuple[Any, np.ndarray]:
    """The weights as a sparse matrix over all cells in C order, ghost cells put in, and what their shifts add."""
    from scipy.sparse import coo_matrix

    size = int(np.prod(shape))
    cells = np.arange(size).reshape(shape)
    rows, columns = [cells.ravel()], [cells.ravel()]
    weights: list[np.ndarray] = [np.zeros(size)]
    shift = np.zeros(shape, complex if any(isinstance(w, complex) for w in stencil.values()) else float)
    for offsets, weight in stencil.items():
        source, scale, added = _reached(cells, offsets, walls)
        rows.append(cells.ravel())
        columns.append(source.ravel())
        weights.append((weight * scale).ravel())
        shift = shift + weight * added
    data = np.concatenate(weights), (np.concatenate(rows), np.concatenate(columns))
    return coo_matrix(data, shape=(size, size)).tocsr(), shift.ravel()


def _reached(cells: np.ndarray, offsets: tuple[int, ...], walls: Walls) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For every cell the one that lies `offsets` away (the mirror of a ghost), its scale and its shift.

    Operators look along one axis at a time.
    """
    scale, added = np.ones(cells.shape), np.zeros(cells.shape)
    along = [axis for axis, offset in enumerate(offsets) if offset]
    if not along:
        return cells, scale, added
    (axis,) = along
    n = cells.shape[axis]
    places = np.arange(n) + offsets[axis]
    reached = np.take(cells, places % n, axis=axis)
    for side, outside, mirrors in ((0, places < 0, -1 - places), (1, places >= n, 2 * n - 1 - places)):
        wall = walls[axis][side]
        if isinstance(wall, Periodic) or not outside.any():
            continue
        index: list[Any] = [slice(None)] * cells.ndim
        index[axis] = outside
        reached[tuple(index)] = np.take(cells, mirrors[outside], axis=axis)
        scale = scale.astype(np.result_type(scale, wall.scale))
        added = added.astype(np.result_type(added, wall.shift))  # type: ignore[arg-type]
        scale[tuple(index)] = wall.scale
        shifts = np.broadcast_to(np.asarray(wall.shift), cells.shape)
        added[tuple(index)] = np.take(shifts, mirrors[outside], axis=axis)
    return reached, scale, added
