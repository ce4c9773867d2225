"""The memory that the workers share for the exchanges of a ladder, and what they must know of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from typing import Any

import numpy as np

from simcore.compiler.argument_names import argument_names
from simcore.compiler.ladder import COLUMNS, Ladder
from simcore.compiler.program import Program
from simcore.runs.experiment import Experiment
from simcore.spec.phases import Reduction

ENERGY = "energy"
Plain = np.ndarray | np.generic | int | float | complex


def ladder_of(
    experiment: Experiment, programs: Sequence[Program], samples: int, workers: int, make: Callable[..., Any]
) -> Ladder | None:
    """The ladder of an experiment; None if it has none.

    programs: of each place. samples: the most of a slice. make: allocates an array that the workers share.
    """
    tempering = experiment.tempering
    if tempering is None:
        return None
    model, program, places = experiment.description.model, programs[0], len(programs)
    sites = model.sites_of_energy()
    assert sites is not None
    return Ladder(
        every=tempering.every,
        sites=sites,
        column=program.observables.index(ENERGY),
        key=experiment.exchange_key,
        states=program.kept,
        probed=depends_on_place(experiment, programs),
        fixed=fixed_arrays(program),
        temperatures=make((places,), np.float64),
        kept=make((places, COLUMNS), np.int64),
        chances=make((places, 2), np.float64),
        energies=make((places, 2), np.float64),
        walk=make((samples + 1, places), np.int16),
        flags=make((workers,), np.int64),
    )


def depends_on_place(experiment: Experiment, programs: Sequence[Program]) -> bool:
    """Whether the energy of a state is not the same with the numbers of every place."""
    energy = next(one for one in experiment.observables if one.name == ENERGY)
    asked = set() if isinstance(energy.value, str) else set(argument_names(energy.value))
    worked_out = {item.name for item in experiment.description.measurement.samples if isinstance(item, Reduction)}
    fixed = asked.intersection(fixed_arrays(programs[0]))
    return (
        bool(asked & worked_out)
        or _differ([program.given for program in programs], asked)
        or _differ([member.description.initial_values() for member in experiment.members] if fixed else [], fixed)
    )


def fixed_arrays(program: Program) -> tuple[str, ...]:
    """The arrays of the state that no step changes."""
    return tuple(array.name for array in program.arrays if not array.work and array.name not in program.kept)


def _differ(of_places: Sequence[Mapping[str, Any]], names: Set[str]) -> bool:
    """Whether what has one of these names is not equal for all places; functions are taken to differ."""
    for name in names:
        values = [own[name] for own in of_places if name in own]
        if any(not (isinstance(v, Plain) and np.array_equal(values[0], v)) for v in values):
            return True
    return False
