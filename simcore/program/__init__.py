"""From the phases and observables of a model to one compiled function."""

from simcore.program.build import Program, build
from simcore.program.job import Advance, Job, Made, Work

__all__ = ["Advance", "Job", "Made", "Program", "Work", "build"]
