"""An experiment as a function of its parameters: for optimisers, samplers and sensitivity analysis."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from simcore.compiler.recent import Recent
from simcore.config import Document, hint
from simcore.errors import UsageError
from simcore.runs.array_estimates import with_arrays
from simcore.runs.in_memory import Computed
from simcore.runs.prepared import Prepared, document_of
from simcore.runs.result_contents import cautions_of, estimates, estimates_group, series_group
from simcore.runs.returned import Returned
from simcore.runs.snapshots import field_history
from simcore.statistics import Estimate
from simcore.storage.dataset import CAUTIONS, Group, Variable

if TYPE_CHECKING:
    import xarray

MOST_KEPT = 8
"""Prepared experiments that a process which was sent some keeps at once."""


def prepare(
    source: str | Path | Mapping[str, Any], *, overrides: Mapping[str, Any] | Sequence[str] = ()
) -> PreparedExperiment:
    """Resolve and compile an experiment once, to call it with many values of its parameters.

    Args:
        source: a YAML file, or the same as a dict. It is read once.
        overrides: as in `simcore.run`; they hold for all calls.

    Returns:
        A function: `f({"model.parameters.r": 0.4})` runs the experiment from its first step to its last in this
        process and returns a `PreparedRun`. No file is written and no process is started; the numbers are those of
        `simcore.run`, bit for bit. Any number of threads may call it at once.

    Raises:
        ExperimentError: all errors in the experiment. `run.max_walltime` is refused: no call ends by wall time.

    Example:
        >>> f = prepare(
        ...     {
        ...         "model": {"type": "heat", "grid": {"shape": [8]}, "parameters": {"D": 0.1},
        ...                   "fields": {"u": {"initial": "x"}}},
        ...         "run": {"seed": 1, "dt": 0.1, "steps": 10},
        ...     }
        ... )
        >>> run = f({"model.parameters.D": 0.2})
        >>> run.samples("mean_u").shape, run.step
        ((10,), 10)
    """
    return PreparedExperiment(document_of(source, overrides))


class PreparedExperiment:
    """What `prepare` returns; it may be sent to other processes, where it is prepared once."""

    def __init__(self, document: Document, token: str = "") -> None:
        self._prepared, self._token = Prepared(document), token or uuid.uuid4().hex

    def __call__(self, overrides: Mapping[str, Any] | Sequence[str] = ()) -> PreparedRun:
        """Run the experiment with other values.

        Args:
            overrides: as in `simcore.run`. Parameters of the model, `run.seed` and `run.replica` change numbers only;
                any other key may be overridden, too, but one that changes the code (a shape that is not that of the
                experiment, a scheme) is compiled at its first use.

        Returns:
            The results.

        Raises:
            ExperimentError: all errors in the values.
            NotFiniteError: a value of the state is not finite any more; the message names field, cell and step.
        """
        return PreparedRun(self._prepared(overrides))

    def __repr__(self) -> str:
        return f"<prepared {self._prepared.experiment.name or self._prepared.experiment.type}>"

    def __reduce__(self) -> Any:
        return _sent, (self._token, self._prepared.document)


_KEPT: Recent[PreparedExperiment] = Recent(MOST_KEPT)
_keeping = threading.Lock()


def _sent(token: str, document: Document) -> PreparedExperiment:
    """A prepared experiment that came from another process, the same one if it comes again."""
    with _keeping:
        found = _KEPT.get(token) or PreparedExperiment(document, token)
        _KEPT.keep(token, found)
    return found


class PreparedRun:
    """The results of a call of a prepared experiment; they are assembled on first use.

    `series`, `estimates` and `fields` are those of a `Run`: the same names, coordinates, units and numbers. `samples`,
    `estimate` and `final` give one of them without xarray.

    step: int, steps made. time: float, the time at the end; None for Monte Carlo. It may be sent to other processes.
    """

    def __init__(self, computed: Computed) -> None:
        self._computed: Computed | None = computed
        self._groups: dict[str, Group] = {}
        self._estimates: dict[str, Estimate] = {}
        self.step, self.time = computed.step, computed.time

    def __repr__(self) -> str:
        return f"<run of {self.step} steps>"

    def samples(self, name: str) -> np.ndarray:
        """An observable over time.

        Args:
            name: of the observable.

        Returns:
            float64, (samples,): its value every `run.measure_every` steps, thermalisation included.

        Raises:
            UsageError: there is no observable of this name.
        """
        return self._variable("series", name)

    def final(self, name: str) -> np.ndarray:
        """A field at the end.

        Args:
            name: of the field.

        Returns:
            One number for each cell, of shape (x, y, z, ...) as in `fields`.

        Raises:
            UsageError: there is no field of this name.
        """
        return self._variable("fields", name)[-1]

    def estimate(self, name: str) -> Estimate:
        """The mean of an observable after thermalisation, or a function of means.

        Args:
            name: as in `estimates`.

        Returns:
            `value`, `error`, `tau` (in samples, not in steps), `samples` and `ess`.

        Raises:
            UsageError: there is no estimate of this name.
        """
        if name not in self._estimates and self._computed is not None:
            known = self._computed
            self._estimates |= estimates(known.experiment, known.series, known.before, [name])
        return self._estimates[_found("estimate", name, self._estimates or self._group("estimates").variables)]

    @cached_property
    def series(self) -> xarray.Dataset:
        """Every observable over `step`, thermalisation included."""
        return _dataset(self._group("series"))

    @cached_property
    def estimates(self) -> xarray.Dataset:
        """`x`, `x_error`, `x_tau` (in steps) and `x_ess` of each observable `x`."""
        return _dataset(self._group("estimates"))

    @cached_property
    def fields(self) -> xarray.Dataset:
        """Snapshots of the state; the final state last."""
        return _dataset(self._group("fields"))

    def _variable(self, group: str, name: str) -> np.ndarray:
        variables = self._group(group).variables
        return variables[_found("observable" if group == "series" else "field", name, variables)].data

    def _group(self, name: str) -> Group:
        if name not in self._groups:
            assert self._computed is not None
            self._groups[name] = _MAKE[name](self._computed)
        return self._groups[name]

    def __getstate__(self) -> dict[str, Any]:
        """Plain numbers: neither the model nor anything of its code."""
        state = {"_groups": {name: self._group(name) for name in _MAKE}, "step": self.step, "time": self.time}
        if (known := self._computed) is not None:
            self._estimates = estimates(known.experiment, known.series, known.before)
        return {**state, "_estimates": self._estimates, "_computed": None}


def _found(what: str, name: str, known: Iterable[str]) -> str:
    if name not in (names := list(known)):
        raise UsageError(f"there is no {what} '{name}'; {hint(name, names)}")
    return name


def _series(made: Computed) -> Group:
    return series_group(made.experiment, made.series, Returned())


def _estimates(made: Computed) -> Group:
    found = estimates(made.experiment, made.series, made.before)
    numbers = estimates_group(made.experiment, found, cautions_of(made.experiment, made.series, made.before, found))
    return with_arrays(numbers, made.experiment, made.series, made.before)


def _fields(made: Computed) -> Group:
    return field_history(made.experiment, None, made.step, made.time).together(made.snapshots, made.final)


_MAKE = {"series": _series, "estimates": _estimates, "fields": _fields}


def _dataset(group: Group) -> xarray.Dataset:
    """As xarray reads it from a result file."""
    import xarray

    from simcore.storage.netcdf import attributes_of  # with h5py, which no run needs in this process

    def variable(name: str, one: Variable) -> xarray.Variable:
        cautions = {CAUTIONS: "; ".join(one.cautions)} if one.cautions else {}
        return xarray.Variable(one.dims, one.data, {**attributes_of(name, one), **cautions})

    coordinates = {name: variable(name, one) for name, one in group.coordinates.items()}
    return xarray.Dataset({name: variable(name, one) for name, one in group.variables.items()}, coordinates)
