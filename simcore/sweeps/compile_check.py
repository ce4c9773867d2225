"""Whether the program of a sweep can be generated, before its first point: an error of all points is reported once."""

from __future__ import annotations

from simcore.errors import ExperimentError
from simcore.runs.simulation import program_of
from simcore.sweeps.expansion import Sweep
from simcore.sweeps.experiment import experiment_of


def refuse_unbuildable(sweep: Sweep) -> None:
    """Raises ExperimentError if the first, the middle and the last point are refused for the same reasons.

    A misspelt argument of a kernel, a name that is taken, a phase that is not allowed. A point that is refused for a
    reason of its own fails by itself when it is carried out.
    """
    last = len(sweep.points) - 1
    refused: ExperimentError | None = None
    for number in dict.fromkeys((0, last // 2, last)):
        try:
            program_of(experiment_of(sweep, sweep.points[number]))
        except ExperimentError as error:
            if refused is not None and _reasons(error) != _reasons(refused):
                return
            refused = refused or error
            continue
        return
    if refused is not None:
        raise refused


def _reasons(error: ExperimentError) -> list[tuple[str, str]]:
    return [(problem.path, problem.message) for problem in error.problems]
