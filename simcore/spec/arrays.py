"""The arrays of a state: shape, start, ghost cells, and what holds at their sides."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

AXES = ("x", "y", "z", "x3", "x4", "x5", "x6", "x7")  # of arrays, in files and figures


@dataclass(frozen=True)
class Periodic:
    """The ghost cell is `scale` times the cell at the other end plus `shift`; antiperiodic where the scale is -1."""

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
    """The ghost cell is `scale` times its mirror cell plus `shift`.

    Cell-centred, with spacing h: a fixed value v is Wall(-1, 2 v); an outward derivative g is Wall(1, h g). Each may be
    a function of `time` (that of the values), `i`, `j`, `k` of the mirror cell, parameters and constants.
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
    """One start of several arrays that belong together, as a particle and its number do.

    make(stream): from a `simcore.random.Stream`, the values of each of these arrays by its name. It is called once; the
    arrays that have this very object as their `initial` take what stands under their names.

        start = JointStart(placed)  # placed(stream) returns {"kind": ..., "number": ...}
        return [StateArray("kind", shape, "int8", start), StateArray("number", shape, "int32", start)]
    """

    make: Callable[..., Mapping[str, np.ndarray]]


@dataclass(frozen=True)
class StateArray:
    """One named array of the state.

    shape: cells along each axis (one to eight), without ghost cells. initial: an array of that shape, or a function of
    a `simcore.random.Stream` that returns one (each array has a stream of its own), or a `JointStart`; None in a
    description, which holds no data. boundary: a
    (lower, upper) pair of sides for each axis, needed if any array of the state has ghost cells; halo: how many of them
    its kernels read beyond each side. work: made anew in every step, so neither initialised nor kept (a stage of a
    Runge-Kutta step, say). hidden: no field of the result.
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
