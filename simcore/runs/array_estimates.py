"""Observables that are arrays in a result: their series, and an estimate of each element."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace

import numpy as np

from simcore.runs.array_names import COVARIANCE, OTHER
from simcore.runs.experiment import Experiment
from simcore.runs.series import Series
from simcore.spec.observables import ArrayObservable
from simcore.statistics import covariance, estimate
from simcore.statistics.along import along
from simcore.statistics.cautions import Caution, as_mask, cautions, in_order, of_mask
from simcore.storage.dataset import Group, Variable

MOST_DRIFTING = 0.01
"""The share of the elements that may drift before the whole array is marked: by chance one in 10000 does."""
ROUNDING = 1e-12
"""Relative changes below this are those of rounding, in which nothing is looked for."""
DRIFTING = (Caution.NOT_THERMALIZED, Caution.NOT_STATIONARY)


def with_arrays(numbers: Group, experiment: Experiment, series: Series, thermalization: int | None) -> Group:
    """The estimates of the numbers, and `x`, `x_error`, `x_tau` (in steps) and `x_ess` of each array.

    And `x_covariance` if `output.covariance` names it: of the means of its elements. thermalization: its steps; None
    while it is not over.
    """
    if not experiment.array_observables:
        return numbers
    keep = series.steps > (math.inf if thermalization is None else thermalization)
    columns = series.array_columns()
    variables, coordinates = dict(numbers.variables), dict(numbers.coordinates)
    for one in experiment.array_observables:
        dims = experiment.array_dims[one.name]
        coordinates |= coordinates_of(one, dims)
        samples = columns[one.name][keep]
        variables |= _estimates(experiment, one, dims, samples)
        if one.covariance:
            second = tuple(f"{dim}{OTHER}" for dim in dims)
            coordinates |= coordinates_of(one, second)
            found = _covariance(samples.reshape(len(samples), -1), variables[f"{one.name}_error"].data.ravel())
            shape = (*one.shape, *one.shape)
            text, both = f"covariance of the means of {one.name}", (*dims, *second)
            matrix = Variable(both, found.reshape(shape), "1", text, own_dims=both)
            variables[f"{one.name}{COVARIANCE}"] = matrix
    return Group(variables, coordinates)


def array_series(experiment: Experiment, series: Series) -> Group:
    """Every array over `step` and its own dimensions, thermalisation included."""
    columns = series.array_columns()
    variables: dict[str, Variable] = {}
    coordinates: dict[str, Variable] = {}
    for one in experiment.array_observables:
        dims = experiment.array_dims[one.name]
        coordinates |= coordinates_of(one, dims)
        variables[one.name] = Variable(("step", *dims), columns[one.name], one.unit, one.doc or one.name, own_dims=dims)
    return Group(variables, coordinates)


def coordinates_of(one: ArrayObservable, names: tuple[str, ...]) -> dict[str, Variable]:
    """The labels of its dimensions, under the names that they have in the result."""
    return {
        name: Variable((name,), np.asarray(places), "1", dim)
        for name, (dim, places) in zip(names, one.dims, strict=True)
    }


def _estimates(
    experiment: Experiment, one: ArrayObservable, dims: tuple[str, ...], samples: np.ndarray
) -> dict[str, Variable]:
    """Of samples after thermalisation, (samples, *shape)."""
    found = estimate(samples, axis=0)
    value, error, tau = (np.asarray(x, dtype=np.float64) for x in (found.value, found.error, found.tau))
    if not experiment.deterministic and len(samples) > 1:
        still = np.ptp(samples, axis=0) <= ROUNDING * np.abs(samples).max(axis=0)
        conserved = np.broadcast_to(one.conserved, one.shape)  # else nobody knows how often it will change
        error = np.where(still, np.where(conserved, 0.0, math.nan), error)
        tau = np.where(still, np.where(conserved, 0.5, math.nan), tau)
    ess = found.samples / (2.0 * tau)
    words = _cautions(experiment, one, samples, ess)
    every = experiment.run.measure_every
    name = one.name
    made = {
        name: Variable(dims, value, one.unit, one.doc or name, cautions=tuple(map(str, words))),
        f"{name}_error": Variable(dims, error, one.unit, f"standard error of {name}"),
        f"{name}_tau": Variable(dims, tau * every, "1", f"integrated autocorrelation time of {name}, in steps"),
        f"{name}_ess": Variable(dims, ess, "1", f"effective sample size of {name}"),
    }
    return {key: replace(variable, own_dims=dims) for key, variable in made.items()}


def _covariance(samples: np.ndarray, error: np.ndarray) -> np.ndarray:
    """Of the means over samples (n, m), of shape (m, m); NaN in rows and columns of errors that are unknown."""
    found = np.full((len(error), len(error)), math.nan)
    known = np.flatnonzero(np.isfinite(error))
    if len(known):
        found[np.ix_(known, known)] = covariance(np.ascontiguousarray(samples[:, known].T))
    return found


def _cautions(
    experiment: Experiment, one: ArrayObservable, samples: np.ndarray, ess: np.ndarray
) -> tuple[Caution, ...]:
    """Those of any element; a drift counts if more elements have it than chance explains."""
    if not len(samples):
        return (Caution.NO_SAMPLES,)
    flat = samples.reshape(len(samples), -1)
    if not np.isfinite(flat).all():
        return (Caution.NOT_FINITE,)
    spread, scale = np.ptp(flat, axis=0), np.abs(flat).max(axis=0)
    still = spread <= ROUNDING * scale
    conserved = np.broadcast_to(one.conserved, one.shape).ravel() | experiment.deterministic
    counts = Counter([Caution.NEVER_CHANGED] * int((still & ~conserved).sum()))
    in_time = experiment.dt is not None

    def mask(series: np.ndarray) -> float:
        return float(as_mask(cautions(series[1:], series[0], in_time=in_time)))

    if not still.all():
        together = np.concatenate([ess.reshape(1, -1), flat])[:, ~still]
        for each in along(mask, together, 0).astype(int).tolist():
            counts.update(of_mask(each))
    return in_order(word for word, n in counts.items() if word not in DRIFTING or n > MOST_DRIFTING * flat.shape[1])
