"""One point, as a worker process carries it out: claim it, see whether it is done, run it, make its result durable.

The claim is the lock that every run holds on its run.log: two launchers never work on one point, whatever machine they
are on, and the claim of a worker that died is free.
"""

from __future__ import annotations

import contextlib
import pickle
import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Literal

from simcore.engine.directory import RunDirectory
from simcore.engine.experiment import Experiment
from simcore.engine.run import conduct
from simcore.errors import SimcoreError, Stopped, StorageError, UsageError
from simcore.storage import Group, latest_checkpoint, read_result
from simcore.storage.together import Batch, publish
from simcore.sweep.expansion import Sweep
from simcore.sweep.experiment import experiment_of
from simcore.sweep.files import POINTS
from simcore.sweep.point import Point
from simcore.sweep.pool import Postponed
from simcore.sweep.presence import Told
from simcore.sweep.shapes import shapes_of


@dataclass(frozen=True)
class Setup:
    """What all points of a launch share. stop: the file whose appearance tells them to stop."""

    sweep: Sweep
    directory: Path
    stop: Path

    def sealed(self) -> bytes:
        """As bytes, in which a model that `__main__` defines travels by value. Raises UsageError."""
        bare = replace(self, sweep=replace(self.sweep, points=()))
        try:
            return pickle.dumps(bare)
        except (pickle.PicklingError, AttributeError, TypeError):
            import cloudpickle

            try:
                return cloudpickle.dumps(bare)
            except Exception as error:
                raise UsageError(f"the sweep cannot be sent to a worker process: {error}") from error


@dataclass(frozen=True)
class Task:
    """A point to carry out. setup: a sealed `Setup`. workers: processes for this point, the one that takes it for 1."""

    setup: bytes
    point: Point
    workers: int


@dataclass(frozen=True)
class Report:
    """How a point ended.

    elsewhere: another launcher has it. estimates: value, error, tau and ess of each; variables: unit and meaning of
    each. reason: the first line of an error; trace: all of it.
    """

    id: str
    ending: Literal["done", "stopped", "elsewhere", "failed"]
    seconds: float = 0.0
    estimates: Mapping[str, Sequence[float]] = field(default_factory=dict)
    variables: Mapping[str, list[str]] = field(default_factory=dict)
    shapes: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    trace: str = ""


class Begun(Postponed):
    """A point whose computation has ended, and whose files wait to be published. It is claimed until then."""

    def __init__(self, report: Report, batch: Batch, claim: contextlib.ExitStack) -> None:
        self.report, self.batch, self._claim = report, batch, claim

    @classmethod
    def settle(cls, those: Sequence[Postponed]) -> list[Report]:
        begun = [each for each in those if isinstance(each, Begun)]
        reports = []
        for each, error in zip(begun, publish([each.batch for each in begun]), strict=True):
            each._claim.close()
            report = each.report
            reports.append(
                report if error is None else Report(report.id, "failed", reason=str(error), trace=str(error))
            )
        return reports


def carry_out(task: Task) -> Report:
    """A point from beginning to end."""
    return Begun.settle([begin(task)])[0]


def begin(task: Task) -> Begun:
    """Compute a point; what is wrong with it is in the report."""
    began, batch, claim = time.monotonic(), Batch(), contextlib.ExitStack()
    try:
        report = _computed(task, batch, claim)
    except Stopped:
        report = Report(task.point.id, "stopped")
    except Exception as error:
        text = str(error) if isinstance(error, SimcoreError) else f"{type(error).__name__}: {error}"
        reason = (text.splitlines() or [""])[0]
        report = Report(task.point.id, "failed", reason=reason, trace=traceback.format_exc())
    return Begun(replace(report, seconds=time.monotonic() - began), batch, claim)


def _computed(task: Task, batch: Batch, claim: contextlib.ExitStack) -> Report:
    setup, id = _opened(task.setup), task.point.id
    stop = Told(setup.stop)
    if stop.signal is not None:
        return Report(id, "stopped")
    directory = RunDirectory(setup.directory / POINTS / id)
    try:
        claim.enter_context(directory.claimed(overwrite=False))
    except UsageError:
        return Report(id, "elsewhere")
    with _noted(directory):
        experiment = experiment_of(setup.sweep, task.point)
        found = _finished_before(experiment, directory)
        if found is None:
            outcome = conduct(
                experiment, directory, task.workers, resume=True, alone=task.workers == 1, stop=stop, batch=batch
            )
            if not outcome.done:
                raise SimcoreError(f"run.max_walltime ended it at step {outcome.step}; --retry-failed goes on with it")
            found = outcome.estimates
        return _report(experiment, id, found)


@contextlib.contextmanager
def _noted(directory: RunDirectory):
    """The end of a point that is not done, in its own log, too."""
    try:
        yield
    except Stopped as stopped:
        directory.note("stopped", str(stopped))
        raise
    except Exception as error:
        directory.note("failed", str(error) or type(error).__name__)
        raise


@lru_cache(maxsize=4)
def _opened(sealed: bytes) -> Setup:
    return pickle.loads(sealed)


def _finished_before(experiment: Experiment, directory: RunDirectory) -> Group | None:
    """The estimates of a result that is complete, and of this very experiment: its launcher died before it heard."""
    if not directory.result.exists():
        return None
    try:
        result = read_result(directory.result, ["estimates"])
    except StorageError:
        return None  # the checkpoint is as good
    if result.attributes["experiment"] != experiment.to_yaml():
        return None
    ends_by_itself = experiment.run.until is not None or experiment.end_time is not None
    if result.attributes["steps"] != experiment.total_steps and not ends_by_itself:
        return None
    checkpoint = latest_checkpoint(directory.checkpoints, lambda _: None, set_aside=False)
    if checkpoint is None or checkpoint.attributes["identity"] != experiment.identity():
        return None
    return result.groups["estimates"]


def _report(experiment: Experiment, id: str, estimates: Group) -> Report:
    found = estimates.variables
    names = [name for name in found if f"{name}_error" in found]
    parts = ("", "_error", "_tau", "_ess")
    return Report(
        id,
        "done",
        estimates={name: [float(found[f"{name}{part}"].data) for part in parts] for name in names},
        variables={name: [found[name].units, found[name].long_name] for name in names},
        shapes=shapes_of(experiment),
    )
