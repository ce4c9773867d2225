"""Runs of the whole engine, for tests of the physics."""

import pytest

import simcore


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A function that runs an experiment (a dict) with one worker, since any number gives the same; returns the run."""

    def start(experiment):
        return simcore.run(experiment, workers=1, out=tmp_path_factory.mktemp("runs") / "run")

    return start
