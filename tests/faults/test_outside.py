"""A run seen from outside while it goes on."""

from __future__ import annotations

import signal

import pytest

import simcore
from simcore.errors import UsageError
from simcore.runs import run, status


def test_a_run_can_be_watched_and_loaded_but_not_taken_over_while_it_goes_on(launch, file):
    command = launch()
    before = command.newest()
    found = status(command.place)
    assert (found.state, found.total) == ("running", 10**12)
    assert found.checkpoint is not None
    assert found.checkpoint >= before
    tree = simcore.load(command.place)
    steps = tree["series"]["step"].values
    assert steps.tolist() == list(range(7, steps[-1] + 1, 7))
    assert steps[-1] >= before // 7 * 7
    assert tree["fields"]["s"].shape == (1, 161, 160)
    for how in ({"resume": True}, {"overwrite": True}):
        with pytest.raises(UsageError, match="a run is going on there"):
            run(file, out=command.place, **how)
    command.writes_after(command.newest())
    command.signal(signal.SIGTERM)
    assert command.end()[0] == 128 + signal.SIGTERM
    assert status(command.place).state == "stopped"
