"""Linear solves of (1 - gamma dt L) w = r on the whole grid, by one worker while the others wait.

One process makes each solve, from start to end, with the one-threaded transforms of `scipy.fft` (pocketfft), with one
factorisation of SuperLU, or by GMRES with sums in a fixed order: what it computes depends on the arrays alone, not on
the number of workers. All arithmetic is of double precision.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from simcore.errors import SimcoreError
from simcore.models.grid.krylov import RESTART, gmres
from simcore.models.grid.linear_system import LinearSystem
from simcore.models.grid.sparse import Factors, matrix_of
from simcore.models.grid.transforms import Kind, Spectral, Transform, kind_of
from simcore.models.grid.walled import Walled
from simcore.spec.arrays import Periodic

# The most unknowns that are factorised, by the axes longer than one cell: it takes about 2 s and 150 MB at most.
FACTORISED = {0: 1000, 1: 200_000, 2: 60_000, 3: 8_000}


ON_DOMAIN = 4  # times as many on a domain, where the transforms make a poor preconditioner

ACCURATE = 1e-6  # of a solution of size 1: far worse than rounding in any matrix that is not singular


class BlockSolver(ABC):
    """Solves for some variables at once. gamma: of the scheme; complex_valued: whether any of the variables is."""

    def __init__(self, walled: Walled, gamma: float, *, complex_valued: bool) -> None:
        self.walled, self.gamma = walled, gamma
        self.dtype = np.dtype(complex if complex_valued else float)
        self._ready: float | None = None

    @property
    def variables(self) -> tuple[str, ...]:
        """In the order of the first axis of what `solve` takes and gives."""
        return tuple(self.walled.linear.rows)

    def set_up(self, dt: float) -> int:
        """Work out once what all solves with steps of that length need. Returns the bytes that solves take."""
        if self._ready != dt:
            self.prepare(self.gamma * dt)
            self._ready = dt
            self._still = None if self.walled.moves else self._shift(0.0)
            self._adds = self._still is None or bool(self._still.any())
        return self.nbytes

    def solve(self, right: np.ndarray, time: float, dt: float) -> np.ndarray:
        """w for the right-hand side r, with what walls add at that time; the variables first, then the cells."""
        self.set_up(dt)
        right = right.astype(self.dtype, copy=False)
        if self._adds:
            right = right + self.gamma * dt * (self._shift(time) if self._still is None else self._still)
        return self.solve_still(right)

    def _shift(self, time: float) -> np.ndarray:
        return np.stack(list(self.walled.shift(time).values()))

    @property
    def size(self) -> int:
        """Of an array of all variables, in bytes."""
        return len(self.variables) * int(np.prod(self.walled.places.shape)) * self.dtype.itemsize

    @property
    @abstractmethod
    def nbytes(self) -> int:
        """Held, and taken for a while in each solve."""

    @abstractmethod
    def prepare(self, step: float) -> None:
        """What can be worked out once for all solves with (1 - step L)."""

    @abstractmethod
    def solve_still(self, right: np.ndarray) -> np.ndarray:
        """The solution if the walls add nothing."""


class SpectralSolver(BlockSolver):
    """If transforms make L diagonal but for the coupling of variables: mode by mode, with the symbols of the stencils.

    kinds: the transform of each axis.
    """

    def __init__(self, walled: Walled, gamma: float, *, complex_valued: bool, kinds: tuple[Kind, ...]) -> None:
        super().__init__(walled, gamma, complex_valued=complex_valued)
        self.kinds = kinds

    def prepare(self, step: float) -> None:
        transform = Transform(self.kinds, self.walled.places.shape, self.dtype.kind == "f")
        self._modes = Spectral(self.walled.constant, self.variables, transform, step)

    @property
    def nbytes(self) -> int:
        return self._modes.nbytes + 4 * self.size

    def solve_still(self, right: np.ndarray) -> np.ndarray:
        return self._modes.solve(right)


class SparseSolver(BlockSolver):
    """A sparse factorisation."""

    def prepare(self, step: float) -> None:
        from scipy.sparse import csc_matrix, identity

        matrix = matrix_of(self.walled)
        self.dtype = np.result_type(self.dtype, matrix.dtype)
        whole = csc_matrix(identity(matrix.shape[0]) - step * matrix, dtype=self.dtype)
        self._factors = Factors(whole)
        # pivots are chosen for the pattern first: see once that the factors are those of the matrix
        sample = np.cos(np.arange(matrix.shape[0], dtype=float))
        left = float(np.abs(self._factors.solve((whole @ sample).astype(self.dtype)) - sample).max())
        if not left <= ACCURATE:
            raise SimcoreError(f"the matrix of the implicit solve is singular, or nearly ({left:.1e}); change run.dt")

    @property
    def nbytes(self) -> int:
        return self._factors.nbytes + 3 * self.size

    def solve_still(self, right: np.ndarray) -> np.ndarray:
        return self._factors.solve(right.ravel()).reshape(right.shape)


class KrylovSolver(BlockSolver):
    """GMRES, preconditioned by the nearest operator that transforms make diagonal."""

    def prepare(self, step: float) -> None:
        walled, variables = self.walled, self.variables
        self._step = step
        kinds = {name: tuple(kind_of(*pair) for pair in walled.walls[name]) for name in variables}
        groups = [variables] if len(set(kinds.values())) == 1 else [(name,) for name in variables]
        real = self.dtype.kind == "f"
        self._near = [
            (
                [variables.index(name) for name in group],
                Spectral(walled.constant, group, Transform(kinds[group[0]], walled.places.shape, real), step),
            )
            for group in groups
        ]

    @property
    def nbytes(self) -> int:
        return sum(modes.nbytes for _, modes in self._near) + (RESTART + 6) * self.size

    def solve_still(self, right: np.ndarray) -> np.ndarray:
        found = gmres(self._times, self._nearly, right)
        return found if self.walled.inside is None else np.where(self.walled.inside, found, 0.0)

    def _times(self, values: np.ndarray) -> np.ndarray:
        rates = self.walled.times(dict(zip(self.variables, values, strict=True)))
        return values - self._step * np.stack(list(rates.values()))

    def _nearly(self, right: np.ndarray) -> np.ndarray:
        found = np.empty_like(right)
        for rows, modes in self._near:
            found[rows] = modes.solve(right[rows])
        return found


@dataclass(frozen=True)
class SolveBetween:
    """Called as `contract.Solve.call` wants it: the arrays `sources` are r, `targets` become w, at t + share dt."""

    solver: BlockSolver
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    share: float

    def __call__(self, arrays: Mapping[str, np.ndarray], time: float, dt: float) -> None:
        right = np.stack([arrays[name] for name in self.sources])
        solved = self.solver.solve(right, time + self.share * dt, dt)
        for name, values in zip(self.targets, solved, strict=True):
            arrays[name][...] = values if arrays[name].dtype.kind == "c" else values.real


def solver_of(walled: Walled, gamma: float, complex_fields: Sequence[str]) -> BlockSolver:
    """What suits the walls and the size of one block."""
    complex_valued = any(name in complex_fields for name in walled.linear.rows)
    if (kinds := diagonal_kinds(walled)) is not None:
        return SpectralSolver(walled, gamma, complex_valued=complex_valued, kinds=kinds)
    shape = walled.places.shape
    most = FACTORISED[sum(n > 1 for n in shape)] * (1 if walled.near is None else ON_DOMAIN)
    if walled.unknowns <= most and not (walled.scales_vary and walled.linear.crosses):
        return SparseSolver(walled, gamma, complex_valued=complex_valued)
    return KrylovSolver(walled, gamma, complex_valued=complex_valued)


def diagonal_kinds(walled: Walled) -> tuple[Kind, ...] | None:
    """The transform of each axis, if they make the system diagonal; else None."""
    if walled.near is not None:
        return None
    kinds: list[set[Kind]] = [set() for _ in walled.places.shape]
    sides = {(name, axis): walled.walls[name][axis] for name, axis, _, _ in walled.sides()}
    for (_, axis), pair in sides.items():
        if any(not isinstance(side, Periodic) and side.scale not in (1, -1) for side in pair):
            return None
        kinds[axis].add(kind_of(*pair))
    for axis, found in enumerate(kinds):
        if len(found) > 1 or (found - {"fft"} and not even(walled.linear, axis)):
            return None
    return tuple(next(iter(found), "none") for found in kinds)


def even(linear: LinearSystem, axis: int) -> bool:
    """Whether every stencil is its own mirror image along an axis, to rounding."""
    for row in linear.formulas.values():
        for stencil in row.values():
            largest = max(map(abs, stencil.values()), default=0.0)
            for offsets, weight in stencil.items():
                mirrored = tuple(-o if k == axis else o for k, o in enumerate(offsets))
                if abs(stencil.get(mirrored, 0.0) - weight) > 1e-14 * largest:
                    return False
    return True
