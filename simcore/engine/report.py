"""From the series to estimates, and from both to what the result file holds."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping

import numpy as np

from simcore.engine.experiment import Experiment
from simcore.engine.series import Series
from simcore.engine.thermalization import thermalization_of
from simcore.models.contract import Derived, Observable
from simcore.statistics import Estimate, estimate, estimate_function
from simcore.storage.result import Group, Result, Variable


def result(experiment: Experiment, series: Series, step: int, attributes: Mapping[str, int | float | str]) -> Result:
    """All of a result at `step` but its fields, which are added where they are read.

    Its attribute `thermalization`: steps before the averages begin, -1 where it is not over yet; `thermalized`: 0 where
    it was given up because an observable still drifted, else 1.
    """
    thermalization = thermalization_of(experiment)
    before = thermalization.look(series, step)
    found = estimates(experiment, series, before)
    groups = {
        "series": series_group(experiment, series),
        "estimates": estimates_group(experiment, found),
    }
    seed = experiment.run.seed
    assert seed is not None
    recorded: dict[str, int | float | str] = {
        "experiment": experiment.to_yaml(),
        "model_source": experiment.source,
        "steps": step,
        "seed": seed,
        "thermalization": -1 if before is None else before,
        "thermalized": int(not thermalization.given_up),
    }
    return Result(groups, {**recorded, **attributes})


def estimates(
    experiment: Experiment, series: Series, thermalization: int | None, names: Collection[str] | None = None
) -> dict[str, Estimate]:
    """An estimate of every observable and derived number, from the samples after thermalisation; tau in samples.

    thermalization: its steps; None while it is not over, when there is no such sample. names: those that are asked for;
    by default all that are not hidden.
    """
    keep = series.steps > (math.inf if thermalization is None else thermalization)
    columns = {name: column[keep] for name, column in series.columns(hidden=True).items()}
    shown = [one.name for one in experiment.observables if not one.hidden]
    found = {name: estimate(columns[name]) for name in shown if names is None or name in names}
    for derived in experiment.derived:
        if names is not None and derived.name not in names:
            continue
        moments = [columns[name] ** power for name, power in derived.moments]
        found[derived.name] = _derived(derived.value, moments)
    return found


def _derived(function: Callable[..., float], moments: list[np.ndarray]) -> Estimate:
    if not len(moments[0]):
        return Estimate(math.nan, math.nan, math.nan, 0)
    return estimate_function(function, moments)


def estimates_group(experiment: Experiment, found: Mapping[str, Estimate]) -> Group:
    """`x`, `x_error`, `x_tau` (in steps) and `x_ess` for each estimate, without dimension."""
    described: dict[str, Observable | Derived] = {o.name: o for o in experiment.observables}
    described |= {derived.name: derived for derived in experiment.derived}
    every = experiment.run.measure_every
    variables = {}
    for name, x in found.items():
        unit = described[name].unit
        variables[name] = _number(x.value, unit, described[name].doc or name)
        variables[f"{name}_error"] = _number(x.error, unit, f"standard error of {name}")
        variables[f"{name}_tau"] = _number(x.tau * every, "1", f"integrated autocorrelation time of {name}, in steps")
        variables[f"{name}_ess"] = _number(x.ess, "1", f"effective sample size of {name}")
    return Group(variables)


def _number(value: float, unit: str, long_name: str) -> Variable:
    return Variable((), np.array(value, np.float64), unit, long_name)


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
