"""The run loop: initialise, step, measure, checkpoint, stop, resume."""

from __future__ import annotations

import math
import signal as signals
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from simcore.compiler.cache_directory import choose
from simcore.compiler.program import Program
from simcore.errors import NotFiniteError, StoppedError
from simcore.parallel import cpus
from simcore.parallel.process import may_have_children, warm_up
from simcore.runs.directory import RunDirectory
from simcore.runs.experiment import Experiment, resolve
from simcore.runs.progress import Progress, Unwatched, Watch
from simcore.runs.record import Record
from simcore.runs.resuming import newest_checkpoint, recorded_experiment, with_recorded_seed
from simcore.runs.schedule import Pace, next_stop
from simcore.runs.series import Series
from simcore.runs.signals import SignalFlag, caught
from simcore.runs.simulation import Simulation, Slice, program_of
from simcore.storage.result import Group
from simcore.storage.together import Batch

Source = str | Path | Mapping[str, Any]
Overrides = Mapping[str, Any] | Sequence[str]


class Keeping(Protocol):
    """What the loop over slices asks of whatever keeps them; `Record` says what each is."""

    series: Series

    @property
    def ended(self) -> bool: ...

    @property
    def total(self) -> int: ...

    @property
    def watched(self) -> tuple[str, float] | None: ...

    def stops(self) -> tuple[int | None, ...]: ...

    def next_time(self) -> float | None: ...

    def take(self, made: Slice) -> None: ...

    def explain(self, error: NotFiniteError) -> NotFiniteError: ...

    def note_progress(self, progress: Progress) -> None: ...


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
) -> Outcome:
    """Run an experiment to its end, or until it is told to stop.

    accept_source: go on, too, with a run that another version of the model's source began.

    A process that may have no children (a worker of multiprocessing.Pool or of dask) is its own worker and writer.

    Raises ExperimentError and UsageError before anything is created; Stopped after a signal, its checkpoint written;
    WorkerError, StorageError, CheckpointError; AuditError where moves are not decided by the energy of the model.
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
        how = {"resume": resume, "overwrite": overwrite, "accept_source": accept_source}
        program = program_of(experiment) if alone else None
        return conduct(experiment, directory, workers, **how, watch=watch, alone=alone, program=program)
    finally:
        watch.ended()


def resume(
    directory: str | Path,
    *,
    workers: int | None = None,
    overrides: Overrides = (),
    accept_source: bool = False,
    watch: Watch | None = None,
) -> Outcome:
    """Go on with the run in `directory`, from its newest good checkpoint; raises what `run` raises."""
    source = recorded_experiment(RunDirectory(directory))
    how = {"resume": True, "accept_source": accept_source}
    return run(source, workers=workers, overrides=overrides, out=directory, **how, watch=watch)


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
    stop: SignalFlag | None = None,
    batch: Batch | None = None,
    program: Program | None = None,
) -> Outcome:
    """Carry out a resolved experiment in a directory that may be written to.

    For one of many runs that go side by side: alone: in this process, which is its own worker and writer. stop: who
    says when to stop, in place of this process's signals. batch: where the files of a run that ends before its first
    checkpoint wait for the caller to publish them. program: that of the experiment, if it is known.
    """
    watch = watch or Unwatched()

    early: list[str] = []  # said before the log is this run's

    def say(text: str) -> None:
        early.extend([] if directory.held else [text])
        directory.note("notice", text)
        watch.said(text)

    if not alone and (remark := choose().remark):
        say(remark)
    checkpoint = newest_checkpoint(experiment, directory, say, accept_source=accept_source) if resume else None
    told = caught() if stop is None else nullcontext(stop)
    size = team_size(experiment, workers)
    with (
        told as stop,
        Simulation(experiment, size, alone=alone, program=program) as simulation,
        ExitStack() as unclaimed,
    ):
        simulation.hire(checkpoint, experiment.total_steps)
        record = unclaimed.enter_context(Record(experiment, simulation, directory, say, batch))
        record.start_writer()
        simulation.begin(checkpoint, experiment.total_steps, lambda: stop.signal is not None)
        with directory.claimed(overwrite=overwrite), unclaimed.pop_all():  # what the writer has it finishes while it is
            unwritten = list(early)
            record.begin(checkpoint)
            for text in unwritten:
                directory.note("notice", text)
            watch.started(directory.path.name, record.total, simulation.workers, directory.path)
            for name, text, warning in () if alone or resume else experiment.model.remarks():
                if warning:
                    say(f"{name}: {text}")
            advance(simulation, record, experiment, stop, watch)
            simulation.audit()
            outcome = _end(simulation, record, experiment, stop)
            simulation.release()  # workers and writer leave together
            return outcome


def advance(
    simulation: Simulation,
    record: Keeping,
    experiment: Experiment,
    stop: SignalFlag,
    watch: Watch,
    pace: Pace | None = None,
) -> None:
    """Slice after slice, until the end, a signal, or the end of the wall time.

    record: what takes the slices: a `Record`, or what keeps them in memory. pace: what is known of it already.
    """
    pace, limit = pace or Pace(), experiment.run.max_walltime
    deadline = math.inf if limit is None else time.monotonic() + limit.seconds
    while not record.ended and stop.signal is None and time.monotonic() < deadline:
        steps = next_stop(simulation.step, pace, simulation.every, *record.stops()) - simulation.step
        simulation.post(steps, record.watched, record.next_time())
        watch.progressed(_progress(simulation, record, pace, experiment))  # while the workers work
        try:
            made = simulation.collect()
        except NotFiniteError as error:
            raise record.explain(error) from None
        pace.took(made.made, made.seconds)
        record.take(made)
    watch.progressed(_progress(simulation, record, pace, experiment))


def _progress(simulation: Simulation, record: Keeping, pace: Pace, experiment: Experiment) -> Progress:
    rate, total = pace.steps_per_second, record.total
    end, time = experiment.end_time, simulation.time
    if end is not None and time and end < math.inf:
        total = max(simulation.step, round(simulation.step * end / time))
    left = (total - simulation.step) / rate if rate else None
    sites = rate * simulation.program.layout.cells
    progress = Progress(simulation.step, total, sites, left, record.series.latest())
    record.note_progress(progress)
    return progress


def _end(simulation: Simulation, record: Record, experiment: Experiment, stop: SignalFlag) -> Outcome:
    path, step, total = record.path, simulation.step, record.total
    if stop.signal is not None and not record.ended:
        record.checkpoint()
        kept = "its checkpoint is written" if record.settle() else "its last checkpoint could NOT be written"
        name = signals.Signals(stop.signal).name
        raise StoppedError(stop.signal, f"stopped by {name} at step {step} of {total}, {kept}: simcore resume {path}")
    return Outcome(path, step, record.ended, record.finish(), record.met)
