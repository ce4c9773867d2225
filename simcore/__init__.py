"""simcore: experiments in YAML, state in shared memory, compiled kernels on every core, results in HDF5.

Everything public is listed in `__all__` and imported when it is first used: `import simcore` itself imports nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if sys.platform == "win32":
    _REFUSED = "simcore runs on Linux and macOS, not on Windows; there, use it inside WSL"
    # The command (`simcore`, `python -m simcore`) says it in one line; who imports simcore can go on without.
    raise (SystemExit if sys.argv[0] == "-m" or Path(sys.argv[0]).stem == "simcore" else ImportError)(_REFUSED)

if TYPE_CHECKING:
    from simcore import errors, random, statistics
    from simcore.analysis import plots, reweighting, scaling
    from simcore.analysis.load import load
    from simcore.analysis.prepared import prepare
    from simcore.analysis.run import Run
    from simcore.config import InputFile, parameter
    from simcore.errors import ExperimentError, SimcoreError
    from simcore.models.array_file import ArrayFile
    from simcore.runs.callbacks import Callback, StepView, at, every
    from simcore.runs.plan import plan
    from simcore.runs.progress import Watch
    from simcore.runs.status import Status
    from simcore.runs.verify import verify
    from simcore.spec.arrays import JointStart, Periodic, StateArray, Wall
    from simcore.spec.model import Model
    from simcore.spec.observables import ArrayObservable, Derived, Field, Observable
    from simcore.spec.parameters import Parameters
    from simcore.spec.phases import (
        Adaptive,
        CellPhase,
        Clock,
        HostPhase,
        Phase,
        Reduction,
        RowPhase,
        Sites,
        Solve,
        SystemPhase,
        Tuned,
    )
    from simcore.sweeps.launch import SweepOutcome
    from simcore.sweeps.progress import SweepStatus, SweepWatch
    from simcore.sweeps.schema import schema

__version__ = "0.1.0"

__all__ = [
    "Adaptive",
    "ArrayFile",
    "ArrayObservable",
    "CellPhase",
    "Clock",
    "Derived",
    "ExperimentError",
    "Field",
    "HostPhase",
    "InputFile",
    "JointStart",
    "Model",
    "Observable",
    "Parameters",
    "Periodic",
    "Phase",
    "Reduction",
    "RowPhase",
    "Run",
    "SimcoreError",
    "Sites",
    "Solve",
    "StateArray",
    "StepView",
    "SystemPhase",
    "Tuned",
    "Wall",
    "at",
    "errors",
    "every",
    "load",
    "parameter",
    "plan",
    "plots",
    "prepare",
    "random",
    "resume",
    "reweighting",
    "run",
    "scaling",
    "schema",
    "statistics",
    "status",
    "sweep",
    "verify",
]

_MODULES = {name: f"simcore.{name}" for name in ("errors", "random", "statistics")}
_MODULES |= {name: f"simcore.analysis.{name}" for name in ("plots", "reweighting", "scaling")}
_HOMES = {
    "simcore.analysis": ("Run", "load", "prepare"),
    "simcore.config": ("InputFile", "parameter"),
    "simcore.runs": ("plan", "verify"),
    "simcore.runs.callbacks": ("StepView", "at", "every"),
    "simcore.sweeps.schema": ("schema",),
    "simcore.errors": ("ExperimentError", "SimcoreError"),
    "simcore.models.array_file": ("ArrayFile",),
    "simcore.spec.arrays": ("JointStart", "Periodic", "StateArray", "Wall"),
    "simcore.spec.model": ("Model",),
    "simcore.spec.observables": ("ArrayObservable", "Derived", "Field", "Observable"),
    "simcore.spec.parameters": ("Parameters",),
    "simcore.spec.phases": (
        "Adaptive",
        "CellPhase",
        "Clock",
        "HostPhase",
        "Phase",
        "Reduction",
        "RowPhase",
        "Sites",
        "Solve",
        "SystemPhase",
        "Tuned",
    ),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def run(
    source: str | Path | Mapping[str, Any],
    *,
    workers: int | None = None,
    overrides: Mapping[str, Any] | Sequence[str] = (),
    out: str | Path | None = None,
    overwrite: bool = False,
    resume: bool = False,
    accept_source: bool = False,
    watch: Watch | None = None,
    callbacks: Sequence[Callback] = (),
) -> Run:
    """Run an experiment to its end.

    Args:
        source: a YAML file, or its contents as a dict.
        workers: number of worker processes; by default the number of CPUs that this process may use.
        overrides: `{"model.parameters.temperature": 2.0}`, or texts `"path=value"`.
        out: directory of the run; by default `results/NAME`.
        overwrite: whether to replace an existing run in that directory.
        resume: whether to continue an existing run in that directory. Without either, an existing run is refused.
        accept_source: whether to resume although the code of the model has changed.
        watch: object that reports the progress; by default chosen for a terminal, a notebook or a plain stream.
        callbacks: functions to call between steps, `[simcore.every(100, f)]`; the numbers that they return become
            series.

    Returns:
        The run, with `series`, `estimates` and `fields` as xarray Datasets.

    Raises:
        ExperimentError: all errors in the experiment, before anything is created.
        SimcoreError: a failure of the run; its subclasses are in `simcore.errors`.

    Example:
        >>> heat = {
        ...     "model": {"type": "heat", "grid": {"shape": [8]}, "parameters": {"D": 0.1},
        ...               "fields": {"u": {"initial": "x"}}},
        ...     "run": {"seed": 1, "dt": 0.1, "steps": 10},
        ... }
        >>> heat_run = simcore.run(heat, workers=1, out="results/heat")
        >>> round(float(heat_run.estimates["mean_u"]), 6)
        4.0
    """
    from simcore.analysis import Run
    from simcore.display import choose
    from simcore.runs import run as start

    outcome = start(
        source,
        workers=workers,
        overrides=overrides,
        out=out,
        overwrite=overwrite,
        resume=resume,
        accept_source=accept_source,
        watch=watch or choose(),
        callbacks=callbacks,
    )
    return Run(outcome.path)


def resume(
    directory: str | Path,
    *,
    workers: int | None = None,
    overrides: Mapping[str, Any] | Sequence[str] = (),
    accept_source: bool = False,
    watch: Watch | None = None,
    callbacks: Sequence[Callback] = (),
) -> Run:
    """Continue the run in a directory from its newest valid checkpoint, with the same bits.

    Args:
        directory: of the run.
        workers: number of worker processes; by default the number of CPUs that this process may use.
        overrides: keys that may change, such as a larger `run.sweeps` or `run.steps`, as in `run`.
        accept_source: whether to continue although the code of the model has changed (comments and docstrings do not
            count).
        watch: object that reports the progress.
        callbacks: those of the original run; a run with series returned by callbacks is not resumed without them.

    Returns:
        The run, as `run` does.

    Raises:
        CheckpointError: no valid checkpoint is left.
        SimcoreError: the errors of `run`.

    Example:
        >>> heat = {
        ...     "model": {"type": "heat", "grid": {"shape": [8]}, "parameters": {"D": 0.1},
        ...               "fields": {"u": {"initial": "x"}}},
        ...     "run": {"seed": 1, "dt": 0.1, "steps": 10},
        ... }
        >>> heat_run = simcore.run(heat, workers=1, out="results/heat")
        >>> simcore.resume("results/heat", workers=1, overrides={"run.steps": 20}).series.sizes["step"]
        20
    """
    from simcore.analysis import Run
    from simcore.display import choose
    from simcore.runs import resume as go_on

    shown = watch or choose()
    outcome = go_on(
        directory,
        workers=workers,
        overrides=overrides,
        accept_source=accept_source,
        watch=shown,
        callbacks=callbacks,
    )
    return Run(outcome.path)


def status(directory: str | Path) -> Status | SweepStatus:
    """The progress of the run or sweep in a directory, during it and after.

    Args:
        directory: of the run or sweep. For a sweep, only its ledger is read.

    Returns:
        `.state` is running, done, paused, stopped or failed; further attributes give the steps or points made.

    Raises:
        UsageError: there is no run in the directory.

    Example:
        >>> heat = {
        ...     "model": {"type": "heat", "grid": {"shape": [8]}, "parameters": {"D": 0.1},
        ...               "fields": {"u": {"initial": "x"}}},
        ...     "run": {"seed": 1, "dt": 0.1, "steps": 10},
        ... }
        >>> heat_run = simcore.run(heat, workers=1, out="results/heat")
        >>> simcore.status("results/heat").state
        'done'
    """
    from simcore.sweeps.status import holds_sweep, sweep_status

    if holds_sweep(directory):
        return sweep_status(directory)
    from simcore.runs import status as status_of_run

    return status_of_run(directory)


def sweep(
    source: str | Path | Mapping[str, Any],
    *,
    workers: int | None = None,
    overrides: Mapping[str, Any] | Sequence[str] = (),
    out: str | Path | None = None,
    overwrite: bool = False,
    retry_failed: bool = False,
    fail_fast: bool = False,
    scheduler: str | None = None,
    accept_source: bool = False,
    watch: SweepWatch | None = None,
) -> SweepOutcome:
    """Run all points of a sweep, or the remaining ones.

    Args:
        source: a YAML file, or its contents as a dict, with a `sweep` section.
        workers: number of worker processes on this machine; by default the number of CPUs that this process may use.
        overrides: as in `run`.
        out: directory of the sweep; by default `results/NAME`.
        overwrite: whether to replace an existing sweep in that directory.
        retry_failed: whether to run failed points again.
        fail_fast: whether to stop all points if one fails.
        scheduler: address or file of a dask scheduler, to use its workers instead.
        accept_source: whether to continue although the code of the model has changed.
        watch: object that reports the progress.

    Returns:
        The outcome: `.points`, `.done`, `.estimates` (an xarray Dataset), and `.failed`, the messages of failed points
        by their ids. Failed points do not raise.

    Raises:
        ExperimentError: all errors in the sweep, before anything is created.
        SimcoreError: a failure of the sweep itself.

    Example:
        >>> heat = {
        ...     "model": {"type": "heat", "grid": {"shape": [8]}, "parameters": {"D": 0.1},
        ...               "fields": {"u": {"initial": "x"}}},
        ...     "run": {"seed": 1, "dt": 0.1, "steps": 10},
        ...     "sweep": {"grid": {"model.parameters.D": [0.1, 0.2]}},
        ... }
        >>> outcome = simcore.sweep(heat, workers=1, out="results/heat-sweep")
        >>> outcome.points, outcome.done, dict(outcome.estimates["max_u"].sizes)
        (2, 2, {'D': 2, 'replica': 1})
    """
    from simcore.display import choose
    from simcore.sweeps.launch import LaunchOptions
    from simcore.sweeps.launch import sweep as launch

    wishes = LaunchOptions(workers, scheduler, retry_failed, fail_fast, accept_source)
    shown = watch or choose()
    return launch(source, overrides=overrides, out=out, overwrite=overwrite, wishes=wishes, watch=shown)


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(_MODULES[name])
    if name in _HOME_OF:
        value = globals()[name] = getattr(import_module(_HOME_OF[name]), name)
        return value
    raise AttributeError(f"module 'simcore' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
