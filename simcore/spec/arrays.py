"""The arrays of a state: shape, start, ghost cells, and what holds at their sides."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

AXES = ("x", "y", "z", "x3", "x4", "x5", "x6", "x7")  # of arrays, in files and figures


@dataclass(frozen=True)
class Periodic:
    """A periodic boundary: the ghost cell is `scale` times the cell at the other end plus `shift`.

    Args:
        scale: 1 if periodic, -1 if antiperiodic.
        shift: added to the value, in its units.

    Example:
        >>> Periodic().plain, Periodic(scale=-1).plain
        (True, False)
    """

    scale: float | complex = 1
    shift: float | complex = 0

    @property
    def plain(self) -> bool:
        """Whether it is a copy."""
        return self.scale == 1 and self.shift == 0


@dataclass(frozen=True)
class CellFunction:
    """A function of one cell that a program wrote: `source` is one whole `def`.

    It may name its arguments, `np`, `math`, and the plain functions and numbers in `uses`.
    """

    source: str
    uses: Mapping[str, Any] = field(default_factory=dict)


Function = Callable[..., Any] | CellFunction


@dataclass(frozen=True)
class Wall:
    """A non-periodic boundary: the ghost cell is `scale` times its mirror cell plus `shift`.

    Args:
        scale, shift: numbers, or functions of `time` (that of the values), `i`, `j`, `k` of the mirror cell, parameters
            and constants. The boundary is halfway between the cell and its ghost cell. With spacing h, a fixed value v
            is Wall(-1, 2 v) and an outward derivative g is Wall(1, h g).

    Example:
        >>> Wall(-1.0, 2 * 300.0).fixed  # the value 300 at the boundary, at all times
        True
    """

    scale: float | complex | Function
    shift: float | complex | Function

    @property
    def fixed(self) -> bool:
        """Whether it is the same at all times and places."""
        return all(isinstance(part, (int, float, complex)) for part in (self.scale, self.shift))


Side = Periodic | Wall


@dataclass(frozen=True)
class JointStart:
    """Initial values of several dependent arrays, such as a particle and its number.

    Args:
        make: a function of a `simcore.random.Stream`, called once. It returns the values of the arrays by name; each
            array that has this object as its `initial` takes the values of its name.

    Example:
        >>> def placed(stream):
        ...     kind = stream.uniform((4, 4)) < 0.5
        ...     return {"kind": kind, "number": np.cumsum(kind).reshape(4, 4)}
        >>> start = JointStart(placed)
        >>> arrays = [StateArray("kind", (4, 4), "int8", start), StateArray("number", (4, 4), "int32", start)]
        >>> sorted(start.make(simcore.random.Stream(key=1)))
        ['kind', 'number']
    """

    make: Callable[..., Mapping[str, np.ndarray]]


@dataclass(frozen=True)
class StateArray:
    """One named array of the state.

    Args:
        name: of the array, as argument of kernels and as field of the result.
        shape: cells along each axis (one to eight), without ghost cells.
        dtype: a NumPy type, such as "int8" or "float64".
        initial: an array of that shape, or a function of a `simcore.random.Stream` that returns one (each array has its
            own stream), or a `JointStart`; None in a description, which holds no data.
        boundary: a pair (lower, upper) of `Periodic` or `Wall` for each axis; required if any array has ghost cells.
        halo: number of ghost cells on each side, the largest distance at which kernels read.
        unit, doc: of the field in the result.
        work: whether the array is computed in every step (such as a stage of a Runge-Kutta step), so that it is neither
            initialised nor stored.
        hidden: whether it is not a field of the result.
        cells: the shape in memory of a work array that a `CompactPhase` alone uses; that of the state if None.

    Example:
        >>> sides = ((Periodic(), Periodic()),)
        >>> StateArray("u", (64,), "float64", lambda stream: stream.uniform(64), sides, halo=1).shape
        (64,)
    """

    name: str
    shape: tuple[int, ...]
    dtype: Any
    initial: np.ndarray | Callable[..., np.ndarray] | JointStart | None
    boundary: tuple[tuple[Side, Side], ...] = ()
    halo: int = 0
    unit: str = "1"
    doc: str = ""
    work: bool = False
    hidden: bool = False
    cells: tuple[int, ...] | None = None
