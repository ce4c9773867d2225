"""`simcore models --check EXPERIMENT`: whether a model does what it says, one line for each thing looked at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from simcore.cli.table import columns
from simcore.models.check import Check
from simcore.runs.experiment import Experiment
from simcore.runs.model_checks import compiled_check, run_checks
from simcore.runs.model_errors import asking_model
from simcore.spec.description import Description
from simcore.spec.model import Model


def checks(experiment: Experiment) -> Iterator[Check]:
    """All checks, those of its physics first."""
    from simcore.models.spins.spin_model import SpinModel

    model: Model = experiment.model
    with asking_model(experiment.document):
        if isinstance(model, SpinModel):
            from simcore.models.spins.checking.smaller import small
            from simcore.models.spins.checking.spins import spin_checks

            yield from spin_checks(model)
            model = small(model)
        else:
            kind = type(model).__name__
            yield Check("energy, detailed balance, stationarity", f"not checked: {kind} names no Hamiltonian")
        yield compiled_check(replace(experiment, description=Description(model)))
        yield from run_checks(experiment)


def as_table(found: Iterable[Check]) -> str:
    """A line for each: verdict, what was looked at, what was found, what is allowed."""
    return columns([(check.verdict, check.what, check.found, check.allowed) for check in found])
