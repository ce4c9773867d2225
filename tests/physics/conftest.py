"""Runs of the whole engine, for tests of the physics."""

import pytest

import simcore
from simcore.runs.directory import RunDirectory
from simcore.runs.experiment import resolve
from simcore.runs.run import conduct


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A function that runs an experiment (a dict) with one worker, since any number gives the same; returns the run."""

    def start(experiment):
        return simcore.run(experiment, workers=1, out=tmp_path_factory.mktemp("runs") / "run")

    return start


@pytest.fixture(scope="module")
def run_here(tmp_path_factory):
    """A function that runs an experiment (a dict) in this process; returns the outcome.

    That takes a tenth of a second where the program is compiled, as it is for other numbers, seeds and often shapes.
    """

    def start(experiment):
        return conduct(resolve(experiment), RunDirectory(tmp_path_factory.mktemp("runs") / "run"), 1, alone=True)

    return start


@pytest.fixture(scope="module")
def estimate(run_here):
    """A function that runs an experiment in this process; returns its estimates, numbers by name."""

    def start(experiment):
        found = run_here(experiment).estimates.variables
        return {name: float(variable.data) for name, variable in found.items() if not variable.dims}

    return start
