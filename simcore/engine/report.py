"""From the series to estimates, and from both to what the result file holds."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np

from simcore.engine.experiment import Experiment
from simcore.engine.series import Series
from simcore.models.contract import Model
from simcore.statistics import Estimate, estimate, estimate_function
from simcore.storage.result import Group, Result, Variable


def result(experiment: Experiment, series: Series, step: int, attributes: Mapping[str, int | float | str]) -> Result:
    """All of a result at `step` but its fields, which are added where they are read."""
    found = estimates(experiment.model, series, experiment.thermalization)
    groups = {
        "series": series_group(experiment, series),
        "estimates": estimates_group(experiment, found),
    }
    own = {"experiment": experiment.to_yaml(), "steps": step, "seed": experiment.run.seed}
    return Result(groups, {**own, **attributes})


def estimates(model: Model, series: Series, thermalization: int) -> dict[str, Estimate]:
    """An estimate of every observable and derived number, from the samples after thermalisation; tau in samples."""
    keep = series.steps > thermalization
    columns = {name: column[keep] for name, column in series.columns().items()}
    found = {name: estimate(column) for name, column in columns.items()}
    for derived in model.derived():
        moments = [columns[name] ** power for name, power in derived.moments]
        found[derived.name] = _derived(derived.value, moments)
    return found


def _derived(function: Callable[..., float], moments: list[np.ndarray]) -> Estimate:
    if not len(moments[0]):
        return Estimate(math.nan, math.nan, math.nan, 0)
    return estimate_function(function, moments)


def estimates_group(experiment: Experiment, found: Mapping[str, Estimate]) -> Group:
    """`x`, `x_error`, `x_tau` (in steps) and `x_ess` for each estimate, without dimension."""
    described = {o.name: o for o in (*experiment.observables, *experiment.model.derived())}
    every = experiment.run.measure_every
    variables = {}
    for name, x in found.items():
        unit, doc = described[name].unit, described[name].doc or name
        variables[name] = Variable((), np.float64(x.value), unit, doc)
        variables[f"{name}_error"] = Variable((), np.float64(x.error), unit, f"standard error of {name}")
        variables[f"{name}_tau"] = Variable(
            (), np.float64(x.tau * every), "1", f"integrated autocorrelation time of {name}, in steps"
        )
        variables[f"{name}_ess"] = Variable((), np.float64(x.ess), "1", f"effective sample size of {name}")
    return Group(variables)


def series_group(experiment: Experiment, series: Series) -> Group:
    """Every observable over `step`, thermalisation included; `time` beside it for grids."""
    described = {o.name: o for o in experiment.observables}
    coordinates = {"step": Variable(("step",), series.steps, "1", "step")}
    if experiment.dt is not None:
        coordinates["time"] = Variable(("step",), series.times(experiment.dt), "1", "time")
    variables = {
        name: Variable(("step",), column, described[name].unit, described[name].doc or name)
        for name, column in series.columns().items()
    }
    return Group(variables, coordinates)
