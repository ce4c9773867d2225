"""From the series to estimates, and from both to what the result file holds."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from graphlib import TopologicalSorter

import numpy as np

from simcore.runs.array_estimates import array_series, with_arrays
from simcore.runs.ensemble_result import over_systems, pooled_group
from simcore.runs.ensemble_series import EnsembleSeries
from simcore.runs.experiment import Experiment
from simcore.runs.population_annealing import population_group
from simcore.runs.returned import Returned
from simcore.runs.series import Series
from simcore.runs.tempering import exchanges_group
from simcore.runs.thermalization import thermalization_of
from simcore.spec.observables import Derived, Observable
from simcore.statistics import Estimate, estimate, estimate_function
from simcore.statistics.cautions import FEW_SAMPLES, Caution, cautions, in_order
from simcore.storage.dataset import TEMPERING
from simcore.storage.result import Group, Result, Variable


def result(
    experiment: Experiment,
    series: Series,
    step: int,
    attributes: Mapping[str, int | float | str],
    returned: Returned | None = None,
    ladder: np.ndarray | None = None,
    state: Mapping[str, np.ndarray] | None = None,
) -> Result:
    """All of a result at `step` but its fields, which are added if they are read.

    returned: the series that callbacks have returned. ladder: what tempering keeps of its exchanges.
    state: the arrays at `step`, of which the model makes groups of its own.

    Its attribute `thermalization`: steps before the averages begin, -1 if it is not over yet; `thermalized`: 0 where
    it was given up because an observable still drifted, else 1; `equilibrium`: 0 where there is no equilibrium.
    """
    thermalization = thermalization_of(experiment)
    before = thermalization.look(series, step)
    groups = measured_groups(experiment, series, before, returned or Returned())
    if (disorder := disorder_group(experiment)) is not None:
        groups["disorder"] = disorder
    if ladder is not None and series.walk is not None:
        groups[TEMPERING] = exchanges_group(experiment, ladder, series.walk.rows)
    groups |= _groups_of_state(experiment, state or {})
    if experiment.population is not None:
        groups["population_annealing"] = population_group(experiment, series)
    seed = experiment.run.seed
    assert seed is not None
    recorded: dict[str, int | float | str] = {
        "experiment": experiment.to_yaml(),
        "model_source": experiment.source,
        "steps": step,
        "seed": seed,
        "thermalization": -1 if before is None else before,
        "thermalized": int(not thermalization.given_up),
        "equilibrium": int(experiment.model.equilibrium),
        **callbacks_attribute(returned or Returned()),
    }
    return Result(groups, {**recorded, **attributes})


def _groups_of_state(experiment: Experiment, state: Mapping[str, np.ndarray]) -> dict[str, Group]:
    """What the model makes of the state; of several replicas over these, too."""
    if not state or experiment.tempering is not None:
        return {}
    count = experiment.systems
    states = [{name: a[n] if count > 1 else a for name, a in state.items()} for n in range(count)]
    name, coordinates = experiment.system_axis
    before, axis = ((name,), coordinates) if count > 1 else ((), {})
    return {
        key: Group(
            {one: Variable((*before, *dims), v, u, doc) for one, (dims, v, u, doc) in group.variables.items()},
            {**axis, **{dim: Variable((dim,), v, u, doc) for dim, (v, u, doc) in group.coordinates.items()}},
        )
        for key, group in experiment.model.result_groups(states).items()
    }


def measured_groups(
    experiment: Experiment, series: Series, thermalization: int | None, returned: Returned
) -> dict[str, Group]:
    """`series` and `estimates`; of several replicas both over `replica`, and `pooled` beside."""
    if isinstance(series, EnsembleSeries):
        each = zip(experiment.members, series.members, strict=True)
        members = [_of_one(member, own, thermalization, Returned()) for member, own in each]
        axis = experiment.system_axis
        groups = {name: over_systems([member[name] for member in members], axis) for name in members[0]}
        if experiment.tempering is not None:
            return groups
        return {**groups, "pooled": pooled_group(groups["estimates"])}
    return _of_one(experiment, series, thermalization, returned)


def _of_one(experiment: Experiment, series: Series, thermalization: int | None, returned: Returned) -> dict[str, Group]:
    found = estimates(experiment, series, thermalization)
    numbers = estimates_group(experiment, found, cautions_of(experiment, series, thermalization, found))
    measured = with_arrays(numbers, experiment, series, thermalization)
    of_callbacks = returned_estimates(experiment, returned, thermalization)
    return {
        "series": series_group(experiment, series, returned),
        "estimates": Group({**measured.variables, **of_callbacks}, measured.coordinates),
    }


def estimates(
    experiment: Experiment, series: Series, thermalization: int | None, names: Collection[str] | None = None
) -> dict[str, Estimate]:
    """An estimate of every observable and derived number, from the samples after thermalisation; tau in samples.

    thermalization: its steps; None while it is not over, when there is no such sample. names: those that are asked for;
    by default all that are not hidden.

    The error of a series that never changed is NaN, unknown, unless the quantity is conserved or the model draws no
    random numbers.
    """
    columns = _kept(series, thermalization)
    known = _may_be_constant(experiment, columns)
    shown = [one.name for one in experiment.observables if not one.hidden]
    found = {name: _known(estimate(columns[name]), known[name]) for name in shown if names is None or name in names}
    for derived in experiment.derived:
        if names is not None and derived.name not in names:
            continue
        moments = [columns[name] ** power for name, power in derived.moments]
        found[derived.name] = _known(_derived(derived.value, moments), all(known[name] for name, _ in derived.moments))
    return found


def _kept(series: Series, thermalization: int | None) -> dict[str, np.ndarray]:
    """Every observable after thermalisation, hidden ones too."""
    keep = series.steps > (math.inf if thermalization is None else thermalization)
    return {name: column[keep] for name, column in series.columns(hidden=True).items()}


def _may_be_constant(experiment: Experiment, columns: Mapping[str, np.ndarray]) -> dict[str, bool]:
    """Whether the error of each series is what its changes say, because it changes or has a reason not to."""
    conserved = _conserved({one.name: one for one in experiment.observables})
    return {
        name: len(x) < 2 or x.min() != x.max() or experiment.deterministic or name in conserved
        for name, x in columns.items()
    }


def _conserved(observables: Mapping[str, Observable]) -> set[str]:
    """The observables that are conserved, or made of conserved ones alone."""
    found: set[str] = set()
    for name in TopologicalSorter({one.name: one.of for one in observables.values()}).static_order():
        one = observables[name]
        if one.conserved or (one.of and found >= set(one.of)):
            found.add(name)
    return found


def _known(found: Estimate, known: bool) -> Estimate:
    return found if known or found.error != 0.0 else replace(found, error=math.nan, tau=math.nan)


def cautions_of(
    experiment: Experiment, series: Series, thermalization: int | None, found: Mapping[str, Estimate]
) -> dict[str, tuple[Caution, ...]]:
    """What must be known of each estimate, by name; see `simcore.statistics.cautions`."""
    columns = _kept(series, thermalization)
    known = _may_be_constant(experiment, columns)
    observables = {one.name: one for one in experiment.observables}
    independent = {name: found[name].ess if name in found else estimate(x).ess for name, x in columns.items()}
    of_series = {
        name: cautions(
            x,
            independent[name],
            may_be_constant=known[name],
            odd=observables[name].odd,
            in_time=experiment.dt is not None or not experiment.model.equilibrium,
        )
        for name, x in columns.items()
    }
    of_means = {one.name: _of_means(one, found[one.name], of_series, observables) for one in experiment.derived}
    return {name: {**of_series, **of_means}[name] for name in found}


def _of_means(
    derived: Derived,
    found: Estimate,
    of_series: Mapping[str, tuple[Caution, ...]],
    observables: Mapping[str, Observable],
) -> tuple[Caution, ...]:
    """Of a function of means: those of its series and of what these are made of, and its own."""
    names = {name for name, _ in derived.moments}
    names |= {below for name in names for below in observables[name].of}
    words = {caution for name in names for caution in of_series[name]}
    if found.samples and not math.isfinite(found.value):
        conserved = not words and _conserved(observables) >= {name for name, _ in derived.moments}
        return in_order(words | {Caution.CONSERVED if conserved else Caution.NOT_FINITE})
    if (
        not words & {Caution.NOT_STATIONARY, Caution.NO_SAMPLES, Caution.NEVER_CHANGED}
        and not min(found.ess, found.samples) >= FEW_SAMPLES
    ):
        words.add(Caution.FEW_SAMPLES)
    return in_order(words)


def _derived(function: Callable[..., float], moments: list[np.ndarray]) -> Estimate:
    if not len(moments[0]):
        return Estimate(math.nan, math.nan, math.nan, 0)
    return estimate_function(function, moments, bias_corrected=True)


def estimates_group(
    experiment: Experiment, found: Mapping[str, Estimate], cautioned: Mapping[str, tuple[Caution, ...]]
) -> Group:
    """`x` with its cautions, `x_error`, `x_tau` (in steps) and `x_ess` for each estimate, without dimension."""
    described: dict[str, Observable | Derived] = {o.name: o for o in experiment.observables}
    described |= {derived.name: derived for derived in experiment.derived}
    every = experiment.run.measure_every
    variables: dict[str, Variable] = {}
    for name, x in found.items():
        one = described[name]
        variables |= estimate_variables(name, x, every, cautioned[name], one.unit, one.doc)
    return Group(variables)


def estimate_variables(
    name: str, x: Estimate, every: float, words: Iterable[Caution], unit: str = "1", doc: str = ""
) -> dict[str, Variable]:
    """`x` with its cautions, `x_error`, `x_tau` and `x_ess` of one estimate. every: steps between two samples."""
    return {
        name: replace(_number(x.value, unit, doc or name), cautions=tuple(map(str, words))),
        f"{name}_error": _number(x.error, unit, f"standard error of {name}"),
        f"{name}_tau": _number(x.tau * every, "1", f"integrated autocorrelation time of {name}, in steps"),
        f"{name}_ess": _number(x.ess, "1", f"effective sample size of {name}"),
    }


def returned_estimates(experiment: Experiment, returned: Returned, thermalization: int | None) -> dict[str, Variable]:
    """The estimates of what callbacks have returned, from the numbers after thermalisation.

    Errors and autocorrelation times need equal distances between samples; of others they are NaN, unknown.
    """
    variables: dict[str, Variable] = {}
    for name, (steps, values) in returned.series().items():
        keep = steps > (math.inf if thermalization is None else thermalization)
        steps, values = steps[keep], values[keep]
        constant = len(values) < 2 or values.min() != values.max() or experiment.deterministic
        x = _known(estimate(values), constant)
        words = cautions(values, x.ess, may_be_constant=constant, in_time=experiment.dt is not None)
        distances = set(np.diff(steps).tolist())
        if len(distances) > 1:
            x = replace(x, error=math.nan, tau=math.nan)  # and so its ess
        variables |= estimate_variables(name, x, max(distances, default=math.nan), words)
    return variables


def callbacks_attribute(returned: Returned) -> dict[str, str]:
    """`callbacks`, an attribute of a result: each callback with the series that it returned, a line for each."""
    lines = [f"{callback}: {', '.join(names)}" for callback, names in returned.owners().items()]
    return {"callbacks": "\n".join(lines)} if lines else {}


def _number(value: float, unit: str, long_name: str) -> Variable:
    return Variable((), np.array(value, np.float64), unit, long_name)


def disorder_group(experiment: Experiment) -> Group | None:
    """The numbers that were drawn or read before the run, over the cells; None of a model that has none."""
    quenched = experiment.model.quenched()
    if not quenched:
        return None
    axes, places = experiment.description.axes, experiment.description.coordinates
    variables = {
        name: Variable((*axes, *further)[-values.ndim :], values, "1", doc)
        for name, (values, further, doc) in quenched.items()
    }
    return Group(variables, {axis: Variable((axis,), places[axis], "1", axis) for axis in axes})


def series_group(experiment: Experiment, series: Series, returned: Returned) -> Group:
    """Every observable over `step`, thermalisation included; `time` beside it for grids.

    What callbacks have returned is NaN at steps at which they were not called.
    """
    described = {o.name: o for o in experiment.observables}
    coordinates: dict[str, Variable] = {"step": Variable(("step",), series.steps, "1", "step")}
    if experiment.dt is not None:
        coordinates["time"] = Variable(("step",), series.times(experiment.dt), "1", "time")
    variables: dict[str, Variable] = {
        name: Variable(("step",), column, described[name].unit, described[name].doc or name)
        for name, column in series.columns().items()
    }
    measured = array_series(experiment, series)
    variables |= measured.variables
    coordinates |= measured.coordinates
    for name, column in returned.columns(series.steps).items():
        variables[name] = Variable(("step",), column, "1", name, callback=returned.owner(name) or "")
    return Group(variables, coordinates)
