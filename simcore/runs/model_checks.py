"""Checks of any model, for which nothing of its physics must be known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from simcore.compiler.model_checks import layout_of
from simcore.compiler.reference import PlainCells, first_step
from simcore.errors import AuditError, NotFiniteError
from simcore.runs import first_step_check
from simcore.runs.experiment import Experiment
from simcore.runs.sections import TimeRun
from simcore.runs.simulation import Simulation
from simcore.runs.verify import Verification, verify_experiment
from simcore.spec.check import Check, within
from simcore.spec.phases import Phase

STEPS = 8
WORKERS = (1, 2, 3)
MOST = 64.0  # units in the last place
MOST_CELLS = 2**17
SECONDS = 20.0  # for each phase of whole arrays


def run_checks(experiment: Experiment, workers: Sequence[int] = WORKERS) -> Iterator[Check]:
    """A short run: what is measured is finite, and any number of workers computes the same bits.

    Raises what `run` raises, but for NotFiniteError and AuditError.
    """
    short = shortened(experiment)
    try:
        rows: list[Verification] = verify_experiment(short, workers)
        yield _finite(short)
    except (NotFiniteError, AuditError) as error:
        yield Check(f"a run of {STEPS} steps", str(error), "no fault", ok=False)
        return
    hashes = {row.digest for row in rows}
    counts = ", ".join(map(str, workers))
    what = f"bits of {STEPS} steps with {counts} workers, and stopped and resumed"
    yield Check(what, f"{len(hashes)} hash{'es' if len(hashes) > 1 else ''}", "1", len(hashes) == 1)


def shortened(experiment: Experiment) -> Experiment:
    """The same with a few steps, each of them measured."""
    run = experiment.run
    total: dict[str, Any] = {"measure_every": 1, "until": None}
    if isinstance(run, TimeRun):
        total |= {"steps": STEPS, "t_end": None}
    else:
        total |= {"thermalization": 0, "sweeps": STEPS}
    return replace(experiment, run=run.model_copy(update=total))


def _of_one(experiment: Experiment) -> Experiment:
    """The same with the first of its replicas alone."""
    return replace(experiment, run=experiment.run.model_copy(update={"replicas": 1}))


def _finite(experiment: Experiment) -> Check:
    with Simulation(experiment, 1, alone=True) as simulation:
        simulation.begin(None, STEPS)
        simulation.post(STEPS)
        names = simulation.program.observables
        samples = simulation.collect().samples[..., : len(names)].reshape(-1, len(names))
    bad = [name for name, column in zip(names, samples.T, strict=True) if not np.isfinite(column).all()]
    found = f"not finite: {', '.join(bad)}" if bad else f"{len(names)} series are finite"
    return Check(f"what is measured in {STEPS} steps", found, "all", not bad)


def compiled_check(experiment: Experiment) -> Check:
    """The first step by the compiled program and by its functions, called in plain Python cell by cell."""
    what = "first step compiled, and in plain Python"
    model, description = experiment.model, experiment.description
    phases = [item for item in description.phases if isinstance(item, Phase)]
    if description.adaptive is not None:
        return Check(what, "not checked: steps are adaptive")
    if layout_of(description.arrays).cells > MOST_CELLS:
        return Check(what, f"not checked: more than {MOST_CELLS} cells")
    if len(phases) < len(description.phases):
        return _by_trial(experiment, what)
    try:
        plain = PlainCells(model, experiment.dt)
    except ValueError as error:
        return Check(what, f"not checked: {error}")
    names = [array.name for array in plain.arrays if not array.work]
    with Simulation(_of_one(shortened(experiment)), 1, alone=True) as simulation:
        try:
            simulation.begin(None, 1)
        except AuditError as error:
            return Check(what, str(error), "no fault", ok=False)
        before = plain.state(simulation.arrays(names))
        simulation.post(1)
        simulation.collect()
        compiled = {name: array.copy() for name, array in simulation.arrays(names).items()}
    after = first_step(plain, phases, before, experiment.key)
    cells = sum(array.size for array in compiled.values())
    worst = max(_apart(compiled[name], np.reshape(after[name], compiled[name].shape)) for name in names)
    return within(f"{what}, {cells} values", worst, MOST, "ulp")


def _by_trial(experiment: Experiment, what: str) -> Check:
    """The same for a step of phases of all kinds, at the cells that can be worked out in time."""
    description, run = experiment.description, _of_one(shortened(experiment))
    with Simulation(run, 1, alone=True) as simulation:
        try:
            simulation.begin(None, 1)
        except AuditError as error:
            return Check(what, str(error), "no fault", ok=False)
        program = simulation.program
        names = [array.name for array in program.arrays if not array.work]
        before = {name: array.copy() for name, array in simulation.arrays(names).items()}
        simulation.post(1)
        simulation.collect()
        compiled = {name: array.copy() for name, array in simulation.arrays(names).items()}
    found = first_step_check.step_by_hand(
        description, program, experiment.dt, before, experiment.key, program.kept, SECONDS
    )
    if not found:
        return Check(what, "not checked: it cannot be worked out in plain Python, or not in time")
    worst = 0.0
    for name in {name for name, _ in found}:
        cells = [cell for other, cell in found if other == name]
        expected = np.array([found[name, cell] for cell in cells])
        worst = max(worst, _apart(compiled[name][tuple(np.transpose(cells))], expected))
    return within(f"{what}, {len(found)} values", worst, MOST, "ulp")


def _apart(compiled: np.ndarray, plain: np.ndarray) -> float:
    """The largest difference, in units of the rounding of the largest number."""
    scale = float(np.abs(plain).max()) or 1.0
    difference = float(np.abs(compiled.astype(plain.dtype) - plain).max())
    return difference / (np.finfo(float).eps * scale)
