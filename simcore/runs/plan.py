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
    """resolved: the experiment as YAML. memory: bytes of shared memory. seconds: estimated from `rate`, sites/s.

    solvers: bytes that the linear solves of an implicit scheme take; set_up: seconds that they need before the first
    step. remarks: what the model says of itself: name, text, whether it is a warning.
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
    """Resolve an experiment and try it for half a second; nothing is written.

    Raises ExperimentError, StorageError if the memory is not there, WorkerError.
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
