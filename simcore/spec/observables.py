"""What is measured, what follows from means, and the fields of a result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from simcore.spec.arrays import Function


@dataclass(frozen=True)
class Field:
    """How arrays of the state make up a field of the result.

    assemble(*arrays): from the arrays named in `of`, without ghost cells, an array of their shape and beyond it one
    axis for each name in `axes`; picklable. None: the one array, as it is.
    """

    name: str
    of: tuple[str, ...]
    assemble: Callable[..., np.ndarray] | None = None
    axes: tuple[str, ...] = ()
    unit: str = "1"
    doc: str = ""


@dataclass(frozen=True)
class Observable:
    """A number measured every `run.measure_every` steps.

    value: a function of one cell, reduced over all cells by `reduce`; or, where `of` names other observables, a
    function of their values (NumPy arrays over the samples); or the name of a tally, whose sum in that step is taken,
    or its `mean` over all cells. hidden: it serves other observables only. cell: as of a `Reduction`. conserved: no
    step changes it, so a series that never changes has no error; without it the error of such a series is unknown.
    odd: it changes its sign under a symmetry of the model, so that its exact mean is 0; a run that sees one sign only
    is marked.
    """

    name: str
    value: Function | str
    reduce: Literal["mean", "sum", "min", "max"] = "mean"
    of: tuple[str, ...] = ()
    unit: str = "1"
    doc: str = ""
    hidden: bool = False
    cell: tuple[str, ...] = ()
    conserved: bool = False
    odd: bool = False


@dataclass(frozen=True)
class Derived:
    """A number that follows from means, with a jackknife error: `value(*means)`.

    moments: what the means are taken of, an (observable, power) pair for each argument of `value`.
    """

    name: str
    value: Callable[..., Any]
    moments: tuple[tuple[str, int], ...]
    unit: str = "1"
    doc: str = ""
