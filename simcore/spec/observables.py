"""What is measured, numbers and arrays, what follows from means, and the fields of a result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from simcore.spec.arrays import Function


@dataclass(frozen=True)
class Field:
    """A field of the result, assembled from arrays of the state.

    Args:
        name: of the field.
        of: names of the arrays.
        assemble: a picklable function of these arrays without ghost cells. It returns an array of their shape, with one
            more axis for each name in `axes`. None: the array itself.
        axes: names of the additional axes.
        unit, doc: of the field in the result.

    Example:
        >>> Field("spin", of=("a", "b"), assemble=lambda a, b: np.stack((a, b), axis=-1), axes=("component",)).of
        ('a', 'b')
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

    Args:
        name: of the series.
        value: a function of one cell, reduced over all cells by `reduce`; or, with `of`, a function of the values of
            other observables (NumPy arrays over the samples); or the name of a counter, which is summed over the step.
        reduce: how the values of all cells are combined; `mean` divides a counter by the number of cells.
        of: names of other observables.
        unit, doc: of the observable in the result.
        hidden: whether it only serves other observables.
        cell: constants with the index of one cell along each axis, as for a `Reduction`.
        conserved: whether no step changes it. Then a constant series has the error 0; otherwise its error is unknown.
        odd: whether it changes sign under a symmetry of the model, so that its exact mean is 0. A run that visits one
            sign only has a caution.

    Example:
        >>> def occupied(site, i, j):
        ...     return site[i, j] == 1
        >>> Observable("density", occupied, doc="fraction of occupied sites").reduce
        'mean'
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


@dataclass(frozen=True, eq=False)
class ArrayObservable:
    """An array of numbers with named dimensions, measured every `run.measure_every` steps by a function of Python.

    The function runs at measurements only, between two steps, in the process that leads the run. So its numbers do not
    depend on the workers; it must be a function of its arguments alone.

    Args:
        name: of the observable.
        value: value(*arrays), real, of the shape that `dims` says. The arrays are read-only, without ghost cells, and
            valid during the call only. If `samples`: value(*columns), (samples, *shape), each column (samples,).
        of: the arrays of the state that `value` takes, in order; if `samples`, observables that are numbers.
        dims: (name, coordinates) of each dimension, in order; coordinates are numbers or text, one for each element.
        unit: of the values.
        doc: what it is.
        samples: whether it is a function of the values of other observables in each sample.
        conserved: whether no step changes an element, of a shape that broadcasts to that of the value: such an element
            has no error, where that of another one that never changes is unknown.
        covariance: whether `/estimates` has the covariance of the means of its elements, `x_covariance`.

    Example:
        >>> rows = ArrayObservable("rows", lambda u: u.mean(axis=1), ("u",), (("x", np.arange(8.0)),))
        >>> rows.shape
        (8,)
    """

    name: str
    value: Callable[..., np.ndarray]
    of: tuple[str, ...]
    dims: tuple[tuple[str, np.ndarray], ...]
    unit: str = "1"
    doc: str = ""
    samples: bool = False
    conserved: np.ndarray | bool = False
    covariance: bool = False

    @property
    def shape(self) -> tuple[int, ...]:
        """How many elements along each dimension."""
        return tuple(len(places) for _, places in self.dims)


@dataclass(frozen=True)
class Derived:
    """A function of means, with a jackknife error.

    Args:
        name: of the estimate.
        value: a function of one mean for each entry of `moments`.
        moments: pairs (observable, power): the mean of the power of the observable.
        unit, doc: of the estimate in the result.

    Example:
        >>> variance = Derived("variance", lambda m, m2: m2 - m**2, moments=(("u", 1), ("u", 2)))
        >>> variance.value(1.0, 3.0)
        2.0
    """

    name: str
    value: Callable[..., Any]
    moments: tuple[tuple[str, int], ...]
    unit: str = "1"
    doc: str = ""


@dataclass(frozen=True)
class ResultGroup:
    """A group of a result, made of the state at its end.

    variables: by name the dimensions, the values, a unit and a description; of several replicas the values have these
    as their first axis, which is not among the dimensions. coordinates: by dimension the values, unit and description.
    """

    variables: Mapping[str, tuple[tuple[str, ...], Any, str, str]]
    coordinates: Mapping[str, tuple[Any, str, str]]
