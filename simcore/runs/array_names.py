"""The names of observables that are arrays, and of their dimensions in a result, before the first step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from simcore.config import hint
from simcore.errors import InvalidValueError
from simcore.runs.result_names import DIMENSIONS, ENDINGS
from simcore.runs.sections import Output, SweepRun, TimeRun, UntilErrors, UntilPassed
from simcore.spec.observables import ArrayObservable

COVARIANCE = "_covariance"
OTHER = "_2"
"""Of the dimensions of a covariance: the second ones are called x_2."""

MOST_BYTES = 2**28
"""Bytes of the series of one array, 256 MiB: it lies in memory, in every checkpoint and in the result."""

MOST_COVARIANCE = 2048
"""Elements of an array of which the covariance, the square of so many numbers, may be asked for."""


def names_of_dims(arrays: Sequence[ArrayObservable]) -> Mapping[str, tuple[str, ...]]:
    """By observable, the names of its dimensions in the result.

    A dimension that has other coordinates in another observable, or whose name is that of an observable, is called
    OBSERVABLE_x.
    """
    places: dict[str, list[np.ndarray]] = {}
    for one in arrays:
        for dim, values in one.dims:
            places.setdefault(dim, []).append(np.asarray(values))
    measured = {one.name for one in arrays}
    shared = {
        dim
        for dim, every in places.items()
        if all(np.array_equal(every[0], other) for other in every) and dim not in measured and dim not in DIMENSIONS
    }
    return {one.name: tuple(dim if dim in shared else f"{one.name}_{dim}" for dim, _ in one.dims) for one in arrays}


def size_fault(one: ArrayObservable, samples: int, every: int) -> str:
    """What is wrong with a series of so many samples; empty if it is not too large."""
    size = int(np.prod(one.shape, dtype=np.int64)) * 8
    if size * samples <= MOST_BYTES:
        return ""
    most = MOST_BYTES // size
    wider = f"run.measure_every of at least {-(-samples * every // most)}" if most else "fewer elements"
    large = f"{samples} samples of {size // 8} elements take {size * samples >> 20} MiB, and a series at most"
    return f"'{one.name}': {large} {MOST_BYTES >> 20}; take {wider}, or a radial mean, a profile or fewer bins"


def check_arrays(
    arrays: Sequence[ArrayObservable],
    numbers: Sequence[str],
    output: Output,
    run: SweepRun | TimeRun,
    samples: int,
) -> None:
    """Names, dimensions, memory, and what is asked of arrays elsewhere. samples: how many the run takes, 0 if unknown.

    Raises InvalidValueError at the place in the file.
    """
    names = [one.name for one in arrays]
    for one in arrays:
        path = f"output.observables.{one.name}" if one.name in output.observables else "model"
        if names.count(one.name) > 1 or one.name in numbers or one.name in DIMENSIONS:
            raise InvalidValueError(path, f"the observable '{one.name}': there are two of this name")
        for other in (*numbers, *names):
            for ending in (*ENDINGS, COVARIANCE):
                if other == f"{one.name}{ending}" or one.name == f"{other}{ending}":
                    reason = f"'{other}' and '{one.name}' cannot both be names in a result; choose another name"
                    raise InvalidValueError(path, reason)
        if not one.dims or len({dim for dim, _ in one.dims}) < len(one.dims):
            raise InvalidValueError(path, f"the observable '{one.name}' needs dimensions, each with a name of its own")
        for dim, values in one.dims:
            if np.ndim(values) != 1 or np.asarray(values).dtype.kind not in "biufU" or not len(values):
                raise InvalidValueError(path, f"the dimension '{dim}' of '{one.name}' needs a list of numbers or text")
        for dim in names_of_dims(arrays)[one.name]:
            if dim in numbers or dim in names:
                raise InvalidValueError(path, f"the dimension '{dim}' of '{one.name}' has the name of an observable")
        if fault := size_fault(one, samples, run.measure_every):
            raise InvalidValueError(path, fault)
    for name in output.covariance:
        if name not in names:
            raise InvalidValueError("output.covariance", f"unknown array '{name}'; {hint(name, names)}")
    for one in arrays:
        if one.name in output.covariance and np.prod(one.shape) > MOST_COVARIANCE:
            reason = f"'{one.name}' has {np.prod(one.shape)} elements; a covariance takes at most {MOST_COVARIANCE}"
            raise InvalidValueError("output.covariance", reason)
    until = run.until
    named = [*until.below, *until.above] if isinstance(until, UntilPassed) else []
    named += [*until.error] if isinstance(until, UntilErrors) else []
    for name in named:
        if name in names:
            raise InvalidValueError("run.until", f"'{name}' is an array; a run ends at a number")
