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

from simcore.errors import SimcoreError, StoppedError, StorageError, UsageError
from simcore.runs.directory import RunDirectory
from simcore.runs.experiment import Experiment
from simcore.runs.run import Outcome, conduct
from simcore.runs.sections import SweepRun
from simcore.storage import latest_checkpoint, read_result
from simcore.storage.checkpoint import checkpoint_steps
from simcore.storage.together import Batch, publish
from simcore.sweeps.expansion import Sweep
from simcore.sweeps.experiment import experiment_of
from simcore.sweeps.files import POINTS
from simcore.sweeps.heartbeat import StopFlag
from simcore.sweeps.pool import Postponed
from simcore.sweeps.shapes import shapes_of
from simcore.sweeps.work_unit import WorkUnit, excess, shortened


@dataclass(frozen=True)
class Setup:
    """What all points of a launch share.

    stop: the file whose appearance tells them to stop. accept_source: go on with what another version of the
    model began.
    """

    sweep: Sweep
    directory: Path
    stop: Path
    accept_source: bool = False

    def sealed(self) -> bytes:
        """As bytes, in which a model that `__main__` defines travels by value. Raises UsageError."""
        bare = replace(self, sweep=replace(self.sweep, points=()))
        with contextlib.suppress(pickle.PicklingError, AttributeError, TypeError):
            sealed = pickle.dumps(bare)
            if b"__main__" not in sealed:  # else it names what a script or a notebook defines, which no worker imports
                return sealed
        import cloudpickle

        try:
            return cloudpickle.dumps(bare)
        except Exception as error:
            raise UsageError(f"the sweep cannot be sent to a worker process: {error}") from error


@dataclass(frozen=True)
class Task:
    """A point to carry out. setup: a sealed `Setup`. workers: processes for this point, the one that takes it for 1."""

    setup: bytes
    share: WorkUnit
    workers: int


@dataclass(frozen=True)
class Report:
    """How a point ended.

    paused: with a result that is not its last, at the end of its share or of `run.max_walltime`. stopped: with a
    checkpoint. elsewhere: another launcher has it. seconds, cpu: wall time and computing time. step: the last one;
    made: steps of this time. sweeps: of its share. excess: as in `share`. estimates: value, error, tau and ess of each;
    variables: unit and meaning of each. cautions: of those that have any. reason: the first line of an error; trace:
    all of it.
    """

    id: str
    ending: Literal["done", "paused", "stopped", "elsewhere", "failed"]
    seconds: float = 0.0
    cpu: float = 0.0
    step: int = 0
    made: int = 0
    sweeps: int = 0
    excess: float | None = None
    estimates: Mapping[str, Sequence[float]] = field(default_factory=dict)
    variables: Mapping[str, list[str]] = field(default_factory=dict)
    cautions: Mapping[str, Sequence[str]] = field(default_factory=dict)
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
    batch, claim, id = Batch(), contextlib.ExitStack(), task.share.point.id
    began, computed = time.monotonic(), time.thread_time()
    try:
        report = _computed(task, batch, claim)
    except StoppedError:
        report = Report(id, "stopped")
    except Exception as error:
        text = str(error) if isinstance(error, SimcoreError) else f"{type(error).__name__}: {error}"
        reason = (text.splitlines() or [""])[0]
        report = Report(id, "failed", reason=reason, trace=traceback.format_exc())
    seconds = time.monotonic() - began
    cpu = time.thread_time() - computed if task.workers == 1 else seconds * task.workers
    return Begun(replace(report, seconds=seconds, cpu=cpu), batch, claim)


def _computed(task: Task, batch: Batch, claim: contextlib.ExitStack) -> Report:
    setup, share, id = _opened(task.setup), task.share, task.share.point.id
    stop = StopFlag(setup.stop)
    if stop.signal is not None:
        return Report(id, "stopped")
    directory = RunDirectory(setup.directory / POINTS / id)
    try:
        claim.enter_context(directory.claimed(overwrite=False))
    except UsageError:
        return Report(id, "elsewhere")
    with _noted(directory):
        experiment = experiment_of(setup.sweep, share.point)
        reached = max(checkpoint_steps(directory.checkpoints), default=0)
        part = experiment if share.sweeps is None else shortened(experiment, share.sweeps, reached)
        outcome = _finished_before(part, directory) if part is experiment else None
        outcome = outcome or conduct(
            part,
            directory,
            task.workers,
            resume=True,
            accept_source=setup.accept_source,
            alone=task.workers == 1,
            stop=stop,
            batch=batch,
        )
        done = outcome.done and (outcome.met or part.run == experiment.run)
        sweeps = part.run.sweeps if isinstance(part.run, SweepRun) else 0
        report = _report(experiment, id, outcome, done)
        return replace(report, made=max(0, outcome.step - reached), sweeps=sweeps)


@contextlib.contextmanager
def _noted(directory: RunDirectory):
    """The end of a point that is not done, in its own log, too."""
    try:
        yield
    except Exception as error:
        directory.note_end(error)
        raise


@lru_cache(maxsize=4)
def _opened(sealed: bytes) -> Setup:
    return pickle.loads(sealed)


def _finished_before(experiment: Experiment, directory: RunDirectory) -> Outcome | None:
    """A result that is complete, and of this very experiment: its launcher died before it heard."""
    if not directory.result.exists():
        return None
    try:
        result = read_result(directory.result, ["estimates"])
    except StorageError:
        return None  # the checkpoint is as good
    if result.attributes["experiment"] != experiment.to_yaml():
        return None
    step = int(result.attributes["steps"])
    if step != experiment.total_steps and (not experiment.ends_by_itself or experiment.run.max_walltime is not None):
        return None
    checkpoint = latest_checkpoint(directory.checkpoints, lambda _: None, set_aside=False)
    if checkpoint is None or checkpoint.attributes["identity"] != experiment.identity():
        return None
    return Outcome(directory.path, step, done=True, estimates=result.groups["estimates"])


def _report(experiment: Experiment, id: str, outcome: Outcome, done: bool) -> Report:
    found = outcome.estimates.variables
    names = [name for name in found if f"{name}_error" in found and not found[name].own_dims]
    parts = ("", "_error", "_tau", "_ess")
    return Report(
        id,
        "done" if done else "paused",
        step=outcome.step,
        excess=excess(experiment, outcome.estimates),
        estimates={name: [float(found[f"{name}{part}"].data) for part in parts] for name in names},
        variables={name: [found[name].units, found[name].long_name] for name in names},
        cautions={name: found[name].cautions for name in names if found[name].cautions},
        shapes=shapes_of(experiment),
    )
