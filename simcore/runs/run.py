"""The run loop: initialise, step, measure, checkpoint, stop, resume."""

from __future__ import annotations

import os
import signal as signals
import socket
import tempfile
import time as clock
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simcore.compiler.cache_directory import choose
from simcore.compiler.fork_server import warm_up
from simcore.compiler.program import Program
from simcore.errors import NotFiniteError, StoppedError
from simcore.parallel import cpus
from simcore.parallel.process import may_have_children
from simcore.runs import events, operations
from simcore.runs.callbacks import Callback, beyond_the_end, checked
from simcore.runs.directory import RunDirectory
from simcore.runs.experiment import Experiment, resolve
from simcore.runs.finishing import WriteInterruptedError, finish, settled
from simcore.runs.operations.operation import Operation
from simcore.runs.progress import Unwatched, Watch
from simcore.runs.recorded_run import RecordedRun
from simcore.runs.resuming import check_callbacks, newest_checkpoint, recorded_experiment, with_recorded_seed
from simcore.runs.running import Ending, Running
from simcore.runs.schedule import next_stop
from simcore.runs.signals import SignalFlag, Stopping, caught
from simcore.runs.simulation import Simulation, SliceInterruptedError, program_of
from simcore.storage.atomic import write_file
from simcore.storage.checkpoint import Checkpoint
from simcore.storage.result import Group
from simcore.storage.sealed_text import sealed_text
from simcore.storage.together import Batch, collected

SHOWN = 0.05  # seconds between two looks at how far a run is, which take time themselves
Source = str | Path | Mapping[str, Any]
Overrides = Mapping[str, Any] | Sequence[str]


@dataclass(frozen=True)
class Outcome:
    """What has come of a run: where it lies, how far it went (`done`: to its end), and its estimates.

    met: whether its end is that which `run.until` sets.
    """

    path: Path
    step: int
    done: bool
    estimates: Group
    met: bool = False


def run(
    source: Source,
    *,
    workers: int | None = None,
    overrides: Overrides = (),
    out: str | Path | None = None,
    overwrite: bool = False,
    resume: bool = False,
    accept_source: bool = False,
    watch: Watch | None = None,
    callbacks: Sequence[Callback] = (),
) -> Outcome:
    """Run an experiment to its end, or until it is stopped.

    accept_source: go on, too, with a run that another version of the model's source began. callbacks: functions that
    are called between steps, as `simcore.every` and `simcore.at` make them.

    A process that may have no children (a worker of multiprocessing.Pool or of dask) is its own worker and writer.

    Raises ExperimentError and UsageError before anything is created; Stopped after a signal, its checkpoint written;
    WorkerError, StorageError, CheckpointError; CallbackError if a callback fails; AuditError if moves are not
    decided by the energy of the model.
    """
    alone = not may_have_children()
    if not alone:
        warm_up()
    watch = watch or Unwatched()
    try:
        experiment = resolve(source, overrides)
        directory = RunDirectory(out if out is not None else _place(experiment))
        directory.check(resume=resume, overwrite=overwrite)
        if resume:
            experiment = with_recorded_seed(experiment, directory, source, overrides)
        return conduct(
            experiment,
            directory,
            workers,
            resume=resume,
            overwrite=overwrite,
            accept_source=accept_source,
            callbacks=callbacks,
            watch=watch,
            alone=alone,
            program=program_of(experiment) if alone else None,
        )
    finally:
        watch.ended()


def resume(
    directory: str | Path,
    *,
    workers: int | None = None,
    overrides: Overrides = (),
    accept_source: bool = False,
    watch: Watch | None = None,
    callbacks: Sequence[Callback] = (),
) -> Outcome:
    """Go on with the run in `directory`, from its newest good checkpoint; raises what `run` raises."""
    source = recorded_experiment(RunDirectory(directory))
    return run(
        source,
        workers=workers,
        overrides=overrides,
        out=directory,
        resume=True,
        accept_source=accept_source,
        watch=watch,
        callbacks=callbacks,
    )


def team_size(experiment: Experiment, workers: int | None) -> int:
    """As many workers as asked for, else as `run.workers` says, else as many CPUs as this process may use."""
    if workers is not None:
        return workers
    return cpus.available() if experiment.run.workers == "auto" else experiment.run.workers


def _place(experiment: Experiment) -> Path:
    return Path("results") / experiment.name if experiment.name else Path(tempfile.mkdtemp(prefix="simcore-"))


def conduct(
    experiment: Experiment,
    directory: RunDirectory,
    workers: int | None = None,
    *,
    resume: bool = False,
    overwrite: bool = False,
    accept_source: bool = False,
    watch: Watch | None = None,
    alone: bool = False,
    stop: Stopping | None = None,
    batch: Batch | None = None,
    program: Program | None = None,
    callbacks: Sequence[Callback] = (),
) -> Outcome:
    """Carry out a resolved experiment in a directory that may be written to.

    For one of many runs that go side by side: alone: in this process, which is its own worker and writer. stop: who
    says when to stop, in place of this process's signals. batch: where the files of a run that ends before its first
    checkpoint wait for the caller to publish them. program: that of the experiment, if it is known.
    """
    watch = watch or Unwatched()
    callbacks = checked(callbacks, experiment)

    early: list[str] = []  # said before the log is this run's

    def say(text: str) -> None:
        early.extend([] if directory.held else [text])
        directory.note(events.Warned(text))
        watch.said(text)

    if not alone and (remark := choose().remark):
        say(remark)
    checkpoint = newest_checkpoint(experiment, directory, say, accept_source=accept_source) if resume else None
    check_callbacks(checkpoint, directory, callbacks)
    told = caught() if stop is None else nullcontext(stop)
    size = team_size(experiment, workers)
    with told as stop, ExitStack() as made, ExitStack() as unclaimed:
        with stop.heeded_at_once() if isinstance(stop, SignalFlag) else nullcontext():
            simulation = made.enter_context(Simulation(experiment, size, alone=alone, program=program))
            simulation.hire(checkpoint, experiment.total_steps)
            run = unclaimed.enter_context(RecordedRun(experiment, simulation, directory, say, batch))
            run.lending.writer.start()  # while the workers do; nothing is written yet
            simulation.begin(checkpoint, experiment.total_steps, lambda: stop.signal is not None)
        with directory.claimed(overwrite=overwrite), unclaimed.pop_all():  # what the writer has it finishes while it is
            unwritten = list(early)
            _begin(run, checkpoint)
            for text in unwritten:
                directory.note(events.Warned(text))
            watch.started(directory.path.name, run.total, simulation.workers, directory.path)
            for name, text, warning in () if alone or resume else experiment.description.remarks:
                if warning:
                    say(f"{name}: {text}")
            for text in beyond_the_end(callbacks, experiment):
                say(text)
            advance(run, operations.of(run, callbacks), stop, watch)
            if not simulation.interrupted:
                simulation.audit()
            outcome = _end(run, stop)
            simulation.release()  # workers and writer leave together
            return outcome


def _begin(run: RecordedRun, checkpoint: Checkpoint | None) -> None:
    """Write the resolved experiment and the first line of the log, and take up a checkpoint."""
    with collected(run.batch):
        write_file(run.directory.experiment, sealed_text(run.experiment.to_yaml()))
    step, total, workers = run.step, run.experiment.total_steps, run.simulation.workers
    run.directory.note(events.Started(step, total, workers, os.getpid(), socket.gethostname()))
    run.begin(checkpoint)


def advance(run: Running, todo: Sequence[Operation], stop: Stopping, watch: Watch) -> None:
    """Slice after slice, until an operation ends the run or a signal comes.

    A slice ends if an operation is due; then those that are due act, in their order.
    """
    simulation = run.simulation
    for operation in todo:
        operation.begin(run)
    shown = -SHOWN
    watched = next((operation.watched for operation in todo if operation.watched is not None), None)
    while run.ending is None and stop.signal is None:
        for operation in todo:
            operation.prepare(run)
        steps = [operation.trigger.next_step(run.step) for operation in todo]
        end = next_stop(run.step, run.pace, simulation.every, simulation.samples_per_slice, *steps)
        simulation.post(end - run.step, watched, _next_time(run, todo))
        if clock.monotonic() >= shown + SHOWN:  # while the workers work
            watch.progressed(run.progress())
            shown = clock.monotonic()
        try:
            made = simulation.collect(lambda: stop.signal is not None)
        except NotFiniteError as error:
            raise run.explain(error) from None
        except SliceInterruptedError:
            return
        run.take(made)
        for operation in todo:
            if operation.trigger.due(run.step, run.before, simulation.time):
                operation.act(run)
        run.before = simulation.time
    watch.progressed(run.progress())


def _next_time(run: Running, todo: Sequence[Operation]) -> float | None:
    """The nearest time at which an operation is due."""
    now = run.simulation.time or 0.0
    times = [operation.trigger.next_time(now) for operation in todo]
    return min((time for time in times if time is not None), default=None)


def _end(run: RecordedRun, stop: Stopping) -> Outcome:
    step = run.step
    if stop.signal is not None and not run.ended:
        raise _stopped(run, stop.signal, _kept(run))
    try:
        estimates = finish(run, lambda: stop.signal is not None)
    except WriteInterruptedError:
        assert stop.signal is not None
        raise _stopped(run, stop.signal, "its checkpoint is written, its result is not") from None
    return Outcome(run.path, step, run.ended, estimates, run.ending is Ending.GOAL)


def _kept(run: RecordedRun) -> str:
    """What there is of a run that a signal has stopped."""
    if run.simulation.interrupted:
        run.checkpoints.hear(wait=True)
        kept = run.checkpoints.kept
        last = f"its checkpoint of step {kept} is kept" if kept >= 0 else "there is no checkpoint yet"
        return f"in the middle of a step that takes long; {last}"
    return "its checkpoint is written" if settled(run) else "its last checkpoint could NOT be written"


def _stopped(run: RecordedRun, number: int, kept: str) -> StoppedError:
    name = signals.Signals(number).name
    text = f"stopped by {name} at step {run.step} of {run.total}, {kept}: simcore resume {run.path}"
    return StoppedError(number, text, run.step, run.total)
