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
    # Not an ImportError, so that the command, too, says it in one line.
    raise SystemExit("simcore runs on Linux and macOS, not on Windows; there, use it inside WSL")

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
    from simcore.spec.observables import Derived, Field, Observable
    from simcore.spec.parameters import Parameters
    from simcore.spec.phases import CellPhase, Clock, HostPhase, Phase, Reduction, RowPhase, Sites, Solve, SystemPhase
    from simcore.sweeps.launch import SweepOutcome
    from simcore.sweeps.progress import SweepStatus, SweepWatch
    from simcore.sweeps.schema import schema

__version__ = "0.1.0"

__all__ = [
    "ArrayFile",
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
    "SimcoreError",
    "Sites",
    "Solve",
    "StateArray",
    "StepView",
    "SystemPhase",
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
    "simcore.analysis": ("load", "prepare"),
    "simcore.config": ("InputFile", "parameter"),
    "simcore.runs": ("plan", "verify"),
    "simcore.runs.callbacks": ("StepView", "at", "every"),
    "simcore.sweeps.schema": ("schema",),
    "simcore.errors": ("ExperimentError", "SimcoreError"),
    "simcore.models.array_file": ("ArrayFile",),
    "simcore.spec.arrays": ("JointStart", "Periodic", "StateArray", "Wall"),
    "simcore.spec.model": ("Model",),
    "simcore.spec.observables": ("Derived", "Field", "Observable"),
    "simcore.spec.parameters": ("Parameters",),
    "simcore.spec.phases": (
        "CellPhase",
        "Clock",
        "HostPhase",
        "Phase",
        "Reduction",
        "RowPhase",
        "Sites",
        "Solve",
        "SystemPhase",
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
    """Run an experiment to its end and return the run.

    source: a YAML file, or the same as a dict. workers: worker processes, all CPUs this process may use by default.
    overrides: `{"model.parameters.temperature": 2.0}`, or texts `"path=value"`. out: the directory of this run.
    overwrite, resume: what to do with a run that is there already; refused otherwise. accept_source: resume although
    the code of the model has changed. watch: who shows the progress. callbacks: functions that are called between
    steps, `[simcore.every(100, f)]`; the numbers that they return become series.

    Raises `ExperimentError` (all that is wrong in the experiment), and other `SimcoreError`s for what goes wrong later.
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
    """Go on with the run in `directory` from its newest good checkpoint, to the same bits; `overrides` may extend it.

    accept_source: although the code of the model has changed (edited comments and docstrings are no change).
    callbacks: those that the run was begun with; a run with series that callbacks return is not resumed without them.

    Raises `CheckpointError` where no good checkpoint is left, and what `run` raises.
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
    """How far the run or sweep in a directory is, while it goes on and after.

    Of a sweep, only its ledger is read: points by the thousand are no matter. Raises `UsageError` where there is none.
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
    """Run all points of a sweep, or those that are left, and return what came.

    source, overrides, out, overwrite: as in `run`. workers: processes on this machine, all CPUs by default. scheduler:
    of a dask cluster, its address or file, in their place. retry_failed: try points again that failed before.
    fail_fast: stop all when one fails. accept_source: go on although the code of the model has changed.

    Points that fail do not raise: they are in `.failed`. Raises `ExperimentError` for a bad sweep, before anything is
    created, and other `SimcoreError`s for what goes wrong later.
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
