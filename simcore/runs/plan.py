"""What a run will take, before it is made."""

from __future__ import annotations

import time
from dataclasses import dataclass

from simcore.compiler.fork_server import warm_up
from simcore.parallel.process import may_have_children
from simcore.runs.experiment import Experiment, resolve
from simcore.runs.run import Overrides, Source, team_size
from simcore.runs.schedule import Pace, next_stop
from simcore.runs.simulation import Simulation

TRIAL_SECONDS = 0.5


@dataclass(frozen=True)
class Plan:
    """The estimated cost of a run.

    Args:
        resolved: the experiment as YAML.
        steps: total number of steps, including thermalisation.
        rows: rows of the state, which are distributed over the workers.
        workers: number of worker processes.
        memory: shared memory in bytes.
        rate: measured rate in sites per second.
        seconds: estimated wall time, including `set_up`.
        solvers: memory of the linear solves of an implicit scheme in bytes.
        set_up: time of the set-up of the solvers in seconds.
        remarks: of the model: name, text, whether it is a warning.
    """

    resolved: str
    steps: int
    rows: int
    workers: int
    memory: int
    rate: float
    seconds: float
    solvers: int = 0
    set_up: float = 0.0
    remarks: tuple[tuple[str, str, bool], ...] = ()


def plan(source: Source, *, workers: int | None = None, overrides: Overrides = ()) -> Plan:
    """Resolve an experiment and estimate its cost from a trial of half a second; nothing is written.

    Args:
        source: a YAML file, or its contents as a dict.
        workers: number of worker processes; by default the number of CPUs that this process may use.
        overrides: as in `simcore.run`.

    Returns:
        The resolved experiment, its memory in bytes and its estimated time in seconds.

    Raises:
        ExperimentError: all errors in the experiment.
        StorageError: there is not enough shared memory.
        WorkerError: a worker died or raised an exception.

    Example:
        >>> heat = {
        ...     "model": {"type": "heat", "grid": {"shape": [8]}, "parameters": {"D": 0.1},
        ...               "fields": {"u": {"initial": "x"}}},
        ...     "run": {"seed": 1, "dt": 0.1, "steps": 10},
        ... }
        >>> simcore.plan(heat, workers=1).steps
        10
    """
    if may_have_children():
        warm_up()
    return plan_of(resolve(source, overrides), workers)


def plan_of(experiment: Experiment, workers: int | None = None) -> Plan:
    """Try an experiment for half a second. Raises what `plan` raises."""
    total, pace = experiment.total_steps, Pace()
    alone = not may_have_children()
    with Simulation(experiment, team_size(experiment, workers), alone=alone) as simulation:
        simulation.begin(None, total)
        pace.pass_steps = simulation.pass_steps
        deadline = time.monotonic() + TRIAL_SECONDS
        solvers, set_up = 0, 0.0
        while simulation.step < total and time.monotonic() < deadline:
            room = simulation.samples_per_slice
            steps = next_stop(simulation.step, pace, simulation.every, room, total) - simulation.step
            simulation.post(steps)
            made = simulation.collect()
            pace.took(steps, made.seconds)
            solvers, set_up = made.held, made.set_up
        layout, replicas = simulation.program.layout, simulation.replicas
        return Plan(
            resolved=experiment.to_yaml(),
            steps=total,
            rows=layout.rows * replicas,
            workers=simulation.workers,
            memory=simulation.memory,
            rate=pace.steps_per_second * layout.cells * replicas,
            seconds=set_up + total / pace.steps_per_second,
            solvers=solvers,
            set_up=set_up,
            remarks=experiment.description.remarks,
        )
