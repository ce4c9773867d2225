"""`simcore models --check EXPERIMENT`: whether a model does what it says, one line for each thing looked at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from simcore.cli.table import columns
from simcore.runs.experiment import Experiment
from simcore.runs.model_checks import compiled_check, run_checks
from simcore.runs.model_errors import asking_model
from simcore.spec.check import Check
from simcore.spec.description import Description


def checks(experiment: Experiment) -> Iterator[Check]:
    """All checks, those of its physics first."""
    with asking_model(experiment.document):
        yield from experiment.model.checks()
        yield compiled_check(replace(experiment, description=Description(experiment.model.smaller())))
        yield from run_checks(experiment)


def as_table(found: Iterable[Check]) -> str:
    """A line for each: verdict, what was looked at, what was found, what is allowed."""
    return columns([(check.verdict, check.what, check.found, check.allowed) for check in found])
