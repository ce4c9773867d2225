"""A linear system on a grid as a sparse matrix, and its factorisation."""

from __future__ import annotations

from typing import Any

import numpy as np

from simcore.errors import SimcoreError
from simcore.models.grid.linear import Stencil
from simcore.models.grid.linear_system import Row
from simcore.models.grid.walled import Walled
from simcore.spec.arrays import Periodic


def matrix_of(walled: Walled) -> Any:
    """L over all variables, each with its cells in C order; what walls add aside."""
    from scipy.sparse import bmat, csr_matrix, identity

    size = int(np.prod(walled.places.shape))
    none = csr_matrix((size, size))
    variables = list(walled.linear.rows)
    known: dict[str, dict[str, Any]] = {name: {name: identity(size, format="csr")} for name in variables}

    def row_of(row: Row) -> dict[str, Any]:
        total: dict[str, Any] = {}
        for source, stencil in row.items():
            outer = stencil_matrix(walled, source, stencil)
            for variable, inner in known[source].items():
                total[variable] = total.get(variable, none) + outer @ inner
        return total

    for name, row in walled.linear.inner.items():
        known[name] = row_of(row)
    rows = [row_of(row) for row in walled.linear.rows.values()]
    return bmat([[row.get(variable, none) for variable in variables] for row in rows], format="csc")


def stencil_matrix(walled: Walled, name: str, stencil: Stencil) -> Any:
    """The weights over all cells of an array, its ghost cells put in."""
    from scipy.sparse import coo_matrix

    shape = walled.places.shape
    cells = np.arange(int(np.prod(shape))).reshape(shape)
    rows, columns, weights = [], [], []
    for offsets, weight in stencil.items():
        source, scale = _reached(walled, name, cells, offsets)
        rows.append(cells.ravel())
        columns.append(source.ravel())
        weights.append((weight * scale).ravel())
    data = np.concatenate(weights), (np.concatenate(rows), np.concatenate(columns))
    return coo_matrix(data, shape=(cells.size, cells.size)).tocsr()


def _reached(walled: Walled, name: str, cells: np.ndarray, offsets: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """For every cell the one that lies `offsets` away, the mirror of a ghost cell in its place, and its scale.

    A scale that varies along its side is taken at the cell itself: of stencils along one axis at a time.
    """
    scale: np.ndarray = np.ones(cells.shape)
    reached = cells
    for axis, offset in enumerate(offsets):
        n = cells.shape[axis]
        places = np.arange(n) + offset
        mirrored = places % n
        factors = np.ones(cells.shape)
        for end, side in enumerate(walled.walls[name][axis]):
            outside = places < 0 if end == 0 else places >= n
            if isinstance(side, Periodic) or not outside.any():
                continue
            for cell in np.flatnonzero(outside):
                mirrored[cell] = -1 - places[cell] if end == 0 else 2 * n - 1 - places[cell]
                factor = walled.scale(side, axis, mirrored[cell])
                factors = factors.astype(np.result_type(factors, factor), copy=False)
                np.moveaxis(factors, axis, 0)[cell] = factor
        scale = scale * factors
        reached = np.take(reached, mirrored, axis)
    return reached, scale


class Factors:
    """An LU factorisation (SuperLU) with an ordering for symmetric patterns: minimum degree of A^T + A.

    Raises SimcoreError for a singular matrix.
    """

    def __init__(self, matrix: Any) -> None:
        from scipy.sparse.linalg import splu

        self._itemsize = matrix.dtype.itemsize
        try:
            self._factors = splu(
                matrix, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.01, options={"SymmetricMode": True}
            )
        except RuntimeError as error:  # an exact 0 on the diagonal
            raise SimcoreError(f"the matrix of the implicit solve is singular ({error}); change run.dt") from error

    @property
    def nbytes(self) -> int:
        """Of both factors: a number and an index for each entry."""
        return int(self._factors.nnz) * (self._itemsize + 4)  # to look at L or U would make copies of them

    def solve(self, right: np.ndarray) -> np.ndarray:
        """For one right-hand side."""
        return self._factors.solve(right)
