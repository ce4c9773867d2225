"""An experiment that is resolved and compiled once and then run in this process, call after call, without a file.

A call makes the steps of `run` by the same loop, `runs.run.advance`, with one worker that is this process
(`parallel.solo`) and arrays of its own memory. The number of workers changes no bit, so neither does this.
"""

from __future__ import annotations

from simcore.compiler.program import Program
from simcore.config import Document, override, put
from simcore.errors import ExperimentError
from simcore.runs.experiment import Experiment, resolved
from simcore.runs.in_memory import Computed, MemoryRun
from simcore.runs.progress import Unwatched
from simcore.runs.resolution import Resolution
from simcore.runs.revaluation import Revaluation
from simcore.runs.run import Overrides, Source, advance
from simcore.runs.schedule import Pace
from simcore.runs.signals import SignalFlag
from simcore.runs.simulation import Simulation, program_of

_NO_CLOCK = "a call of a prepared experiment goes to its end; leave it out"
_ONE_LADDER = "a call of a prepared experiment runs one system; leave it out"
_ONE_SYSTEM = "a call of a prepared experiment runs one system; leave it out, and call it with each run.replica"


class Prepared:
    """One experiment, ready to be run with other values again and again. Any number of threads may call it at once."""

    def __init__(self, document: Document) -> None:
        experiment = _resolved(document)
        if (document.data.get("run") or {}).get("seed") is None:  # one seed for all calls
            document = put(document, "run.seed", experiment.run.seed, "drawn")
        self.document, self.experiment = document, experiment
        self._program = program_of(experiment, remember=True)
        self._revaluation = Revaluation(document, experiment, self._program, self._made_anew)
        self._updates = 0.0  # of cells, a second: the next call need not find out how long its slices are
        with Simulation(experiment, 1, alone=True, program=self._program) as simulation:  # to compile it now
            simulation.begin(None, experiment.total_steps)

    def __call__(self, overrides: Overrides = ()) -> Computed:
        """Run it with other values, from the first step to the last. Raises what `run` raises."""
        experiment, program = self._revaluation.of(overrides) if overrides else (self.experiment, self._program)
        with Simulation(experiment, 1, alone=True, program=program) as simulation:
            simulation.begin(None, experiment.total_steps)
            run = MemoryRun(experiment, simulation, Pace(self._updates / program.layout.cells))
            advance(run, run.operations(), SignalFlag(), Unwatched())
            simulation.audit()
            self._updates = run.pace.steps_per_second * program.layout.cells
            return run.finish()

    def _made_anew(self, overrides: Overrides) -> tuple[Experiment, Program]:
        experiment = _resolved(override(self.document, overrides))
        return experiment, program_of(experiment, remember=True)


def _resolved(document: Document) -> Experiment:
    experiment = resolved(document)
    if experiment.run.max_walltime is not None:
        raise ExperimentError([document.problem(("run", "max_walltime"), _NO_CLOCK)])
    if experiment.tempering is not None:
        raise ExperimentError([document.problem(("tempering",), _ONE_LADDER)])
    if experiment.run.replicas > 1:
        raise ExperimentError([document.problem(("run", "replicas"), _ONE_SYSTEM)])
    return experiment


def document_of(source: Source, overrides: Overrides = ()) -> Document:
    """An experiment as it is read, with overrides that hold for all calls. Raises ExperimentError."""
    return Resolution.of(source, overrides).document
